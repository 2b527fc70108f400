"""Plan the derived objects: from state, editions and vote histories to an ordered list.

Pure. `scope_of` returns which objects depend on days. `months_of`, `lines_of` and `feed_days`
return what has to be read for them, and `plan` renders them. Objects come in tiers, so that a
reader never finds a link to an object that does not exist: fixed files, new objects, existing ones,
the front, the home page.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from core.archive.planned import PlannedObject, Tier, of_month
from core.archive.ports import Ports
from core.archive.state import Archive, MonthState
from core.archive.topics import TopicPlan
from core.edition.summary import summarize
from core.model import dates, keys
from core.model.blog import blob_id
from core.model.paper import Edition, Paper
from core.model.period import MonthEdition, Neighbours
from core.model.topic import Newest
from core.model.votes import Risen, VoteHistory
from core.render import bibtex, dataset, feeds, index, json, period, search

# How many editions the feeds have.
IN_FEED = feeds.EDITIONS_IN_FEED
IN_PAPERS_FEED = feeds.EDITIONS_IN_PAPERS_FEED
IN_RISING = feeds.EDITIONS_IN_RISING
# How many editions the rising papers of the home page come from.
RISING_AT_HOME = 2
WITHDRAWN_POST = b"withdrawn\n"
# Fixed files that link to the front.
AFTER_FRONT = (keys.ROBOTS, keys.FIXED_SITEMAP, keys.OPML, keys.LLMS)


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to be rendered again.

    `days`: all of their objects. `linked_days`: only their pages and posts, because their
    neighbours changed. `months` and `weeks`: all of their objects. `linked_months` and
    `linked_weeks`: only their pages. `topic_months`: months whose papers the pages of topics need
    again. `feed`, `papers_feed` and `rising`: the feeds of editions, of papers and of rising
    papers. `front`: the other objects of the front. `fixed`: the files that depend on no edition.
    """

    days: tuple[date, ...] = ()
    linked_days: tuple[date, ...] = ()
    months: tuple[date, ...] = ()
    linked_months: tuple[date, ...] = ()
    weeks: tuple[date, ...] = ()
    linked_weeks: tuple[date, ...] = ()
    topic_months: tuple[date, ...] = ()
    feed: bool = False
    papers_feed: bool = False
    rising: bool = False
    front: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What objects are rendered from: full editions and vote histories by day.

    `stored` are the objects that grow by lines, if they are unchanged since they were put, and
    `newest` the newest papers of topics that were kept.
    """

    editions: Mapping[date, Edition] = field(default_factory=dict)
    histories: Mapping[date, VoteHistory] = field(default_factory=dict)
    stored: Mapping[str, bytes] = field(default_factory=dict)
    newest: Newest = field(default_factory=dict)


def scope_of(
    before: Archive,
    after: Archive,
    days: Collection[date],
    release: str,
    *,
    links: bool = False,
    front: bool = False,
    has_risen: bool = False,
) -> Scope:
    """Return the objects that depend on these days, when the archive changes to `after`.

    With `links`, they include the pages that link to the days and their months, changed or not.
    With `front`, they include everything that belongs to no month. With `has_risen`, posts show
    what rose since the day before.
    """
    days = tuple(sorted(days))
    months = sorted({dates.first_of_month(day) for day in days})
    moved = [day for day in days if links or before.is_shown(day) != after.is_shown(day)]
    around = [after.neighbours(day) for day in moved]
    around_months = [
        after.months_around(first)
        for first in months
        if links or _has_editions(before, first) != _has_editions(after, first)
    ]
    # A month's page compares the month with the one before.
    around_months += [Neighbours(next=after.months_around(first).next) for first in months]
    # A post may show what rose since the day before.
    around_risen = [
        Neighbours(next=after.neighbours(day).next)
        for day in days
        if has_risen and risen(before, day) != risen(after, day)
    ]
    weeks = sorted(set(map(dates.monday_of, days)))
    around_weeks = [_weeks_of(near) for near in around]
    is_whole = front or after.root.release != release
    return Scope(
        days=days,
        linked_days=_linked([*around, *around_risen], {*days}, _withdrawn(after, moved)),
        months=tuple(months),
        linked_months=_linked(around_months, months),
        weeks=tuple(weeks),
        linked_weeks=_linked(around_weeks, weeks),
        feed=is_whole or any(_is_among_newest(before, after, day, IN_FEED) for day in days),
        papers_feed=is_whole
        or any(_is_among_newest(before, after, day, IN_PAPERS_FEED) for day in days),
        rising=is_whole or any(_is_among_newest(before, after, day, IN_RISING) for day in days),
        front=is_whole or bool(days),
        fixed=is_whole,
    )


def without_months(scope: Scope, after: Archive, lost: Collection[date]) -> Scope:
    """Return a scope without the objects of months whose state is lost, or that link to these.

    A week stays unless it is in the manifest of such a month, or has no edition.
    """
    is_front_lost = not set(lost).isdisjoint(after.months_of_newest(1))

    def is_left(monday: date) -> bool:
        if not after.months.keys() >= set(after.months_of_week(monday)):
            return True
        return after.has_week(monday) and after.home_of(monday) not in lost

    return replace(
        scope,
        linked_days=tuple(
            day for day in scope.linked_days if dates.first_of_month(day) not in lost
        ),
        linked_months=tuple(first for first in scope.linked_months if first not in lost),
        topic_months=tuple(first for first in scope.topic_months if first not in lost),
        weeks=tuple(filter(is_left, scope.weeks)),
        linked_weeks=tuple(filter(is_left, scope.linked_weeks)),
        feed=scope.feed and not is_front_lost,
        papers_feed=scope.papers_feed and not is_front_lost,
        rising=scope.rising and not is_front_lost,
        front=scope.front and not is_front_lost,
        fixed=scope.fixed and not is_front_lost,
    )


def months_of(scope: Scope, after: Archive, *, has_risen: bool) -> set[date]:
    """Return the first days of the months whose states the plan needs."""
    firsts = {dates.first_of_month(day) for day in scope.linked_days}
    firsts |= {*scope.months, *scope.linked_months, *scope.topic_months}
    for monday in (*scope.weeks, *scope.linked_weeks):
        firsts.update(after.months_of_week(monday))
    if has_risen:
        loaded = [day for day in (*scope.days, *scope.linked_days) if after.find(day)]
        before = [after.neighbours(day).previous for day in loaded]
        firsts |= {dates.first_of_month(day) for day in before if day}
    if scope.front:
        count = RISING_AT_HOME
        if scope.papers_feed:
            count = max(count, IN_PAPERS_FEED)
        if scope.rising:
            count = max(count, IN_RISING)
        firsts |= set(after.months_of_newest(count))
    return firsts


def shards_of(scope: Scope, after: Archive) -> dict[date, list[date]]:
    """Return the months whose search data the plan needs, with the days that it needs of each.

    These are all days of a month in scope, and of other months the days of weeks in scope.
    """
    whole = (*scope.months, *scope.topic_months)
    needed = {first: set(shown_days(after.months[first])) for first in whole}
    for monday in scope.weeks:
        for entry in after.week(monday).editions:
            needed.setdefault(dates.first_of_month(entry.day), set()).add(entry.day)
    return {first: sorted(days) for first, days in needed.items()}


def lines_of(scope: Scope, after: Archive) -> list[str]:
    """Return the keys of the objects that grow by lines: their stored lines are used again."""
    return [
        *map(keys.search_shard, shards_of(scope, after)),
        *([keys.FEED_JSON] if scope.feed else []),
        *([keys.RISING_JSON] if scope.rising else []),
    ]


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
    objects = [*planner.months(), *planner.front(in_feed), *planner.topics()]
    return planner.after, sorted(objects, key=lambda one: (one.tier, one.key))


class _Planner:
    """Renders what is in a scope."""

    def __init__(
        self, scope: Scope, before: Archive, after: Archive, material: Material, ports: Ports
    ) -> None:
        self.after = after
        self._scope, self._before, self._material, self._ports = scope, before, material, ports
        self._site = ports.site()
        self._shards = {
            first: self._shard(first, days) for first, days in shards_of(scope, after).items()
        }
        self._papers = {
            day: papers
            for shard in self._shards.values()
            for day, papers in search.papers(shard).items()
        }

    def months(self) -> Iterator[PlannedObject]:
        """Yield what belongs to months."""
        for day in self._scope.days:
            yield from self._day(day)
        for day in self._scope.linked_days:
            yield from self._linked_day(day)
        for first in self._scope.months:
            yield from self._month(first)
        for first in self._scope.linked_months:
            yield self._in_month(first, keys.month_page(first), self._month_page(first))
        for monday in self._scope.weeks:
            yield from self._week(monday)
        for monday in self._scope.linked_weeks:
            home = self.after.home_of(monday)
            yield self._in_month(home, keys.week_page(monday), self._week_page(monday))

    def front(self, in_feed: list[date]) -> Iterator[PlannedObject]:
        """Yield what belongs to no month."""
        if self._scope.fixed:
            fixed = {**self._ports.schemas, **self._site.fixed()}
            for key, body in {**fixed, keys.OPML: self._ports.feeds().opml()}.items():
                # A page that is there can link to a page that is new.
                is_there = key in self._before.root.manifest
                tier = Tier.FRONT if key in AFTER_FRONT or is_there else Tier.FIXED
                yield PlannedObject(key, body, tier)
        spans = self.after.root.spans()
        if not self._scope.front or not spans:
            return
        yield PlannedObject(keys.ROOT_INDEX, index.render(spans), Tier.FRONT)
        if self._site.has_site:
            yield PlannedObject(keys.SITEMAP, self._site.sitemap(spans), Tier.FRONT)
        yield from self._feeds(in_feed)
        yield from self._newest()

    def topics(self) -> Iterator[PlannedObject]:
        """Yield the objects of topics, if there are any."""
        scope, ports = self._scope, self._ports
        if not ports.topics:
            return
        plan = TopicPlan(
            self._before,
            self.after,
            scope.months,
            scope.topic_months,
            scope.days,
            self._papers,
            self._material.newest,
            scope.front and bool(self.after.root.spans()),
            scope.fixed,
        )
        yield from plan.objects(ports, ports.topics().topics)

    def _day(self, day: date) -> Iterator[PlannedObject]:
        """Yield the objects of a day."""
        first, entry = dates.first_of_month(day), self.after.find(day)
        edition = self._material.editions.get(day)
        if entry is None or edition is None:
            return
        yield self._in_month(first, keys.dataset_papers(day), dataset.papers(edition))
        papers = self._cited([day])
        yield self._in_month(first, keys.edition_bibtex(day), bibtex.render(papers))
        yield self._post(entry, edition)
        yield from self._pages(entry, edition)

    def _linked_day(self, day: date) -> Iterator[PlannedObject]:
        """Yield what depends on a day's neighbours."""
        entry, edition = self.after.find(day), self._material.editions.get(day)
        if entry and edition:
            yield self._post(entry, edition)
            yield from self._pages(entry, edition)

    def _post(self, entry: MonthEdition, edition: Edition) -> PlannedObject:
        """Return a day's post, and note Git's id of it, which is compared with the blog's."""
        post, blob = WITHDRAWN_POST, None
        if entry.is_shown:
            post = self._rendered_post(entry, edition)
            blob = blob_id(post)
        self.after = self.after.with_edition(replace(entry, post_blob=blob or ""))
        return self._in_month(dates.first_of_month(entry.day), keys.edition_post(entry.day), post)

    def _pages(self, entry: MonthEdition, edition: Edition) -> Iterator[PlannedObject]:
        """Yield a day's page, and its Markdown for programs."""
        day, first = entry.day, dates.first_of_month(entry.day)
        key = keys.edition_page(day)
        if entry.is_shown:
            history = self._history(day)
            near = self.after.neighbours(day)
            page = self._site.edition(edition, history, near, entry.topics)
            text = self._site.markdown.edition(edition, history)
        else:
            page = self._site.withdrawn(day, self.after.neighbours_in_month(day))
            text = self._site.markdown.withdrawn(day)
        yield self._in_month(first, key, page)
        yield self._in_month(first, keys.markdown_of(key), text)

    def _month(self, first: date) -> Iterator[PlannedObject]:
        """Yield the objects of a month as a whole."""
        state = self.after.months[first]
        month = state.month()
        post = self._ports.renderer().period_post(month)
        totals = summarize(month).totals
        state = replace(state, post_blob=blob_id(post) or "", totals=totals)
        self.after = self.after.with_month(state)
        page = keys.month_page(first)
        bodies = {
            keys.month_json(first): period.render(month),
            keys.month_post(first): post,
            keys.month_bibtex(first): bibtex.render(self._cited(shown_days(state))),
            page: self._month_page(first),
            keys.markdown_of(page): self._site.markdown.period(month),
            keys.search_shard(first): self._shards[first],
        }
        if self._site.has_site:
            bodies[keys.month_sitemap(first)] = self._site.month_sitemap(month)
        for key, body in bodies.items():
            yield self._in_month(first, key, body)

    def _month_page(self, first: date) -> bytes:
        month = self.after.months[first].month()
        # No page links to a month that was withdrawn, so no run would update its links.
        near = self.after.months_around(first) if month.editions else Neighbours()
        before = self.after.root.find(near.previous) if near.previous else None
        return self._site.period(month, near, before.totals if before else None)

    def _week(self, monday: date) -> Iterator[PlannedObject]:
        """Yield the objects of a week."""
        week = self.after.week(monday)
        page = keys.week_page(monday)
        days = [entry.day for entry in week.editions]
        bodies = {
            keys.week_json(monday): period.render(week),
            keys.week_post(monday): self._ports.renderer().period_post(week),
            keys.week_bibtex(monday): bibtex.render(self._cited(days)),
            page: self._week_page(monday),
            keys.markdown_of(page): self._site.markdown.period(week),
        }
        for key, body in bodies.items():
            yield self._in_month(self.after.home_of(monday), key, body)

    def _week_page(self, monday: date) -> bytes:
        return self._site.period(self.after.week(monday), self.after.weeks_around(monday), None)

    def _shard(self, first: date, wanted: Collection[date]) -> bytes:
        """Return a month's search data with these days, as far as they can be read."""
        stored = self._material.stored.get(keys.search_shard(first))
        there = search.days(stored, first) if stored else frozenset()
        editions = self._material.editions
        days = [day for day in wanted if day in editions or day in there]
        return search.render(first, days, editions, stored)

    def _cited(self, days: Collection[date]) -> list[Paper]:
        """Return the papers of these days, as the search data has them."""
        return [paper for day in days for paper in self._papers.get(day, ())]

    def _rendered_post(self, entry: MonthEdition, edition: Edition) -> bytes:
        """Return a day's post, with what rose since the day before if posts show that."""
        renderer = self._ports.renderer()
        previous = self.after.neighbours(entry.day).previous if renderer.has_risen else None
        before = self.after.find(previous) if previous else None
        if before is None:
            return renderer.post(edition, topics=entry.topics)
        rose = risen(self.after, before.day)
        return renderer.post(edition, rose, {**before.topics, **entry.topics})

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
            feed = renderer.papers([(editions[day], self._history(day)) for day in days])
            yield PlannedObject(keys.PAPERS_JSON, feed, Tier.FRONT)
            yield PlannedObject(keys.PAPERS_ATOM, renderer.atom(feed), Tier.FRONT)
        if self._scope.rising:
            stored = self._material.stored.get(keys.RISING_JSON)
            there = renderer.rising_days(stored) if stored else frozenset()
            newest = self.after.newest(IN_RISING)
            days = [day for day in newest if day in editions or day in there]
            # Of a day that did not change, a run may have the edition without its vote history.
            kept = there - {*self._scope.days}
            found = {
                day: (editions[day], self._history(day))
                for day in days
                if day in editions and day not in kept
            }
            feed = renderer.rising(days, found, stored)
            yield PlannedObject(keys.RISING_JSON, feed, Tier.FRONT)
            yield PlannedObject(keys.RISING_ATOM, renderer.atom(feed), Tier.FRONT)

    def _newest(self) -> Iterator[PlannedObject]:
        """Yield the objects of the newest edition."""
        (newest,) = self.after.newest(1)
        entry, edition = self.after.find(newest), self._material.editions.get(newest)
        if entry is None or edition is None:
            return
        history, spans = self._history(newest), self.after.root.spans()
        days = shown_days(self.after.months[dates.first_of_month(newest)])
        newest_ones = map(self.after.find, self.after.newest(RISING_AT_HOME))
        rising = [(one.edition, one.rising) for one in newest_ones if one and one.rising]
        home = self._site.home(edition, history, days, spans, rising, entry.topics)
        post = self._rendered_post(entry, edition)
        text = self._site.markdown.home(edition, history, spans)
        yield PlannedObject(keys.LATEST_JSON, json.render(edition), Tier.FRONT)
        yield PlannedObject(keys.LATEST_POST, post, Tier.FRONT)
        yield PlannedObject(keys.markdown_of(keys.HOME), text, Tier.FRONT)
        yield PlannedObject(keys.HOME, home, Tier.HOME)

    def _in_month(self, first: date, key: str, body: bytes) -> PlannedObject:
        return of_month(first, key, body, self._before)

    def _history(self, day: date) -> VoteHistory:
        return self._material.histories.get(day) or VoteHistory(day)


