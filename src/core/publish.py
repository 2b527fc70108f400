"""The use case: fetch days, rank them, and publish their editions and derived objects.

A run reads the archive while it fetches, compares, takes the lease, writes the days' truth, plans
the derived objects, applies the plan, commits, delivers to the blog, and announces what is new.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import count

from core.archive import lease, truth
from core.archive.lease import Held
from core.archive.outcome import Candidates, Outcome, Verdicts, is_news, report_of
from core.archive.ports import Ports
from core.archive.read import Snapshot, read_archive, read_history
from core.archive.state import DayTruth
from core.archive.truth import Verdict, Writer
from core.edition import raw
from core.model import dates
from core.model.errors import PaperboyError
from core.model.paper import Edition
from core.model.report import Candidate, EditionReport, RunReport, RunRequest, Status

Watch = Callable[[EditionReport], None]


def run(request: RunRequest, ports: Ports, watch: Watch = lambda _: None) -> RunReport:
    """Publish the request's days and their derived objects; a failed day does not stop the others.

    `watch` is called with each day's report at the end. Our own exceptions are in the report; any
    other one is a bug and propagates.
    """
    candidates: Candidates = {}
    verdicts: dict[date, Verdict | PaperboyError] = {}
    outcome = Outcome()
    try:
        candidates, snapshot = _fetch_and_read(request, ports)
        for attempt in count(1):
            outcome.archive = snapshot.archive
            verdicts = compare(candidates, snapshot, request)
            days = [day for day, verdict in verdicts.items() if is_news(verdict)]
            if not _has_work(days, snapshot, ports):
                break
            days += _to_render_again(verdicts, snapshot, ports)
            if request.dry_run:
                _rehearse(verdicts, snapshot, outcome, ports)
                break
            held = lease.take(snapshot, {*days, *snapshot.moved}, ports, attempt)
            if held:
                _write(held, verdicts, outcome, request, ports)
                break
            snapshot = _read(request, ports)
    except PaperboyError as error:
        outcome.error = error
    report = report_of(request, candidates, verdicts, outcome)
    for edition in report.editions:
        watch(edition)
    return _announced(_delivered(report, outcome, request, ports), outcome, request, ports)


def compare(
    candidates: Candidates, snapshot: Snapshot, request: RunRequest
) -> dict[date, Verdict | PaperboyError]:
    """Return the verdict on each day, or the error that prevents one."""
    verdicts: dict[date, Verdict | PaperboyError] = {}
    for day, candidate in candidates.items():
        if isinstance(candidate, PaperboyError):
            verdicts[day] = candidate
            continue
        entry = snapshot.archive.find(day)
        published, made = (entry.edition, entry.digest) if entry else (None, "")
        verdict = truth.judge(candidate, published, made, force=request.force)
        try:
            if verdict.is_news:
                read_history(snapshot.histories.get(day), day, entry)
            verdicts[day] = verdict
        except PaperboyError as error:
            verdicts[day] = error
    return verdicts


def _write(
    held: Held,
    verdicts: Verdicts,
    outcome: Outcome,
    request: RunRequest,
    ports: Ports,
) -> None:
    """Write truth, plan, apply and commit, with the lease."""
    # Imported here, so that a run which finds nothing new loads neither renderers nor Jinja.
    from core.archive.apply import changes_of, finish, posts_of
    from core.archive.prepare import prepare

    snapshot = held.snapshot
    with held:
        outcome.truths = _write_truth(held, verdicts, request, ports)
        truths = [one for one in outcome.truths.values() if isinstance(one, DayTruth)]
        failed = [day for day, one in outcome.truths.items() if not isinstance(one, DayTruth)]
        editions = _unchanged(verdicts)
        is_lost = not held.is_trusted
        prepared = prepare(
            snapshot,
            truths,
            partial(_completed, held, ports),
            ports,
            editions=editions,
            links=is_lost,
            front=is_lost,
        )
        outcome.objects, outcome.posts = changes_of(prepared), posts_of(prepared)
        outcome.archive = finish(prepared, held, ports, left=failed)


def _write_truth(
    held: Held,
    verdicts: Verdicts,
    request: RunRequest,
    ports: Ports,
) -> dict[date, DayTruth | PaperboyError]:
    """Write the days that have news, and complete those of a lease that was left over."""
    news = {day: one for day, one in verdicts.items() if isinstance(one, Verdict) and is_news(one)}
    again = _to_render_again(verdicts, held.snapshot, ports)
    days = sorted({*news, *again, *held.days, *held.snapshot.moved})

    def write_day(day: date) -> DayTruth | PaperboyError:
        try:
            if day not in news:
                return _completed(held, ports, day)
            writer = Writer(ports, held.check)
            known = held.snapshot.archive.find(day)
            history = held.snapshot.histories.get(day)
            return truth.write(news[day], known, history, writer, ports, force=request.force)
        except PaperboyError as error:
            return error

    return dict(zip(days, ports.together([partial(write_day, day) for day in days]), strict=True))


def _completed(held: Held, ports: Ports, day: date) -> DayTruth:
    if day in held.snapshot.truths:
        return held.snapshot.truths[day]
    known = held.snapshot.archive.find(day)
    return truth.complete(day, known, Writer(ports, held.check), ports)


def _rehearse(
    verdicts: Verdicts,
    snapshot: Snapshot,
    outcome: Outcome,
    ports: Ports,
) -> None:
    """Plan the changes of a run, and put nothing."""
    from core.archive.apply import changes_of
    from core.archive.prepare import prepare

    for day, verdict in verdicts.items():
        if isinstance(verdict, Verdict) and is_news(verdict):
            outcome.truths[day] = truth.rehearse(
                verdict, snapshot.archive.find(day), snapshot.histories.get(day)
            )
    for day in _to_render_again(verdicts, snapshot, ports):
        outcome.truths[day] = truth.peek(day, ports)
    truths = [one for one in outcome.truths.values() if isinstance(one, DayTruth)]
    prepared = prepare(
        snapshot, truths, partial(truth.peek, ports=ports), ports, editions=_unchanged(verdicts)
    )
    outcome.objects = changes_of(prepared)
    outcome.archive = prepared.archive


def _fetch_and_read(request: RunRequest, ports: Ports) -> tuple[Candidates, Snapshot]:
    """Fetch the days while the archive is read."""
    read: list[Snapshot] = []
    fetched: dict[date, Candidate | PaperboyError] = {}

    def fetch_all() -> None:
        for day in request.days:
            try:
                fetched[day] = fetch(day, request, ports)
            except PaperboyError as error:
                fetched[day] = error

    ports.together([lambda: read.append(_read(request, ports)), fetch_all])
    return fetched, read[0]


def fetch(day: date, request: RunRequest, ports: Ports) -> Candidate:
    """Return the day's edition as the source has it. Raises `SourceError`."""
    payload = ports.source.fetch(day)
    return Candidate(raw.edition_of(payload), request.now, payload)


