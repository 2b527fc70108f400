"""Edition to the Jekyll post: `templates/post.md.j2`, with the texts of `templates/locales/`."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2.environment import Environment

from core.edition.summary import summarize
from core.model import dates, links
from core.model.paper import Edition, Paper
from core.model.period import Period
from core.model.style import PostStyle
from core.model.votes import Risen
from core.render import blog_data, escape, templates
from core.render.blog_data import StoredPaper

DAY_TEMPLATE = "post.md.j2"
MONTH_TEMPLATE = "monthly.md.j2"
TEX = re.compile(
    r"""\$(?!\s)[^$]*[^$\s]\$(?!\d)     # $x$, but not $5 and $10
      | \\[A-Za-z]{2,}                  # \alpha
      | \\[(\[]                         # \( or \[
    """,
    re.VERBOSE,
)

Filters = Mapping[str, Callable[..., str]]
Papers = Sequence[Paper] | Sequence[StoredPaper]


class PostLayout:
    """Fills the post's template in one style.

    `filters` are the filters that the template needs to write the parts of a paper.
    """

    def __init__(self, directory: Path, style: PostStyle, filters: Filters) -> None:
        self.style = style
        self.text = templates.words(directory, style.language)
        self._zone = ZoneInfo(style.time_zone)
        self._directory = directory
        self._environment = environment(directory, filters)

    def fill(self, day: date, papers: Papers, *, math: bool, labels: Iterable[str] = ()) -> bytes:
        """Return the post of these papers; `labels` are notices above the list.

        `math` turns the theme's TeX on if a paper has any. Raises `RenderError`.
        """
        return self._render(
            DAY_TEMPLATE,
            date=day.isoformat(),
            text=self.text,
            published=self._local_time(dates.post_time(day)),
            permalink=self._permalink(day.isoformat()),
            front_matter=self._front_matter(math and any(map(_has_tex, papers))),
            papers=papers,
            labels=labels,
        )

    def fill_month(self, month: Period) -> bytes:
        """Return the post of a month. Raises `RenderError`."""
        text = self.text["month"]
        summary = summarize(month)
        names = {"year": month.first.year, "month": month.first.month}
        math = self.style.math and any(map(_has_tex, summary.top))
        return self._render(
            MONTH_TEMPLATE,
            title=text["title"].format(**names),
            heading=text["heading"].format(**names),
            text=text,
            published=self._local_time(self._beginning(month.first)),
            permalink=self._permalink(f"{month.first:%Y-%m}"),
            front_matter=self._front_matter(math),
            summary=summary,
        )

    def _render(self, template: str, **values: object) -> bytes:
        return templates.fill(self._directory, self._environment, template, **values).encode()

    def _local_time(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S %z")

    def _beginning(self, first: date) -> datetime:
        """Return when a month has begun both in UTC and in the style's time zone.

        So the post's date is in its month, wherever the site is, and never before it.
        """
        midnight = datetime.combine(first, time())
        return max(midnight.replace(tzinfo=UTC), midnight.replace(tzinfo=self._zone))

    def _permalink(self, name: str) -> str:
        """Return the permalink of a day or month; empty if posts have none of their own."""
        return self.style.permalink.replace("{date}", name)

    def _front_matter(self, math: bool) -> dict[str, object]:
        """Return the front matter after tags: author, math, and the deployment's own."""
        author = {"author": self.style.author} if self.style.author else {}
        return {**author, **({"math": True} if math else {}), **json.loads(self.style.front_matter)}


class PostRenderer:
    """Renders posts in one style, with the templates and locales in `directory`.

    `site_url` is the site's address, without a slash at its end; it is empty where there is no
    site: then posts link to Hugging Face's pages.
    """

    def __init__(self, directory: Path, style: PostStyle, site_url: str = "") -> None:
        filters = {
            "abstract_page": lambda paper: escape.url(links.abstract(paper.id)),
            "bold": lambda text: escape.markdown(text, bold=True),
            "institution": self._institution,
            "markdown": escape.markdown,
            "page": lambda paper: escape.url(links.paper_page(paper.id)),
        }
        self.layout = PostLayout(directory, style, filters)
        self._style = style
        self._site = site_url

    @property
    def has_risen(self) -> bool:
        """Whether a day's post shows what rose since the day before."""
        return self._style.layout == "brief"

    def post(self, edition: Edition, rose: Sequence[Risen] = ()) -> bytes:  # noqa: ARG002
        """Return the post of the edition's top papers.

        `rose` are papers of the edition before that gained votes overnight; the layout "seed"
        leaves them out. Raises `RenderError`.
        """
        papers = edition.papers[: self._style.top]
        return self.layout.fill(edition.day, papers, math=self._style.math)

    def period_post(self, period: Period) -> bytes:
        """Return the post of a week or month. Raises `RenderError`."""
        return self.layout.fill_month(period)

    def data(self, edition: Edition) -> bytes:
        """Return the data that the blog stores beside the post."""
        day = blog_data.from_edition(edition, self._style.top, self._institution)
        return blog_data.render(day)

    def _institution(self, paper: Paper) -> str:
        """Return a paper's organisation, or else the number of its authors."""
        if paper.organization:
            return paper.organization.fullname or paper.organization.name or ""
        forms = self.layout.text["authors"]
        return _plural(forms, paper.author_count) if paper.author_count else ""


def environment(directory: Path, filters: Filters) -> Environment:
    """Return the environment of the posts' templates."""
    # Posts are Markdown: the templates' own filters escape each field.
    made = templates.environment(directory, autoescape=False)
    made.filters |= {
        "flow_list": _flow_list,
        "front_matter": escape.front_matter,
        "plural": _plural,
        **filters,
    }
    return made


def _plural(forms: Mapping[str, str], count: int) -> str:
    return forms["one" if count == 1 else "other"].format(count=count)


def _flow_list(items: list[str]) -> str:
    """Return a YAML list in the seed's form: `['Daily Papers', '일간']`."""
    quoted = (item.replace("'", "''") for item in items)
    return "[" + ", ".join(f"'{item}'" for item in quoted) + "]"


def _has_tex(paper: Paper | StoredPaper) -> bool:
    return bool(TEX.search(f"{paper.title}\n{paper.abstract or ''}"))
