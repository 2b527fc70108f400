"""The interfaces through which the core reaches the outside.

An implementation raises only our exceptions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from core.model.announcement import Message
from core.model.blog import BlogFile, Commit, Tip
from core.model.objects import Artifact, ListedObject, StoredObject
from core.model.paper import Edition, Paper, Payload
from core.model.period import Period
from core.model.topic import Match, Topic
from core.model.votes import Risen

Remaining = Callable[[], float]
"""Returns how many seconds are left of the run."""

Value = TypeVar("Value")


class Together(Protocol):
    """Makes calls that wait for input or output, several at once where that is faster."""

    def __call__(self, calls: Sequence[Callable[[], Value]]) -> list[Value]:
        """Return the results of the calls, in their order, when all have ended.

        If calls failed, raises the error of the first one in that order.
        """


def one_by_one(calls: Sequence[Callable[[], Value]]) -> list[Value]:
    """Make each call when the one before it has ended."""
    return [call() for call in calls]


class Pause(Protocol):
    """Waits between two attempts."""

    def __call__(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait after attempt `n` (from 1), at least so many seconds and at most two more.

        Returns False at once when the run has less time left.
        """


class PaperSource(Protocol):
    """Where payloads come from."""

    def fetch(self, day: date) -> Payload:
        """Return the payload of `day`; an empty day has no entries.

        Raises `SourceUnavailable`, `SourceRejected` or `PayloadError`, and `SettingsError` when
        the token cannot be read.
        """


class Store(Protocol):
    """Where objects live."""

    def get(self, key: str) -> StoredObject | None:
        """Return the object under `key`, or None when there is none. Raises `StoreError`."""

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        """Write the artifact whole, if the store still holds what was read; return its ETag.

        `replaces` is the ETag that was read, None when there was no object. Raises
        `StoreConflict` when the object has changed since, `StoreError` when it cannot write.
        After either error, the artifact may have been written nevertheless.
        """

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield all objects whose keys begin with `prefix`, in the order of keys.

        Raises `StoreError`.
        """

    def now(self) -> float:
        """Return the store's time, in seconds since the epoch."""

    def holder(self) -> str:
        """Return a name for the process that writes, empty if the store needs none."""

    def is_gone(self, holder: str) -> bool:
        """Return whether the process that `holder` names is known to have ended."""

    def location(self, key: str) -> str:
        """Return the place of `key` for messages: a path or an S3 URL."""


class Blog(Protocol):
    """The branch of a Git repository that may receive posts and their data."""

    def tip(self, paths: Sequence[str]) -> Tip:
        """Return the branch's newest commit, and what it has under these paths.

        Raises `BlogRejected` or `BlogUnavailable`.
        """

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        """Put the files onto the tip as one commit, all or none.

        The message's first line is its headline. Raises `BlogConflict` when the branch's tip has
        changed, `BlogRejected`, or `BlogUnavailable`: then the commit may have been made.
        """


class Channel(Protocol):
    """A way to tell readers or programs: it is sent a message of an edition or a week."""

    def send(self, message: Message) -> None:
        """Send the message once.

        Raises `AnnounceRejected`, `AnnounceUnavailable`, or `AnnounceUnsure` when the channel may
        have taken the message without an answer; `SettingsError` when its secret cannot be read.
        """


class TopicRules(Protocol):
    """The rules of the owner's topics."""

    @property
    def topics(self) -> Sequence[Topic]:
        """The topics, in the order of the configuration."""

    def matches(self, paper: Paper) -> tuple[Match, ...]:
        """Return the topics that a paper has, in their order, and why."""


class Renderer(Protocol):
    """Renders editions, weeks and months as posts and as the blog's data. Raises `RenderError`."""

    @property
    def has_risen(self) -> bool:
        """Whether a day's post shows what rose since the day before."""

    def post(
        self,
        edition: Edition,
        rose: Sequence[Risen] = (),
        topics: Mapping[str, Sequence[Match]] = {},
    ) -> bytes:
        """Return the Jekyll post of an edition.

        `rose` are papers of the edition before that gained votes overnight, those with most first.
        `topics` are those of papers by the papers' ids.
        """

    def data(self, edition: Edition) -> bytes:
        """Return the data that belongs to the post."""

    def period_post(self, period: Period) -> bytes:
        """Return the Jekyll post of a week or month."""
