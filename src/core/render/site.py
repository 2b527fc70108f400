"""Editions and months to the pages that people read: `templates/site/`, in both languages.

A page has the texts of both languages; the reader's choice hides one of them, also without scripts.
Pages link to each other by relative addresses, so that the site works wherever it is served.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from jinja2.environment import Environment

from core.edition import vote_history
from core.edition.summary import Summary, summarize
from core.model import dates, keys, links
from core.model.paper import Edition
from core.model.period import Kind, MonthSpan, Neighbours, Period
from core.model.report import Totals
from core.model.style import LANGUAGES, SiteStyle
from core.model.topic import Match, Topic, TopicCount, TopicPaper
from core.model.votes import Rising, VoteHistory
from core.render import escape, page_parts, templates
from core.render.markdown import MarkdownRenderer
from core.render.page_parts import TopicLink, TopicLinks
from core.render.period import objects
from core.render.words import Words

TOP_NAMES = 10
# The functions of `keys` that templates link with.
LINKS = (
    "edition_bibtex",
    "edition_json",
    "edition_page",
    "edition_post",
    "markdown_of",
    "month_page",
    "month_sitemap",
    "topic_atom",
    "topic_bibtex",
    "topic_json",
    "topic_month_json",
    "topic_month_page",
    "topic_page",
    "vote_history",
    "week_page",
)
STATIC_FILES = ("icon.svg", "matching.js", "search.js", "site.css", "site.js")
# Only a site with topics has these, so that other sites stay as they are.
TOPIC_FILES = ("topics.css", "topics.js")


class SiteRenderer:
    """Renders pages with the templates, texts and static files in `directory`.

    `site_url` is the site's address, without a slash at its end; it is empty if the objects have no
    public address. `topics` are the owner's, in their order.
    """

    def __init__(
        self, directory: Path, style: SiteStyle, site_url: str, topics: Sequence[Topic] = ()
    ) -> None:
        self._style = style
        self._site_url = site_url
        self._words = Words(directory, sorted(LANGUAGES, key=lambda one: one != style.language))
        self._topics = [TopicLink(topic.id, self._words.title(topic)) for topic in topics]
        names = STATIC_FILES + (TOPIC_FILES if topics else ())
        self._static = {name: (directory / "static" / name).read_bytes() for name in names}
        self._files = {
            name: keys.static(name, sha256(body).hexdigest()) for name, body in self._static.items()
        }
        self._directory = directory
        self._environment = environment(directory)
        self._environment.globals |= self._globals()
        self.markdown = MarkdownRenderer(directory, site_url, style, has_topics=bool(topics))

    @property
    def has_site(self) -> bool:
        """Whether the pages have a public address; if not, there are no sitemaps."""
        return bool(self._site_url)

    def edition(
        self,
        edition: Edition,
        votes: VoteHistory,
        neighbours: Neighbours,
        topics: Mapping[str, Sequence[Match]] = {},
    ) -> bytes:
        """Return the page of an edition. Raises `RenderError`.

        `topics` are those of its papers by the papers' ids.
        """
        found = vote_history.rising(votes)
        return self._page(
            "edition",
            keys.edition_page(edition.day),
            **page_parts.of_edition(edition),
            pictures=self._style.pictures,
            rows=page_parts.rows(edition.papers, votes, found, self._topics_of(topics)),
            gains=page_parts.gains([(edition, found)] if found else [], edition.day),
            item_list=page_parts.item_list(edition),
            near=neighbours,
        )

    def home(
        self,
        edition: Edition,
        votes: VoteHistory,
        days: Sequence[date],
        spans: Sequence[MonthSpan],
        rising: Sequence[tuple[Edition, Rising]],
        topics: Mapping[str, Sequence[Match]] = {},
    ) -> bytes:
        """Return the home page: the newest edition, the days of its month, and all months.

        `rising` are the editions whose papers rise, in brief, the newest first. `topics` are those
        of the papers by the papers' ids. Raises `RenderError`.
        """
        first = dates.first_of_month(edition.day)
        firsts = [span.first for span in spans]
        before = [day for day in days if day < edition.day]
        before = before or [span.newest for span in spans if span.first < first]
        own = vote_history.rising(votes)
        summaries = page_parts.SUMMARIES
        found = self._topics_of(topics)
        return self._page(
            "home",
            keys.HOME,
            **page_parts.of_edition(edition) | {"title": "Hugging Face Daily Papers"},
            pictures=self._style.pictures,
            rows=page_parts.rows(edition.papers[:summaries], votes, own, found),
            lines=page_parts.lines(edition.papers[summaries:], summaries + 1, own, found),
            topic_counts=self._topic_counts([found.get(paper.id, ()) for paper in edition.papers]),
            gains=page_parts.gains(rising, edition.day),
            near=Neighbours(previous=before[-1] if before else None),
            weeks=page_parts.weeks(first),
            days=set(days),
            years=[(year, list(group)) for year, group in groupby(firsts, lambda day: day.year)],
        )

    def withdrawn(self, day: date, neighbours: Neighbours) -> bytes:
        """Return the page that replaces a withdrawn edition's. Raises `RenderError`."""
        title = " · ".join(self._words.each("withdrawn"))
        return self._page(
            "withdrawn",
            keys.edition_page(day),
            title=f"{title} - {day}",
            description=title,
            day=day,
            near=neighbours,
        )

    def period(self, period: Period, neighbours: Neighbours, before: Totals | None) -> bytes:
        """Return the page of a week or month.

        Its neighbours are the first days of the weeks or months before and after it, and `before`
        are the totals of the one before. Raises `RenderError`.
        """
        summary = summarize(period)
        editions = [entry.edition for entry in period.editions if entry.is_shown]
        best_days = page_parts.best_days(editions)
        topics = {
            paper: entry.topics[paper]
            for entry in period.editions
            for paper in entry.topics
            if best_days.get(paper) == entry.day
        }
        lines = page_parts.lines(summary.top, 1, None, self._topics_of(topics))
        is_week = period.kind == Kind.WEEK
        page = keys.week_page if is_week else keys.month_page
        title = f"Hugging Face Daily Papers - {period.name}"
        return self._page(
            "period",
            page(period.first),
            title=title,
            description=f"{title}: {summary.papers} papers, {summary.votes} votes",
            period=period,
            near=[
                (page(first), first) if first else None
                for first in (neighbours.previous, neighbours.next)
            ],
            objects=objects(period),
            changes=_changes(summary, before),
            summary=summary,
            lines=[(line, best_days[line.paper.id]) for line in lines],
            weeks=None if is_week else page_parts.weeks(period.first),
            days={edition.day for edition in editions},
            columns=page_parts.columns(editions),
            organizations=page_parts.bars(summary.organizations[:TOP_NAMES]),
            keywords=page_parts.bars(summary.keywords[:TOP_NAMES]),
        )

    def topic_index(self, counts: Sequence[TopicCount], newest: date) -> bytes:
        """Return the page of all topics, in numbers up to the day of the newest edition.

        Raises `RenderError`.
        """
        return self._named_page(
            "topics",
            keys.TOPICS_PAGE,
            data=keys.TOPICS_INDEX,
            counts=[
                (
                    self._words.title(count.topic),
                    count,
                    page_parts.months(count.months, newest),
                )
                for count in counts
            ],
        )

    def topic(self, count: TopicCount, papers: Sequence[TopicPaper]) -> bytes:
        """Return the page of a topic, with its newest papers. Raises `RenderError`."""
        topic = count.topic
        months = sorted(count.months)
        return self._topic_page(
            topic,
            keys.topic_page(topic.id),
            papers,
            data=keys.TOPICS_INDEX,
            count=count,
            columns=page_parts.months(count.months, months[-1]) if months else [],
            years=[(year, list(group)) for year, group in groupby(months, lambda day: day.year)],
        )

    def topic_month(self, topic: Topic, first: date, papers: Sequence[TopicPaper]) -> bytes:
        """Return the page of a topic's papers of a month. Raises `RenderError`."""
        return self._topic_page(
            topic,
            keys.topic_month_page(topic.id, first),
            papers,
            first,
            data=keys.topic_month_json(topic.id, first),
            count=None,
            columns=[],
            years=[],
        )

    def month_sitemap(self, month: Period) -> bytes:
        """Return the sitemap of a month's pages, with the day on which each first appeared.

        The pages of the month, its topics and weeks have the day of their newest page in it. Raises
        `RenderError`.
        """
        shown = [entry for entry in month.editions if entry.is_shown]
        published = {keys.edition_page(entry.day): _day(entry.published_at) for entry in shown}
        weeks: dict[str, str] = {}
        for entry in shown:
            page = keys.week_page(dates.monday_of(entry.day))
            weeks[page] = max(weeks.get(page, ""), _day(entry.published_at))
        own = {keys.month_page(month.first): max(published.values())} if published else {}
        topics: dict[str, str] = {}
        for entry in shown:
            for of_paper in self._topics_of(entry.topics).values():
                for link in of_paper:
                    page = keys.topic_month_page(link.id, month.first)
                    topics[page] = max(topics.get(page, ""), _day(entry.published_at))
        return self._render("urls.xml", pages=(own | topics | weeks | published).items())

    def sitemap(self, spans: Sequence[MonthSpan]) -> bytes:
        """Return the index of all sitemaps. Raises `RenderError`."""
        sitemaps = [keys.FIXED_SITEMAP, *(keys.month_sitemap(span.first) for span in spans)]
        return self._render("sitemap.xml", sitemaps=sitemaps)

    def fixed(self) -> Mapping[str, bytes]:
        """Return the files that do not depend on editions, by their keys.

        Crawlers read `robots.txt` at the root of a host only, so a site below a path has none.
        Raises `RenderError`.
        """
        files = {
            **{self._files[name]: body for name, body in self._static.items()},
            keys.SEARCH_PAGE: self._named_page("search", keys.SEARCH_PAGE),
            keys.ABOUT_PAGE: self._named_page("about", keys.ABOUT_PAGE),
            keys.NOT_FOUND_PAGE: self._named_page("404", keys.NOT_FOUND_PAGE, root=self._root),
        }
        files |= self.markdown.fixed()
        if self.has_site:
            pages = [keys.HOME, keys.SEARCH_PAGE, keys.ABOUT_PAGE]
            if self._topics:
                pages += [keys.TOPICS_PAGE, *(keys.topic_page(link.id) for link in self._topics)]
            files[keys.FIXED_SITEMAP] = self._render("urls.xml", pages=[(key, "") for key in pages])
        if self._has_robots:
            sitemap = f"{self._site_url}/{keys.SITEMAP}"
            files[keys.ROBOTS] = f"User-agent: *\nAllow: /\nSitemap: {sitemap}\n".encode()
        return files

    @property
    def _root(self) -> str:
        """The site's path, with a slash at its end."""
        return urlsplit(self._site_url).path + "/"

    @property
    def _has_robots(self) -> bool:
        return self.has_site and self._root == "/"

    def _topics_of(self, topics: Mapping[str, Sequence[Match]]) -> TopicLinks:
        """Return the topics of papers as pages link to them, in the order of the configuration."""
        found = {paper: {one.topic for one in matches} for paper, matches in topics.items()}
        return {
            paper: [link for link in self._topics if link.id in ids] for paper, ids in found.items()
        }

    def _topic_counts(self, papers: Sequence[Sequence[TopicLink]]) -> list[tuple[TopicLink, int]]:
        """Return all topics, with how many of these papers have each."""
        counts = Counter(link.id for of_paper in papers for link in of_paper)
        return [(link, counts[link.id]) for link in self._topics]

    def _topic_page(
        self,
        topic: Topic,
        key: str,
        papers: Sequence[TopicPaper],
        first: date | None = None,
        **values: object,
    ) -> bytes:
        name = " · ".join(dict.fromkeys(self._words.titles(topic)))
        titles = "; ".join(one.paper.title for one in papers[:3])
        return self._page(
            "topic",
            key,
            plain_title=name,
            title=f"{name} - {first:%Y-%m}" if first else name,
            first=first,
            description=titles[:300] or name,
            topic=TopicLink(topic.id, self._words.title(topic)),
            papers=papers,
            days=page_parts.topic_days(papers),
            **values,
        )

    def _named_page(self, name: str, key: str, **values: object) -> bytes:
        title = " · ".join(self._words.each({"404": "not_found"}.get(name, name)))
        return self._page(name, key, title=title, description=title, **values)

    def _page(self, name: str, key: str, **values: object) -> bytes:
        root = "../" * key.count("/")
        shared = {"key": key, "root": root, "pictures": False, "data": ""}
        return self._render(f"{name}.html", **shared | values)

    def _render(self, name: str, **values: object) -> bytes:
        return self._filled(name, **values).encode()

    def _filled(self, name: str, **values: object) -> str:
        return templates.fill(self._directory, self._environment, f"site/{name}.j2", **values)

    def _globals(self) -> Mapping[str, object]:
        """Return the values that every template can use."""
        privacy = "pictures" if self._style.pictures else "privacy"
        return {
            "about": [self._words.text(f"paragraphs.{key}") for key in ("what", "when", privacy)],
            "files": self._files,
            "image_host": page_parts.IMAGE_HOST,
            "language": self._style.language,
            "newspaper": self._style.title,
            "not_found": keys.NOT_FOUND_PAGE,
            "robots": self._has_robots,
            "schemas": keys.SCHEMAS,
            "site_url": self._site_url,
            "style": self._style,
            "t": self._words.text,
            "topics": self._topics,
            "topics_page": keys.TOPICS_PAGE,
            "weekdays": self._words.weekdays(),
        }


