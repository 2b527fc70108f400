"""The site's pages, rendered from the bundled templates, and what a reader of them sees."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from xml.etree.ElementTree import Element

from core.model import dates
from core.model.paper import Edition, Paper
from core.model.period import MonthSpan, Neighbours
from core.model.style import SiteStyle
from core.model.votes import VoteHistory
from core.render.site import SiteRenderer
from tests.support import html, papers, sample
from tests.support.papers import DAY, history

URL = "https://papers.example/archive"
LOCALES = ("ko", "en")
DECEMBER = date(2025, 12, 1)
BEFORE, AFTER = date(2025, 12, 23), date(2025, 12, 25)


@cache
def renderer(locale: str = "en", url: str = URL) -> SiteRenderer:
    """Return what renders the bundled templates."""
    return SiteRenderer(sample.TEMPLATES, SiteStyle(language=locale), url)


def spans(*days: date) -> list[MonthSpan]:
    """Return the months that hold these days, which are in order."""
    firsts = dict.fromkeys(map(dates.first_of_month, days))
    own = [[day for day in days if dates.first_of_month(day) == first] for first in firsts]
    return [MonthSpan(dates.first_of_month(one[0]), one[0], one[-1], len(one)) for one in own]


def edition_page(
    *shown: Paper,
    votes: VoteHistory | None = None,
    near: Neighbours | None = None,
    locale: str = "en",
) -> bytes:
    """Return the page of an edition."""
    edition = papers.edition(*shown)
    return renderer(locale).edition(edition, votes or history(), near or Neighbours())


def home_page(days: Sequence[date] = (DAY,), others: Sequence[date] = ()) -> bytes:
    """Return the home page of an archive: days of the newest month, and of older ones."""
    edition = papers.edition(papers.paper(), day=days[-1])
    return renderer().home(edition, history(), days, spans(*others, *days), [])


def month_page(*editions: Edition, near: Neighbours | None = None) -> bytes:
    """Return the page of a month."""
    return renderer().period(papers.month(*editions), near or Neighbours(), None)


def all_pages(*shown: Paper, locale: str = "en", url: str = URL) -> dict[str, bytes]:
    """Return a page of each kind, by its key, with these papers where it has any."""
    site, edition = renderer(locale, url), papers.edition(*(shown or [papers.paper()]))
    votes = history(*({paper.id: n for paper in edition.papers} for n in (1, 5)))
    fixed = site.fixed()
    return {
        "daily/2025-12-24.html": site.edition(edition, votes, Neighbours(BEFORE, AFTER)),
        "index.html": site.home(edition, votes, [BEFORE, DAY], spans(BEFORE, DAY), []),
        "monthly/2025-12.html": site.period(
            papers.month(edition), Neighbours(date(2025, 11, 1), date(2026, 1, 1)), None
        ),
        **{key: fixed[key] for key in ("search.html", "about.html", "404.html")},
    }


def said(node: Element, locale: str = "en") -> str:
    """Return the text of an element as a reader of this language sees it, on one line."""
    return " ".join(" ".join(_pieces(node, locale)).split())


def told(page: bytes, path: str, locale: str = "en") -> list[str]:
    """Return the texts of the elements under an XPath."""
    return [said(node, locale) for node in html.parse(page).root.iterfind(f".//{path}")]


def attributes(page: bytes, path: str, name: str) -> list[str]:
    """Return an attribute of the elements under an XPath, of those that have it."""
    found = html.parse(page).root.iterfind(f".//{path}[@{name}]")
    return [node.attrib[name] for node in found]


def _pieces(node: Element, locale: str) -> Iterator[str]:
    if node.tag == "span" and node.get("lang", locale) != locale:
        return
    yield node.text or ""
    for child in node:
        yield from _pieces(child, locale)
        yield child.tail or ""