def _read(request: RunRequest, ports: Ports) -> Snapshot:
    firsts = {dates.first_of_month(day) for day in request.days}
    return read_archive(firsts, request.days, ports)


def _has_work(days: Collection[date], snapshot: Snapshot, ports: Ports) -> bool:
    """Return whether there is anything to write; another run that is writing completes its days."""
    root = snapshot.archive.root
    if days:
        return True
    if lease.is_active(root, ports):
        return False
    return bool(root.lease or snapshot.moved or _is_old(snapshot, ports))


def _is_old(snapshot: Snapshot, ports: Ports) -> bool:
    """Return whether the archive was made with other settings, or by another release."""
    root = snapshot.archive.root
    return root.release != ports.release() and bool(root.spans())


def _to_render_again(verdicts: Verdicts, snapshot: Snapshot, ports: Ports) -> list[date]:
    """Return the days whose editions stay, but were rendered with other settings.

    These are only the run's own days. The check renders all others.
    """
    return sorted(_unchanged(verdicts)) if _is_old(snapshot, ports) else []


def _unchanged(verdicts: Verdicts) -> dict[date, Edition]:
    """Return the fetched editions that equal the published ones."""
    return {
        day: verdict.candidate.edition
        for day, verdict in verdicts.items()
        if isinstance(verdict, Verdict)
        and verdict.status == Status.UNCHANGED
        and verdict.reason is None
    }


def _delivered(report: RunReport, outcome: Outcome, request: RunRequest, ports: Ports) -> RunReport:
    """Bring the blog up to date, if there is one and the run has no error."""
    if not ports.blog:
        return report
    # Imported here, because most deployments have no blog.
    from core.blog.deliver import deliver
    from core.model.blog import BlogReport, BlogStatus

    if outcome.error or report.error:
        blog = BlogReport(BlogStatus.SKIPPED, reason="the store is not complete")
    else:
        written = [one for one in outcome.truths.values() if isinstance(one, DayTruth)]
        editions = {one.day: one.edition for one in written if one.edition}
        blog = deliver(
            outcome.archive,
            request.days,
            request,
            ports,
            ports.blog,
            editions=editions,
            posts=outcome.posts,
        )
    return replace(report, blog=blog)


def _announced(report: RunReport, outcome: Outcome, request: RunRequest, ports: Ports) -> RunReport:
    """Tell readers of new editions, if the owner wants that and the store is complete.

    A forced or a dry run tells nobody.
    """
    is_complete = not (outcome.error or report.error)
    if not ports.announcing or not is_complete or request.force or request.dry_run:
        return report
    # Imported here, because most deployments announce nothing.
    from core.announce.tell import announce

    return replace(report, announcements=announce(outcome.archive, request.now, ports))
