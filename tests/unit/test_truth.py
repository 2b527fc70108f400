"""A day's truth: the order of its objects, races for them, and what was withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core import publish
from core.archive import backfill, truth
from core.archive.state import DayTruth, digest
from core.archive.truth import Writer
from core.edition import raw, vote_history
from core.model import keys
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact
from core.model.paper import WHOLE
from core.model.report import Candidate, EditionReport, RunRequest, Status, Totals
from core.render import json, votes
from tests.support.engine import MeanwhileStore, World, failing, faults, is_truth
from tests.support.fakes import MemoryStore
from tests.support.papers import DAY, NOW, answer, edition, paper

EDITION, HISTORY = keys.edition_json(DAY), keys.vote_history(DAY)
ONE = "2512.00001"


def write(world: World, hours: int = 0) -> EditionReport:
    """Write the source's edition without the lease, as a backfill does."""
    ports = world.ports()
    request = RunRequest((), NOW + timedelta(hours=hours), force=False)
    candidate = publish.fetch(DAY, request, ports)
    return backfill.write_candidate(candidate, request, Writer(ports), ports)


def complete(world: World) -> DayTruth:
    ports = world.ports()
    return truth.complete(DAY, world.known(), Writer(ports), ports)


def withdraw(world: World, mark: str) -> Callable[[], None]:
    """Return what marks the edition as a withdrawal does, before it scrubs."""

    def act() -> None:
        made = world.edition()
        papers = tuple(one for one in made.papers if mark not in (WHOLE, one.id))
        marked = replace(made, papers=papers, withdrawn=(*made.withdrawn, mark))
        world.edit(EDITION, json.render(marked))

    return act


def left(world: World) -> list[bool]:
    """Return whether the day's vote history and payloads have the first paper."""
    payloads = [key for key in world.store.objects if key.startswith(keys.raw_payloads(DAY))]
    texts = [raw.unpacked(world.body(key), DAY, key).body for key in payloads]
    return [ONE.encode() in body for body in (world.body(HISTORY), *texts)]


def test_the_order_of_a_days_objects() -> None:
    world = World()
    world.has(DAY, 1)
    assert write(world).status == Status.PUBLISHED
    assert world.store.puts == [world.payload(), EDITION, HISTORY]
    (version,) = world.history().versions
    assert version.digest == digest(world.body(EDITION))
    assert version.raw == world.payload()


@pytest.mark.parametrize("key", ["raw", EDITION, HISTORY])
def test_our_own_bytes_are_no_conflict(key: str) -> None:
    store = MeanwhileStore()
    world, other = World(store), World()
    for one in (world, other):
        one.has(DAY, 1)
    write(other)
    key = other.payload() if key == "raw" else key
    store.after[key] = failing(StoreConflict("found itself", key))
    assert write(world).status == Status.PUBLISHED
    assert world.store.bodies() == other.store.bodies()


@pytest.mark.parametrize(
    ("hours", "status", "votes"),
    [(2, Status.SUPERSEDED, 7), (1, Status.UPDATED, 9), (0, Status.UPDATED, 9)],
)
@pytest.mark.parametrize("is_new", [False, True])
def test_who_is_later_wins_a_race(hours: int, status: Status, votes: int, is_new: bool) -> None:
    """Ours is an hour after `NOW`; the other run is before our put."""
    store = MeanwhileStore()
    world, other = World(store), World(store)
    if not is_new:
        world.publish(DAY, counts=(5,))
    world.has(DAY, 9)
    other.has(DAY, 7)
    store.before[EDITION] = lambda: write(other, hours)
    report = world.run(hours=1)
    assert report.errors() == []
    assert (report.editions[0].status, report.editions[0].before) == (status, Totals(1, 7))
    assert world.edition().papers[0].votes == votes
    assert vote_history.has_version(world.history(), digest(world.body(EDITION)))
    assert faults(world) == []


def test_a_run_completes_what_replaced_it() -> None:
    """Another run writes its edition after ours, and is killed before its vote history."""
    store = MeanwhileStore()
    world, other = World(store), World(store)
    world.has(DAY, 9)
    other.has(DAY, 7)

    def half() -> None:
        store.before[HISTORY] = failing(StoreError("killed"))
        with pytest.raises(StoreError):
            write(other, hours=1)

    store.after[EDITION] = half
    assert world.run().errors() == []
    assert world.edition().papers[0].votes == 7
    assert vote_history.has_version(world.history(), digest(world.body(EDITION)))
    assert world.known().digest == digest(world.body(EDITION))
    assert faults(world) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("key", [EDITION, HISTORY])
@pytest.mark.parametrize(("mark", "papers"), [(ONE, 1), (WHOLE, 0)])
def test_withdrawn_meanwhile(when: str, key: str, mark: str, papers: int) -> None:
    """Whenever the mark comes, nothing of it is left."""
    store = MeanwhileStore()
    world = World(store)
    world.publish(DAY - timedelta(days=1))
    world.publish(DAY, counts=(5, 6))
    world.has(DAY, 7, 8)
    getattr(store, when)[key] = withdraw(world, mark)
    assert world.run(hours=1).errors() == []
    assert (world.edition().withdrawn, len(world.edition().papers)) == ((mark,), papers)
    assert not any(left(world))
    assert faults(world) == []


