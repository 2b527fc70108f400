"""Editions, weeks and months to Jekyll posts, with the texts of `templates/locales/`.

A day's post is `templates/post.md.j2`, or `templates/brief.md.j2` in the layout "brief"; that of a
week or month is `templates/period.md.j2`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2.environment import Environment

from core.edition.summary import summarize
from core.model import dates, links
from core.model.paper import Edition, Paper
from core.model.period import Kind, Period
from core.model.style import PostStyle
from core.model.topic import Match, Topic
from core.model.votes import Risen
from core.render import blog_data, brief, escape, page_parts, templates, tex
from core.render.blog_data import StoredPaper
from core.render.brief import Briefs, organization_name
from core.render.paper_texts import plain, plural, topic_title
from core.render.period import objects

SEED_TEMPLATE = "post.md.j2"
BRIEF_TEMPLATE = "brief.md.j2"
PERIOD_TEMPLATE = "period.md.j2"
TEX = re.compile(
    r"""\$(?!\s)[^$]*[^$\s]\$(?!\d)     # $x$, but not $5 and $10
      | \\[A-Za-z]{2,}                  # \alpha
      | \\[(\[]                         # \( or \[
    """,
    re.VERBOSE,
)
# What kramdown or Liquid could take for markup.
MARKUP = re.compile(r"[\\`*_{}\[\]<>|$~&]")

Filters = Mapping[str, Callable[..., str]]
Papers = Sequence[Paper] | Sequence[StoredPaper]


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A paper in a topic's section of a post, with its title as text; the address is encoded."""

    paper: Paper
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class TopicSection:
    """A topic's title in the post's language, and its papers that the list above lacks."""

    title: str
    papers: Sequence[TopicRow]


class PostLayout:
    """Fills the templates of posts in one style.

    `filters` are the filters that a template needs to write the parts of a paper. `site_url` is the
    site's address, without a slash at its end; it is empty where there is no site.
    """

    def __init__(
        self, directory: Path, style: PostStyle, filters: Filters, site_url: str = ""
    ) -> None:
        self.style = style
        self.text = templates.words(directory, style.language)
        self._zone = ZoneInfo(style.time_zone)
        self._directory = directory
        self._environment = environment(directory, filters)
        self._site = site_url
        self._briefs = Briefs(self.text, site_url)

    def fill(
        self,
        day: date,
        papers: Papers,
        *,
        math: bool,
        labels: Iterable[str] = (),
        of_topics: int | None = None,
        sections: Sequence[TopicSection] = (),
    ) -> bytes:
        """Return the post of these papers in the layout "seed"; `labels` are notices above them.

        `math` turns the theme's TeX on if a paper has any. With `of_topics`, the post has only
        papers of topics: how many the day has of these. Raises `RenderError`.
        """
        texts = [text for paper in papers for text in (paper.title, paper.abstract)]
        texts += _titles(sections)
        return self._fill_day(
            SEED_TEMPLATE,
            day,
            math and _have_tex(texts),
            papers,
            labels=labels,
            count=len(papers) if of_topics is None else of_topics,
            only_topics=of_topics is not None,
            sections=sections,
        )

    def fill_brief(
        self,
        edition: Edition,
        rose: Sequence[Risen],
        sections: Sequence[TopicSection] = (),
    ) -> bytes:
        """Return the post of an edition in the layout "brief". Raises `RenderError`.

        If the style has only papers of topics, the edition has no others.
        """
        day = edition.day
        rows = [self._briefs.row(paper, day) for paper in edition.papers[: self.style.top]]
        risen = self._briefs.rose(rose)
        texts = [text for row in rows for text in (row.title, row.summary, row.abstract)]
        texts += [row.title for row in risen]
        texts += _titles(sections)
        return self._fill_day(
            BRIEF_TEMPLATE,
            day,
            self.style.math and _have_tex(texts),
            rows,
            headline=self._briefs.headline(
                edition.papers, self.style.top, of_topics=self.style.only_topics
            ),
            page=self._briefs.page(day),
            only_topics=self.style.only_topics,
            rose=risen,
            sections=sections,
        )

    def section(self, topic: Topic, papers: Sequence[Paper], day: date) -> TopicSection:
        """Return a topic's section with these papers of a day."""
        return TopicSection(
            title=topic_title(topic, self.style.language),
            papers=[
                TopicRow(paper, tex.shown(paper.title), brief.paper_url(self._site, day, paper.id))
                for paper in papers
            ],
        )

    def fill_period(self, period: Period) -> bytes:
        """Return the post of a week or month. Raises `RenderError`."""
        text = self.text["period"] | self.text[period.kind]
        names = _names(period)
        summary = summarize(period)
        days = page_parts.best_days([entry.edition for entry in period.editions])
        return self._render(
            PERIOD_TEMPLATE,
            title=text["title"].format(**names),
            heading=text["heading"].format(**names),
            text=text,
            published=self._local_time(self._beginning(period.first)),
            permalink=self._permalink(period.name),
            front_matter=self._front_matter(
                self.style.math and _have_tex(paper.title for paper in summary.top)
            ),
            summary=summary,
            page=escape.url(f"{self._site}/{objects(period)['page']}") if self._site else "",
            urls={
                paper.id: brief.paper_url(self._site, days[paper.id], paper.id)
                for paper in summary.top
            },
        )

    def _fill_day(
        self, template: str, day: date, math: bool, papers: Sequence[object], **values: object
    ) -> bytes:
        return self._render(
            template,
            date=day.isoformat(),
            title=self.text["title"].format(date=day),
            text=self.text,
            published=self._local_time(dates.post_time(day)),
            permalink=self._permalink(day.isoformat()),
            front_matter=self._front_matter(math),
            papers=papers,
            **values,
        )

    def _render(self, template: str, **values: object) -> bytes:
        return templates.fill(self._directory, self._environment, template, **values).encode()

    def _local_time(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S %z")

    def _beginning(self, first: date) -> datetime:
        """Return when a week or month has begun both in UTC and in the style's time zone.

        So the post's date is in its period, wherever the site is, and never before it.
        """
        midnight = datetime.combine(first, time())
        return max(midnight.replace(tzinfo=UTC), midnight.replace(tzinfo=self._zone))

    def _permalink(self, name: str) -> str:
        """Return the permalink of a day or period; empty if posts have none of their own."""
        return self.style.permalink.replace("{date}", name)

    def _front_matter(self, math: bool) -> dict[str, object]:
        """Return the front matter after tags: author, math, and the deployment's own."""
        author = {"author": self.style.author} if self.style.author else {}
        return {**author, **({"math": True} if math else {}), **json.loads(self.style.front_matter)}


class PostRenderer:
    """Renders posts in one style, with the templates and locales in `directory`.

    `site_url` is the site's address, without a slash at its end; it is empty where there is no
    site: then posts link to Hugging Face's pages. `topics` are the owner's, in their order.
    """

    def __init__(
        self,
        directory: Path,
        style: PostStyle,
        site_url: str = "",
        topics: Sequence[Topic] = (),
    ) -> None:
        filters = {
            "abstract_page": lambda paper: escape.url(links.abstract(paper.id)),
            "bold": lambda text: escape.markdown(text, bold=True),
            "institution": self._institution,
            "markdown": escape.markdown,
            "page": lambda paper: escape.url(links.paper_page(paper.id)),
        }
        self.layout = PostLayout(directory, style, filters, site_url)
        self._style = style
        self._topics = topics

    @property
    def has_risen(self) -> bool:
        """Whether a day's post shows what rose since the day before."""
        return self._style.layout == "brief"

    def post(
        self,
        edition: Edition,
        rose: Sequence[Risen] = (),
        topics: Mapping[str, Sequence[Match]] = {},
    ) -> bytes:
        """Return the post of the edition's top papers.

        `rose` are papers of the edition before that gained votes overnight; the layout "seed"
        leaves them out. `topics` are those of papers by the papers' ids. If the style has only
        papers of topics, all others are left out. Raises `RenderError`.
        """
        known = {topic.id for topic in self._topics}
        topics_of = {paper: {one.topic for one in found} & known for paper, found in topics.items()}
        only = self._style.only_topics
        if only:
            shown = tuple(paper for paper in edition.papers if topics_of.get(paper.id))
            edition = replace(edition, papers=shown)
            rose = [one for one in rose if topics_of.get(one.paper.id)]
        sections = self._sections(edition, topics_of) if self._style.topics else ()
        if self._style.layout == "brief":
            return self.layout.fill_brief(edition, rose, sections)
        return self.layout.fill(
            edition.day,
            edition.papers[: self._style.top],
            math=self._style.math,
            of_topics=len(edition.papers) if only else None,
            sections=sections,
        )

    def period_post(self, period: Period) -> bytes:
        """Return the post of a week or month. Raises `RenderError`."""
        return self.layout.fill_period(period)

    def data(self, edition: Edition) -> bytes:
        """Return the data that the blog stores beside the post."""
        day = blog_data.from_edition(edition, self._style.top, self._institution)
        return blog_data.render(day)

    def _sections(self, edition: Edition, topics_of: Mapping[str, Set[str]]) -> list[TopicSection]:
        """Return a section for each topic that has papers below the top."""
        below = edition.papers[self._style.top :]
        found = [
            (topic, [paper for paper in below if topic.id in topics_of.get(paper.id, ())])
            for topic in self._topics
        ]
        return [
            self.layout.section(topic, papers, edition.day) for topic, papers in found if papers
        ]

    def _institution(self, paper: Paper) -> str:
        """Return a paper's organisation, or else the number of its authors."""
        if paper.organization:
            return organization_name(paper)
        forms = self.layout.text["authors"]
        return plural(forms, paper.author_count) if paper.author_count else ""


def environment(directory: Path, filters: Filters) -> Environment:
    """Return the environment of the posts' templates."""
    # Posts are Markdown: the templates' own filters escape each field.
    made = templates.environment(directory, autoescape=False)
    made.filters |= {
        "entities": _entities,
        "flow_list": _flow_list,
        "fold": escape.fold,
        "front_matter": escape.front_matter,
        "link": lambda text: escape.markdown(text, bold=True, link=True),
        "organization": organization_name,
        "plural": plural,
        **filters,
    }
    return made


def _flow_list(items: list[str]) -> str:
    """Return a YAML list in the seed's form: `['Daily Papers', '일간']`."""
    quoted = (item.replace("'", "''") for item in items)
    return "[" + ", ".join(f"'{item}'" for item in quoted) + "]"


def _entities(text: str) -> str:
    """Return a text for a line that has another text from outside before it.

    A mark that the other text has left open, such as a backtick, cannot end at a reference.
    """
    return MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain(text))


def _have_tex(texts: Iterable[str | None]) -> bool:
    return any(TEX.search(text) for text in texts if text)


def _titles(sections: Sequence[TopicSection]) -> list[str]:
    return [row.title for section in sections for row in section.papers]


def _names(period: Period) -> dict[str, object]:
    """Return the values that a period's title may have."""
    year, week, _ = period.first.isocalendar()
    return {
        "name": period.name,
        "year": year if period.kind == Kind.WEEK else period.first.year,
        "month": period.first.month,
        "week": week,
        "first": period.first,
        "last": period.first + timedelta(days=6),
    }
