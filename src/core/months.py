"""Publish what follows from the editions of a month: its JSON, and its post."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import groupby

from core import catalog, layout
from core.models import Keep, Month, Rendered, StoredObject
from core.ports import Ports
from core.render import json
from core.render import month as month_json
from core.writer import Leaders, Writer, read_all, readable


def publish_months(
    editions: Sequence[Rendered], now: datetime, ports: Ports, writer: Writer
) -> None:
    """Bring the months of these editions up to date."""
    if editions:
        _publish_schemas(ports, writer)
    ordered = sorted(editions, key=lambda rendered: rendered.edition.day)
    for first, group in groupby(ordered, lambda one: catalog.first_of_month(one.edition.day)):
        if _publish_month(first, list(group), now, ports, writer):
            # A new month begins: time to see that the one before is there.
            before = catalog.last_month(first)
            if not known_month(before, ports.store.get(layout.month_json(before))):
                _publish_month(before, [], now, ports, writer)


def _publish_month(
    first: date, editions: Sequence[Rendered], now: datetime, ports: Ports, writer: Writer
) -> bool:
    """Bring a month up to date with these editions; tell whether it had no JSON before."""
    key = layout.month_json(first)
    leaders = {layout.edition_json(rendered.edition.day): rendered.json for rendered in editions}
    body = writer.follow(key, leaders, _month_of(first, editions, now, ports))
    if isinstance(body, Keep):
        return False
    writer.follow(layout.month_post(first), {key: body}, _post_of(ports))
    return any(change.key == key and change.size_before is None for change in writer.changes)


def _month_of(
    first: date, editions: Sequence[Rendered], now: datetime, ports: Ports
) -> Callable[[Leaders, StoredObject | None], bytes | Keep]:
    """Say how a month follows from the month that is stored and the editions of this run."""
    ours = {rendered.json: rendered for rendered in editions}

    @cache
    def others() -> Leaders:
        return _others(first, editions, ports)

    def derive(leaders: Leaders, stored: StoredObject | None) -> bytes | Keep:
        known = known_month(first, stored)
        month = known or Month(first)
        digests = {entry.digest for entry in month.editions}
        bodies = {**({} if known else others()), **leaders}
        for body in bodies.values():
            digest = sha256(body).hexdigest()
            edition = ours[body].edition if body in ours else readable(body, json.read)
            if edition and digest not in digests:
                made_at = ours[body].made_at if body in ours else now
                month = catalog.with_edition(month, edition, digest, made_at)
        if not month.editions:
            return Keep("it has no editions")
        return stored.body if stored and month == known else month_json.render(month)

    return derive


def _others(first: date, editions: Sequence[Rendered], ports: Ports) -> dict[str, bytes]:
    """Read the other editions of a month that has no JSON yet: once a month, 31 at most.

    Without `latest` nothing was ever published, and there are none.
    """
    if not ports.store.get(layout.LATEST_JSON):
        return {}
    ours = {rendered.edition.day for rendered in editions}
    days = (first + timedelta(days=number) for number in range(31))
    others = (day for day in days if day.month == first.month and day not in ours)
    return read_all(ports.store, map(layout.edition_json, others))


def known_month(first: date, stored: StoredObject | bytes | None) -> Month | None:
    """Return the month that is stored; what nobody can read, or is another month, is none."""
    month = readable(stored, month_json.read)
    return month if month and month.first == first else None


def _post_of(ports: Ports) -> Callable[[Leaders, StoredObject | None], bytes | Keep]:
    """Say how a month's post follows from its JSON."""

    def derive(leaders: Leaders, _: StoredObject | None) -> bytes | Keep:
        (body,) = leaders.values()
        month = readable(body, month_json.read)
        return ports.renderer().month_post(month) if month else Keep("its JSON cannot be read")

    return derive


def _publish_schemas(ports: Ports, writer: Writer) -> None:
    for key, body in ports.schemas.items():
        writer.swap(key, writer.store.get(key), body, _always(body))


def _always(body: bytes) -> Callable[[StoredObject | None], bytes]:
    return lambda _: body
