"""Publish what follows from stored editions, of all months or of those that editions came to."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from core.archive.beside import months_beside
from core.archive.editions import Editions
from core.archive.front import (
    bring_fixed,
    publish_feeds,
    publish_fixed,
    publish_front,
    publish_root,
)
from core.archive.months import known_month, publish_month
from core.archive.pages import known_root, publish_pages
from core.archive.seen import readable
from core.archive.writer import Writer
from core.model import dates, keys
from core.model.ports import Ports
from core.model.report import Change, Rendered
from core.publish import publish_beside
from core.render import json
from core.render.feed_merge import IN_FEEDS

Watch = Callable[[str], None]
GoOn = Callable[[], bool]
"""Tells whether there is time for another month."""


def rebuild(now: datetime, ports: Ports, watch: Watch = lambda _: None) -> Iterator[Change]:
    """Render all posts, pages, indexes and feeds again, and yield what became of each object.

    The editions are found by their months, which the store is asked for, one by one; no more than
    one month is held at a time. A month that is missing is made again, if the root index lists it
    or there is none. `watch` hears of each month as it ends. Raises our own exceptions.
    """
    found: list[date] = []
    newest: list[Rendered] = []
    reader = Writer.of(ports)
    firsts = {span.first for span in known_root(reader.known(keys.ROOT_INDEX)).months}
    for first in dates.months_until(now.date()):
        writer = Writer.of(ports)
        if first in firsts or not firsts:
            publish_month(first, [], Editions([]), now, writer)
        month = _stored_month(first, writer)
        if month:
            if not found:
                bring_fixed(ports, writer)
            found.append(first)
            newest = [*newest, *month][-IN_FEEDS:]
            for rendered in month:
                publish_beside(rendered, False, ports, writer)
            editions = Editions(month)
            publish_month(first, editions.days, editions, now, writer)
            publish_pages(first, editions.days, editions, ports, writer, again=True)
        yield from writer.changes
        watch(f"{first:%Y-%m}")
    if found:
        yield from _publish_rest(found, newest, ports)


def publish_months(
    firsts: Sequence[date],
    now: datetime,
    ports: Ports,
    go_on: GoOn = lambda: True,
    watch: Watch = lambda _: None,
) -> date | None:
    """Bring the catalog up to date with the editions that runs brought to these months, in order.

    Each of a month's days is looked for. When there is no time for another month, returns the one
    to go on with; else None. Raises our own exceptions.
    """
    done: list[date] = []
    found: list[date] = []
    newest: list[Rendered] = []
    publish_fixed(ports, Writer.of(ports))
    for first in firsts:
        if done and not go_on():
            break
        writer = Writer.of(ports)
        days = _days_there(first, writer)
        if days:
            publish_month(first, days, Editions([]), now, writer)
            publish_pages(first, days, Editions([]), ports, writer)
            newest = [*newest, *_stored_month(first, writer)][-IN_FEEDS:]
            found.append(first)
        done.append(first)
        watch(f"{first:%Y-%m}")
    if found:
        deque(_publish_rest(found, newest, ports), maxlen=0)
    left = firsts[len(done) :]
    return left[0] if left else None


def _publish_rest(firsts: list[date], newest: list[Rendered], ports: Ports) -> Iterator[Change]:
    """Publish what follows from all months, and yield what became of each object.

    That is the root index, links between months, and the front. What is known of a month is
    forgotten after it, or memory would grow with their number.
    """
    root, front = (Writer.of(ports) for _ in range(2))
    publish_root(firsts, ports, root)
    for first in months_beside(firsts, [], root):
        writer = Writer.of(ports)
        publish_pages(first, [], Editions([]), ports, writer)
        yield from writer.changes
    editions = Editions(newest)
    publish_feeds(editions, ports, front)
    publish_front(editions, ports, front)
    yield from (*root.changes, *front.changes)


def _days_there(first: date, writer: Writer) -> list[date]:
    """Return the days of a month that have an edition with all that stands beside it."""
    days = (first + timedelta(days=number) for number in range(31))
    of_month = [day for day in days if day.month == first.month]
    return [day for day in of_month if writer.known(keys.edition_post(day))]


def _stored_month(first: date, writer: Writer) -> list[Rendered]:
    """Return the editions that a month lists and that can be read, oldest first."""
    month = known_month(first, writer.known(keys.month_json(first)))
    entries = month.editions if month else ()
    stored = ((entry, writer.known(keys.edition_json(entry.edition.day))) for entry in entries)
    return [
        Rendered(edition, entry.updated_at, body, entry.raw[-1] if entry.raw else None)
        for entry, body in stored
        if body and (edition := readable(body, json.read))
    ]
