"""The values that Paperboy's steps take and return, all frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import PaperboyError

if TYPE_CHECKING:
    from core.commits import BlogReport


@dataclass(frozen=True, slots=True)
class Payload:
    """What the source answered for one day.

    `body` is its JSON, untouched but for the joints where a day has several pages: one array.
    `entries` are its decoded elements.
    """

    day: date
    url: str
    body: bytes
    entries: tuple[object, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Organization:
    """Who a paper is from: the source's handle, and the name that readers know."""

    name: str | None
    fullname: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry of an edition, cleaned: text on one line, `None` (or empty) where absent.

    Times are the source's own ISO 8601 text, in UTC. `submitter` is a user name there.
    `author_count` may be known where the names are not.
    """

    id: str
    title: str
    abstract: str | None = None
    ai_summary: str | None = None
    ai_keywords: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organization: Organization | None = None
    votes: int | None = None
    comments: int | None = None
    code: str | None = None
    project: str | None = None
    github_stars: int | None = None
    thumbnail: str | None = None
    media: tuple[str, ...] = ()
    published_at: str | None = None
    submitted_at: str | None = None
    submitter: str | None = None


class Origin(StrEnum):
    """Who made an edition's list of papers: the source's API, or an archive that was imported."""

    HUGGING_FACE = "huggingface"
    IMPORT = "import"


# Among the ids that an edition has withdrawn: the edition itself.
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Edition:
    """One UTC day's papers, ranked: the first has rank 1.

    `withdrawn` are the ids of papers that its owner took out, or `WHOLE` for all there may be.
    """

    day: date
    papers: tuple[Paper, ...]
    source: Origin = Origin.HUGGING_FACE
    withdrawn: tuple[str, ...] = ()


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
class Version:
    """An edition as a run published it: the run's scheduled time, and the SHA-256 of its JSON.

    `raw` is the key of the payload that it was made from, None if it was imported.
    """

    at: datetime
    digest: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """What every paper of an edition had: a time and votes by paper id, oldest first.

    The times are the scheduled times of the runs that found votes which differ. `versions` are the
    editions that they published, likewise.
    """

    day: date
    records: tuple[tuple[datetime, Mapping[str, int]], ...] = ()
    versions: tuple[Version, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to publish."""

    key: str
    body: bytes
    media_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store holds under a key; `etag` is its version, for compare-and-swap."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one run is asked to do. `now` is its scheduled time, with a time zone."""

    days: tuple[date, ...]
    now: datetime
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PostStyle:
    """How posts look: the deployment's choices.

    `permalink` may hold `{date}`; `math` turns the theme's TeX on where a post has any;
    `front_matter` is a JSON object of more front matter; an empty `author` or `permalink` is left
    out.
    """

    top: int = 10
    locale: str = "ko"
    time_zone: str = "Asia/Seoul"
    author: str = ""
    permalink: str = ""
    math: bool = False
    front_matter: str = "{}"


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
