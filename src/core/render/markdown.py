"""Edition to the Jekyll post: `templates/post.md.j2`, in the words of `templates/locales/`."""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from core import links
from core.errors import RenderError
from core.models import Edition, Paper, PostStyle
from core.render import escape

TEMPLATE = "post.md.j2"
# A quarter past midnight: never ahead of a run of that day, so Jekyll never hides the post.
PUBLISHED_AT = time(0, 15, tzinfo=UTC)
TEX = re.compile(
    r"""\$(?!\s)[^$]*[^$\s]\$(?!\d)     # $x$, but not $5 and $10
      | \\[A-Za-z]{2,}                  # \alpha
      | \\[(\[]                         # \( or \[
    """,
    re.VERBOSE,
)


class PostRenderer:
    """Renders posts in one style, with the templates and locales below `templates`."""

    def __init__(self, templates: Path, style: PostStyle) -> None:
        self._style = style
        self._zone = ZoneInfo(style.time_zone)
        self._text = tomllib.loads(
            (templates / "locales" / f"{style.locale}.toml").read_text("utf-8")
        )
        self._template = self._environment(templates).get_template(TEMPLATE)

    def render(self, edition: Edition) -> bytes:
        """Return the post of the edition's top papers. Raises `RenderError`."""
        papers = edition.papers[: self._style.top]
        published = datetime.combine(edition.day, PUBLISHED_AT).astimezone(self._zone)
        try:
            post = self._template.render(
                text=self._text,
                date=edition.day.isoformat(),
                published=published.strftime("%Y-%m-%d %H:%M:%S %z"),
                permalink=self._style.permalink.replace("{date}", edition.day.isoformat()),
                front_matter=self._front_matter(papers),
                papers=papers,
            )
        except TemplateError as error:
            raise RenderError(str(error), TEMPLATE) from error
        return post.encode()

    def _front_matter(self, papers: tuple[Paper, ...]) -> dict[str, object]:
        """Return what follows the seed's lines: author, math, and the deployment's own."""
        author = {"author": self._style.author} if self._style.author else {}
        math = {"math": True} if self._style.math and any(map(_has_tex, papers)) else {}
        return {**author, **math, **json.loads(self._style.front_matter)}

    def _environment(self, templates: Path) -> Environment:
        # Markdown, not HTML: each field is escaped for Markdown by the filter it passes.
        environment = Environment(  # noqa: S701
            loader=FileSystemLoader(templates),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            lstrip_blocks=True,
            trim_blocks=True,
        )
        environment.filters |= {
            "abstract_page": links.abstract,
            "bold": lambda text: escape.markdown(text, bold=True),
            "flow_list": _flow_list,
            "front_matter": escape.front_matter,
            "institution": self._institution,
            "markdown": escape.markdown,
            "paper_page": links.paper_page,
            "plural": _plural,
            "url": escape.url,
        }
        return environment

    def _institution(self, paper: Paper) -> str:
        """Return who the paper is from: its organisation, or else how many wrote it."""
        if paper.organization:
            return paper.organization.fullname or paper.organization.name or ""
        return _plural(self._text["authors"], len(paper.authors)) if paper.authors else ""


def _plural(forms: Mapping[str, str], count: int) -> str:
    return forms["one" if count == 1 else "other"].format(count=count)


def _flow_list(items: list[str]) -> str:
    """Return a YAML list in the seed's form: `['Daily Papers', '일간']`."""
    quoted = (item.replace("'", "''") for item in items)
    return "[" + ", ".join(f"'{item}'" for item in quoted) + "]"


def _has_tex(paper: Paper) -> bool:
    return bool(TEX.search(f"{paper.title}\n{paper.abstract or ''}"))
