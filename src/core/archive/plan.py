"""Plan the derived objects: from state, editions and vote histories to an ordered list.

Pure. `scope_of` returns which objects depend on days. `months_of`, `lines_of` and `feed_days`
return what has to be read for them, and `plan` renders them. Objects come in tiers, so that a
reader never finds a link to an object that does not exist: fixed files, new objects, existing ones,
the front, the home page.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum

from core.archive.ports import Ports
from core.archive.state import Archive, Manifest, MonthState, digest
from core.edition.vote_history import rising
from core.model import dates, keys
from core.model.blog import blob_id
from core.model.paper import Edition
from core.model.period import MonthEdition, Neighbours
from core.model.votes import VoteHistory
from core.render import dataset, feeds, index, json, search
from core.render import period as period_json

# How many editions the feeds have.
IN_FEED = feeds.EDITIONS_IN_FEED
IN_PAPERS_FEED = feeds.EDITIONS_IN_PAPERS_FEED
WITHDRAWN_POST = b"withdrawn\n"


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


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to be rendered again.

    `days`: their posts, pages and rows. `linked_days`: only their pages, because their neighbours
    changed. `months`: all of their objects, except that search shards are rendered for `shards`.
    `linked_months`: only their pages. `feed` and `papers_feed`: the feeds of editions and of
    papers. `front`: the other objects of the front. `fixed`: the files that depend on no edition.
    """

    days: tuple[date, ...] = ()
    linked_days: tuple[date, ...] = ()
    months: tuple[date, ...] = ()
    linked_months: tuple[date, ...] = ()
    shards: tuple[date, ...] = ()
    feed: bool = False
    papers_feed: bool = False
    front: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What objects are rendered from: full editions and vote histories by day.

    `stored` are the objects that grow by lines, if they are unchanged since they were put.
    """

    editions: Mapping[date, Edition] = field(default_factory=dict)
    histories: Mapping[date, VoteHistory] = field(default_factory=dict)
    stored: Mapping[str, bytes] = field(default_factory=dict)


def scope_of(
    before: Archive,
    after: Archive,
    days: Collection[date],
    release: str,
    *,
    everything: bool = False,
    links: bool = False,
    front: bool = False,
) -> Scope:
    """Return the objects that depend on these days, when the archive changes to `after`.

    With `everything`, these are all objects of the days and of their months. With `links`, they
    include the pages that link to them, changed or not. With `front`, they include everything that
    belongs to no month.
    """
    days = tuple(sorted(days))
    months = sorted({dates.first_of_month(day) for day in days})
    moved = [day for day in days if links or before.is_shown(day) != after.is_shown(day)]
    with_news = [
        day
        for day in days
        if everything or day in moved or _content(before, day) != _content(after, day)
    ]
    around = [after.neighbours(day) for day in moved]
    around_months = [
        after.months_around(first)
        for first in months
        if links or _has_editions(before, first) != _has_editions(after, first)
    ]
    # A month whose state was lost has an empty manifest.
    lost = [first for first in months if not manifest_of(before, first)]
    is_whole = front or after.root.release != release
    return Scope(
        days=days,
        linked_days=_linked(around, days),
        months=tuple(months),
        linked_months=_linked(around_months, months),
        shards=tuple(sorted({*map(dates.first_of_month, with_news), *lost})),
        feed=is_whole or any(_is_among_newest(before, after, day, IN_FEED) for day in days),
        papers_feed=is_whole
        or any(_is_among_newest(before, after, day, IN_PAPERS_FEED) for day in with_news),
        front=is_whole or bool(days),
        fixed=is_whole,
    )


def without_months(scope: Scope, after: Archive, lost: Collection[date]) -> Scope:
    """Return a scope without the objects of months whose state is lost, or that link to these."""
    is_front_lost = not set(lost).isdisjoint(after.months_of_newest(1))
    return replace(
        scope,
        linked_days=tuple(
            day for day in scope.linked_days if dates.first_of_month(day) not in lost
        ),
        linked_months=tuple(first for first in scope.linked_months if first not in lost),
        feed=scope.feed and not is_front_lost,
        papers_feed=scope.papers_feed and not is_front_lost,
        front=scope.front and not is_front_lost,
        fixed=scope.fixed and not is_front_lost,
    )


def months_of(scope: Scope, after: Archive) -> set[date]:
    """Return the first days of the months whose states the plan needs."""
    firsts = {dates.first_of_month(day) for day in scope.linked_days}
    firsts |= {*scope.months, *scope.linked_months}
    if scope.front:
        count = IN_PAPERS_FEED if scope.papers_feed else 1
        firsts |= set(after.months_of_newest(count))
    return firsts


def lines_of(scope: Scope) -> list[str]:
    """Return the keys of the objects that grow by lines: their stored lines are used again."""
    shards = [keys.search_shard(first) for first in scope.shards]
    return [*shards, *([keys.FEED_JSON] if scope.feed else [])]


def feed_days(after: Archive, scope: Scope, stored: Collection[date] | None) -> list[date] | None:
    """Return the days of the editions' feed, newest first.

    `stored` are the days that the stored feed has; None if it cannot be used. Returns None when the
    states of more months have to be read first: those of the newest editions.
    """
    total = min(IN_FEED, sum(span.editions for span in after.root.spans()))
    shown = {day for day in scope.days if after.is_shown(day)}
    # If an edition was withdrawn, an older one takes its place, which the stored feed lacks.
    if stored is not None and shown >= set(scope.days) & set(stored):
        found = sorted({*stored, *shown}, reverse=True)[:IN_FEED]
        if len(found) == total:
            return found
    found = after.newest(IN_FEED)
    return found if len(found) == total else None


def shown_days(month: MonthState) -> list[date]:
    """Return the days of a month's editions that are shown."""
    return [entry.day for entry in month.month().editions]


