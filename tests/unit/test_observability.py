"""What a run leaves for its owner: its log, its metrics, and how old the newest edition is."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.model.blog import BlogReport, BlogStatus
from core.model.errors import BlogUnavailable, SourceUnavailable, StoreError
from core.model.report import EditionReport, RunReport, Status, Totals
from handler.observability import (
    COUNTERS,
    count,
    count_repaired,
    log_edition,
    log_run,
    logger,
    weekdays_without,
)

NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)
# A Wednesday.
DAY = date(2025, 12, 24)
FAILURE = SourceUnavailable("did not answer", DAY, "https://host")


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


def counted(
    capsys: pytest.CaptureFixture[str], report: RunReport, today: date = DAY
) -> dict[str, Any]:
    """Count a run; return what CloudWatch reads."""
    count(report, "paperboy-1", today)
    (line,) = capsys.readouterr().out.splitlines()
    embedded: dict[str, Any] = json.loads(line)
    return embedded


def metrics(embedded: dict[str, Any]) -> dict[str, float]:
    """Return the values of the metrics that the line says are ones."""
    (told,) = embedded["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "Paperboy"
    assert [sorted(names) for names in told["Dimensions"]] == [["FunctionName", "service"]]
    assert (embedded["FunctionName"], embedded["service"]) == ("paperboy-1", "paperboy")
    names = [metric["Name"] for metric in told["Metrics"]]
    return {name: sum(embedded[name]) for name in names}


def run(*editions: EditionReport, **parts: Any) -> RunReport:
    return RunReport(NOW, dry_run=False, editions=editions, **parts)


def summary(
    caplog: pytest.LogCaptureFixture, report: RunReport, today: date = DAY
) -> dict[str, Any]:
    """Log the end of a run of three seconds, and return its summary."""
    caplog.set_level("INFO", logger=logger.name or "")
    log_run(report, 3.0, today)
    line = json.loads(logger.registered_formatter.format(caplog.records[-1]))
    assert (line["message"], line["service"]) == ("run ended", "paperboy")
    found: dict[str, Any] = line["run"]
    return found


NAMES = {
    Status.PUBLISHED: "published",
    Status.UPDATED: "published",
    Status.UNCHANGED: "unchanged",
    Status.KEPT: "kept",
    Status.REFUSED: "kept",
    Status.SUPERSEDED: "superseded",
    Status.EMPTY: "empty",
    Status.FAILED: "failed",
}


@pytest.mark.parametrize("status", Status)
def test_each_way_to_end_is_counted(caplog: pytest.LogCaptureFixture, status: Status) -> None:
    error = FAILURE if status == Status.FAILED else None
    report = run(
        EditionReport(DAY, status, Totals(7), reason="why", error=error),
        EditionReport(DAY, status, Totals(8)),
    )
    found = summary(caplog, report)
    assert {name: found[name] for name in COUNTERS if found[name]} == {NAMES[status]: 2}
    assert (found["papers"], found["seconds"]) == (15, 3)
    assert (found["newest"], found["weekdays"], found["blog"]) == (None, None, None)


BLOGS = [
    (BlogReport(BlogStatus.COMMITTED), 0),
    (BlogReport(BlogStatus.UNCHANGED), 0),
    (BlogReport(BlogStatus.SKIPPED, reason="the store is not complete"), 0),
    (BlogReport(BlogStatus.FAILED, error=BlogUnavailable("ada/blog", "is away")), 1),
]


@pytest.mark.parametrize(("blog", "expected"), BLOGS, ids=[blog.status for blog, _ in BLOGS])
def test_a_blog_that_failed_is_counted(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    blog: BlogReport,
    expected: int,
) -> None:
    report = run(EditionReport(DAY, Status.PUBLISHED), blog=blog)
    assert metrics(counted(capsys, report)) == {"BlogFailures": expected}
    assert summary(caplog, report)["blog"] == blog.status


def test_nothing_is_put_of_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    count(run(EditionReport(DAY, Status.FAILED, error=FAILURE)), "paperboy-1", DAY)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("newest", "age"), [(date(2025, 12, 19), 2), (DAY, 0), (date(2025, 12, 25), 0)]
)
def test_the_age_of_the_newest_edition(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, newest: date, age: int
) -> None:
    report = run(newest=newest)
    assert metrics(counted(capsys, report)) == {"WeekdaysWithoutEdition": age}
    found = summary(caplog, report)
    assert (found["newest"], found["weekdays"]) == (str(newest), age)


def test_repaired_objects_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    count_repaired(7, "paperboy-1")
    (line,) = capsys.readouterr().out.splitlines()
    assert metrics(json.loads(line)) == {"ObjectsRepaired": 7}


@pytest.mark.parametrize("status", Status)
def test_each_day_is_logged(caplog: pytest.LogCaptureFixture, status: Status) -> None:
    caplog.set_level("INFO", logger=logger.name or "")
    log_edition(EditionReport(DAY, status, Totals(7), reason="why"))
    (record,) = caplog.records
    is_warning = status in (Status.FAILED, Status.KEPT, Status.REFUSED)
    assert record.levelname == ("WARNING" if is_warning else "INFO")
    assert record.message == f"edition {status}"


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ({}, []),
        ({"error": StoreError("503", "key")}, [("WARNING", "objects shared by all days failed")]),
        ({"blog": BLOGS[0][0]}, [("INFO", "blog committed")]),
        ({"blog": BLOGS[3][0]}, [("WARNING", "blog failed")]),
    ],
)
def test_what_is_shared_is_logged(
    caplog: pytest.LogCaptureFixture, parts: dict[str, Any], lines: list[tuple[str, str]]
) -> None:
    caplog.set_level("INFO", logger=logger.name or "")
    log_run(run(**parts), 3.0, DAY)
    *found, end = [(record.levelname, record.message) for record in caplog.records]
    assert (found, end) == (lines, ("INFO", "run ended"))


TOKEN = "_".join(("ghp", "a1B2" * 9))


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"error": "x" * 2000}, {"error": "x" * 1021 + "…"}),
        ({"error": TOKEN}, {"error": "[token]"}),
        (
            {"edition": {"objects": [{"key": TOKEN, "size": 7}]}},
            {"edition": {"objects": [{"key": "[token]", "size": 7}]}},
        ),
        ({"edition": {TOKEN: (None, True, 1.5)}}, {"edition": {"[token]": [None, True, 1.5]}}),
        ({"error": ValueError(TOKEN)}, {"error": "[token]"}),
    ],
)
def test_logs_are_bounded_and_hold_no_token(
    caplog: pytest.LogCaptureFixture, extra: dict[str, object], expected: dict[str, object]
) -> None:
    logger.error("한 %s", "y" * 2000 + TOKEN, extra=extra)
    logged = json.loads(logger.registered_formatter.format(caplog.records[0]))
    assert {name: logged[name] for name in extra} == expected
    assert len(logged["message"].encode()) == 1024


def test_a_logged_traceback_holds_no_token(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logger.exception("failed")
    line = logger.registered_formatter.format(caplog.records[0])
    assert "ValueError" in line
    assert TOKEN not in line
