"""Read what a plan needs, and make the plan."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from core.archive import plan, topics
from core.archive.plan import (
    IN_FEED,
    IN_PAPERS_FEED,
    IN_RISING,
    Material,
    Scope,
)
from core.archive.planned import PlannedObject
from core.archive.ports import Ports
from core.archive.read import Snapshot, get_all, read_edition, read_months, readable
from core.archive.state import Archive, DayTruth
from core.archive.state_json import read_newest
from core.model import dates, keys
from core.model.objects import StoredObject
from core.model.paper import Edition
from core.model.topic import Newest
from core.render import search, votes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, with the snapshot and the archive that it was made for.

    `archive` is the archive after the run, except that its manifests are those from before it.
    `unread` are the days whose editions could not be read, so that objects which need them stay as
    they are.
    """

    snapshot: Snapshot
    archive: Archive
    scope: Scope
    objects: tuple[PlannedObject, ...]
    release: str
    unread: frozenset[date] = frozenset()


def prepare(
    snapshot: Snapshot,
    truths: Collection[DayTruth],
    complete: Callable[[date], DayTruth],
    ports: Ports,
    *,
    editions: Mapping[date, Edition] | None = None,
    links: bool = False,
    front: bool = False,
) -> Prepared:
    """Return the plan of the objects that are derived from these days' truth.

    `complete` returns the truth of a day that is found because its month's state is lost.
    `editions` are other editions that the run has, as they are published; `links` and `front` are
    as for `plan.scope_of`. Raises `StoreError` and `RenderError`.
    """
    release, truths = ports.release(), list(truths)
    has_risen = ports.renderer().has_risen
    own = {dates.first_of_month(truth.day) for truth in truths}
    snapshot = read_months(snapshot, own - snapshot.archive.months.keys(), ports)
    days = {truth.day for truth in truths}
    truths += [
        snapshot.truths.get(day) or complete(day) for day in snapshot.moved if day not in days
    ]
    days, has_moved = {truth.day for truth in truths}, bool(snapshot.moved)
    own = set(map(dates.first_of_month, days))
    while True:
        before, after = snapshot.archive, _with_truths(snapshot.archive, truths)
        scope = plan.scope_of(
            before,
            after,
            days,
            release,
            links=links or has_moved,
            front=front,
            has_risen=has_risen,
        )
        # What belongs to another month whose state is lost waits until that state is rebuilt.
        lost = set(map(dates.first_of_month, snapshot.moved)) - own
        scope = plan.without_months(scope, after, lost)
        lacking = plan.months_of(scope, after, has_risen=has_risen) - before.months.keys()
        if not lacking:
            break
        snapshot = read_months(snapshot, lacking, ports)
    stored = _stored_lines(scope, before, after, ports)
    in_feed: list[date] = []
    if scope.feed:
        feed = stored.get(keys.FEED_JSON)
        there = ports.feeds().days(feed) if feed else None
        found = plan.feed_days(after, scope, there)
        if found is None:
            missing = set(after.months_of_newest(IN_FEED)) - before.months.keys()
            snapshot = read_months(snapshot, missing, ports)
            before, after = snapshot.archive, _with_truths(snapshot.archive, truths)
            found = plan.feed_days(after, scope, there) or after.newest(IN_FEED)
            lost = set(map(dates.first_of_month, snapshot.moved)) - own
        in_feed = found
    material = _material(scope, snapshot, after, truths, editions or {}, stored, in_feed, ports)
    rules = ports.topics() if ports.topics else None
    if rules:
        after = topics.with_matches(after, material.editions, scope.days, rules)
    if rules and scope.front:
        newest = _newest(snapshot, ports)
        again = topics.lacking(after.root, newest, rules.topics) - own - lost
        if again:
            scope = replace(scope, topic_months=tuple(sorted(again)))
            snapshot = read_months(snapshot, again - before.months.keys(), ports)
            before, after = snapshot.archive, _with_truths(snapshot.archive, truths)
            after = topics.with_matches(after, material.editions, scope.days, rules)
            stored |= _stored([*map(keys.search_shard, again)], before, ports)
            known = {**(editions or {}), **material.editions}
            material = _material(scope, snapshot, after, truths, known, stored, in_feed, ports)
        material = replace(material, newest=newest)
    archive, objects = plan.plan(scope, before, after, material, in_feed, ports)
    unread = _needed(scope, after, material.stored, in_feed, ports) - material.editions.keys()
    return Prepared(
        snapshot,
        archive,
        scope,
        tuple(objects),
        release,
        frozenset(day for day in unread if dates.first_of_month(day) not in lost),
    )


def _newest(snapshot: Snapshot, ports: Ports) -> Newest:
    """Return the newest papers of topics that were kept, if they are unchanged since."""
    known = snapshot.archive.root.manifest.get(keys.TOPICS_STATE)
    stored = ports.store.get(keys.TOPICS_STATE) if known else None
    if known is None or stored is None or stored.etag != known.etag:
        return {}
    return readable(stored, read_newest) or {}


def _with_truths(archive: Archive, truths: Collection[DayTruth]) -> Archive:
    for truth in truths:
        # A lost edition stays in the state, and its objects stay as they are: the doctor names it.
        if truth.entry:
            archive = archive.with_edition(truth.entry)
    return archive


def _stored_lines(scope: Scope, before: Archive, after: Archive, ports: Ports) -> dict[str, bytes]:
    """Return the objects that grow by lines, if this release put them."""
    return _stored([] if scope.fixed else plan.lines_of(scope, after), before, ports)


