"""Topics: where their marks lead, and the filter of the home page with and without scripts."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.edition.vote_history import rising
from core.model import keys
from core.model.paper import Edition
from core.model.period import Neighbours
from core.model.style import SiteStyle
from core.model.topic import Match, Topic, TopicCount
from core.render.site import SiteRenderer
from tests.browser.test_barriers import AXE, barriers, needs_axe
from tests.browser.test_front import DESKTOP, EDGES, HIGHEST_TITLE, MOST_PAPERS, PHONES, editions
from tests.browser.test_phone import OPEN_ALL, TOO_WIDE
from tests.support import sample, site, topics
from tests.support.chromium import Visitors
from tests.support.papers import DAY, history, month
from tests.support.serving import serve_files

ROW = "nav.topics a"
EMPTY_MARKS = """document.querySelectorAll("nav.topics, .chips a")
  .forEach((node) => node.replaceChildren())"""
SHOWN = "ol.papers > li:visible h2, ol.lines > li:visible p > a:first-child"


def home(renderer: SiteRenderer, edition: Edition) -> bytes:
    """Return the home page of an edition that many papers rise in."""
    counts = {paper.id: paper.votes or 0 for paper in edition.papers}
    votes = history(
        *({one: count * part // 4 for one, count in counts.items()} for part in range(4)),
        day=edition.day,
    )
    days = [edition.day - timedelta(days=1), edition.day]
    found = rising(votes)
    gains = [(edition, found)] if found else []
    of_papers = topics.of_edition(edition)
    return renderer.home(edition, votes, days, site.spans(*days), gains, of_papers)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample's day with five topics, and the home page of each recorded day."""
    place = tmp_path_factory.mktemp("topics")
    renderer = SiteRenderer(sample.TEMPLATES, SiteStyle(language="en"), "", topics.TOPICS)
    edition = sample.edition()
    whole = month(edition)
    made = {
        **renderer.fixed(),
        **topics.pages(renderer, [edition]),
        keys.HOME: home(renderer, edition),
        keys.edition_page(DAY): renderer.edition(
            edition, history(), Neighbours(), topics.of_edition(edition)
        ),
        keys.month_page(whole.first): renderer.period(whole, Neighbours(), None),
        **{f"{one.day}/index.html": home(renderer, one) for one in editions()},
    }
    long = Topic("long", {"ko": "긴 제목 " * 12, "en": "W" * 100})
    renderer = SiteRenderer(sample.TEMPLATES, SiteStyle(), "", [long])
    of_papers = {paper.id: [Match("long", ())] for paper in edition.papers}
    made |= {
        "2025-long/index.html": renderer.home(
            edition, history(), [DAY], site.spans(DAY), [], of_papers
        ),
        f"2025-long/{keys.edition_page(DAY)}": renderer.edition(
            edition, history(), Neighbours(), of_papers
        ),
        "2025-long/topics/long.html": renderer.topic(TopicCount(long, 1, 1, {}), []),
    }
    for key, body in made.items():
        path = place / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    for day in place.glob("20*"):
        (day / "static").symlink_to(place / "static")
    return place


@pytest.fixture(name="site", scope="module")
def served(pages: Path) -> Iterator[str]:
    """Serve these pages."""
    with serve_files(pages) as url:
        yield url


def titles(topic: str = "") -> list[str]:
    """Return the titles of the sample's papers that have a topic, or of all."""
    return [
        paper.title
        for paper in sample.edition().papers
        if not topic or topic in [match.topic for match in topics.matches(paper)]
    ]


def shown(page: Page) -> list[str]:
    """Return the titles that the home page shows."""
    return [" ".join(title.split()) for title in page.locator(SHOWN).all_inner_texts()]


def current(page: Page) -> list[str]:
    return page.locator(f"{ROW}[aria-current]").all_inner_texts()


@pytest.mark.parametrize("path", ["", keys.edition_page(DAY)])
def test_marks_lead_to_pages_of_topics(visitors: Visitors, path: str) -> None:
    page = visitors("en").open(path)
    page.locator(".chips a", has_text="Agents").first.click()
    assert page.locator("h1").inner_text() == "Agents"
    assert len(page.locator("ol.lines > li").all()) == len(titles("agents")) > 0
    page.locator("ol.lines a").first.click()
    assert page.locator("li:target h2").inner_text() == titles("agents")[0]


@pytest.mark.parametrize("topic", ["agents", "nothing"])
def test_without_scripts_the_row_leads_to_topics(visitors: Visitors, topic: str) -> None:
    page = visitors("en", java_script_enabled=False).open()
    assert shown(page) == titles()
    expect(page.locator(ROW).first).to_be_hidden()
    page.locator(f"{ROW}[data-topic={topic}]").click()
    assert page.url.endswith(f"/topics/{topic}.html")


