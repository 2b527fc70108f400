"""Compare-and-swap: the one way in which Paperboy writes objects.

Compare, then write: the same bytes are never put again. And a write says which version it replaces,
so of two runs at once the slower one looks again, and nothing is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from core import layout
from core.errors import StoreConflict
from core.models import Action, Change, Keep, StoredObject
from core.ports import Pause, Store
from core.swap import persist

ATTEMPTS = 8

Value = TypeVar("Value")

Decide = Callable[[StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given what is stored, or that it stays as it is."""

Leaders = Mapping[str, bytes]
"""What others follow from: objects' keys and bytes."""

Derive = Callable[[Leaders, StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given its leaders and what is stored."""


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

        def attempt(number: int) -> bytes | Keep:
            nonlocal stored, wanted
            if number > 1:
                stored = self.store.get(key)
                wanted = decide(stored)
            if not isinstance(wanted, Keep) and not (stored and stored.body == wanted):
                artifact = layout.artifact(key, wanted)
                self.store.put(artifact, replaces=stored.etag if stored else None)
            return wanted

        outcome = persist(attempt, {StoreConflict: ATTEMPTS}, self._pause)
        if not isinstance(outcome, Keep):
            self._after[key] = outcome
        return outcome

    def follow(self, key: str, known: Leaders, derive: Derive) -> bytes | Keep:
        """Bring the object under `key` to what follows from its leaders.

        `known` are the leaders' bytes as the caller knows them. Where the object is not yet what
        follows from these, the leaders are read before the write and after it: another run may
        replace all of them meanwhile, and even bring an older follower back, which the write
        cannot tell by its ETag. Who writes a leader looks at the follower, who writes the follower
        looks at its leaders, so that whoever is last leaves them in step. Raises `StoreConflict`.
        """

        def follower(leading: Leaders, stored: StoredObject | None) -> bytes | Keep:
            gone = ", ".join(known.keys() - leading.keys())
            return Keep(f"{gone} is gone") if gone else derive(leading, stored)

        def decide(stored: StoredObject | None) -> bytes | Keep:
            return follower(read_all(self.store, known), stored)

        stored = self.store.get(key)
        expected = derive(known, stored)
        if isinstance(expected, Keep) or (stored and stored.body == expected):
            return self.swap(key, stored, expected, decide)
        for attempt in range(ATTEMPTS):
            leading = read_all(self.store, known)
            foreseen = attempt == 0 and leading == known
            wanted = expected if foreseen else follower(leading, stored)
            outcome = self.swap(key, stored, wanted, decide)
            if isinstance(outcome, Keep) or read_all(self.store, known) == leading:
                return outcome
            stored = self.store.get(key)
        raise StoreConflict("is replaced again and again", ", ".join(known))


def read_all(store: Store, keys: Iterable[str]) -> dict[str, bytes]:
    """Return the bytes under those of the keys that are there."""
    found = ((key, store.get(key)) for key in keys)
    return {key: stored.body for key, stored in found if stored}


def readable(stored: StoredObject | bytes | None, read: Callable[[bytes], Value]) -> Value | None:
    """Return what `read` finds in an object; one that nobody can read is none."""
    body = stored.body if isinstance(stored, StoredObject) else stored
    try:
        return None if body is None else read(body)
    except (ValueError, RecursionError):
        return None


def _change(key: str, before: bytes | None, after: bytes) -> Change:
    if before is None:
        return Change(key, Action.CREATED, len(after))
    action = Action.UNCHANGED if after == before else Action.UPDATED
    return Change(key, action, len(after), len(before))