def _changes(summary: Summary, before: Totals | None) -> list[tuple[str, int, int | None]]:
    """Return by how much papers and votes changed: a key of the texts, the change, and percent."""
    if before is None:
        return []
    numbers = [
        ("papers", summary.papers, before.papers),
        ("votes", summary.votes, before.votes or 0),
    ]
    return [
        (key, now - then, round(100 * (now - then) / then) if then else None)
        for key, now, then in numbers
    ]


def _signed(number: int) -> str:
    """Return a change with its sign: `+1,024` or `−12`."""
    return f"{number:+,}".replace("-", "−")


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def environment(directory: Path) -> Environment:
    """Return the environment of the pages' templates, without a site's own settings."""
    made = templates.environment(directory, autoescape=True)
    made.filters |= {key: getattr(keys, key) for key in LINKS}
    made.filters |= {
        "abstract_page": lambda paper: links.abstract(paper.id),
        "alphaxiv": lambda paper: links.alphaxiv(paper.id),
        "anchor": escape.anchor,
        "monday": dates.monday_of,
        "names": page_parts.names,
        "query": quote_plus,
        "page": lambda paper: links.paper_page(paper.id),
        "pdf": lambda paper: links.pdf(paper.id),
        "signed": _signed,
        "thousands": "{:,}".format,
        "url": escape.url,
    }
    made.tests["https"] = lambda url: bool(escape.https(url))
    made.tests["picture"] = page_parts.is_picture
    return made
