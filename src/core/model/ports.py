"""What the core asks of the outside world. An implementation raises only our exceptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from datetime import date, datetime

    from core.archive.rest import Rest
    from core.model.blog import BlogFile, Commit, Tip
    from core.model.month import Month, MonthSpan, Neighbours
    from core.model.objects import Artifact, StoredObject
    from core.model.paper import Edition, Payload
    from core.model.votes import VoteRecord

Remaining = Callable[[], float]
"""Tells how many seconds are left of the run."""


Value = TypeVar("Value")


class Together(Protocol):
    """Makes calls that wait for the outside: a few at once, where that is quicker."""

    def __call__(self, calls: Sequence[Callable[[], Value]]) -> list[Value]:
        """Return what the calls return, in their order, when all have ended.

        Raises what the first in order raised of those that failed.
        """


def one_by_one(calls: Sequence[Callable[[], Value]]) -> list[Value]:
    """Make each call when the one before it has ended."""
    return [call() for call in calls]


class Pause(Protocol):
    """Waits between two attempts of a compare-and-swap."""

    def __call__(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait after attempt `n` (from 1), at least so many seconds.

        Returns False, at once, when the run has not that much time left.
        """


class PaperSource(Protocol):
    """Where payloads come from."""

    def fetch(self, day: date) -> Payload:
        """Return the payload of `day`; an empty day has no entries.

        Raises `SourceUnavailable`, `SourceRejected` or `PayloadError`, and `SettingsError` when
        there is no token to be had.
        """


class Store(Protocol):
    """Where artifacts live."""

    def get(self, key: str) -> StoredObject | None:
        """Return the object under `key`, or None when there is none. Raises `StoreError`."""

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Write the artifact whole, if the store still holds what was read.

        `replaces` is the ETag that was read, None when there was no object. Raises
        `StoreConflict` when another object is there by now, `StoreError` when it cannot write.
        """

    def location(self, key: str) -> str:
        """Return where a person finds `key`: a path or an S3 URL."""


class Blog(Protocol):
    """The branch of a Git repository that may receive posts and their data."""

    def tip(self, paths: Sequence[str]) -> Tip:
        """Return the branch's newest commit, and what it has under these paths.

        Raises `BlogRejected` or `BlogUnavailable`.
        """

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        """Put the files onto the tip as one commit, all or none.

        The message's first line is its headline. Raises `BlogConflict` when the branch has another
        tip by now, `BlogRejected`, or `BlogUnavailable`: then the commit may have been made.
        """


class Renderer(Protocol):
    """How editions and months look in a post, and in the blog's data. Raises `RenderError`."""

    def post(self, edition: Edition) -> bytes:
        """Return the Jekyll post of an edition."""

    def data(self, edition: Edition, updated_at: datetime) -> bytes:
        """Return the data that belongs to the post; `updated_at` is when the edition changed."""

    def month_post(self, month: Month) -> bytes:
        """Return the Jekyll post of a month."""


class SiteRenderer(Protocol):
    """How the archive looks in a browser. Raises `RenderError`."""

    @property
    def release(self) -> str:
        """A digest of the templates, words and files that pages are made of."""

    def edition(self, edition: Edition, votes: VoteRecord, neighbours: Neighbours) -> bytes:
        """Return the page of an edition."""

    def home(
        self,
        edition: Edition,
        votes: VoteRecord,
        days: Sequence[date],
        months: Sequence[MonthSpan],
    ) -> bytes:
        """Return the home page: the newest edition, the days of its month, and all months."""

    def withdrawn(self, day: date) -> bytes:
        """Return the page that stands where a withdrawn edition's was."""

    def month(self, month: Month, neighbours: Neighbours) -> bytes:
        """Return the page of a month; its neighbours are the first days of months."""

    def month_sitemap(self, month: Month) -> bytes:
        """Return the sitemap of a month's pages."""

    def sitemap(self, months: Sequence[MonthSpan]) -> bytes:
        """Return the index of all sitemaps."""

    def fixed(self) -> Mapping[str, bytes]:
        """Return the files that are the same whatever is published, by their keys."""


class FeedRenderer(Protocol):
    """How the newest editions look in feed readers. Raises `RenderError`."""

    def editions(self, stored: bytes | None, editions: Sequence[tuple[Edition, datetime]]) -> bytes:
        """Return the JSON feed of editions: the stored one, and these with their runs' times."""

    def papers(self, stored: bytes | None, editions: Sequence[tuple[Edition, datetime]]) -> bytes:
        """Return the JSON feed of papers likewise."""

    def atom(self, feed: bytes) -> bytes:
        """Return the Atom feed that says the same as a JSON feed."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a run works with. `schemas` are published as they are, by their keys.

    The renderers and `blog` are called when they are needed, not before. `rest` is what the process
    has made for runs of the same settings.
    """

    source: PaperSource
    store: Store
    renderer: Callable[[], Renderer]
    site: Callable[[], SiteRenderer]
    feeds: Callable[[], FeedRenderer]
    schemas: Mapping[str, bytes]
    pause: Pause
    blog: Callable[[], Blog] | None = None
    together: Together = one_by_one
    rest: Rest | None = None
