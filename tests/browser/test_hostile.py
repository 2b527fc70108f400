"""Hostile text in every field of a payload: shown as text, in the browser and in feeds."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import feedparser
import pytest
from playwright.sync_api import Browser, Page, expect

from core.model.text import one_line
from core.render import tex
from tests.browser import archive, hostile
from tests.browser.test_phone import OPEN_ALL, TOO_WIDE
from tests.support import html
from tests.support.chromium import Visitors
from tests.support.command import tree
from tests.support.links import Links
from tests.support.serving import serve

ATOM = "{http://www.w3.org/2005/Atom}"
EDITION = f"daily/{hostile.DAY}.html"
PAGES = ("index.html", EDITION, "monthly/2026-08.html", "search.html?month=2026-08")
# What text that became more than text would look like.
INTRUDERS = """() => [...document.querySelectorAll("*")].flatMap(node => [
  ...(/^(base|embed|frame|iframe|object|plaintext|style)$/i.test(node.tagName)
    || (node.tagName === "SCRIPT" && !node.matches("head > *, body > *")) ? [node.tagName] : []),
  ...[...node.attributes].filter(({name, value}) => /^on|^srcdoc$|^style$/i.test(name)
      || (/^(href|src|action|formaction|xlink:href|data|poster)$/i.test(name)
        && /^\\s*[a-z][a-z0-9+.-]*:/i.test(value) && !/^https:/.test(value)))
    .map(({name, value}) => `${node.tagName} ${name}=${value.slice(0, 60)}`),
])"""
# Text that may turn around what stands on a line with it, outside of an element that keeps it in.
LOOSE = """() => {
  const turns = /[\\u202a-\\u202e\\u2066-\\u2069\\u0590-\\u08ff]/;
  const isInline = (node) => getComputedStyle(node).display === "inline";
  const keeps = (node) => node instanceof Element
    && (!isInline(node) || /isolate|plaintext/.test(getComputedStyle(node).unicodeBidi));
  const ends = (node) => !node || (node instanceof Element && !isInline(node));
  const beside = (node, side) => {
    do node = node[side]; while (node && !node.textContent.trim());
    return node;
  };
  const isLoose = (node) => !keeps(node)
    && (!ends(beside(node, "previousSibling")) || !ends(beside(node, "nextSibling"))
      || isLoose(node.parentElement));
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const loose = [];
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (!turns.test(text.data) || text.parentElement.closest("script, template")) continue;
    if (isLoose(text) || /, Author [0-9]/.test(text.data)) loose.push(text.data.slice(0, 60));
  }
  return loose;
}"""


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive that ends with the hostile day."""
    place = tmp_path_factory.mktemp("hostile")
    return archive.publish_archive(place, [*archive.month()[-2:], hostile.run()])


@pytest.fixture(scope="module")
def site(public: Path) -> Iterator[str]:
    """Serve that archive."""
    with serve(public.parent) as served:
        yield served.url


@pytest.fixture
def visitors(browser: Browser, site: str) -> Iterator[Visitors]:
    made = Visitors(browser, site)
    yield made
    made.leave()
    made.check()


def check_inert(page: Page) -> None:
    """Check that nothing of the texts has become anything else."""
    page.evaluate(OPEN_ALL)
    assert page.evaluate(INTRUDERS) == []
    assert page.evaluate("window.pwned") is None
    assert page.locator("html > head > title").count() == 1
    assert page.locator("html > body").count() == 1
    assert page.locator("main ol").first.is_visible()
    assert page.locator("footer").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_text_stays_text(visitors: Visitors, path: str) -> None:
    page = visitors(language="en").open(path)
    page.locator("main ol > li").first.wait_for()
    check_inert(page)
    scripts = page.locator("script").evaluate_all("all => all.map(one => one.type || one.src)")
    assert len(scripts) <= 3


def test_titles_are_shown_as_they_were_written(visitors: Visitors, public: Path) -> None:
    page = visitors().open(EDITION)
    papers = json.loads((public / f"daily/{hostile.DAY}.json").read_text("utf-8"))["papers"]
    assert len(papers) == len(hostile.TEXTS) + len(hostile.IDS)
    shown = page.locator("ol.papers > li h2").all_text_contents()
    for text, title in zip(hostile.TEXTS.values(), shown, strict=False):
        assert without_turning(title) == without_turning(tex.shown(one_line(text)))


