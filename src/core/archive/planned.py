"""The objects of a plan, and how they compare with the manifests."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from core.archive.state import Archive, Manifest, digest


class Tier(IntEnum):
    """Objects of one tier are put at once, after all of the tier before it."""

    FIXED = 0
    NEW = 1
    THERE = 2
    FRONT = 3
    HOME = 4


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """An object that has to exist; it is in the manifest of `month`, or else of the front."""

    key: str
    body: bytes
    tier: Tier
    month: date | None = None


def of_month(first: date, key: str, body: bytes, before: Archive) -> PlannedObject:
    """Return an object that is in a month's manifest; `before` is the archive before the run."""
    is_new = key not in manifest_of(before, first)
    return PlannedObject(key, body, Tier.NEW if is_new else Tier.THERE, first)


def is_same(planned: PlannedObject, manifest: Manifest) -> bool:
    """Return whether a manifest has an object with these bytes."""
    entry = manifest.get(planned.key)
    return entry is not None and entry.digest == digest(planned.body)


def manifest_of(archive: Archive, month: date | None) -> Manifest:
    """Return the manifest of a month, or else of the front."""
    if month is None:
        return archive.root.manifest
    state = archive.months.get(month)
    return state.manifest if state else {}
