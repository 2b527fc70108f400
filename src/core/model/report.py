"""The request of a run, and the report of how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.model.announcement import AnnounceReport
from core.model.blog import BlogReport
from core.model.changes import Change
from core.model.errors import PaperboyError
from core.model.paper import Edition, Payload


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one run has to do. `now` is its scheduled time, with a time zone."""

    days: tuple[date, ...]
    now: datetime
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edition that may be published; `payload` is what it was made from, if anything.

    `made_at` is the scheduled time of the run, or when an imported edition was recorded. `note` is
    for the report.
    """

    edition: Edition
    made_at: datetime
    payload: Payload | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The guard's decision to leave a published edition as it is, and why."""

    reason: str


class Status(StrEnum):
    """How a day ended: the words of the report.

    With `KEPT`, the published edition stays as it is. With `REFUSED`, nothing is published yet, and
    the guard refuses the edition.
    """

    PUBLISHED = "published"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    EMPTY = "empty"
    FAILED = "failed"

    @property
    def is_news(self) -> bool:
        """Whether the day gets a new edition."""
        return self in (Status.PUBLISHED, Status.UPDATED)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many papers an edition has, and the sum of their votes; None if no votes are known."""

    papers: int
    votes: int | None = None


def totals(edition: Edition) -> Totals:
    """Return the totals of an edition."""
    known = [paper.votes for paper in edition.papers if paper.votes is not None]
    return Totals(len(edition.papers), sum(known) if known else None)


@dataclass(frozen=True, slots=True)
class EditionReport:
    """How one day of a run ended.

    `found` are the totals of the source's edition, None without an answer; `before` are those of
    the edition that was published before, if any. `reason` says why nothing was published, or what
    an import fixed.
    """

    day: date
    status: Status
    found: Totals | None = None
    before: Totals | None = None
    reason: str | None = None
    changes: tuple[Change, ...] = ()
    error: PaperboyError | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended: one report a day, the objects that belong to no day, and what followed.

    `blog` and `announcements` are None if there is no blog, or nothing is announced. `newest` is
    the day of the archive's newest edition, None where there is none.
    """

    now: datetime
    dry_run: bool
    editions: tuple[EditionReport, ...]
    changes: tuple[Change, ...] = ()
    error: PaperboyError | None = None
    blog: BlogReport | None = None
    newest: date | None = None
    announcements: AnnounceReport | None = None

    def errors(self) -> Sequence[PaperboyError]:
        """Return what went wrong, in order; empty when the run succeeded."""
        failed = [edition.error for edition in self.editions if edition.error]
        shared = [self.error, self.blog.error if self.blog else None]
        told = self.announcements.errors() if self.announcements else []
        return failed + [error for error in shared if error] + told
