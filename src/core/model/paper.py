"""A paper, the edition that holds it, and the payload that an edition is made from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Payload:
    """What the source answered for one day.

    `body` is its JSON, one array. It is unchanged, except that a day's pages are joined into one
    array. `entries` are its decoded elements.
    """

    day: date
    url: str
    body: bytes
    entries: tuple[object, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Organization:
    """A paper's organisation: its handle at the source, and its full name."""

    name: str | None
    fullname: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry of an edition, cleaned: text on one line, `None` (or empty) where absent.

    Times are the source's own ISO 8601 text, in UTC. `submitter` is a user name at the source.
    `author_count` may be known when the names are not.
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
    """Where an edition's list of papers comes from: the source's API, or an imported archive."""

    HUGGING_FACE = "huggingface"
    IMPORT = "import"


# In `Edition.withdrawn`: the edition as a whole.
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Edition:
    """One UTC day's papers, ranked: the first has rank 1.

    `withdrawn` are the ids of papers that the archive's owner withdrew, or `WHOLE` for the whole
    edition. `updated_at` is the scheduled time of the run that published its content; None before
    it is published.
    """

    day: date
    papers: tuple[Paper, ...]
    source: Origin = Origin.HUGGING_FACE
    withdrawn: tuple[str, ...] = ()
    updated_at: datetime | None = None
