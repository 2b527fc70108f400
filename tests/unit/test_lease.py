"""The lease: who gets it, when it is over, and what a holder may still do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.archive import lease
from core.archive.lease import DURATION, LONGEST_PUT, Held
from core.archive.ports import Ports
from core.archive.read import read_archive
from core.archive.state import Lease, Root
from core.model import keys
from core.model.errors import StoreBusy, StoreConflict, StoreError
from core.model.objects import Artifact
from tests.support.engine import World
from tests.support.fakes import MemoryStore
from tests.support.papers import DAY, NOW

YESTERDAY, DECEMBER = DAY - timedelta(days=1), date(2025, 12, 1)
T = NOW.timestamp()


def take(world: World, *days: date, ports: Ports | None = None) -> Held | None:
    ports = ports or world.ports()
    return lease.take(read_archive([DECEMBER], [], ports), days, ports, 1)


def taken(world: World, *days: date) -> Held:
    held = take(world, *days)
    assert held
    return held


def test_a_lease_names_days_and_its_end() -> None:
    world = World()
    world.store.holder_name = "host 1"
    held = taken(world, DAY, YESTERDAY)
    assert held.days == (YESTERDAY, DAY)
    found = world.root()
    assert found.serial == 1
    assert found.lease
    assert replace(found.lease, token="") == Lease("", T + DURATION, held.days, "host 1")


def test_a_commit_releases_the_lease() -> None:
    world = World()
    with taken(world, DAY) as held:
        held.commit(held.snapshot.archive, [], [])
    assert (world.root().serial, world.root().lease) == (2, None)


def test_days_that_are_left_stay() -> None:
    world = World()
    with taken(world, DAY, YESTERDAY) as held:
        held.commit(held.snapshot.archive, [], [DAY])
    left = world.root().lease
    assert left
    assert (left.until, left.days) == (0.0, (DAY,))
    assert not taken(world, YESTERDAY).is_trusted


def test_without_a_commit_all_days_stay() -> None:
    world = World()
    with pytest.raises(RuntimeError), taken(world, DAY):
        raise RuntimeError
    with pytest.raises(SystemExit), taken(world, YESTERDAY):
        raise SystemExit
    left = world.root().lease
    assert left
    assert (left.until, left.days) == (0.0, (YESTERDAY, DAY))


@pytest.mark.parametrize(
    ("until", "holder", "gone", "is_active"),
    [
        (0.0, "", "", False),
        (T - 1, "", "", False),
        (T, "", "", False),
        (T + 1, "", "", True),
        (T + 60, "host 1", "", True),
        (T + 60, "host 1", "host 2", True),
        (T + 60, "host 1", "host 1", False),
    ],
)
def test_when_a_lease_is_over(until: float, holder: str, gone: str, is_active: bool) -> None:
    """By the store's clock, or when its holder's process has ended."""
    world = World()
    world.publish(DAY)
    world.store.gone.update([gone] if gone else [])
    world.change_root(lease=Lease("other", until, (YESTERDAY,), holder))
    held = take(world, DAY)
    assert bool(held) != is_active
    if held:
        assert held.days == (YESTERDAY, DAY)


def test_who_may_not_wait_is_told() -> None:
    world = World(pauses=0)
    taken(world, DAY)
    with pytest.raises(StoreBusy, match="another run is writing"):
        take(world, DAY)


def test_a_root_that_changed_is_not_taken() -> None:
    world = World()
    world.publish(DAY)
    ports = world.ports()
    snapshot = read_archive([DECEMBER], [], ports)
    world.change_root(serial=99)
    assert lease.take(snapshot, [DAY], ports, 1) is None
    assert world.root().lease is None


class LosingStore(MemoryStore):
    """Puts, and loses the answers to so many puts of a key."""

    def __init__(self, key: str, *errors: StoreError) -> None:
        super().__init__()
        self.key, self.errors = key, list(errors)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        etag = super().put(artifact, replaces=replaces)
        if artifact.key == self.key and self.errors:
            raise self.errors.pop(0)
        return etag


@pytest.mark.parametrize("kind", [StoreConflict, StoreError])
def test_a_lost_answer_is_found_by_its_token(kind: type[StoreError]) -> None:
    errors = [kind("no answer", keys.ROOT_STATE) for _ in range(2)]
    world = World(LosingStore(keys.ROOT_STATE, *errors))
    with taken(world, DAY) as held:
        held.commit(held.snapshot.archive, [], [])
    assert world.root().lease is None


def test_a_store_that_is_away_is_no_race() -> None:
    class Away(MemoryStore):
        def put(self, artifact: Artifact, *, replaces: str | None) -> str:
            raise StoreError("503", artifact.key)

    with pytest.raises(StoreError, match="503"):
        take(World(Away()), DAY)


@pytest.mark.parametrize(
    ("seconds", "may_put"),
    [(0, True), (DURATION - LONGEST_PUT, True), (DURATION - LONGEST_PUT + 1, False), (99, False)],
)
def test_no_put_when_little_time_is_left(seconds: float, may_put: bool) -> None:
    world = World()
    held = taken(world, DAY)
    world.store.time += seconds
    acts: list[Callable[[], object]] = [
        held.check,
        lambda: held.overwrite("a.json", b"1", None),
        lambda: held.commit(held.snapshot.archive, [], []),
    ]
    for act in acts:
        if may_put:
            act()
        else:
            with pytest.raises(StoreConflict, match="the lease has ended"):
                act()
    assert ("a.json" in world.store.objects) is may_put


@pytest.mark.parametrize("there", [None, b"old", b"edited", b"new"])
@pytest.mark.parametrize("known", [None, b"old"])
def test_the_holder_replaces_whatever_is_there(there: bytes | None, known: bytes | None) -> None:
    world = World()
    held = taken(world, DAY)
    etag = None
    if known:
        world.edit("a.json", known)
        stored = world.store.get("a.json")
        etag = stored.etag if stored else None
        world.edit("a.json", None)
    if there:
        world.edit("a.json", there)
    made = held.overwrite("a.json", b"new", etag)
    stored = world.store.get("a.json")
    assert stored
    assert (stored.body, stored.etag) == (b"new", made)


def test_who_lost_the_lease_replaces_nothing() -> None:
    world = World()
    held = taken(world, DAY)
    world.change_root(lease=Lease("other", T + 60, ()))
    world.edit("a.json", b"theirs")
    with pytest.raises(StoreConflict, match="another run took the lease"):
        held.overwrite("a.json", b"ours", None)
    with pytest.raises(StoreConflict, match="another run took the lease"), held:
        held.commit(held.snapshot.archive, [], [])
    assert world.body("a.json") == b"theirs"
    assert world.root().lease == Lease("other", T + 60, ())


def test_months_are_put_before_the_root() -> None:
    world = World()
    world.publish(DAY)
    with taken(world, DAY) as held:
        archive = held.commit(held.snapshot.archive, [DECEMBER], [])
    assert world.store.puts[-2:] == [keys.month_state(DECEMBER), keys.ROOT_STATE]
    assert isinstance(archive.root, Root)
    assert archive.root == world.root()
