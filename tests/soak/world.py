"""A simulated source: Daily Papers as they come over months, with all that goes wrong meanwhile.

Everything follows from the seed, the day that is asked for and the time of asking.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from core.model.errors import PaperboyError, SourceUnavailable
from tests.support.papers import entry

HOLIDAYS = ((1, 1), (12, 25))
# A paper has its final votes after so long.
GROWS = timedelta(days=14)
# Days on which the source answers nothing at all, in each half year.
OUTAGES = (1, 2, 4)
HALF_A_YEAR = 182


class Kind(StrEnum):
    """What an answer is."""

    HONEST = "honest"
    EMPTY = "empty, though there were papers"
    FEW = "a third of the papers"
    NO_VOTES = "no votes"
    STRANGERS = "another day's papers"
    GARBAGE = "garbage"
    BROKEN = "5xx"
    OUTAGE = "outage"


# How often an answer is what, in thousandths; else it is honest.
MISHAPS = {
    Kind.EMPTY: 15,
    Kind.FEW: 20,
    Kind.NO_VOTES: 15,
    Kind.STRANGERS: 10,
    Kind.GARBAGE: 20,
    Kind.BROKEN: 30,
}
NONSENSE = (
    b"<!DOCTYPE html><title>429</title>",
    b'{"error": "Internal Error"}',
    b'[{"paper": {"id": "2512.00001", "title": "Half a pa',
    b'[{"paper": {"id": 7}}]',
    b"",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A paper of a day: when it appears there, perhaps vanishes, and its votes in the end."""

    id: str
    appears: datetime
    votes: int
    vanishes: datetime | None = None

    def is_there(self, at: datetime) -> bool:
        """Return whether the day has the paper at a time."""
        return self.appears <= at and not (self.vanishes and self.vanishes <= at)

    def votes_at(self, at: datetime) -> int:
        """Return the votes of a time."""
        return int(self.votes * math.sqrt(min(1.0, (at - self.appears) / GROWS)))


@dataclass(frozen=True, slots=True)
class Answered:
    """What the source answers: a body or an error, and the votes of the papers in it by id."""

    kind: Kind
    answer: bytes | PaperboyError
    votes: dict[str, int]


class World:
    """So many days from the first, with about so many papers each."""

    def __init__(self, first: date, days: int, papers: int, seed: int = 6) -> None:
        self.days = [first + timedelta(days=number) for number in range(days)]
        self._seed, self._most = seed, papers
        self._plans = {day: tuple(self._planned(day)) for day in self.days}
        self.outages = tuple(self._outages())

    def has_papers(self, day: date) -> bool:
        """Return whether a day has papers at all."""
        return bool(self._plans.get(day))

    def ask(self, day: date, now: datetime, attempt: int) -> Answered:
        """Return what is said of a day by then, when an event of that time is tried so often."""
        if any(begin <= now < end for begin, end in self.outages):
            return Answered(Kind.OUTAGE, SourceUnavailable("refused", day, "simulated"), {})
        dice = Random(f"{self._seed} {day} {now} {attempt}")  # noqa: S311 (no secret)
        kind = dice.choices(
            [Kind.HONEST, *MISHAPS], [1000 - sum(MISHAPS.values()), *MISHAPS.values()]
        )[0]
        if kind == Kind.BROKEN:
            return Answered(kind, SourceUnavailable("answered 502", day, "simulated"), {})
        if kind == Kind.GARBAGE:
            return Answered(kind, dice.choice(NONSENSE), {})
        papers = [paper for paper in self._plans.get(day, ()) if paper.is_there(now)]
        if not papers:
            return Answered(Kind.HONEST, b"[]", {})
        return _told(kind, papers, now)

    def _planned(self, day: date) -> Iterator[Planned]:
        if day.weekday() > 4 or (day.month, day.day) in HOLIDAYS:
            return
        dice = Random(f"{self._seed} {day}")  # noqa: S311 (no secret)
        for number in range(dice.randint(self._most // 2, self._most * 3 // 2)):
            # Most of a day's papers are there in the night.
            hours = 1.0 if dice.random() < 0.6 else dice.uniform(4, 22)
            appears = _midnight(day) + timedelta(hours=hours)
            is_going = number > 3 and dice.random() < 0.004
            yield Planned(
                f"{day:%y%m}.{day.day:02}{number:03}",
                appears,
                int(dice.paretovariate(0.8)) % 400,
                appears + timedelta(hours=dice.uniform(6, 150)) if is_going else None,
            )

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        dice = Random(f"{self._seed} outages")  # noqa: S311 (no secret)
        for start in range(20, len(self.days), HALF_A_YEAR):
            for number, length in enumerate(OUTAGES):
                at = start + number * 50 + dice.randint(0, 20)
                if at + length < len(self.days):
                    begin = _midnight(self.days[at]) + timedelta(hours=dice.randint(0, 23))
                    yield begin, begin + timedelta(days=length)


def _told(kind: Kind, papers: list[Planned], now: datetime) -> Answered:
    """Return an answer of this kind about papers."""
    if kind == Kind.EMPTY:
        papers = []
    elif kind == Kind.FEW:
        papers = papers[: len(papers) // 3]
    votes = {paper.id: 0 if kind == Kind.NO_VOTES else paper.votes_at(now) for paper in papers}
    late = timedelta(days=-1 if kind == Kind.STRANGERS else 0)
    entries = [
        entry(
            id=paper.id,
            title=f"Paper {paper.id}",
            upvotes=votes[paper.id],
            submittedOnDailyAt=f"{paper.appears + late:%Y-%m-%dT%H:%M:%S}.000Z",
            organization={"name": paper.id[-1], "fullname": f"Lab {paper.id[-1]}"},
            ai_keywords=[f"topic {paper.id[-1]}"],
        )
        for paper in papers
    ]
    return Answered(kind, json.dumps(entries).encode(), votes)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
