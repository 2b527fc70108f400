"""Bring editions one by one; what is shared by many follows when all have come."""

from collections.abc import Iterator
from datetime import date, datetime

from core.archive.months import known_month
from core.archive.writer import Writer
from core.edition import raw
from core.model import keys
from core.model.errors import PaperboyError, StoreError
from core.model.month import MonthEdition
from core.model.ports import Ports
from core.model.report import Draft, EditionReport, Status
from core.publish import edition_of, fetch, publish_edition

THERE = "it is there"


def bring_edition(day: date, now: datetime, force: bool, ports: Ports) -> EditionReport:
    """Fetch a day and publish its own files, if they are missing; with `force` in any case.

    A day that is there costs one read. Our own exceptions end up in the report.
    """
    writer = Writer.of(ports)
    try:
        # The last of a day's own files: with it, all are there.
        if not force and writer.read(keys.edition_post(day)):
            return EditionReport(day, Status.UNCHANGED, reason=THERE)
        return publish_edition(fetch(day, now, ports), force, ports, writer)[0]
    except PaperboyError as error:
        return EditionReport(day, Status.FAILED, changes=writer.changes, error=error)


def bring_from_payloads(first: date, now: datetime, ports: Ports) -> Iterator[EditionReport]:
    """Publish the editions of a month again, from the payloads that they were made from.

    An edition without one, as imported ones are, is left alone. Our own exceptions end up in the
    reports.
    """
    month = known_month(first, Writer.of(ports).read(keys.month_json(first)))
    for entry in month.editions if month else ():
        if entry.raw:
            writer = Writer.of(ports)
            try:
                draft = _from_payload(entry, now, writer)
                yield publish_edition(draft, True, ports, writer)[0]
            except PaperboyError as error:
                changes = writer.changes
                yield EditionReport(entry.edition.day, Status.FAILED, changes=changes, error=error)


def _from_payload(entry: MonthEdition, now: datetime, writer: Writer) -> Draft:
    """Return an edition as its payload makes it. Raises `StoreError` and `PayloadError`."""
    day, key = entry.edition.day, entry.raw[-1]
    where = writer.store.location(key)
    packed = writer.read(key) if key.startswith(f"{keys.RAW}{day}/") else None
    if packed is None:
        raise StoreError("the payload is missing: fetch the day again with force", where)
    found = raw.unpacked(packed, day, where)
    return Draft(edition_of(found), now, found)
