"""A paper, the edition that holds it, and the payload that an edition is made from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


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
    `updated_at` is the scheduled time of the run that published its content; None
    before that.
    """

    day: date
    papers: tuple[Paper, ...]
    source: Origin = Origin.HUGGING_FACE
    withdrawn: tuple[str, ...] = ()
    updated_at: datetime | None = None
