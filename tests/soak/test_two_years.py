"""Two simulated years, run after run on a fake clock: every edition ends correct, costs stay flat.

By default three months of it; `SOAK=1 pytest -s tests/soak` runs all, and prints the figures of
`docs/reliability.md`.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import mean

from core import publish
from core.archive import rebuild
from core.model import keys
from core.model.objects import Artifact, StoredObject
from core.model.ports import Ports
from core.model.report import Action, RunRequest, Status
from tests.soak import archive
from tests.soak.ledger import Ledger
from tests.soak.world import Kind, Said, World, source
from tests.support import fakes, feeds
from tests.support.crowd import URL, real_ports
from tests.support.fakes import FakeSource, MemoryStore
from tests.support.links import Links

LONG = os.environ.get("SOAK") == "1"
# As the template's schedule: 11 and 23 o'clock in Seoul, each day with the one before and a week's.
HOURS, OFFSETS = (2, 14), (0, -1, -7)
# A failed run is tried twice again, as Lambda does it.
TRIES = 3
# Of the events that succeed, each seventh is delivered once more.
TWICE = 7
# Runs until feeds and a month are full; then months are compared, of two years quarters.
WARM_UP, PARTS = 62, 4 if LONG else 2
# What a run may cost in the last of these parts, if it costs 1 in the first.
MOST = 1.15
# What no run may exceed, whatever its days have been through.
MOST_GETS, MOST_PUTS = 300, 60

MakePorts = Callable[[FakeSource, MemoryStore], Ports]


@dataclass(slots=True)
class Cost:
    """What a run asks of the store; `papers` is how many its days have."""

    papers: int = 0
    gets: int = 0
    puts: int = 0
    bytes_read: int = 0
    bytes_written: int = 0


class CountingStore(MemoryStore):
    """Counts what the run at hand costs."""

    def __init__(self) -> None:
        super().__init__()
        self.cost = Cost()

    def get(self, key: str) -> StoredObject | None:
        stored = super().get(key)
        self.cost.gets += 1
        self.cost.bytes_read += len(stored.body) if stored else 0
        return stored

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        super().put(artifact, replaces=replaces)
        self.cost.puts += 1
        self.cost.bytes_written += len(artifact.body)


class Soak:
    """An archive, and the runs that keep it, one after the other."""

    def __init__(self, world: World, make: MakePorts) -> None:
        self.world, self.ledger, self.store, self._make = world, Ledger(), CountingStore(), make
        self.costs: list[Cost] = []
        self.tries: Counter[str] = Counter()

    def live(self, watch: Callable[["Soak", datetime], None]) -> None:
        """Let all days pass; `watch` sees the archive after each of them."""
        for day in self.world.days:
            for hour in HOURS:
                self._deliver(datetime.combine(day, time(hour, tzinfo=UTC)))
            watch(self, datetime.combine(day, time(23, tzinfo=UTC)))

    def ports(self, said: dict[date, Said]) -> Ports:
        """Return the ports of a run to which the source says this."""
        return self._make(source(said), self.store)

    def _deliver(self, now: datetime) -> None:
        for attempt in range(TRIES):
            self.store.cost = Cost()
            if self._run(now, attempt):
                self.tries["whole"] += 1
                self.costs += [self.store.cost] if attempt == 0 else []
                if len(self.costs) % TWICE == 0:
                    self._again(now, attempt)
                return
            self.tries["failed"] += 1
        self.tries["given up"] += 1

    def _run(self, now: datetime, attempt: int) -> bool:
        """Run an event, which ends as the ledger says; return whether it succeeded."""
        days = [now.date() + timedelta(days=offset) for offset in OFFSETS]
        said = {day: self.world.ask(day, now, attempt) for day in days}
        expected = {day: self.ledger.hear(day, now, said[day]) for day in days}
        self.store.cost.papers = sum(len(one.entries) for one in said.values())
        report = publish.run(RunRequest(tuple(days), now), self.ports(said))
        assert {one.day: one.status for one in report.editions} == expected, f"{now}: {said}"
        assert report.error is None
        return not report.errors()

    def _again(self, now: datetime, attempt: int) -> None:
        """Deliver an event that succeeded once more: it has nothing to write."""
        before, self.store.cost = self.store.bodies(), Cost()
        assert self._run(now, attempt)
        assert self.store.cost.puts == 0
        assert self.store.bodies() == before
        self.tries["twice"] += 1


def test_months_of_runs_leave_a_correct_archive_at_a_flat_cost() -> None:
    world = World(date(2024, 8, 1), 730, 30) if LONG else World(date(2025, 11, 1), 92, 24)
    soak = Soak(world, fakes.ports)
    soak.live(_look)
    bodies = soak.store.bodies()
    archive.check(bodies, soak.ledger)
    archive.check_fake_feeds(bodies, soak.ledger)
    assert archive.orphans(bodies) == []
    assert _lost(soak) == []
    figures = _figures(soak)
    print(figures)  # noqa: T201 (the figures of docs/reliability.md)
    assert _changed_by_a_rebuild(soak) == []
    # What may go wrong did, or nothing was shown.
    assert soak.ledger.heard.keys() == set(Kind)
    assert soak.ledger.statuses.keys() == set(Status)
    assert all(soak.tries[what] for what in ("failed", "given up", "twice"))
    first, last = _first_and_last(soak.costs)
    assert [name for name in first if last[name] > MOST * first[name]] == [], figures
    assert max(cost.gets for cost in soak.costs) <= MOST_GETS
    assert max(cost.puts for cost in soak.costs) <= MOST_PUTS


def test_weeks_with_the_real_pages_and_feeds_leave_no_link_that_leads_nowhere() -> None:
    soak = Soak(World(date(2025, 12, 15), 40 if LONG else 24, 6), real_ports)
    soak.live(_look)
    bodies = soak.store.bodies()
    archive.check(bodies, soak.ledger)
    links = Links(bodies, URL)
    assert links.broken() == []
    assert sorted(bodies.keys() - links.reachable()) == []
    newest = sorted(soak.ledger.books, reverse=True)
    pages = [item["url"].rpartition("/")[2] for item in feeds.items(bodies[keys.FEED_JSON])]
    assert pages == [f"{day}.html" for day in newest]
    papers = [item["url"].rpartition("#")[2] for item in feeds.items(bodies[keys.PAPERS_JSON])]
    assert papers == [
        paper for day in newest[:3] for paper in sorted(soak.ledger.books[day].papers, reverse=True)
    ]
    assert feeds.as_json(bodies[keys.FEED_ATOM])["items"]
    assert _changed_by_a_rebuild(soak) == []


def _look(soak: Soak, now: datetime) -> None:
    """Compare `latest` with the ledger at each day's end, and everything at each month's."""
    if soak.ledger.books:
        archive.check_front(soak.store.bodies(), soak.ledger)
    if (now + timedelta(days=1)).day == 1:
        archive.check(soak.store.bodies(), soak.ledger)


def _lost(soak: Soak) -> list[date]:
    """Return the days that have papers, and no edition though a week's run has passed."""
    return [
        day
        for day in soak.world.days[: -max(map(abs, OFFSETS)) - 1]
        if soak.world.papers(day) and day not in soak.ledger.books
    ]


