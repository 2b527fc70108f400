"""The lease: the right to write state and derived objects, for one run at a time.

It is in `state/root.json`. A run takes it by replacing exactly the root that it read, so what it
read is still current. It lasts a minute by the store's clock. Before each put, its holder checks
that enough time is left for a put with its retries, so no put arrives after it has ended.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from types import TracebackType
from typing import Self

from core.archive.ports import Ports
from core.archive.read import Snapshot
from core.archive.state import Archive, Lease, Root
from core.archive.state_json import render_month, render_root
from core.model import keys
from core.model.errors import StoreBusy, StoreConflict, StoreError

# Seconds that a lease lasts; a scheduled run needs a tenth of it.
DURATION = 60.0
# Seconds that a put with its retries can take: three attempts, each 2 s to connect and 5 s to read.
LONGEST_PUT = 25.0
ATTEMPTS = 8


def is_active(root: Root, ports: Ports) -> bool:
    """Return whether another run is writing."""
    lease = root.lease
    return bool(lease and lease.until > ports.store.now() and not ports.store.is_gone(lease.holder))


def take(snapshot: Snapshot, days: Collection[date], ports: Ports, attempt: int) -> "Held | None":
    """Take the lease for these days and those of a lease that was left over.

    Returns None, after a pause, when another run is writing or was faster: then read again. Raises
    `StoreBusy` when the run has no time for the pause, and `StoreError`.
    """
    root = snapshot.archive.root
    if not is_active(root, ports):
        left_over = root.lease.days if root.lease else ()
        lease = Lease(
            ports.token(),
            ports.store.now() + DURATION,
            tuple(sorted({*days, *left_over})),
            ports.store.holder(),
        )
        taken = replace(root, serial=root.serial + 1, lease=lease)
        etag = _put_root(taken, snapshot.etags[keys.ROOT_STATE], ports)
        if etag:
            return Held(taken, etag, snapshot, ports)
    if not ports.pause(attempt):
        where = ports.store.location(keys.ROOT_STATE)
        raise StoreBusy("another run is writing: try again in a minute", where)
    return None


def _put_root(root: Root, replaces: str | None, ports: Ports) -> str | None:
    """Put the root and return its ETag; None when another run has replaced the root.

    The answer to a put may be lost, and a repeated put may find the object of the first one. So the
    stored bytes are compared: they hold the run's token.
    """
    body = render_root(root)
    for _ in range(ATTEMPTS):
        try:
            return ports.store.put(keys.artifact(keys.ROOT_STATE, body), replaces=replaces)
        except StoreError as error:
            stored = ports.store.get(keys.ROOT_STATE)
            if stored and stored.body == body:
                return stored.etag
            if not isinstance(error, StoreConflict):
                raise
            # If the root is unchanged, no other run took the lease: S3 can answer 409 temporarily.
            if (stored.etag if stored else None) != replaces:
                return None
    return None


class Held:
    """The lease while this run holds it. Without a commit it is released, but keeps its days."""

    def __init__(self, root: Root, etag: str, snapshot: Snapshot, ports: Ports) -> None:
        """`root` is as it was put, with the lease; `etag` is its ETag."""
        self._root, self._etag, self._ports = root, etag, ports
        self._is_committed = False
        self.snapshot = snapshot
        self.is_trusted = snapshot.is_trusted

    @property
    def days(self) -> tuple[date, ...]:
        """The days that the lease names."""
        return self._root.lease.days if self._root.lease else ()

    def check(self) -> None:
        """Raise `StoreConflict` when too little time is left for another put."""
        lease = self._root.lease
        if lease is None or lease.until - self._ports.store.now() < LONGEST_PUT:
            where = self._ports.store.location(keys.ROOT_STATE)
            raise StoreConflict("the lease has ended: the next run completes this one", where)

    def overwrite(self, key: str, body: bytes, replaces: str | None) -> str:
        """Put an object that only the lease's holder writes, and return its ETag.

        An object that differs from the expected one was edited by hand, or put by a run that has
        lost its lease: it is replaced. Raises `StoreConflict` when the lease is lost.
        """
        store = self._ports.store
        for _ in range(ATTEMPTS):
            self.check()
            try:
                return store.put(keys.artifact(key, body), replaces=replaces)
            except StoreConflict:
                stored = store.get(key)
                if stored and stored.body == body:
                    return stored.etag
                if not self._is_ours():
                    where = store.location(key)
                    raise StoreConflict("another run took the lease", where) from None
                replaces = stored.etag if stored else None
        raise StoreConflict("was changed too often", store.location(key))

    def commit(
        self, archive: Archive, changed: Collection[date], left: Collection[date]
    ) -> Archive:
        """Put the states of the months that changed, then the root without the lease.

        Days in `left` stay in the lease, for the next run. Returns the archive as stored.
        Raises `StoreConflict` when the lease is lost, and `StoreError`.
        """
        bodies = {first: render_month(archive.months[first]) for first in sorted(changed)}
        puts = [
            partial(self.overwrite, key, body, self.snapshot.etags.get(key))
            for first, body in bodies.items()
            for key in [keys.month_state(first)]
        ]
        for first, etag in zip(bodies, self._ports.together(puts), strict=True):
            archive = archive.with_month(archive.months[first], etag)
        self.check()
        lease = self._released(left) if left else None
        root = replace(archive.root, serial=self._root.serial + 1, lease=lease)
        if _put_root(root, self._etag, self._ports) is None:
            where = self._ports.store.location(keys.ROOT_STATE)
            raise StoreConflict("another run took the lease", where)
        self._is_committed = True
        return replace(archive, root=root)

    def __enter__(self) -> Self:
        """Return the lease itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lease at once, with its days, unless the work was committed."""
        if not self._is_committed:
            root = replace(
                self._root, serial=self._root.serial + 1, lease=self._released(self.days)
            )
            with suppress(StoreError):
                _put_root(root, self._etag, self._ports)

    def _released(self, days: Collection[date]) -> Lease | None:
        lease = self._root.lease
        return replace(lease, until=0.0, days=tuple(sorted(days))) if lease else None

    def _is_ours(self) -> bool:
        stored = self._ports.store.get(keys.ROOT_STATE)
        return bool(stored and stored.etag == self._etag)
