"""Two simulated years, run after run on a fake clock: nothing is lost, and costs stay flat.

By default some months of it; `SOAK=1 pytest -s tests/soak` runs all, and prints the figures of
`docs/reliability.md`.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from statistics import mean

from core import publish
from core.model import keys
from core.model.objects import Artifact, ListedObject, StoredObject
from core.model.report import RunRequest, Status
from core.render import json, votes
from tests.integration.test_protocol import judge
from tests.soak.world import Answered, Kind, World
from tests.support.fakes import SITE, FakeSource, MemoryStore, ports
from tests.support.links import Links
from tests.support.stepping import Killed

LONG = os.environ.get("SOAK") == "1"
# As the template's schedule: 11 and 23 o'clock in Seoul, each day with the one before and a week's.
HOURS, OFFSETS = (2, 14), (0, -1, -7)
# A failed run is tried twice again, as Lambda does it, when a lease that it may have left is over.
TRIES, BETWEEN = 3, 90
# Of the events that succeed, each seventh is delivered once more.
TWICE = 7
# How often a run's process ends midway.
KILLED = 0.02
# Requests that a run may make, however old the archive is.
MOST_GETS, MOST_PUTS = 60, 70
# Runs until the feeds and a month are full; from then on a run costs what it costs.
WARM_UP = 70
GROWTH = 1.1

Cost = Counter[str]
"""How many gets, puts and lists a run asked for."""


class CountingStore(MemoryStore):
    """Counts what the run at hand asks for; its process ends after so many requests."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.ends_after: int | None = None

    def begin(self, ends_after: int | None) -> None:
        """Begin another run."""
        self.counts, self.ends_after = Counter(), ends_after

    def get(self, key: str) -> StoredObject | None:
        self._count("gets")
        return super().get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        self._count("puts")
        return super().put(artifact, replaces=replaces)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        self._count("lists")
        return super().list(prefix)

    def _count(self, what: str) -> None:
        if self.ends_after is not None and self.counts.total() >= self.ends_after:
            raise Killed
        self.counts[what] += 1


class Soak:
    """An archive, the runs that keep it, and what its editions should have."""

    def __init__(self, world: World) -> None:
        self.world, self.store = world, CountingStore()
        self.expected: dict[date, dict[str, int]] = {}
        self.costs: list[Cost] = []
        self.tries: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._dice = Random(6)  # noqa: S311 (no secret)

    def live(self) -> None:
        """Let all days pass."""
        for day in self.world.days:
            for hour in HOURS:
                self._deliver(datetime.combine(day, time(hour, tzinfo=UTC)))

    def _deliver(self, now: datetime) -> None:
        """Try an event until it succeeds, and some once more: those have nothing to write."""
        for attempt in range(TRIES):
            self.store.time = now.timestamp() + attempt * BETWEEN
            ending = self._run(now, attempt)
            self.tries[ending] += 1
            if ending == "whole":
                self.costs += [] if attempt else [self.store.counts]
                if self.tries["whole"] % TWICE == 0:
                    assert self._run(now, attempt, is_repeat=True) == "whole"
                    assert self.store.counts["puts"] == 0
                return

    def _run(self, now: datetime, attempt: int, *, is_repeat: bool = False) -> str:
        """Run an event; return how it ended, which has to be as it was expected to."""
        days = [now.date() + timedelta(days=offset) for offset in OFFSETS]
        answers = {day: self.world.ask(day, now, attempt) for day in days}
        source = FakeSource({day: one.answer for day, one in answers.items()})
        is_killed = not is_repeat and self._dice.random() < KILLED
        self.store.begin(self._dice.randint(1, 40) if is_killed else None)
        try:
            report = publish.run(RunRequest(tuple(days), now), ports(source, self.store))
        except Killed:
            # The first day to be written may have been, with what the run had of it.
            return "killed"
        for edition in report.editions:
            answered = answers[edition.day]
            expected = self._expect(edition.day, answered)
            assert edition.status in expected, (now, edition, answered.kind)
            self.answers[answered.kind] += 1
        return "failed" if report.errors() else "whole"

    def _expect(self, day: date, answered: Answered) -> tuple[Status, ...]:
        """Return how a day may end with an answer, and note what its edition has then."""
        before = self.expected.get(day)
        if answered.kind in (Kind.GARBAGE, Kind.BROKEN, Kind.OUTAGE):
            return (Status.FAILED,)
        if not answered.votes:
            return (Status.EMPTY,)
        is_worse = before and (
            2 * len(answered.votes) < len(before)
            or (any(before.values()) and not any(answered.votes.values()))
        )
        # A run that was killed may have published the day before.
        if answered.kind == Kind.STRANGERS or is_worse:
            return (Status.KEPT,) if before else (Status.KEPT, Status.REFUSED)
        self.expected[day] = answered.votes
        new = () if before else (Status.PUBLISHED,)
        return (*new, Status.UPDATED, Status.UNCHANGED)


