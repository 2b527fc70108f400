"""Compare-and-swap: the one way in which Paperboy writes objects.

Compare, then write: the same bytes are never put again. And a write says which version it replaces,
so of two runs at once the slower one looks again, and nothing is lost.
"""

from collections.abc import Callable

from core import layout
from core.errors import StoreConflict
from core.models import Action, Change, Keep, StoredObject
from core.ports import Pause, Store

ATTEMPTS = 8

Decide = Callable[[StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given what is stored, or that it stays as it is."""

Derive = Callable[[StoredObject, StoredObject | None], bytes | Keep]
"""Says the same of an object that follows from another one, which is given first."""


class Writer:
    """Writes to a store, and remembers what became of each object, also when a run fails."""

    def __init__(self, store: Store, pause: Pause) -> None:
        self.store = store
        self._pause = pause
        self._before: dict[str, bytes | None] = {}
        self._after: dict[str, bytes] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What became of each object since it was first looked at, in the order of writing."""
        return tuple(_change(key, self._before[key], body) for key, body in self._after.items())

    def swap(
        self, key: str, stored: StoredObject | None, wanted: bytes | Keep, decide: Decide
    ) -> bytes | Keep:
        """Bring the object under `key` to what is `wanted`; after a lost race, `decide` anew.

        `stored` is what the caller read there, and judged. Returns the decision that won. Raises
        `StoreConflict` when the race is lost too often or there is no time left.
        """
        self._before.setdefault(key, stored.body if stored else None)
        attempt = 1
        while not isinstance(wanted, Keep):
            if stored and stored.body == wanted:
                break
            try:
                artifact = layout.artifact(key, wanted)
                self.store.put(artifact, replaces=stored.etag if stored else None)
                break
            except StoreConflict:
                if attempt == ATTEMPTS or not self._pause(attempt):
                    raise
            attempt += 1
            stored = self.store.get(key)
            wanted = decide(stored)
        if not isinstance(wanted, Keep):
            self._after[key] = wanted
        return wanted

    def follow(self, key: str, expected: bytes, leader: str, derive: Derive) -> bytes | Keep:
        """Bring the object under `key` to what follows from the object under `leader`.

        `expected` is what follows from the leader as the caller knows it. Where that is not stored
        yet, the leader is read before the write and after it: another run may replace both
        meanwhile, and even bring an older follower back, which the write cannot tell by its ETag.
        Who writes the leader looks at the follower, who writes the follower looks at the leader,
        so that whoever is last leaves them in step. Raises `StoreConflict`.
        """

        def follower(leading: StoredObject | None, stored: StoredObject | None) -> bytes | Keep:
            return derive(leading, stored) if leading else Keep(f"{leader} is gone")

        def decide(stored: StoredObject | None) -> bytes | Keep:
            return follower(self.store.get(leader), stored)

        stored = self.store.get(key)
        if stored and stored.body == expected:
            return self.swap(key, stored, expected, decide)
        for _ in range(ATTEMPTS):
            leading = self.store.get(leader)
            outcome = self.swap(key, stored, follower(leading, stored), decide)
            if isinstance(outcome, Keep) or self.store.get(leader) == leading:
                return outcome
            stored = self.store.get(key)
        raise StoreConflict("is replaced again and again", leader)


def _change(key: str, before: bytes | None, after: bytes) -> Change:
    if before is None:
        return Change(key, Action.CREATED, len(after))
    action = Action.UNCHANGED if after == before else Action.UPDATED
    return Change(key, action, len(after), len(before))
