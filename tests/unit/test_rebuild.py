"""Many days again: what a backfill brought, what somebody edited, what an older release made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core import publish
from core.archive import backfill, rebuild
from core.archive.rebuild import Rebuilt
from core.archive.state import Lease
from core.model import keys
from core.model.changes import Action
from core.model.errors import StoreBusy, StoreError
from core.model.objects import Artifact, StoredObject
from core.model.report import RunRequest
from tests.support.engine import World, derived, faults, is_truth
from tests.support.fakes import MemoryStore
from tests.support.papers import DAY, NOW

OCTOBER, NOVEMBER, DECEMBER = date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)
DAYS = (date(2025, 10, 31), date(2025, 11, 3), date(2025, 11, 28), date(2025, 12, 1), DAY)


@pytest.fixture
def world() -> World:
    """Return an archive of three months."""
    made = World()
    made.publish(*DAYS)
    made.store.puts.clear()
    return made


def backfilled(world: World, *days: date) -> None:
    """Write days' truth without the lease."""
    ports, request = world.ports(), RunRequest((), NOW)
    for day in days:
        world.has(day, 1, 2, title=f"Of {day}")
        report = backfill.write_day(
            day, request, ports, lambda day: publish.fetch(day, request, ports)
        )
        assert report.error is None


def put(rebuilt: Rebuilt) -> set[str]:
    """Return the keys of what a rebuild says that it has put."""
    return {key for key, one in rebuilt.changes.items() if one.action != Action.UNCHANGED}


def test_a_catalog_of_backfilled_days(world: World) -> None:
    """What follows from them is what runs would have made."""
    new = (date(2025, 11, 4), date(2025, 9, 2))
    backfilled(world, *new)
    rebuilt = rebuild.catalog([date(2025, 9, 1), OCTOBER, NOVEMBER], world.ports())
    assert (rebuilt.errors, rebuilt.next, rebuilt.newest) == ([], None, DAY)
    assert faults(world) == []
    assert {keys.edition_page(day) for day in new} <= put(rebuilt)
    assert rebuilt.count() == len(put(rebuilt))
    again = rebuild.catalog([date(2025, 9, 1), OCTOBER, NOVEMBER], world.ports())
    assert again.changes == {}


def test_a_catalog_of_an_empty_store() -> None:
    world = World()
    backfilled(world, *DAYS)
    firsts = [OCTOBER, NOVEMBER, DECEMBER]
    assert rebuild.catalog(firsts, world.ports()).errors == []
    assert faults(world) == []


@pytest.mark.parametrize(
    "key",
    [
        keys.HOME,
        keys.ROOT_INDEX,
        keys.FEED_JSON,
        keys.PAPERS_ATOM,
        keys.ABOUT_PAGE,
        keys.MONTH_SCHEMA,
        keys.LATEST_POST,
        keys.edition_page(DAYS[0]),
        keys.edition_post(DAYS[2]),
        keys.dataset_papers(DAYS[1]),
        keys.month_page(NOVEMBER),
        keys.month_json(DECEMBER),
        keys.month_sitemap(NOVEMBER),
        keys.search_shard(DECEMBER),
        keys.edition_json(DAYS[1]),
        keys.edition_json(DAY),
        keys.month_state(NOVEMBER),
        keys.ROOT_STATE,
    ],
)
@pytest.mark.parametrize("body", [b"edited", None])
def test_a_check_makes_right(world: World, key: str, body: bytes | None) -> None:
    before = world.store.bodies()
    world.edit(key, body)
    rebuilt = rebuild.check(world.ports())
    assert (rebuilt.errors, rebuilt.next) == ([], None)
    if not key.startswith(keys.STATE):
        assert put(rebuilt) == {key}
    assert derived(world.store) | {key: before[key] for key in before if is_truth(key)} == {
        key: body for key, body in before.items() if not key.startswith(keys.STATE)
    }
    assert {key: world.store.bodies()[key] for key in before if is_truth(key)} == {
        key: body for key, body in before.items() if is_truth(key)
    }
    assert faults(world) == []


def test_a_check_of_what_is_right_puts_nothing(world: World) -> None:
    assert rebuild.check(world.ports()).changes == {}
    assert world.store.puts == []
    assert rebuild.check(World().ports()).changes == {}


def test_another_edition_by_hand_is_taken(world: World) -> None:
    """Truth is what is stored."""
    other = World()
    other.publish(*DAYS, counts=(9, 8, 7))
    key = keys.edition_json(DAYS[1])
    world.edit(key, other.body(key))
    assert rebuild.check(world.ports()).errors == []
    assert world.body(key) == other.body(key)
    assert faults(world) == []


def test_a_lost_edition_stays_known(world: World) -> None:
    """Where its payload is gone, too, so that the doctor names it."""
    before = world.month(NOVEMBER).editions
    for key in (world.payload(DAYS[1]), keys.edition_json(DAYS[1])):
        world.edit(key, None)
    assert rebuild.check(world.ports()).errors == []
    assert world.month(NOVEMBER).editions == before


def test_an_older_release_is_made_again(world: World) -> None:
    world.release = "release 2"
    world.edit(keys.edition_page(DAYS[0]))
    assert rebuild.check(world.ports()).errors == []
    assert world.root().release == "release 2"
    assert {world.month(first).release for first in (OCTOBER, NOVEMBER, DECEMBER)} == {"release 2"}
    assert rebuild.check(world.ports()).changes == {}


def test_everything_is_planned(world: World) -> None:
    rebuilt = rebuild.check(world.ports(), everything=True)
    assert rebuilt.count() == 0
    assert rebuilt.changes.keys() == derived(world.store).keys()


class Hours:
    """Time for so many more months."""

    def __init__(self, months: int) -> None:
        self.left = months

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0


