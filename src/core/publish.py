"""The use case: fetch a day, rank it, judge it, and publish what follows from it.

The order of writes is the order in which a reader may follow links: the raw payload, the edition's
JSON, its post, and `latest` when all days are done.
"""

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TypeVar

from core import guard, layout
from core.errors import PaperboyError
from core.models import (
    Action,
    Edition,
    EditionReport,
    Keep,
    Payload,
    RunReport,
    RunRequest,
    Status,
    StoredObject,
)
from core.payload import parse
from core.ports import PaperSource, Pause, Store
from core.ranking import rank
from core.rehearsal import RehearsalStore
from core.render import json
from core.writer import Derive, Writer

# Byte 9 of a gzip header tells the system (RFC 1952); each Python writes its own.
GZIP_SYSTEM, GZIP_UNKNOWN = 9, b"\xff"

Value = TypeVar("Value")
Watch = Callable[[EditionReport], None]


@dataclass(frozen=True, slots=True)
class Ports:
    """What a run works with: its ports, how it renders a post, the schema that it publishes."""

    source: PaperSource
    store: Store
    render_post: Callable[[Edition], bytes]
    schema: bytes
    pause: Pause


@dataclass(frozen=True, slots=True)
class Rendered:
    """An edition with its JSON and its post."""

    edition: Edition
    json: bytes
    post: bytes


def run(request: RunRequest, ports: Ports, watch: Watch = lambda _: None) -> RunReport:
    """Publish the request's days, then `latest`; one bad day does not stop the others.

    `watch` hears of each day as it ends. Our own exceptions end up in the report; any other is a
    bug and propagates.
    """
    if request.dry_run:
        ports = replace(ports, store=RehearsalStore(ports.store))
    reports: list[EditionReport] = []
    editions: list[Rendered] = []
    for day in request.days:
        writer = Writer(ports.store, ports.pause)
        try:
            report, current = publish_edition(day, request.force, ports, writer)
            editions += [current] if current else []
        except PaperboyError as error:
            report = EditionReport(day, Status.FAILED, changes=writer.changes, error=error)
        reports.append(report)
        watch(report)
    writer, failure = Writer(ports.store, ports.pause), None
    try:
        publish_latest(editions, ports, writer)
    except PaperboyError as error:
        failure = error
    return RunReport(request.now, request.dry_run, tuple(reports), writer.changes, failure)


def publish_edition(
    day: date, force: bool, ports: Ports, writer: Writer
) -> tuple[EditionReport, Rendered | None]:
    """Publish one day; return its report, and the edition that readers have now, if any."""
    payload = ports.source.fetch(day)
    edition = Edition(day, rank(parse(payload)))
    if not edition.papers:
        return EditionReport(day, Status.EMPTY), None
    fresh = _render(edition, ports)
    kept = _publish_json(fresh, payload, force, writer)
    current = _render_published(day, ports) if kept else fresh
    if current:
        leader = layout.edition_json(day)
        writer.follow(layout.edition_post(day), current.post, leader, _post_of(current, ports))
    return _report(edition, kept, writer), current


def publish_latest(editions: Iterable[Rendered], ports: Ports, writer: Writer) -> None:
    """Bring `latest` to the newest of the editions, unless a newer one is there already."""
    newest = max(editions, key=lambda rendered: rendered.edition.day, default=None)
    if newest is None:
        return
    _publish_schema(ports, writer)
    day = newest.edition.day

    def unless_older(leader: StoredObject, stored: StoredObject | None) -> bytes | Keep:
        latest = _read(stored, json.read_day)
        return Keep(f"it is of {latest}") if latest and latest > day else leader.body

    leader = layout.edition_json(day)
    outcome = writer.follow(layout.LATEST_JSON, newest.json, leader, unless_older)
    if not isinstance(outcome, Keep):
        derive = _post_of(newest, ports)
        writer.follow(layout.LATEST_POST, newest.post, layout.LATEST_JSON, derive)


def _publish_json(fresh: Rendered, payload: Payload, force: bool, writer: Writer) -> Keep | None:
    """Publish the payload and the edition's JSON, unless the guard keeps what is there."""

    def judge(stored: StoredObject | None) -> bytes | Keep:
        if force or (stored and stored.body == fresh.json):
            return fresh.json
        return guard.judge(fresh.edition, _read(stored, json.read)) or fresh.json

    key = layout.edition_json(fresh.edition.day)
    stored = writer.store.get(key)
    verdict = judge(stored)
    if not isinstance(verdict, Keep):
        _publish_payload(payload, writer)
        verdict = writer.swap(key, stored, verdict, judge)
    return verdict if isinstance(verdict, Keep) else None


def _publish_payload(payload: Payload, writer: Writer) -> None:
    """Keep the untouched payload, gzipped, under the digest of its bytes."""

    def packed(stored: StoredObject | None) -> bytes:
        return stored.body if stored else _gzip(payload.body)

    key = layout.raw_payload(payload.day, sha256(payload.body).hexdigest())
    stored = writer.store.get(key)
    writer.swap(key, stored, packed(stored), packed)


def _gzip(body: bytes) -> bytes:
    """Return the body packed, without the time and system that the header has a place for."""
    packed = gzip.compress(body, mtime=0)
    return packed[:GZIP_SYSTEM] + GZIP_UNKNOWN + packed[GZIP_SYSTEM + 1 :]


def _publish_schema(ports: Ports, writer: Writer) -> None:
    stored = writer.store.get(layout.SCHEMA)
    writer.swap(layout.SCHEMA, stored, ports.schema, lambda _: ports.schema)


def _render(edition: Edition, ports: Ports) -> Rendered:
    return Rendered(edition, json.render(edition), ports.render_post(edition))


def _render_published(day: date, ports: Ports) -> Rendered | None:
    """Render the edition that was kept, so that what is missing beside it is completed."""
    stored = ports.store.get(layout.edition_json(day))
    edition = _read(stored, json.read)
    if stored is None or edition is None:
        return None
    return Rendered(edition, stored.body, ports.render_post(edition))


def _post_of(known: Rendered, ports: Ports) -> Derive:
    """Say how a post follows from the JSON that leads it, which mostly is the one we know."""

    def derive(leader: StoredObject, _: StoredObject | None) -> bytes | Keep:
        if leader.body == known.json:
            return known.post
        edition = _read(leader, json.read)
        return ports.render_post(edition) if edition else Keep("its JSON cannot be read")

    return derive


def _read(stored: StoredObject | None, read: Callable[[bytes], Value]) -> Value | None:
    """Return what `read` finds in a stored edition; one that nobody can read is none."""
    try:
        return read(stored.body) if stored else None
    except (ValueError, RecursionError):
        return None


def _report(edition: Edition, kept: Keep | None, writer: Writer) -> EditionReport:
    """Tell how the day ended. A new payload that makes the same edition is no news."""
    news = any(
        change.action != Action.UNCHANGED and not layout.is_raw(change.key)
        for change in writer.changes
    )
    status = Status.KEPT if kept else Status.PUBLISHED if news else Status.UNCHANGED
    return EditionReport(
        edition.day,
        status,
        len(edition.papers),
        kept.reason if kept else None,
        writer.changes,
    )
