"""A simulated source: Daily Papers as they come over months, with all that goes wrong meanwhile.

Everything follows from the seed, the day that is asked for and the time of asking. Where recorded
days are at hand, they stand in for the generated ones of the same date.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from core.model.errors import PaperboyError, SourceUnavailable
from tests.support import recorded
from tests.support.fakes import FakeSource, entry

HOLIDAYS = ((1, 1), (12, 25))
GROWS = timedelta(days=14)
# Days on which the source answered nothing at all, in each half year.
OUTAGES = (1, 2, 4)
LABS = ("Alpha Lab", "Beta AI", "University of Gamma", "Delta")

Entry = Mapping[str, object]


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
    """A paper of a day: when it appears there and perhaps vanishes, and its votes in the end."""

    entry: Entry
    appears: datetime
    votes: int
    vanishes: datetime | None = None

    def there(self, at: datetime) -> bool:
        return self.appears <= at and not (self.vanishes and self.vanishes <= at)

    def at(self, at: datetime) -> Entry:
        """Return the entry with the votes that the paper has at a time."""
        grown = math.sqrt(min(1.0, (at - self.appears) / GROWS))
        return with_votes(self.entry, int(self.votes * grown))


@dataclass(frozen=True, slots=True)
class Said:
    """What the source says when it is asked: an answer's body or an error, and the entries."""

    kind: Kind
    answer: bytes | PaperboyError
    entries: Sequence[Entry] = ()


class World:
    """So many days from the first, with about so many papers each."""

    def __init__(self, first: date, days: int, papers: int, seed: int = 6) -> None:
        self.days = [first + timedelta(days=number) for number in range(days)]
        self._seed, self._papers = seed, papers
        self._plans: dict[date, tuple[Planned, ...]] = {}
        real = {path.name[:10]: path for path in (*recorded.recorded_days(), *recorded.late_days())}
        for day in self.days:
            path = real.get(str(day))
            entries = recorded.entries(path) if path and papers > 20 else None
            self._plans[day] = tuple(_recorded(day, entries) if entries else self._planned(day))
        self.recorded = len(real.keys() & set(map(str, self.days))) if papers > 20 else 0
        self.outages = list(self._outages())

    def papers(self, day: date) -> int:
        """Return how many papers a day has in all."""
        return len(self._plans.get(day, ()))

    def ask(self, day: date, now: datetime, attempt: int) -> Said:
        """Return what is said of a day by then, when an event of that time is tried so often."""
        if any(start <= now < end for start, end in self.outages):
            return Said(Kind.OUTAGE, SourceUnavailable("refused", day, "simulated"))
        chance = Random(f"{self._seed} {day} {now} {attempt}")  # noqa: S311 (no secret)
        kind = _mishap(chance)
        if kind == Kind.BROKEN:
            return Said(kind, SourceUnavailable("answered 502", day, "simulated"))
        if kind == Kind.GARBAGE:
            return Said(kind, chance.choice(NONSENSE))
        entries = list(self._entries(day, now, kind))
        if not entries and kind != Kind.EMPTY:
            kind = Kind.HONEST
        elif entries and chance.random() < 0.02:
            entries.append(with_votes(entries[0], 0))
        return Said(kind, json.dumps(entries).encode(), entries)

    def _entries(self, day: date, now: datetime, kind: Kind) -> Iterator[Entry]:
        asked = self._workday_before(day) if kind == Kind.STRANGERS else day
        there = [plan for plan in self._plans.get(asked, ()) if plan.there(now)]
        for plan in there[: {Kind.EMPTY: 0, Kind.FEW: len(there) // 3}.get(kind)]:
            found = plan.at(now)
            yield with_votes(found, 0) if kind == Kind.NO_VOTES else found

    def _workday_before(self, day: date) -> date:
        return max(
            (other for other in self.days if other < day and self.papers(other)), default=day
        )

    def _planned(self, day: date) -> Iterator[Planned]:
        chance = Random(f"{self._seed} {day}")  # noqa: S311 (no secret)
        if day.weekday() > 4 or (day.month, day.day) in HOLIDAYS:
            return
        count = chance.randint(self._papers // 2, self._papers * 3 // 2)
        count = 120 if chance.random() < 0.01 and self._papers > 20 else count
        early = chance.random() < 0.7
        for number in range(count):
            hour = 1.0 if early and chance.random() < 0.6 else chance.uniform(4, 22)
            appears = _midnight(day) + timedelta(hours=hour)
            votes = int(chance.paretovariate(0.8)) % 400
            plan = Planned(_entry(day, number, appears), appears, votes)
            if number > 3 and chance.random() < 0.004:
                plan = replace(plan, vanishes=appears + timedelta(hours=chance.uniform(6, 150)))
            yield plan
        before = [other for other in self._plans.values() if other]
        if before and chance.random() < 0.03:
            yield _again(chance.choice(chance.choice(before)), _midnight(day) + timedelta(hours=9))

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        chance = Random(f"{self._seed} outages")  # noqa: S311 (no secret)
        for start in range(20, len(self.days), 182):
            for number, length in enumerate(OUTAGES):
                at = start + number * 50 + chance.randint(0, 20)
                if at + length < len(self.days):
                    since = _midnight(self.days[at]) + timedelta(hours=chance.randint(0, 23))
                    yield since, since + timedelta(days=length)


def source(said: Mapping[date, Said]) -> FakeSource:
    """Return the source that says this."""
    return FakeSource({day: one.answer for day, one in said.items()})


def with_votes(found: Entry, votes: int) -> Entry:
    """Return an entry with these votes."""
    paper = found["paper"]
    assert isinstance(paper, dict)
    return {**found, "paper": {**paper, "upvotes": votes}}


def _mishap(chance: Random) -> Kind:
    drawn = chance.uniform(0, 1000)
    for kind, often in MISHAPS.items():
        drawn -= often
        if drawn < 0:
            return kind
    return Kind.HONEST


def _entry(day: date, number: int, appears: datetime) -> Entry:
    name = f"{day:%y%m}.{day.day:02}{number:03}"
    return entry(
        id=name,
        title=f"Paper {name} of {LABS[number % 4]}",
        summary=f"What {name} says. " * 40,
        submittedOnDailyAt=_zulu(appears),
        organization={"name": f"lab-{number % 4}", "fullname": LABS[number % 4]},
        ai_keywords=[f"topic {number % 7}", f"method {day.day % 5}"],
    )


def _again(plan: Planned, appears: datetime) -> Planned:
    """Return a paper of an earlier day as it is on a later one."""
    paper = plan.entry["paper"]
    assert isinstance(paper, dict)
    again = {**plan.entry, "paper": {**paper, "submittedOnDailyAt": _zulu(appears)}}
    return Planned(again, appears, plan.votes)


def _recorded(day: date, entries: Sequence[Entry]) -> Iterator[Planned]:
    """Yield a recorded day's papers: the first two thirds are there at night, the rest at noon."""
    for number, found in enumerate(entries):
        paper = found["paper"]
        assert isinstance(paper, dict)
        hour = 1 if 3 * number < 2 * len(entries) else 12
        yield Planned(found, _midnight(day) + timedelta(hours=hour), paper["upvotes"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))


def _zulu(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