def _changed_by_a_rebuild(soak: Soak) -> list[str]:
    """Return what is not as it follows from the stored editions and vote records."""
    soak.store.cost = Cost()
    end = datetime.combine(soak.world.days[-1], time(23, tzinfo=UTC))
    changes = rebuild.rebuild(end, soak.ports({}))
    return [change.key for change in changes if change.action != Action.UNCHANGED]


def _first_and_last(costs: list[Cost]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the mean cost of a run at first, once feeds and a month are full, and in the end."""
    settled = costs[WARM_UP:]
    part = len(settled) // PARTS
    return _mean(settled[:part]), _mean(settled[-part:])


def _mean(costs: list[Cost]) -> dict[str, float]:
    """Return what a run costs: requests a run, and bytes a paper, as days have more or fewer."""
    papers = sum(cost.papers for cost in costs)
    return {
        "gets": round(mean(cost.gets for cost in costs), 1),
        "puts": round(mean(cost.puts for cost in costs), 1),
        "bytes read a paper": round(sum(cost.bytes_read for cost in costs) / papers),
        "bytes written a paper": round(sum(cost.bytes_written for cost in costs) / papers),
    }


def _figures(soak: Soak) -> str:
    """Return what was simulated, and what a run cost, as lines."""
    world, ledger = soak.world, soak.ledger
    papers = sum(len(book.papers) for book in ledger.books.values())
    counted = {str(what): count for what, count in sorted(ledger.heard.items())}
    return "\n".join(
        [
            f"{len(world.days)} days, {world.recorded} recorded, {len(world.outages)} outages",
            f"{len(ledger.books)} editions, {papers} papers, {len(soak.store.objects)} objects",
            f"tries: {dict(soak.tries)}",
            f"answers: {counted}",
            f"days of runs: { {str(what): count for what, count in ledger.statuses.items()} }",
            f"most gets of a run: {max(cost.gets for cost in soak.costs)}",
            f"most puts of a run: {max(cost.puts for cost in soak.costs)}",
            *(
                f"{name}: {some}"
                for name, some in zip(("first", "last"), _first_and_last(soak.costs), strict=True)
            ),
        ]
    )
