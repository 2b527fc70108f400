"""Every event may be delivered twice: one after the other, much later, or both at once."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import pytest

from core import publish
from core.model import keys
from core.model.errors import SourceUnavailable
from core.model.report import RunRequest, Status
from core.render import votes
from tests.support.fakes import NOW, FakeSource, MemoryBlog, MemoryStore, answer, entry, ports
from tests.support.turns import Order, at_once

MONDAY = date(2025, 12, 29)
# Eight days from one, over the ends of a month and a year.
DAYS = tuple(MONDAY + timedelta(days=number) for number in range(8))
OFFSETS = (0, -1, -7)
HOURS = (2, 14)

Event = tuple[RunRequest, FakeSource]
"""An event, and what the source says to whoever asks while it is handled."""


def events(*, moving: bool = True) -> list[Event]:
    """Return the schedule's events of these days; votes grow from one to the next if it moves."""
    made = []
    for number, day in enumerate(DAYS):
        for hour in HOURS:
            now = (NOW + timedelta(days=(day - NOW.date()).days)).replace(hour=hour)
            days = tuple(day + timedelta(days=offset) for offset in OFFSETS)
            seen = 2 * number + HOURS.index(hour) if moving else 0
            made.append((RunRequest(days, now), source(days, seen)))
    return made


def source(days: Sequence[date], seen: int) -> FakeSource:
    """Return a source that has three papers on each weekday."""
    return FakeSource({day: answer(*_entries(day, seen)) for day in days})


def _entries(day: date, seen: int) -> list[dict[str, object]]:
    if day.weekday() > 4:
        return []
    return [entry(10 * day.toordinal() % 9973 + one, upvotes=3 + seen * one) for one in range(3)]


def deliver(event: Event, store: MemoryStore, blog: MemoryBlog | None = None) -> None:
    request, papers = event
    assert publish.run(request, ports(papers, store, pauses=100, blog=blog)).errors() == []


def once(made: Sequence[Event]) -> dict[str, bytes]:
    """Return the archive that the events make, each delivered once, in their order."""
    store = MemoryStore()
    for event in made:
        deliver(event, store)
    return store.bodies()


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    names = found.keys() | expected.keys()
    return sorted(key for key in names if found.get(key) != expected.get(key))


def test_an_event_that_comes_twice_in_a_row_puts_and_commits_nothing_the_second_time() -> None:
    store, blog = MemoryStore(), MemoryBlog()
    for event in events():
        deliver(event, store, blog)
        puts, commits = len(store.puts), len(blog.commits)
        deliver(event, store, blog)
        assert store.puts[puts:] == []
        assert blog.commits[commits:] == []
    assert differing(store.bodies(), once(events())) == []


@pytest.mark.parametrize("later", [1, 2, 5, 16])
def test_an_event_that_comes_again_later_leaves_the_same_archive(later: int) -> None:
    """The source has not changed meanwhile; one that has is no second delivery of the same."""
    made, store = events(moving=False), MemoryStore()
    for number, event in enumerate(made):
        deliver(event, store)
        deliver(made[max(0, number - later)], store)
    for event in made:
        deliver(event, store)
    assert differing(store.bodies(), once(made)) == []


def test_what_an_old_event_finds_by_now_is_published_and_nothing_of_before_is_lost() -> None:
    """A dead letter that is sent again after days: the source has moved on."""
    made, store = events(), MemoryStore()
    for event in made:
        deliver(event, store)
    before = store.bodies()
    old = made[4][0]
    deliver((old, source(old.days, 40)), store)
    after = store.bodies()
    weekdays = [day for day in old.days if day.weekday() < 5]
    for day in weekdays:
        known = votes.read(before[keys.vote_record(day)])
        record = votes.read(after[keys.vote_record(day)])
        assert after[keys.edition_json(day)] != before[keys.edition_json(day)]
        assert dict(record.records).items() >= dict(known.records).items()
        kept = {version.raw for version in record.versions}
        assert kept > {version.raw for version in known.versions}
        assert kept <= after.keys()
    assert after[keys.LATEST_JSON] == before[keys.LATEST_JSON]
    others = [day for day in DAYS if day not in old.days and day.weekday() < 5]
    for day in others:
        assert after[keys.edition_json(day)] == before[keys.edition_json(day)]


def test_a_second_delivery_mends_the_day_that_failed_in_the_first() -> None:
    made, store = events(), MemoryStore()
    for request, papers in made:
        away = SourceUnavailable("away", request.days[0], "fake")
        broken = FakeSource({**papers.answers, request.days[0]: away})
        report = publish.run(request, ports(broken, store))
        assert report.editions[0].status == Status.FAILED
        deliver((request, papers), store)
    assert differing(store.bodies(), once(made)) == []


ORDERS: Sequence[Order] = [
    *([(number % 2, steps) for number in range(600)] for steps in (1, 2, 3, 8, 40)),
    *([(0, start), (1, start + 20)] * 40 for start in (1, 9)),
]


@pytest.mark.parametrize("order", ORDERS)
def test_an_event_that_comes_twice_at_once_leaves_the_same_archive(order: Order) -> None:
    store = MemoryStore()
    for event in events():
        at_once(store, [partial(deliver, event)] * 2, order)
    assert differing(store.bodies(), once(events())) == []
