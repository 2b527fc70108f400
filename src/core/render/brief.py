"""The values of a day's post in the layout "brief": `templates/brief.md.j2` shows them.

Titles, summaries and abstracts have their simple TeX as text. They are plain texts on one line,
which the template escapes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.model import keys, links
from core.model.paper import Paper
from core.model.votes import Risen
from core.render import escape, tex
from core.render.paper_texts import plural
from core.render.sentences import first_sentence

# How many authors are named where there is no organisation.
AUTHORS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A paper as a post shows it; a text is empty where the paper has none.

    `url` leads to the paper's place on the site, or to Hugging Face's page. `links` are the names
    and addresses of its pages elsewhere. The addresses are encoded.
    """

    paper: Paper
    title: str
    url: str
    summary_label: str
    summary: str
    abstract: str
    organization: str
    authors: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoseRow:
    """A paper of the edition of `day` that gained so many votes overnight."""

    day: date
    paper: Paper
    title: str
    url: str
    votes: int


class Briefs:
    """Makes the values with the texts of a locale.

    `site_url` is the site's address, without a slash at its end; it is empty where there is no
    site.
    """

    def __init__(self, text: Mapping[str, Any], site_url: str) -> None:
        self._words = text["brief"]
        self._site = site_url

    def headline(self, papers: Sequence[Paper], top: int, *, of_topics: bool) -> str:
        """Return how many papers there are and the post shows, and all of their votes.

        `of_topics` is whether these are only the edition's papers that have a topic.
        """
        count = len(papers)
        words = self._words["of_topics"] if of_topics else self._words
        if of_topics and not count:
            return str(words["none"])
        if top < count:
            shown = words["top"].format(top=top, count=count)
        else:
            shown = plural(words["papers"], count)
        votes = [paper.votes for paper in papers if paper.votes is not None]
        return ", ".join([shown, *([plural(self._words["votes"], sum(votes))] if votes else [])])

    def page(self, day: date) -> str:
        """Return the address of the page that has all papers of a day."""
        return page_url(self._site, day)

    def row(self, paper: Paper, day: date) -> Row:
        """Return a paper of a day's edition."""
        abstract = tex.shown(paper.abstract or "")
        ai_summary = tex.shown(paper.ai_summary or "")
        return Row(
            paper=paper,
            title=tex.shown(paper.title),
            url=paper_url(self._site, day, paper.id),
            summary_label=self._words["summary" if ai_summary else "beginning"],
            summary=ai_summary or first_sentence(abstract),
            abstract=abstract,
            organization=organization_name(paper),
            authors=self._authors(paper),
            links=tuple(self._links(paper)),
        )

    def rose(self, rose: Sequence[Risen]) -> list[RoseRow]:
        """Return the papers that gained votes overnight."""
        return [
            RoseRow(
                day=one.day,
                paper=one.paper,
                title=tex.shown(one.paper.title),
                url=paper_url(self._site, one.day, one.paper.id),
                votes=one.votes,
            )
            for one in rose
        ]

    def _authors(self, paper: Paper) -> str:
        """Return the first authors and how many more there are, or only their number."""
        names = paper.authors[:AUTHORS]
        count = max(paper.author_count or 0, len(paper.authors))
        if not names:
            return plural(self._words["author_count"], count) if count else ""
        first = ", ".join(names)
        more = count - len(names)
        return plural(self._words["more"], more, names=first) if more else first

    def _links(self, paper: Paper) -> Iterator[tuple[str, str]]:
        """Yield the names and addresses of a paper's pages elsewhere; only https is linked."""
        if code := escape.https(paper.code):
            stars = f" ★ {paper.github_stars:,}" if paper.github_stars is not None else ""
            yield self._words["code"] + stars, code
        if project := escape.https(paper.project):
            yield self._words["project"], project
        yield "arXiv", links.abstract(paper.id)
        yield "Hugging Face", links.paper_page(paper.id)


def page_url(site_url: str, day: date) -> str:
    """Return the address of a day's page, or Hugging Face's without a site."""
    if not site_url:
        return links.day_page(day)
    return escape.url(f"{site_url}/{keys.edition_page(day)}")


def paper_url(site_url: str, day: date, paper_id: str) -> str:
    """Return the address of a paper's place on a day's page, or Hugging Face's without a site."""
    if not site_url:
        return links.paper_page(paper_id)
    return escape.url(f"{site_url}/{keys.edition_page(day)}#{escape.anchor(paper_id)}")


def organization_name(paper: Paper) -> str:
    """Return the name of a paper's organisation, empty without one."""
    organization = paper.organization
    return (organization.fullname or organization.name or "") if organization else ""
