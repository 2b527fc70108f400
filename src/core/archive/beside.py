"""Which months' links have to change when others come into the archive, or go."""

from collections.abc import Collection
from datetime import date

from core.archive import catalog
from core.archive.pages import known_root, listed
from core.archive.seen import Read
from core.archive.writer import Writer
from core.model import keys
from core.model.month import Neighbours
from core.model.report import Action


def months_beside(firsts: Collection[date], days: Collection[date], writer: Writer) -> list[date]:
    """Return the months whose links have to change, now that these are in the root index.

    They are around these months, where one of these days is at a month's edge or a month's index
    has changed, and where they do not lead to its edge; and the month itself, where it does not
    lead to those around it: another run may have brought one of these before the root index had
    this one.
    """
    # Who is the last to bring its month into the root index, has to see the months around it.
    indexes = [keys.ROOT_INDEX, *map(keys.month_index, firsts)]
    read = writer.now(indexes) if writer.seen.puts else writer.known
    root = known_root(read(keys.ROOT_INDEX))
    changed = {change.key for change in writer.changes if change.action != Action.UNCHANGED}
    beside: set[date | None] = set()
    for first in firsts:
        there, near = listed(first, read), catalog.months_around(root, first)
        own = list(there)
        if there != catalog.links(own, catalog.edges(root, first)):
            beside.add(first)
        if not own and read(keys.month_index(first)):
            beside |= {near.previous, near.next}
        news = keys.month_index(first) in changed
        if own and (news or own[0] in days or _edges(near.previous, read).next != own[0]):
            beside.add(near.previous)
        if own and (news or own[-1] in days or _edges(near.next, read).previous != own[-1]):
            beside.add(near.next)
    return sorted(month for month in beside if month)


def _edges(first: date | None, read: Read) -> Neighbours:
    """Return what the index of a month has around the month."""
    around = list(listed(first, read).values()) if first else []
    return Neighbours(around[0].previous, around[-1].next) if around else Neighbours()
