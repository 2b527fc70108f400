"""Compare-and-swap: the one way in which Paperboy writes objects.

Compare, then write: the same bytes are never put again. And a write says which version it replaces,
so of two runs at once the slower one looks again, and nothing is lost.
"""

from collections.abc import Callable

from core import layout
from core.errors import StoreConflict
from core.models import Action, Change, Keep, StoredObject
from core.ports import Pause, Store

ATTEMPTS = 5

Decide = Callable[[StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given what is stored, or that it stays as it is."""

Derive = Callable[[StoredObject, StoredObject | None], bytes | Keep]
"""Says the same of an object that follows from another one, which is given first."""


class Writer:
    """Writes to a store and keeps the list of changes, also of a run that fails half-way."""

    def __init__(self, store: Store, pause: Pause) -> None:
        self.store = store
        self.changes: list[Change] = []
        self._pause = pause

    def swap(
        self, key: str, stored: StoredObject | None, wanted: bytes | Keep, decide: Decide
    ) -> bytes | Keep:
        """Bring the object under `key` to what is `wanted`; after a lost race, `decide` anew.

        `stored` is what the caller read there, and judged. Returns the decision that won. Raises
        `StoreConflict` when the race is lost too often or there is no time left.
        """
        first, attempt = stored, 1
        while not isinstance(wanted, Keep):
            if stored and stored.body == wanted:
                # Put by somebody else meanwhile, or by us: a put that was answered with an error
                # may have succeeded, and then loses against itself.
                self._note(key, first, wanted)
                break
            try:
                artifact = layout.artifact(key, wanted)
                self.store.put(artifact, replaces=stored.etag if stored else None)
            except StoreConflict:
                if attempt == ATTEMPTS or not self._pause(attempt):
                    raise
                attempt += 1
                stored = self.store.get(key)
                wanted = decide(stored)
            else:
                self._note(key, stored, wanted)
                break
        return wanted

    def follow(self, key: str, expected: bytes, leader: str, derive: Derive) -> bytes | Keep:
        """Bring the object under `key` to what follows from the object under `leader`.

        `expected` is what follows from the leader as the caller knows it. Where that is not stored
        yet, the leader is read again, after the follower: another run may have replaced both.
        """

        def decide(stored: StoredObject | None) -> bytes | Keep:
            leading = self.store.get(leader)
            return derive(leading, stored) if leading else Keep(f"{leader} is gone")

        stored = self.store.get(key)
        wanted = expected if stored and stored.body == expected else decide(stored)
        return self.swap(key, stored, wanted, decide)

    def _note(self, key: str, stored: StoredObject | None, body: bytes) -> None:
        """Note what became of an object of which `stored` was there before."""
        before = stored.body if stored else None
        if before is None:
            action = Action.CREATED
        else:
            action = Action.UNCHANGED if body == before else Action.UPDATED
        size_before = None if before is None else len(before)
        self.changes.append(Change(key, action, len(body), size_before))
