"""Publish the pages of a month: its editions', linked to their neighbours, and its own.

The month's index comes after its editions' pages: it lists those that have one. What differs
between it and the month tells which neighbours' links have to change, also after a run that ended
midway. What shows the month as a whole, and what is searched of it, come last.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from core.archive import catalog
from core.archive.dataset import bring_rows
from core.archive.editions import Editions
from core.archive.months import known_month
from core.archive.seen import Look, Outcomes, Read, readable
from core.archive.shards import shard
from core.archive.writer import CHANGED, Writer
from core.model import keys
from core.model.errors import StoreConflict
from core.model.month import Month, Neighbours, RootIndex
from core.model.objects import StoredObject
from core.model.ports import Ports
from core.model.report import Keep
from core.model.votes import VoteRecord
from core.render import index, votes

State = tuple[Month, Neighbours]
"""A month, and the nearest editions of the months around it: what its index follows from."""

GONE = Keep("its JSON is missing")

Bodies = dict[date, bytes]
"""The JSON of editions by their days."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What an edition's page follows from: its JSON, its vote record, and its neighbours."""

    edition: bytes | None
    votes: bytes | None
    near: Neighbours


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What a month's own files follow from: the month, and the part of it that has pages.

    `near` are the months around it; `bodies` the editions that the run brings, of that part.
    """

    month: Month
    shown: Month
    near: Neighbours
    bodies: Bodies


def publish_pages(
    first: date,
    days: Collection[date],
    editions: Editions,
    ports: Ports,
    writer: Writer,
    *,
    again: bool = False,
) -> bool:
    """Bring the pages of these days of a month up to date, and those whose neighbours changed.

    The rows of days that are not as the month's index tells come with them, `again` those of all
    these days. Returns whether the month has pages.
    """
    _Pages(first, days, editions, ports, writer, days if again else ()).publish()
    writer.settle_step()
    shown = (keys.month_post, keys.month_page, keys.month_sitemap, keys.search_shard)
    files = writer.follow(
        partial(_month_facts, first, days),
        lambda facts, look: _month_files(facts, look, editions, ports) if facts else {},
        at=[key(first) for key in shown],
        of=[*map(keys.edition_json, days)],
    )
    return bool(files)


def known_root(body: bytes | None) -> RootIndex:
    """Return the root index that is stored; one that nobody can read is empty."""
    return readable(body, index.read_root) or RootIndex()


def listed(first: date, read: Read) -> dict[date, Neighbours]:
    """Return the editions of a month that have pages, oldest first, with their neighbours."""
    return readable(read(keys.month_index(first)), index.read_links) or {}


class _Pages:
    """The editions' pages of a month, and the index that lists them."""

    def __init__(
        self,
        first: date,
        days: Collection[date],
        editions: Editions,
        ports: Ports,
        writer: Writer,
        rows: Collection[date],
    ) -> None:
        self._first = first
        # What was brought once is brought again, when others change what it follows from.
        self._days, self._rows = set(days), set(rows)
        self._editions, self._ports, self._writer = editions, ports, writer

    def publish(self) -> None:
        self._writer.insist(self._attempt)

    def _attempt(self, number: int) -> None:
        """Write the pages, then the index. Raises `StoreConflict` when the month moved on."""
        key, afresh = keys.month_index(self._first), number > 1
        if afresh:
            self._writer.seen.look_anew()
        stored = self._writer.look(key)
        state = self._state(self._writer.fact)
        if state is None:
            return
        before = readable(stored, index.read_links) or {}
        links = _links(*state)
        changed = {day for day in links if day in self._days or links[day] != before.get(day)}
        self._days |= changed
        at = [keys.edition_page(day) for day in changed]
        of = keys.of_days(changed)
        self._note_rows(state[0], stored)
        rows = keys.dataset(self._first) if self._rows else ()
        self._writer.look_ahead([*at, *rows], of)
        if self._rows:
            days, again = sorted(self._rows), self.publish
            bring_rows(state[0], days, self._editions, self._writer, again=again, afresh=afresh)
        gather = partial(self._gather, changed, state)
        pages = self._writer.bring(
            gather, self._derive, at, of, given="", again=self.publish, afresh=afresh
        )
        if len(pages) < len(changed):
            raise StoreConflict(CHANGED, key)
        wanted = index.render_month(_without_gone(state[0], pages), state[1])
        left = {key: wanted} if stored and stored.body == wanted else {}
        self._writer.put(key, stored, wanted)
        self._writer.watch(self._state, state, self.publish, left)

    def _note_rows(self, month: Month, stored: StoredObject | None) -> None:
        """Note the days whose rows are not as the index tells, or that are gone."""
        known = readable(stored, index.read_digests) or {}
        listed = {one.edition.day: (one.digest, one.record) for one in month.editions}
        self._rows |= {day for day in listed if known.get(day) != listed[day]}
        self._rows |= {day for day in known if day not in listed}

    def _state(self, read: Read) -> State | None:
        """Return what the month's index follows from, if there is a month."""
        month = known_month(self._first, read(keys.month_json(self._first)))
        root = known_root(read(keys.ROOT_INDEX))
        return (month, catalog.edges(root, self._first)) if month else None

    def _gather(self, days: Collection[date], state: State, read: Read) -> dict[date, PageFacts]:
        """Return what the pages of these days follow from; none if the month moved on meanwhile.

        Then they might lead to pages that are not there yet.
        """
        if self._state(read) != state:
            return {}
        return {
            day: PageFacts(read(keys.edition_json(day)), read(keys.vote_record(day)), near)
            for day, near in _links(*state).items()
            if day in days
        }

    def _derive(self, facts: dict[date, PageFacts], look: Look) -> Outcomes:
        """Return the pages, the missing first: none of those that are there leads to them yet."""
        pages = {keys.edition_page(day): self._page(day, facts[day]) for day in facts}
        return dict(sorted(pages.items(), key=lambda page: look(page[0]) is not None))

    def _page(self, day: date, facts: PageFacts) -> bytes | Keep:
        if facts.edition is None:
            return GONE
        edition = self._editions.read(facts.edition)
        if edition is None:
            return Keep("its JSON cannot be read")
        record = readable(facts.votes, votes.read) or VoteRecord(day)
        return self._ports.site().edition(edition, record, facts.near)


