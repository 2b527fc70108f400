"""What a run leaves for alarms: its metrics, and how old the archive's newest edition is."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.archive.freshness import Age, age, weekdays_without
from core.model import keys
from core.model.blog import BlogReport, BlogStatus
from core.model.errors import BlogUnavailable, SourceUnavailable, StoreError
from core.model.month import MonthSpan, RootIndex
from core.model.objects import Artifact
from core.model.report import EditionReport, RunReport, Status
from core.render import index
from handler.observability import COUNTERS, archive_age, count
from tests.support.fakes import MemoryStore

NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)
# A Wednesday.
DAY = date(2025, 12, 24)
AGE = Age(date(2025, 12, 23), 1, 0)
FAILURE = SourceUnavailable("did not answer", DAY, "https://host")


def root_index(newest: date) -> bytes:
    """Return the index of an archive that ends with an edition."""
    months = (
        MonthSpan(date(2025, 11, 1), date(2025, 11, 3), date(2025, 11, 28), 20),
        MonthSpan(newest.replace(day=1), newest, newest, 1),
    )
    return index.render_root(RootIndex(months))


class ForbiddingStore(MemoryStore):
    """A store that lets nobody read."""

    def get(self, key: str) -> Any:
        raise StoreError("answered 403", key)


@pytest.mark.parametrize(
    ("newest", "today", "weekdays"),
    [
        ("2025-12-24", "2025-12-24", 0),  # Wednesday, the same day
        ("2025-12-24", "2025-12-25", 0),  # Thursday's edition may still come
        ("2025-12-24", "2025-12-26", 1),  # Thursday is over
        ("2025-12-19", "2025-12-20", 0),  # Friday's edition, on Saturday
        ("2025-12-19", "2025-12-21", 0),  # on Sunday
        ("2025-12-19", "2025-12-22", 0),  # on Monday
        ("2025-12-19", "2025-12-23", 1),  # on Tuesday: Monday is over
        ("2025-12-19", "2025-12-24", 2),
        ("2025-12-20", "2025-12-22", 0),  # an edition on a Saturday
        ("2025-12-21", "2025-12-23", 1),
        ("2025-12-31", "2026-01-02", 1),  # New Year's Day alone is not two weekdays
        ("2025-12-31", "2026-01-05", 2),  # but with the Friday after it
        ("2024-02-28", "2024-03-01", 1),  # a leap day
        ("2024-12-24", "2025-12-24", 260),
        ("2025-12-25", "2025-12-24", 0),  # a clock that is behind
    ],
)
def test_weekdays_without_an_edition(newest: str, today: str, weekdays: int) -> None:
    days = date.fromisoformat(newest), date.fromisoformat(today)
    assert weekdays_without(*days) == weekdays
    expected = Age(days[0], max(0, (days[1] - days[0]).days), weekdays)
    assert age(root_index(days[0]), days[1]) == expected


@pytest.mark.parametrize("body", [None, b"", b"{", b"[]", b"{}"])
def test_an_archive_without_an_edition_has_no_age(body: bytes | None) -> None:
    assert age(body, DAY) is None


def test_the_age_is_that_of_what_readers_are_led_to() -> None:
    store = MemoryStore()
    assert archive_age(store, DAY) is None
    body = root_index(date(2025, 12, 19))
    store.put(keys.artifact(keys.ROOT_INDEX, body), replaces=None)
    # It is there, but no index leads to it yet.
    later = keys.edition_json(date(2025, 12, 22))
    store.put(Artifact(later, b"{}", "application/json", ""), replaces=None)
    assert archive_age(store, DAY) == Age(date(2025, 12, 19), 5, 2)


def test_an_index_that_cannot_be_read_fails_no_run(caplog: pytest.LogCaptureFixture) -> None:
    assert archive_age(ForbiddingStore(), DAY) is None
    (record,) = caplog.records
    assert (record.levelname, record.message) == ("WARNING", "the newest edition is not known")
    assert keys.ROOT_INDEX in record.error  # type: ignore[attr-defined]


def counted(
    capsys: pytest.CaptureFixture[str], report: RunReport, since: Age | None = AGE
) -> dict[str, Any]:
    """Count a run of three seconds; return what CloudWatch reads."""
    count(report, "paperboy-1", 3.0, since)
    (line,) = capsys.readouterr().out.splitlines()
    embedded: dict[str, Any] = json.loads(line)
    return embedded


def metrics(embedded: dict[str, Any]) -> dict[str, float]:
    """Return the values of the metrics that the line says are ones."""
    (told,) = embedded["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "Paperboy"
    assert told["Dimensions"] == [["FunctionName"]]
    assert embedded["FunctionName"] == "paperboy-1"
    names = [metric["Name"] for metric in told["Metrics"]]
    return {name: sum(embedded[name]) for name in names}


def run(*editions: EditionReport, **parts: Any) -> RunReport:
    return RunReport(NOW, dry_run=False, editions=editions, **parts)


@pytest.mark.parametrize("status", Status)
def test_each_way_to_end_is_counted(capsys: pytest.CaptureFixture[str], status: Status) -> None:
    error = FAILURE if status == Status.FAILED else None
    report = run(EditionReport(DAY, status, 7, "why", error=error), EditionReport(DAY, status, 8))
    found = metrics(counted(capsys, report))
    expected = {name: 2 if key == status else 0 for key, name in COUNTERS.items()}
    assert {name: found[name] for name in COUNTERS.values()} == expected
    assert (found["Papers"], found["RunSeconds"]) == (15, 3)
    assert found["RunsFailed"] == (status == Status.FAILED)


BLOGS = [
    (BlogReport(BlogStatus.COMMITTED), (1, 0)),
    (BlogReport(BlogStatus.UNCHANGED), (0, 0)),
    (BlogReport(BlogStatus.SKIPPED, reason="the store is not complete"), (0, 0)),
    (BlogReport(BlogStatus.FAILED, error=BlogUnavailable("ada/blog", "is away")), (0, 1)),
]


@pytest.mark.parametrize(("blog", "expected"), BLOGS, ids=[blog.status for blog, _ in BLOGS])
def test_a_blog_is_counted(
    capsys: pytest.CaptureFixture[str], blog: BlogReport, expected: tuple[int, int]
) -> None:
    found = metrics(counted(capsys, run(EditionReport(DAY, Status.PUBLISHED), blog=blog)))
    assert (found["BlogCommits"], found["BlogFailures"]) == expected
    assert found["RunsFailed"] == expected[1]


def test_without_a_blog_nothing_of_it_is_put_or_paid(capsys: pytest.CaptureFixture[str]) -> None:
    found = metrics(counted(capsys, run(EditionReport(DAY, Status.PUBLISHED))))
    assert not [name for name in found if name.startswith("Blog")]
    # Each costs 0.30 dollars a month, by the hours that have data.
    assert len(found) <= 10


def test_the_age_is_put_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    report, names = run(), ("DaysSinceEdition", "WeekdaysWithoutEdition")
    line = counted(capsys, report, Age(date(2025, 12, 19), 5, 2))
    assert [metrics(line)[name] for name in names] == [5, 2]
    assert line["newest"] == "2025-12-19"
    # What a run put is not put again by the next one in the same process.
    line = counted(capsys, report, None)
    assert not {*names, "newest"} & line.keys()
