"""Months and their editions, and where they stand among the others."""

from dataclasses import dataclass
from datetime import date, datetime

from core.model.paper import Edition


@dataclass(frozen=True, slots=True)
class MonthEdition:
    """An edition in its month; `digest` is the SHA-256 of its JSON.

    `updated_at` is the scheduled time of the run that brought the edition's last change. `raw` are
    the keys of the payloads that it was made from, the current one last; none if it was imported.
    `record` is the SHA-256 of its vote record, if there is one. Of the papers a month knows id,
    title, votes, organisation and AI keywords.
    """

    edition: Edition
    digest: str
    updated_at: datetime
    raw: tuple[str, ...] = ()
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """The editions of a month, oldest first; `first` is the month's first day."""

    first: date
    editions: tuple[MonthEdition, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The days of the editions before and after one, or the first days of the months."""

    previous: date | None = None
    next: date | None = None


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """A month in the root index: its first day, its oldest and newest edition, and how many."""

    first: date
    oldest: date
    newest: date
    editions: int


@dataclass(frozen=True, slots=True)
class RootIndex:
    """The months of the archive, oldest first, and the keys of the files that never change.

    `release` is a digest of these files: whoever brings others brings all of them.
    """

    months: tuple[MonthSpan, ...] = ()
    files: tuple[str, ...] = ()
    release: str = ""
