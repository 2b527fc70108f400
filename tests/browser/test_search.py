"""Searching the archive: what is found in which order, how it is narrowed, what the address holds.

`made` visitors see an archive of a few papers that are made for the question; others see recorded
ones.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from core.edition import spelling
from core.render import tex
from core.render.sentences import first_sentence
from tests.browser.archive import DAYS
from tests.support.chromium import Visitor, Visitors

SHOWN = 50
MONTHS = sorted({day[:7] for day in DAYS})
Paper = dict[str, Any]


@pytest.fixture(scope="module")
def papers(public: Path) -> list[tuple[str, Paper]]:
    """Return all papers of the archive with their days, the newest edition first."""
    return [
        (day, paper)
        for day in reversed(DAYS)
        for paper in json.loads((public / f"daily/{day}.json").read_text())["papers"]
    ]


def fold(text: str) -> str:
    """Return a text without what a person who searches does not mind."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return re.sub(spelling.GAPS, " ", bare.casefold())


def organization(paper: Paper) -> str:
    known = paper["organization"] or {}
    return known.get("fullname") or known.get("name") or ""


def matches(paper: Paper, query: str) -> bool:
    summary = paper["ai_summary"] or first_sentence(tex.shown(paper["abstract"] or ""))
    texts = [tex.shown(paper["title"]), paper["id"], organization(paper), tex.shown(summary)]
    text = fold(" | ".join([*texts, *paper["authors"], *paper["ai_keywords"]]))
    return all(fold(word).strip() in text for word in query.split())


def titles(page: Page) -> list[str]:
    return page.locator("#results > li > a").all_inner_texts()


def expect_count(page: Page, count: int) -> None:
    """Wait until the search is over, and check how many papers it has found."""
    expect(page.locator("#found")).to_be_visible()
    expect(page.locator("#searching")).to_be_hidden()
    expect(page.locator("#count")).to_have_text(str(count))
    expect(page.locator("#results > li")).to_have_count(min(count, SHOWN))


def words_of(papers: list[tuple[str, Paper]]) -> Iterator[str]:
    """Yield things to search for, from what is there: each kind of text, and in other letters."""
    _, paper = papers[0]
    yield "video"
    yield "LANGUAGE model"
    yield paper["id"]
    yield paper["title"].replace('"', "")
    yield paper["title"].replace('"', "").upper()
    yield next(organization(paper) for _, paper in papers if organization(paper))
    yield next(paper["authors"][-1] for _, paper in papers if len(paper["authors"]) > 10)
    yield next((paper["ai_keywords"][-1] for _, paper in papers if paper["ai_keywords"]), "a")
    yield next((paper["ai_summary"] for _, paper in papers if paper["ai_summary"]), "a")[:60]
    yield first_sentence(next(paper["abstract"] for _, paper in papers if not paper["ai_summary"]))
    yield "no paper has this in it"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_has_all_words_is_found(
    visitors: Visitors, papers: list[tuple[str, Paper]], language: str
) -> None:
    page = visitors(language=language).open("search.html")
    for query in words_of(papers):
        page.locator("#q").fill(query)
        wanted = [(day, paper) for day, paper in papers if matches(paper, query)]
        expect_count(page, len(wanted))
        if len(wanted) <= SHOWN:
            assert sorted(titles(page)) == sorted(tex.shown(paper["title"]) for _, paper in wanted)


@pytest.mark.parametrize(
    ("language", "label", "found"), [("en", "Words", "Papers found"), ("ko", None, None)]
)
def test_it_speaks_both_languages(
    visitors: Visitors, language: str, label: str | None, found: str | None
) -> None:
    page = visitors(language=language).open("search.html")
    page.locator("#q").fill("video")
    expect(page.locator("#found")).to_be_visible()
    text = page.locator("main").inner_text()
    hangul = any("가" <= letter <= "힣" for letter in text.split("2026")[0])
    assert hangul == (language == "ko")
    if label and found:
        expect(page.get_by_label(label)).to_have_value("video")
        assert found in text


def test_results_come_as_one_types(visitor: Visitor, papers: list[tuple[str, Paper]]) -> None:
    page = visitor.open("search.html")
    expect(page.locator("#found")).to_be_hidden()
    page.locator("#q").focus()
    typed = ""
    for letter in "visual":
        page.keyboard.press(letter)
        typed += letter
        expect_count(page, sum(matches(paper, typed) for _, paper in papers))
    page.locator("#q").fill("")
    expect(page.locator("#found")).to_be_hidden()
    expect(page.locator("#results > li")).to_have_count(0)


def test_what_is_typed_before_the_months_are_known_is_searched(
    visitor: Visitor, papers: list[tuple[str, Paper]]
) -> None:
    held: list[Route] = []
    visitor.context.route("**/index.json", lambda route: held.append(route))
    page = visitor.open("search.html")
    page.locator("#q").fill("video")
    for route in held:
        route.fallback()
    expect_count(page, sum(matches(paper, "video") for _, paper in papers))
    expect(page.locator("#q")).to_have_value("video")
    assert len(held) == 1


def test_enter_does_not_send_the_words_anywhere(visitor: Visitor) -> None:
    page = visitor.open("search.html")
    page.locator("#q").fill("video")
    expect(page.locator("#found")).to_be_visible()
    page.evaluate("window.stillHere = true")
    page.keyboard.press("Enter")
    expect(page.locator("#results > li").first).to_be_visible()
    assert page.evaluate("window.stillHere")


