"""The results of a run, and their report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.archive.state import Archive, DayTruth
from core.archive.truth import Verdict
from core.model import keys
from core.model.changes import Change
from core.model.errors import PaperboyError
from core.model.report import (
    Candidate,
    EditionReport,
    RunReport,
    RunRequest,
    Status,
    totals,
)

Candidates = Mapping[date, Candidate | PaperboyError]
"""The source's editions by day, or the errors that prevented them."""

Verdicts = Mapping[date, Verdict | PaperboyError]
"""The verdicts by day, or the errors that prevented them."""


@dataclass(slots=True)
class Outcome:
    """The results of a run so far.

    `objects` are the changes of derived objects, and `posts` the posts among them, by day.
    """

    archive: Archive = field(default_factory=Archive)
    truths: dict[date, DayTruth | PaperboyError] = field(default_factory=dict)
    objects: tuple[Change, ...] = ()
    posts: Mapping[date, bytes] = field(default_factory=dict)
    error: PaperboyError | None = None


def report_of(
    request: RunRequest,
    candidates: Candidates,
    verdicts: Verdicts,
    outcome: Outcome,
) -> RunReport:
    """Return the report of a run: each day with its own objects, and the objects of no day."""
    own: dict[date, list[Change]] = {day: [] for day in request.days}
    shared: list[Change] = []
    for change in outcome.objects:
        days = [day for day in own if change.key in keys.of_day(day)]
        (own[days[0]] if days else shared).append(change)
    for day, written in outcome.truths.items():
        if day not in own and isinstance(written, DayTruth):
            shared[:0] = written.changes
    editions = [
        _edition_report(day, candidates.get(day), verdicts.get(day), outcome, own[day])
        for day in request.days
    ]
    # An error that came before a day's own work is the day's, and is in the report once.
    is_shared = all(edition.error is not outcome.error for edition in editions)
    newest = outcome.archive.root.spans()
    return RunReport(
        request.now,
        request.dry_run,
        tuple(editions),
        tuple(shared),
        (outcome.error if is_shared else None) or _error_of_others(request, outcome),
        newest=newest[-1].newest if newest else None,
    )


def _edition_report(
    day: date,
    candidate: Candidate | PaperboyError | None,
    verdict: Verdict | PaperboyError | None,
    outcome: Outcome,
    objects: list[Change],
) -> EditionReport:
    found = totals(candidate.edition) if isinstance(candidate, Candidate) else None
    written = outcome.truths.get(day)
    if isinstance(written, PaperboyError):
        return EditionReport(day, Status.FAILED, found, error=written)
    if isinstance(verdict, PaperboyError):
        return EditionReport(day, Status.FAILED, found, error=verdict)
    if verdict is None or (written is None and is_news(verdict)):
        return EditionReport(day, Status.FAILED, found, error=outcome.error)
    ended: Verdict | DayTruth = verdict
    changes = objects
    if isinstance(written, DayTruth):
        changes = [*written.changes, *objects]
        if is_news(verdict):
            # Another run may have published the day before this one wrote it.
            ended = written
    return EditionReport(day, ended.status, found, ended.before, ended.reason, tuple(changes))


def _error_of_others(request: RunRequest, outcome: Outcome) -> PaperboyError | None:
    """Return the error of a day that an interrupted run has left."""
    errors = (
        error
        for day, error in outcome.truths.items()
        if day not in request.days and isinstance(error, PaperboyError)
    )
    return next(errors, None)


def is_news(verdict: Verdict | PaperboyError) -> bool:
    """Return whether a day is to be published."""
    return isinstance(verdict, Verdict) and verdict.is_news
