"""Read the archive's state; rebuild it from the truth if it is lost.

A state that is missing or cannot be read never means an empty archive: `daily/` is listed, and the
state is rebuilt from the editions and vote histories there.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TypeVar

from core.archive.ports import Ports
from core.archive.state import Archive, DayTruth, MonthState, Root, entry_of
from core.archive.state_json import read_month, read_root
from core.edition.summary import summarize
from core.model import dates, keys
from core.model.errors import StoreError
from core.model.objects import ListedObject, StoredObject
from core.model.paper import Edition, Paper
from core.model.period import MonthEdition
from core.model.report import Status
from core.model.votes import VoteHistory
from core.render import json, votes

Value = TypeVar("Value")

# The most days of a lease, and so of a run.
MOST_DAYS = 31
# The JSON of an edition with papers has more bytes than this.
SMALL = 512
UNKNOWN = Paper("", "")
REPAIR = "restore an earlier version of the object, or run `paperboy doctor --repair`"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a run has read: the archive, and the ETags of the state objects as they were read.

    `histories` are the requested vote histories, None where there is none. `moved` are days whose
    derived objects may be out of date, because state was lost. `truths` are the truths of these
    days, as far as they were read and are whole.
    """

    archive: Archive = field(default_factory=Archive)
    etags: Mapping[str, str | None] = field(default_factory=dict)
    histories: Mapping[date, StoredObject | None] = field(default_factory=dict)
    moved: tuple[date, ...] = ()
    is_root_lost: bool = False
    truths: Mapping[date, DayTruth] = field(default_factory=dict)

    @property
    def is_trusted(self) -> bool:
        """Whether the stored objects equal the manifests: each run before has committed."""
        return self.archive.root.lease is None and not self.is_root_lost


def read_archive(firsts: Iterable[date], days: Iterable[date], ports: Ports) -> Snapshot:
    """Return the root, the states of the months that begin on `firsts`, and days' vote histories.

    All are read at the same time. Raises `StoreError`.
    """
    firsts, days = sorted(set(firsts)), list(days)
    state_keys = [keys.ROOT_STATE, *map(keys.month_state, firsts)]
    found = get_all([*state_keys, *map(keys.vote_history, days)], ports)
    histories = {day: found[keys.vote_history(day)] for day in days}
    root = readable(found[keys.ROOT_STATE], read_root)
    if root is None:
        return _made_again(firsts, histories, found[keys.ROOT_STATE], ports)
    states = {first: found[keys.month_state(first)] for first in firsts}
    return _consistent(root, found[keys.ROOT_STATE], states, histories, ports)


def read_months(snapshot: Snapshot, firsts: Iterable[date], ports: Ports) -> Snapshot:
    """Return the snapshot with the states of more months, as the root has them.

    Only for the holder of the lease: no other run writes state then. Raises `StoreError`.
    """
    root = snapshot.archive.root
    found = get_all(list(map(keys.month_state, sorted(set(firsts)))), ports)
    states = {first: found[keys.month_state(first)] for first in sorted(set(firsts))}
    return _with_states(snapshot, root, states, ports)


def get_all(wanted: Collection[str], ports: Ports) -> dict[str, StoredObject | None]:
    """Return the objects under these keys, None for missing ones. Raises `StoreError`."""
    wanted = list(dict.fromkeys(wanted))
    stored = ports.together([partial(ports.store.get, key) for key in wanted])
    return dict(zip(wanted, stored, strict=True))


def readable(stored: StoredObject | None, read: Callable[[bytes], Value]) -> Value | None:
    """Return what `read` returns for an object; None if it is missing or cannot be read."""
    try:
        return read(stored.body) if stored else None
    except (ValueError, RecursionError):
        return None


def read_edition(stored: StoredObject | None, day: date) -> Edition | None:
    """Return the day's edition in an object, None if the object holds anything else."""
    edition = readable(stored, json.read)
    return edition if edition and edition.day == day else None


def read_history(
    stored: StoredObject | None, day: date, known: MonthEdition | None = None
) -> VoteHistory:
    """Return the day's vote history; an empty one if there is none and `known` has none.

    Raises `StoreError` for one that is missing or cannot be read: a new history would lose votes.
    """
    key = keys.vote_history(day)
    if stored is None and known and known.history_etag:
        raise StoreError(f"the vote history is missing: {REPAIR}", key)
    if stored is None:
        return VoteHistory(day)
    history: VoteHistory | None = readable(stored, votes.read)
    if history is None or history.day != day:
        raise StoreError(f"the vote history cannot be read: {REPAIR}", key)
    return history


