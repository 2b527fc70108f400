"""What a run has seen of a store: what it reads, what it remembers, and what it made of that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from core.model.errors import StoreError
from core.model.objects import StoredObject
from core.model.ports import Ports, Store, Together
from core.model.report import Keep

Value = TypeVar("Value")

Read = Callable[[str], bytes | None]
"""Returns the bytes under a key, None where there are none."""

Look = Callable[[str], StoredObject | None]
"""Returns the object under a key that may be replaced."""

Outcomes = Mapping[str, bytes | Keep]
"""What objects' bytes should be, or why they stay as they are, in the order of writing."""

Found = StoredObject | StoreError | None
"""What came of looking at a key; an error is for when the object is needed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a run has brought to what follows from facts, and how to do that again.

    `left` are the followers that it left as they were, though it had looked at them before its last
    write: whoever changed them since may not have seen that.
    """

    gather: Callable[[Read], object]
    facts: object
    again: Callable[[], object]
    left: Mapping[str, bytes | None]

    def has_moved(self, read: Read) -> bool:
        """Tell whether others have changed what this was made of, or left."""
        return self.gather(read) != self.facts or any(
            read(key) != body for key, body in self.left.items()
        )


@dataclass(slots=True)
class Seen:
    """What a run saw: objects since it last put one, objects before that, and what it put.

    `puts` is how often it has begun or ended one. `steps` are what it has done with what it saw,
    and `asked` the keys of their facts. With `at_the_end`, it looks at these once more when all is
    done, and otherwise after each step.
    """

    fresh: dict[str, Found] = field(default_factory=dict)
    stale: dict[str, Found] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    asked: dict[str, None] = field(default_factory=dict)
    at_the_end: bool = False
    puts: int = 0

    def has(self, key: str) -> bool:
        """Tell whether there is an object, or none, to go by."""
        return key in self.fresh or key in self.stale

    def put(self, key: str, body: bytes | None = None) -> None:
        """Note that the run is about to put something, or has put these bytes."""
        self.puts += 1
        self.stale |= self.fresh
        self.fresh.clear()
        self.stale.pop(key, None)
        if body is not None:
            self.written[key] = body

    def look_anew(self, keys: Iterable[str] | None = None) -> None:
        """Go by nothing that was seen of these keys, or of any."""
        for seen in (self.fresh, self.stale, self.written):
            for key in list(seen) if keys is None else keys:
                seen.pop(key, None)


class Reader:
    """Looks at a store, with what was seen there before."""

    def __init__(self, store: Store, seen: Seen, together: Together) -> None:
        self.store, self.seen, self.together = store, seen, together

    def known(self, key: str) -> bytes | None:
        """Return what this run last saw under a key, or has put there; else it looks there."""
        written = None if self.seen.has(key) else self.seen.written.get(key)
        return written or body_of(self.look(key))

    def fact(self, key: str) -> bytes | None:
        """Return what this run knows of a key, which it looks at once more when it settles."""
        self.seen.asked[key] = None
        return self.known(key)

    def read(self, key: str) -> bytes | None:
        """Return what is under a key now."""
        self.seen.look_anew([key])
        return body_of(self.look(key))

    def look(self, key: str) -> StoredObject | None:
        """Return the object under a key, as it was when this run looked there. Raises `StoreError`.

        What it has put itself, it looks at again: the object is another one since.
        """
        self.look_ahead([key])
        stored = self.seen.fresh.get(key, self.seen.stale.get(key))
        if isinstance(stored, StoreError):
            self.seen.look_anew([key])
            raise stored
        return stored

    def look_ahead(self, keys: Iterable[str], facts: Iterable[str] = ()) -> None:
        """Look at what will be looked at soon, all at once; an error is for when it is needed.

        Facts are not looked at where the run knows them, as it has put them itself.
        """
        unknown = (key for key in facts if key not in self.seen.written)
        new = [key for key in dict.fromkeys([*keys, *unknown]) if not self.seen.has(key)]
        looked = self.together([partial(_found, self.store, key) for key in new])
        self.seen.fresh.update(zip(new, looked, strict=True))

    def now(self, keys: Iterable[str]) -> Read:
        """Return what reads what is there now; these keys are looked at together."""
        keys = list(keys)
        self.seen.look_anew(keys)
        self.look_ahead(keys)
        return lambda key: body_of(self.look(key))


def read_all(ports: Ports, keys: Iterable[str]) -> dict[str, bytes]:
    """Return the bytes under those of the keys that are there."""
    keys = list(keys)
    stored = ports.together([partial(ports.store.get, key) for key in keys])
    return {key: one.body for key, one in zip(keys, stored, strict=True) if one}


def readable(stored: StoredObject | bytes | None, read: Callable[[bytes], Value]) -> Value | None:
    """Return what `read` finds in an object; one that nobody can read is none."""
    body = stored.body if isinstance(stored, StoredObject) else stored
    try:
        return None if body is None else read(body)
    except (ValueError, RecursionError):
        return None


def body_of(stored: StoredObject | None) -> bytes | None:
    """Return an object's bytes, if there is one."""
    return stored.body if stored else None


def _found(store: Store, key: str) -> Found:
    """Return the object under a key, or the error that came instead."""
    try:
        return store.get(key)
    except StoreError as error:
        return error
