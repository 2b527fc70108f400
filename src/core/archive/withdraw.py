"""Remove an edition, or a paper of it, from everything that is published, for good.

The edition's JSON keeps a mark, which later runs respect. Payloads, vote history, post and page are
overwritten without what was withdrawn.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import count

from core.archive import lease, truth
from core.archive.apply import changes_of, finish
from core.archive.lease import Held
from core.archive.ports import Ports
from core.archive.prepare import prepare
from core.archive.read import REPAIR, Snapshot, read_archive, read_edition
from core.archive.state import Archive, DayTruth
from core.archive.truth import Writer
from core.edition.withdrawal import edition_without
from core.model import dates, keys
from core.model.changes import Change
from core.model.errors import SettingsError, StoreError
from core.model.paper import WHOLE, Edition
from core.model.report import RunRequest

NO_EDITION = "there is no such edition"
OTHER_SETTINGS = (
    "the archive was made with other settings or by another release: use the deployment's"
    " paperboy.toml and PAPERBOY_… variables, or render all of it again with `paperboy site`"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be withdrawn: an edition or, with an `id`, one paper of it.

    `papers` is how many papers the edition has. `rank` and `title` are the paper's; a paper that
    `is_withdrawn` already has none.
    """

    day: date
    papers: int
    id: str | None = None
    rank: int | None = None
    title: str | None = None
    is_withdrawn: bool = False


def find(day: date, paper: str | None, ports: Ports) -> Target:
    """Return the target of a withdrawal.

    Raises `StoreError` when there is no such edition or paper, or when it cannot be read.
    """
    key = keys.edition_json(day)
    stored = ports.store.get(key)
    edition = read_edition(stored, day)
    if edition is None:
        problem = f"the edition cannot be read: {REPAIR}" if stored else NO_EDITION
        raise StoreError(problem, ports.store.location(key))
    count_of_papers = len(edition.papers)
    if WHOLE in edition.withdrawn or paper in edition.withdrawn:
        return Target(day, count_of_papers, paper, is_withdrawn=True)
    if paper is None:
        return Target(day, count_of_papers)
    rank = _rank_of(paper, edition, ports)
    return Target(day, count_of_papers, paper, rank, edition.papers[rank - 1].title)


def withdraw(
    day: date, paper: str | None, request: RunRequest, ports: Ports
) -> tuple[Archive, tuple[Change, ...]]:
    """Withdraw a day's edition, or one paper of it; return the archive and the changes.

    A withdrawal that was made already is completed. Raises `StoreError` when there is no such
    edition or paper, or no other edition to show, and `SettingsError` for an archive that was made
    with other settings.
    """
    first = dates.first_of_month(day)
    for attempt in count(1):
        snapshot = read_archive([first], [day], ports)
        _check(snapshot, day, ports)
        if request.dry_run:
            return _rehearsed(snapshot, day, paper, request.now, ports)
        held = lease.take(snapshot, [day], ports, attempt)
        if held:
            return _withdrawn(held, day, paper, request.now, ports)
    raise AssertionError("unreachable")


def _rank_of(paper: str, edition: Edition, ports: Ports) -> int:
    """Return the rank of a paper. Raises `StoreError` when the edition has no such paper."""
    ids = [found.id for found in edition.papers]
    if paper in ids:
        return ids.index(paper) + 1
    problem = f"has no paper {paper}; its papers have ids like {min(ids, default='none')}"
    raise StoreError(problem, ports.store.location(keys.edition_json(edition.day)))


def _check(snapshot: Snapshot, day: date, ports: Ports) -> None:
    archive = snapshot.archive
    if archive.find(day) is None:
        where = ports.store.location(keys.edition_json(day))
        raise StoreError(NO_EDITION, where)
    month = archive.months[dates.first_of_month(day)]
    made_with = {month.release, archive.root.release} - {""}
    if made_with - {ports.release()}:
        raise SettingsError(f"nothing was withdrawn, because {OTHER_SETTINGS}")


def _withdrawn(
    held: Held, day: date, paper: str | None, now: datetime, ports: Ports
) -> tuple[Archive, tuple[Change, ...]]:
    archive = held.snapshot.archive

    def decide(edition: Edition) -> Edition:
        return _marked(edition, paper, now, archive, ports)

    with held:

        def complete(other: date) -> DayTruth:
            return truth.complete(other, archive.find(other), Writer(ports, held.check), ports)

        truths = [truth.change(day, decide, archive.find(day), Writer(ports, held.check), ports)]
        truths += map(complete, sorted({*held.days, *held.snapshot.moved} - {day}))
        prepared = prepare(
            held.snapshot,
            truths,
            complete,
            ports,
            links=True,
            front=not held.is_trusted,
        )
        changes = [change for one in truths for change in one.changes]
        changes += changes_of(prepared)
        return finish(prepared, held, ports), tuple(changes)


def _rehearsed(
    snapshot: Snapshot, day: date, paper: str | None, now: datetime, ports: Ports
) -> tuple[Archive, tuple[Change, ...]]:
    """Return what a withdrawal would change."""
    archive = snapshot.archive

    def decide(edition: Edition) -> Edition:
        return _marked(edition, paper, now, archive, ports)

    would_be = truth.rehearse_change(day, decide, archive.find(day), ports)
    peek = partial(truth.peek, ports=ports)
    prepared = prepare(snapshot, [would_be], peek, ports, links=True)
    return prepared.archive, (*would_be.changes, *changes_of(prepared))


def _marked(
    edition: Edition, paper: str | None, now: datetime, archive: Archive, ports: Ports
) -> Edition:
    """Return the edition without what is withdrawn, and with the mark of it."""
    where = ports.store.location(keys.edition_json(edition.day))
    if WHOLE in edition.withdrawn or (paper in edition.withdrawn):
        return edition
    if paper:
        _rank_of(paper, edition, ports)
    mark = (*edition.withdrawn, paper or WHOLE)
    if not edition_without(edition, mark).papers:
        if sum(span.editions for span in archive.root.spans()) < 2:
            raise StoreError("it is the only edition: delete the archive instead", where)
        mark = (WHOLE,)
    return replace(edition_without(edition, mark), updated_at=now)
