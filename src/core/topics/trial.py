"""A trial of topics: what their rules choose from editions, and what they only just miss."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.edition.ranking import comparable
from core.edition.withdrawal import edition_without
from core.model.paper import Edition, Paper
from core.model.topic import Match, Topic
from core.topics.rules import Rules

Week = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A paper of an edition, and the terms why it has a topic, or why it has it not."""

    day: date
    rank: int
    paper: Paper
    terms: tuple[str, ...]


@dataclass(slots=True)
class Trial:
    """The papers that topics choose, and their near misses, by the topics' ids.

    Both are in the order in which editions were added, and by rank.
    """

    topics: Sequence[Topic]
    days: list[date] = field(default_factory=list)
    papers: int = 0
    chosen: dict[str, list[Found]] = field(default_factory=dict)
    missed: dict[str, list[Found]] = field(default_factory=dict)
    _rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        self._rules = Rules(self.topics)
        self.chosen = {topic.id: [] for topic in self.topics}
        self.missed = {topic.id: [] for topic in self.topics}

    def add(self, edition: Edition) -> None:
        """Try the topics on an edition, without what was withdrawn from it."""
        edition = edition_without(edition, edition.withdrawn)
        self.days.append(edition.day)
        self.papers += len(edition.papers)
        for rank, paper in enumerate(edition.papers, 1):
            _note(self._rules.matches(paper), self.chosen, edition.day, rank, paper)
            _note(self._rules.near_misses(paper), self.missed, edition.day, rank, paper)

    def weeks(self) -> list[Week]:
        """Return the ISO weeks that have editions, as year and number, in order."""
        return sorted(set(map(_week, self.days)))

    def by_week(self, topic: str) -> Counter[Week]:
        """Return how many papers a topic chooses in which week."""
        return Counter(_week(found.day) for found in self.chosen[topic])


def best(found: Iterable[Found], most: int) -> list[Found]:
    """Return the papers with most votes; of equal ones the newer, then the higher in rank."""
    return sorted(found, key=_merit)[:most]


def _note(
    matches: Iterable[Match], into: dict[str, list[Found]], day: date, rank: int, paper: Paper
) -> None:
    for match in matches:
        terms = tuple(reason.term for reason in match.reasons)
        into[match.topic].append(Found(day, rank, paper, terms))


def _merit(found: Found) -> tuple[int, int, int]:
    return (-comparable(found.paper.votes), -found.day.toordinal(), found.rank)


def _week(day: date) -> Week:
    year, number, _ = day.isocalendar()
    return (year, number)
