"""What became of objects and files."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What became of an object: the words of the report."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """An object, or a file of the blog: what became of it, and its size in bytes."""

    key: str
    action: Action
    size: int
