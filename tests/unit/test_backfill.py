"""Many days one by one, then what follows from them; and editions again from their payloads."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from core import publish
from core.archive.backfill import bring_edition, bring_from_payloads
from core.archive.rebuild import publish_months
from core.edition import raw
from core.model import keys
from core.model.dates import months_until
from core.model.errors import PaperboyError, PayloadError, SourceUnavailable, StoreError
from core.model.report import EditionReport, RunRequest, Status
from tests.support.fakes import NOW, FakeSource, MemoryStore, answer, entry, ports

EMPTY, BAD = date(2025, 12, 6), date(2025, 12, 8)
DAYS = tuple(date(2025, 11, 27) + timedelta(days=number) for number in range(40))
DECEMBER = date(2025, 12, 1)
LATER = NOW + timedelta(days=30)
MONTHS = months_until(DAYS[-1], DAYS[0])


def source(bad: PaperboyError | None = None, votes: int = 1) -> FakeSource:
    answers: dict[date, bytes | PaperboyError] = {
        day: answer(entry(2 * n, upvotes=votes), entry(2 * n + 1)) for n, day in enumerate(DAYS)
    }
    return FakeSource(answers | {EMPTY: b"[]"} | ({BAD: bad} if bad else {}))


def by_single_runs(days: Sequence[date] = DAYS, *, votes: int = 1) -> MemoryStore:
    store = MemoryStore()
    for day in days:
        publish.run(RunRequest((day,), LATER), ports(source(votes=votes), store))
    return store


def backfill(store: MemoryStore, asked: FakeSource, *, force: bool = False) -> list[EditionReport]:
    made = ports(asked, store)
    reports = [bring_edition(day, LATER, force, made) for day in DAYS]
    assert publish_months(MONTHS, LATER, made) is None
    return reports


def statuses(reports: Sequence[EditionReport]) -> dict[Status, int]:
    found = [report.status for report in reports]
    return {status: found.count(status) for status in Status if status in found}


def test_an_archive_is_the_same_as_by_single_runs() -> None:
    store = MemoryStore()
    reports = backfill(store, source())
    assert statuses(reports) == {Status.PUBLISHED: 39, Status.EMPTY: 1}
    assert store.bodies() == by_single_runs().bodies()


def test_a_day_brings_only_its_own_files() -> None:
    store = MemoryStore()
    bring_edition(DECEMBER, LATER, False, ports(source(), store))
    assert [key.split("/")[0] for key in store.puts] == ["raw", "daily", "votes", "daily"]
    assert store.puts[-1] == keys.edition_post(DECEMBER)


def test_what_failed_comes_with_the_second_time() -> None:
    store, error = MemoryStore(), SourceUnavailable("answered 503", BAD, "fake")
    first = backfill(store, source(error))
    assert statuses(first) == {Status.PUBLISHED: 38, Status.EMPTY: 1, Status.FAILED: 1}
    assert [report.error for report in first if report.error] == [error]
    assert store.bodies() == by_single_runs([day for day in DAYS if day != BAD]).bodies()
    second = backfill(store, source())
    assert statuses(second) == {Status.PUBLISHED: 1, Status.UNCHANGED: 38, Status.EMPTY: 1}
    assert store.bodies() == by_single_runs().bodies()


def test_a_day_that_is_there_costs_one_read_and_asks_nobody() -> None:
    store = by_single_runs([DECEMBER])
    store.gets.clear()
    report = bring_edition(DECEMBER, LATER, False, ports(FakeSource({}), store))
    assert (report.status, report.reason) == (Status.UNCHANGED, "it is there")
    assert store.gets == [keys.edition_post(DECEMBER)]


def test_with_force_everything_is_fetched_again() -> None:
    store = by_single_runs()
    reports = backfill(store, source(votes=9), force=True)
    assert statuses(reports) == {Status.PUBLISHED: 39, Status.EMPTY: 1}
    page = store.objects[keys.edition_page(DECEMBER)].body
    assert b"Paper 8: 9" in page


def test_latest_is_never_rewound() -> None:
    store, newest = by_single_runs(DAYS[-1:]), DAYS[-1]
    backfill(store, source())
    assert store.objects["latest.json"].body == store.objects[keys.edition_json(newest)].body


def test_when_time_is_short_the_months_that_are_left_are_told() -> None:
    store, made = MemoryStore(), ports(source(), MemoryStore())
    made = ports(source(), store)
    for day in DAYS:
        bring_edition(day, LATER, False, made)
    left, calls = MONTHS[0], 0
    while left:
        calls += 1
        following = publish_months(months_until(DAYS[-1], left), LATER, made, lambda: False)
        assert following is None or following > left
        left = following  # type: ignore[assignment]
    assert calls == len(MONTHS)
    assert store.bodies() == by_single_runs().bodies()


def test_months_without_editions_have_no_catalog() -> None:
    store = MemoryStore()
    assert publish_months(months_until(date(2024, 3, 1)), LATER, ports(source(), store)) is None
    assert {key.split("/")[0] for key in store.objects} <= {"schema", "about.html", "static"}


def test_an_unchanged_catalog_is_only_read() -> None:
    store = by_single_runs()
    store.puts.clear()
    publish_months(MONTHS, LATER, ports(source(), store))
    assert store.puts == []


def test_from_payloads_editions_are_as_they_were() -> None:
    store = by_single_runs()
    before = store.bodies()
    store.puts.clear()
    reports = list(bring_from_payloads(DECEMBER, LATER, ports(FakeSource({}), store)))
    assert statuses(reports) == {Status.UNCHANGED: 30}
    assert (store.puts, store.bodies()) == ([], before)


def test_from_payloads_broken_editions_are_mended() -> None:
    store = by_single_runs()
    before, key = store.bodies(), keys.edition_json(DECEMBER)
    store.objects[key] = keys.artifact(key, before[key].replace(b"Paper 8", b"Paper ?"))
    made = ports(FakeSource({}), store)
    reports = list(bring_from_payloads(DECEMBER, LATER, made))
    publish_months([DECEMBER], LATER, made)
    assert statuses(reports) == {Status.PUBLISHED: 1, Status.UNCHANGED: 29}
    assert store.bodies() == before


@pytest.mark.parametrize(
    ("body", "error", "problem"),
    [
        (None, StoreError, "the payload is missing"),
        (b"no gzip", PayloadError, "broken gzip file"),
        (raw.packed(b"<html>"), PayloadError, "not JSON"),
        (raw.packed(b'[{"paper": {}}]'), PayloadError, r"\[0\]"),
    ],
)
def test_a_payload_that_cannot_be_read_is_named_and_the_rest_done(
    body: bytes | None, error: type[PaperboyError], problem: str
) -> None:
    store = by_single_runs()
    (found,) = (key for key in store.objects if key.startswith(f"raw/{DECEMBER}/"))
    del store.objects[found]
    if body is not None:
        store.objects[found] = keys.artifact(found, body)
    before = store.bodies()
    reports = list(bring_from_payloads(DECEMBER, LATER, ports(FakeSource({}), store)))
    assert statuses(reports) == {Status.UNCHANGED: 29, Status.FAILED: 1}
    (failed,) = (report.error for report in reports if report.error)
    with pytest.raises(error, match=problem) as caught:
        raise failed
    assert found in str(caught.value)
    assert store.bodies() == before


def test_a_month_that_is_not_there_has_no_payloads() -> None:
    assert list(bring_from_payloads(DECEMBER, LATER, ports(source(), MemoryStore()))) == []
