"""Editions and months to the pages that people read: `templates/site/`, in both languages.

A page holds the words of both; the reader's choice hides one of them, also without scripts. Pages
lead to each other by relative addresses, so that the site works wherever it is served.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from jinja2.environment import Environment
from jinja2.exceptions import TemplateError

from core.edition.summary import summarize
from core.model import dates, keys, links
from core.model.errors import RenderError
from core.model.month import Month, MonthSpan, Neighbours
from core.model.paper import Edition
from core.model.votes import VoteRecord
from core.render import escape, parts, templates
from core.render.words import Html, Words

LOCALES = ("ko", "en")
TOP_NAMES = 10
# Nothing but https, and no name and password, with which a browser loads no picture.
HTTPS = re.compile(r"https://[^/?#@\\]+([/?#]|$)", re.IGNORECASE)
# The functions of the layout that say where pages lead to.
KEYS = (
    "edition_json",
    "edition_page",
    "edition_post",
    "month_index",
    "month_json",
    "month_page",
    "month_post",
    "month_sitemap",
    "search_shard",
    "vote_record",
)
STATIC_FILES = ("icon.svg", "search.js", "site.css", "site.js")


class SiteRenderer:
    """Renders pages with the templates, words and static files in `directory`.

    `locale` is the language that a page is in at first; `site_url` is where readers find the site,
    without a slash at its end.
    """

    def __init__(self, directory: Path, locale: str, site_url: str) -> None:
        self._directory, self._locale, self._site_url = directory, locale, site_url
        self._words = Words(directory, sorted(LOCALES, key=lambda one: one != locale))
        self._static = {name: (directory / "static" / name).read_bytes() for name in STATIC_FILES}
        self._files = {
            name: keys.static(name, sha256(body).hexdigest()) for name, body in self._static.items()
        }
        self._environment = environment(directory)
        self._environment.globals |= self._globals()
        self._listed: tuple[Edition, VoteRecord, Html] | None = None

    @cached_property
    def release(self) -> str:
        """A digest of the templates, words and files that pages are made of."""
        paths = sorted((self._directory / "site").iterdir())
        paths += [self._directory / "locales" / f"{locale}.toml" for locale in LOCALES]
        digest = sha256(f"{self._locale} {self._site_url}".encode())
        for body in (*(path.read_bytes() for path in paths), *self._static.values()):
            digest.update(sha256(body).digest())
        return digest.hexdigest()

    def edition(self, edition: Edition, votes: VoteRecord, neighbours: Neighbours) -> bytes:
        """Return the page of an edition. Raises `RenderError`."""
        shown = {**parts.of_edition(edition), "papers": self._papers(edition, votes)}
        key, item_list = keys.edition_page(edition.day), parts.item_list(edition)
        return self._page("edition", key, **shown, item_list=item_list, near=neighbours)

    def home(
        self,
        edition: Edition,
        votes: VoteRecord,
        days: Sequence[date],
        months: Sequence[MonthSpan],
    ) -> bytes:
        """Return the home page: the newest edition, the days of its month, and all months.

        Raises `RenderError`.
        """
        first = dates.first_of_month(edition.day)
        firsts = [span.first for span in reversed(months)]
        before = [day for day in days if day < edition.day]
        before = before or [span.newest for span in months if span.first < first]
        return self._page(
            "home",
            keys.HOME,
            **parts.of_edition(edition) | {"title": "Hugging Face Daily Papers - Paperboy"},
            papers=self._papers(edition, votes),
            near=Neighbours(previous=before[-1] if before else None),
            weeks=parts.weeks(first),
            days=set(days),
            years=[(year, list(group)) for year, group in groupby(firsts, lambda day: day.year)],
        )

    def withdrawn(self, day: date) -> bytes:
        """Return the page that stands where a withdrawn edition's was. Raises `RenderError`."""
        key, title = keys.edition_page(day), " · ".join(self._words.each("withdrawn"))
        about = {"title": f"{title} - {day}", "description": title, "day": day}
        return self._page("withdrawn", key, **about)

    def month(self, month: Month, neighbours: Neighbours) -> bytes:
        """Return the page of a month; its neighbours are the first days of months.

        Raises `RenderError`.
        """
        summary, editions = summarize(month), [entry.edition for entry in month.editions]
        title = f"Hugging Face Daily Papers - {month.first:%Y-%m}"
        return self._page(
            "month",
            keys.month_page(month.first),
            title=title,
            description=f"{title}: {summary.papers} papers, {summary.votes} votes",
            first=month.first,
            near=neighbours,
            summary=summary,
            places=parts.places(editions),
            weeks=parts.weeks(month.first),
            days={edition.day for edition in editions},
            columns=parts.columns(editions),
            organizations=parts.bars(summary.organizations[:TOP_NAMES]),
            keywords=parts.bars(summary.keywords[:TOP_NAMES]),
        )

    def month_sitemap(self, month: Month) -> bytes:
        """Return the sitemap of a month's pages. Raises `RenderError`."""
        changed = {
            keys.edition_page(entry.edition.day): f"{entry.updated_at:%Y-%m-%d}"
            for entry in month.editions
        }
        own = {keys.month_page(month.first): max(changed.values())} if changed else {}
        pages = own | changed
        return self._render("urls.xml", pages=pages.items())

    def sitemap(self, months: Sequence[MonthSpan]) -> bytes:
        """Return the index of all sitemaps. Raises `RenderError`."""
        sitemaps = [keys.FIXED_SITEMAP, *(keys.month_sitemap(span.first) for span in months)]
        return self._render("sitemap.xml", sitemaps=sitemaps)

    def fixed(self) -> Mapping[str, bytes]:
        """Return the files that are the same whatever is published, by their keys.

        Raises `RenderError`.
        """
        pages = [(key, "") for key in (keys.HOME, keys.SEARCH_PAGE, keys.ABOUT_PAGE)]
        address = urlsplit(self._site_url).path + "/"
        return {
            **{self._files[name]: body for name, body in self._static.items()},
            keys.SEARCH_PAGE: self._named_page("search", keys.SEARCH_PAGE),
            keys.ABOUT_PAGE: self._named_page("about", keys.ABOUT_PAGE, data=self._data()),
            keys.NOT_FOUND_PAGE: self._named_page("404", keys.NOT_FOUND_PAGE, root=address),
            keys.FIXED_SITEMAP: self._render("urls.xml", pages=pages),
            keys.ROBOTS: (
                f"User-agent: *\nAllow: /\nSitemap: {self._site_url}/{keys.SITEMAP}\n".encode()
            ),
        }

    def _papers(self, edition: Edition, votes: VoteRecord) -> Html:
        """Return the list of an edition's papers, which its page and the home page both have.

        The one that was made last is kept: it takes 3 ms for 100 papers.
        """
        listed = self._listed
        if not listed or listed[0] is not edition or listed[1] != votes:
            html = Html(self._filled("papers.html", rows=parts.rows(edition, votes)))
            listed = self._listed = (edition, votes, html)
        return listed[2]

    def _named_page(self, name: str, key: str, **values: object) -> bytes:
        title = " · ".join(self._words.each({"404": "not_found"}.get(name, name)))
        return self._page(
            name, key, **{"title": f"{title} - Paperboy", "description": title} | values
        )

    def _data(self) -> list[tuple[str, str, Html]]:
        """Return what the archive holds for programs: keys, where they lead to, and what it is."""
        told = [
            ("index.json", keys.ROOT_INDEX, "index"),
            ("index/YYYY-MM.json", "", "month_index"),
            ("daily/YYYY-MM-DD.json, .md, .html", "", "edition"),
            ("monthly/YYYY-MM.json, .md, .html", "", "month"),
            ("votes/YYYY-MM-DD.json", "", "votes"),
            ("search/YYYY-MM.json", "", "search"),
            ("papers/month=YYYY-MM/papers.jsonl.gz", "", "rows_of_papers"),
            ("votes/month=YYYY-MM/votes.jsonl.gz", "", "rows_of_votes"),
            ("latest.json", keys.LATEST_JSON, "latest"),
            ("latest.md", keys.LATEST_POST, "latest"),
            *((key, key, "schema") for key in keys.SCHEMAS),
            ("robots.txt", keys.ROBOTS, "robots"),
            ("sitemap.xml", keys.SITEMAP, "robots"),
        ]
        return [(key, link, self._words.text(f"files.{what}")) for key, link, what in told]

    def _page(self, name: str, key: str, **values: object) -> bytes:
        root = "../" if "/" in key else ""
        return self._render(f"{name}.html", **{"key": key, "root": root} | values)

    def _render(self, name: str, **values: object) -> bytes:
        return self._filled(name, **values).encode()

    def _filled(self, name: str, **values: object) -> str:
        template = f"site/{name}.j2"
        try:
            return self._environment.get_template(template).render(values)
        except TemplateError as error:
            raise RenderError(str(error), template) from error

    def _globals(self) -> Mapping[str, object]:
        """Return what every template knows."""
        return {
            "about": [self._words.text(f"paragraphs.{key}") for key in ("what", "when", "privacy")],
            "files": self._files,
            "locale": self._locale,
            "not_found": keys.NOT_FOUND_PAGE,
            "site_url": self._site_url,
            "t": self._words.text,
            "weekdays": self._words.weekdays(),
        }


def environment(directory: Path) -> Environment:
    """Return what pages are rendered with, without what a site's own settings give."""
    made = templates.environment(directory, autoescape=True)
    made.filters |= {key: getattr(keys, key) for key in KEYS}
    made.filters |= {
        "abstract_page": lambda paper: links.abstract(paper.id),
        "anchor": escape.anchor,
        "last_part": lambda url: url.rpartition("/")[2] or url,
        "names": parts.names,
        "page": lambda paper: links.paper_page(paper.id),
        "pdf": lambda paper: links.pdf(paper.id),
        "thousands": "{:,}".format,
        "url": escape.url,
    }
    made.tests["https"] = lambda url: bool(url and HTTPS.match(url))
    return made
