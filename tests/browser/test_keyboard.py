"""The keyboard alone: everything is reached, in order, and one sees where one is."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.archive import DAYS
from tests.support.chromium import Visitor

MOST_STOPS = 60
FOCUSED = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  return {
    tag: at.tagName.toLowerCase(), name: (at.name || ""), id: at.id, text: at.innerText ?? "",
    href: at.getAttribute("href") ?? "", className: at.className,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def press_tab(page: Page) -> dict[str, str | bool]:
    """Go to the next stop, and return what is there."""
    page.keyboard.press("Tab")
    focused: dict[str, str | bool] = page.evaluate(FOCUSED)
    return focused


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the first element of a selector is reached."""
    for _ in range(MOST_STOPS):
        press_tab(page)
        if page.locator(selector).first.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached")


def test_tab_goes_through_the_page_in_order(visitor: Visitor) -> None:
    page = visitor.open()
    stops = [press_tab(page) for _ in range(8)]
    assert stops[0]["className"] == "skip"
    assert stops[1]["className"] == "brand"
    menu = ["index.html", "index.html#months", "search.html", "about.html"]
    assert [stop["href"] for stop in stops[2:6]] == menu
    assert all(stop["inside"] for stop in stops)
    within_main = "() => document.querySelector('main').contains(document.activeElement)"
    assert page.evaluate(within_main)


def test_the_skip_link_leads_to_the_content(visitor: Visitor) -> None:
    page = visitor.open()
    press_tab(page)
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    press_tab(page)
    assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")


def test_choices_are_made_with_arrows(visitor: Visitor) -> None:
    page = visitor.open("about.html")
    tab_to(page, ".choices input[value=en]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    press_tab(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".choices input[name=colours][value=light]")).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".choices input[name=colours][value=dark]")).to_be_checked()


def test_enter_opens_an_abstract_and_follows_a_link(visitor: Visitor) -> None:
    page = visitor.open()
    tab_to(page, "ol.papers .x summary")
    opened = page.locator("ol.papers .x details").first
    page.keyboard.press("Enter")
    expect(opened).to_have_attribute("open", "")
    page.keyboard.press("Space")
    expect(opened).not_to_have_attribute("open", "")
    page.reload()
    tab_to(page, ".menu a[href$='search.html']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.rpartition('/')[0]}/search.html")


def test_every_paper_is_reached_in_its_order(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    reached: list[str] = []
    while not reached or reached[-1] != "llms.txt":
        reached.append(str(press_tab(page)["href"]))
    edition = json.loads((public / f"daily/{DAYS[-1]}.json").read_text())
    places = [f"daily/{DAYS[-1]}.html#{paper['id']}" for paper in edition["papers"]]
    once = dict.fromkeys(link for link in reached if link in places)
    # Papers that rise are named once more, before the lines.
    rising = page.locator(".rising a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert [link for link in once if link not in rising] == [
        link for link in places if link not in rising
    ]
    assert set(once) == set(places)


def test_a_search_needs_no_mouse(visitor: Visitor) -> None:
    page = visitor.open("search.html")
    tab_to(page, "#q")
    page.keyboard.type("video")
    expect(page.locator("#results > li").first).to_be_visible()
    tab_to(page, "#month")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#month")).not_to_have_value("")
    tab_to(page, "#results > li > a")
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_be_in_viewport()


def test_one_sees_where_one_is(visitor: Visitor) -> None:
    for path in ("index.html", "search.html", "monthly/2026-08.html"):
        page = visitor.open(path)
        for _ in range(14):
            stop = press_tab(page)
            # Without the caret of a text field, which comes and goes by itself.
            with_focus = page.screenshot(caret="hide")
            page.evaluate("() => { window.focused = document.activeElement; focused.blur(); }")
            without = page.screenshot(caret="hide")
            page.evaluate("() => focused.focus({focusVisible: true, preventScroll: true})")
            assert (path, stop, with_focus != without) == (path, stop, True)
