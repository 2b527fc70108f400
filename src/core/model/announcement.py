"""Announcements: what readers are told of an edition or a week, where, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from core.model.errors import PaperboyError


class ChannelName(StrEnum):
    """The ways in which readers and programs are told."""

    EMAIL = "email"
    SLACK = "slack"
    DISCORD = "discord"
    TELEGRAM = "telegram"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class AnnounceStyle:
    """What an owner configured in `[announce]`.

    An edition is due at its first run if `at` is None, else at the first run at or after this time
    of its day in `time_zone`. `top` papers are named. Only those of `topics`, if there are any.
    With `weekly`, each week is announced on the Monday after it. `title` is the newspaper's name.
    """

    channels: tuple[ChannelName, ...]
    at: time | None = None
    time_zone: str = "Asia/Seoul"
    language: str = "ko"
    top: int = 5
    topics: tuple[str, ...] = ()
    weekly: bool = False
    title: str = "Paperboy"


@dataclass(frozen=True, slots=True)
class Item:
    """A paper in a message: plain texts on one line, without bidirectional controls.

    `rank` is its place in the edition, or in the week. `byline` has its votes and its organisation,
    in words. A text is empty where the paper has none. `url` is encoded.
    """

    rank: int
    id: str
    title: str
    url: str
    votes: int | None
    organization: str
    summary: str
    byline: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is told of an edition, or of a week if `day` is None; texts as in `Item`.

    `name` is the day or the week. `subject` has the name and the best paper's title. `papers` and
    `votes` count the whole edition, and `items` are its best papers. `url` leads to all of them,
    and `more` is the text of this link. `keys` are the edition's objects by their kinds; `store` is
    where these are, and `site` the site's address, empty where there is none.
    """

    name: str
    subject: str
    heading: str
    counts: str
    items: tuple[Item, ...]
    more: str
    url: str
    papers: int
    votes: int | None
    day: date | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    site: str = ""


class ToldStatus(StrEnum):
    """How it ended to tell one channel: the words of the record and of the report.

    `WAITING`: there is something to tell, and its time has not come. `CLAIMED`: a run is telling
    it, or was interrupted. `UNSURE`: the channel may have taken the message, but gave no answer; it
    is not told again.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    UNSURE = "unsure"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the channel is not told again."""
        return self in (ToldStatus.SENT, ToldStatus.UNSURE)


@dataclass(frozen=True, slots=True)
class Announced:
    """How it ended to tell one channel of an edition or week, by its `name`."""

    name: str
    channel: ChannelName
    status: ToldStatus
    error: PaperboyError | None = None


@dataclass(frozen=True, slots=True)
class AnnounceReport:
    """What a run announced; empty if nothing was due.

    `error` is the first problem that belongs to no channel, such as a record that cannot be read.
    """

    announced: Sequence[Announced] = ()
    error: PaperboyError | None = None

    def errors(self) -> list[PaperboyError]:
        """Return what went wrong, in order."""
        found = [one.error for one in self.announced if one.error and not one.status.is_over]
        return [*found, *([self.error] if self.error else [])]

    def problems(self) -> int:
        """Return how often something went wrong; a message without an answer counts, too."""
        return sum(1 for one in self.announced if one.error) + bool(self.error)
