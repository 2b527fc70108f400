"""Reading editions: the newest one, those before it, and what a paper tells."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from core.render import tex
from core.render.tex import shown
from tests.browser.archive import AGAIN, DAYS, month, publish_archive
from tests.support.chromium import Visitor, Visitors
from tests.support.serving import serve

NEWEST = DAYS[-1]
MANY_AUTHORS = 6
SUMMARIES = 6
# The smallest picture there is: one transparent pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


COPIED = "entry => navigator.clipboard.readText().then(text => text === entry)"
TOPS = "all => all.map(one => one.getBoundingClientRect().top)"


def papers(public: Path, day: str) -> list[dict[str, Any]]:
    """Return the papers of an edition, as its JSON has them."""
    edition: dict[str, list[dict[str, Any]]] = json.loads(
        (public / f"daily/{day}.json").read_text()
    )
    return edition["papers"]


def entry(page: Page, paper: dict[str, Any]) -> Locator:
    """Return a paper's entry on an edition's page."""
    return page.locator(f"[id='{paper['id']}']")


def heading(day: str) -> str:
    """Return a day as the heading of its edition has it, without the weekday."""
    return f"{date.fromisoformat(day):%-d %B %Y}"


def test_the_home_page_is_the_newest_edition(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile(f"Friday, {heading(NEWEST)}")
    )
    titles = [shown(paper["title"]) for paper in papers(public, NEWEST)]
    assert page.locator("ol.papers > li h2").all_inner_texts() == titles[:SUMMARIES]
    assert page.locator("ol.lines p > a:first-child").all_inner_texts() == titles[SUMMARIES:]


def test_a_paper_tells_what_is_known_of_it(visitor: Visitor, public: Path) -> None:
    page = visitor.open(f"daily/{NEWEST}.html")
    for paper in papers(public, NEWEST):
        there = entry(page, paper)
        text = there.inner_text()
        organization = paper["organization"] or {}
        told = [paper["title"], f"{paper['votes']:,}", paper["ai_summary"]]
        told = [shown(part or "") for part in told]
        told += [organization.get("fullname") or organization.get("name")]
        assert [part for part in told if part and part not in text] == []
        links = there.locator("a").evaluate_all("links => links.map(link => link.href)")
        wanted = {address.rstrip("/") for address in paper["links"].values() if address}
        assert wanted <= {link.rstrip("/") for link in links}


def test_editions_lead_to_those_before_and_after(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator(f"main a[href='daily/{NEWEST}.html']").first.click()
    page.wait_for_url(f"**/daily/{NEWEST}.html")
    seen = [NEWEST]
    for rel in ("prev", "next"):
        while (link := page.locator(f"main a[rel={rel}]")).count():
            link.click()
            page.wait_for_load_state()
            seen.append(page.url[-15:-5])
            expect(page.get_by_role("heading", level=1)).to_contain_text(heading(seen[-1]))
    assert seen == [*reversed(DAYS), *DAYS[1:]]


def test_the_calendar_leads_to_the_days_of_the_month(visitor: Visitor) -> None:
    page = visitor.open()
    days = page.locator("table.calendar td a")
    assert days.all_inner_texts() == [str(int(day[-2:])) for day in DAYS if day[:7] == NEWEST[:7]]
    days.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 August 2026")


def test_all_months_are_a_click_away(visitor: Visitor) -> None:
    page = visitor.open("about.html")
    page.locator(".menu").get_by_role("link", name="Months").click()
    expect(page.locator("#months")).to_be_in_viewport()
    page.locator("#months").get_by_role("link", name="Jul").click()
    page.wait_for_url("**/monthly/2026-07.html")
    seen = []
    for rel in ("next", "prev", "prev"):
        page.locator(f"main a[rel={rel}]").click()
        page.wait_for_load_state()
        seen.append(page.url[-12:-5])
    assert seen == ["2026-08", "2026-07", "2026-06"]


def test_an_abstract_opens(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    paper = papers(public, NEWEST)[0]
    abstract = entry(page, paper).locator(".x details")
    text = shown(paper["abstract"])
    assert text not in abstract.inner_text()
    abstract.locator("summary").first.click()
    expect(abstract).to_have_attribute("open", "")
    assert text in abstract.inner_text()


def test_authors_are_folded_after_six(visitor: Visitor, public: Path) -> None:
    page = visitor.open(f"daily/{NEWEST}.html")
    authored = [paper for paper in papers(public, NEWEST) if paper["authors"]]
    assert {len(paper["authors"]) > MANY_AUTHORS for paper in authored} == {True, False}
    for paper in authored:
        names = paper["authors"]
        people = entry(page, paper).locator(".a")
        assert ", ".join(names[:MANY_AUTHORS]) in people.inner_text()
        more = people.locator("details")
        assert more.count() == (len(names) > MANY_AUTHORS)
        if more.count():
            assert f"and {len(names) - MANY_AUTHORS} more" in people.inner_text()
            more.locator("summary").click()
            assert ", ".join(names[MANY_AUTHORS:]) in more.inner_text()


@pytest.mark.parametrize("day", DAYS)
def test_votes_over_time_are_drawn_where_they_differ(
    visitor: Visitor, public: Path, day: str
) -> None:
    page = visitor.open(f"daily/{day}.html")
    record = json.loads((public / f"votes/{day}.json").read_text())["records"]
    counts = list(record.values())
    assert (len(counts) > 1) == (day in AGAIN)
    for paper in papers(public, day):
        course = [count[paper["id"]] for count in counts if paper["id"] in count]
        titles = entry(page, paper).locator("svg title").all_text_contents()
        assert titles == ([f"{course[0]} → {course[-1]}"] if len(course) > 2 else [])
    rising = page.locator(".rising li")
    assert rising.count() == (5 if day in AGAIN else 0)
    assert page.locator(".r").count() == rising.count()
    if day in AGAIN:
        expect(rising.first).to_contain_text("+6")
        expect(rising.first).to_contain_text("▲")


def test_who_rises_leads_to_the_paper(visitor: Visitor) -> None:
    page = visitor.open()
    link = page.locator(".rising a").first
    title = link.inner_text()
    link.click()
    expect(page.locator(":target h2")).to_have_text(title)
    expect(page.locator(":target")).to_be_in_viewport()


def test_a_link_to_a_paper_opens_its_abstract(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator(".lines p > a:first-child").first.click()
    expect(page.locator(":target .x details")).to_have_attribute("open", "")
    page.locator("ol.papers .n a").first.click()
    expect(page.locator("ol.papers > li").first.locator(".x details")).to_have_attribute("open", "")


@pytest.mark.parametrize("path", ["index.html", f"daily/{NEWEST}.html"])
def test_a_page_without_pictures_has_none(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    for _ in range(20):
        page.mouse.wheel(0, 2000)
    page.wait_for_load_state("networkidle")
    assert page.locator("img").count() == 0


@pytest.fixture(scope="module")
def with_pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an archive whose pages have pictures."""
    place = tmp_path_factory.mktemp("pictures")
    (place / "paperboy.toml").write_text("[site]\npictures = true\n")
    publish_archive(place, month()[-2:], configuration=str(place / "paperboy.toml"))
    with serve(place) as served:
        yield served.url


