"""Topics: what it costs to decide which papers of a day have which topics."""

import gc
import random
from collections.abc import Sequence

from bench import samples
from bench.measuring import MILLISECONDS, Figure, cost_of, spread
from bench.samples import NEWEST
from core.edition import payload, raw
from core.model.paper import Paper
from core.model.topic import Topic
from core.topics.rules import Rules

TOPICS, TERMS, PAPERS = 50, 10, 100
ROUNDS = 9


def figures() -> list[Figure]:
    """Return the CPU of preparing the rules and of applying them to a day, as a run does once."""
    papers = raw.edition_of(payload.decode(samples.payload(NEWEST, PAPERS), NEWEST)).papers
    topics = [_topic(number) for number in range(TOPICS)]
    gc.collect()
    costs = [cost_of(lambda: _applied(topics, papers)) for _ in range(ROUNDS)]
    part = f"{TOPICS} topics of {TERMS} terms, {PAPERS} papers"
    times = [cost.cpu * MILLISECONDS for cost in costs]
    return [Figure(part, "CPU, ms", spread(times), "≤ 150")]


def _applied(topics: Sequence[Topic], papers: Sequence[Paper]) -> int:
    rules = Rules(topics)
    return sum(len(rules.matches(paper)) for paper in papers)


def _topic(number: int) -> Topic:
    """Return a topic whose terms are words of abstracts, some open, and pairs of words."""
    dice = random.Random(number)  # noqa: S311 (no secret)
    pairs = [" ".join(dice.choices(samples.words(), k=2)) for _ in range(TERMS // 2)]
    words = dice.choices(samples.words(), k=TERMS - len(pairs))
    terms = [word + dice.choice(["", "*"]) for word in words]
    return Topic(f"topic-{number}", {"en": f"Topic {number}"}, any=(*terms, *pairs))
