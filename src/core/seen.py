"""What a run has seen of a store: what it reads, what it remembers, and what it made of that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from core.errors import StoreError
from core.models import Keep, StoredObject
from core.ports import Ports, Store

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


def found(store: Store, key: str) -> Found:
    """Return the object under a key, or the error that came instead."""
    try:
        return store.get(key)
    except StoreError as error:
        return error


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
