"""What an invocation answers, and how it fails."""

import pytest

from core.errors import PaperboyError, SourceUnavailable, StoreError
from core.models import Action, Change, EditionReport, RunReport, Status
from handler import reports
from tests.support.fakes import DAY, NOW

AWAY = SourceUnavailable("answered 503", DAY, "https://source.example")
FULL = StoreError("S3 did not write: SlowDown", "s3://bucket/latest.json")
PUBLISHED = EditionReport(DAY, Status.PUBLISHED, 2)
FAILED = EditionReport(DAY, Status.FAILED, error=AWAY)


def report(*editions: EditionReport, error: PaperboyError | None = None) -> RunReport:
    return RunReport(NOW, False, editions, error=error)


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
            f"1 failed: latest StoreError: {FULL}; done: {DAY} published",
        ),
        (
            report(FAILED, error=FULL),
            SourceUnavailable,
            f"2 failed: {DAY} SourceUnavailable: {AWAY}; latest StoreError: {FULL}",
        ),
    ],
)
def test_a_failed_run_ends_with_its_first_failures_class(
    run: RunReport, kind: type[PaperboyError], message: str
) -> None:
    failure = reports.failure(run)
    assert type(failure) is kind
    assert str(failure) == message


def test_a_run_without_errors_does_not_fail() -> None:
    assert reports.failure(report(PUBLISHED)) is None


def test_the_report_as_json() -> None:
    change = Change("daily/2025-12-24.json", Action.UPDATED, 5, 4)
    kept = EditionReport(DAY, Status.KEPT, 2, "2 papers would replace 5", (change,))
    made = reports.as_json(report(kept, FAILED, error=FULL))
    assert made == {
        "scheduled_time": "2025-12-24T14:00:00Z",
        "dry_run": False,
        "ok": False,
        "editions": [
            {
                "date": "2025-12-24",
                "status": "kept",
                "papers": 2,
                "reason": "2 papers would replace 5",
                "objects": [
                    {
                        "key": "daily/2025-12-24.json",
                        "action": "updated",
                        "size": 5,
                        "size_before": 4,
                    }
                ],
                "error": None,
            },
            {
                "date": "2025-12-24",
                "status": "failed",
                "papers": 0,
                "reason": None,
                "objects": [],
                "error": {"type": "SourceUnavailable", "message": str(AWAY)},
            },
        ],
        "objects": [],
        "error": {"type": "StoreError", "message": str(FULL)},
    }
