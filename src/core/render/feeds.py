"""Editions to feeds: JSON Feed, and Atom (RFC 4287) from it, in the words of a locale.

One pair of feeds has an entry an edition, the other an entry a paper. Atom is made by
`templates/feed.xml.j2` from the JSON alone, so both say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2.environment import Environment
from jinja2.exceptions import TemplateError

from core.archive.seen import readable
from core.model import keys, links
from core.model.errors import RenderError
from core.model.feed import Feed
from core.model.paper import Edition
from core.model.text import iso_utc
from core.render import feed_merge as feeds
from core.render import jsonfeed, templates
from core.render.entries import EntryWriter
from core.render.feed_merge import IN_FEEDS, Make

TEMPLATE = "feed.xml.j2"

Editions = Sequence[tuple[Edition, datetime]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A pair of feeds: its keys, how many editions it reaches back, and what its id stands for."""

    json: str
    atom: str
    editions: int
    lasting: str


BY_EDITION = Kind(keys.FEED_JSON, keys.FEED_ATOM, IN_FEEDS, f"{links.HUGGING_FACE}#editions")
BY_PAPER = Kind(keys.PAPERS_JSON, keys.PAPERS_ATOM, 3, f"{links.HUGGING_FACE}#papers")
KINDS = {kind.json: kind for kind in (BY_EDITION, BY_PAPER)}


class FeedRenderer:
    """Renders the feeds of a site, with the templates and locales in `directory`.

    `site_url` is the site's address, without a slash at its end.
    """

    def __init__(self, directory: Path, locale: str, site_url: str) -> None:
        text = templates.words(directory, locale)
        self._words, self._language, self._site = text["feed"], locale, site_url
        self._environment = environment(directory)
        self._writer = EntryWriter(text, site_url, self._fill)
        self._made: dict[Kind, tuple[bytes, Feed]] = {}

    def editions(self, stored: bytes | None, editions: Editions) -> bytes:
        """Return the JSON feed of the newest editions: the stored one, with these in it.

        Each edition comes with the scheduled time of its run. A stored feed that nobody can read is
        none. Raises `RenderError`.
        """
        words = self._words["editions"]
        return self._merged(BY_EDITION, words, stored, editions, self._writer.edition)

    def papers(self, stored: bytes | None, editions: Editions) -> bytes:
        """Return the JSON feed of the newest editions' papers, likewise.

        An edition's papers stand in the order of their ids, and nothing tells their votes: an entry
        changes only when its paper does.
        """
        words = self._words["papers"]
        return self._merged(BY_PAPER, words, stored, editions, self._writer.papers)

    def atom(self, feed: bytes) -> bytes:
        """Return the Atom feed that says the same as one of these JSON feeds.

        Raises `RenderError`, and ValueError when it is no such feed.
        """
        read = self._read(feed)
        site, _, key = read.url.rpartition("/")
        if key not in KINDS:
            raise ValueError(f"{read.url} is none of the feeds")
        kind = KINDS[key]
        address, lasting = f"{site}/{kind.atom}", feeds.lasting_id(kind.lasting)
        return self._fill(TEMPLATE, feed=read, id=lasting, address=address).encode()

    def _read(self, feed: bytes) -> Feed:
        """Return what a JSON feed says; to read what was just made takes 3 ms for 100 papers."""
        made = (own for body, own in self._made.values() if body == feed)
        return next(made, None) or jsonfeed.read(feed)

    def _merged(
        self,
        kind: Kind,
        words: Mapping[str, str],
        stored: bytes | None,
        editions: Editions,
        make: Make,
    ) -> bytes:
        before = self._moved_here(stored)
        feed = Feed(
            title=words["title"],
            description=words["description"],
            language=self._language,
            home=f"{self._site}/{keys.HOME}",
            url=f"{self._site}/{kind.json}",
            entries=before.entries if before else (),
            vanished=before.vanished if before else (),
        )
        merged = feeds.merge(feed, editions, make, kind.editions)
        body = jsonfeed.render(merged)
        self._made[kind] = body, merged
        return body

    def _moved_here(self, stored: bytes | None) -> Feed | None:
        """Return the stored feed, with the addresses that it has by now if the site has moved."""
        feed = readable(stored, jsonfeed.read)
        site = feed.url.rpartition("/")[0] if feed else self._site
        if not stored or site in ("", self._site):
            return feed
        return readable(
            stored.replace(f"{site}/".encode(), f"{self._site}/".encode()), jsonfeed.read
        )

    def _fill(self, template: str, **values: object) -> str:
        try:
            return self._environment.get_template(template).render(values)
        except TemplateError as error:
            raise RenderError(str(error), template) from error


def environment(directory: Path) -> Environment:
    """Return what feeds are rendered with."""
    # XML and HTML alike: what is escaped is also right in the other.
    made = templates.environment(directory, autoescape=True)
    made.filters["iso_utc"] = iso_utc
    return made
