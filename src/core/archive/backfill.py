"""Write the truth of many days without the lease, several at once; derived objects come later."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from core.archive import rebuild, truth
from core.archive.ports import Ports
from core.archive.read import get_all, read_archive, read_edition, read_history
from core.archive.state import digest
from core.archive.truth import Writer
from core.edition import raw, vote_history
from core.model import dates, keys
from core.model.errors import PaperboyError, StoreError
from core.model.period import MonthEdition
from core.model.report import (
    Candidate,
    EditionReport,
    RunReport,
    RunRequest,
    Status,
    totals,
)

THERE = "it is published already"


def write_day(
    day: date, request: RunRequest, ports: Ports, fetch: Callable[[date], Candidate]
) -> EditionReport:
    """Fetch a day and write its truth, if it is missing; with `force` in any case.

    A day is complete when its vote history has its edition: the payload is put before both.
    Our own exceptions are in the report.
    """
    writer = Writer(ports)
    try:
        if not request.force and _is_there(day, ports):
            return EditionReport(day, Status.UNCHANGED, reason=THERE)
        return write_candidate(fetch(day), request, writer, ports)
    except PaperboyError as error:
        return EditionReport(day, Status.FAILED, changes=writer.changes, error=error)


def write_candidate(
    candidate: Candidate, request: RunRequest, writer: Writer, ports: Ports
) -> EditionReport:
    """Write a day's truth, unless the published edition stays. Raises our own exceptions."""
    day, found = candidate.edition.day, totals(candidate.edition)
    edition_key, history_key = keys.edition_json(day), keys.vote_history(day)
    stored = get_all([edition_key, history_key], ports)
    known = stored[edition_key]
    published = read_edition(known, day)
    if known and published is None and not request.force:
        raise StoreError("the edition cannot be read: publish it again with force", edition_key)
    made = digest(known.body) if known else ""
    verdict = truth.judge(candidate, published, made, force=request.force)
    if not verdict.is_news or request.dry_run:
        return EditionReport(day, verdict.status, found, verdict.before, verdict.reason)
    written = truth.write(verdict, known, stored[history_key], writer, ports, force=request.force)
    return EditionReport(
        day, written.status, found, written.before, written.reason, written.changes
    )


def write_days(
    candidates: Sequence[Candidate],
    request: RunRequest,
    ports: Ports,
    watch: Callable[[EditionReport], None] = lambda _: None,
) -> RunReport:
    """Write the truth of these candidates, then the derived objects, month by month.

    Our own exceptions are in the report.
    """
    reports = []
    for candidate in candidates:
        writer = Writer(ports)
        try:
            report = write_candidate(candidate, request, writer, ports)
        except PaperboyError as error:
            day = candidate.edition.day
            report = EditionReport(day, Status.FAILED, changes=writer.changes, error=error)
        reports.append(report)
        watch(report)
    done = RunReport(request.now, request.dry_run, tuple(reports))
    if request.dry_run:
        return done
    firsts = sorted({dates.first_of_month(one.edition.day) for one in candidates})
    try:
        rebuilt = rebuild.catalog(firsts, ports)
    except PaperboyError as error:
        return replace(done, error=error)
    changes = tuple(rebuilt.changes.values())
    failure = rebuilt.errors[0] if rebuilt.errors else None
    return replace(done, changes=changes, error=failure, newest=rebuilt.newest)


def write_from_payloads(first: date, request: RunRequest, ports: Ports) -> Iterator[EditionReport]:
    """Write the editions of a month again, from the payloads that they were made from.

    An edition without a payload, such as an imported one, stays as it is. Our own exceptions are in
    the reports.
    """
    month = read_archive([first], [], ports).archive.months[first]
    for entry in month.editions:
        if entry.raw:
            writer = Writer(ports)
            try:
                candidate = _from_payload(entry, request, ports)
                forced = replace(request, force=True)
                yield write_candidate(candidate, forced, writer, ports)
            except PaperboyError as error:
                yield EditionReport(entry.day, Status.FAILED, changes=writer.changes, error=error)


def _from_payload(entry: MonthEdition, request: RunRequest, ports: Ports) -> Candidate:
    """Return the edition of a stored payload. Raises `StoreError` and `PayloadError`."""
    key = entry.raw[-1]
    where = ports.store.location(key)
    stored = ports.store.get(key)
    if stored is None:
        raise StoreError("the payload is missing: fetch the day again with force", where)
    payload = raw.unpacked(stored.body, entry.day, where)
    return Candidate(raw.edition_of(payload), request.now, payload)


def _is_there(day: date, ports: Ports) -> bool:
    edition_key, history_key = keys.edition_json(day), keys.vote_history(day)
    stored = get_all([edition_key, history_key], ports)
    edition = stored[edition_key]
    if edition is None or read_edition(edition, day) is None:
        return False
    history = read_history(stored[history_key], day)
    return vote_history.has_version(history, digest(edition.body))
