"""Topics: the rules of an owner's sections, and the papers that they choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from core.model.paper import Paper

FIELDS = ("title", "abstract", "ai_summary", "ai_keywords")
"""The fields of a paper in which terms are looked for."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A section with rules that choose its papers, as `paperboy.toml` has it.

    `title` has each language of posts and pages. A paper has the topic when a term of `any`
    matches, or when it is from one of `organizations` or by one of `authors`, and every term of
    `all` matches, none of `none` does, and it has `min_votes`. `fields` are where terms are looked
    for.
    """

    id: str
    title: Mapping[str, str] = field(hash=False)
    any: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    fields: tuple[str, ...] = FIELDS
    min_votes: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a paper has a topic: a term, and the field where it matched.

    `field` is one of `FIELDS`, or `organization` or `authors`, where `term` is the name as the rule
    has it.
    """

    term: str
    field: str


@dataclass(frozen=True, slots=True)
class Match:
    """A topic that a paper has, by its id, and the reasons."""

    topic: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TopicPaper:
    """A paper of a topic in one edition: its rank there, and why it has the topic.

    `paper` has id, votes and organisation, and title, authors and summary as readers see them.
    `published_at` is when the edition first appeared.
    """

    day: date
    rank: int
    paper: Paper
    reasons: tuple[Reason, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic in numbers: its papers of the last 7 and 30 days, and of each month with papers.

    The days are counted back from the archive's newest edition. `months` are by first day, oldest
    first.
    """

    topic: Topic
    last_7_days: int
    last_30_days: int
    months: Mapping[date, int]


Newest = Mapping[str, tuple[TopicPaper, ...]]
"""The newest papers of topics by the topics' ids, newest day first, by rank within a day."""
