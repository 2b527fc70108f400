"""Lost state: whatever is missing or broken is made again from what is stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.archive.read import read_archive
from core.archive.state_json import read_month, render_month
from core.model import keys
from core.model.objects import ListedObject, StoredObject
from core.model.report import Status
from tests.support.engine import World, faults
from tests.support.fakes import MemoryStore
from tests.support.papers import DAY

NOVEMBER, DECEMBER = date(2025, 11, 1), date(2025, 12, 1)
DAYS = (date(2025, 10, 31), date(2025, 11, 3), date(2025, 11, 28), date(2025, 12, 1), DAY)
BROKEN = [None, b"", b"<html>", b"{}", b"[]", b'{"schema_version":1}', b"\xff"]


@pytest.fixture
def world() -> World:
    """Return an archive of three months."""
    made = World()
    made.publish(*DAYS)
    return made


@pytest.mark.parametrize("body", BROKEN)
def test_a_lost_root_is_no_empty_archive(world: World, body: bytes | None) -> None:
    before = world.store.bodies()
    root = world.root()
    world.edit(keys.ROOT_STATE, body)
    report = world.run(DAY)
    assert (report.errors(), report.newest) == ([], DAY)
    assert report.editions[0].status == Status.UNCHANGED
    assert world.root().months == root.months
    assert faults(world) == []
    assert world.store.bodies().keys() == before.keys()


@pytest.mark.parametrize("lost", ["daily", "all"])
def test_nothing_of_a_new_day_is_forgotten(world: World, lost: str) -> None:
    """Also where the months' states are lost, too, and a run brings another month."""
    for key in [one for one in world.store.objects if one.startswith(keys.STATE)]:
        if lost == "all" or key == keys.ROOT_STATE:
            world.edit(key, None)
    world.has(date(2026, 1, 2), 1)
    assert world.run(date(2026, 1, 2), hours=9 * 24).errors() == []
    assert sum(month.editions for month in world.root().months) == 6
    assert faults(world) == []


def test_an_empty_store_is_an_empty_archive() -> None:
    assert read_archive([DECEMBER], [DAY], World().ports()).archive.root.months == ()


class Listing(MemoryStore):
    """A store that counts its listings."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str] = []

    def list(self, prefix: str) -> Iterator[ListedObject]:
        self.listed.append(prefix)
        return super().list(prefix)


@pytest.mark.parametrize("body", [None, b"<html>", b"{}", "other"])
def test_a_lost_month_is_made_again(body: bytes | str | None) -> None:
    """By the first run that needs it; others do not look at it."""
    store = Listing()
    world = World(store)
    world.publish(*DAYS)
    store.listed.clear()
    found = world.body(keys.month_state(DECEMBER)) if body == "other" else body
    assert not isinstance(found, str)
    world.edit(keys.month_state(NOVEMBER), found)
    world.run(DAY)
    assert world.store.puts == []
    assert store.listed == []
    assert world.run(DAYS[1]).errors() == []
    assert store.listed == [keys.month_editions(NOVEMBER)]
    assert [entry.day for entry in world.month(NOVEMBER).editions] == list(DAYS[1:3])
    assert faults(world) == []


def test_a_month_is_compared_with_a_month_whose_state_is_lost(world: World) -> None:
    """S3 may also say once that it is not there: the next run changes nothing then."""
    other = World()
    other.publish(*DAYS)
    world.edit(keys.month_state(NOVEMBER), None)
    for one in (world, other):
        one.has(date(2025, 12, 26), 1)
        one.run(date(2025, 12, 26), hours=3 * 24)
    page = keys.month_page(DECEMBER)
    assert world.body(page) == other.body(page)
    assert world.root().months == other.root().months


def test_a_month_that_is_not_in_root(world: World) -> None:
    months = [month for month in world.root().months if month.first != NOVEMBER]
    world.change_root(months=tuple(months))
    assert world.run(DAYS[1]).errors() == []
    assert [month.editions for month in world.root().months] == [1, 2, 2]
    assert faults(world) == []


def test_days_without_the_lease_make_a_month(world: World) -> None:
    """A backfill wrote the truth of a month that no state tells of."""
    other = World()
    other.publish(date(2025, 9, 1), date(2025, 9, 2))
    for key, artifact in other.store.objects.items():
        if key.startswith(("daily/", "votes/", "raw/")):
            world.store.objects[key] = artifact
    world.has(date(2025, 9, 3), 1)
    assert world.run(date(2025, 9, 3)).errors() == []
    assert world.root().months[0].editions == 3


def test_a_state_that_the_root_does_not_know(world: World) -> None:
    """Somebody restored an older version, or edited it."""
    month = world.month(NOVEMBER)
    lacking = replace(month, editions=month.editions[:1])
    world.edit(keys.month_state(NOVEMBER), render_month(lacking))
    snapshot = read_archive([NOVEMBER], [], world.ports())
    assert [entry.day for entry in snapshot.archive.months[NOVEMBER].editions] == list(DAYS[1:3])
    assert set(snapshot.moved) == set(DAYS[1:3])
    world.run(DAYS[1])
    assert faults(world) == []


class Moving(MemoryStore):
    """A store to which somebody commits after a get of the root."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[World] = []

    def get(self, key: str) -> StoredObject | None:
        stored = super().get(key)
        if key == keys.ROOT_STATE and self.meanwhile:
            other = self.meanwhile.pop()
            report = other.run(DAY, hours=1)
            assert not report.errors()
        return stored


def test_a_month_that_is_newer_than_the_root() -> None:
    """Another run commits between the two reads: then the root is read again."""
    store = Moving()
    world, other = World(store), World(store)
    world.publish(*DAYS)
    other.has(DAY, 9, 9, 9)
    store.meanwhile.append(other)
    snapshot = read_archive([DECEMBER], [DAY], world.ports())
    (known,) = (one for one in snapshot.archive.root.months if one.first == DECEMBER)
    stored = store.get(keys.month_state(DECEMBER))
    assert stored
    assert known.etag == stored.etag == snapshot.etags[keys.month_state(DECEMBER)]
    assert snapshot.archive.months[DECEMBER] == read_month(stored.body, DECEMBER)
    assert snapshot.moved == ()


def test_editions_that_cannot_be_read_are_left_out(world: World) -> None:
    for key in [one for one in world.store.objects if one.startswith(keys.STATE)]:
        world.edit(key, None)
    world.edit(keys.edition_json(DAYS[1]))
    world.edit("daily/notes.json")
    assert world.run(DAYS[2]).errors() == []
    assert [entry.day for entry in world.month(NOVEMBER).editions] == [DAYS[2]]


def test_lost_state_makes_no_long_lease() -> None:
    """A run brings the newest month; the first run that needs the other brings that."""
    world = World()
    days = [date(2025, 10, 1) + timedelta(days=number) for number in range(50)]
    world.publish(*days[:25])
    world.publish(*days[25:])
    for key in [one for one in world.store.objects if one.startswith(keys.STATE)]:
        world.edit(key, None)
    snapshot = read_archive([], [], world.ports())
    assert snapshot.moved == tuple(day for day in days if day.month == 11)
    assert snapshot.archive.months.keys() == {date(2025, 11, 1)}
    assert [month.etag for month in snapshot.archive.root.months] == ["", ""]
    snapshot = read_archive([date(2025, 10, 1)], [], world.ports())
    assert snapshot.moved == tuple(day for day in days if day.month == 10)
