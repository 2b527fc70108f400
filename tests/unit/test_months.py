"""The month's JSON and post in the store: they follow from the editions, whichever run comes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core import publish
from core.model import keys
from core.model.month import Month
from core.model.objects import Artifact
from core.model.report import RunReport, RunRequest, Status
from core.render import month as month_json
from tests.support.fakes import DAY, NOW, FakeSource, MemoryStore, answer, entry, ports

DECEMBER, JANUARY = date(2025, 12, 1), date(2026, 1, 1)
MONTH, POST = keys.month_json(DECEMBER), keys.month_post(DECEMBER)
YESTERDAY, LATER = DAY - timedelta(days=1), datetime(2026, 1, 2, 14, tzinfo=UTC)
DAYS = (date(2025, 11, 30), DECEMBER, YESTERDAY, DAY, date(2025, 12, 31), JANUARY)


def run(store: MemoryStore, *days: date, now: datetime = NOW, votes: int = 1) -> RunReport:
    """Publish days of two papers each."""
    source = FakeSource(
        {day: answer(entry(day.day, upvotes=votes), entry(day.day + 50)) for day in DAYS}
    )
    report = publish.run(RunRequest(days, now), ports(source, store))
    assert report.errors() == []
    return report


def month(store: MemoryStore, first: date = DECEMBER) -> Month:
    return month_json.read(store.objects[keys.month_json(first)].body)


def days(store: MemoryStore, first: date = DECEMBER) -> list[date]:
    return [entry.edition.day for entry in month(store, first).editions]


def put(store: MemoryStore, key: str, body: bytes) -> None:
    store.objects[key] = keys.artifact(key, body)


def test_each_month_of_a_run_has_its_own() -> None:
    store = MemoryStore()
    run(store, *DAYS[::-1], now=LATER)
    assert days(store) == list(DAYS[1:5])
    assert days(store, JANUARY) == [JANUARY]
    assert days(store, date(2025, 11, 1)) == [date(2025, 11, 30)]
    assert store.objects[POST].body == "\n".join(f"{day}: 2" for day in DAYS[1:5]).encode()


@pytest.mark.parametrize("order", [DAYS[1:5], DAYS[4:0:-1]])
def test_runs_of_single_days_make_the_same_month_as_one_of_all(order: tuple[date, ...]) -> None:
    one, other = MemoryStore(), MemoryStore()
    run(one, *DAYS[1:5], now=LATER)
    for day in order:
        run(other, day, now=LATER)
    assert {key: one.bodies()[key] for key in (MONTH, POST)} == {
        key: other.bodies()[key] for key in (MONTH, POST)
    }


@pytest.mark.parametrize("body", [None, b"", b"{}", b'{"schema_version": 2}', b"[" * 100_000])
def test_a_month_that_is_missing_or_unreadable_is_made_of_its_editions(body: bytes | None) -> None:
    store = MemoryStore()
    run(store, *DAYS, now=LATER)
    del store.objects[MONTH], store.objects[POST]
    if body is not None:
        put(store, MONTH, body)
    report = run(store, DAY, now=LATER + timedelta(hours=1))
    assert report.editions[0].status == Status.UNCHANGED
    assert days(store) == list(DAYS[1:5])
    assert store.objects[POST].body.count(b"\n") == 3


def looked_at(store: MemoryStore) -> set[str]:
    """Return the keys of editions that were asked for since the last time."""
    names = {key for key in store.gets if key.startswith("daily/") and key.endswith(".json")}
    store.gets.clear()
    return names


def test_a_month_looks_for_its_other_editions_once() -> None:
    store = MemoryStore()
    run(store, DAYS[0])
    assert looked_at(store) == {"daily/2025-11-30.json"}, "nothing was published before"
    run(store, DAY)
    whole_month = {keys.edition_json(date(2025, 12, n)) for n in range(1, 32)}
    # And its neighbour, whose page leads to it from now on.
    assert looked_at(store) == {*whole_month, keys.edition_json(DAYS[0])}
    run(store, YESTERDAY)
    assert looked_at(store) == {keys.edition_json(day) for day in (DAYS[0], YESTERDAY, DAY)}


def test_an_old_event_that_comes_again_does_not_cut_a_month_short() -> None:
    store = MemoryStore()
    run(store, *DAYS, now=LATER)
    del store.objects[MONTH]
    run(store, YESTERDAY, now=datetime.combine(YESTERDAY, NOW.timetz()))
    assert days(store) == list(DAYS[1:5])


@pytest.mark.parametrize("body", [None, b"garbage", b"another month"])
def test_the_first_run_of_a_month_sees_that_the_one_before_is_there(body: bytes | None) -> None:
    store = MemoryStore()
    run(store, *DAYS, now=LATER)
    whole = store.bodies()
    another = store.objects[keys.month_json(JANUARY)].body
    for key in (MONTH, POST, keys.month_json(JANUARY)):
        del store.objects[key]
    if body is not None:
        put(store, MONTH, another if body == b"another month" else body)
    run(store, JANUARY, now=LATER + timedelta(hours=9))
    assert [entry.edition for entry in month(store).editions] == [
        entry.edition for entry in month_json.read(whole[MONTH]).editions
    ]
    assert store.objects[POST].body == whole[POST]


def test_an_edition_that_nobody_can_read_is_left_out() -> None:
    store = MemoryStore()
    put(store, keys.edition_json(YESTERDAY), b"garbage")
    run(store, DAY)
    assert days(store) == [DAY]


def test_the_same_again_writes_nothing() -> None:
    store = MemoryStore()
    run(store, DAY, YESTERDAY)
    store.puts.clear()
    run(store, DAY, YESTERDAY, now=NOW + timedelta(hours=1))
    assert store.puts == []


def test_a_change_has_the_time_of_its_run_and_leaves_the_others() -> None:
    store = MemoryStore()
    run(store, DAY, YESTERDAY)
    run(store, DAY, votes=9, now=LATER)
    yesterday, today = month(store).editions
    assert (yesterday.updated_at, today.updated_at) == (NOW, LATER)
    assert [paper.votes for paper in today.edition.papers] == [74, 9]


class Crashed(Exception):
    """The run ended here."""


class CrashingStore(MemoryStore):
    """A store where a run ends when it wants to put a key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key: str | None = key

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if artifact.key == self.key:
            self.key = None
            raise Crashed
        super().put(artifact, replaces=replaces)


@pytest.mark.parametrize("key", [MONTH, POST])
def test_a_run_that_ended_midway_is_completed_by_the_next(key: str) -> None:
    store = CrashingStore(key)
    with pytest.raises(Crashed):
        run(store, DAY)
    run(store, DAY, now=NOW + timedelta(hours=1))
    assert days(store) == [DAY]
    assert store.objects[POST].body == f"{DAY}: 2".encode()


def test_an_empty_day_has_no_month() -> None:
    store = MemoryStore()
    source = FakeSource({DAY: b"[]"})
    publish.run(RunRequest((DAY,), NOW), ports(source, store))
    assert store.puts == []
