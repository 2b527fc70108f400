"""What an entry of a feed says: its title, and its content as HTML of our own around plain text.

The templates are `feed_edition.html.j2` and `feed_paper.html.j2`. Readers show an entry wherever
they like, so all addresses are whole, and no text may turn around what stands beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from core.model import dates, keys, links
from core.model.feed import Entry
from core.model.paper import Edition, Paper
from core.model.text import one_line
from core.render import escape
from core.render import feed_merge as feeds

EDITION_TEMPLATE, PAPER_TEMPLATE = "feed_edition.html.j2", "feed_paper.html.j2"
TOP = 10
AUTHORS = 10
# What a summary holds: titles of an edition's papers, and so many characters of a text.
TITLES, TITLE, SUMMARY = 3, 100, 300


class Fill(Protocol):
    """Fills a template, which escapes what it is given."""

    def __call__(self, template: str, **values: object) -> str:
        """Return what a template makes of the values."""


_Told = tuple[tuple[str, ...], str, str, str, list[tuple[str, str]]]
"""What an entry tells of a paper, for a template to unpack; each text is on one line.

Its authors, these in a text with how many more there are, who it is from, its own text, its links.
"""


class EntryWriter:
    """Writes entries in the words of a locale; `fill` renders a template."""

    def __init__(self, text: Mapping[str, Any], site_url: str, fill: Fill) -> None:
        self._text, self._words = text, text["feed"]
        self._site, self._fill = site_url, fill

    def edition(self, edition: Edition, now: datetime) -> Iterator[Entry]:
        """Yield the one entry of an edition: how many papers it has, and its best."""
        page, published = self._page(edition.day), dates.post_time(edition.day)
        count = _plural(self._words["count"], len(edition.papers))
        top = [self._in_list(paper, page) for paper in edition.papers[:TOP]]
        titles = " / ".join(_beginning(_title(paper), TITLE) for paper in edition.papers[:TITLES])
        yield Entry(
            id=feeds.edition_id(edition.day),
            url=page,
            title=self._text["title"].format(date=edition.day),
            content=" ".join(self._fill(EDITION_TEMPLATE, count=count, papers=top).split()),
            summary=self._words["summary"].format(count=count, titles=titles),
            published=published,
            modified=max(now, published),
        )

    def papers(self, edition: Edition, now: datetime) -> Iterator[Entry]:
        """Yield an entry for each of an edition's papers, by id descending."""
        page, published = self._page(edition.day), dates.post_time(edition.day)
        papers = sorted(edition.papers, key=lambda paper: paper.id, reverse=True)
        told = [self._told(paper) for paper in papers]
        # Filled once for all, a line each: to begin takes 10 µs, as long as to write a paper.
        contents = self._fill(PAPER_TEMPLATE, papers=told).splitlines()
        for paper, (authors, _, _, text, _), content in zip(papers, told, contents, strict=True):
            yield Entry(
                id=feeds.paper_id(edition.day, paper.id),
                url=_place(page, paper),
                title=_title(paper),
                content=content,
                summary=_beginning(text, SUMMARY) or None,
                published=published,
                modified=max(now, published),
                authors=authors,
                tags=tuple(dict.fromkeys(_plain_texts(paper.ai_keywords))),
            )

    def _page(self, day: date) -> str:
        return f"{self._site}/{keys.edition_page(day)}"

    def _told(self, paper: Paper) -> _Told:
        authors = _plain_texts(paper.authors[:AUTHORS])
        others = max(paper.author_count or 0, len(paper.authors)) - len(authors)
        more = [_plural(self._words["more"], others)] if authors and others > 0 else []
        people = " ".join([", ".join(authors), *more])
        links = self._links(paper)
        return authors, people, self._organization(paper), _text(paper), links

    def _in_list(self, paper: Paper, page: str) -> dict[str, object]:
        """Return what an edition's entry tells of a paper."""
        return {
            "url": _place(page, paper),
            "title": _title(paper),
            "votes": paper.votes,
            "organization": self._organization(paper),
            "summary": _plain(paper.ai_summary),
        }

    def _organization(self, paper: Paper) -> str:
        """Return who a paper is from, or else how many wrote it, where nobody is named."""
        if paper.organization:
            return _plain(paper.organization.fullname or paper.organization.name)
        if paper.authors or not paper.author_count:
            return ""
        return _plural(self._text["authors"], paper.author_count).removeprefix("·")

    def _links(self, paper: Paper) -> list[tuple[str, str]]:
        """Return the names and addresses of what there is of a paper elsewhere."""
        addresses = {
            "page": links.paper_page(paper.id),
            "abstract": links.abstract(paper.id),
            "pdf": links.pdf(paper.id),
            "code": _https(paper.code),
            "project": _https(paper.project),
        }
        names = self._words["links"]
        return [(names[name], address) for name, address in addresses.items() if address]


def _place(page: str, paper: Paper) -> str:
    """Return the address of a paper's place on the page of its edition."""
    return f"{page}#{escape.anchor(paper.id)}"


def _https(address: str | None) -> str:
    return escape.url(address) if address and address.lower().startswith("https://") else ""


def _title(paper: Paper) -> str:
    return _plain(paper.title) or escape.anchor(paper.id)


def _text(paper: Paper) -> str:
    return _plain(paper.ai_summary) or _plain(paper.abstract)


def _plain(text: str | None) -> str:
    """Return a text on one line, without what would turn around the text beside it."""
    if not text:
        return ""
    line = one_line(text)
    # What is printable has none of it, and to see that something is in ASCII takes no time.
    return line if line.isascii() or line.isprintable() else one_line(escape.BIDI.sub("", line))


def _plain_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that say something."""
    return tuple(filter(None, map(_plain, texts)))


def _beginning(text: str, most: int) -> str:
    """Return a text, or as many of its words as have room."""
    if len(text) <= most:
        return text
    return (text[:most].rpartition(" ")[0] or text[: most - 1]) + "…"


def _plural(forms: Mapping[str, str], count: int) -> str:
    return forms["one" if count == 1 else "other"].format(count=count)
