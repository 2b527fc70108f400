"""The files around the pages: style sheet, scripts, sitemaps, robots."""

import gzip
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.edition import payload, ranking
from core.edition.vote_history import rising
from core.model.errors import RenderError
from core.model.paper import Edition
from core.model.period import Neighbours
from core.model.style import SiteStyle
from core.model.topic import Topic, TopicCount
from core.render.site import STATIC_FILES, TOPIC_FILES, SiteRenderer
from tests.support import html, recorded, sample, site
from tests.support.papers import DAY, NOW, edition, history, month, paper
from tests.support.site import BEFORE, URL

STATIC = sample.TEMPLATES / "static"
SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# Of a page of 40 papers, as it is and packed.
MOST_PAPERS = 40
MOST_BYTES = 200_000
MOST_PACKED_BYTES = 60_000
MONTHS_OF_ARCHIVE = 40


def xml(body: bytes, element: str, *names: str) -> list[tuple[str | None, ...]]:
    """Return what the elements of a sitemap say under these names."""
    found = ElementTree.fromstring(body).iterfind(SITEMAPS + element)  # noqa: S314 (our own)
    return [tuple(one.findtext(SITEMAPS + name) for name in names) for one in found]


@pytest.mark.parametrize(
    ("published", "days"),
    [(NOW, ["2025-12-24"] * 4), (None, [None] * 4)],
)
def test_a_months_sitemap_tells_when_pages_appeared(
    published: datetime | None, days: list[str | None]
) -> None:
    later = NOW + timedelta(days=9)
    made = month(
        edition(paper(), day=BEFORE, updated_at=later),
        edition(paper(), day=DAY, updated_at=later),
        published_at=published,
    )
    pages = ["monthly/2025-12.html", "weekly/2025-W52.html"]
    pages += ["daily/2025-12-23.html", "daily/2025-12-24.html"]
    expected = [(f"{URL}/{page}", day) for page, day in zip(pages, days, strict=True)]
    assert xml(site.renderer().month_sitemap(made), "url", "loc", "lastmod") == expected


def test_the_sitemap_leads_to_all_others() -> None:
    body = site.renderer().sitemap(site.spans(date(2023, 5, 4), DAY))
    assert xml(body, "sitemap", "loc") == [
        (f"{URL}/sitemap/pages.xml",),
        (f"{URL}/sitemap/2023-05.xml",),
        (f"{URL}/sitemap/2025-12.xml",),
    ]


def test_the_sitemap_of_fixed_pages() -> None:
    body = site.renderer().fixed()["sitemap/pages.xml"]
    assert xml(body, "url", "loc", "lastmod") == [
        (f"{URL}/{key}", None) for key in ("index.html", "search.html", "about.html")
    ]


@pytest.mark.parametrize(
    ("url", "files"),
    [
        ("https://papers.example", {"robots.txt", "sitemap/pages.xml"}),
        ("https://papers.example/below", {"sitemap/pages.xml"}),
        ("", set()),
    ],
)
def test_crawlers_find_files_where_they_look(url: str, files: set[str]) -> None:
    renderer = site.renderer(url=url)
    fixed = renderer.fixed()
    assert {"robots.txt", "sitemap/pages.xml"} & set(fixed) == files
    assert renderer.has_site == bool(url)
    about = html.parse(fixed["about.html"]).links()
    assert ("robots.txt" in about, "sitemap.xml" in about) == ("robots.txt" in files, bool(url))


def test_robots_are_welcome() -> None:
    expected = "User-agent: *\nAllow: /\nSitemap: https://papers.example/sitemap.xml\n"
    fixed = site.renderer(url="https://papers.example").fixed()
    assert fixed["robots.txt"].decode() == expected


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://papers.example", "/"),
        ("https://papers.example/a/b", "/a/b/"),
        ("http://127.0.0.1:8000", "/"),
    ],
)
def test_the_404_page_works_below_any_path(url: str, root: str) -> None:
    links = html.parse(site.renderer(url=url).fixed()["404.html"]).links()
    assert links.pop(links.index("#main"))
    assert all(link.startswith(root) for link in links)
    assert {f"{root}index.html", f"{root}search.html", f"{root}feed.xml", f"{root}llms.txt"} <= set(
        links
    )


def test_static_files_are_named_by_their_hash() -> None:
    fixed = site.renderer().fixed()
    names = {}
    for path in (STATIC / name for name in STATIC_FILES):
        digest = sha256(path.read_bytes()).hexdigest()[:16]
        names[path.name] = f"static/{path.stem}.{digest}{path.suffix}"
        assert fixed[names[path.name]] == path.read_bytes()
    assert sorted(names.values()) == sorted(key for key in fixed if key.startswith("static/"))
    for key, body in site.all_pages().items():
        loaded = {
            link.split("static/")[1] for link in html.parse(body).links() if "static/" in link
        }
        wanted = {"icon.svg", "site.css", "site.js"} | (
            {"matching.js", "search.js"} if key == "search.html" else set()
        )
        assert loaded == {names[name].removeprefix("static/") for name in wanted}, key


def test_all_static_files_are_known() -> None:
    assert sorted((*STATIC_FILES, *TOPIC_FILES)) == sorted(path.name for path in STATIC.iterdir())


def copied(place: Path) -> Path:
    """Return a copy of the templates."""
    return Path(shutil.copytree(sample.TEMPLATES, place / "templates"))


