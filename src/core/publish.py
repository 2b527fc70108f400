"""The use case: fetch a day, rank it, judge it, and publish what follows from it.

The order of writes is the order in which a reader may follow links: the raw payload, the edition's
JSON, its post; when all days are done their months, then `latest`; and the blog at last.
"""

import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from core import guard, layout
from core.errors import PaperboyError
from core.models import (
    Action,
    Draft,
    Edition,
    EditionReport,
    Keep,
    Payload,
    Rendered,
    RunReport,
    RunRequest,
    Status,
    StoredObject,
)
from core.months import publish_months
from core.payload import parse
from core.ports import Ports
from core.ranking import rank
from core.rehearsal import RehearsalStore
from core.render import json
from core.writer import Derive, Leaders, Writer, readable

if TYPE_CHECKING:
    from core.commits import BlogReport

# Byte 9 of a gzip header tells the system (RFC 1952); each Python writes its own.
GZIP_SYSTEM, GZIP_UNKNOWN = 9, b"\xff"

Watch = Callable[[EditionReport], None]


def run(
    request: RunRequest,
    ports: Ports,
    watch: Watch = lambda _: None,
    draft: Callable[[date], Draft] | None = None,
) -> RunReport:
    """Publish the request's days and what follows from them; one bad day does not stop the others.

    `watch` hears of each day as it ends. `draft` says how a day's edition comes about, if not from
    the source. Our own exceptions end up in the report; any other is a bug and propagates.
    """
    if request.dry_run:
        ports = replace(ports, store=RehearsalStore(ports.store))
    draft = draft or (lambda day: fetch(day, request.now, ports))
    reports: list[EditionReport] = []
    current: list[Rendered] = []
    for day in request.days:
        writer = Writer(ports.store, ports.pause)
        try:
            report, rendered = publish_edition(draft(day), request.force, ports, writer)
            current += [rendered] if rendered else []
        except PaperboyError as error:
            report = EditionReport(day, Status.FAILED, changes=writer.changes, error=error)
        reports.append(report)
        watch(report)
    return _publish_shared(request, tuple(reports), current, ports)


def _publish_shared(
    request: RunRequest, reports: tuple[EditionReport, ...], current: list[Rendered], ports: Ports
) -> RunReport:
    """Publish what belongs to no single day: months, `latest`, and the blog's commit."""
    writer, failure = Writer(ports.store, ports.pause), None
    try:
        publish_months(current, request.now, ports, writer)
        publish_latest(current, ports, writer)
    except PaperboyError as error:
        failure = error
    report = RunReport(request.now, request.dry_run, reports, writer.changes, failure)
    return replace(report, blog=_deliver(report, current, request, ports))


def _deliver(
    report: RunReport, current: list[Rendered], request: RunRequest, ports: Ports
) -> "BlogReport | None":
    """Bring the blog, if there is one, to what is published now, if that is complete."""
    if not ports.blog:
        return None
    # Imported here, so that nothing of it is loaded where there is no blog.
    from core.blog import deliver
    from core.commits import BlogReport, BlogStatus

    if report.error:
        return BlogReport(BlogStatus.SKIPPED, reason="the store is not complete")
    return deliver([one.edition.day for one in current], request, ports, ports.blog)


def fetch(day: date, now: datetime, ports: Ports) -> Draft:
    """Return the day's edition as the source has it."""
    payload = ports.source.fetch(day)
    return Draft(edition_of(payload), now, payload)


def edition_of(payload: Payload) -> Edition:
    """Return the edition that a payload makes. Raises `PayloadError`."""
    return Edition(payload.day, rank(parse(payload)))


def publish_edition(
    draft: Draft, force: bool, ports: Ports, writer: Writer
) -> tuple[EditionReport, Rendered | None]:
    """Publish one day; return its report, and the edition that readers have now, if any."""
    edition = draft.edition
    if not edition.papers:
        return EditionReport(edition.day, Status.EMPTY), None
    fresh = _render(draft, ports)
    kept = _publish_json(fresh, draft.payload, force, writer)
    current = _render_published(draft, ports) if kept else fresh
    if current:
        leader = {layout.edition_json(edition.day): current.json}
        writer.follow(layout.edition_post(edition.day), leader, _post_of(current, ports))
    return _report(draft, kept, writer), current


def publish_latest(editions: Iterable[Rendered], ports: Ports, writer: Writer) -> None:
    """Bring `latest` to the newest of the editions, unless a newer one is there already."""
    newest = max(editions, key=lambda rendered: rendered.edition.day, default=None)
    if newest is None:
        return
    day = newest.edition.day

    def unless_older(leaders: Leaders, stored: StoredObject | None) -> bytes | Keep:
        latest = readable(stored, json.read_day)
        return Keep(f"it is of {latest}") if latest and latest > day else _only(leaders)

    leader = {layout.edition_json(day): newest.json}
    outcome = writer.follow(layout.LATEST_JSON, leader, unless_older)
    if not isinstance(outcome, Keep):
        latest = {layout.LATEST_JSON: outcome}
        writer.follow(layout.LATEST_POST, latest, _post_of(newest, ports))


def _publish_json(
    fresh: Rendered, payload: Payload | None, force: bool, writer: Writer
) -> Keep | None:
    """Publish the payload and the edition's JSON, unless the guard keeps what is there."""

    def judge(stored: StoredObject | None) -> bytes | Keep:
        if force or (stored and stored.body == fresh.json):
            return fresh.json
        return guard.judge(fresh.edition, readable(stored, json.read)) or fresh.json

    key = layout.edition_json(fresh.edition.day)
    stored = writer.store.get(key)
    verdict = judge(stored)
    if not isinstance(verdict, Keep):
        if payload:
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


def _render(draft: Draft, ports: Ports) -> Rendered:
    post = ports.renderer().post(draft.edition)
    return Rendered(draft.edition, draft.made_at, json.render(draft.edition), post)


def _render_published(draft: Draft, ports: Ports) -> Rendered | None:
    """Render the edition that was kept, so that what is missing beside it is completed."""
    stored = ports.store.get(layout.edition_json(draft.edition.day))
    edition = readable(stored, json.read)
    if stored is None or edition is None:
        return None
    return Rendered(edition, draft.made_at, stored.body, ports.renderer().post(edition))


def _post_of(known: Rendered, ports: Ports) -> Derive:
    """Say how a post follows from the JSON that leads it, which mostly is the one we know."""

    def derive(leaders: Leaders, _: StoredObject | None) -> bytes | Keep:
        body = _only(leaders)
        if body == known.json:
            return known.post
        edition = readable(body, json.read)
        return ports.renderer().post(edition) if edition else Keep("its JSON cannot be read")

    return derive


def _only(leaders: Leaders) -> bytes:
    (body,) = leaders.values()
    return body


def _report(draft: Draft, kept: Keep | None, writer: Writer) -> EditionReport:
    """Tell how the day ended. A new payload that makes the same edition is no news."""
    news = any(
        change.action != Action.UNCHANGED and not layout.is_raw(change.key)
        for change in writer.changes
    )
    status = Status.KEPT if kept else Status.PUBLISHED if news else Status.UNCHANGED
    reason = kept.reason if kept else draft.note
    edition = draft.edition
    return EditionReport(edition.day, status, len(edition.papers), reason, writer.changes)
