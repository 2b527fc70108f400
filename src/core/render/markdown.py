"""Editions, weeks, months and other pages to Markdown for programs, and `llms.txt`.

Each page has its Markdown beside it, at the page's address with `.md` appended. It is CommonMark
without HTML, front matter and Liquid. Source: https://llmstxt.org/
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from jinja2.environment import Environment

from core import HOMEPAGE
from core.edition.summary import summarize
from core.edition.vote_history import course, rising
from core.model import dates, keys, links
from core.model.paper import Edition, Paper
from core.model.period import Kind, MonthSpan, Period
from core.model.style import SiteStyle
from core.model.votes import VoteHistory
from core.render import escape, feeds, page_parts, paper_texts, templates
from core.render.paper_texts import PaperTexts, plural

# The keys that templates link to, as filters of days, of first days of weeks and months, and pages.
LINKS = (
    "edition_bibtex",
    "edition_json",
    "edition_page",
    "markdown_of",
    "month_page",
    "vote_history",
    "week_page",
)
# The keys of objects of days, weeks and months, and the names of their descriptions.
PATTERNS = {
    "daily/YYYY-MM-DD.html.md": "edition",
    "weekly/YYYY-Www.html.md": "week",
    "monthly/YYYY-MM.html.md": "month",
    "votes/YYYY-MM-DD.json": "votes",
    "search/YYYY-MM.json": "search",
    "papers/date=YYYY-MM-DD/papers.jsonl.gz": "dataset",
}
TERMS = {
    "Hugging Face: Terms of Service": "https://huggingface.co/terms-of-service",
    "arXiv: Terms of Use for APIs": "https://info.arxiv.org/help/api/tou.html",
}
SEARCH_SCHEMA = "schema/search.v1.json"
# By the specification, the section that a reader with little room may skip.
OPTIONAL = "Optional"

Entry = tuple[str, str, str]
"""A link in a list: its name, its address, and what it leads to, which may be empty."""


class MarkdownRenderer:
    """Renders Markdown with the templates and locales in `directory`, in the style's language.

    `site_url` is the site's address, without a slash at its end. Where it is empty, links to other
    objects are relative.
    """

    def __init__(
        self, directory: Path, site_url: str, style: SiteStyle, *, has_topics: bool = False
    ) -> None:
        self._directory = directory
        self._text = templates.words(directory, style.language)
        self._words = self._text["markdown"]
        self._texts = PaperTexts(self._text)
        self._site = escape.url(site_url)
        self._style = style
        self._has_topics = has_topics
        self._environment = environment(directory)

    def edition(self, edition: Edition, votes: VoteHistory) -> bytes:
        """Return the Markdown of an edition's page: all papers, with all that is known of them.

        Raises `RenderError`.
        """
        page = keys.edition_page(edition.day)
        return self._render(
            "edition.md",
            page,
            **self._of_edition(page, edition, votes),
            rows=[
                self._whole(paper, self._place(page, edition.day, paper), votes)
                for paper in edition.papers
            ],
        )

    def home(self, edition: Edition, votes: VoteHistory, spans: Sequence[MonthSpan]) -> bytes:
        """Return the Markdown of the home page: the newest edition in short, and all months.

        Raises `RenderError`.
        """
        return self._render(
            "home.md",
            keys.HOME,
            **self._of_edition(keys.HOME, edition, votes),
            rows=[
                self._line(paper, self._place(keys.HOME, edition.day, paper))
                for paper in edition.papers
            ],
            spans=spans,
            latest=keys.LATEST_JSON,
            llms=keys.LLMS,
        )

    def period(self, period: Period) -> bytes:
        """Return the Markdown of a week's or month's page. Raises `RenderError`."""
        first = period.first
        is_week = period.kind == Kind.WEEK
        page = keys.week_page(first) if is_week else keys.month_page(first)
        last = first + timedelta(days=6)
        name = f"{period.name} ({first} – {last})" if is_week else period.name
        summary = summarize(period)
        editions = [entry.edition for entry in period.editions if entry.is_shown]
        best = page_parts.best_days(editions)
        return self._render(
            "period.md",
            page,
            title=self._text["title"].format(date=name),
            summary=summary,
            keywords=_counts(summary.keywords),
            organizations=_counts(summary.organizations),
            rows=[
                self._line(paper, self._place(page, best[paper.id], paper)) for paper in summary.top
            ],
            editions=editions,
            source=links.HUGGING_FACE,
            page=page,
            json=keys.week_json(first) if is_week else keys.month_json(first),
            bibtex=keys.week_bibtex(first) if is_week else keys.month_bibtex(first),
        )

    def withdrawn(self, day: date) -> bytes:
        """Return the Markdown that replaces a withdrawn edition's. Raises `RenderError`."""
        title = self._text["title"].format(date=day)
        return self._render("withdrawn.md", keys.edition_page(day), title=title)

    def fixed(self) -> Mapping[str, bytes]:
        """Return the files that do not depend on editions, by their keys. Raises `RenderError`."""
        return {
            keys.markdown_of(keys.ABOUT_PAGE): self._about(),
            keys.markdown_of(keys.SEARCH_PAGE): self._search(),
            keys.LLMS: self._llms(),
        }

    def _about(self) -> bytes:
        return self._render(
            "about.md",
            keys.ABOUT_PAGE,
            publisher=self._style.publisher,
            contact=self._style.contact,
            code=HOMEPAGE,
            patterns=self._patterns(),
            archive=self._entries([keys.LATEST_JSON, keys.ROOT_INDEX, keys.LLMS]),
            feeds=self._feeds(),
            terms=self._text["site"]["terms_text"],
            terms_pages=self._terms(),
        )

    def _search(self) -> bytes:
        data = self._entries([keys.ROOT_INDEX, SEARCH_SCHEMA, keys.SEARCH_PAGE])
        return self._render("search.md", keys.SEARCH_PAGE, data=data)

    def _llms(self) -> bytes:
        """Return `llms.txt`: a heading, a quotation, texts, and sections of links."""
        home, search, about = (
            keys.markdown_of(page) for page in (keys.HOME, keys.SEARCH_PAGE, keys.ABOUT_PAGE)
        )
        optional = [keys.HOME, keys.SEARCH_PAGE, *([keys.SITEMAP] if self._site else [])]
        words, topics = self._words, [keys.TOPICS_INDEX] if self._has_topics else []
        return self._render(
            "llms.txt",
            keys.LLMS,
            patterns=self._patterns(),
            sections={
                words["newest"]: self._entries([home, keys.LATEST_JSON]),
                words["archive"]: self._entries([keys.ROOT_INDEX, *topics, search]),
                words["feeds"]: self._feeds(),
                words["schemas"]: self._entries(keys.SCHEMAS),
                words["terms"]: [*self._entries([about]), *self._terms()],
                OPTIONAL: self._entries(optional),
            },
        )

    def _of_edition(self, key: str, edition: Edition, history: VoteHistory) -> dict[str, object]:
        """Return the values above the papers of an edition, on a page."""
        found = rising(history)
        papers = {paper.id: paper for paper in edition.papers}
        risen = [
            (paper_texts.title(paper), self._place(key, edition.day, paper), rise.votes)
            for rise in (found.papers if found else ())
            if (paper := papers.get(rise.paper_id))
        ]
        return {
            "rising": risen,
            "since": found.since if found else None,
            "title": self._text["title"].format(date=edition.day),
            "edition": edition,
            "day": edition.day,
            "first": dates.first_of_month(edition.day),
            "monday": dates.monday_of(edition.day),
        }

    def _line(self, paper: Paper, place: str) -> dict[str, object]:
        """Return the values of a paper that is listed on one line."""
        return {
            "title": paper_texts.title(paper),
            "place": place,
            "votes": "" if paper.votes is None else plural(self._words["votes"], paper.votes),
            "organization": paper_texts.organization(paper),
        }

    def _whole(self, paper: Paper, place: str, history: VoteHistory) -> dict[str, object]:
        """Return the values of a paper with all that is known of it."""
        words = self._words
        return {
            "title": paper_texts.title(paper),
            "place": place,
            "links": self._texts.links(paper),
            "facts": [
                (words["votes_label"], self._votes(paper, history)),
                (words["organization"], paper_texts.organization(paper)),
                (words["authors"], self._texts.people(paper) or self._texts.author_count(paper)),
                (words["keywords"], ", ".join(paper_texts.keywords(paper))),
            ],
            "texts": [
                (words["summary"], paper_texts.summary(paper)),
                (words["abstract"], paper_texts.abstract(paper)),
            ],
        }

    def _votes(self, paper: Paper, history: VoteHistory) -> str:
        """Return a paper's votes, and how many it has gained since it was first seen."""
        if paper.votes is None:
            return ""
        for since, first in course(history, paper.id)[:1]:
            if paper.votes > first:
                time = paper_texts.minute(since)
                gained = self._words["gained"].format(count=paper.votes - first, since=time)
                return f"{paper.votes:,} ({gained})"
        return f"{paper.votes:,}"

    def _place(self, key: str, day: date, paper: Paper) -> str:
        """Return the address of a paper on the page of its edition, as a link on a page."""
        return f"{self._root(key)}{keys.edition_page(day)}#{escape.url(escape.anchor(paper.id))}"

    def _root(self, key: str) -> str:
        """Return what the address of an object begins with, as a link on a page."""
        if self._site:
            return f"{self._site}/"
        return "../" if "/" in key else ""

    def _patterns(self) -> list[tuple[str, str]]:
        """Return the keys of days, weeks and months, and what is there."""
        return [(key, self._words["objects"][what]) for key, what in PATTERNS.items()]

    def _entries(self, of: Iterable[str]) -> list[Entry]:
        """Return links from pages at the root to objects, by their keys."""
        described = self._words["at"]
        return [(key, self._root("") + key, described.get(key, "")) for key in of]

    def _feeds(self) -> list[Entry]:
        entries = []
        for kind in feeds.KINDS:
            what = self._text["feed"][kind.words]["description"]
            what = what.format(votes=self._style.rising)
            entries += [(key, self._root("") + key, what) for key in (kind.atom, kind.json)]
        return [*entries, *self._entries([keys.OPML])]

    def _terms(self) -> list[Entry]:
        return [(name, address, "") for name, address in TERMS.items()]

    def _render(self, name: str, key: str, **values: object) -> bytes:
        """Return a template filled with the values; `key` is that of the page or file."""
        common = {
            "home": keys.HOME,
            "newspaper": self._style.title,
            "root": self._root(key),
            "t": self._words,
        }
        name = f"markdown/{name}.j2"
        return templates.fill(self._directory, self._environment, name, **common | values).encode()


def environment(directory: Path) -> Environment:
    """Return the environment of the templates of Markdown for programs."""
    # The templates' own filters escape each text.
    made = templates.environment(directory, autoescape=False)
    made.filters |= {key: getattr(keys, key) for key in LINKS}
    made.filters |= {
        "commonmark": escape.commonmark,
        "day_page": links.day_page,
        "iso_week": dates.iso_week,
        "minute": paper_texts.minute,
        "plural": plural,
        "total": lambda papers: sum(paper.votes or 0 for paper in papers),
        "url": escape.url,
    }
    return made


def _counts(of: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the names of which something can be shown, with their numbers of papers."""
    return [(name, count) for given, count in of if (name := paper_texts.plain(given))]
