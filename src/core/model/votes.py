"""The votes of an edition over time, and its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Version:
    """An edition as a run published it: the run's scheduled time, and the SHA-256 of its JSON.

    `raw` is the key of the payload that it was made from, None if it was imported.
    """

    at: datetime
    digest: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class VoteHistory:
    """The votes of an edition's papers: a time and votes by paper id, oldest first.

    The times are the scheduled times of the runs that found other votes or papers; unknown votes
    are None. `versions` are the editions that those runs published.
    """

    day: date
    records: tuple[tuple[datetime, Mapping[str, int | None]], ...] = ()
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Rise:
    """A paper, the votes that it gained, and how many places it climbed; negative if it fell."""

    paper_id: str
    votes: int
    places: int


@dataclass(frozen=True, slots=True)
class Rising:
    """The papers of an edition that gained votes between two records, those with most first."""

    day: date
    since: datetime
    until: datetime
    papers: tuple[Rise, ...]


@dataclass(frozen=True, slots=True)
class Risen:
    """A paper of the edition of `day`, and how many votes it gained overnight.

    Of the paper, its id and title are enough.
    """

    day: date
    paper: Paper
    votes: int
