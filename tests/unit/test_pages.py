"""The pages of a month: which are written when an edition comes, and who completes what is left."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from core import publish
from core.archive import rebuild
from core.archive.beside import months_beside
from core.archive.editions import Editions
from core.archive.pages import listed, publish_pages
from core.archive.seen import Read
from core.archive.writer import Writer
from core.model import keys
from core.model.errors import StoreError
from core.model.month import Neighbours
from core.model.objects import Artifact, StoredObject
from core.model.report import Action
from tests.support.fakes import NOW, FakeSource, MemoryStore, answer, entry, ports, request


def nov(day: int) -> date:
    return date(2025, 11, day)


def dec(day: int) -> date:
    return date(2025, 12, day)


NOVEMBER, DECEMBER, JANUARY = nov(1), dec(1), date(2026, 1, 1)
OCT_31, JAN_2, FEB_1 = date(2025, 10, 31), date(2026, 1, 2), date(2026, 2, 1)
THERE = (nov(28), nov(30), dec(2), dec(10), dec(24), JAN_2)
EVERY_MONTH = (OCT_31, *THERE)


def run(store: MemoryStore, *days: date, votes: int = 1) -> None:
    """Publish days of two papers each; what goes wrong is for the caller to see in the store."""
    body = answer(entry(1, upvotes=votes), entry(2))
    publish.run(request(*days), ports(FakeSource(dict.fromkeys(days, body)), store))


def archive(days: Iterable[date], store: MemoryStore | None = None) -> MemoryStore:
    """Return a store with these days, brought by a run each."""
    store = store or MemoryStore()
    for day in days:
        run(store, day)
    store.puts.clear()
    store.gets.clear()
    return store


def put_of(store: MemoryStore, folder: str, suffix: str) -> list[str]:
    """Return the days or months whose objects were put, in order."""
    names = (key for key in store.puts if key.startswith(f"{folder}/") and key.endswith(suffix))
    return [key.removeprefix(f"{folder}/").removesuffix(suffix) for key in names]


def break_(store: MemoryStore, key: str, body: bytes = b"{") -> None:
    store.objects[key] = keys.artifact(key, body)


def reading(store: MemoryStore) -> Read:
    return Writer(store, lambda *_: False).read


def beside_of(store: MemoryStore, *days: date) -> list[date]:
    firsts = sorted({day.replace(day=1) for day in days})
    return months_beside(firsts, days, Writer(store, lambda *_: False))


@pytest.mark.parametrize(
    ("there", "new", "pages", "months"),
    [
        ((dec(2), dec(10), dec(24), dec(30)), dec(15), [dec(15), dec(10), dec(24)], [DECEMBER]),
        ((dec(2), dec(10), dec(24)), dec(30), [dec(30), dec(24)], [DECEMBER]),
        ((dec(2), dec(10), dec(24)), dec(1), [dec(1), dec(2)], [DECEMBER]),
        (THERE, dec(15), [dec(15), dec(10), dec(24)], [DECEMBER]),
        (THERE, dec(1), [dec(1), dec(2), nov(30)], [DECEMBER, NOVEMBER]),
        (THERE, dec(31), [dec(31), dec(24), JAN_2], [DECEMBER, JANUARY]),
        (THERE, OCT_31, [OCT_31, nov(28)], [OCT_31, NOVEMBER]),
        (THERE, FEB_1, [FEB_1, JAN_2], [FEB_1, JANUARY]),
        ((OCT_31, *THERE[2:]), nov(3), [nov(3), OCT_31, dec(2)], [NOVEMBER, OCT_31, DECEMBER]),
        ((), dec(2), [dec(2)], [DECEMBER]),
    ],
)
def test_a_new_day_rewrites_the_pages_beside_it_and_the_indexes_of_their_months(
    there: tuple[date, ...], new: date, pages: list[date], months: list[date]
) -> None:
    store = archive(there)
    run(store, new)
    assert put_of(store, "daily", ".html") == [str(day) for day in pages]
    assert put_of(store, "index", ".json") == [f"{first:%Y-%m}" for first in months]


def test_new_votes_rewrite_one_page_and_its_month() -> None:
    store = archive(EVERY_MONTH)
    run(store, dec(10), votes=9)
    assert put_of(store, "daily", ".html") == ["2025-12-10"]
    assert put_of(store, "monthly", ".html") == put_of(store, "index", ".json") == ["2025-12"]


def test_a_month_gets_a_page_a_post_and_a_sitemap_after_its_index() -> None:
    store = archive([dec(2)])
    run(store, dec(10))
    index = store.puts.index("index/2025-12.json")
    assert store.puts[index - 2 : index + 5] == [
        "daily/2025-12-10.html",
        "daily/2025-12-02.html",
        "index/2025-12.json",
        "monthly/2025-12.md",
        "monthly/2025-12.html",
        "sitemap/2025-12.xml",
        "search/2025-12.json",
    ]


@pytest.mark.parametrize(
    ("days", "months"),
    [
        ([dec(2)], {NOVEMBER}),
        ([dec(2), dec(24)], {NOVEMBER, JANUARY}),
        ([JAN_2], {DECEMBER}),
        ([nov(30), dec(2)], {NOVEMBER, DECEMBER}),
        ([date(2024, 2, 1)], set()),
    ],
)
def test_months_beside_lead_to_an_edge_of_a_month(days: list[date], months: set[date]) -> None:
    beside = beside_of(archive(THERE), *days)
    assert beside == sorted(beside)
    assert months <= set(beside) <= (months and {NOVEMBER, DECEMBER, JANUARY})


def test_a_month_that_does_not_lead_to_those_around_it_is_beside_itself() -> None:
    store, other = archive([dec(2), dec(10), dec(24)]), archive(THERE)
    store.objects[keys.ROOT_INDEX] = other.objects[keys.ROOT_INDEX]
    assert DECEMBER in beside_of(store, dec(10))


def test_listed_are_the_editions_of_an_index_with_their_neighbours() -> None:
    read = reading(archive(THERE))
    assert listed(DECEMBER, read) == {
        dec(2): Neighbours(nov(30), dec(10)),
        dec(10): Neighbours(dec(2), dec(24)),
        dec(24): Neighbours(dec(10), JAN_2),
    }
    assert listed(date(2024, 2, 1), read) == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"schema_version": 2}'])
def test_an_index_that_nobody_can_read_lists_nothing_and_is_made_anew(body: bytes) -> None:
    store = archive(THERE)
    before = store.bodies()
    break_(store, keys.month_index(DECEMBER), body)
    assert listed(DECEMBER, reading(store)) == {}
    run(store, dec(10))
    assert store.bodies() == before


def test_a_page_whose_edition_nobody_can_read_is_kept() -> None:
    store = archive(THERE)
    break_(store, keys.edition_json(dec(10)))
    before = store.bodies()
    run(store, dec(5))
    assert put_of(store, "daily", ".html") == ["2025-12-05", "2025-12-02"]
    assert store.bodies()[keys.edition_page(dec(10))] == before[keys.edition_page(dec(10))]
    assert dec(5) in listed(DECEMBER, reading(store))


class Meddled(MemoryStore):
    """A store in which another run replaces an edition just after its page was put."""

    def __init__(self, day: date, body: bytes) -> None:
        super().__init__()
        self.day, self.body = day, body

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        super().put(artifact, replaces=replaces)
        if artifact.key == keys.edition_page(self.day):
            break_(self, keys.edition_json(self.day), self.body)


def test_a_page_beside_follows_its_edition_when_that_changes_meanwhile() -> None:
    other = archive([dec(10)], None)
    run(other, dec(10), votes=9)
    store = Meddled(dec(10), other.bodies()[keys.edition_json(dec(10))])
    store.objects |= archive([dec(2), dec(10)]).objects
    run(store, dec(5))
    store.puts.clear()
    wired = ports(FakeSource({}), store)
    publish_pages(DECEMBER, [dec(10)], Editions([]), wired, Writer(store, wired.pause))
    assert put_of(store, "daily", ".html") == []


def test_a_month_that_is_not_there_has_no_pages() -> None:
    store = MemoryStore()
    wired = ports(FakeSource({}), store)
    publish_pages(DECEMBER, [dec(2)], Editions([]), wired, Writer(store, wired.pause))
    assert store.bodies() == {}


@pytest.mark.parametrize(
    ("day", "votes"),
    [(dec(26), 1), (dec(26), 9), (dec(30), 1)],
    ids=["unchanged", "new votes", "a new day"],
)
def test_what_a_run_reads_does_not_grow_with_the_archive(day: date, votes: int) -> None:
    small, large = archive([dec(24), dec(26)]), archive(map(dec, range(2, 27)))
    for store in (small, large):
        run(store, day, votes=votes)
    assert len(small.gets) == len(large.gets)
    assert small.puts == large.puts
    assert bool(small.puts) == ((day, votes) != (dec(26), 1))


class FailingStore(MemoryStore):
    """A store that takes so many puts and then no more."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if self.left == 0:
            raise StoreError("SlowDown", artifact.key)
        self.left = self.left and self.left - 1
        super().put(artifact, replaces=replaces)


