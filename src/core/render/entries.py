"""The entries of feeds: title, and content as HTML of our own around plain text.

The templates are `feed_edition.html.j2` and `feed_paper.html.j2`. Feed readers show entries outside
the site, so all addresses are absolute, and no text may change the direction of its neighbours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from core.edition.vote_history import course, first_seen, passed
from core.model import dates, keys, links
from core.model.paper import Edition, Paper
from core.model.topic import TopicPaper
from core.model.votes import VoteHistory
from core.render import escape, paper_texts
from core.render.paper_texts import PaperTexts, plural

EDITION_TEMPLATE = "feed_edition.html.j2"
PAPER_TEMPLATE = "feed_paper.html.j2"
# In the ids of entries of rising papers.
RISING = "?rising"
# How many papers an edition's entry lists.
TOP = 10
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

    title: str
    authors: tuple[str, ...]
    people: str
    organization: str
    text: str
    links: list[tuple[str, str]]
    tags: tuple[str, ...]
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
        self._texts = PaperTexts(text)
        self._site = site_url
        self._fill = fill

    def edition(self, edition: Edition) -> Entry:
        """Return the entry of an edition: how many papers it has, and the top ones."""
        published = dates.post_time(edition.day)
        count = plural(self._words["count"], len(edition.papers))
        top = [self._in_list(paper, edition.day) for paper in edition.papers[:TOP]]
        titles = " / ".join(
            _beginning(paper_texts.title(paper), TITLE) for paper in edition.papers[:TITLES]
        )
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

    def topic(self, topic: str, found: Sequence[TopicPaper]) -> Iterator[Entry]:
        """Yield an entry for each of a topic's papers, published when its edition appeared."""
        texts = [self._paper_text(one.paper) for one in found]
        contents = self._fill(PAPER_TEMPLATE, papers=texts).splitlines()
        for one, text, content in zip(found, texts, contents, strict=True):
            entry = self._of_paper(one.day, one.paper, text, content, one.published_at)
            yield replace(entry, id=stable_id(f"{links.paper_page(one.paper.id)}?topic={topic}"))

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
            yield self._of_paper(day, paper, text, content, published[paper.id], kind)

    def _of_paper(
        self,
        day: date,
        paper: Paper,
        text: _PaperText,
        content: str,
        published: datetime,
        kind: str = "",
    ) -> Entry:
        return Entry(
            id=stable_id(f"{links.day_page(day)}{kind}#{paper.id}"),
            url=self._paper_url(paper, day),
            title=text.title,
            content=content,
            summary=_beginning(text.text, SUMMARY) or None,
            published=published,
            modified=published,
            authors=text.authors,
            tags=text.tags,
        )

    def _gained(self, paper: Paper, history: VoteHistory, at: datetime) -> str:
        """Return how many votes a paper had gained at a time, since when, and how many it had."""
        votes = course(history, paper.id)
        since, first = votes[0]
        then = dict(votes)[at]
        return plural(
            self._words["gained"],
            then - first,
            since=paper_texts.minute(since),
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
        return _PaperText(
            title=paper_texts.title(paper),
            authors=paper_texts.authors(paper),
            people=self._texts.people(paper),
            organization=paper_texts.organization(paper) or self._texts.author_count(paper),
            text=paper_texts.brief(paper),
            links=self._texts.links(paper),
            tags=paper_texts.keywords(paper),
        )

    def _in_list(self, paper: Paper, day: date) -> dict[str, object]:
        """Return the values of a paper in an edition's entry."""
        return {
            "url": self._paper_url(paper, day),
            "title": paper_texts.title(paper),
            "votes": paper.votes,
            "organization": paper_texts.organization(paper) or self._texts.author_count(paper),
            "summary": paper_texts.summary(paper),
        }


def _beginning(text: str, most: int) -> str:
    """Return a text, or as many of its first words as fit."""
    if len(text) <= most:
        return text
    return (text[:most].rpartition(" ")[0] or text[: most - 1]) + "…"
