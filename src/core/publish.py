"""The use case: fetch a day, rank it, judge it, and publish what follows from it.

The order of writes is the order in which a reader may follow links: the raw payload, the edition's
JSON, its post and vote record; when all days are done their months, pages and indexes; feeds,
`latest` and the home page; and the blog at last.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache, partial
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from core.archive.beside import months_beside
from core.archive.editions import Editions
from core.archive.front import publish_feeds, publish_fixed, publish_front, publish_root
from core.archive.months import lacking_months, publish_month
from core.archive.pages import publish_pages
from core.archive.rehearsal import RehearsalStore
from core.archive.seen import Look, Outcomes, Seen, readable
from core.archive.writer import Writer
from core.edition import guard, raw
from core.edition.payload import parse
from core.edition.ranking import rank
from core.edition.vote_history import with_version
from core.edition.withdrawal import withdrawn, without
from core.model import keys
from core.model.dates import first_of_month
from core.model.errors import PaperboyError, StoreConflict
from core.model.objects import StoredObject
from core.model.paper import WHOLE, Edition, Payload
from core.model.ports import Ports
from core.model.report import (
    Action,
    Draft,
    EditionReport,
    Keep,
    Rendered,
    RunReport,
    RunRequest,
    Status,
)
from core.model.votes import Version, VoteRecord
from core.render import json, votes

if TYPE_CHECKING:
    from core.model.blog import BlogReport

# Of so many days a warm process need not read again what it has read: those of a scheduled run.
KEPT = 3

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
    seen = Seen(at_the_end=True)
    reports: list[EditionReport] = []
    current: list[Rendered] = []
    for day in request.days:
        writer = Writer.of(ports, seen)
        try:
            made = _made(day, draft, ports, writer)
            report, rendered = publish_edition(made, request.force, ports, writer)
            current += [rendered] if rendered else []
        except PaperboyError as error:
            report = EditionReport(day, Status.FAILED, changes=writer.changes, error=error)
        reports.append(report)
        watch(report)
    writer = Writer.of(ports, seen)
    return _publish_shared(request, tuple(reports), Editions(current), ports, writer)


def _made(day: date, draft: Callable[[date], Draft], ports: Ports, writer: Writer) -> Draft:
    """Return a day's draft; meanwhile the store is asked for what is needed next."""
    made: list[Draft] = []
    look: Callable[[], None] = partial(writer.look_ahead, keys.looked_at(day))
    ports.together([look, lambda: made.append(draft(day))])
    return made[0]


def _publish_shared(
    request: RunRequest,
    reports: tuple[EditionReport, ...],
    editions: Editions,
    ports: Ports,
    writer: Writer,
) -> RunReport:
    """Publish what belongs to no single day: the catalog, and the blog's commit."""
    failure = None
    try:
        if editions.days:
            publish_catalog(editions, request.now, ports, writer)
    except PaperboyError as error:
        failure = error
    report = RunReport(request.now, request.dry_run, reports, writer.changes, failure)
    return replace(report, blog=_deliver(report, editions, request, ports))


def publish_catalog(editions: Editions, now: datetime, ports: Ports, writer: Writer) -> None:
    """Publish what follows from many editions: months, pages, indexes, feeds, the front."""
    publish_fixed(ports, writer)
    months = {first: list(days) for first, days in groupby(editions.days, first_of_month)}
    months |= {first: [] for first in lacking_months(months, writer)}
    shown = []
    for first, days in sorted(months.items()):
        publish_month(first, days, editions, now, writer)
        shown += [first] if publish_pages(first, days, editions, ports, writer) else []
    publish_root(shown, ports, writer)
    for first in months_beside(shown, editions.days, writer):
        publish_pages(first, [], editions, ports, writer)
    publish_feeds(editions, ports, writer)
    publish_front(editions, ports, writer)
    writer.settle()


def _deliver(
    report: RunReport, editions: Editions, request: RunRequest, ports: Ports
) -> "BlogReport | None":
    """Bring the blog, if there is one, to what is published now, if that is complete."""
    if not ports.blog:
        return None
    # Imported here, so that nothing of it is loaded where there is no blog.
    from core.blog.deliver import deliver
    from core.model.blog import BlogReport, BlogStatus

    if report.error:
        return BlogReport(BlogStatus.SKIPPED, reason="the store is not complete")
    return deliver(editions.days, request, ports, ports.blog)


def fetch(day: date, now: datetime, ports: Ports) -> Draft:
    """Return the day's edition as the source has it."""
    payload = ports.source.fetch(day)
    return Draft(edition_of(payload), now, payload)


