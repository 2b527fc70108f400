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
    """What a run has brought to what follows from facts, and how to do that again."""

    gather: Callable[[Read], object]
    facts: object
    again: Callable[[], object]


@dataclass(slots=True)
class Seen:
    """What a run saw: objects since it last put one, and before that their bytes.

    `steps` are what it has done with that, and `asked` the keys of their facts. With `at_the_end`,
    it looks at these once more when all is done, and otherwise after each step.
    """

    fresh: dict[str, Found] = field(default_factory=dict)
    before: dict[str, bytes | None] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    asked: dict[str, None] = field(default_factory=dict)
    at_the_end: bool = False
    wrote: bool = False

    def put(self) -> None:
        """Take nothing for fresh any more: who changes a fact looks at its followers after that."""
        looked = {key: one for key, one in self.fresh.items() if not isinstance(one, StoreError)}
        self.fresh.clear()
        self.before |= {key: body_of(stored) for key, stored in looked.items()}

    def forget(self) -> None:
        """Forget what was seen: it may be why a race was lost."""
        self.fresh.clear()
        self.before.clear()


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
