"""Compare-and-swap: the one way in which Paperboy writes objects.

Compare, then write: the same bytes are never put again. And a write says which version it replaces,
so of two runs at once the slower one looks again, and nothing is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar

from core import layout
from core.errors import StoreConflict
from core.models import Action, Change, Keep, StoredObject
from core.ports import Pause, Store
from core.swap import persist

ATTEMPTS = 8
CHANGED = "follows from what others changed meanwhile, again and again"

Value = TypeVar("Value")
Facts = TypeVar("Facts")

Decide = Callable[[StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given what is stored, or that it stays as it is."""

Read = Callable[[str], bytes | None]
"""Returns the bytes under a key, None where there are none."""

Seen = dict[str, bytes | None]
"""What a run last saw under keys."""

Look = Callable[[str], StoredObject | None]
"""Returns the object under a key that may be replaced."""

Outcomes = Mapping[str, bytes | Keep]
"""What objects' bytes should be, or why they stay as they are, in the order of writing."""


class Writer:
    """Writes to a store, and remembers what became of each object, also when a run fails."""

    def __init__(self, store: Store, pause: Pause, seen: Seen | None = None) -> None:
        """`seen` is what the run's other writers saw, and see."""
        self.store = store
        self._pause = pause
        self._before: dict[str, bytes | None] = {}
        self._after: dict[str, bytes] = {}
        self._known: Seen = {} if seen is None else seen

    @property
    def changes(self) -> tuple[Change, ...]:
        """What became of each object since it was first looked at, in the order of writing."""
        return tuple(_change(key, self._before[key], body) for key, body in self._after.items())

    def known(self, key: str) -> bytes | None:
        """Return what this run last saw under a key; it looks there once, if something is there.

        What is missing may come at any time, and nobody who brings it would look at what this run
        makes of its absence.
        """
        return self._known.get(key) or self.read(key)

    def read(self, key: str) -> bytes | None:
        """Return what is under a key now."""
        stored = self.look(key)
        return stored.body if stored else None

    def look(self, key: str) -> StoredObject | None:
        """Return the object under a key now."""
        stored = self.store.get(key)
        self._known[key] = stored.body if stored else None
        return stored

    def insist(self, attempt: Callable[[int], Value]) -> Value:
        """Return what `attempt` returns; it is called again, with 2, 3 …, after a lost race.

        Raises `StoreConflict` when the race is lost too often or there is no time left.
        """
        return persist(attempt, {StoreConflict: ATTEMPTS}, self._pause)

    def put(self, key: str, stored: StoredObject | None, outcome: bytes | Keep) -> bytes | Keep:
        """Bring an object from what is `stored` to the outcome, and return that.

        Raises `StoreConflict` when another object is there by now.
        """
        self._before.setdefault(key, stored.body if stored else None)
        if isinstance(outcome, Keep):
            return outcome
        if _differs(stored, outcome):
            self.store.put(layout.artifact(key, outcome), replaces=stored.etag if stored else None)
            # Of two runs that change what the same follows from, the later has to see both changes:
            # whatever it read before its own may be older than the other's.
            self._known.clear()
        self._after[key] = self._known[key] = outcome
        return outcome

    def swap(
        self, key: str, stored: StoredObject | None, wanted: bytes | Keep, decide: Decide
    ) -> bytes | Keep:
        """Bring the object under `key` to what is `wanted`; after a lost race, `decide` anew.

        `stored` is what the caller read there, and judged. Returns the decision that won. Raises
        `StoreConflict` as `insist` does.
        """

        def attempt(number: int) -> bytes | Keep:
            if number == 1:
                return self.put(key, stored, wanted)
            found = self.look(key)
            return self.put(key, found, decide(found))

        return self.insist(attempt)

    def follow(
        self, gather: Callable[[Read], Facts], derive: Callable[[Facts, Look], Outcomes]
    ) -> Outcomes:
        """Bring objects to what follows from facts that `gather` reads from the store.

        At first the facts are gathered from what this run knows. Where an object is not yet what
        follows from these, they are gathered anew before the writes and after them: another run
        may change them meanwhile, and even bring an older follower back, which a write cannot tell
        by its ETag. Who changes a fact looks at what follows from it, who writes what follows looks
        at the facts, so that whoever is last leaves them in step. Raises `StoreConflict`.
        """
        return self.insist(lambda number: self.bring(gather, derive, afresh=number > 1))

    def bring(
        self,
        gather: Callable[[Read], Facts],
        derive: Callable[[Facts, Look], Outcomes],
        *,
        afresh: bool,
    ) -> Outcomes:
        """Do what `follow` does, once; `afresh` for another try. Raises `StoreConflict`."""
        facts = gather(self.read if afresh else self.known)
        look = cache(self.look)
        outcomes = derive(facts, look)
        stored = {key: look(key) for key in outcomes}
        news = [key for key, outcome in outcomes.items() if _differs(stored[key], outcome)]
        if news and gather(self.read) != facts:
            raise StoreConflict(CHANGED, news[0])
        for key, outcome in outcomes.items():
            self.put(key, stored[key], outcome)
        if news and gather(self.read) != facts:
            raise StoreConflict(CHANGED, news[0])
        return outcomes


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


def _differs(stored: StoredObject | None, outcome: bytes | Keep) -> bool:
    return not isinstance(outcome, Keep) and not (stored and stored.body == outcome)


def _change(key: str, before: bytes | None, after: bytes) -> Change:
    if before is None:
        return Change(key, Action.CREATED, len(after))
    action = Action.UNCHANGED if after == before else Action.UPDATED
    return Change(key, action, len(after), len(before))
