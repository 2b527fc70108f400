"""Apply a plan: put the objects that differ from the manifests, tier by tier."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby

from core.archive.lease import Held
from core.archive.planned import PlannedObject, is_same, manifest_of
from core.archive.ports import Ports
from core.archive.prepare import Prepared, changed_months, with_release
from core.archive.state import Archive, ManifestEntry, digest
from core.model import keys
from core.model.changes import Action, Change


def apply(prepared: Prepared, held: Held, ports: Ports) -> Archive:
    """Put the plan's objects, and return the archive with their manifests.

    Raises `StoreError`, and `StoreConflict` when the lease is lost.
    """
    entries: dict[date | None, dict[str, ManifestEntry]] = {}
    before = prepared.snapshot.archive
    for _, tier in groupby(prepared.objects, key=lambda planned: planned.tier):
        # After an interrupted run, objects may differ from the manifests: all are put.
        objects = [
            planned
            for planned in tier
            if not (held.is_trusted and is_same(planned, manifest_of(before, planned.month)))
        ]
        puts = [partial(_put, planned, before, held) for planned in objects]
        for planned, etag in zip(objects, ports.together(puts), strict=True):
            made = ManifestEntry(digest(planned.body), etag)
            entries.setdefault(planned.month, {})[planned.key] = made
    return _with_manifests(with_release(prepared), entries)


def finish(prepared: Prepared, held: Held, ports: Ports, left: Collection[date] = ()) -> Archive:
    """Apply a plan and commit it; days in `left` are left to the next run. Raises like `apply`."""
    archive = apply(prepared, held, ports)
    held.snapshot = prepared.snapshot
    return held.commit(archive, changed_months(prepared), left)


def changes_of(prepared: Prepared) -> tuple[Change, ...]:
    """Return the changes of the plan's objects, in the order of tiers."""
    return tuple(_change(planned, prepared) for planned in prepared.objects)


def posts_of(prepared: Prepared) -> dict[date, bytes]:
    """Return the posts that the plan has, by day."""
    made = {planned.key: planned.body for planned in prepared.objects}
    days = (*prepared.scope.days, *prepared.scope.linked_days)
    return {day: made[key] for day in days if (key := keys.edition_post(day)) in made}


def _put(planned: PlannedObject, before: Archive, held: Held) -> str:
    known = manifest_of(before, planned.month).get(planned.key)
    return held.overwrite(planned.key, planned.body, known.etag if known else None)


def _with_manifests(
    archive: Archive, entries: dict[date | None, dict[str, ManifestEntry]]
) -> Archive:
    for first, made in entries.items():
        for other, state in archive.months.items():
            # The home of a week can change: see `Archive.home_of`.
            if other != first and made.keys() & state.manifest.keys():
                left = {key: one for key, one in state.manifest.items() if key not in made}
                archive = archive.with_month(replace(state, manifest=left))
        if first is None:
            manifest = {**archive.root.manifest, **made}
            archive = replace(archive, root=replace(archive.root, manifest=manifest))
        else:
            month = archive.months[first]
            manifest = {**month.manifest, **made}
            archive = archive.with_month(replace(month, manifest=manifest))
    return archive


def _change(planned: PlannedObject, prepared: Prepared) -> Change:
    manifest = manifest_of(prepared.snapshot.archive, planned.month)
    if planned.key not in manifest:
        action = Action.CREATED
    elif is_same(planned, manifest):
        action = Action.UNCHANGED
    else:
        action = Action.UPDATED
    return Change(planned.key, action, len(planned.body))