@lru_cache(maxsize=KEPT)
def edition_of(payload: Payload) -> Edition:
    """Return the edition that a payload makes. Raises `PayloadError`."""
    return Edition(payload.day, rank(parse(payload)))


def publish_edition(
    draft: Draft, force: bool, ports: Ports, writer: Writer
) -> tuple[EditionReport, Rendered | None]:
    """Publish one day; return its report, and the edition that readers have now, if any."""
    if not draft.edition.papers:
        return EditionReport(draft.edition.day, Status.EMPTY), None
    stored = writer.look(keys.edition_json(draft.edition.day))
    mark = withdrawn(stored)
    if WHOLE in mark:
        count, reason = len(draft.edition.papers), "it was withdrawn"
        return EditionReport(draft.edition.day, Status.UNCHANGED, count, reason), None
    draft = without(draft, mark)
    edition = draft.edition
    made_of = raw.key_of(draft.payload) if draft.payload else None
    fresh = Rendered(edition, draft.made_at, json.render(edition), made_of)
    kept = _publish_json(fresh, draft.payload, stored, force, writer)
    current = _published(draft, writer) if kept else fresh
    if current:
        publish_beside(current, not kept, ports, writer)
    return _report(draft, kept, writer), current


def publish_beside(rendered: Rendered, found: bool, ports: Ports, writer: Writer) -> None:
    """Publish what stands beside an edition's JSON: the record of its votes, and its post.

    `found` tells that this run has it from its source; otherwise it is recorded only where there is
    no record yet.
    """
    day, editions = rendered.edition.day, Editions([rendered])
    post, record = keys.edition_post(day), keys.vote_record(day)
    version = Version(rendered.made_at, sha256(rendered.json).hexdigest(), rendered.raw)

    def derive(body: bytes | None, look: Look) -> Outcomes:
        edition = editions.read(body)
        if edition is None:
            return {post: Keep("its JSON cannot be read")}
        known = readable(look(record), votes.read) or VoteRecord(day)
        # What the run itself has found, though another one may have replaced it meanwhile.
        news = found or not known.versions
        after = with_version(known, rendered.edition, version) if news else known
        # The post last: who finds it may list the edition, as nothing beside it is missing.
        return {record: votes.render(after), post: ports.renderer().post(edition)}

    key = keys.edition_json(day)
    # Also the run's time: the record of an earlier one comes before what is recorded already.
    given = found, version
    writer.follow(lambda read: read(key), derive, (record, post), (key,), given)


def _publish_json(
    fresh: Rendered,
    payload: Payload | None,
    stored: StoredObject | None,
    force: bool,
    writer: Writer,
) -> Keep | None:
    """Publish the payload and the edition's JSON, unless the guard keeps what is `stored`."""
    key = keys.edition_json(fresh.edition.day)

    def judge(stored: StoredObject | None) -> bytes | Keep:
        if withdrawn(stored) != fresh.edition.withdrawn:
            raise StoreConflict("had papers withdrawn meanwhile", key)
        if force or (stored and stored.body == fresh.json):
            return fresh.json
        return guard.judge(fresh.edition, readable(stored, json.read)) or fresh.json

    verdict = judge(stored)
    if isinstance(verdict, Keep):
        return verdict
    # At once: the payload is told of by what comes later, the vote record and the month.
    swaps: list[Callable[[], object]] = [raw.publishing(payload, writer)] if payload else []
    swaps.append(partial(writer.swap, key, stored, verdict, judge))
    verdicts = writer.together(swaps)
    return verdicts[-1] if isinstance(verdicts[-1], Keep) else None


def _published(draft: Draft, writer: Writer) -> Rendered | None:
    """Return the edition that was kept, so that what is missing beside it is completed."""
    body = writer.known(keys.edition_json(draft.edition.day))
    edition = readable(body, json.read)
    return Rendered(edition, draft.made_at, body) if body and edition else None


def _report(draft: Draft, kept: Keep | None, writer: Writer) -> EditionReport:
    """Tell how the day ended. A new payload that makes the same edition is no news."""
    behind = (keys.RAW, keys.VOTES)
    news = any(
        change.action != Action.UNCHANGED and not change.key.startswith(behind)
        for change in writer.changes
    )
    status = Status.KEPT if kept else Status.PUBLISHED if news else Status.UNCHANGED
    reason = kept.reason if kept else draft.note
    edition = draft.edition
    return EditionReport(edition.day, status, len(edition.papers), reason, writer.changes)
