"""Weeks and months, their editions, and the neighbours of all three."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.model import dates
from core.model.paper import Edition
from core.model.topic import Match
from core.model.votes import Rising


@dataclass(frozen=True, slots=True)
class MonthEdition:
    """A month's entry of one of its editions.

    `edition` has its papers in brief: id, title, votes, organisation and AI keywords. `digest` is
    the SHA-256 of its JSON. `etag` and `history_etag` are the store's ETags of its JSON and of its
    vote history; `history_digest` is the SHA-256 of the vote history. `published_at` is when it
    first appeared. `rising` are the papers that gained votes between the two newest records, and
    `overnight` those that gained votes until the day after. `raw` are the keys of the payloads that
    it was made from, the current one last; there are none if it was imported. `post_blob` is Git's
    id of its post. `topics` are the topics of its papers that have any, by the papers' ids.
    """

    edition: Edition
    digest: str
    etag: str = ""
    history_digest: str = ""
    history_etag: str = ""
    published_at: datetime | None = None
    rising: Rising | None = None
    overnight: Rising | None = None
    raw: tuple[str, ...] = ()
    post_blob: str = ""
    topics: Mapping[str, tuple[Match, ...]] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The edition's day."""
        return self.edition.day

    @property
    def is_shown(self) -> bool:
        """Whether it is shown to readers: an edition that was withdrawn has no papers."""
        return bool(self.edition.papers)


class Kind(StrEnum):
    """The kinds of periods that have a page."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month with its editions, oldest first; `first` is its first day.

    A week begins on Monday, as by ISO 8601.
    """

    kind: Kind
    first: date
    editions: tuple[MonthEdition, ...] = ()

    @property
    def name(self) -> str:
        """The period's name: `2026-W33` or `2026-08`."""
        return dates.iso_week(self.first) if self.kind == Kind.WEEK else f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        """The period's last day."""
        if self.kind == Kind.WEEK:
            return self.first + timedelta(days=6)
        return dates.first_of_month(self.first + timedelta(days=31)) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """A month of the archive, the days of its oldest and newest edition, and how many it has."""

    first: date
    oldest: date
    newest: date
    editions: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The days of the editions before and after one; or first days of weeks or months likewise."""

    previous: date | None = None
    next: date | None = None
