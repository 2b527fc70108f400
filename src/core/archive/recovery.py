"""Bring back what is broken or missing in an archive and follows from what is there."""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

from core.archive import catalog
from core.archive.health import Health
from core.archive.months import known_month
from core.archive.rebuild import Watch, publish_months, rebuild
from core.archive.seen import readable
from core.archive.writer import Writer
from core.edition import raw
from core.model import keys
from core.model.errors import PayloadError
from core.model.ports import Ports
from core.model.report import Change, Draft
from core.model.votes import Version
from core.publish import edition_of, publish_edition
from core.render import json, votes
from core.render import month as month_json


def recover(
    found: Health, now: datetime, ports: Ports, watch: Watch = lambda _: None
) -> Iterator[Change]:
    """Bring back what can be had, and yield what became of each object.

    What is right stays as it is: an edition that can be read is never replaced, and one that cannot
    only by the very bytes that its month tells of. Raises our own exceptions.
    """
    for day in found.broken:
        writer = Writer.of(ports)
        if draft := from_payload(day, ports):
            publish_edition(draft, True, ports, writer)
        yield from writer.changes
    for first in found.untidy:
        writer, key = Writer.of(ports), keys.month_json(first)
        stored = writer.look(key)
        if month := known_month(first, stored):
            writer.put(key, stored, month_json.render(month))
        yield from writer.changes
    if found.unlisted:
        publish_months(sorted({day.replace(day=1) for day in found.unlisted}), now, ports)
    yield from rebuild(now, ports, watch)


def from_payload(day: date, ports: Ports) -> Draft | None:
    """Return the edition that is told of, if its payload makes it to the byte.

    It comes with the time of the run that brought it, so its record stays as it is.
    """
    version = _told(day, Writer.of(ports))
    packed = ports.store.get(version.raw) if version and version.raw else None
    if not (version and version.raw and packed):
        return None
    try:
        payload = raw.unpacked(packed.body, day, version.raw)
        edition = edition_of(payload)
    except PayloadError:
        return None
    same = sha256(json.render(edition)).hexdigest() == version.digest
    return Draft(edition, version.at, payload) if same else None


def _told(day: date, writer: Writer) -> Version | None:
    """Return what the month, or else the vote record, tells of a day's edition."""
    first = day.replace(day=1)
    month = known_month(first, writer.known(keys.month_json(first)))
    entry = catalog.find(month, day) if month else None
    if entry:
        return Version(entry.updated_at, entry.digest, entry.raw[-1] if entry.raw else None)
    record = readable(writer.known(keys.vote_record(day)), votes.read)
    return record.versions[-1] if record and record.versions else None
