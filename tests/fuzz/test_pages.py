"""Pages and feeds, whatever the source says: its very text, nothing that acts, and well formed."""

import json
import re
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given

from core.model.paper import Edition, Paper
from core.model.style import SiteStyle
from core.model.text import one_line
from core.render import tex
from core.render.feeds import FeedRenderer
from tests.fuzz.strategies import ENTRIES, Entry, examples
from tests.fuzz.test_payloads import FOUND, edition_of
from tests.support import feeds, html, sample, site
from tests.support.papers import DAY, history

FEEDS = FeedRenderer(sample.TEMPLATES, "en", site.URL, SiteStyle())
OF_FEEDS = {"p", "ol", "li", "a", "br"}
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def active(nodes: list[Element]) -> list[str]:
    """Name what acts in a tree: scripts, but for the site's own and data, handlers, addresses."""
    found = []
    for node in nodes:
        if node.tag == "script" and node.get("type") != "application/ld+json":
            own = re.fullmatch(
                r"(\.\./|/archive/)?static/\w+\.[0-9a-f]{16}\.js", node.get("src") or ""
            )
            found += [] if own and not "".join(node.itertext()) else ["script"]
        if node.tag in ("iframe", "object", "embed", "base", "frame", "style"):
            found.append(str(node.tag))
        found += [name for name in node.attrib if name.lower().startswith("on") or name == "srcdoc"]
        for name in ("href", "src", "action", "formaction", "data", "xlink:href"):
            scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", node.attrib.get(name, ""), re.IGNORECASE)
            found += [scheme[0]] if scheme and scheme[1].lower() not in ("http", "https") else []
    return found


def structure(page: html.Page) -> list[tuple[object, list[str]]]:
    """Return the elements of a page, with the names of their attributes; but what isolates text."""
    nodes = page.elements()
    return [(node.tag, sorted(node.attrib)) for node in nodes if node.tag != "bdi" or node.attrib]


def plain(paper: Paper, number: int) -> Paper:
    """Return a paper of the same shape that has nothing to it."""
    return Paper(
        id=f"2512.{number:05}",
        title="t",
        abstract=paper.abstract and "t",
        ai_summary=paper.ai_summary and "t",
        ai_keywords=tuple(f"t{n}" for n, _ in enumerate(paper.ai_keywords)),
        authors=("t",) * len(paper.authors),
        author_count=paper.author_count,
        organization=paper.organization,
        votes=paper.votes,
        comments=paper.comments,
        code=paper.code,
        project=paper.project,
        github_stars=paper.github_stars,
        thumbnail=paper.thumbnail,
        media=paper.media,
        published_at=paper.published_at,
        submitted_at=paper.submitted_at,
        submitter=paper.submitter and "t",
    )


def text_of(node: Element) -> str:
    return "".join(node.itertext())


@pytest.mark.parametrize("name", FOUND)
def test_found_entries_make_inert_pages_and_feeds(name: str) -> None:
    if edition := edition_of(FOUND[name]):
        check_pages(edition)
        check_feeds(edition)


@examples(40)
@given(ENTRIES)
def test_pages_show_the_very_text_and_nothing_acts(entries: list[Entry]) -> None:
    if edition := edition_of(entries):
        check_pages(edition)


def check_pages(edition: Edition) -> None:
    """Hold the pages that show papers against the papers, as a strict parser reads them."""
    papers = edition.papers
    pages = {key: html.parse(body) for key, body in site.all_pages(*papers).items()}
    for key, page in pages.items():
        assert page.errors == (), key
        assert active(page.elements()) == [], key
    alike = [plain(paper, number) for number, paper in enumerate(papers)]
    # Without the month: what is common to many papers is shown once there.
    for key, body in site.all_pages(*alike).items():
        if not key.startswith("monthly/"):
            assert structure(pages[key]) == structure(html.parse(body)), key
    of_edition, of_month = pages["daily/2025-12-24.html"], pages["monthly/2025-12.html"]
    titles = [tex.shown(paper.title) for paper in papers]
    assert [text_of(node) for node in of_edition.root.iterfind(".//ol/li/h2/a")] == titles
    assert sorted(map(text_of, of_month.root.iterfind(".//ol/li/p/a[1]"))) == sorted(titles)
    for item, paper in zip(of_edition.root.iterfind(".//ol/li[@id]"), papers, strict=True):
        assert tex.shown(paper.abstract or "") in text_of(item)
        assert tex.shown(paper.ai_summary or "") in text_of(item)
    data = [node for node in of_edition.elements("script") if node.get("type")]
    assert [len(json.loads(text_of(node))["itemListElement"]) for node in data] == [len(papers)]


@examples(40)
@given(ENTRIES)
def test_feeds_parse_and_hold_no_more_than_text_and_links(entries: list[Entry]) -> None:
    if edition := edition_of(entries):
        check_feeds(edition)


def check_feeds(edition: Edition) -> None:
    """Hold all pairs of feeds against the edition, and each Atom feed against its JSON."""
    of_edition = FEEDS.editions([DAY], {DAY: edition}, None)
    ids = [paper.id for paper in edition.papers]
    votes = history(dict.fromkeys(ids, 0), dict.fromkeys(ids, 99))
    made = (
        of_edition,
        FEEDS.papers([(edition, history())]),
        FEEDS.rising([DAY], {DAY: (edition, votes)}, None),
    )
    for feed in made:
        document = feeds.without_extension(feed)
        assert feeds.as_json(FEEDS.atom(feed)) == document
        for item in document["items"]:
            shown = feeds.shown(item["content_html"])
            assert shown.tags <= OF_FEEDS
            assert {name for name, _ in shown.links} <= {"href"}
            links = [item["url"], *(link or "" for _, link in shown.links)]
            assert {urlsplit(link).scheme.lower() for link in links} == {"https"}
            assert not BIDI.search(json.dumps(item, ensure_ascii=False))
    titles = {tex.shown(one_line(BIDI.sub("", paper.title))) for paper in edition.papers}
    for of_papers in made[1:]:
        assert titles - {""} <= {item["title"] for item in feeds.items(of_papers)}
        assert len(feeds.items(of_papers)) == len(edition.papers)
    # Nothing is lost or changed when the next run reads what this one wrote.
    assert FEEDS.editions([DAY], {}, of_edition) == of_edition
    assert FEEDS.rising([DAY], {}, made[2]) == made[2]
