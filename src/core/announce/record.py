"""The record of an announcement, `told/D.json`: which channels wait, and which were told.

A run claims channels by compare-and-swap before it tells them, so no other run tells the same ones.
A claim ends at a time of the store's clock: if its run was interrupted, a later one claims again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.model import keys
from core.model.announcement import ChannelName, ToldStatus
from core.model.errors import StoreConflict, StoreError
from core.model.ports import Pause, Store

SCHEMA_VERSION = 1
# Seconds that a claim lasts: longer than all announcements of a run may take.
DURATION = 120.0
ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended to tell one channel; `error` is why it failed.

    Of a claim, `token` is its run's, and `until` is when it ends by the store's clock.
    """

    status: ToldStatus
    token: str = ""
    until: float = 0.0
    error: str = ""

    def is_open(self, now: float) -> bool:
        """Return whether a run may claim the channel at a time of the store's clock."""
        if self.status == ToldStatus.CLAIMED:
            return self.until <= now
        return not self.status.is_over


@dataclass(frozen=True, slots=True)
class Record:
    """The channels of one announcement. Channels that nobody has claimed are not in it."""

    name: str
    channels: Mapping[ChannelName, Told] = field(default_factory=dict)

    def open(
        self, wanted: Iterable[ChannelName], now: float, *, again: bool = False
    ) -> list[ChannelName]:
        """Return the channels to claim; with `again`, only those that are in the record."""
        found = []
        for channel in wanted:
            told = self.channels.get(channel)
            if told.is_open(now) if told else not again:
                found.append(channel)
        return found

    def having(self, told: Mapping[ChannelName, Told]) -> "Record":
        """Return the record with these channels."""
        return replace(self, channels={**self.channels, **told})


def render(record: Record) -> bytes:
    """Return a record as JSON."""
    channels = {str(name): _as_json(told) for name, told in sorted(record.channels.items())}
    document = {"schema_version": SCHEMA_VERSION, "name": record.name, "channels": channels}
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()


def read(body: bytes) -> Record:
    """Return the record in a JSON document. Raises ValueError for any other document."""
    try:
        document = json.loads(body)
        if document["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"the record has version {document['schema_version']}")
        channels = {
            ChannelName(name): Told(
                ToldStatus(told["status"]),
                str(told.get("token", "")),
                float(told.get("until", 0.0)),
                str(told.get("error", "")),
            )
            for name, told in document["channels"].items()
        }
        return Record(str(document["name"]), channels)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("is not a record of announcements") from error


class Records:
    """Claims channels in a store's records, and writes how it ended to tell them."""

    def __init__(self, store: Store, token: str, pause: Pause) -> None:
        """`token` is the run's own; `pause` waits between attempts to write a record."""
        self._store, self._token, self._pause = store, token, pause

    def note(self, name: str, channels: Iterable[ChannelName]) -> None:
        """Write that channels wait for an announcement, where they have not heard of it yet.

        Raises `StoreError`.
        """
        waiting = dict.fromkeys(channels, Told(ToldStatus.WAITING))
        self._change(name, lambda record: replace(record, channels={**waiting, **record.channels}))

    def claim(
        self, name: str, wanted: Iterable[ChannelName], *, again: bool = False
    ) -> list[ChannelName]:
        """Claim channels of an announcement, and return those that are now this run's to tell.

        Raises `StoreError`.
        """
        wanted = list(wanted)
        claimed: list[ChannelName] = []

        def claims(record: Record) -> Record:
            claimed[:] = self._mine(record, wanted)
            if claimed:
                # An earlier attempt was written, though its answer was lost.
                return record
            now = self._store.now()
            claimed[:] = record.open(wanted, now, again=again)
            claim = Told(ToldStatus.CLAIMED, self._token, now + DURATION)
            return record.having(dict.fromkeys(claimed, claim))

        self._change(name, claims)
        return claimed

    def write(self, name: str, channel: ChannelName, told: Told) -> None:
        """Write how it ended to tell a channel. Raises `StoreError`.

        A failure replaces nothing but this run's own claim.
        """

        def ends(record: Record) -> Record:
            known = record.channels.get(channel)
            is_ours = known is not None and known.token == self._token
            return record.having({channel: told}) if is_ours or told.status.is_over else record

        self._change(name, ends)

    def open(
        self, name: str, wanted: Iterable[ChannelName], *, again: bool = False
    ) -> list[ChannelName]:
        """Return the channels that this run could claim. Raises `StoreError`."""
        return self._read(name)[0].open(wanted, self._store.now(), again=again)

    def _mine(self, record: Record, wanted: Iterable[ChannelName]) -> list[ChannelName]:
        now = self._store.now()
        return [
            name
            for name in wanted
            if (told := record.channels.get(name))
            and told.status == ToldStatus.CLAIMED
            and told.token == self._token
            and told.until > now
        ]

    def _change(self, name: str, change: Callable[[Record], Record]) -> None:
        """Replace a record by what `change` returns for it, unless that is the same.

        After an error of the store, the record is read: it may have been written nevertheless.
        """
        key = keys.told(name)
        problem: StoreError = StoreConflict("was changed too often", self._store.location(key))
        for attempt in range(1, ATTEMPTS + 1):
            record, etag = self._read(name)
            changed = change(record)
            if changed == record:
                return
            artifact = keys.artifact(key, render(changed))
            try:
                self._store.put(artifact, replaces=etag)
            except StoreError as error:
                problem = error
                if not self._pause(attempt):
                    break
            else:
                return
        raise problem

    def _read(self, name: str) -> tuple[Record, str | None]:
        """Return the record and its ETag.

        Raises `StoreError` if it cannot be read: without it, channels could be told twice.
        """
        key = keys.told(name)
        stored = self._store.get(key)
        if stored is None:
            return Record(name), None
        try:
            return read(stored.body), stored.etag
        except ValueError as error:
            problem = f"{error}: delete it to announce again"
            raise StoreError(problem, self._store.location(key)) from error


def _as_json(told: Told) -> dict[str, Any]:
    fields: dict[str, Any] = {"status": str(told.status)}
    if told.status == ToldStatus.CLAIMED:
        fields |= {"token": told.token, "until": told.until}
    return {**fields, **({"error": told.error} if told.error else {})}
