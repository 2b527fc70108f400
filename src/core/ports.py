"""What the core asks of the outside world. An implementation raises only our exceptions."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from core.models import Artifact, Payload, StoredObject

Remaining = Callable[[], float]
"""Tells how many seconds are left of the run."""

Pause = Callable[[int], bool]
"""Waits before attempt `n` (from 1) of a compare-and-swap; False when the run has no time left."""


class PaperSource(Protocol):
    """Where payloads come from."""

    def fetch(self, day: date) -> Payload:
        """Return the payload of `day`; an empty day has no entries.

        Raises `SourceUnavailable`, `SourceRejected` or `PayloadError`.
        """


class Store(Protocol):
    """Where artifacts live."""

    def get(self, key: str) -> StoredObject | None:
        """Return the object under `key`, or None when there is none. Raises `StoreError`."""

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Write the artifact whole, if the store still holds what was read.

        `replaces` is the ETag that was read, None when there was no object. Raises
        `StoreConflict` when another object is there by now, `StoreError` when it cannot write.
        """

    def location(self, key: str) -> str:
        """Return where a person finds `key`: a path or an S3 URL."""