def month_truths(first: date, ports: Ports) -> list[DayTruth]:
    """Return the truth of a month's days, as it is stored.

    Editions that cannot be read are left out: `paperboy doctor` names them. Raises `StoreError`.
    """
    days = days_in(one.key for one in ports.store.list(keys.month_editions(first)))
    daily = get_all([keys.edition_json(day) for day in days], ports)
    histories = get_all([keys.vote_history(day) for day in days], ports)
    truths = []
    for day in days:
        stored, stored_history = daily[keys.edition_json(day)], histories[keys.vote_history(day)]
        edition = read_edition(stored, day)
        if edition and stored:
            history = readable(stored_history, votes.read)
            entry = entry_of(edition, stored, history, stored_history)
            truths.append(DayTruth(day, Status.UNCHANGED, edition, entry, history))
    return truths


def listed_truth(ports: Ports, month: date | None = None) -> dict[str, str]:
    """Return the ETags of all editions and vote histories by key, or of those of a month."""
    return {one.key: one.etag for one in _list_truth(ports, month)}


def _list_truth(ports: Ports, month: date | None = None) -> Iterator[ListedObject]:
    prefixes = (keys.DAILY, keys.VOTES)
    if month:
        prefixes = (keys.month_editions(month), keys.month_histories(month))
    for prefix in prefixes:
        for found in ports.store.list(prefix):
            if found.key.endswith(".json"):
                yield found


def days_in(listed: Iterable[str]) -> list[date]:
    """Return the days of the editions among listed keys, in order."""
    return sorted({day for key in listed if key.startswith(keys.DAILY) and (day := _day_of(key))})


def moved_days(month: MonthState, listed: Mapping[str, str]) -> list[date]:
    """Return the days of a month whose ETags differ from its state."""
    days = {day for day in days_in(listed) if dates.first_of_month(day) == month.first}
    days |= {entry.day for entry in month.editions}
    moved = []
    for day in sorted(days):
        entry = month.find(day)
        known = (entry.etag, entry.history_etag) if entry else ("", "")
        there = (
            listed.get(keys.edition_json(day), ""),
            listed.get(keys.vote_history(day), ""),
        )
        if known != there:
            moved.append(day)
    return moved


def _consistent(
    root: Root,
    stored_root: StoredObject | None,
    states: dict[date, StoredObject | None],
    histories: Mapping[date, StoredObject | None],
    ports: Ports,
) -> Snapshot:
    """Return a snapshot in which no month is older than the root.

    All were read at the same time, and another run may have committed meanwhile. If the root has
    not changed and has another ETag for a month, the month's state was lost.
    """
    before: str | None = None
    while root.lease is None and stored_root and stored_root.etag != before:
        stale = [first for first in states if not _is_known(root, first, states[first])]
        if not stale:
            break
        before = stored_root.etag
        stored_root = ports.store.get(keys.ROOT_STATE)
        again = readable(stored_root, read_root)
        if again is None:
            return _made_again(list(states), histories, stored_root, ports)
        root = again
        found = get_all([keys.month_state(first) for first in stale], ports)
        states |= {first: found[keys.month_state(first)] for first in stale}
    etags = {keys.ROOT_STATE: stored_root.etag if stored_root else None}
    snapshot = _with_states(Snapshot(Archive(root), etags), root, states, ports)
    return replace(snapshot, histories=_current(histories, snapshot.archive, ports))


def _current(
    histories: Mapping[date, StoredObject | None], archive: Archive, ports: Ports
) -> dict[date, StoredObject | None]:
    """Return the vote histories; read those again whose ETags differ from the state's.

    All were read at the same time as the state, so a history may be older than the state.
    """
    stale = []
    for day, stored in histories.items():
        entry = archive.find(day)
        if (entry.history_etag if entry else "") != (stored.etag if stored else ""):
            stale.append(day)
    found = get_all(list(map(keys.vote_history, stale)), ports)
    return {**histories, **{day: found[keys.vote_history(day)] for day in stale}}


def _is_known(root: Root, first: date, stored: StoredObject | None) -> bool:
    known = root.find(first)
    return (known.etag if known else None) == (stored.etag if stored else None)


