"""What the command line says: how days ended, how many objects changed, which errors there are."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from core.model.changes import Action, Change
from core.model.errors import PaperboyError, PayloadError, SourceUnavailable, StoreError
from core.model.report import EditionReport, Status, Totals
from handler.cli import terminal
from tests.support.papers import DAY

FOUND, BEFORE = Totals(23, 642), Totals(20, 320)


@pytest.mark.parametrize(
    ("report", "dry_run", "line"),
    [
        (EditionReport(DAY, Status.PUBLISHED, FOUND), False, "published: 23 papers, 642 votes"),
        (
            EditionReport(DAY, Status.PUBLISHED, FOUND),
            True,
            "would be published: 23 papers, 642 votes",
        ),
        (EditionReport(DAY, Status.PUBLISHED, Totals(1, 1)), False, "published: 1 paper, 1 vote"),
        (EditionReport(DAY, Status.PUBLISHED, Totals(2)), False, "published: 2 papers"),
        (
            EditionReport(DAY, Status.PUBLISHED, Totals(2), reason="fixed 1 x twice"),
            False,
            "published: 2 papers; fixed 1 x twice",
        ),
        (
            EditionReport(DAY, Status.UPDATED, FOUND, BEFORE),
            False,
            "updated: 20 → 23 papers, 320 → 642 votes",
        ),
        (
            EditionReport(DAY, Status.UPDATED, FOUND, Totals(23, 320)),
            True,
            "would be updated: 23 papers, 320 → 642 votes",
        ),
        (EditionReport(DAY, Status.UPDATED, FOUND, FOUND), False, "updated: 23 papers, 642 votes"),
        (
            EditionReport(DAY, Status.UPDATED, Totals(23), BEFORE),
            False,
            "updated: 20 → 23 papers, 320 → unknown votes",
        ),
        (
            EditionReport(DAY, Status.UPDATED, FOUND, Totals(23)),
            False,
            "updated: 23 papers, unknown → 642 votes",
        ),
        (
            EditionReport(DAY, Status.UNCHANGED, FOUND, FOUND),
            True,
            "would be unchanged: 23 papers, 642 votes",
        ),
        (
            EditionReport(DAY, Status.UNCHANGED, FOUND, Totals(0), "it was withdrawn"),
            False,
            "unchanged: it was withdrawn",
        ),
        (
            EditionReport(DAY, Status.KEPT, Totals(7, 9), BEFORE, "7 papers would replace 20"),
            False,
            "kept: 7 papers would replace 20; the 20 published ones stay",
        ),
        (
            EditionReport(DAY, Status.REFUSED, FOUND, None, "12 of 23 papers belong elsewhere"),
            True,
            "would be refused: 12 of 23 papers belong elsewhere; nothing is published",
        ),
        (
            EditionReport(DAY, Status.SUPERSEDED, FOUND, BEFORE, "a later run has published"),
            False,
            "superseded: a later run has published",
        ),
        (EditionReport(DAY, Status.EMPTY, Totals(0), None, "a weekend"), True,
         "no papers (a weekend)"),
        (EditionReport(DAY, Status.EMPTY, Totals(0)), False, "no papers"),
        (
            EditionReport(DAY, Status.EMPTY, Totals(0), BEFORE, "the source lists no papers"),
            False,
            "the source lists no papers",
        ),
        (EditionReport(DAY, Status.FAILED, FOUND), True, "failed"),
    ],
)  # fmt: skip
def test_how_a_day_ended(report: EditionReport, dry_run: bool, line: str) -> None:
    assert terminal.headline(report, dry_run=dry_run) == f"2025-12-24 {line}"


CREATED, UPDATED, SAME, REMOVED = (Change("key", action, 1) for action in Action)


@pytest.mark.parametrize(
    ("changes", "dry_run", "said"),
    [
        ([CREATED], False, "1 object created"),
        ([CREATED] * 1000, False, "1,000 objects created"),
        ([CREATED, UPDATED, UPDATED], False, "1 object created, 2 updated"),
        ([CREATED, UPDATED], True, "1 object would be created, 1 would be updated"),
        ([SAME, SAME, REMOVED], True, "2 objects unchanged, 1 would be removed"),
        ([], False, "no objects"),
    ],
)
def test_how_many_objects_changed(changes: Sequence[Change], dry_run: bool, said: str) -> None:
    assert terminal.counts(changes, dry_run=dry_run) == said


def away(day: date, problem: str = "answered 503") -> SourceUnavailable:
    return SourceUnavailable(problem, day, f"https://source.example/?date={day}")


def days(*numbers: int) -> list[date]:
    return [date(2025, 12, number) for number in numbers]


@pytest.mark.parametrize(
    ("errors", "lines"),
    [
        ([], []),
        (
            [away(day) for day in days(3, 1, 2, 5)],
            [
                "SourceUnavailable: answered 503"
                " (4 days: 2025-12-01 to 2025-12-03, 2025-12-05)"
            ],
        ),
        (
            [away(day) for day in days(1)],
            [
                "SourceUnavailable: answered 503"
                " (2025-12-01, https://source.example/?date=2025-12-01)"
            ],
        ),
        (
            [away(days(1)[0]), away(days(2)[0], "reset"), away(days(3)[0])],
            [
                "SourceUnavailable: answered 503 (2 days: 2025-12-01, 2025-12-03)",
                "SourceUnavailable: reset"
                " (2025-12-02, https://source.example/?date=2025-12-02)",
            ],
        ),
        # Other errors are alike only if they are of the same object.
        (
            [StoreError("is full", "a"), StoreError("is full", "b"), StoreError("is full", "b")],
            ["StoreError: is full (a)", "StoreError: is full (b)"],
        ),
    ],
)  # fmt: skip
def test_equal_errors_of_days_are_one(
    capsys: pytest.CaptureFixture[str], errors: Sequence[PaperboyError], lines: list[str]
) -> None:
    assert terminal.finish(errors, debug=False) == bool(errors)
    assert capsys.readouterr().err.splitlines() == [f"paperboy: {line}" for line in lines]


def test_each_error_is_printed_when_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.finish([PayloadError("no", day, "url") for day in days(1, 2)], debug=True)
    said = capsys.readouterr().err
    assert "paperboy: PayloadError: no (2025-12-01, url)" in said
    assert "paperboy: PayloadError: no (2025-12-02, url)" in said


@pytest.mark.parametrize(
    ("seconds", "quiet", "lines"),
    [
        (
            30,
            False,
            ["2 of 5 done, 2 a minute, now at day 2", "4 of 5 done, 2 a minute, now at day 4"],
        ),
        (90, False, [f"{n} of 5 done, 1 a minute, now at day {n}" for n in range(1, 6)]),
        (1, False, []),
        (90, True, []),
    ],
)
def test_progress_is_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seconds: int,
    quiet: bool,
    lines: list[str],
) -> None:
    """Where there is no terminal: each step takes so many seconds."""
    clock = timedelta()
    monkeypatch.setattr(terminal, "monotonic", lambda: clock.total_seconds())
    with terminal.bar(5, quiet=quiet) as advance:
        for number in range(1, 6):
            clock += timedelta(seconds=seconds)
            advance(f"day {number}")
    assert capsys.readouterr().err.splitlines() == [f"paperboy: {line}" for line in lines]
