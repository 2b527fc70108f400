"""Reading editions: the newest one, those before it, and what a paper tells."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.archive import AGAIN, DAYS
from tests.support.chromium import Visitor

NEWEST = DAYS[-1]
MANY_AUTHORS = 10
# The smallest picture there is: one transparent pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def papers(public: Path, day: str) -> list[dict[str, Any]]:
    """Return the papers of an edition, as its JSON has them."""
    edition: dict[str, list[dict[str, Any]]] = json.loads(
        (public / f"daily/{day}.json").read_text()
    )
    return edition["papers"]


def entry(page: Page, paper: dict[str, Any]) -> Locator:
    """Return a paper's entry on an edition's page."""
    return page.locator(f"[id='{paper['id']}']")


def folded(page: Page, paper: dict[str, Any], name: str) -> Locator:
    """Return what a paper's entry holds folded under a name."""
    summary = page.locator("summary", has_text=name)
    return entry(page, paper).locator("details").filter(has=summary)


def test_the_home_page_is_the_newest_edition(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NEWEST)
    shown = page.locator("ol.papers > li h2").all_inner_texts()
    assert shown == [paper["title"] for paper in papers(public, NEWEST)]


def test_a_paper_tells_what_is_known_of_it(visitor: Visitor, public: Path) -> None:
    page = visitor.open(f"daily/{NEWEST}.html")
    for paper in papers(public, NEWEST):
        shown = entry(page, paper)
        text = shown.inner_text()
        organization = paper["organization"] or {}
        told = [paper["title"], f"{paper['votes']:,}", paper["ai_summary"]]
        told += [organization.get("fullname") or organization.get("name")]
        assert [part for part in told if part and part not in text] == []
        links = shown.locator("a").evaluate_all("links => links.map(link => link.href)")
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
            expect(page.get_by_role("heading", level=1)).to_contain_text(seen[-1])
    assert seen == [*reversed(DAYS), *DAYS[1:]]


def test_the_calendar_leads_to_the_days_of_the_month(visitor: Visitor) -> None:
    page = visitor.open()
    days = page.locator("table.calendar a")
    assert days.all_inner_texts() == [str(int(day[-2:])) for day in DAYS if day[:7] == NEWEST[:7]]
    days.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026-08-05")


def test_all_months_are_a_click_away(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator("summary", has_text="All months").click()
    page.get_by_role("link", name="2026-07", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026-07")
    seen = []
    for rel in ("next", "prev", "prev"):
        page.locator(f"main a[rel={rel}]").click()
        page.wait_for_load_state()
        seen.append(page.url[-12:-5])
    assert seen == ["2026-08", "2026-07", "2026-06"]


def test_an_abstract_opens(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    paper = papers(public, NEWEST)[0]
    abstract = folded(page, paper, "Abstract")
    assert paper["abstract"] not in abstract.inner_text()
    abstract.locator("summary").click()
    expect(abstract).to_have_attribute("open", "")
    assert paper["abstract"] in abstract.inner_text()


def test_authors_are_folded_after_ten(visitor: Visitor, public: Path) -> None:
    page = visitor.open()
    authored = [paper for paper in papers(public, NEWEST) if paper["authors"]]
    assert {len(paper["authors"]) > MANY_AUTHORS for paper in authored} == {True, False}
    for paper in authored:
        names = paper["authors"]
        shown = entry(page, paper).locator(".a").inner_text()
        assert ", ".join(names[:MANY_AUTHORS]) in shown
        more = folded(page, paper, "more")
        assert more.count() == (len(names) > MANY_AUTHORS)
        if more.count():
            assert f"and {len(names) - MANY_AUTHORS} more" in shown
            more.locator("summary").click()
            assert ", ".join(names[MANY_AUTHORS:]) in more.inner_text()


@pytest.mark.parametrize("day", DAYS)
def test_votes_over_time_are_drawn_where_they_differ(
    visitor: Visitor, public: Path, day: str
) -> None:
    page = visitor.open(f"daily/{day}.html")
    assert bool(page.locator("svg polyline").count()) == (day in AGAIN)
    record = json.loads((public / f"votes/{day}.json").read_text())["records"]
    first, last = (list(record.values())[place] for place in (0, -1))
    for paper in papers(public, day) if day in AGAIN else []:
        if paper["id"] in first:
            course = f"{first[paper['id']]} → {last[paper['id']]}"
            assert course in (entry(page, paper).text_content() or "")
    assert bool(page.get_by_text("▲").count()) == (day in AGAIN)


def test_only_an_open_picture_asks_another_host(visitor: Visitor, public: Path) -> None:
    visitor.picture = PNG
    page = visitor.open()
    for _ in range(20):
        page.mouse.wheel(0, 2000)
    page.wait_for_load_state("networkidle")
    assert visitor.foreign == []
    paper = next(paper for paper in papers(public, NEWEST) if paper["thumbnail"])
    picture = folded(page, paper, "Picture")
    picture.locator("summary").click()
    picture.locator("img").evaluate("image => image.decode()")
    assert visitor.foreign == [paper["thumbnail"]]
    visitor.foreign.clear()


def test_a_link_into_an_edition_shows_its_paper(visitor: Visitor, public: Path) -> None:
    last = papers(public, NEWEST)[-1]
    page = visitor.open(f"daily/{NEWEST}.html#{last['id']}")
    expect(entry(page, last)).to_be_in_viewport()


def test_a_missing_page_leads_back(visitor: Visitor) -> None:
    page = visitor.open("daily/1999-01-01.html")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    # The browser itself notes the status of the page.
    assert len(visitor.problems) <= 1
    visitor.problems.clear()


def test_the_month_page_tells_the_month(visitor: Visitor, public: Path) -> None:
    page = visitor.open("monthly/2026-08.html")
    month = json.loads((public / "monthly/2026-08.json").read_text())
    shown = page.locator("ol.top-papers a").all_inner_texts()
    assert shown == [paper["title"] for paper in month["top"]]
    expect(page.locator("svg.days rect")).to_have_count(
        len([d for d in DAYS if d[:7] == "2026-08"])
    )
    bars = page.get_by_role("table", name="Papers of each organisation")
    assert bars.get_by_role("row").count() > 1
    page.locator("ol.top-papers a").first.click()
    expect(page.locator(":target h2")).to_have_text(shown[0])
