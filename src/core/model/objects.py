"""Objects of a store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to publish."""

    key: str
    body: bytes
    media_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store holds under a key; `etag` is its version, for compare-and-swap."""

    body: bytes
    etag: str
