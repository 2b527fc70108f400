"""What follows from stored editions comes back, and what is there stays: on fakes."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core import publish
from core.archive.rebuild import rebuild
from core.archive.writer import Writer
from core.model import keys
from core.model.dates import months_until
from core.model.errors import StoreError
from core.model.month import Month, Neighbours
from core.model.objects import Artifact
from core.model.paper import Edition
from core.model.ports import Ports
from core.model.report import Action, RunRequest
from core.model.style import PostStyle
from core.model.votes import VoteRecord
from handler import bootstrap
from tests.support.fakes import (
    FakeFeeds,
    FakeRenderer,
    FakeSite,
    FakeSource,
    MemoryStore,
    answer,
    entry,
    ports,
)

LONG_AGO, NOVEMBER = date(2023, 5, 4), date(2025, 11, 28)
FIRST, SECOND = date(2025, 12, 23), date(2025, 12, 24)
TODAY = datetime(2026, 1, 10, tzinfo=UTC)
MORNING, EVENING = timedelta(hours=8), timedelta(hours=20)
Run = tuple[date, timedelta, bytes]
# Each run's day, scheduled time and answer; one day is published again, with other votes.
RUNS = (
    (LONG_AGO, MORNING, answer(entry(1))),
    (NOVEMBER, MORNING, answer(entry(2), entry(3))),
    (FIRST, MORNING, answer(entry(4), entry(5))),
    (SECOND, MORNING, answer(entry(6), entry(7))),
    (FIRST, EVENING, answer(entry(4, upvotes=9), entry(5))),
)
LOST = keys.vote_record(FIRST)
# What tells of it, or of its digest.
LOST_TOO = {
    keys.edition_page(FIRST),
    keys.dataset_votes(FIRST),
    keys.month_json(FIRST),
    keys.month_index(FIRST),
}


class OldRenderer(FakeRenderer):
    """Renders posts as they looked before."""

    def post(self, edition: Edition) -> bytes:
        return b"old " + super().post(edition)

    def month_post(self, month: Month) -> bytes:
        return b"old " + super().month_post(month)


class OldSite(FakeSite):
    """Renders pages as they looked before."""

    release = "0"

    def edition(self, edition: Edition, votes: VoteRecord, neighbours: Neighbours) -> bytes:
        return b"old " + super().edition(edition, votes, neighbours)

    def month(self, month: Month, neighbours: Neighbours) -> bytes:
        return b"old " + super().month(month, neighbours)


class OldFeeds(FakeFeeds):
    """Renders feeds as they looked before."""

    def atom(self, feed: bytes) -> bytes:
        return b"old " + super().atom(feed)


def fake(store: MemoryStore) -> Ports:
    return ports(FakeSource({}), store)


def old(store: MemoryStore) -> Ports:
    return replace(fake(store), renderer=OldRenderer, site=OldSite, feeds=OldFeeds)


def real(store: MemoryStore) -> Ports:
    """Return the ports with what renders the bundled templates."""
    return replace(
        fake(store),
        renderer=lambda: bootstrap.renderer(PostStyle()),
        site=lambda: bootstrap.site("ko", "https://papers.example"),
        feeds=lambda: bootstrap.feeds("ko", "https://papers.example"),
        schemas={key: (bootstrap.root() / key).read_bytes() for key in keys.SCHEMAS},
    )


def publish_runs(made: Ports, runs: Iterable[Run] = RUNS) -> None:
    """Publish each run in an archive."""
    for day, hours, body in runs:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + hours
        ours = replace(made, source=FakeSource({day: body}))
        assert publish.run(RunRequest((day,), now), ours).errors() == []


def archive() -> MemoryStore:
    """Return an archive that the runs made."""
    store = MemoryStore()
    publish_runs(fake(store))
    store.puts.clear()
    return store


def is_source(key: str) -> bool:
    return (key.startswith(("daily/", "monthly/")) and key.endswith(".json")) or key.startswith(
        "raw/"
    )


def without(store: MemoryStore, names: Iterable[str]) -> MemoryStore:
    for key in list(names):
        del store.objects[key]
    return store


KEYS = sorted(archive().objects)
FOLLOWING = [key for key in KEYS if not is_source(key)]


def test_what_is_there_already_is_unchanged() -> None:
    store = archive()
    before = store.bodies()
    changes = list(rebuild(TODAY, fake(store)))
    assert {change.action for change in changes} == {Action.UNCHANGED}
    assert {change.key for change in changes} == {key for key in KEYS if not is_source(key)} | {
        key for key in KEYS if key.startswith("monthly/")
    }
    assert (store.puts, store.bodies()) == ([], before)


@pytest.mark.parametrize("key", [key for key in FOLLOWING if key != LOST])
def test_what_was_deleted_comes_back(key: str) -> None:
    store = archive()
    before = store.bodies()
    changes = list(rebuild(TODAY, fake(without(store, [key]))))
    assert store.bodies() == before
    assert key in store.puts
    assert [change for change in changes if change.action != Action.UNCHANGED] != []


@pytest.mark.parametrize("day", [LONG_AGO, NOVEMBER, FIRST, SECOND])
def test_an_edition_without_its_post_stays_in_a_month_that_is_made_again(day: date) -> None:
    store, whole = archive(), archive().bodies()
    without(store, [keys.month_json(day), keys.edition_post(day)])
    list(rebuild(TODAY, fake(store)))
    assert store.bodies() == whole


def test_an_archive_is_rebuilt_from_editions_and_months_but_for_lost_votes() -> None:
    store = archive()
    before = store.bodies()
    list(rebuild(TODAY, fake(without(store, FOLLOWING))))
    after = store.bodies()
    assert after.keys() == before.keys()
    page = keys.edition_page(FIRST)
    assert {key for key in KEYS if after[key] != before[key]} == {LOST, *LOST_TOO}
    assert (b"08:00" in before[page], b"08:00" in after[page]) == (True, False)
    assert b"20:00" in after[page]
    assert set(filter(is_source, store.puts)) == {keys.month_json(FIRST)}


@pytest.mark.parametrize(
    ("runs", "lost"),
    [
        (RUNS[:-1], set()),
        # An entry of a paper was as old as what it says, which its votes are no part of.
        (RUNS, {LOST, *LOST_TOO, keys.PAPERS_JSON, keys.PAPERS_ATOM}),
    ],
)
def test_the_real_pages_and_feeds_are_rebuilt_to_the_byte_but_for_what_is_lost(
    runs: Sequence[Run], lost: set[str]
) -> None:
    store = MemoryStore()
    publish_runs(real(store), runs)
    before = store.bodies()
    list(rebuild(TODAY, real(without(store, [key for key in before if not is_source(key)]))))
    after = store.bodies()
    assert after.keys() == before.keys()
    assert {key for key in before if after[key] != before[key]} == lost


def test_an_older_release_becomes_this_one() -> None:
    store = MemoryStore()
    publish_runs(old(store))
    changes = list(rebuild(TODAY, fake(store)))
    assert store.bodies() == archive().bodies()
    assert {change.key for change in changes if change.action == Action.UPDATED} == {
        "index.html",
        "index.json",
        "about.html",
        "feed.xml",
        "papers.xml",
        "latest.md",
        *(keys.edition_page(day) for day in (LONG_AGO, NOVEMBER, FIRST, SECOND)),
        *(keys.edition_post(day) for day in (LONG_AGO, NOVEMBER, FIRST, SECOND)),
        *(keys.month_page(day.replace(day=1)) for day in (LONG_AGO, NOVEMBER, FIRST)),
        *(keys.month_post(day.replace(day=1)) for day in (LONG_AGO, NOVEMBER, FIRST)),
    }


@pytest.mark.parametrize("now", [TODAY, datetime(2023, 5, 1, tzinfo=UTC)])
def test_a_store_without_editions_stays_empty(now: datetime) -> None:
    store = MemoryStore()
    assert list(rebuild(now, fake(store))) == []
    assert store.bodies() == {}


@pytest.mark.parametrize(
    ("now", "count", "last"),
    [
        (datetime(2023, 4, 30, 23, tzinfo=UTC), 0, None),
        (datetime(2023, 5, 1, tzinfo=UTC), 1, date(2023, 5, 1)),
        (datetime(2023, 5, 31, 23, tzinfo=UTC), 1, date(2023, 5, 1)),
        (datetime(2024, 1, 31, tzinfo=UTC), 9, date(2024, 1, 1)),
        (datetime(2024, 2, 29, tzinfo=UTC), 10, date(2024, 2, 1)),
        (datetime(2033, 4, 1, tzinfo=UTC), 120, date(2033, 4, 1)),
    ],
)
def test_months_that_may_have_editions(now: datetime, count: int, last: date | None) -> None:
    months = months_until(now.date())
    assert (len(months), months[-1] if months else None) == (count, last)
    assert months == sorted(set(months))
    assert all(first.day == 1 for first in months)


def test_who_watches_hears_of_each_month() -> None:
    heard: list[str] = []
    list(rebuild(TODAY, fake(archive()), heard.append))
    assert heard == [f"{first:%Y-%m}" for first in months_until(TODAY.date())]
    assert (heard[0], heard[-1]) == ("2023-05", "2026-01")


@pytest.fixture
def _no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_garbage_collector")
@pytest.mark.parametrize("begin", [archive, lambda: without(archive(), FOLLOWING)])
def test_a_month_is_forgotten_when_it_is_done(begin: Callable[[], MemoryStore]) -> None:
    writers: list[int] = []

    def count(_: str) -> None:
        writers.append(sum(isinstance(one, Writer) for one in gc.get_objects()))

    list(rebuild(TODAY, fake(begin()), count))
    # As many after each month: its own, one that reads the root index, and those of other tests.
    assert len(set(writers)) == 1


def test_nothing_is_done_before_somebody_asks() -> None:
    store = archive()
    store.gets.clear()
    rebuild(TODAY, fake(store))
    assert store.gets == []


@pytest.mark.parametrize("broken", [b"", b"{"])
def test_what_cannot_be_read_keeps_nothing_else_from_coming_back(broken: bytes) -> None:
    store = archive()
    before, key = store.bodies(), keys.edition_json(LONG_AGO)
    store.objects[key] = keys.artifact(key, broken)
    list(rebuild(TODAY, fake(without(store, [keys.HOME, keys.edition_page(SECOND)]))))
    assert store.bodies() == before | {key: broken}


MONTHS = [key for key in KEYS if key.startswith("monthly/") and key.endswith(".json")]


@pytest.mark.parametrize("also", [[], ["index.json"]])
@pytest.mark.parametrize("broken", [None, b"", b"{"])
def test_months_that_are_missing_are_made_again(broken: bytes | None, also: list[str]) -> None:
    store = archive()
    before = store.bodies()
    without(store, [*MONTHS, *also])
    if broken is not None:
        store.objects |= {key: keys.artifact(key, broken) for key in MONTHS}
    list(rebuild(TODAY, fake(store)))
    assert store.bodies() == before


class FailingStore(MemoryStore):
    """A store that takes so many objects."""

    def __init__(self, objects: dict[str, Artifact], puts: int) -> None:
        super().__init__()
        self.objects, self.left = objects, puts

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if not self.left:
            raise StoreError("SlowDown", artifact.key)
        self.left -= 1
        super().put(artifact, replaces=replaces)


@pytest.mark.parametrize("puts", range(0, 30, 3))
def test_who_was_interrupted_begins_again(puts: int) -> None:
    whole = archive()
    list(rebuild(TODAY, fake(without(whole, FOLLOWING))))
    store = FailingStore(without(archive(), FOLLOWING).objects, puts)
    with pytest.raises(StoreError, match="SlowDown"):
        list(rebuild(TODAY, fake(store)))
    store.left = 1_000
    list(rebuild(TODAY, fake(store)))
    assert store.bodies() == whole.bodies()
