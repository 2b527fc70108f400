"""Objects of a store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """An object to put."""

    key: str
    body: bytes
    media_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store holds under a key; `etag` is its version, for compare-and-swap."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in a listing; `size` is in bytes."""

    key: str
    etag: str
    size: int
