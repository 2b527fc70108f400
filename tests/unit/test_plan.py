"""What a run makes again: no more than what follows from what has changed."""

import json
import re
from datetime import date, timedelta

import pytest

from core.model import dates, keys
from core.model.blog import blob_id
from core.model.dates import first_of_month
from tests.support.engine import World, faults, is_truth
from tests.support.papers import DAY

OCTOBER, NOVEMBER, DECEMBER = date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)
# Forty days: the newest thirty are in the editions' feed, the newest three in the papers' feed.
DAYS = [date(2025, 11, 15) + timedelta(days=number) for number in range(40)]
OLD, MIDDLE, NEWEST = DAYS[0], date(2025, 12, 10), DAYS[-1]
YESTERDAY = NEWEST - timedelta(days=1)
assert NEWEST == DAY

EDITIONS_FEED = {keys.FEED_JSON, keys.FEED_ATOM}
PAPERS_FEED = {keys.PAPERS_JSON, keys.PAPERS_ATOM}
LATEST = {keys.LATEST_JSON, keys.LATEST_POST, keys.HOME, keys.markdown_of(keys.HOME)}


@pytest.fixture
def world() -> World:
    """Return an archive of forty days in two months."""
    made = World()
    made.publish(*DAYS[:20])
    made.publish(*DAYS[20:])
    return made


def put(world: World) -> set[str]:
    """Return the keys of the derived objects that the last run has put."""
    return {key for key in world.store.puts if not is_truth(key) and not key.startswith(keys.STATE)}


def of_day(day: date) -> set[str]:
    """Return a day's objects that show votes."""
    return set(keys.of_day(day)) - {keys.edition_bibtex(day)}


def of_month(first: date) -> set[str]:
    """Return a month's objects that show votes."""
    page = keys.month_page(first)
    names = (keys.month_json, keys.month_post, keys.search_shard)
    return {page, keys.markdown_of(page), *(name(first) for name in names)}


def of_week(day: date) -> set[str]:
    """Return the objects of a day's week that show votes."""
    monday = dates.monday_of(day)
    page = keys.week_page(monday)
    return {page, keys.markdown_of(page), keys.week_json(monday), keys.week_post(monday)}


def bibtex(day: date) -> set[str]:
    """Return the lists of literature that have a day's papers."""
    monday, first = dates.monday_of(day), first_of_month(day)
    return {keys.edition_bibtex(day), keys.week_bibtex(monday), keys.month_bibtex(first)}


@pytest.mark.parametrize(
    ("day", "front"),
    [
        (NEWEST, EDITIONS_FEED | PAPERS_FEED | LATEST),
        # The home page has what rises of the two newest editions.
        (YESTERDAY, EDITIONS_FEED | PAPERS_FEED | {keys.HOME}),
        (MIDDLE, EDITIONS_FEED),
        # The page of the next month compares both.
        (OLD, {keys.month_page(DECEMBER)}),
    ],
)
def test_after_other_votes(world: World, day: date, front: set[str]) -> None:
    """Neither lists of literature nor links change."""
    world.has(day, 3, 2, 9, title=f"Of {day}")
    assert world.run(day, hours=1).errors() == []
    assert put(world) == of_day(day) | of_month(first_of_month(day)) | of_week(day) | front
    assert faults(world) == []


@pytest.mark.parametrize(
    ("day", "front"),
    [
        (NEWEST, EDITIONS_FEED | PAPERS_FEED | LATEST),
        (YESTERDAY, EDITIONS_FEED | PAPERS_FEED),
        (MIDDLE, EDITIONS_FEED),
        (OLD, set()),
    ],
)
def test_after_another_title(world: World, day: date, front: set[str]) -> None:
    first = first_of_month(day)
    world.has(day, 3, 2, 1, title="New")
    assert world.run(day, hours=1).errors() == []
    # Weeks and months show a paper once, so they may stay.
    periods = of_month(first) | of_week(day) | bibtex(day)
    assert put(world) | periods == of_day(day) | periods | front
    assert {keys.edition_bibtex(day), keys.search_shard(first)} <= put(world)
    assert faults(world) == []


