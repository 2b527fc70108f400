"""What is searched of a month, brought up to date: it holds what it held before."""

from collections.abc import Mapping, Sequence
from datetime import date

from core.archive.editions import Editions
from core.archive.seen import Look, body_of, readable
from core.model import keys
from core.model.objects import StoredObject
from core.render import search


def shard(
    first: date,
    days: Sequence[date],
    stored: StoredObject | None,
    bodies: Mapping[date, bytes],
    editions: Editions,
    look: Look,
) -> bytes:
    """Return the shard of a month that has pages of these days.

    `bodies` are the editions that the run brings; what else the stored one lacks is looked at.
    """
    known = readable(stored, lambda body: search.read(first, body)) or {}
    known = {day: papers for day, papers in known.items() if date.fromisoformat(day) in days}
    found: dict[date, bytes | None] = {**bodies}
    for day in days:
        # What a run that ended midway has left out, or a shard that is missing.
        if day not in found and str(day) not in known:
            found[day] = body_of(look(keys.edition_json(day)))
    brought = filter(None, map(editions.read, found.values()))
    return search.render(first, search.with_editions(known, brought))
