"""Tell the channels of what is due: note what is new, claim, send, and record, each channel once.

An error never leaves this module: it is in the report, and the next run tries again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from core.announce.message import Writer
from core.announce.record import Records, Told
from core.announce.when import Due, due, first_published, needed_months
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
from core.model.retry import retry
from core.model.text import bounded

# Seconds that one attempt to send may take.
LONGEST_SEND = 10.0
# How many seconds a run waits at most for a channel that asks to wait; else the next run tries.
LONGEST_WAIT = 5.0
TRIES: Mapping[type[PaperboyError], int] = {AnnounceUnavailable: 2}
# How many seconds records may take when the time of the channels is over.
RESERVE = 10.0


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
        # Before anything is sent, which may take all the time.
        for day in first_published(archive, now, scheduled):
            try:
                teller.note(day)
            except StoreError as error:
                problem = problem or error
        for one in due(archive, now, teller.announcing.style):
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
        self._records = Records(ports.store, ports.token(), self._pause)
        # A channel that has failed is left to the next run.
        self._failed: set[ChannelName] = set()
        self._writer = Writer(
            announcing.templates,
            announcing.style,
            announcing.site,
            ports.store.location(""),
        )

    def note(self, day: date) -> None:
        """Record that the channels wait for a new edition. Raises `StoreError`."""
        self._records.note(Due(day).name, self.announcing.style.channels)

    def tell(self, archive: Archive, one: Due) -> Iterator[Announced]:
        """Tell the channels that have not heard of an edition or week; yield how each ended.

        Raises `StoreError` if the record cannot be read or written.
        """
        wanted = [
            name
            for name in self.announcing.style.channels
            if name not in self._failed and not (one.is_week and name == ChannelName.EVENT)
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
        """Send a message to a channel, also if it was told before; record it if it was sent.

        Raises `StoreError`.
        """
        ended = self.send(message, name)
        self._write(ended)
        return ended

    def send(self, message: Message, name: ChannelName) -> Announced:
        """Send a message to a channel, without a record."""
        try:
            if self.announcing.remaining() < LONGEST_SEND:
                raise AnnounceUnavailable("the time for announcements is over", name)
            channel = self.announcing.channels[name]()
            retry(lambda _: channel.send(message), TRIES, self._patience)
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
            if not ended.status.is_over:
                self._failed.add(name)
            try:
                self._write(ended)
            except StoreError as problem:
                # When the claim has ended, another run tells the channel again.
                yield replace(ended, status=ToldStatus.CLAIMED, error=ended.error or problem)
            else:
                yield ended

    def _write(self, ended: Announced) -> None:
        """Record how it ended to tell a channel. Raises `StoreError`."""
        error = bounded(str(ended.error)) if ended.error else ""
        self._records.write(ended.name, ended.channel, Told(ended.status, error=error))

    def _read(self, day: date) -> Edition | None:
        return read_edition(self.ports.store.get(keys.edition_json(day)), day)

    def _patience(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait as a channel asks, and return whether to send again.

        A channel that asks for nothing, or for too long, is left to the next run.
        """
        most = min(LONGEST_WAIT, self.announcing.remaining() - LONGEST_SEND)
        return 0.0 < at_least <= most and self.ports.pause(attempt, at_least)

    def _pause(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait before another attempt to write a record, while there is time."""
        return self.announcing.remaining() > -RESERVE and self.ports.pause(attempt, at_least)


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
