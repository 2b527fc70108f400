"""Many days: written without the lease where they are missing, then what follows from them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from core import publish
from core.archive import backfill
from core.archive.backfill import THERE
from core.archive.state import Lease
from core.edition import raw
from core.model import keys
from core.model.changes import Action
from core.model.errors import PayloadError, SourceUnavailable, StoreError
from core.model.paper import Edition, Origin
from core.model.report import Candidate, EditionReport, RunRequest, Status, Totals
from tests.support.engine import World, derived, faults, is_truth
from tests.support.papers import DAY, NOW, answer, edition, paper

DAYS = (date(2025, 11, 28), date(2025, 12, 1), DAY)
EDITION, HISTORY = keys.edition_json(DAY), keys.vote_history(DAY)
DECEMBER = date(2025, 12, 1)


def write(world: World, day: date = DAY, **options: bool) -> EditionReport:
    world.store.puts.clear()
    ports, request = world.ports(), RunRequest((), NOW, **options)
    return backfill.write_day(day, request, ports, lambda day: publish.fetch(day, request, ports))


def test_only_truth_is_written() -> None:
    """Also while another run has the lease."""
    world = World()
    world.publish(DAYS[0])
    world.change_root(lease=Lease("other", NOW.timestamp() + 50, ()))
    before = derived(world.store)
    world.has(DAY, 3, 2)
    report = write(world)
    assert (report.status, report.error) == (Status.PUBLISHED, None)
    assert (report.found, report.before) == (Totals(2, 5), None)
    assert [(one.key, one.action) for one in report.changes] == [
        (world.payload(), Action.CREATED),
        (EDITION, Action.CREATED),
        (HISTORY, Action.CREATED),
    ]
    assert [one.key for one in report.changes] == world.store.puts
    assert derived(world.store) == before


@pytest.mark.parametrize("lost", [None, HISTORY, EDITION])
@pytest.mark.parametrize("force", [False, True])
def test_a_day_that_is_there_is_not_fetched(lost: str | None, force: bool) -> None:
    """It is there when its vote history has its edition."""
    world = World()
    world.has(DAY, 1)
    write(world)
    if lost:
        world.edit(lost, None)
    world.has(DAY, 9)
    report = write(world, force=force)
    is_there = not (lost or force)
    assert (report.status, report.reason) == (
        (Status.UNCHANGED, THERE)
        if is_there
        else (Status.PUBLISHED if lost == EDITION else Status.UPDATED, None)
    )
    assert world.edition().papers[0].votes == (1 if is_there else 9)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda world: world.lacks(DAY, SourceUnavailable("away", DAY)), SourceUnavailable),
        (lambda world: world.source.answers.update({DAY: b"{"}), PayloadError),
        (lambda world: world.edit(EDITION), StoreError),
        (lambda world: world.edit(HISTORY), StoreError),
    ],
)
def test_what_goes_wrong_is_told(act: Callable[[World], None], error: type[Exception]) -> None:
    world = World()
    world.has(DAY, 1)
    act(world)
    report = write(world)
    assert report.status == Status.FAILED
    assert isinstance(report.error, error)


@pytest.mark.parametrize("lost", [EDITION, HISTORY])
def test_what_cannot_be_read_is_not_replaced(lost: str) -> None:
    """Unless it is an edition, and by force."""
    world = World()
    world.publish(DAY)
    world.edit(lost)
    world.has(DAY, 9)
    assert write(world).status == Status.FAILED
    report = write(world, force=True)
    assert report.status.is_news is (lost == EDITION)


def candidate(day: date, *votes: int) -> Candidate:
    """Return an imported edition."""
    papers = (paper(n, votes=count, submitted_at=None) for n, count in enumerate(votes, 1))
    return Candidate(Edition(day, tuple(papers), Origin.IMPORT), NOW, note="cleaned")


def test_editions_at_hand_and_what_follows() -> None:
    world, watched = World(), list[EditionReport]()
    candidates = [candidate(day, 3, 2) for day in DAYS]
    report = backfill.write_days(candidates, RunRequest((), NOW), world.ports(), watched.append)
    assert report.errors() == []
    assert [one.status for one in report.editions] == [Status.PUBLISHED] * 3
    assert [one.reason for one in report.editions] == ["cleaned"] * 3
    assert tuple(watched) == report.editions
    assert report.newest == DAY
    assert world.known().raw == ()
    assert {one.key for one in report.changes} == derived(world.store).keys()
    assert faults(world) == []


def test_the_sources_own_editions_are_kept() -> None:
    world = World()
    world.publish(DAY)
    made = [candidate(DAY, 9, 9, 9)]
    report = backfill.write_days(made, RunRequest((), NOW), world.ports())
    assert [(one.status, one.reason) for one in report.editions] == [
        (Status.KEPT, "the source's own edition is published")
    ]
    assert faults(world) == []


def test_a_dry_run_writes_nothing() -> None:
    world = World()
    made = [candidate(day, 3) for day in DAYS]
    report = backfill.write_days(made, RunRequest((), NOW, dry_run=True), world.ports())
    assert [one.status for one in report.editions] == [Status.PUBLISHED] * 3
    assert world.store.objects == {}


def test_one_edition_that_fails_stops_no_other() -> None:
    world = World()
    world.edit(keys.edition_json(DAYS[1]))
    made = [candidate(day, 3) for day in DAYS]
    report = backfill.write_days(made, RunRequest((), NOW), world.ports())
    assert [one.status for one in report.editions] == [
        Status.PUBLISHED, Status.FAILED, Status.PUBLISHED
    ]  # fmt: skip
    assert report.newest == DAY


def from_payloads(world: World) -> list[EditionReport]:
    request = RunRequest((), NOW + timedelta(days=1))
    return list(backfill.write_from_payloads(DECEMBER, request, world.ports()))


def test_from_payloads_nothing_changes() -> None:
    world = World()
    world.publish(*DAYS)
    before = world.store.bodies()
    assert [(one.day, one.status) for one in from_payloads(world)] == [
        (DAYS[1], Status.UNCHANGED),
        (DAY, Status.UNCHANGED),
    ]
    assert world.store.bodies() == before


def test_imported_editions_are_left_alone() -> None:
    world = World()
    backfill.write_days([candidate(DAY, 1)], RunRequest((), NOW), world.ports())
    assert from_payloads(world) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [(None, StoreError), (b"no gzip", PayloadError), (raw.packed(b"{"), PayloadError)],
)
def test_a_payload_that_is_lost_is_told(body: bytes | None, error: type[Exception]) -> None:
    world = World()
    world.publish(*DAYS)
    world.edit(world.payload(DAYS[1]), body)
    reports = from_payloads(world)
    assert [one.status for one in reports] == [Status.FAILED, Status.UNCHANGED]
    assert isinstance(reports[0].error, error)


def test_from_payloads_an_edition_is_made_again() -> None:
    """As another version of this program ranks or cleans it."""
    world = World()
    world.publish(*DAYS)
    payload = world.payload()
    world.edit(payload, raw.packed(answer({"paper": {"id": "2512.00001", "title": "Cleaned"}})))
    assert [one.status for one in from_payloads(world)] == [Status.UNCHANGED, Status.UPDATED]
    assert world.edition().papers[0].title == "Cleaned"
    assert world.edition().updated_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (edition(), Status.EMPTY),
        (edition(paper(submitted_at="2025-12-01")), Status.REFUSED),
    ],
)
def test_what_is_not_worth_it_is_not_written(made: Edition, status: Status) -> None:
    world = World()
    report = backfill.write_days([Candidate(made, NOW)], RunRequest((), NOW), world.ports())
    assert report.editions[0].status == status
    assert [key for key in world.store.objects if is_truth(key)] == []