def test_a_topic_filters_at_once(visitors: Visitors) -> None:
    page = visitors("en").open()
    assert (shown(page), current(page)) == (titles(), ["All"])
    page.locator(f"{ROW}[data-topic=agents]").click()
    assert shown(page) == titles("agents")
    count = len(titles("agents"))
    assert current(page) == [f"Agents {count}"]
    assert page.url.endswith("/#topic=agents")
    told = page.get_by_role("status").first
    assert told.inner_text() == f"Agents: {count} papers All papers of this topic →"
    # The same link shows all again.
    page.locator(f"{ROW}[data-topic=agents]").click()
    assert (shown(page), current(page)) == (titles(), ["All"])
    assert told.inner_text() == ""


def test_back_undoes_the_filter(visitors: Visitors) -> None:
    page = visitors("en").open()
    page.locator(f"{ROW}[data-topic=agents]").click()
    page.locator(f"{ROW}[data-topic=video]").click()
    assert shown(page) == titles("video")
    page.go_back()
    assert shown(page) == titles("agents")
    page.go_back()
    assert shown(page) == titles()
    page.go_forward()
    page.get_by_role("link", name="All papers of this topic").click()
    assert page.url.endswith("/topics/agents.html")
    page.go_back()
    assert shown(page) == titles("agents")


def test_an_address_can_be_shared(visitors: Visitors) -> None:
    page = visitors("en").open("#topic=video")
    assert shown(page) == titles("video")
    page.locator(ROW, has_text="All").click()
    assert shown(page) == titles()
    unknown = visitors("en").open("#topic=unknown")
    assert (shown(unknown), current(unknown)) == (titles(), ["All"])


def test_a_topic_without_papers_leads_to_older_ones(visitors: Visitors) -> None:
    page = visitors("ko").open("#topic=nothing")
    assert shown(page) == []
    told = page.get_by_role("status").first
    assert told.inner_text() == "빈 주제: 논문 0편 이 주제의 모든 논문 →"


def test_the_keyboard_filters(visitors: Visitors) -> None:
    page = visitors("en").open()
    page.locator(ROW).first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(page) == titles("agents")
    assert page.evaluate("document.activeElement.dataset.topic") == "agents"
    page.keyboard.press("Enter")
    assert shown(page) == titles()


@needs_axe
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_there_are_no_barriers(visitors: Visitors, language: str, colours: str) -> None:
    visitor = visitors(language=language, colours=colours)
    visitor.context.add_init_script(path=AXE)
    paths = ["", "#topic=agents", "topics/index.html", "topics/agents.html", "topics/nothing.html"]
    paths += ["topics/agents/2025-12.html", keys.edition_page(DAY)]
    for path in paths:
        assert (path, barriers(visitor.open(path))) == (path, [])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_scrolls_sideways(visitors: Visitors, pages: Path, language: str) -> None:
    phone = visitors(language, viewport={"width": 320, "height": 640}, is_mobile=True)
    page = phone.open()
    paths = [keys.HOME, keys.edition_page(DAY)]
    paths += [str(path.relative_to(pages)) for path in sorted(pages.glob("2025-long/**/*.html"))]
    paths += [str(path.relative_to(pages)) for path in sorted(pages.glob("topics/**/*.html"))]
    for path in paths:
        page.goto(f"{phone.site}/{path}")
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        # The row of topics scrolls by itself, and long titles are cut.
        page.evaluate(EMPTY_MARKS)
        assert (path, page.evaluate(TOO_WIDE)) == (path, [])


def test_the_row_scrolls_on_a_phone(visitors: Visitors) -> None:
    page = visitors("en", viewport={"width": 320, "height": 640}, is_mobile=True).open()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    row = page.locator("nav.topics")
    assert row.evaluate("row => row.scrollWidth > row.clientWidth")
    assert row.evaluate("row => row.clientHeight") < 40
    last = page.locator(ROW).last
    last.focus()
    expect(last).to_be_in_viewport(ratio=0.9)


def test_the_first_screen_with_topics(visitors: Visitors, pages: Path) -> None:
    visitor = visitors("en")
    page = visitor.context.new_page()
    few: list[tuple[str, str, int]] = []
    low: list[tuple[str, str, int, float]] = []
    for path in sorted(pages.glob("20*/index.html")):
        day = path.parent.name
        page.goto(f"{visitor.site}/{day}/index.html")
        for language, viewport in product(("en", "ko"), (DESKTOP, *PHONES)):
            page.set_viewport_size(viewport)
            top, *bottoms = page.evaluate(EDGES, language)
            seen = sum(bottom <= viewport["height"] for bottom in bottoms)
            if viewport is not DESKTOP:
                low += [(day, language, viewport["width"], top)] * (top >= HIGHEST_TITLE)
            elif seen < min(MOST_PAPERS, len(bottoms)):
                few.append((day, language, seen))
    assert few == []
    assert low == []