def test_a_month_and_an_organisation_narrow_it(
    visitor: Visitor, papers: list[tuple[str, Paper]]
) -> None:
    page = visitor.open("search.html")
    expect(page.locator("#month option")).to_have_count(1 + len(MONTHS))
    page.locator("#month").select_option(MONTHS[0])
    of_month = [paper for day, paper in papers if day.startswith(MONTHS[0])]
    expect_count(page, len(of_month))
    name = next(organization(paper) for paper in of_month if organization(paper))
    offered = page.locator("#organizations option").evaluate_all("all => all.map(o => o.value)")
    assert sorted(offered) == sorted({organization(paper) for paper in of_month} - {""})
    page.locator("#organization").fill(name.lower())
    expect_count(page, sum(fold(name) == fold(organization(paper)) for paper in of_month))
    page.locator("#month").select_option("")
    expect_count(page, sum(fold(name) == fold(organization(paper)) for _, paper in papers))


def test_only_the_shards_that_are_needed_are_loaded_once(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page = visitor.open("search.html")
    expect(page.locator("#month option")).to_have_count(1 + len(MONTHS))
    shards = {f"{month}.json" for month in MONTHS}
    assert not shards & set(asked)
    page.locator("#month").select_option(MONTHS[1])
    expect(page.locator("#results > li").first).to_be_visible()
    assert shards & set(asked) == {f"{MONTHS[1]}.json"}
    page.locator("#month").select_option("")
    for query in ("video", "generation", "video"):
        page.locator("#q").fill(query)
        expect(page.locator("#searching")).to_be_hidden()
        expect(page.locator("#results > li").first).to_be_visible()
    assert sorted(name for name in asked if name in shards) == sorted(shards)


def test_a_search_is_in_its_address(visitors: Visitors, papers: list[tuple[str, Paper]]) -> None:
    name = next(organization(p) for d, p in papers if d.startswith("2026-08") and organization(p))
    page = visitors(language="en").open("search.html")
    page.locator("#q").fill("a b&c=d#e")
    expect(page.locator("#found")).to_be_visible()
    page.locator("#q").fill("the")
    page.locator("#month").select_option("2026-08")
    page.locator("#organization").fill(name)
    count = sum(
        day.startswith("2026-08")
        and matches(paper, "the")
        and fold(name) == fold(organization(paper))
        for day, paper in papers
    )
    expect_count(page, count)
    address = page.url.rpartition("/")[2]
    for again in (page.reload, lambda: page.goto(page.url), None):
        if again:
            again()
            other = page
        else:
            other = visitors(language="ko").open(address)
        expect_count(other, count)
        assert [
            other.locator(field).input_value() for field in ("#q", "#month", "#organization")
        ] == [
            "the",
            "2026-08",
            name,
        ]


def test_a_result_leads_to_its_paper_and_back(visitor: Visitor) -> None:
    page = visitor.open("search.html")
    page.locator("#q").fill("video")
    link = page.locator("#results > li > a").first
    title = link.inner_text()
    link.click()
    expect(page.locator(":target h2")).to_have_text(title)
    expect(page.locator(":target")).to_be_in_viewport()
    page.go_back()
    expect(page.locator("#q")).to_have_value("video")
    expect(page.locator("#results > li").first).to_be_visible()


def garbage(route: Route) -> None:
    route.fulfill(
        body='{"schema_version": 1, "editions": {"2026-07-', content_type="application/json"
    )


def missing(route: Route) -> None:
    route.fulfill(status=404, body="not found")


def other(route: Route) -> None:
    route.fulfill(body="[]", content_type="application/json")


@pytest.mark.parametrize("answer", [garbage, missing, other])
def test_a_broken_shard_is_told_and_the_others_are_searched(
    visitor: Visitor, papers: list[tuple[str, Paper]], answer: Callable[[Route], None]
) -> None:
    visitor.context.route("**/search/2026-07.json", answer)
    page = visitor.open("search.html")
    page.locator("#q").fill("video")
    expect(page.locator("#broken")).to_be_visible()
    there = [paper for day, paper in papers if not day.startswith("2026-07")]
    expect_count(page, sum(matches(paper, "video") for paper in there))
    expect(page.locator("#missing")).to_have_text("2026-07")
    page.locator("#month").select_option("2026-08")
    expect(page.locator("#broken")).to_be_hidden()
    # Chromium tells a 404 in the console, whoever handles it.
    assert all("404" in problem for problem in visitor.problems)
    visitor.problems.clear()


@pytest.mark.parametrize("answer", [garbage, missing])
def test_a_broken_index_is_told(visitor: Visitor, answer: Callable[[Route], None]) -> None:
    visitor.context.route("**/index.json", answer)
    page = visitor.open("search.html")
    expect(page.locator("#missing")).to_have_text("index.json")
    assert all("404" in problem for problem in visitor.problems)
    visitor.problems.clear()


def test_the_last_words_win(visitor: Visitor, papers: list[tuple[str, Paper]]) -> None:
    held: list[Route] = []
    visitor.context.route("**/search/2026-08.json", lambda route: held.append(route))
    page = visitor.open("search.html")
    with page.expect_request("**/search/2026-08.json"):
        page.locator("#q").fill("video")
    page.locator("#q").fill("image")
    for route in held:
        route.fallback()
    expect_count(page, sum(matches(paper, "image") for _, paper in papers))
    assert len(held) == 1
