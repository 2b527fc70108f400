"""The front of the archive: the fixed files, the root index, feeds, `latest` and the home page."""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

import pytest

from core import publish
from core.archive.editions import Editions
from core.archive.front import (
    bring_fixed,
    publish_feeds,
    publish_fixed,
    publish_front,
    publish_root,
)
from core.archive.pages import known_root
from core.archive.writer import Writer
from core.model import keys
from core.model.month import MonthSpan, RootIndex
from core.model.ports import Ports
from tests.support.fakes import (
    LINK,
    FakeSite,
    FakeSource,
    MemoryStore,
    answer,
    entry,
    ports,
    request,
)

DEC_2, DEC_10, DEC_24 = (date(2025, 12, day) for day in (2, 10, 24))
DAYS = NOV_30, _, _, _, JAN_2 = date(2025, 11, 30), DEC_2, DEC_10, DEC_24, date(2026, 1, 2)
NOVEMBER, DECEMBER, JANUARY = date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)
FIXED = ["schema/edition.v1.json", "about.html", "static/site.0000000000000000.css"]
FRONT = ["latest.json", "latest.md", "sitemap.xml", "index.html"]
FEEDS = ["feed.json", "papers.json", "feed.xml", "papers.xml"]
ROOT = keys.ROOT_INDEX
SPANS = (
    MonthSpan(NOVEMBER, NOV_30, NOV_30, 1),
    MonthSpan(DECEMBER, DEC_2, DEC_24, 3),
    MonthSpan(JANUARY, JAN_2, JAN_2, 1),
)


class NewSite(FakeSite):
    release = "2"


def wired(store: MemoryStore, source: FakeSource | None = None) -> tuple[Ports, Writer]:
    made = ports(source or FakeSource({}), store)
    return made, Writer(store, made.pause)


def run(store: MemoryStore, *days: date, votes: int = 1) -> None:
    """Publish days of one paper each, whose title tells the day."""
    answers = {
        day: answer(entry(day.day, title=f"Of {day}", upvotes=votes), entry(40)) for day in days
    }
    report = publish.run(request(*days), wired(store, FakeSource(answers))[0])
    assert report.errors() == []


def archive(*days: date) -> MemoryStore:
    """Return a store with these days, its lists of gets and puts empty."""
    store = MemoryStore()
    for day in days:
        run(store, day)
    store.puts.clear()
    store.gets.clear()
    return store


def root_of(store: MemoryStore) -> RootIndex:
    return known_root(store.objects[ROOT].body)


def text(store: MemoryStore, key: str) -> str:
    return store.objects[key].body.decode()


def links(store: MemoryStore, key: str) -> list[str]:
    lines = text(store, key).split("\n")
    return [line.removeprefix(LINK) for line in lines if line.startswith(LINK)]


def among(names: Iterable[str], some: Collection[str]) -> list[str]:
    return [key for key in names if key in some]


def test_the_fixed_files_come_first_and_the_home_page_last() -> None:
    store = MemoryStore()
    run(store, *DAYS)
    shared = [ROOT, *FIXED, *FEEDS, *FRONT]
    assert among(store.puts, shared) == [*FIXED, ROOT, *FEEDS, *FRONT]
    assert store.puts[-len(FRONT) :] == FRONT


def test_a_release_that_the_root_index_tells_is_not_looked_at() -> None:
    store = archive(*DAYS)
    del store.objects["about.html"]
    publish_fixed(*wired(store))
    assert (store.gets, store.puts) == ([ROOT], [])


def test_another_release_brings_its_files_and_the_root_index_tells_it_after_them() -> None:
    store = archive(*DAYS)
    before, (made, writer) = root_of(store), wired(store)
    new = replace(made, site=NewSite)
    publish_fixed(new, writer)
    publish_root([DECEMBER], new, writer)
    after = root_of(store)
    assert store.puts == ["about.html", ROOT]
    assert text(store, "about.html") == "release 2"
    assert (before.release != after.release, before.months == after.months) == (True, True)
    assert list(after.files) == sorted(FIXED)


def test_another_schema_is_another_release() -> None:
    made, writer = wired(store := archive(DEC_24))
    publish_fixed(replace(made, schemas={keys.EDITION_SCHEMA: b"{ }"}), writer)
    assert store.puts == [keys.EDITION_SCHEMA]


@pytest.mark.parametrize("key", FIXED)
def test_who_brings_fixed_files_looks_at_each(key: str) -> None:
    store = archive(*DAYS)
    before = store.bodies()
    del store.objects[key]
    bring_fixed(*wired(store))
    assert store.puts == [key]
    assert sorted(store.gets) == sorted(FIXED)
    assert store.bodies() == before


def test_the_root_index_has_the_months_that_have_pages() -> None:
    store = archive(*DAYS)
    assert root_of(store).months == SPANS
    assert json.loads(text(store, ROOT))["latest"]["page"] == keys.edition_page(JAN_2)
    made, writer = wired(store)
    publish_root([date(2024, 2, 1), DECEMBER], made, writer)
    assert store.puts == []


