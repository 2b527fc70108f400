"""Publish the JSON of a month, which everything else of the month follows from."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256

from core.archive import catalog
from core.archive.editions import Editions
from core.archive.seen import Look, Outcomes, Read, readable
from core.archive.writer import Writer
from core.edition.vote_history import changed_at, payloads
from core.model import dates, keys
from core.model.month import Month, MonthEdition
from core.model.objects import StoredObject
from core.model.paper import Edition
from core.model.report import Keep
from core.model.votes import VoteRecord
from core.render import index, votes
from core.render import month as month_json

Facts = dict[date, tuple[bytes, bytes | None]]
"""What the month tells of days follows from: the JSON of their editions, and their vote records."""


def publish_month(
    first: date, days: Collection[date], editions: Editions, now: datetime, writer: Writer
) -> None:
    """Bring the month that begins on `first` up to date with the editions of these days.

    A month that is missing is made of all its editions. `now` is the time of what has no record.
    """

    def derive(facts: Facts, look: Look) -> Outcomes:
        key = keys.month_json(first)
        stored = look(key)
        known = known_month(first, stored)
        month = known or Month(first)
        for body, record in (facts if known else _others(first, writer) | facts).values():
            if edition := editions.read(body):
                month = catalog.with_edition(month, _entry(edition, body, record, now))
        if not (month.editions or known):
            return {key: Keep("it has no editions")}
        same = stored and month == known
        return {key: stored.body if stored and same else month_json.render(month)}

    at = (keys.month_json(first),)
    writer.follow(partial(_gather, days), derive, at, keys.of_days(days))


def lacking_months(firsts: Collection[date], writer: Writer) -> list[date]:
    """Return which months before these are missing, where one of these begins: time to look."""
    before = {dates.last_month(first) for first in firsts if _is_lacking(first, writer)}
    return sorted(first for first in before - set(firsts) if _is_lacking(first, writer))


def known_month(first: date, stored: StoredObject | bytes | None) -> Month | None:
    """Return the month that is stored; what nobody can read, or is another month, is none."""
    month = readable(stored, month_json.read)
    return month if month and month.first == first else None


def _is_lacking(first: date, writer: Writer) -> bool:
    return not known_month(first, writer.known(keys.month_json(first)))


def _gather(days: Collection[date], read: Read) -> Facts:
    bodies = {day: read(keys.edition_json(day)) for day in days}
    return {day: (body, read(keys.vote_record(day))) for day, body in bodies.items() if body}


def _others(first: date, writer: Writer) -> Facts:
    """Read all editions of a month that does not hold them: 31 reads, and two for each that is.

    Without `latest` nothing was ever published, and there are none.
    """
    if not writer.known(keys.LATEST_JSON):
        return {}
    days = (first + timedelta(days=number) for number in range(31))
    found = _gather([day for day in days if day.month == first.month], writer.read)
    # Without its post, an edition that is not listed is still on its way: its run adds it.
    listed = readable(writer.read(keys.month_index(first)), index.read_links) or {}
    return {
        day: found[day] for day in found if day in listed or writer.read(keys.edition_post(day))
    }


def _entry(edition: Edition, body: bytes, record: bytes | None, now: datetime) -> MonthEdition:
    """Return what the month tells of an edition, which is all in its JSON and its record."""
    known, digest = readable(record, votes.read) or VoteRecord(edition.day), _digest(body)
    at, raw = changed_at(known, digest) or now, payloads(known, digest)
    return MonthEdition(edition, digest, at, raw, _digest(record) if record else None)


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()
