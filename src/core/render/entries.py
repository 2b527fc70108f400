"""The entries of feeds: title, and content as HTML of our own around plain text.

The templates are `feed_edition.html.j2` and `feed_paper.html.j2`. Feed readers show entries outside
the site, so all addresses are absolute, and no text may change the direction of its neighbours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from core.edition.vote_history import course, first_seen, passed
from core.model import dates, keys, links
from core.model.paper import Edition, Paper
from core.model.text import one_line
from core.model.votes import VoteHistory
from core.render import escape
from core.render.sentences import first_sentence

EDITION_TEMPLATE = "feed_edition.html.j2"
PAPER_TEMPLATE = "feed_paper.html.j2"
# In the ids of entries of rising papers.
RISING = "?rising"
# How many papers an edition's entry lists, and how many authors a paper's entry names.
TOP = 10
AUTHORS = 10
# The most titles in an edition's summary, the most characters of each, and of a paper's summary.
TITLES = 3
TITLE = 100
SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """An edition or a paper in a feed: `content` is HTML, the other texts are plain."""

    id: str
    url: str
    title: str
    content: str
    summary: str | None
    published: datetime
    modified: datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _PaperText:
    """The texts of a paper in an entry, each on one line.

    `people` has the authors' names and how many more there are; `links` are names and addresses.
    `gained` says how many votes it has gained, in a feed of rising papers.
    """

    authors: tuple[str, ...]
    people: str
    organization: str
    text: str
    links: list[tuple[str, str]]
    gained: str = ""


class Fill(Protocol):
    """Fills a template, which escapes the values."""

    def __call__(self, template: str, **values: object) -> str:
        """Return the template filled with the values."""


def stable_id(address: str) -> str:
    """Return an id for an address: a UUID, which does not depend on the site's own address."""
    return uuid5(NAMESPACE_URL, address).urn


