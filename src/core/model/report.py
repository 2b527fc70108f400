"""What a run is asked to do, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.model.errors import PaperboyError
from core.model.paper import Edition, Payload

if TYPE_CHECKING:
    from core.model.blog import BlogReport


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one run is asked to do. `now` is its scheduled time, with a time zone."""

    days: tuple[date, ...]
    now: datetime
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that wants to be published: `payload` is what it was made from, if anything was.

    `made_at` is the scheduled time of the run, or when an imported edition was recorded. `note` is
    for the report.
    """

    edition: Edition
    made_at: datetime
    payload: Payload | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """An edition with its JSON; `raw` is the key of its payload, where that is known."""

    edition: Edition
    made_at: datetime
    json: bytes
    raw: str | None = None


class Action(StrEnum):
    """What became of an object: the words of the report."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """An object of the run: its key, what became of it, and its size in bytes before and after."""

    key: str
    action: Action
    size: int
    size_before: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The decision to leave an object as it is, and why."""

    reason: str


class Status(StrEnum):
    """How a day ended: the words of the report."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EditionReport:
    """How one day of a run ended. `papers` counts what the source had.

    `reason` says why it was kept, or what was mended.
    """

    day: date
    status: Status
    papers: int = 0
    reason: str | None = None
    changes: tuple[Change, ...] = ()
    error: PaperboyError | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended: one report a day, the objects that belong to no day, and the blog."""

    now: datetime
    dry_run: bool
    editions: tuple[EditionReport, ...]
    changes: tuple[Change, ...] = ()
    error: PaperboyError | None = None
    blog: "BlogReport | None" = None

    def errors(self) -> Sequence[PaperboyError]:
        """Return what went wrong, in order; empty when the run succeeded."""
        failed = [edition.error for edition in self.editions if edition.error]
        shared = [self.error, self.blog.error if self.blog else None]
        return failed + [error for error in shared if error]