def without_turning(text: str) -> str:
    return "".join(
        c for c in text if c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


@pytest.mark.parametrize("path", PAGES)
def test_text_does_not_turn_its_neighbours_around(visitors: Visitors, path: str) -> None:
    page = visitors().open(path)
    page.locator("main ol > li").first.wait_for()
    page.evaluate(OPEN_ALL)
    assert page.evaluate(LOOSE) == []


def test_every_text_can_be_searched_for(visitors: Visitors) -> None:
    page = visitors().open("search.html")
    for name, text in hostile.TEXTS.items():
        wanted = one_line(text)[:190].rpartition(" ")[0] or one_line(text)[:190]
        page.locator("#q").fill(wanted)
        page.locator("#organization").fill(wanted)
        page.locator("#results > li, #found:not([hidden])").first.wait_for()
        assert (name, page.evaluate("window.pwned")) == (name, None)
    page.locator("#q").fill("")
    page.locator("#organization").fill("constructor")
    expect(page.locator("#results > li")).to_have_count(1)
    check_inert(page)


@pytest.mark.parametrize("field", ["q", "month", "organization", "keyword", "code", "sort"])
def test_an_address_can_hold_anything(visitors: Visitors, field: str) -> None:
    visitor = visitors()
    for text in ("<script>window.pwned=1</script>", "__proto__", "%FF%00%", '"><img src=x>', "[\\"):
        page = visitor.open(f"search.html?{field}={quote(text, safe='%')}&{field}=x&y=z")
        expect(page.locator("#month option").nth(1)).to_be_attached()
        assert page.evaluate(INTRUDERS) == []
        assert page.evaluate("window.pwned") is None


def test_a_page_of_hostile_text_fits_a_phone(visitors: Visitors) -> None:
    phone = visitors(viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True)
    for path in PAGES:
        page = phone.open(path)
        page.locator("main ol > li").first.wait_for()
        page.evaluate(OPEN_ALL)
        assert (path, page.evaluate(TOO_WIDE)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_pages_are_valid_and_hang_together(public: Path) -> None:
    links = Links(tree(public), archive.SITE_URL)
    assert {key: page.errors for key, page in links.pages.items() if page.errors} == {}
    assert links.broken() == []
    for page in links.pages.values():
        assert len(page.ids()) == len(set(page.ids()))
        for script in page.elements("script"):
            if script.get("type") == "application/ld+json":
                assert json.loads(script.text or "")["@type"] == "ItemList"


@pytest.mark.parametrize("name", ["feed.xml", "papers.xml"])
def test_feeds_hold_inert_text(public: Path, name: str) -> None:
    feed = ElementTree.fromstring((public / name).read_bytes())  # noqa: S314 (our own)
    contents = feed.findall(f".//{ATOM}entry/{ATOM}content")
    assert contents
    for content in contents:
        assert content.get("type") == "html"
        check_content(content.text or "")


@pytest.mark.parametrize("name", ["feed.xml", "papers.xml"])
def test_a_feed_reader_reads_them(tmp_path: Path, name: str) -> None:
    # Texts are shorter: what looks for e-mail addresses in feedparser takes minutes otherwise.
    public = archive.publish_archive(tmp_path, [hostile.run(longest=5_000)])
    feed = feedparser.parse((public / name).read_bytes())
    assert not feed.bozo
    assert feed.entries
    for entry in feed.entries:
        assert entry.link.startswith(f"{archive.SITE_URL}/")
        assert "pwned" not in entry.get("id", "")


@pytest.mark.parametrize("name", ["feed.json", "papers.json"])
def test_json_feeds_hold_inert_text(public: Path, name: str) -> None:
    feed = json.loads((public / name).read_text("utf-8"))
    for item in feed["items"]:
        check_content(item["content_html"])
        assert item["url"].startswith(f"{archive.SITE_URL}/")


def check_content(content: str) -> None:
    """Check that the HTML of a feed's entry has only what a template put there."""
    page = html.parse(f"<!DOCTYPE html><title>x</title>{content}".encode())
    assert page.errors == ()
    tags = {node.tag for node in page.elements()} - {"html", "head", "title", "body"}
    assert tags <= {
        "a",
        "b",
        "br",
        "em",
        "li",
        "ol",
        "p",
        "span",
        "strong",
        "ul",
        "bdi",
        "h2",
        "h3",
    }
    for node in page.elements():
        assert set(node.attrib) <= {"href", "dir", "lang", "start", "value"}
    assert all(link.startswith("https://") for link in page.links())