def ended_midway(there: Iterable[date], new: date) -> Iterable[FailingStore]:
    """Yield stores in which the run of a new day ended after one put, after two, and so on."""
    whole = archive(there)
    run(whole, new)
    for puts in range(1, len(whole.puts)):
        store = FailingStore()
        archive(there, store)
        store.left = puts
        run(store, new)
        assert len(store.puts) == puts
        store.left = None
        yield store


@pytest.mark.parametrize("new", [dec(15), dec(1), dec(31), nov(3), FEB_1])
def test_a_run_that_ended_midway_is_completed_by_the_same_day(new: date) -> None:
    expected = archive([*THERE, new]).bodies()
    for store in ended_midway(THERE, new):
        run(store, new)
        assert store.bodies() == expected


@pytest.mark.parametrize(
    ("new", "others"),
    [
        (dec(15), [dec(10), dec(11)]),
        (dec(1), [dec(10), dec(11)]),
        (dec(31), [dec(10), dec(11)]),
        (nov(3), [nov(28), nov(29)]),
        (FEB_1, [date(2026, 2, 2)]),
    ],
)
def test_a_run_that_ended_midway_is_completed_by_another_day_of_its_month(
    new: date, others: list[date]
) -> None:
    for other in others:
        for store in ended_midway(THERE, new):
            last = store.puts[-1]
            run(store, other)
            assert (last, other, links_to_mend(store)) == (last, other, [])


