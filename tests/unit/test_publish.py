"""A run through its public door: what becomes of days, of what others do, and its cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core import publish
from core.archive.state import Lease
from core.archive.state_json import render_root
from core.model import keys
from core.model.changes import Action
from core.model.errors import (
    PaperboyError,
    SourceUnavailable,
    StoreBusy,
    StoreConflict,
    StoreError,
)
from core.model.objects import Artifact
from core.model.report import EditionReport, RunRequest, Status, totals
from tests.support.engine import StrictStore, World, derived, faults
from tests.support.fakes import MemoryStore, Pauses
from tests.support.papers import DAY, NOW, answer, entry

YESTERDAY, WEEK_AGO = DAY - timedelta(days=1), DAY - timedelta(days=7)
DAYS = (DAY, YESTERDAY, WEEK_AGO)
AWAY = SourceUnavailable("did not answer", YESTERDAY, "https://host")
# Days over a month's edge, newest first.
EDGE = (date(2025, 12, 2), date(2025, 12, 1), date(2025, 11, 25))
# The oldest day's week begins in the month before.
WEEK_EDGE = (date(2025, 10, 9), date(2025, 10, 8), date(2025, 10, 2))
MONDAY = (date(2025, 10, 13), date(2025, 10, 10), date(2025, 10, 6))


@pytest.fixture
def world() -> World:
    """Return an archive with an edition of three papers."""
    made = World()
    made.publish(DAY)
    return made


def strangers(votes: int) -> bytes:
    """Return papers of another day."""
    papers = (entry(n, upvotes=votes, submittedOnDailyAt="2025-12-01T00:00:00Z") for n in (1, 2))
    return answer(*papers)


OTHER = answer(entry(1, upvotes=9), entry(2), entry(3))
FEW = answer(entry(1, upvotes=9))


@pytest.mark.parametrize(
    ("body", "hours", "force", "status", "reason"),
    [
        (None, 1, False, Status.UNCHANGED, None),
        (None, -1, True, Status.UNCHANGED, None),
        (OTHER, 1, False, Status.UPDATED, None),
        (OTHER, 0, False, Status.UPDATED, None),
        (OTHER, -1, False, Status.SUPERSEDED, "a run of a later time has published"),
        (OTHER, -1, True, Status.UPDATED, None),
        (FEW, 1, False, Status.KEPT, "1 papers would replace 3"),
        (FEW, 1, True, Status.UPDATED, None),
        (strangers(9), 1, False, Status.KEPT, "2 of 2 papers belong to another day"),
        (answer(entry(1, upvotes=0), entry(2, upvotes=0)), 1, False, Status.KEPT,
         "no paper has votes, but the published ones have"),
        (b"[]", 1, False, Status.EMPTY, "the source lists no papers; the 3 published ones stay"),
        (b"[]", 1, True, Status.EMPTY, "the source lists no papers; the 3 published ones stay"),
        (b"<html>", 1, False, Status.FAILED, None),
    ],
)  # fmt: skip
def test_how_a_published_day_ends(
    world: World,
    body: bytes | None,
    hours: int,
    force: bool,
    status: Status,
    reason: str | None,
) -> None:
    before = world.edition()
    if body is not None:
        world.source.answers[DAY] = body
    report = world.run(hours=hours, force=force)
    (found,) = report.editions
    assert (found.status, found.reason) == (status, reason)
    assert bool(report.errors()) == (status == Status.FAILED)
    assert (world.edition() == before) == (status != Status.UPDATED)
    assert bool(world.store.puts) == (status == Status.UPDATED)
    assert found.before == (None if status == Status.FAILED else totals(before))
    if status == Status.UPDATED:
        assert world.edition().updated_at == NOW + timedelta(hours=hours)
    assert faults(world) == []


@pytest.mark.parametrize(
    ("body", "day", "status", "reason"),
    [
        (OTHER, DAY, Status.PUBLISHED, None),
        (answer(entry(1, upvotes=0)), DAY, Status.PUBLISHED, None),
        (strangers(9), DAY, Status.REFUSED, "2 of 2 papers belong to another day"),
        (b"[]", DAY, Status.EMPTY, None),
        (b"[]", date(2025, 12, 20), Status.EMPTY, "a weekend"),
        (b"[]", date(2025, 12, 21), Status.EMPTY, "a weekend"),
    ],
)
def test_how_a_new_day_ends(body: bytes, day: date, status: Status, reason: str | None) -> None:
    world = World()
    world.source.answers[day] = body
    report = world.run(day)
    (found,) = report.editions
    assert (found.status, found.reason, found.before) == (status, reason, None)
    assert report.errors() == []
    assert (report.newest, keys.HOME in world.store.objects) == (
        (DAY, True) if status == Status.PUBLISHED else (None, False)
    )


def test_one_bad_day_does_not_stop_others() -> None:
    world = World()
    world.has(DAY, 1)
    world.has(WEEK_AGO, 1)
    world.lacks(YESTERDAY, AWAY)
    heard: list[EditionReport] = []
    report = publish.run(RunRequest(DAYS, NOW), world.ports(), heard.append)
    found = [edition.status for edition in report.editions]
    assert found == [Status.PUBLISHED, Status.FAILED, Status.PUBLISHED]
    assert (report.errors(), report.newest) == ([AWAY], DAY)
    assert tuple(heard) == report.editions
    assert faults(world) == []


def test_votes_at_each_time_are_recorded(world: World) -> None:
    for hours, votes in ((2, 8), (1, 7), (2, 9), (3, 9)):
        world.has(DAY, 3, 2, votes, title=f"Of {DAY}")
        world.run(hours=hours)
    records = world.history().records
    assert [(at - NOW, votes["2512.00003"]) for at, votes in records] == [
        (timedelta(0), 1),
        (timedelta(hours=2), 9),
    ]
    assert world.edition().updated_at == NOW + timedelta(hours=2)


def test_a_dry_run_tells_all_and_puts_nothing(world: World) -> None:
    tomorrow = DAY + timedelta(days=1)
    world.has(DAY, 3, 2, 9)
    world.has(tomorrow, 1)
    told = world.run(DAY, tomorrow, hours=24, dry_run=True)
    assert world.store.puts == []
    done = world.run(DAY, tomorrow, hours=24)
    assert [replace(one, changes=()) for one in told.editions] == [
        replace(one, changes=()) for one in done.editions
    ]
    assert told.newest == done.newest == tomorrow
    for said, did in zip(told.editions, done.editions, strict=True):
        assert {(one.key, one.action) for one in said.changes} == {
            (one.key, one.action) for one in did.changes
        }
    assert told.changes == done.changes
    changed = {one.key for one in told.changes if one.action != Action.UNCHANGED}
    changed |= {one.key for edition in told.editions for one in edition.changes}
    assert set(world.store.puts) - {key for key in world.store.puts if "state/" in key} <= changed


def filled(newest: date, editions: int) -> World:
    """Return an archive with so many editions before and at a day, on weekdays."""
    world, day, days = World(), newest, list[date]()
    while len(days) < editions:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    months = sorted({day.replace(day=1) for day in days})
    for first in months:
        world.publish(*sorted(day for day in days if day.replace(day=1) == first))
    return world


@pytest.mark.parametrize("editions", [10, 100])
@pytest.mark.parametrize(
    ("days", "case", "gets", "requests"),
    [
        (DAYS, "nothing", 6, 6),
        (DAYS, "votes", 99, 65),
        (DAYS, "a new day", 99, 65),
        (DAYS, "all", 99, 65),
        (MONDAY, "all", 99, 65),
        (WEEK_EDGE, "all", 99, 80),
        (EDGE, "nothing", 6, 6),
        (EDGE, "votes", 99, 80),
        (EDGE, "a new day", 99, 80),
        (EDGE, "all", 99, 80),
    ],
)
def test_requests_of_a_run(
    days: tuple[date, ...], case: str, gets: int, requests: int, editions: int
) -> None:
    """They do not grow with the archive."""
    newest, *others = days
    world = filled(newest if case in ("nothing", "votes") else others[0], editions)
    changed = {"nothing": (), "a new day": days[:1]}.get(case, days)
    for day in changed:
        # Papers rise, so their feed changes, too.
        world.has(day, 29, 8, 7, title=f"Of {day}")
    report = world.run(*days, hours=24)
    assert report.errors() == []
    assert len(world.store.gets) <= gets
    assert len(world.store.gets) + len(world.store.puts) <= requests
    assert bool(world.store.puts) == (case != "nothing")


def test_requests_are_the_same_in_large_archives() -> None:
    found = []
    for editions in (30, 300):
        world = filled(YESTERDAY, editions)
        world.has(DAY, 1)
        world.run(*DAYS)
        found.append((len(world.store.gets), len(world.store.puts)))
    assert found[0] == found[1]


ACTIVE = Lease("other", NOW.timestamp() + 50, (YESTERDAY,))
HELD = Lease("other", NOW.timestamp() + 50, (YESTERDAY,), "host 1")
RELEASED = Lease("other", 0.0, (YESTERDAY,))


def interrupted(world: World, lease: Lease) -> None:
    """Leave a lease, and a day of which only truth was written."""
    world.publish(YESTERDAY)
    for key in (keys.edition_page(YESTERDAY), keys.dataset_papers(YESTERDAY)):
        world.edit(key, b"half")
    world.change_root(lease=lease)


def test_an_active_lease_makes_a_run_wait(world: World) -> None:
    interrupted(world, ACTIVE)
    world.has(DAY, 9, 2, 1)
    before = world.store.bodies()
    ports = replace(world.ports(), pause=(pause := Pauses(3)))
    report = publish.run(RunRequest((DAY,), NOW), ports)
    assert report.editions[0].status == Status.FAILED
    assert list(map(type, report.errors())) == [StoreBusy]
    assert len(pause.taken) == 4
    assert world.store.bodies() == before


def test_an_unchanged_run_does_not_wait(world: World) -> None:
    interrupted(world, ACTIVE)
    world.pauses = 0
    report = world.run()
    assert (report.errors(), world.store.puts) == ([], [])


@pytest.mark.parametrize(
    ("lease", "prepare"),
    [
        (RELEASED, lambda _: None),
        (ACTIVE, lambda world: setattr(world.store, "time", world.store.time + 51)),
        (HELD, lambda world: world.store.gone.add("host 1")),
    ],
)
def test_a_lease_that_is_over_is_taken_over(
    world: World, lease: Lease, prepare: Callable[[World], None]
) -> None:
    """Its days are made again, though the run has nothing new."""
    interrupted(world, lease)
    prepare(world)
    assert world.run().errors() == []
    assert faults(world) == []


class CountingDown(MemoryStore):
    """A store that fails at a put, as often as it is told."""

    def __init__(self, number: int, *errors: BaseException) -> None:
        super().__init__()
        self.number, self.errors = number, list(errors)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        self.number -= 1
        if self.number <= 0 and self.errors:
            raise self.errors.pop(0)
        return super().put(artifact, replaces=replaces)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 9, 14, 20, 24])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), StoreError("503", "key")])
def test_an_error_gives_the_lease_back(number: int, error: BaseException) -> None:
    """With its days, which the next run completes."""
    world = World(CountingDown(number, error))
    world.has(DAY, 3, 2, 1)
    if isinstance(error, PaperboyError):
        assert world.run().errors()
    else:
        with pytest.raises(KeyboardInterrupt):
            world.run()
    lease = world.root().lease
    assert lease
    assert (lease.until, lease.days) == (0.0, (DAY,))
    assert world.run(YESTERDAY).errors()  # the source has no such day
    assert faults(world) == []


def test_a_day_that_fails_stays_in_the_lease() -> None:
    world = World(CountingDown(2, StoreError("503", "key")))
    for day in DAYS:
        world.has(day, 1)
    report = world.run(*DAYS)
    (failed,) = (one.day for one in report.editions if one.status == Status.FAILED)
    assert failed == WEEK_AGO
    lease = world.root().lease
    assert lease
    assert (lease.until, lease.days) == (0.0, (WEEK_AGO,))
    assert world.run(*DAYS).errors() == []
    assert faults(world) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [(None, "the vote history is missing"), (b"{", "the vote history cannot be read")],
)
def test_a_lost_vote_history_fails_its_day(world: World, body: bytes | None, problem: str) -> None:
    world.edit(keys.vote_history(DAY), body)
    before = world.store.bodies()
    world.has(DAY, 3, 2, 9)
    world.has(YESTERDAY, 1)
    report = world.run(DAY, hours=1)
    (error,) = report.errors()
    assert problem in str(error)
    assert "paperboy doctor --repair" in str(error)
    assert world.store.bodies() == before
    report = world.run(DAY, YESTERDAY, hours=1)
    assert [one.status for one in report.editions] == [Status.FAILED, Status.PUBLISHED]
    assert world.body(keys.edition_json(DAY)) == before[keys.edition_json(DAY)]


def test_no_put_leads_a_reader_astray() -> None:
    """In new days, older days, new months, other votes, other papers, and new releases."""
    world = World(StrictStore())
    for day in (*EDGE[::-1], DAY, date(2025, 12, 10), date(2025, 10, 1), date(2026, 1, 2)):
        world.publish(day)
    for title in ("Of", "New"):
        world.has(DAY, 3, 9, 1, title=title)
        world.run(DAY, hours=1)
    world.release = "release 2"
    world.run(DAY, hours=2)
    assert len(world.root().months) == 4


def test_the_report_of_a_first_run() -> None:
    world = World()
    world.has(DAY, 1)
    report = world.run()
    (edition,) = report.editions
    assert {one.action for one in (*edition.changes, *report.changes)} == {Action.CREATED}
    assert [one.key for one in edition.changes[:3]] == [
        world.payload(),
        keys.edition_json(DAY),
        keys.vote_history(DAY),
    ]
    put = [key for key in world.store.puts if not key.startswith(keys.STATE)]
    assert sorted(put) == sorted(one.key for one in (*edition.changes, *report.changes))
    assert report.changes[-1].key == keys.HOME


def test_the_same_runs_make_the_same_bytes() -> None:
    one, other = World(), World()
    one.publish(*EDGE)
    for day in EDGE:
        other.publish(day)
    assert derived(one.store) == derived(other.store)


def test_others_may_commit_meanwhile(world: World) -> None:
    """A run that loses the race for the lease reads again, and judges by what there is."""
    other = World(world.store)
    other.has(DAY, 8, 2, 1, title="Faster")
    world.has(DAY, 9, 2, 1, title="Slower")

    class Overtaken(Pauses):
        def __call__(self, attempt: int, at_least: float = 0.0) -> bool:
            root = replace(world.root(), lease=None)
            world.edit(keys.ROOT_STATE, render_root(root))
            other.run(hours=2)
            return super().__call__(attempt, at_least)

    world.change_root(lease=ACTIVE)
    ports = replace(world.ports(), pause=Overtaken(3))
    report = publish.run(RunRequest((DAY,), NOW + timedelta(hours=1)), ports)
    assert report.editions[0].status == Status.SUPERSEDED
    assert world.edition().papers[0].title == "Faster"
    assert faults(world) == []


def test_conflicts_without_a_reason_are_survived() -> None:
    conflicts = [StoreConflict("409", "key") for _ in range(5)]
    world = World(CountingDown(1, *conflicts))
    world.has(DAY, 1)
    assert world.run().errors() == []
    assert faults(world) == []