def _without_gone(month: Month, pages: Outcomes) -> Month:
    """Return a month without the editions whose JSON is missing: its index does not lead there.

    When it is there again, a run finds that the index lacks it, and looks at its page.
    """
    days = (one.edition.day for one in month.editions)
    gone = {day for day in days if pages.get(keys.edition_page(day)) == GONE}
    return replace(
        month, editions=tuple(one for one in month.editions if one.edition.day not in gone)
    )


def _links(month: Month, edges: Neighbours) -> dict[date, Neighbours]:
    return catalog.links([entry.edition.day for entry in month.editions], edges)


def _month_facts(first: date, days: Collection[date], read: Read) -> MonthFacts | None:
    month = known_month(first, read(keys.month_json(first)))
    there = readable(read(keys.month_index(first)), index.read_links)
    if month is None or there is None:
        return None
    entries = (entry for entry in month.editions if entry.edition.day in there)
    shown = replace(month, editions=tuple(entries))
    bodies = {day: read(keys.edition_json(day)) for day in days if day in there}
    near = catalog.months_around(known_root(read(keys.ROOT_INDEX)), first)
    return MonthFacts(month, shown, near, {day: body for day, body in bodies.items() if body})


def _month_files(facts: MonthFacts, look: Look, editions: Editions, ports: Ports) -> Outcomes:
    first, site = facts.month.first, ports.site()
    key, days = keys.search_shard(first), [one.edition.day for one in facts.shown.editions]
    return {
        keys.month_post(first): ports.renderer().month_post(facts.month),
        keys.month_page(first): site.month(facts.shown, facts.near),
        keys.month_sitemap(first): site.month_sitemap(facts.shown),
        key: shard(first, days, look(key), facts.bodies, editions, look),
    }