def _with_states(
    snapshot: Snapshot, root: Root, states: Mapping[date, StoredObject | None], ports: Ports
) -> Snapshot:
    """Return the snapshot with these months; lost ones are rebuilt from the truth."""
    etags = dict(snapshot.etags)
    for first, stored in states.items():
        etags[keys.month_state(first)] = stored.etag if stored else None
        month = readable(stored, partial(read_month, first=first))
        # If a lease is left over, the month's state may be of a run that did not commit.
        if month is None or not (root.lease or _is_known(root, first, stored)):
            snapshot = _with_truth(snapshot, first, ports)
        else:
            snapshot = replace(snapshot, archive=snapshot.archive.with_month(month))
    return replace(snapshot, etags=etags)


def _made_again(
    firsts: Iterable[date],
    histories: Mapping[date, StoredObject | None],
    stored_root: StoredObject | None,
    ports: Ports,
) -> Snapshot:
    """Return a snapshot whose root is rebuilt from a listing, with an empty manifest.

    All months are read for their spans. Days whose state differs from the listing are in `moved`:
    the lost lease may have named them.
    """
    listed = {one.key: one for one in _list_truth(ports)}
    tags = {key: one.etag for key, one in listed.items()}
    all_firsts = sorted({*map(dates.first_of_month, days_in(listed)), *firsts})
    stored_months = get_all(list(map(keys.month_state, all_firsts)), ports)
    etags = {keys.ROOT_STATE: stored_root.etag if stored_root else None}
    archive, moved = Archive(), dict[date, list[date]]()
    for first in all_firsts:
        stored = stored_months[keys.month_state(first)]
        month = readable(stored, partial(read_month, first=first))
        etags[keys.month_state(first)] = stored.etag if stored else None
        moved[first] = moved_days(month or MonthState(first), tags)
        if month is None:
            month = _as_listed(first, listed, ports)
        # Without the ETag of the stored state, the first run that needs the month rebuilds it.
        is_right = stored is not None and not moved[first]
        archive = archive.with_month(month, stored.etag if stored and is_right else "")
    taken = _as_many_as_one_run_brings(moved, set(firsts))
    root = archive.root
    snapshot = Snapshot(Archive(root), etags, is_root_lost=True)
    for first in sorted({*firsts, *taken}):
        stored = stored_months[keys.month_state(first)]
        month = readable(stored, partial(read_month, first=first))
        if month is None:
            snapshot = _with_truth(snapshot, first, ports)
        else:
            known = root.find(first)
            archive = snapshot.archive.with_month(month, known.etag if known else "")
            days = (*snapshot.moved, *moved[first])
            snapshot = replace(snapshot, archive=archive, moved=days)
    return replace(snapshot, histories=_current(histories, snapshot.archive, ports))


def _with_truth(snapshot: Snapshot, first: date, ports: Ports) -> Snapshot:
    """Return the snapshot with a month whose state is rebuilt from its truth."""
    truths = month_truths(first, ports)
    entries = tuple(truth.entry for truth in truths if truth.entry)
    month = MonthState(first, entries)
    # The page of the month after compares with these.
    month = replace(month, totals=summarize(month.month()).totals)
    archive = snapshot.archive.with_month(month)
    moved = (*snapshot.moved, *(entry.day for entry in entries))
    whole = {truth.day: truth for truth in truths if truth.is_whole}
    return replace(snapshot, archive=archive, moved=moved, truths={**snapshot.truths, **whole})


def _as_listed(first: date, listed: Mapping[str, ListedObject], ports: Ports) -> MonthState:
    """Return a month's state that has only the days of its editions with papers.

    An edition that was withdrawn as a whole is small; only small ones are read.
    """
    days = [day for day in days_in(listed) if dates.first_of_month(day) == first]
    small = [day for day in days if listed[keys.edition_json(day)].size < SMALL]
    read = get_all(list(map(keys.edition_json, small)), ports)
    entries = []
    for day in days:
        found = read.get(keys.edition_json(day))
        edition = read_edition(found, day) if day in small else Edition(day, (UNKNOWN,))
        if edition:
            entries.append(MonthEdition(edition, ""))
    return MonthState(first, tuple(entries))


def _as_many_as_one_run_brings(
    moved: Mapping[date, list[date]], needed: Collection[date]
) -> set[date]:
    """Return the needed months, and the newest others whose days fit into one run."""
    taken, count = set(needed), sum(len(moved[first]) for first in needed)
    for first in sorted(moved.keys() - taken, reverse=True):
        count += len(moved[first])
        if count > MOST_DAYS:
            break
        if moved[first]:
            taken.add(first)
    return taken


def _day_of(key: str) -> date | None:
    name = key.rpartition("/")[2].removesuffix(".json")
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
