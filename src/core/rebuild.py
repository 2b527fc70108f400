"""Publish again what follows from stored editions, after a change of templates or words."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from core import catalog, layout
from core.editions import Editions
from core.front import bring_fixed, publish_feeds, publish_front, publish_root
from core.models import Change, Rendered
from core.months import known_month, publish_month
from core.pages import known_root, publish_pages
from core.ports import Ports
from core.publish import publish_beside
from core.render import json
from core.writer import Writer, readable

# The feeds hold no more, and three months of weekdays always have as many.
IN_FEEDS = 30

Watch = Callable[[str], None]


def rebuild(now: datetime, ports: Ports, watch: Watch = lambda _: None) -> Iterator[Change]:
    """Render all posts, pages, indexes and feeds again, and yield what became of each object.

    The editions are found by their months, which the store is asked for, one by one; no more than
    one month is held at a time. A month that is missing is made again, if the root index lists it
    or there is none. `watch` hears of each month as it ends. Raises our own exceptions.
    """
    found: list[date] = []
    newest: list[Rendered] = []
    reader = Writer(ports.store, ports.pause)
    spans = known_root(reader.known(layout.ROOT_INDEX)).months
    firsts = {span.first for span in spans}
    for first in catalog.months_until(now.date()):
        writer = Writer(ports.store, ports.pause)
        if first in firsts or not firsts:
            publish_month(first, [], Editions([]), now, writer)
        month = _stored_month(first, writer)
        if month:
            if not found:
                bring_fixed(ports, writer)
            found.append(first)
            newest = [*newest, *month][-IN_FEEDS:]
            _publish_month(first, month, now, ports, writer)
        yield from writer.changes
        watch(f"{first:%Y-%m}")
    if found:
        yield from _publish_rest(found, Editions(newest), ports)


def _publish_rest(firsts: list[date], newest: Editions, ports: Ports) -> tuple[Change, ...]:
    """Publish what follows from all months: the root index, links between months, the front."""
    writer = Writer(ports.store, ports.pause)
    publish_root(firsts, ports, writer)
    for first in firsts:
        publish_pages(first, [], Editions([]), ports, writer)
    publish_feeds(newest, ports, writer)
    publish_front(newest, ports, writer)
    return writer.changes


def _stored_month(first: date, writer: Writer) -> list[Rendered]:
    """Return the editions that a month lists and that can be read, oldest first."""
    month = known_month(first, writer.known(layout.month_json(first)))
    entries = month.editions if month else ()
    stored = ((entry, writer.known(layout.edition_json(entry.edition.day))) for entry in entries)
    return [
        Rendered(edition, entry.updated_at, body, entry.raw[-1] if entry.raw else None)
        for entry, body in stored
        if body and (edition := readable(body, json.read))
    ]


def _publish_month(
    first: date, month: list[Rendered], now: datetime, ports: Ports, writer: Writer
) -> None:
    editions = Editions(month)
    for rendered in month:
        publish_beside(rendered, False, ports, writer)
    publish_month(first, editions.days, editions, now, writer)
    publish_pages(first, editions.days, editions, ports, writer)
