"""Publish what stands at the front of the archive: what never changes, and what is newest.

The home page comes last of all: a reader who begins there finds whatever it leads to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from itertools import islice

from core.archive import catalog
from core.archive.editions import Editions
from core.archive.months import known_month
from core.archive.pages import known_root, listed
from core.archive.seen import Look, Outcomes, Read, body_of, readable
from core.archive.writer import Writer
from core.model import dates, keys
from core.model.month import MonthSpan
from core.model.objects import StoredObject
from core.model.paper import Edition
from core.model.ports import Ports
from core.model.report import Keep
from core.model.votes import VoteRecord
from core.render import index, json, votes
from core.render.feed_merge import IN_FEEDS

Dated = tuple[Edition, datetime]
"""An edition, and the time of the run that brought it or its last change."""


@dataclass(frozen=True, slots=True)
class FrontFacts:
    """What the front follows from: the newest edition's files, its month's days, all months."""

    edition: bytes | None
    post: bytes | None
    votes: bytes | None
    days: tuple[date, ...]
    months: tuple[MonthSpan, ...]


def publish_fixed(ports: Ports, writer: Writer) -> None:
    """Bring what is the same until Paperboy changes: schemas, style sheet, scripts, fixed pages.

    The root index tells, by its release, that all of them are there.
    """
    if known_root(writer.known(keys.ROOT_INDEX)).release != _release(ports):
        bring_fixed(ports, writer)


def bring_fixed(ports: Ports, writer: Writer) -> None:
    """Look at each of these files, whatever the root index tells."""
    files = _fixed(ports)
    writer.look_ahead(files)
    stored = {key: writer.look(key) for key in files}
    writer.together(
        [
            partial(writer.swap, key, stored[key], body, partial(_always, body))
            for key, body in files.items()
        ]
    )


def publish_root(firsts: Iterable[date], ports: Ports, writer: Writer) -> None:
    """Bring these months into the root index, as far as their editions have pages.

    An index that is lost is made again from those of all months.
    """

    def gather(read: Read) -> tuple[MonthSpan, ...]:
        lost = not known_root(read(keys.ROOT_INDEX)).months
        latest = readable(read(keys.LATEST_JSON), json.read_day) if lost else None
        others = dates.months_until(latest) if latest else []
        days = {first: list(listed(first, read)) for first in sorted({*others, *firsts})}
        return tuple(
            MonthSpan(first, there[0], there[-1], len(there))
            for first, there in days.items()
            if there
        )

    def derive(spans: tuple[MonthSpan, ...], look: Look) -> Outcomes:
        root, release = known_root(body_of(look(keys.ROOT_INDEX))), _release(ports)
        if root.release != release:
            root = replace(root, release=release, files=tuple(sorted(_fixed(ports))))
        for first in firsts:
            root = catalog.without_month(root, first)
        for span in spans:
            root = catalog.with_span(root, span)
        return {keys.ROOT_INDEX: index.render_root(root) if root.months else Keep("it is empty")}

    indexes = [keys.month_index(first) for first in firsts]
    writer.follow(gather, derive, [keys.ROOT_INDEX], [keys.ROOT_INDEX, *indexes])


def publish_feeds(editions: Editions, ports: Ports, writer: Writer) -> None:
    """Bring this run's editions into the feeds, which hold what they held before.

    One that was withdrawn makes room there: older editions come back.
    """

    def gather(read: Read) -> tuple[list[Edition], list[Dated]]:
        bodies = (read(keys.edition_json(day)) for day in editions.days)
        ours = [edition for body in bodies if (edition := editions.read(body))]
        is_room = not all(edition.papers for edition in ours)
        others = islice(_newest_first(editions, read), IN_FEEDS) if is_room else ()
        return ours, [*others]

    def derive(facts: tuple[list[Edition], list[Dated]], look: Look) -> Outcomes:
        ours, others = facts
        found = [*others, *((edition, editions.made_at(edition.day)) for edition in ours)]
        feeds = ports.feeds()
        return {
            keys.FEED_JSON: feeds.editions(body_of(look(keys.FEED_JSON)), found),
            keys.PAPERS_JSON: feeds.papers(body_of(look(keys.PAPERS_JSON)), found),
        }

    feeds = [keys.FEED_JSON, keys.PAPERS_JSON]
    writer.follow(gather, derive, feeds, [*map(keys.edition_json, editions.days)])
    # An Atom feed follows from what the JSON feed is by then: other runs change it, too.
    atom = [keys.FEED_ATOM, keys.PAPERS_ATOM]
    writer.follow(_json_feeds, lambda feeds, _: _atom_feeds(feeds, ports), atom, feeds)


def _newest_first(editions: Editions, read: Read) -> Iterator[Dated]:
    """Yield the archive's editions that have a page and can be read, with their last changes."""
    for span in reversed(known_root(read(keys.ROOT_INDEX)).months):
        month = known_month(span.first, read(keys.month_json(span.first)))
        there = listed(span.first, read)
        for entry in reversed(month.editions if month else ()):
            day = entry.edition.day
            edition = editions.read(read(keys.edition_json(day))) if day in there else None
            if edition:
                yield edition, entry.updated_at