@pytest.mark.parametrize("path", ["index.html", f"daily/{NEWEST}.html"])
def test_pictures_keep_their_place(browser: Browser, with_pictures: str, path: str) -> None:
    visitors = Visitors(browser, with_pictures)
    visitor = visitors(language="en")
    visitor.picture = PNG
    page = visitor.open(path)
    pictures = page.locator("ol.papers img")
    assert pictures.count() == page.locator("ol.papers > li").count() > 1
    before = page.locator("ol.papers > li").evaluate_all(TOPS)
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
        pictures.nth(number).evaluate("image => image.decode()")
    page.evaluate("scrollTo(0, 0)")
    assert page.locator("ol.papers > li").evaluate_all(TOPS) == before
    assert {urlsplit(url).netloc for url in visitor.foreign} == {"cdn-thumbnails.huggingface.co"}
    assert len(visitor.foreign) == pictures.count()
    assert visitor.problems == []
    visitors.leave()


def test_a_paper_s_bibtex_is_copied(visitor: Visitor) -> None:
    asked: list[str] = []
    keys: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url.rpartition("/")[2])
        route.fulfill(body="\n".join(f"@misc{{{key},\n  title = {{@x}},\n}}" for key in keys))

    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.context.route("**/*.bib", answer)
    page = visitor.open()
    buttons = page.locator("button[data-bibtex]")
    keys += buttons.evaluate_all("all => all.map(one => one.dataset.bibtex)")
    assert len(set(keys)) == SUMMARIES
    for number in (1, 0):
        page.locator("ol.papers .x summary").nth(number).click()
        buttons.nth(number).click()
        expect(page.get_by_role("status")).to_have_text(re.compile("clipboard"))
        # The words are there from the first copy on.
        entry = f"@misc{{{keys[number]},\n  title = {{@x}},\n}}\n"
        page.wait_for_function(COPIED, arg=entry)
    assert asked == [f"{NEWEST}.bib"]


def test_without_scripts_nothing_offers_to_copy(visitors: Visitors) -> None:
    page = visitors(java_script_enabled=False).open()
    page.locator("ol.papers .x summary").first.click()
    assert page.get_by_role("button").count() == 0


def test_a_link_into_an_edition_shows_its_paper(visitor: Visitor, public: Path) -> None:
    last = papers(public, NEWEST)[-1]
    page = visitor.open(f"daily/{NEWEST}.html#{last['id']}")
    expect(entry(page, last)).to_be_in_viewport()


def test_a_missing_page_leads_on(visitor: Visitor) -> None:
    page = visitor.open("daily/1999-01-01.html")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_label("Words").fill("video")
    page.get_by_label("Words").press("Enter")
    expect(page.locator("#q")).to_have_value("video")
    expect(page.locator("#results > li").first).to_be_visible()
    # The browser itself notes the status of the page.
    assert len(visitor.problems) <= 1
    visitor.problems.clear()


def test_the_month_page_tells_the_month(visitor: Visitor, public: Path) -> None:
    page = visitor.open("monthly/2026-08.html")
    month = json.loads((public / "monthly/2026-08.json").read_text())
    shown = page.locator("ol.lines p > a").all_inner_texts()
    assert shown == [tex.shown(paper["title"]) for paper in month["top"]]
    expect(page.locator("svg.days rect")).to_have_count(
        len([d for d in DAYS if d[:7] == "2026-08"])
    )
    bars = page.get_by_role("table", name="Papers of each organisation")
    assert bars.get_by_role("row").count() > 1
    page.locator("ol.lines p > a").first.click()
    expect(page.locator(":target h2")).to_have_text(shown[0])