def test_months_of_runs_leave_a_correct_archive_at_a_flat_cost() -> None:
    world = World(date(2024, 8, 1), 730, 30) if LONG else World(date(2025, 11, 1), 92, 9)
    soak = Soak(world)
    soak.live()
    print(figures(soak))  # noqa: T201 (the figures of docs/reliability.md)
    # What may go wrong did, or nothing was shown.
    assert soak.answers.keys() == set(Kind)
    assert soak.tries.keys() == {"whole", "failed", "killed"}
    check_costs(soak)
    check_editions(soak)
    judge(soak.store)
    bodies = {
        key: body for key, body in soak.store.bodies().items() if not key.startswith("state/")
    }
    # The fake ports have no schemas but one.
    broken = [link for link in Links(bodies, SITE).broken() if not link.key.startswith("schema/")]
    assert broken == []


def check_costs(soak: Soak) -> None:
    """Check that a run in the end asks for no more than one at first, and lists at most once."""
    settled, first, last = parts(soak)
    # A month that has no state yet is listed once.
    assert max(cost["lists"] for cost in settled) <= 1
    assert max(cost["gets"] for cost in settled) <= MOST_GETS
    assert max(cost["puts"] for cost in settled) <= MOST_PUTS
    for what in ("gets", "puts"):
        assert average(last, what) <= GROWTH * average(first, what), what


def parts(soak: Soak) -> tuple[list[Cost], list[Cost], list[Cost]]:
    """Return the settled costs of runs that had something to write: all, first and second half."""
    settled = [cost for cost in soak.costs[WARM_UP:] if cost["puts"]]
    half = len(settled) // 2
    return settled, settled[:half], settled[half:]


def average(costs: list[Cost], what: str) -> float:
    return mean(cost[what] for cost in costs)


def check_editions(soak: Soak) -> None:
    """Check that each day has the edition of the best that the source said of it."""
    bodies, days = soak.store.bodies(), soak.world.days
    settled = days[: min(OFFSETS) - 1]
    assert [day for day in settled if soak.world.has_papers(day) and day not in soak.expected] == []
    for day, expected in soak.expected.items():
        edition = json.read(bodies[keys.edition_json(day)])
        assert {paper.id: paper.votes for paper in edition.papers} == expected, day
        _, recorded = votes.read(bodies[keys.vote_history(day)]).records[-1]
        assert recorded == expected, day


def figures(soak: Soak) -> str:
    """Return what was simulated, and what a run cost, as lines."""
    settled, first, last = parts(soak)
    papers, stored = sum(map(len, soak.expected.values())), len(soak.store.objects)
    lines = [
        f"{len(soak.world.days)} days, {len(soak.world.outages)} outages:"
        f" {len(soak.expected)} editions, {papers} papers, {stored} objects",
        f"runs: {dict(soak.tries)}",
        f"answers: { {str(kind): count for kind, count in soak.answers.items()} }",
    ]
    for what in ("gets", "puts"):
        most = max(cost[what] for cost in settled)
        lines.append(
            f"{what} of a run that writes: {average(first, what):.1f} in the first half,"
            f" {average(last, what):.1f} in the second, {most} at most"
        )
    return "\n".join(lines)