def plan(
    scope: Scope,
    before: Archive,
    after: Archive,
    material: Material,
    in_feed: list[date],
    ports: Ports,
) -> tuple[Archive, list[PlannedObject]]:
    """Return the archive with Git's ids of the posts, and the objects, in the order of tiers.

    `in_feed` are the days of the editions' feed. An object whose edition cannot be read is left as
    it is. Raises `RenderError`.
    """
    planner = _Planner(scope, before, after, material, ports)
    objects = [*planner.months(), *planner.front(in_feed)]
    return planner.after, sorted(objects, key=lambda one: (one.tier, one.key))


class _Planner:
    """Renders what is in a scope."""

    def __init__(
        self, scope: Scope, before: Archive, after: Archive, material: Material, ports: Ports
    ) -> None:
        self.after = after
        self._scope, self._before, self._material, self._ports = scope, before, material, ports
        self._site = ports.site()

    def months(self) -> Iterator[PlannedObject]:
        """Yield what belongs to months."""
        for day in self._scope.days:
            yield from self._day(day)
        for day in self._scope.linked_days:
            yield from self._page(day)
        for first in self._scope.months:
            yield from self._month(first)
        for first in self._scope.linked_months:
            yield self._of_month(first, keys.month_page(first), self._month_page(first))

    def front(self, in_feed: list[date]) -> Iterator[PlannedObject]:
        """Yield what belongs to no month."""
        if self._scope.fixed:
            for key, body in {**self._ports.schemas, **self._site.fixed()}.items():
                tier = Tier.FRONT if key in (keys.ROBOTS, keys.FIXED_SITEMAP) else Tier.FIXED
                yield PlannedObject(key, body, tier)
        spans = self.after.root.spans()
        if not self._scope.front or not spans:
            return
        yield PlannedObject(keys.ROOT_INDEX, index.render(spans), Tier.FRONT)
        if self._site.has_site:
            yield PlannedObject(keys.SITEMAP, self._site.sitemap(spans), Tier.FRONT)
        yield from self._feeds(in_feed)
        yield from self._newest()

    def _day(self, day: date) -> Iterator[PlannedObject]:
        """Yield the post, the page and the rows of a day."""
        first, entry = dates.first_of_month(day), self.after.find(day)
        edition = self._material.editions.get(day)
        if entry is None or edition is None:
            return
        post = self._ports.renderer().post(edition) if entry.is_shown else WITHDRAWN_POST
        self._note_post(entry, post)
        yield self._of_month(first, keys.edition_post(day), post)
        yield self._of_month(first, keys.dataset_papers(day), dataset.papers(edition))
        if entry.is_shown:
            yield from self._page(day)
        else:
            page = self._site.withdrawn(day, self.after.neighbours(day))
            yield self._of_month(first, keys.edition_page(day), page)

    def _page(self, day: date) -> Iterator[PlannedObject]:
        edition = self._material.editions.get(day)
        if edition:
            history = self._material.histories.get(day) or VoteHistory(day)
            page = self._site.edition(edition, history, self.after.neighbours(day))
            yield self._of_month(dates.first_of_month(day), keys.edition_page(day), page)

    def _month(self, first: date) -> Iterator[PlannedObject]:
        """Yield the objects of a month as a whole."""
        state = self.after.months[first]
        month = state.month()
        post = self._ports.renderer().period_post(month)
        self.after = self.after.with_month(replace(state, post_blob=blob_id(post) or ""))
        bodies = {
            keys.month_json(first): period_json.render(month),
            keys.month_post(first): post,
            keys.month_page(first): self._month_page(first),
        }
        if self._site.has_site:
            bodies[keys.month_sitemap(first)] = self._site.month_sitemap(month)
        if first in self._scope.shards:
            bodies[keys.search_shard(first)] = self._shard(first)
        for key, body in bodies.items():
            yield self._of_month(first, key, body)

    def _month_page(self, first: date) -> bytes:
        month = self.after.months[first].month()
        # No page links to a month that was withdrawn, so no run would update its links.
        near = self.after.months_around(first) if month.editions else Neighbours()
        return self._site.month(month, near)

    def _shard(self, first: date) -> bytes:
        stored = self._material.stored.get(keys.search_shard(first))
        there = search.days(stored, first) if stored else frozenset()
        editions = self._material.editions
        shown = shown_days(self.after.months[first])
        days = [day for day in shown if day in editions or day in there]
        return search.render(first, days, editions, stored)

    def _feeds(self, in_feed: list[date]) -> Iterator[PlannedObject]:
        renderer, editions = self._ports.feeds(), self._material.editions
        if self._scope.feed:
            stored = self._material.stored.get(keys.FEED_JSON)
            there = renderer.days(stored) if stored else frozenset()
            days = [day for day in in_feed if day in editions or day in there]
            feed = renderer.editions(days, editions, stored)
            yield PlannedObject(keys.FEED_JSON, feed, Tier.FRONT)
            yield PlannedObject(keys.FEED_ATOM, renderer.atom(feed), Tier.FRONT)
        if self._scope.papers_feed:
            days = [day for day in self.after.newest(IN_PAPERS_FEED) if day in editions]
            histories = self._material.histories
            found = [(editions[day], histories.get(day) or VoteHistory(day)) for day in days]
            feed = renderer.papers(found)
            yield PlannedObject(keys.PAPERS_JSON, feed, Tier.FRONT)
            yield PlannedObject(keys.PAPERS_ATOM, renderer.atom(feed), Tier.FRONT)

    def _newest(self) -> Iterator[PlannedObject]:
        """Yield the objects of the newest edition."""
        (newest,) = self.after.newest(1)
        edition = self._material.editions.get(newest)
        if edition is None:
            return
        history = self._material.histories.get(newest) or VoteHistory(newest)
        days = shown_days(self.after.months[dates.first_of_month(newest)])
        found = rising(history)
        rises = [(edition, found)] if found else []
        home = self._site.home(edition, history, days, self.after.root.spans(), rises)
        yield PlannedObject(keys.LATEST_JSON, json.render(edition), Tier.FRONT)
        yield PlannedObject(keys.LATEST_POST, self._ports.renderer().post(edition), Tier.FRONT)
        yield PlannedObject(keys.HOME, home, Tier.HOME)

    def _note_post(self, entry: MonthEdition, post: bytes) -> None:
        """Note Git's id of a post, which is compared with the blog's."""
        blob = blob_id(post) if entry.is_shown else None
        self.after = self.after.with_edition(replace(entry, post_blob=blob or ""))

    def _of_month(self, first: date, key: str, body: bytes) -> PlannedObject:
        state = self._before.months.get(first)
        is_new = state is None or key not in state.manifest
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


def _linked(around: Collection[Neighbours], known: Collection[date]) -> tuple[date, ...]:
    """Return the neighbours that are not in `known`, in order."""
    near = {one for neighbours in around for one in (neighbours.previous, neighbours.next) if one}
    return tuple(sorted(near - set(known)))


def _has_editions(archive: Archive, first: date) -> bool:
    month = archive.root.find(first)
    return month is not None and month.editions > 0


def _content(archive: Archive, day: date) -> str | None:
    entry = archive.find(day)
    return entry.content_digest if entry else None


def _is_among_newest(before: Archive, after: Archive, day: date, count: int) -> bool:
    return any(_newer_editions(archive, day) < count for archive in (before, after))


def _newer_editions(archive: Archive, day: date) -> int:
    """Return how many shown editions are newer than a day."""
    first = dates.first_of_month(day)
    later = sum(span.editions for span in archive.root.spans() if span.first > first)
    month = archive.months.get(first)
    return later + sum(other > day for other in shown_days(month)) if month else later
