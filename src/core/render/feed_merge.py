"""What feeds say, and how editions come into them. All that has to be known is in the feed itself.

The id of an entry never changes. Its `modified` is the time of the run that brought the last change
of what it says, and never goes back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha1
from itertools import groupby

from core.model import links
from core.model.feed import Entry, Feed
from core.model.paper import Edition

# Editions that the feeds reach back over at most.
IN_FEEDS = 30
# The namespace of addresses, of RFC 9562.
ADDRESSES = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")


Make = Callable[[Edition, datetime], Iterable[Entry]]
"""Returns an edition's entries as if they were new, by a run of that time."""


def lasting_id(address: str) -> str:
    """Return the id of what an address stands for: the same wherever the site is.

    It is a UUID of version 5, as `uuid` makes them, whose import takes 1 ms of a cold start.
    """
    digest = bytearray(sha1(ADDRESSES + address.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # the version
    digest[8] = digest[8] & 0x3F | 0x80  # the variant
    digits = digest.hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def edition_id(day: date) -> str:
    """Return the id of an edition's entry."""
    return lasting_id(links.day_page(day))


def paper_id(day: date, paper: str) -> str:
    """Return the id of a paper's entry: another one on each day that the paper is seen."""
    return lasting_id(f"{links.day_page(day)}#{paper}")


def merge(
    stored: Feed, editions: Sequence[tuple[Edition, datetime]], make: Make, most: int
) -> Feed:
    """Return the feed with the newest editions' entries, newest first, at most so many editions.

    They are the stored ones, but what `make` returns for these editions, each with the time of its
    run. An edition without papers has no entries. In which order days come makes no difference.
    """
    shown, vanished = (_by_day(entries) for entries in (stored.entries, stored.vanished))
    ours = {edition.day: (edition, now) for edition, now in editions}
    days = (shown.keys() - ours.keys()) | {day for day in ours if ours[day][0].papers}
    newest = sorted(days, reverse=True)[:most]
    for day in newest:
        if day in ours:
            known = (*shown.get(day, ()), *vanished.get(day, ()))
            shown[day] = tuple(_kept(known, make(*ours[day])))
            ids = {entry.id for entry in shown[day]}
            # What was withdrawn is kept nowhere.
            ids |= {paper_id(day, paper) for paper in ours[day][0].withdrawn}
            vanished[day] = tuple(entry for entry in known if entry.id not in ids)
    return replace(
        stored,
        entries=tuple(entry for day in newest for entry in shown[day]),
        vanished=tuple(entry for day in newest for entry in vanished.get(day, ())),
    )


def _by_day(entries: Iterable[Entry]) -> dict[date, tuple[Entry, ...]]:
    return {day: tuple(own) for day, own in groupby(entries, Entry.day)}


def _kept(stored: Iterable[Entry], made: Iterable[Entry]) -> Iterator[Entry]:
    """Yield what was made; where it says what is stored, that is yielded."""
    known = {entry.id: entry for entry in stored}
    for entry in made:
        before = known.get(entry.id)
        if before is None:
            yield entry
        elif before == replace(entry, modified=before.modified):
            yield before
        else:
            yield replace(entry, modified=max(before.modified, entry.modified))