@pytest.mark.parametrize("day", [NEWEST, MIDDLE])
def test_after_a_rise(world: World, day: date) -> None:
    """The feed of rising papers has a paper once, whatever its votes are afterwards."""
    world.has(day, 3, 2, 60, title=f"Of {day}")
    assert world.run(day, hours=1).errors() == []
    rising = {keys.RISING_JSON, keys.RISING_ATOM}
    is_among_newest = day == NEWEST
    assert put(world) & rising == (rising if is_among_newest else set())
    items = json.loads(world.body(keys.RISING_JSON))["items"]
    assert len(items) == is_among_newest
    world.has(day, 3, 2, 90, title=f"Of {day}")
    assert world.run(day, hours=2).errors() == []
    assert put(world) & rising == set()
    assert faults(world) == []


def test_what_rose_stays_when_another_day_changes(world: World) -> None:
    """The run has the edition of a day that did not change, without its vote history."""
    week_ago = NEWEST - timedelta(days=7)
    world.has(week_ago, 3, 2, 60, title=f"Of {week_ago}")
    world.run(week_ago, hours=1)
    world.has(NEWEST, 9, 2, 1, title=f"Of {NEWEST}")
    world.run(NEWEST, week_ago, hours=2)
    assert len(json.loads(world.body(keys.RISING_JSON))["items"]) == 1
    assert faults(world) == []


def test_later_votes_read_no_other_edition() -> None:
    """A brief post shows what rose overnight; later votes of the day before change nothing."""
    world = World(layout="brief")
    day, after, *others = DAYS[-5:]
    world.has(day, 1, title=f"Of {day}")
    world.run(day, hours=-96)
    world.has(day, 5, title=f"Of {day}")
    world.run(day, hours=-72)
    world.publish(after, *others)
    assert b"+4" in world.body(keys.edition_post(after))
    world.has(day, 9, title=f"Of {day}")
    world.run(day, hours=24)
    assert keys.edition_post(after) not in world.store.puts
    assert keys.edition_page(after) not in world.store.puts
    assert keys.vote_history(after) not in world.store.gets
    assert faults(world) == []


def test_pages_and_literature_have_the_same_keys() -> None:
    """Simple TeX is converted once: twice, it can give another title."""
    world = World()
    world.has(DAY, 1, title=r"\$\emph{R}Deep$\emph{R}\textbackslash$")
    world.run(DAY)
    (key,) = re.findall(rb'data-bibtex="([^"]+)"', world.body(keys.edition_page(DAY)))
    for name in bibtex(DAY):
        assert b"@misc{%b," % key in world.body(name)


def test_after_the_next_day(world: World) -> None:
    tomorrow = NEWEST + timedelta(days=1)
    world.has(tomorrow, 1)
    assert world.run(tomorrow, hours=24).errors() == []
    assert dates.monday_of(tomorrow) == dates.monday_of(NEWEST)
    rising = {keys.RISING_JSON, keys.RISING_ATOM}
    assert put(world) - rising == (
        of_day(tomorrow)
        | {keys.edition_page(NEWEST), keys.ROOT_INDEX}
        | {keys.month_sitemap(DECEMBER)}
        | of_month(DECEMBER)
        | of_week(tomorrow)
        | bibtex(tomorrow)
        | EDITIONS_FEED
        | PAPERS_FEED
        | LATEST
    )
    assert faults(world) == []


@pytest.mark.parametrize(
    ("missing", "pages"),
    [
        (MIDDLE, {MIDDLE - timedelta(days=1), MIDDLE + timedelta(days=1)}),
        (DECEMBER, {date(2025, 11, 30), date(2025, 12, 2)}),
        (date(2025, 11, 30), {date(2025, 11, 29), DECEMBER}),
        (OLD, {DAYS[1]}),
    ],
)
def test_after_a_day_in_between(missing: date, pages: set[date]) -> None:
    """Its neighbours' pages lead to it, over a month's edge, too."""
    world = World()
    world.publish(*(day for day in DAYS if day != missing))
    world.publish(missing)
    found = {key for key in put(world) if re.fullmatch(r"daily/.*\.html", key)}
    assert found == {keys.edition_page(day) for day in {missing, *pages}}
    assert faults(world) == []


@pytest.mark.parametrize(("day", "beside"), [(date(2025, 10, 7), NOVEMBER), (date(2026, 1, 2),
                         DECEMBER), (date(2025, 9, 1), NOVEMBER)])  # fmt: skip
