"""Rebuild many days: all, those that a backfill wrote, or those that were edited.

Each month takes the lease for itself and commits, so that other runs can write between two months.
If the time is over before the last month, the month to continue with is returned.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import count

from core.archive import lease
from core.archive.apply import changes_of, finish
from core.archive.ports import Ports
from core.archive.prepare import prepare
from core.archive.read import (
    Snapshot,
    days_in,
    listed_truth,
    moved_days,
    read_archive,
    readable,
)
from core.archive.state import Archive, DayTruth, Manifest, ManifestEntry, MonthState, Root
from core.archive.state_json import read_root
from core.archive.truth import Writer, complete, peek
from core.model import dates, keys
from core.model.changes import Action, Change
from core.model.errors import PaperboyError

Watch = Callable[[str], None]
GoOn = Callable[[], bool]
"""Returns whether there is time for another month."""

Listing = Mapping[str, str]
"""The ETags of stored objects by key."""


Choose = Callable[[MonthState], tuple[MonthState, Collection[date]]]
"""Returns a month, with the manifest to compare with, and which of its days to rebuild."""


@dataclass(slots=True)
class Rebuilt:
    """The changes, the errors, and the month to continue with, if any is left.

    `newest` is the day of the archive's newest edition.
    """

    changes: dict[str, Change] = field(default_factory=dict)
    errors: list[PaperboyError] = field(default_factory=list)
    next: date | None = None
    newest: date | None = None

    def note(self, changes: Iterable[Change]) -> None:
        """Record the changes of objects; a later month can change an object again."""
        for change in changes:
            known = self.changes.get(change.key)
            if known is None or known.action == Action.UNCHANGED:
                self.changes[change.key] = change
            elif change.action != Action.UNCHANGED:
                self.changes[change.key] = replace(known, size=change.size)

    def count(self) -> int:
        """Return how many objects were put."""
        return sum(one.action != Action.UNCHANGED for one in self.changes.values())


def never_mind(_: str) -> None:
    """Ignore the month."""


def catalog(
    firsts: Collection[date],
    ports: Ports,
    go_on: GoOn = lambda: True,
    watch: Watch = never_mind,
    *,
    everything: bool = False,
) -> Rebuilt:
    """Write what is derived from the days of these months that were written without the lease.

    With `everything`, all objects of the months are planned again. Raises our own exceptions.
    """
    whole = listing(ports) if everything else {}

    def choose(month: MonthState) -> tuple[MonthState, Collection[date]]:
        if everything:
            return _differing(month, listed=whole, release=ports.release(), everything=True)
        listed = listed_truth(ports, month.first)
        return month, moved_days(month, listed)

    return _Rebuilder(ports).months(firsts, choose, go_on, watch)


def check(
    ports: Ports,
    listed: Listing | None = None,
    begin: date | None = None,
    go_on: GoOn = lambda: True,
    watch: Watch = never_mind,
    *,
    everything: bool = False,
    dry_run: bool = False,
) -> Rebuilt:
    """Write again what was deleted or edited, or was rendered by an older release.

    `listed` is a listing of the whole store; without it, the store is listed. With `everything`,
    all objects are planned again. `begin` is the month to begin with. A `dry_run` puts nothing.
    Raises our own exceptions.
    """
    listed = listing(ports) if listed is None else listed
    root = readable(ports.store.get(keys.ROOT_STATE), read_root) or Root()
    firsts = {month.first for month in root.months}
    firsts |= {dates.first_of_month(day) for day in days_in(listed)}
    wanted = sorted(first for first in firsts if begin is None or first >= begin)
    choose = partial(_differing, listed=listed, release=ports.release(), everything=everything)
    rebuilder = _Rebuilder(ports, dry_run=dry_run)
    rebuilt = rebuilder.months(wanted, choose, go_on, watch)
    if rebuilt.next is None:
        rebuilder.front(listed, everything=everything)
    return rebuilt


def listing(ports: Ports) -> dict[str, str]:
    """Return the ETags of all stored objects by key. Raises `StoreError`."""
    return {found.key: found.etag for found in ports.store.list("")}


def edited(manifest: Manifest, listed: Listing) -> list[str]:
    """Return the keys of a manifest under which something else, or nothing, is stored."""
    return [key for key, entry in manifest.items() if listed.get(key) != entry.etag]


def _differing(
    month: MonthState, *, listed: Listing, release: str, everything: bool
) -> tuple[MonthState, Collection[date]]:
    """Choose the days that differ from a listing, or all if an older release rendered the month."""
    moved = moved_days(month, listed)
    wrong = edited(month.manifest, listed)
    if not (everything or wrong or month.release != release):
        return month, moved
    manifest = _as_listed(month.manifest, wrong, listed)
    days = {entry.day for entry in month.editions} | set(moved)
    return replace(month, manifest=manifest), days


def _as_listed(manifest: Manifest, wrong: Collection[str], listed: Listing) -> Manifest:
    """Return a manifest without the digests of objects that differ from the listing."""
    right = {key: entry for key, entry in manifest.items() if key not in wrong}
    there = {key: ManifestEntry("", listed[key]) for key in wrong if key in listed}
    return {**right, **there}


class _Rebuilder:
    """Rebuilds months, one by one, and then the front."""

    def __init__(self, ports: Ports, *, dry_run: bool = False) -> None:
        self.rebuilt = Rebuilt()
        self._ports, self._dry_run = ports, dry_run

    def months(self, firsts: Iterable[date], choose: Choose, go_on: GoOn, watch: Watch) -> Rebuilt:
        """Rebuild these months, as long as there is time."""
        for number, first in enumerate(firsts):
            if number and not go_on():
                self.rebuilt.next = first
                break
            self._month(first, choose)
            watch(f"{first:%Y-%m}")
        return self.rebuilt

    def front(self, listed: Listing, *, everything: bool) -> None:
        """Rebuild the front: what belongs to no month."""
        for attempt in count(1):
            snapshot = read_archive([], [], self._ports)
            root = snapshot.archive.root
            self.rebuilt.newest = _newest(snapshot.archive)
            wrong = edited(root.manifest, listed)
            is_right = not (everything or wrong) and root.release == self._ports.release()
            if not root.spans() or is_right:
                return
            root = replace(root, manifest=_as_listed(root.manifest, wrong, listed))
            snapshot = replace(snapshot, archive=replace(snapshot.archive, root=root))
            if self._write(snapshot, (), attempt, front=True):
                return

    def _month(self, first: date, choose: Choose) -> None:
        for attempt in count(1):
            snapshot = read_archive([first], [], self._ports)
            root = snapshot.archive.root
            self.rebuilt.newest = _newest(snapshot.archive)
            month, days = choose(snapshot.archive.months[first])
            snapshot = replace(snapshot, archive=snapshot.archive.with_month(month))
            is_left_over = root.lease is not None and not lease.is_active(root, self._ports)
            if not (days or snapshot.moved or is_left_over):
                return
            if self._write(snapshot, days, attempt):
                self._ports.month_pause()
                return

    def _write(
        self, snapshot: Snapshot, days: Collection[date], attempt: int, *, front: bool = False
    ) -> bool:
        """Take the lease, plan and apply, and commit; return False when others have the lease."""
        ports = self._ports
        days = {*days, *snapshot.moved}
        if self._dry_run:
            truths = [peek(day, ports) for day in sorted(days)]
            prepared = prepare(
                snapshot,
                truths,
                partial(peek, ports=ports),
                ports,
                front=front,
            )
            self.rebuilt.note(changes_of(prepared))
            return True
        held = lease.take(snapshot, days, ports, attempt)
        if held is None:
            return False
        with held:
            truths, left = self._truths(days, held)
            is_lost = not held.is_trusted
            prepared = prepare(
                snapshot,
                truths,
                partial(self._completed, held),
                ports,
                links=is_lost,
                front=front or is_lost,
            )
            self.rebuilt.newest = _newest(finish(prepared, held, ports, left))
            self.rebuilt.note(change for truth in truths for change in truth.changes)
            self.rebuilt.note(changes_of(prepared))
        return True

    def _truths(
        self, days: Collection[date], held: lease.Held
    ) -> tuple[list[DayTruth], list[date]]:
        """Return the truth of days, and the days whose truth cannot be read."""

        def completed(day: date) -> DayTruth | PaperboyError:
            try:
                return self._completed(held, day)
            except PaperboyError as error:
                return error

        wanted = sorted({*held.days, *days})
        truths: list[DayTruth] = []
        left: list[date] = []
        found = self._ports.together([partial(completed, day) for day in wanted])
        for day, one in zip(wanted, found, strict=True):
            if isinstance(one, PaperboyError):
                if str(one) not in map(str, self.rebuilt.errors):
                    self.rebuilt.errors.append(one)
                left.append(day)
            else:
                truths.append(one)
        return truths, left

    def _completed(self, held: lease.Held, day: date) -> DayTruth:
        if day in held.snapshot.truths:
            return held.snapshot.truths[day]
        known = held.snapshot.archive.find(day)
        return complete(day, known, Writer(self._ports, held.check), self._ports)


def _newest(archive: Archive) -> date | None:
    spans = archive.root.spans()
    return spans[-1].newest if spans else None
