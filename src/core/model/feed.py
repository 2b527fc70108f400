"""Feeds and their entries."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """An edition or a paper in a feed: `content` is HTML, the other texts are plain."""

    id: str
    url: str
    title: str
    content: str
    summary: str | None
    published: datetime
    modified: datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def day(self) -> date:
        """Return the day of the edition that the entry belongs to."""
        return self.published.date()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: `home` is the address of the page for people, `url` that of the feed's JSON.

    `vanished` are entries that it does not show: of papers which their editions had before. They
    may come back, and are then as old as they were.
    """

    title: str
    description: str
    language: str
    home: str
    url: str
    entries: tuple[Entry, ...] = ()
    vanished: tuple[Entry, ...] = ()

    def modified(self) -> datetime:
        """Return when the last change came; without entries, a time before all others."""
        return max((entry.modified for entry in self.entries + self.vanished), default=NEVER)