def _stored(wanted: Collection[str], before: Archive, ports: Ports) -> dict[str, bytes]:
    """Return the objects that are unchanged since they were put, and can be read."""
    manifests = [before.root.manifest, *(month.manifest for month in before.months.values())]
    etags = {key: manifest[key].etag for manifest in manifests for key in wanted if key in manifest}
    readable_ones = {}
    for key, stored in get_all(list(etags), ports).items():
        if stored is None or stored.etag != etags[key]:
            continue
        with suppress(ValueError):
            _days_of(key, stored.body, ports)
            readable_ones[key] = stored.body
    return readable_ones


def _days_of(key: str, body: bytes, ports: Ports) -> frozenset[date]:
    """Return the days whose lines a stored object has. Raises ValueError if it cannot be read."""
    if key == keys.FEED_JSON:
        return ports.feeds().days(body)
    if key == keys.RISING_JSON:
        return ports.feeds().rising_days(body)
    return search.days(body, keys.month_of_shard(key))


def _material(
    scope: Scope,
    snapshot: Snapshot,
    after: Archive,
    truths: Collection[DayTruth],
    editions: Mapping[date, Edition],
    stored: dict[str, bytes],
    in_feed: Collection[date],
    ports: Ports,
) -> Material:
    """Return the editions and vote histories that a plan needs; read those that the run lacks."""
    known = {truth.day: truth for truth in truths if truth.edition}
    found = {day: truth.edition for day, truth in known.items() if truth.edition}
    found |= {day: edition for day, edition in editions.items() if day not in found}
    shown = _with_histories(scope, after, stored, ports)
    needed = _needed(scope, after, stored, in_feed, ports)
    lacking = [day for day in sorted(needed) if day not in found]
    histories = {day: truth.history for day, truth in known.items() if truth.history}
    without_history = [day for day in sorted(shown) if day not in histories]
    read = get_all(
        [*map(keys.edition_json, lacking), *_unread_histories(without_history, after, snapshot)],
        ports,
    )
    for day in lacking:
        edition = read_edition(read[keys.edition_json(day)], day)
        if edition:
            found[day] = edition
    for day in without_history:
        key = keys.vote_history(day)
        history = readable(read[key] if key in read else snapshot.histories[day], votes.read)
        if history:
            histories[day] = history
    return Material(found, histories, stored)


def _with_histories(
    scope: Scope, after: Archive, stored: Mapping[str, bytes], ports: Ports
) -> set[date]:
    """Return the days whose editions and vote histories a plan needs."""
    days = {*scope.days, *scope.linked_days}
    if scope.front:
        days |= set(after.newest(IN_PAPERS_FEED if scope.papers_feed else 1))
    if scope.rising:
        days |= set(after.newest(IN_RISING)) - _lined(keys.RISING_JSON, stored, ports)
    return days


def _needed(
    scope: Scope,
    after: Archive,
    stored: Mapping[str, bytes],
    in_feed: Collection[date],
    ports: Ports,
) -> set[date]:
    """Return the days whose editions a plan needs, and the days whose lines are not stored."""
    lacking = set(in_feed) - _lined(keys.FEED_JSON, stored, ports)
    for first, days in plan.shards_of(scope, after).items():
        lacking |= set(days) - _lined(keys.search_shard(first), stored, ports)
    return _with_histories(scope, after, stored, ports) | lacking


def _lined(key: str, stored: Mapping[str, bytes], ports: Ports) -> frozenset[date]:
    """Return the days whose lines are stored under a key."""
    return _days_of(key, stored[key], ports) if key in stored else frozenset()


def _unread_histories(days: Collection[date], after: Archive, snapshot: Snapshot) -> list[str]:
    """Return the keys of vote histories that were not read, or have changed since."""

    def is_current(day: date, stored: StoredObject | None) -> bool:
        entry = after.find(day)
        return bool(entry and stored and stored.etag == entry.history_etag)

    return [
        keys.vote_history(day) for day in days if not is_current(day, snapshot.histories.get(day))
    ]


def changed_months(prepared: Prepared) -> list[date]:
    """Return the months whose states have to be put."""
    archive, scope = prepared.archive, prepared.scope
    days = {*scope.linked_days, *prepared.unread}
    changed = {*scope.months, *scope.linked_months, *map(dates.first_of_month, days)}
    # A week's objects can have been in the manifest of another month.
    homes = {planned.key: planned.month for planned in prepared.objects if planned.month}
    changed.update(homes.values())
    changed.update(
        first
        for first, state in archive.months.items()
        if any(homes[key] != first for key in homes.keys() & state.manifest.keys())
    )
    return sorted(changed & archive.months.keys())


def with_release(prepared: Prepared) -> Archive:
    """Return the archive with the release of each month, or front, that was rendered whole."""
    archive, scope = prepared.archive, prepared.scope
    for first in scope.months:
        state = archive.months[first]
        all_days = {entry.day for entry in state.editions} <= set(scope.days)
        if all_days:
            archive = archive.with_month(replace(state, release=prepared.release))
    if scope.fixed:
        archive = replace(archive, root=replace(archive.root, release=prepared.release))
    if not scope.front:
        # The pages of topics lack these days: the next run reads the months again.
        manifest = {**archive.root.manifest}
        manifest.pop(keys.TOPICS_STATE, None)
        archive = replace(archive, root=replace(archive.root, manifest=manifest))
    # What needed an edition that could not be read is rendered again by the next check.
    for first in {dates.first_of_month(day) for day in prepared.unread} & archive.months.keys():
        archive = archive.with_month(replace(archive.months[first], release=""))
    return archive
