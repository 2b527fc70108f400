"""The reader's choices: language and colours, kept from page to page, also without scripts."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.archive import DAYS
from tests.support.chromium import Visitors

PAGES = (
    "index.html",
    f"daily/{DAYS[-1]}.html",
    "monthly/2026-08.html",
    "search.html",
    "about.html",
    "404.html",
)
SCHEMES = ("light", "dark")


def is_dark(page: Page) -> bool:
    """Tell whether a page's background is dark."""
    lightness = page.evaluate(
        """() => {
          const nodes = [document.body, document.documentElement];
          const colours = nodes.map(node => getComputedStyle(node).backgroundColor);
          const solid = colours.find(colour => colour !== "rgba(0, 0, 0, 0)");
          return solid.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
        }"""
    )
    assert not 150 < lightness < 615, "neither dark nor light"
    return bool(lightness <= 150)


def choose(page: Page, value: str) -> None:
    """Choose a language or colours by what a reader sees of the choice."""
    page.locator(f".choices label[for={value}]").click()
    expect(page.locator(f".choices input[value={value}]")).to_be_checked()


def language(page: Page) -> str:
    """Return the language that a page's menu is in."""
    menu = page.locator(".menu").inner_text()
    return "ko" if any("가" <= letter <= "힣" for letter in menu) else "en"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_switches(visitors: Visitors, path: str, scripts: bool) -> None:
    page = visitors(java_script_enabled=scripts).open(path)
    for chosen in ("en", "ko", "en"):
        choose(page, chosen)
        assert language(page) == chosen
        text = page.locator("main").inner_text()
        hangul = any("가" <= letter <= "힣" for letter in page.locator("h1").inner_text())
        assert hangul == (chosen == "ko"), text[:200]
        assert not scripts or page.locator("html").get_attribute("lang") == chosen
    for chosen in ("dark", "light", "dark"):
        choose(page, chosen)
        assert is_dark(page) == (chosen == "dark")


def test_choices_are_kept_from_page_to_page(visitors: Visitors) -> None:
    page = visitors().open()
    for chosen, colours in (("en", "dark"), ("ko", "light"), ("en", "light")):
        choose(page, chosen)
        choose(page, colours)
        for go in (page.reload, page.locator(".menu a[href$='search.html']").click, page.go_back):
            with page.expect_event("load"):
                go()
            assert (language(page), is_dark(page)) == (chosen, colours == "dark")
            assert page.locator("html").get_attribute("lang") == chosen


@pytest.mark.parametrize(
    ("spoken", "chosen", "shown"),
    [
        ("en-GB", None, "en"),
        ("ko-KR", None, "ko"),
        ("fr-FR", None, "ko"),
        ("en-US", "ko", "ko"),
        ("ko", "en", "en"),
        ("en", "fr", "en"),
    ],
)
def test_a_page_follows_the_browsers_language(
    visitors: Visitors, spoken: str, chosen: str | None, shown: str
) -> None:
    page = visitors(language=chosen, locale=spoken).open()
    assert (language(page), page.locator("html").get_attribute("lang")) == (shown, shown)


def test_the_first_known_language_is_taken(visitors: Visitors) -> None:
    visitor = visitors()
    visitor.context.add_init_script(
        """Object.defineProperty(navigator, "languages", {get: () => ["fr", "EN-gb", "ko"]});"""
    )
    assert language(visitor.open()) == "en"


@pytest.mark.parametrize("spoken", ["en-GB", "ko-KR"])
def test_without_scripts_a_page_follows_the_configuration(visitors: Visitors, spoken: str) -> None:
    page = visitors(java_script_enabled=False, locale=spoken).open()
    assert language(page) == "ko"


@pytest.mark.parametrize("prefers", SCHEMES)
@pytest.mark.parametrize("scripts", [True, False])
def test_without_a_choice_colours_are_the_system_s(
    visitors: Visitors, prefers: str, scripts: bool
) -> None:
    page = visitors(color_scheme=prefers, java_script_enabled=scripts).open()
    assert is_dark(page) == (prefers == "dark")
    opposite = SCHEMES[prefers == "light"]
    choose(page, opposite)
    assert is_dark(page) == (opposite == "dark")
    choose(page, "auto")
    assert is_dark(page) == (prefers == "dark")


def test_a_page_is_never_painted_in_the_other_colours_first(visitors: Visitors) -> None:
    visitor = visitors(language="en", colours="dark", color_scheme="light")
    visitor.context.add_init_script(
        """window.painted = new Promise((resolve) => {
          const colours = [];
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries())
              colours.push(getComputedStyle(document.body).backgroundColor);
            resolve(colours);
          }).observe({type: "paint", buffered: true});
        });"""
    )
    page = visitor.open()
    # Waited for as a promise: what is asked again and again is evaluated as text, which the
    # page's policy forbids.
    assert len(set(page.evaluate("window.painted"))) == 1
    assert is_dark(page)


@pytest.mark.parametrize("chosen", ["en", "ko"])
def test_a_page_is_never_shown_in_both_languages(visitors: Visitors, chosen: str) -> None:
    """While a long page comes in, its footer with the choices is not there yet."""
    for scripts in (True, False):
        visitor = visitors(language=chosen, java_script_enabled=scripts)
        held = visitor.context.new_page()
        held.route("**/index.html", lambda route: route.fulfill(body=_without_footer(route)))
        held.goto(f"{visitor.site}/index.html")
        text = held.locator("main").inner_text()
        hangul = any("가" <= letter <= "힣" for letter in text)
        # Without scripts, a page is in the configured language.
        assert hangul == (chosen == "ko" or not scripts)
        assert ("votes" in text) != hangul


def _without_footer(route: Route) -> bytes:
    return route.fetch().body().partition(b"<footer>")[0]


def test_a_reader_who_forbids_storage_can_still_switch(visitors: Visitors) -> None:
    visitor = visitors()
    visitor.context.add_init_script(
        """Object.defineProperty(window, "localStorage", {get() { throw new Error("no"); }});"""
    )
    page = visitor.open()
    choose(page, "en")
    choose(page, "dark")
    assert (language(page), is_dark(page)) == ("en", True)


def test_without_scripts_everything_is_readable(visitors: Visitors) -> None:
    page = visitors(java_script_enabled=False).open()
    choose(page, "en")
    paper = page.locator("ol.papers > li").first
    abstract = paper.locator(".x details")
    folded = abstract.inner_text()
    abstract.locator("summary").click()
    assert len(abstract.inner_text()) > len(folded) + 100
    page.locator("table.calendar td a").first.click()
    expect(page.locator("h1")).to_contain_text("5 August 2026")
    page.locator(".menu a[href$='search.html']").click()
    expect(page.locator("noscript")).to_be_visible()


def test_headings_go_down_a_step_at_a_time(visitors: Visitors) -> None:
    for path in PAGES:
        page = visitors().open(path)
        levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(h => +h.tagName[1])")
        assert levels[0] == 1
        assert all(later <= before + 1 for before, later in pairwise(levels))