def _json_feeds(read: Read) -> dict[str, bytes | None]:
    """Return the JSON feeds by the keys of the Atom feeds that say the same."""
    pairs = {keys.FEED_ATOM: keys.FEED_JSON, keys.PAPERS_ATOM: keys.PAPERS_JSON}
    return {atom: read(key) for atom, key in pairs.items()}


def _atom_feeds(feeds: dict[str, bytes | None], ports: Ports) -> Outcomes:
    return {atom: ports.feeds().atom(body) for atom, body in feeds.items() if body}


def publish_front(editions: Editions, ports: Ports, writer: Writer) -> None:
    """Bring `latest`, the sitemap and the home page to the newest edition."""
    at = [keys.LATEST_JSON, keys.LATEST_POST, keys.SITEMAP, keys.HOME]
    of = [keys.ROOT_INDEX]
    if months := known_root(writer.known(keys.ROOT_INDEX)).months:
        newest = months[-1].newest
        of += [*keys.of_days([newest]), keys.edition_post(newest), keys.month_index(newest)]
    writer.follow(
        _front_facts, lambda facts, look: _front(facts, look, editions, ports), at=at, of=of
    )


def _front_facts(read: Read) -> FrontFacts | None:
    months = known_root(read(keys.ROOT_INDEX)).months
    if not months:
        return None
    newest = months[-1].newest
    return FrontFacts(
        edition=read(keys.edition_json(newest)),
        post=read(keys.edition_post(newest)),
        votes=read(keys.vote_record(newest)),
        days=tuple(listed(months[-1].first, read)),
        months=months,
    )


def _front(facts: FrontFacts | None, look: Look, editions: Editions, ports: Ports) -> Outcomes:
    edition = editions.read(facts.edition) if facts else None
    if not (facts and facts.edition and facts.post and edition):
        return {keys.HOME: Keep("there is no edition that can be read")}
    site, record = ports.site(), readable(facts.votes, votes.read) or VoteRecord(edition.day)
    latest = readable(look(keys.LATEST_JSON), json.read_day)
    if latest and latest > edition.day and _is_there(latest, look, editions):
        # It was published before there were pages: `paperboy site` brings its own.
        return {keys.HOME: Keep(f"{latest} is newer, and has no page yet")}
    return {
        keys.LATEST_JSON: facts.edition,
        keys.LATEST_POST: facts.post,
        keys.SITEMAP: site.sitemap(facts.months),
        keys.HOME: site.home(edition, record, facts.days, facts.months),
    }


def _is_there(day: date, look: Look, editions: Editions) -> bool:
    """Tell whether a day's edition has papers: if not, it was withdrawn."""
    edition = editions.read(body_of(look(keys.edition_json(day))))
    return bool(edition and edition.papers)


def _fixed(ports: Ports) -> dict[str, bytes]:
    return {**ports.schemas, **ports.site().fixed()}


def _release(ports: Ports) -> str:
    """Return a digest of all that `_fixed` gives, without making it."""
    parts = [ports.site().release.encode(), *ports.schemas.values()]
    return sha256(b"\0".join(parts)).hexdigest()


def _always(body: bytes, _: StoredObject | None) -> bytes:
    return body