def risen(archive: Archive, day: date) -> tuple[Risen, ...]:
    """Return what rose overnight of a day's edition; its month must be read."""
    entry = archive.find(day)
    if entry is None or entry.overnight is None:
        return ()
    # Without votes, which change when nothing rises overnight.
    papers = {paper.id: Paper(paper.id, paper.title) for paper in entry.edition.papers}
    return tuple(
        Risen(day, papers[rise.paper_id], rise.votes)
        for rise in entry.overnight.papers
        if rise.paper_id in papers
    )


def _linked(
    around: Collection[Neighbours], known: Collection[date], more: Collection[date] = ()
) -> tuple[date, ...]:
    """Return the neighbours and more days that are not in `known`, in order."""
    near = {one for neighbours in around for one in (neighbours.previous, neighbours.next) if one}
    return tuple(sorted({*near, *more} - set(known)))


def _weeks_of(near: Neighbours) -> Neighbours:
    """Return the Mondays of the weeks that two days are in."""
    return Neighbours(
        dates.monday_of(near.previous) if near.previous else None,
        dates.monday_of(near.next) if near.next else None,
    )


def _withdrawn(archive: Archive, moved: Collection[date]) -> list[date]:
    """Return the withdrawn days of these days' months: their pages link to their neighbours."""
    firsts = set(map(dates.first_of_month, moved))
    return [
        entry.day
        for first in firsts
        for entry in archive.months[first].editions
        if not entry.is_shown
    ]


def _has_editions(archive: Archive, first: date) -> bool:
    month = archive.root.find(first)
    return month is not None and month.editions > 0


def _is_among_newest(before: Archive, after: Archive, day: date, count: int) -> bool:
    return any(_newer_editions(archive, day) < count for archive in (before, after))


def _newer_editions(archive: Archive, day: date) -> int:
    """Return how many shown editions are newer than a day."""
    first = dates.first_of_month(day)
    later = sum(span.editions for span in archive.root.spans() if span.first > first)
    month = archive.months.get(first)
    return later + sum(other > day for other in shown_days(month)) if month else later