def links_to_mend(store: MemoryStore) -> list[str]:
    """Return the pages and indexes that a rebuild would change."""
    whole = MemoryStore()
    whole.objects = dict(store.objects)
    changes = rebuild.rebuild(NOW + timedelta(days=60), ports(FakeSource({}), whole))
    changed = [change.key for change in changes if change.action != Action.UNCHANGED]
    return [key for key in changed if key.startswith(("daily/", "index", "monthly/", "sitemap"))]


def test_an_unchanged_run_puts_nothing() -> None:
    store = archive(EVERY_MONTH)
    run(store, dec(10))
    run(store, *EVERY_MONTH)
    assert store.puts == []


class DenyingStore(MemoryStore):
    """A store that says of one key, for a while, that nothing is there."""

    denied = ""

    def get(self, key: str) -> StoredObject | None:
        return None if key == self.denied else super().get(key)


@pytest.mark.parametrize("day", [dec(2), dec(24)])
def test_an_edition_that_cannot_be_found_for_a_while_is_linked_later(day: date) -> None:
    store, whole = DenyingStore(), archive([nov(30), dec(2), dec(24)])
    store.objects = dict(whole.objects)
    store.denied = keys.edition_json(day)
    run(store, dec(10))
    assert day not in listed(day.replace(day=1), reading(store))
    store.denied = ""
    run(store, dec(10))
    run(whole, dec(10))
    assert store.bodies() == whole.bodies()