def test_after_a_new_month(world: World, day: date, beside: date) -> None:
    """The pages of the months before and after lead to it, and so do the front's."""
    world.has(day, 1)
    assert world.run(day, hours=9 * 24).errors() == []
    assert {keys.month_page(beside), keys.ROOT_INDEX, keys.SITEMAP, keys.HOME} <= put(world)
    assert keys.month_json(beside) not in put(world)
    assert [month.first for month in world.root().months] == sorted(
        [NOVEMBER, DECEMBER, first_of_month(day)]
    )
    assert faults(world) == []


def test_after_a_new_release(world: World) -> None:
    """The front is made again at once, months when a run or a check comes to them."""
    world.release = "release 2"
    assert world.run(hours=1).errors() == []
    # Nothing has other bytes here.
    assert put(world) == set()
    assert world.root().release == "release 2"
    assert world.month(DECEMBER).release == "release 1"
    assert world.run(hours=2).errors() == []
    assert world.store.puts == []


def dated(world: World) -> list[date]:
    """Return the days of the feed's entries, which their addresses tell."""
    items = json.loads(world.body(keys.FEED_JSON))["items"]
    return [date.fromisoformat(item["url"][-15:-5]) for item in items]


def test_the_feed_has_the_newest_thirty(world: World) -> None:
    assert dated(world) == DAYS[:9:-1]
    tomorrow = NEWEST + timedelta(days=1)
    world.publish(tomorrow)
    assert dated(world) == [tomorrow, *DAYS[:10:-1]]
    # An older day than these does not come in.
    world.publish(date(2025, 11, 1))
    assert dated(world) == [tomorrow, *DAYS[:10:-1]]


def test_the_feed_of_few_editions_grows() -> None:
    world = World()
    for day in (DAYS[3], DAYS[1], NEWEST, DAYS[2]):
        world.publish(day)
    assert dated(world) == [NEWEST, DAYS[3], DAYS[2], DAYS[1]]


@pytest.mark.parametrize("key", [keys.FEED_JSON, keys.search_shard(DECEMBER)])
@pytest.mark.parametrize("body", [b"edited", None, b"", b"{}", "lines"])
def test_lines_are_only_taken_as_they_were_put(
    world: World, key: str, body: bytes | str | None
) -> None:
    """What somebody has edited is made of the truth."""
    if isinstance(body, str):
        body = world.body(key).replace(b"Of 2025-12-10", b"Forged")
        assert body != world.body(key)
    world.edit(key, body)
    world.has(NEWEST, 3, 2, 1, title="New")
    assert world.run(hours=1).errors() == []
    assert faults(world) == []


def test_whole_lines_are_not_read_from_the_truth(world: World) -> None:
    """A day's line is taken from what is stored, so few editions are read."""
    world.has(NEWEST, 3, 2, 1, title="New")
    world.run(hours=1)
    editions = {key for key in world.store.gets if is_truth(key) and key.startswith(keys.DAILY)}
    assert len(editions) <= 4


def test_an_unreadable_edition_leaves_its_objects(world: World) -> None:
    """Its neighbour's run goes on."""
    world.edit(keys.edition_json(YESTERDAY))
    before = world.body(keys.edition_page(YESTERDAY))
    tomorrow = NEWEST + timedelta(days=1)
    world.has(tomorrow, 1)
    assert world.run(tomorrow, hours=24).errors() == []
    assert world.body(keys.edition_page(YESTERDAY)) == before


def test_the_posts_ids_are_those_of_git(world: World) -> None:
    month = world.month(DECEMBER)
    assert month.post_blob == blob_id(world.body(keys.month_post(DECEMBER)))
    for entry in month.editions:
        assert entry.post_blob == blob_id(world.body(keys.edition_post(entry.day)))


def test_a_month_knows_its_release(world: World) -> None:
    assert {world.month(first).release for first in (NOVEMBER, DECEMBER)} <= {"release 1", ""}
    world.release = "release 2"
    world.has(NEWEST, 3, 2, 9, title=f"Of {NEWEST}")
    world.run(hours=1)
    # One of its days is made by another release than the others.
    assert world.month(DECEMBER).release != "release 2"