@pytest.mark.parametrize("force", [False, True])
def test_an_edition_that_cannot_be_read(force: bool) -> None:
    """It is only replaced with force."""
    world = World()
    world.publish(DAY)
    world.edit(EDITION)
    world.has(DAY, 9, 9, 9)
    report = world.run(hours=1, force=force)
    if force:
        assert report.errors() == []
        assert faults(world) == []
    else:
        (error,) = report.errors()
        assert "the edition cannot be read: restore" in str(error)
        assert world.body(EDITION) == b"edited"


def test_who_always_loses_gives_up() -> None:
    class Losing(MemoryStore):
        def put(self, artifact: Artifact, *, replaces: str | None) -> str:
            if artifact.key == EDITION:
                raise StoreConflict("changed", EDITION)
            return super().put(artifact, replaces=replaces)

    world = World(Losing(), pauses=99)
    world.has(DAY, 1)
    with pytest.raises(StoreConflict):
        write(world)


def test_an_edition_without_its_history_is_completed() -> None:
    store = MeanwhileStore()
    world = World(store)
    world.publish(DAY)
    before = world.store.bodies()
    world.has(DAY, 9, 2, 1, title=f"Of {DAY}")
    store.before[HISTORY] = failing(StoreError("killed", HISTORY))
    with pytest.raises(StoreError):
        write(world, hours=1)
    assert world.body(HISTORY) == before[HISTORY]
    found = complete(world)
    assert found.entry
    version = world.history().versions[-1]
    assert version.at == NOW + timedelta(hours=1)
    assert version.raw == found.entry.raw[-1]
    assert version.raw in world.store.objects


@pytest.mark.parametrize(
    ("payload", "is_restored"),
    [("whole", True), ("other", False), ("broken", False), ("missing", False)],
)
def test_an_edition_is_restored_from_its_payload(payload: str, is_restored: bool) -> None:
    """Only to the byte."""
    world = World()
    world.publish(DAY)
    before = world.body(EDITION)
    bodies = {"other": raw.packed(answer()), "broken": b"no gzip", "missing": None}
    if payload in bodies:
        world.edit(world.payload(), bodies[payload])
    world.edit(EDITION, None)
    found = complete(world)
    assert bool(found.entry) == is_restored
    assert world.store.bodies().get(EDITION) == (before if is_restored else None)


def test_a_look_writes_nothing() -> None:
    world = World()
    world.publish(DAY)
    before = world.store.bodies()
    found = truth.peek(DAY, world.ports())
    assert (found.edition, found.history) == (world.edition(), world.history())
    assert truth.peek(DAY - timedelta(days=1), world.ports()).entry is None
    assert world.store.bodies() == before


@pytest.mark.parametrize(("mark", "found"), [(ONE, False), (WHOLE, False), ("2512.00009", True)])
def test_what_is_scrubbed(mark: str, found: bool) -> None:
    world = World()
    world.publish(DAY)
    withdraw(world, mark)()
    world.store.puts.clear()
    for _ in range(2):
        truth.scrub(world.edition(), Writer(world.ports()), world.ports())
        assert left(world) == [found] * 2
    assert len(world.store.puts) == len({*world.store.puts})


def test_a_payload_that_cannot_be_read_is_emptied() -> None:
    world = World()
    world.publish(DAY)
    world.edit(world.payload(), b"no gzip")
    withdraw(world, ONE)()
    truth.scrub(world.edition(), Writer(world.ports()), world.ports())
    assert raw.unpacked(world.body(world.payload()), DAY, "").body == b"[]"


@pytest.mark.parametrize(
    ("mark", "status", "reason", "papers"),
    [
        ((WHOLE,), Status.UNCHANGED, "it was withdrawn", 2),
        ((ONE, "2512.00002"), Status.UNCHANGED, "all of its papers were withdrawn", 0),
        ((ONE,), Status.UPDATED, None, 1),
        ((), Status.UPDATED, None, 2),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_marks_are_respected(
    mark: tuple[str, ...], status: Status, reason: str | None, papers: int, force: bool
) -> None:
    published = replace(edition(paper(3)), withdrawn=mark)
    candidate = Candidate(edition(paper(1), paper(2)), NOW)
    verdict = truth.judge(candidate, published, "", force=force)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert len(verdict.candidate.edition.papers) == papers


def test_truth_alone_makes_the_archive() -> None:
    world = World()
    world.publish(DAY)
    for key in [key for key in world.store.objects if not is_truth(key)]:
        world.edit(key, None)
    assert world.run().errors() == []
    assert faults(world) == []
    assert votes.read(world.body(HISTORY)).versions[0].at == NOW