@pytest.mark.parametrize("body", [None, b"", b"{", b"[]", b'{"schema_version": 2}'])
@pytest.mark.parametrize("days", [(DEC_24,), (NOV_30,), (NOV_30, DEC_24, JAN_2)])
def test_a_root_index_that_nobody_can_read_is_made_again(
    body: bytes | None, days: tuple[date, ...]
) -> None:
    store = archive(*DAYS)
    before = store.bodies()
    del store.objects[ROOT]
    if body is not None:
        store.objects[ROOT] = keys.artifact(ROOT, body)
    run(store, *days)
    assert store.bodies() == before


def test_in_an_archive_from_before_there_were_pages_the_front_waits_for_the_newest() -> None:
    store = archive(*DAYS)
    whole, there = store.bodies(), ("daily/", "monthly/", "latest", "raw/")
    for key in whole:
        if not key.startswith(there) or key.endswith(".html"):
            del store.objects[key]
    run(store, DEC_10)
    assert [span.newest for span in root_of(store).months] == [DEC_24]
    assert keys.HOME not in store.objects
    assert text(store, "latest.json") == text(store, "daily/2026-01-02.json")
    run(store, *DAYS)
    assert store.objects.keys() == whole.keys()
    assert store.objects[keys.HOME].body == whole[keys.HOME]


@pytest.mark.parametrize(
    ("new", "calendar", "written"),
    [
        (DEC_2, ["12-02", "12-10"], ["index.html"]),
        (DEC_24, ["12-10", "12-24"], ["latest.json", "latest.md", "index.html"]),
        (NOV_30, ["12-10"], ["sitemap.xml", "index.html"]),
        (JAN_2, ["01-02"], FRONT),
    ],
)
def test_a_new_day_changes_of_the_front_what_tells_of_it(
    new: date, calendar: list[str], written: list[str]
) -> None:
    store = archive(DEC_10)
    run(store, new)
    newest = max(DEC_10, new)
    assert among(store.puts, FRONT) == written
    assert text(store, "latest.json") == text(store, f"daily/{newest}.json")
    assert text(store, "latest.md") == text(store, f"daily/{newest}.md")
    assert f"Of {newest}: " in text(store, "index.html")
    assert [key[11:16] for key in links(store, "index.html") if "daily" in key] == calendar
    months = sorted({f"{day:%Y-%m}" for day in (DEC_10, new)})
    assert links(store, "index.html")[-len(months) :] == [f"monthly/{m}.html" for m in months]
    assert links(store, "sitemap.xml") == [f"sitemap/{month}.xml" for month in months]


@pytest.mark.parametrize(
    ("day", "written"),
    [(JAN_2, ["latest.json", "index.html"]), (DEC_24, []), (NOV_30, [])],
)
def test_new_votes_change_the_front_for_the_newest_day_only(day: date, written: list[str]) -> None:
    store = archive(*DAYS)
    run(store, day, votes=9)
    assert among(store.puts, FRONT) == written


@pytest.mark.parametrize("key", ["daily/2026-01-02.json", "daily/2026-01-02.md"])
def test_without_the_newest_edition_the_front_stays(key: str) -> None:
    store = archive(*DAYS)
    del store.objects[key]
    made, writer = wired(store)
    publish_front(Editions([]), made, writer)
    assert store.puts == []


@pytest.mark.parametrize("key", [*FRONT, *FEEDS])
def test_what_is_missing_is_completed(key: str) -> None:
    store = archive(*DAYS)
    before = store.bodies()
    del store.objects[key]
    run(store, *DAYS)
    assert store.puts == [key]
    assert store.bodies() == before


def test_without_months_there_is_no_front_and_no_root_index() -> None:
    made, writer = wired(store := MemoryStore())
    publish_root([DECEMBER], made, writer)
    publish_front(Editions([]), made, writer)
    assert (store.bodies(), writer.changes) == ({}, ())


def test_feeds_hold_what_they_held() -> None:
    store = archive(DEC_24)
    run(store, DEC_2)
    run(store, DEC_10, votes=9)
    feed = json.loads(text(store, "feed.json"))
    assert sorted(feed) == [f"daily/{day}.html" for day in (DEC_2, DEC_10, DEC_24)]
    assert text(store, "feed.xml") == f"<{text(store, 'feed.json')}>"
    assert text(store, "papers.xml") == f"<{text(store, 'papers.json')}>"


def test_an_atom_feed_follows_from_the_json_feed_that_is_there() -> None:
    store = archive(DEC_24)
    store.objects["feed.json"] = keys.artifact("feed.json", b'{"of": {"another": "run"}}')
    made, writer = wired(store)
    publish_feeds(Editions([]), made, writer)
    assert store.puts == ["feed.xml"]
    assert json.loads(text(store, "feed.xml")[1:-1]) == {"of": {"another": "run"}}
