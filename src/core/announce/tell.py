"""Tell the channels of what is due: claim, send, and record, each channel once.

An error never leaves this module: it is in the report, and the next run tries again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from core.announce.message import Writer
from core.announce.record import Records, Told
from core.announce.when import Due, due, needed_months
from core.archive.ports import Announcing, Ports
from core.archive.read import read_archive, read_edition
from core.archive.state import Archive
from core.model import keys
from core.model.announcement import (
    Announced,
    AnnounceReport,
    ChannelName,
    Message,
    ToldStatus,
)
from core.model.errors import (
    AnnounceError,
    AnnounceUnavailable,
    AnnounceUnsure,
    PaperboyError,
    StoreError,
)
from core.model.paper import Edition
from core.model.ports import Pause
from core.model.retry import retry
from core.model.text import bounded

# Seconds that one attempt to send may take.
LONGEST_SEND = 10.0
# How many seconds a run waits at most for a channel that asks to wait; else the next run tries.
LONGEST_WAIT = 5.0
TRIES: Mapping[type[PaperboyError], int] = {AnnounceUnavailable: 2}


def announce(archive: Archive, scheduled: datetime, ports: Ports) -> AnnounceReport:
    """Tell each channel of each edition and week that is due and that it has not heard of.

    `archive` is as it was committed; months that it lacks are read. `scheduled` is the run's
    scheduled time. What is news is judged by the store's clock, if that is later: an event may be
    sent again days after its time.
    """
    announced: list[Announced] = []
    problem: PaperboyError | None = None
    try:
        if ports.announcing is None:
            return AnnounceReport()
        teller = Teller(ports, ports.announcing())
        now = max(scheduled, datetime.fromtimestamp(ports.store.now(), UTC))
        archive = _with_months(archive, now, teller)
        for one in due(archive, now, teller.announcing.style, scheduled):
            try:
                announced += teller.tell(archive, one)
            except PaperboyError as error:
                problem = problem or error
    except PaperboyError as error:
        problem = error
    except Exception as error:  # noqa: BLE001 (an announcement never fails a run)
        problem = _unexpected(error)
    return AnnounceReport(tuple(announced), problem)


class Teller:
    """Tells the channels of one run."""

    def __init__(self, ports: Ports, announcing: Announcing) -> None:
        self.ports, self.announcing = ports, announcing
        self._records = Records(ports.store, ports.token(), ports.pause)
        self._writer = Writer(
            announcing.templates,
            announcing.style,
            announcing.site,
            ports.store.location(""),
        )

    def tell(self, archive: Archive, one: Due) -> Iterator[Announced]:
        """Tell the channels that have not heard of an edition or week; yield how each ended.

        Raises `StoreError` if the record cannot be read or written.
        """
        wanted = [
            name
            for name in self.announcing.style.channels
            if not (one.is_week and name == ChannelName.EVENT)
        ]
        wanted = self._records.open(one.name, wanted, again=one.again)
        if not wanted or self.announcing.remaining() < LONGEST_SEND:
            return
        message = self.message(archive, one)
        wanted = [name for name in wanted if message and _has_news(name, message)]
        if message and wanted:
            claimed = self._records.claim(one.name, wanted, again=one.again)
            yield from self._send_all(message, claimed)

    def message(self, archive: Archive, one: Due) -> Message | None:
        """Return the message of an edition or week, None if it is not there. Raises `StoreError`.

        Editions are read now, so that papers that were just withdrawn are not in it.
        """
        if one.is_week:
            return self._writer.week(archive.week(one.day), self._read)
        edition, entry = self._read(one.day), archive.find(one.day)
        if not edition or not edition.papers:
            return None
        return self._writer.edition(edition, entry.topics if entry else {})

    def greeting(self) -> Message:
        """Return a message that only tests a channel."""
        return self._writer.greeting()

    def send_again(self, message: Message, name: ChannelName) -> Announced:
        """Send a message to a channel, also if it was told before, and record it.

        Raises `StoreError`.
        """
        claimed = self._records.claim(message.name, [name], forced=True)
        return next(iter(self._send_all(message, claimed)))

    def send(self, message: Message, name: ChannelName) -> Announced:
        """Send a message to a channel, without a record."""
        try:
            if self.announcing.remaining() < LONGEST_SEND:
                raise AnnounceUnavailable("the time for announcements is over", name)
            channel = self.announcing.channels[name]()
            retry(lambda _: channel.send(message), TRIES, self._patience())
        except AnnounceUnsure as error:
            return Announced(message.name, name, ToldStatus.UNSURE, error)
        except PaperboyError as error:
            return Announced(message.name, name, ToldStatus.FAILED, error)
        except Exception as error:  # noqa: BLE001 (an announcement never fails a run)
            return Announced(message.name, name, ToldStatus.FAILED, _unexpected(error, name))
        return Announced(message.name, name, ToldStatus.SENT)

    def _send_all(self, message: Message, names: list[ChannelName]) -> Iterator[Announced]:
        """Send a message to channels that are claimed, and record how each ended."""
        for name in names:
            ended = self.send(message, name)
            error = bounded(str(ended.error)) if ended.error else ""
            try:
                self._records.write(message.name, name, Told(ended.status, error=error))
            except StoreError as problem:
                # When the claim has ended, another run tells the channel again.
                yield replace(ended, status=ToldStatus.CLAIMED, error=ended.error or problem)
            else:
                yield ended

    def _read(self, day: date) -> Edition | None:
        return read_edition(self.ports.store.get(keys.edition_json(day)), day)

    def _patience(self) -> Pause:
        """Return a pause that gives up if a channel asks to wait too long."""

        def pause(attempt: int, at_least: float = 0.0) -> bool:
            left = self.announcing.remaining() - LONGEST_SEND
            return at_least <= min(LONGEST_WAIT, left) and self.ports.pause(attempt, at_least)

        return pause


def _has_news(name: ChannelName, message: Message) -> bool:
    """Return whether a channel has anything to say: programs are told of each edition."""
    return name == ChannelName.EVENT or bool(message.items)


def _with_months(archive: Archive, now: datetime, teller: Teller) -> Archive:
    """Return the archive with all months that are looked at. Raises `StoreError`."""
    lacking = needed_months(archive, now, teller.announcing.style)
    if not lacking:
        return archive
    read = read_archive(lacking, [], teller.ports).archive
    return Archive(archive.root, {**archive.months, **read.months})


def _unexpected(error: Exception, channel: str = "") -> AnnounceError:
    """Return our error for a bug, whose own message may hold anything."""
    return AnnounceError(f"an unexpected {type(error).__name__}", channel)
