"""A run's report as JSON, and the error that a failed run ends with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.blog import BlogReport, BlogStatus, Commit
from core.model.changes import Action, Change
from core.model.errors import (
    BlogRejected,
    ConfigurationError,
    PaperboyError,
    SettingsError,
    SourceUnavailable,
    StoreError,
)
from core.model.report import EditionReport, RunReport, Status, Totals
from handler import reports
from tests.support.papers import DAY, NOW

AWAY = SourceUnavailable("answered 503", DAY, "https://source.example")
FULL = StoreError("S3 did not write: SlowDown", "s3://bucket/latest.json")
PUBLISHED = EditionReport(DAY, Status.PUBLISHED, Totals(2))
FAILED = EditionReport(DAY, Status.FAILED, error=AWAY)
EMPTY = EditionReport(DAY, Status.EMPTY)
DAYS = [DAY - timedelta(days=number) for number in range(31)]


FORBIDDEN = BlogRejected("no permission", "ada/blog")
BLOG_FAILED = BlogReport(BlogStatus.FAILED, error=FORBIDDEN)
COMMITTED = BlogReport(
    BlogStatus.COMMITTED,
    "daily papers: 2025-12-24\n",
    Commit("1234", "https://github.example/1234"),
    (Change("_posts/2025-12-24-daily-papers.md", Action.CREATED, 9),),
)


def report(
    *editions: EditionReport, error: PaperboyError | None = None, blog: BlogReport | None = None
) -> RunReport:
    return RunReport(NOW, False, editions, error=error, blog=blog)


@pytest.mark.parametrize(
    ("run", "kind", "message"),
    [
        (report(FAILED), SourceUnavailable, f"1 failed: {DAY} SourceUnavailable: {AWAY}"),
        (
            report(PUBLISHED, FAILED),
            SourceUnavailable,
            f"1 failed: {DAY} SourceUnavailable: {AWAY}; done: {DAY} published",
        ),
        (
            report(PUBLISHED, error=FULL),
            StoreError,
            f"1 failed: shared by all days StoreError: {FULL}; done: {DAY} published",
        ),
        (
            report(FAILED, blog=BLOG_FAILED),
            SourceUnavailable,
            f"1 failed: {DAY} SourceUnavailable: {AWAY}",
        ),
        (
            report(FAILED, error=FULL),
            SourceUnavailable,
            f"2 failed: {DAY} SourceUnavailable: {AWAY}; shared by all days StoreError: {FULL}",
        ),
        (
            report(*[replace(FAILED, day=day) for day in DAYS], error=FULL),
            SourceUnavailable,
            f"32 failed: {'; '.join(f'{day} SourceUnavailable: {AWAY}' for day in DAYS[:3])}"
            " and 29 more",
        ),
        (
            report(*[replace(PUBLISHED, day=day) for day in DAYS[:29]], FAILED, EMPTY),
            SourceUnavailable,
            f"1 failed: {DAY} SourceUnavailable: {AWAY}; done: 29 published, 1 empty",
        ),
    ],
)
def test_failure_has_the_class_of_the_first_error(
    run: RunReport, kind: type[PaperboyError], message: str
) -> None:
    failure = reports.failure(run)
    assert type(failure) is kind
    assert str(failure) == message
    assert reports.failure(report(PUBLISHED)) is None


def test_a_blog_that_failed_fails_no_run() -> None:
    made = report(PUBLISHED, blog=BLOG_FAILED)
    assert reports.failure(made) is None
    assert reports.as_json(made)["ok"] is False


LONG = "x" * 5000
TOKEN = "_".join(("ghp", "a1B2" * 9))


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (AWAY, SourceUnavailable, str(AWAY)),
        (StoreError(LONG, "key"), StoreError, "x" * 1021 + "…"),
        (SettingsError(["a", "b", "c"]), SettingsError, "a; b; c"),
        (SettingsError([*"abcde"]), SettingsError, "a; b; c and 2 more"),
        (ConfigurationError(["paperboy.toml: a"]), ConfigurationError, "paperboy.toml: a"),
        (KeyError("a"), RuntimeError, "KeyError: 'a'"),
        (OSError(2, TOKEN), RuntimeError, "FileNotFoundError: [Errno 2] [token]"),
        (ValueError(LONG), RuntimeError, "ValueError: " + "x" * 1009 + "…"),
    ],
)
def test_what_is_raised_is_bounded(error: Exception, kind: type[Exception], message: str) -> None:
    raised = reports.raised(error)
    assert type(raised) is kind
    assert str(raised) == message


def test_report_as_json() -> None:
    change = Change("daily/2025-12-24.json", Action.UPDATED, 5)
    kept = EditionReport(
        DAY, Status.SUPERSEDED, Totals(2, 7), Totals(3), "a later run was faster", (change,)
    )
    run = replace(report(kept, FAILED, error=FULL), newest=DAY)
    assert reports.as_json(run) == {
        "scheduled_time": "2025-12-24T14:00:00Z",
        "dry_run": False,
        "ok": False,
        "editions": [
            {
                "date": "2025-12-24",
                "status": "superseded",
                "papers": 2,
                "votes": 7,
                "before": {"papers": 3, "votes": None},
                "reason": "a later run was faster",
                "objects": [{"key": "daily/2025-12-24.json", "action": "updated", "size": 5}],
                "error": None,
            },
            {
                "date": "2025-12-24",
                "status": "failed",
                "papers": 0,
                "votes": None,
                "before": None,
                "reason": None,
                "objects": [],
                "error": {"type": "SourceUnavailable", "message": str(AWAY)},
            },
        ],
        "objects": [],
        "error": {"type": "StoreError", "message": str(FULL)},
        "blog": None,
        "announcements": None,
    }


POST = {"key": "_posts/2025-12-24-daily-papers.md", "action": "created", "size": 9}
NOTHING: dict[str, object] = {
    "message": None,
    "commit": None,
    "url": None,
    "reason": None,
    "objects": [],
}
MADE = {"message": "daily papers: 2025-12-24\n", "commit": "1234", "objects": [POST]}


@pytest.mark.parametrize(
    ("blog", "expected"),
    [
        (COMMITTED, {"status": "committed", **MADE, "url": "https://github.example/1234"}),
        (replace(COMMITTED, commit=Commit("1234", "")), {"status": "committed", **MADE}),
        (
            BLOG_FAILED,
            {
                "status": "failed",
                "error": {"type": "BlogRejected", "message": "no permission (ada/blog)"},
            },
        ),
    ],
)
def test_blog_as_json(blog: BlogReport, expected: dict[str, object]) -> None:
    made = reports.as_json(report(PUBLISHED, blog=blog))
    assert made["blog"] == {"error": None} | NOTHING | expected
    assert made["ok"] is (blog.error is None)
