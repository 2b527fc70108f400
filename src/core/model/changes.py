"""The changes of objects and files."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """The change of an object: the words of the report."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of an object, or of a file of the blog; `size` is in bytes."""

    key: str
    action: Action
    size: int