@pytest.mark.parametrize("listed", ["check", "catalog"])
def test_who_has_no_time_goes_on_later(world: World, listed: str) -> None:
    for first in (OCTOBER, NOVEMBER, DECEMBER):
        world.edit(keys.month_page(first))
    watched: list[str] = []
    begin: date | None = None
    found: list[date | None] = []
    for _ in range(3):
        if listed == "check":
            rebuilt = rebuild.check(world.ports(), None, begin, Hours(0), watched.append)
        else:
            firsts = [one for one in (OCTOBER, NOVEMBER, DECEMBER) if not begin or one >= begin]
            rebuilt = rebuild.catalog(firsts, world.ports(), Hours(0), watched.append)
        begin = rebuilt.next
        found.append(begin)
    assert found == [NOVEMBER, DECEMBER, None]
    assert watched == ["2025-10", "2025-11", "2025-12"]
    if listed == "check":
        assert faults(world) == []


def test_each_month_has_a_lease_of_its_own(world: World) -> None:
    for first in (OCTOBER, NOVEMBER, DECEMBER):
        world.edit(keys.month_page(first))
    paused: list[list[str]] = []
    ports = replace(world.ports(), month_pause=lambda: paused.append(list(world.store.puts)))
    rebuild.check(ports)
    roots = [puts.count(keys.ROOT_STATE) for puts in paused]
    assert roots == [2, 4, 6]
    assert world.root().lease is None


def test_lost_months_are_made_again_one_by_one(world: World) -> None:
    """A month is not planned with its neighbour, so that none outlasts its lease."""
    pages = {day: keys.edition_page(day) for day in DAYS}
    for key in (*pages.values(), *map(keys.month_state, (OCTOBER, NOVEMBER, DECEMBER))):
        world.edit(key, None)
    put_so_far: list[set[str]] = []
    ports = replace(
        world.ports(),
        month_pause=lambda: put_so_far.append(set(world.store.puts) & set(pages.values())),
    )
    assert rebuild.check(ports).errors == []
    assert put_so_far == [
        {pages[day] for day in DAYS if day < end} for end in (NOVEMBER, DECEMBER, date.max)
    ]
    assert faults(world) == []


def test_a_dry_run_tells_what_would_be_put(world: World) -> None:
    wrong = (keys.month_page(NOVEMBER), keys.HOME, keys.edition_post(DAY))
    for key in wrong:
        world.edit(key)
    before = world.store.bodies()
    told = rebuild.check(world.ports(), dry_run=True)
    assert world.store.bodies() == before
    assert put(told) == set(wrong)
    assert put(rebuild.check(world.ports())) == set(wrong)


ACTIVE = Lease("other", NOW.timestamp() + 50, (DAYS[1],))


def test_another_run_is_waited_for(world: World) -> None:
    world.edit(keys.HOME)
    world.change_root(lease=ACTIVE)
    with pytest.raises(StoreBusy):
        rebuild.check(world.ports())
    world.change_root(lease=None)
    assert rebuild.check(world.ports()).errors == []


@pytest.mark.parametrize("act", ["check", "catalog"])
def test_what_a_killed_run_left_is_completed(world: World, act: str) -> None:
    world.edit(keys.edition_page(DAYS[1]), b"half")
    world.change_root(lease=replace(ACTIVE, until=0.0))
    if act == "check":
        rebuild.check(world.ports())
    else:
        rebuild.catalog([DECEMBER], world.ports())
    assert faults(world) == []


class Refusing(MemoryStore):
    """A store that lets nobody read a key."""

    refused = ""

    def get(self, key: str) -> StoredObject | None:
        if key == self.refused:
            raise StoreError("403", key)
        return super().get(key)


def test_a_day_that_fails_does_not_stop_others() -> None:
    store = Refusing()
    world = World(store)
    # The day that fails is not among the newest ten.
    world.publish(*DAYS, *(date(2025, 12, number) for number in range(8, 20)))
    for day in DAYS[1:3]:
        world.edit(keys.vote_history(day), world.body(keys.vote_history(day)) + b" ")
    world.edit(keys.month_page(DECEMBER))
    store.refused = keys.vote_history(DAYS[1])
    rebuilt = rebuild.check(world.ports())
    assert {error.key for error in rebuilt.errors if isinstance(error, StoreError)} == {
        store.refused
    }
    assert keys.month_page(DECEMBER) in put(rebuilt)
    lease = world.root().lease
    assert lease
    assert lease.days == (DAYS[1],)
    store.refused = ""
    assert rebuild.check(world.ports()).errors == []
    assert faults(world) == []


class Interrupted(MemoryStore):
    """A store where each put may be the last."""

    left = 10**6

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().put(artifact, replaces=replaces)


@pytest.mark.parametrize("number", [1, 2, 3, 5, 9, 12])
@pytest.mark.parametrize(
    "act",
    [
        lambda world: rebuild.catalog([date(2025, 9, 1), NOVEMBER], world.ports()),
        lambda world: rebuild.check(world.ports()),
    ],
)
def test_an_interrupted_rebuild_is_completed(act: Callable[[World], object], number: int) -> None:
    store = Interrupted()
    world = World(store)
    world.publish(*DAYS)
    backfilled(world, date(2025, 9, 2), date(2025, 11, 4))
    store.left = number
    with pytest.raises(KeyboardInterrupt):
        act(world)
    act(world)
    assert faults(world) == []


def test_a_month_of_many_days_is_one_lease() -> None:
    world = World()
    backfilled(world, *(date(2025, 12, 1) + timedelta(days=number) for number in range(24)))
    rebuild.catalog([DECEMBER], world.ports())
    assert world.store.puts.count(keys.ROOT_STATE) == 2
    assert faults(world) == []