def test_pages_are_the_same_bytes_each_time() -> None:
    once = site.all_pages(*(paper(n) for n in range(9, 0, -1)))
    site.renderer.cache_clear()
    assert site.all_pages(*(paper(n) for n in range(9, 0, -1))) == once


TOPIC = Topic("agents", {"en": "Agents"})
RENDERED: dict[str, Callable[[SiteRenderer], object]] = {
    "base.html.j2": lambda made: made.fixed(),
    "macros.html.j2": lambda made: made.edition(edition(paper()), history(), Neighbours()),
    "papers.html.j2": lambda made: made.edition(edition(paper()), history(), Neighbours()),
    "edition.html.j2": lambda made: made.edition(edition(paper()), history(), Neighbours()),
    "home.html.j2": lambda made: made.home(edition(paper()), history(), [DAY], site.spans(DAY), []),
    "period.html.j2": lambda made: made.period(month(edition(paper())), Neighbours(), None),
    "topics.html.j2": lambda made: made.topic_index([TopicCount(TOPIC, 0, 0, {})], DAY),
    "topic.html.j2": lambda made: made.topic(TopicCount(TOPIC, 0, 0, {}), []),
    "withdrawn.html.j2": lambda made: made.withdrawn(DAY, Neighbours()),
    "search.html.j2": lambda made: made.fixed(),
    "about.html.j2": lambda made: made.fixed(),
    "404.html.j2": lambda made: made.fixed(),
    "urls.xml.j2": lambda made: made.month_sitemap(month(edition(paper()))),
    "sitemap.xml.j2": lambda made: made.sitemap(site.spans(DAY)),
}


def test_no_template_goes_untested() -> None:
    assert sorted(RENDERED) == sorted(path.name for path in (sample.TEMPLATES / "site").iterdir())


@pytest.mark.parametrize("name", RENDERED)
@pytest.mark.parametrize("broken", ["{{ nothing.there }}", "{% if %}", "{% include 'no' %}", None])
def test_a_broken_template_is_a_render_error(tmp_path: Path, name: str, broken: str | None) -> None:
    templates = copied(tmp_path)
    template = templates / "site" / name
    # What stands before the blocks of the parent is not shown, so all is replaced.
    template.write_text(broken) if broken else template.unlink()
    with pytest.raises(RenderError, match=r"site/[\w.]+\.j2"):
        RENDERED[name](SiteRenderer(templates, SiteStyle(), URL))


def colours(css: str) -> list[dict[str, str]]:
    """Return each set of colours in the style sheet."""
    blocks = re.findall(r"\{[^{}]*color-scheme:[^{}]*\}", css)
    return [dict(re.findall(r"--(\w+):\s*(#[0-9a-f]{6});", block)) for block in blocks]


def luminance(colour: str) -> float:
    """Return how light a colour is. Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast. Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


STYLE = (STATIC / "site.css").read_text("utf-8")


@pytest.mark.parametrize("ground", ["paper", "sheet"])
@pytest.mark.parametrize(
    ("front", "least"), [("ink", 4.5), ("soft", 4.5), ("accent", 4.5), ("mark", 3)]
)
def test_colours_can_be_told_apart(ground: str, front: str, least: float) -> None:
    light, dark, automatic = colours(STYLE)
    for one in (light, dark):
        assert contrast(one[front], one[ground]) >= least
    assert automatic == dark != light


def test_the_style_sheet_has_no_colour_but_these() -> None:
    known = {colour for one in colours(STYLE) for colour in one.values()}
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])", STYLE)) == known
    assert not re.search(r"\b(?:rgb|hsl|oklch|color-mix)a?\(", STYLE)


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_static_files_ask_no_other_host(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w+\.|@import|url\(", text)


@pytest.mark.parametrize("name", ["matching.js", "search.js"])
def test_scripts_of_search_are_small(name: str) -> None:
    assert len((STATIC / name).read_text("utf-8").splitlines()) < 200


def recorded_edition(day: date) -> Edition:
    body = (recorded.SHARED / "api" / f"{day}.json").read_bytes()
    return Edition(day, ranking.rank(payload.parse(payload.decode(body, day))))


@recorded.needs_recorded
@pytest.mark.parametrize("locale", site.LOCALES)
@pytest.mark.parametrize("day", [date(2025, 9, 30), date(2026, 5, 12)], ids=str)
def test_pages_of_forty_papers_are_small(day: date, locale: str) -> None:
    whole, first = recorded_edition(day), day.replace(day=1)
    made = replace(whole, papers=whole.papers[:MOST_PAPERS])
    assert len(made.papers) == MOST_PAPERS
    # Four runs that found more and more votes, for the last papers soonest: many lines and rises.
    final = {one.id: one.votes or 0 for one in made.papers}
    early = {one.id: rank for rank, one in enumerate(made.papers)}
    counts = ({key: count * part // 3 for key, count in final.items()} for part in (1, 2, 3))
    votes = history(early, *counts)
    found = rising(votes)
    assert found
    days = [first + timedelta(days=number) for number in range(day.day)]
    others = [date(2022 + number // 12, number % 12 + 1, 28) for number in range(MONTHS_OF_ARCHIVE)]
    renderer = site.renderer(locale)
    for page in (
        renderer.edition(made, votes, Neighbours(first, day)),
        renderer.home(made, votes, days, site.spans(*others, *days), [(made, found)]),
    ):
        assert len(page) < MOST_BYTES
        assert len(gzip.compress(page)) < MOST_PACKED_BYTES