class EntryWriter:
    """Writes entries with the texts of a locale; `fill` renders a template.

    Entries link to the site's pages, or to Hugging Face's where `site_url` is empty.
    """

    def __init__(self, text: Mapping[str, Any], site_url: str, fill: Fill) -> None:
        self._text = text
        self._words = text["feed"]
        self._site = site_url
        self._fill = fill

    def edition(self, edition: Edition) -> Entry:
        """Return the entry of an edition: how many papers it has, and the top ones."""
        published = dates.post_time(edition.day)
        count = _plural(self._words["count"], len(edition.papers))
        top = [self._in_list(paper, edition.day) for paper in edition.papers[:TOP]]
        titles = " / ".join(_beginning(_title(paper), TITLE) for paper in edition.papers[:TITLES])
        return Entry(
            id=stable_id(links.day_page(edition.day)),
            url=self._edition_url(edition.day),
            title=self._text["title"].format(date=edition.day),
            content=" ".join(self._fill(EDITION_TEMPLATE, count=count, papers=top).split()),
            summary=self._words["summary"].format(count=count, titles=titles),
            published=published,
            modified=max(edition.updated_at or published, published),
        )

    def papers(self, edition: Edition, history: VoteHistory) -> Iterator[Entry]:
        """Yield an entry for each of an edition's papers, in the order of their ranks.

        Each is published when the history first has it. A paper of several days has an entry for
        each.
        """
        appeared = first_seen(history)
        unknown = edition.updated_at or dates.post_time(edition.day)
        published = {paper.id: appeared.get(paper.id, unknown) for paper in edition.papers}
        texts = map(self._paper_text, edition.papers)
        yield from self._of_papers(edition.day, edition.papers, texts, published)

    def rising(self, edition: Edition, history: VoteHistory, votes: int) -> Iterator[Entry]:
        """Yield an entry for each of an edition's papers that has gained so many votes.

        They are ordered by id, descending. Each is published when the history first has so many,
        and says how many it had then.
        """
        times = passed(history, votes)
        papers = [paper for paper in edition.papers if paper.id in times]
        papers.sort(key=lambda paper: paper.id, reverse=True)
        texts = (
            replace(self._paper_text(paper), gained=self._gained(paper, history, times[paper.id]))
            for paper in papers
        )
        yield from self._of_papers(edition.day, papers, texts, times, RISING)

    def _of_papers(
        self,
        day: date,
        papers: Sequence[Paper],
        texts: Iterable[_PaperText],
        published: Mapping[str, datetime],
        kind: str = "",
    ) -> Iterator[Entry]:
        """Yield the entries of papers; `kind` tells their ids from those of another feed."""
        texts = list(texts)
        # The template writes one line a paper.
        contents = self._fill(PAPER_TEMPLATE, papers=texts).splitlines()
        for paper, text, content in zip(papers, texts, contents, strict=True):
            yield Entry(
                id=stable_id(f"{links.day_page(day)}{kind}#{paper.id}"),
                url=self._paper_url(paper, day),
                title=_title(paper),
                content=content,
                summary=_beginning(text.text, SUMMARY) or None,
                published=published[paper.id],
                modified=published[paper.id],
                authors=text.authors,
                tags=tuple(dict.fromkeys(_plain_texts(paper.ai_keywords))),
            )

    def _gained(self, paper: Paper, history: VoteHistory, at: datetime) -> str:
        """Return how many votes a paper had gained at a time, since when, and how many it had."""
        votes = course(history, paper.id)
        since, first = votes[0]
        then = dict(votes)[at]
        return _plural(
            self._words["gained"],
            then - first,
            since=f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            votes=then,
        )

    def _edition_url(self, day: date) -> str:
        return f"{self._site}/{keys.edition_page(day)}" if self._site else links.day_page(day)

    def _paper_url(self, paper: Paper, day: date) -> str:
        """Return the address of a paper's place on the page of its edition."""
        if not self._site:
            return links.paper_page(paper.id)
        return f"{self._edition_url(day)}#{escape.anchor(paper.id)}"

    def _paper_text(self, paper: Paper) -> _PaperText:
        authors = _plain_texts(paper.authors[:AUTHORS])
        others = max(paper.author_count or 0, len(paper.authors)) - len(authors)
        more = [_plural(self._words["more"], others)] if authors and others > 0 else []
        return _PaperText(
            authors=authors,
            people=" ".join([", ".join(authors), *more]),
            organization=self._organization(paper),
            text=_plain(paper.ai_summary) or first_sentence(_plain(paper.abstract)),
            links=self._links(paper),
        )

    def _in_list(self, paper: Paper, day: date) -> dict[str, object]:
        """Return the values of a paper in an edition's entry."""
        return {
            "url": self._paper_url(paper, day),
            "title": _title(paper),
            "votes": paper.votes,
            "organization": self._organization(paper),
            "summary": _plain(paper.ai_summary),
        }

    def _organization(self, paper: Paper) -> str:
        """Return a paper's organisation, or the number of its authors if no names are known."""
        if paper.organization:
            return _plain(paper.organization.fullname or paper.organization.name)
        if paper.authors or not paper.author_count:
            return ""
        return _plural(self._text["authors"], paper.author_count).removeprefix("·")

    def _links(self, paper: Paper) -> list[tuple[str, str]]:
        """Return the names and addresses of a paper's pages elsewhere."""
        addresses = {
            "page": links.paper_page(paper.id),
            "abstract": links.abstract(paper.id),
            "pdf": links.pdf(paper.id),
            "code": _https(paper.code),
            "project": _https(paper.project),
        }
        names = self._words["links"]
        return [(names[name], address) for name, address in addresses.items() if address]


def _https(address: str | None) -> str:
    return escape.url(address) if address and address.lower().startswith("https://") else ""


def _title(paper: Paper) -> str:
    return _plain(paper.title) or escape.anchor(paper.id)


def _plain(text: str | None) -> str:
    """Return a text without bidirectional controls, which would change the text after it."""
    if not text or text.isprintable():
        return text or ""
    return one_line(escape.BIDI.sub("", text))


def _plain_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts without bidirectional controls; empty ones are left out."""
    return tuple(filter(None, map(_plain, texts)))


def _beginning(text: str, most: int) -> str:
    """Return a text, or as many of its first words as fit."""
    if len(text) <= most:
        return text
    return (text[:most].rpartition(" ")[0] or text[: most - 1]) + "…"


def _plural(forms: Mapping[str, str], count: int, **values: object) -> str:
    return forms["one" if count == 1 else "other"].format(count=count, **values)
