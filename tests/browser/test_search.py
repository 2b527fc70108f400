"""Searching the archive: what is found in which order, how it is narrowed, what the address holds.

Some tests have an archive of a few papers that are made for them; others have recorded days.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from core.edition import spelling
from core.render import tex
from core.render.sentences import first_sentence
from tests.browser.archive import DAYS
from tests.support.chromium import Visitor, Visitors
from tests.support.recorded import entries, needs_recorded, recorded_days

SHOWN = 50
MONTHS = sorted({day[:7] for day in DAYS})
Paper = dict[str, Any]
# Presses a key that no keyboard here has.
PRESS = """(key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}))"""


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
    offered = {organization(paper) for paper in of_month} - {""}
    page.locator("#organization").focus()
    expect(page.locator(f'#organizations option[value="{name}"]')).to_be_attached()
    options = page.locator("#organizations option").evaluate_all("all => all.map(o => o.value)")
    assert offered <= set(options)
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


def made_paper(title: str, **changes: Any) -> Paper:
    """Return a paper of a shard; its id is made of its title."""
    whole = {
        "id": f"2601.{sum(title.encode()) % 100_000:05}",
        "title": title,
        "authors": ["Ada Lovelace"],
        "organization": None,
        "summary": None,
        "ai_keywords": [],
        "votes": 1,
        "code": False,
    }
    return whole | changes


def show_made(
    visitor: Visitor, editions: dict[str, list[Paper]], path: str = "search.html"
) -> Page:
    """Open the search page of an archive with these editions."""
    months = sorted({day[:7] for day in editions})
    index = {"months": [{"month": month} for month in months]}
    visitor.context.route("**/index.json", lambda route: route.fulfill(json=index))
    for month in months:
        shard = {"editions": {d: papers for d, papers in editions.items() if d[:7] == month}}
        visitor.context.route(f"**/search/{month}.json", answer_with(shard))
    return visitor.open(path)


def answer_with(shard: dict[str, Any]) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json=shard)


RANKED = {
    "2026-01-09": [
        made_paper("Whole video here"),
        made_paper("Videos begin here"),
        made_paper("Inner xvideo here", votes=99),
        made_paper("By name", authors=["Video Smith"], votes=99),
        made_paper("By keyword", ai_keywords=["long video"], votes=98),
        made_paper("By part of a name", organization="XVideo Lab", votes=99),
        made_paper("By summary", summary="A video.", votes=99),
        made_paper("By part of a summary", summary="The videos.", votes=99),
    ],
    "2026-02-10": [
        made_paper("Video again", votes=7),
        made_paper("Not by name", summary="An image.", votes=None),
    ],
    "2026-02-11": [made_paper("Video once more", votes=7), made_paper("Nothing", votes=50)],
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            "q=video",
            [
                "Video once more",
                "Video again",
                "Whole video here",
                "Videos begin here",
                "By name",
                "By keyword",
                "Inner xvideo here",
                "By part of a name",
                "By summary",
                "By part of a summary",
            ],
        ),
        ("q=image&sort=votes", ["Not by name"]),
        (
            "q=video+-here+-by&sort=date",
            ["Video once more", "Video again"],
        ),
        (
            "q=-video&sort=votes",
            ["Inner xvideo here", "By part of a name", "Nothing", "Not by name"],
        ),
        ("month=2026-02", ["Nothing", "Video once more", "Video again", "Not by name"]),
        ("month=2026-02&sort=date", ["Nothing", "Video once more", "Video again", "Not by name"]),
        (
            "q=video+here&sort=nothing",
            ["Whole video here", "Videos begin here", "Inner xvideo here"],
        ),
    ],
)
def test_the_best_results_come_first(visitor: Visitor, query: str, found: list[str]) -> None:
    page = show_made(visitor, RANKED, f"search.html?{query}")
    expect_count(page, len(found))
    assert titles(page) == found


LANGUAGE = {
    "2026-01-09": [
        made_paper("World-Model planning", id="2601.00001"),
        made_paper("Planning of a world without model", id="2601.00002"),
        made_paper("Café in Straße and ΣΑΣ", id="2601.00003"),
        made_paper("The RL of GPT-4.5 and C++", id="2601.00004"),
        made_paper("거대 언어 모델", id="2601.00005"),
        made_paper("Old", id="cs/0112017"),
    ]
}
PLANNING = ["Planning of a world without model", "World-Model planning"]


LANGUAGE_QUERIES: tuple[tuple[str, list[str]], ...] = (
    ("world model", PLANNING),
    ("MODEL  world", PLANNING),
    ("world-model", PLANNING[1:]),
    ("world‑model", PLANNING[1:]),
    ("world_model", PLANNING[1:]),
    ('"world model"', PLANNING[1:]),
    ("“world model”", PLANNING[1:]),
    ('"world model', PLANNING[1:]),
    ('"model planning"', PLANNING[1:]),
    ('planning -"world model"', PLANNING[:1]),
    ("planning -world-model", PLANNING[:1]),
    ("planning -without", PLANNING[1:]),
    ("planning -with", PLANNING[1:]),
    ("planning -ith", PLANNING),
    ("planning -", PLANNING),
    ('planning ""', PLANNING),
    ("plan", PLANNING),
    ("lanni", PLANNING),
    ("cafe", ["Café in Straße and ΣΑΣ"]),
    ("CAFÉ", ["Café in Straße and ΣΑΣ"]),
    ("strasse", ["Café in Straße and ΣΑΣ"]),
    ("σας", ["Café in Straße and ΣΑΣ"]),
    ("gpt 4.5", ["The RL of GPT-4.5 and C++"]),
    ("c++", ["The RL of GPT-4.5 and C++"]),
    ("rl", ["The RL of GPT-4.5 and C++", *PLANNING]),
    ("언어모델", []),
    ("언어 모", ["거대 언어 모델"]),
    ("2601.00004", ["The RL of GPT-4.5 and C++"]),
    ("2601.00004v2", ["The RL of GPT-4.5 and C++"]),
    ("arXiv:2601.00004v2", ["The RL of GPT-4.5 and C++"]),
    ("arxiv: 2601.00004", ["The RL of GPT-4.5 and C++"]),
    ("https://arxiv.org/abs/2601.00004", ["The RL of GPT-4.5 and C++"]),
    ("https://www.arxiv.org/pdf/2601.00004v1.pdf", ["The RL of GPT-4.5 and C++"]),
    ("arxiv.org/html/2601.00004v1#S3", ["The RL of GPT-4.5 and C++"]),
    ("https://huggingface.co/papers/2601.00004?x=y", ["The RL of GPT-4.5 and C++"]),
    ("2601.00 -planning -2601.00004", ["Café in Straße and ΣΑΣ", "거대 언어 모델"]),
    ("https://arxiv.org/abs/cs/0112017v1", ["Old"]),
    ("2601.99999", []),
)


def test_a_query_has_a_language(visitor: Visitor) -> None:
    page = show_made(visitor, LANGUAGE)
    for query, found in LANGUAGE_QUERIES:
        page.locator("#q").fill(query)
        expect_count(page, len(found))
        assert (query, sorted(titles(page))) == (query, sorted(found))


MARKED = (
    ("model", "World-Model of models", ["Model", "model"]),
    ("world model", "World-Model", ["World", "Model"]),
    ('"world model"', "A World - Model", ["World - Model"]),
    ("cafe", "Café, CAFE\u0301!", ["Café", "CAFE\u0301"]),
    ("fi", "\ufb01ne \ufb01n", ["\ufb01", "\ufb01"]),
    ("ffi", "e\ufb03cient", ["\ufb03"]),
    ("strasse", "Die Straße", ["Straße"]),
    ("aa", "aaa", ["aa"]),
    ("a", "aba bab", ["a"]),
    ("ab", "bab cab", ["ab", "ab"]),
    ("vid video", "Video", ["Video"]),
    ("bc ab", "abc", ["abc"]),
    ("하", "한국", ["한"]),
    ("b", "👍b👍", ["b"]),
    ("-x y", "y", ["y"]),
    ("<b>", "<b>bold</b>", ["<b>"]),
    ("amp", "&amp;", ["amp"]),
)


def test_what_was_found_is_marked(visitor: Visitor) -> None:
    made = [made_paper(title, authors=[]) for _, title, _ in MARKED]
    page = show_made(visitor, {"2026-01-09": made})
    for query, title, marks in MARKED:
        page.locator("#q").fill(query)
        expect(page.locator("#results mark").first).to_be_visible()
        links = page.locator("#results > li > a").all()
        link = next(one for one in links if one.evaluate("node => node.textContent") == title)
        assert (query, link.locator("mark").all_text_contents()) == (query, marks)
        assert link.locator("*").count() == len(marks)


def test_marks_are_in_all_that_was_searched(visitor: Visitor) -> None:
    authors = [f"Author {n}" for n in range(9)] + ["Grace Hopper"]
    one = made_paper(
        "The title",
        summary="The summary.",
        organization="The Lab",
        authors=authors,
        ai_keywords=["the keyword", "else"],
    )
    page = show_made(visitor, {"2026-01-09": [one]})
    item = page.locator("#results > li")
    page.locator("#q").fill("the")
    expect(item.locator("mark")).to_have_text(["The", "The", "The", "the"])
    page.locator("#q").fill("hopper")
    expect(item.locator("mark")).to_have_text(["Hopper"])
    expect(item.locator(".a")).to_have_text("Grace Hopper")
    page.locator("#q").fill("title")
    expect(item.locator(".a")).to_have_text(", ".join(authors[:6]))


NAMED = {
    "2026-01-09": [
        made_paper("One", organization="Open Lab", ai_keywords=["LLMs", "KV cache"], code=True),
        made_paper("Two", organization="open-labs", ai_keywords=["LLM", "kv-caches"]),
        made_paper("Three", organization="Open Lab", ai_keywords=["LLMs"], votes=None),
        made_paper("Four", organization="Open Lab Two", ai_keywords=["MLLM", "LLM agents"]),
    ],
    "2026-02-09": [made_paper("Five", ai_keywords=["LLM agent"], code=True)],
}


NAMED_QUERIES: tuple[tuple[str, list[str]], ...] = (
    ("keyword=LLM", ["One", "Two", "Three"]),
    ("keyword=llms", ["One", "Two", "Three"]),
    ("keyword=KV-Cache", ["One", "Two"]),
    ("keyword=LLM+agents", ["Four", "Five"]),
    ("keyword=LL", ["One", "Two", "Three", "Four", "Five"]),
    ("keyword=agent", ["Four", "Five"]),
    ("keyword=caches", ["One", "Two"]),
    ("keyword=ache", []),
    ("organization=Open+Lab", ["One", "Two", "Three"]),
    ("organization=OPEN-LAB", ["One", "Two", "Three"]),
    ("organization=two", ["Four"]),
    ("organization=open&keyword=llm", ["One", "Two", "Three"]),
    ("code=1", ["One", "Five"]),
    ("code=1&keyword=LLM", ["One"]),
    ("code=0&q=five", ["Five"]),
    ("q=llm&code=1&month=2026-02", ["Five"]),
)


def test_spellings_of_a_name_are_one(visitor: Visitor) -> None:
    page = show_made(visitor, NAMED)
    for query, found in NAMED_QUERIES:
        page.goto(f"{page.url.partition('?')[0]}?{query}")
        expect_count(page, len(found))
        assert (query, sorted(titles(page))) == (query, sorted(found))


def test_names_are_offered_in_their_usual_spelling(visitor: Visitor) -> None:
    page = show_made(visitor, NAMED)
    page.locator("#keyword").focus()
    expect(page.locator("#keywords option")).to_have_count(1)
    page.locator("#q").fill("o")
    expect_count(page, 5)
    page.locator("#organization").focus()
    for kind, names in [
        ("keywords", ["LLMs", "LLM agent", "KV cache", "MLLM"]),
        ("organizations", ["Open Lab", "Open Lab Two"]),
    ]:
        options = page.locator(f"#{kind} option")
        expect(options).to_have_count(len(names))
        assert options.evaluate_all("all => all.map(one => one.value)") == names


@needs_recorded
def test_scripts_fold_names_as_python_does(visitor: Visitor) -> None:
    papers = [one["paper"] for day in recorded_days() for one in entries(day)]
    names = {keyword for paper in papers for keyword in paper.get("ai_keywords") or []}
    names |= {organization({"organization": None} | paper) for paper in papers} - {""}
    names |= {
        "ＬＬＭｓ",
        "Straße",
        "ΣΑΣ",
        "K‐means",
        "-",
        "_ -",
        "İ",
        "거대 언어-모델",
        "Analyses",
        "gases",
    }
    ordered = sorted(names)
    page = visitor.open("search.html")
    folded = page.evaluate("names => names.map(variant)", ordered)
    assert dict(zip(ordered, folded, strict=True)) == {
        name: spelling.fold(name) for name in ordered
    }


def test_a_result_shows_votes_and_code(visitor: Visitor) -> None:
    page = show_made(visitor, NAMED, "search.html?month=2026-01")
    expect_count(page, 4)
    shown = {
        item.locator("a").inner_text(): (
            item.locator(".v").is_visible() and item.locator(".v b").inner_text(),
            item.locator(".code").is_visible(),
        )
        for item in page.locator("#results > li").all()
    }
    assert shown == {
        "One": ("1", True),
        "Two": ("1", False),
        "Three": (False, False),
        "Four": ("1", False),
    }


def test_every_choice_is_in_the_address(visitors: Visitors) -> None:
    page = show_made(visitors(language="en"), NAMED)
    page.locator("#q").fill('"one" -two')
    page.get_by_label("Keyword").fill("LLM")
    page.get_by_label("Only papers with code").check()
    page.locator("#by-votes").check()
    expect_count(page, 1)
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"q": ['"one" -two'], "keyword": ["LLM"], "code": ["1"], "sort": ["votes"]}
    other = show_made(visitors(language="ko"), NAMED, page.url.rpartition("/")[2])
    expect_count(other, 1)
    assert other.locator("#keyword").input_value() == "LLM"
    assert other.locator("#code").is_checked()
    assert other.locator("#by-votes").is_checked()
    page.locator("#by-relevance").check()
    page.get_by_label("Only papers with code").uncheck()
    page.get_by_label("Keyword").fill(" ")
    page.locator("#q").fill("")
    expect(page.locator("#found")).to_be_hidden()
    assert urlsplit(page.url).query == ""


def test_no_result_says_what_can_be_changed(visitor: Visitor) -> None:
    page = show_made(visitor, NAMED, "search.html?q=one&month=2026-02&keyword=LLM")
    expect(page.locator("#empty")).to_be_visible()
    buttons = page.locator("#empty button:visible")
    assert buttons.evaluate_all("all => all.map(one => one.value)") == ["q", "month", "keyword"]
    assert page.locator("#empty a").get_attribute("href") == "index.html#months"
    page.get_by_role("button", name="All months").click()
    expect_count(page, 1)
    expect(page.locator("#month")).to_be_focused()
    expect(page.locator("#empty")).to_be_hidden()
    assert "month" not in page.url
    page.locator("#code").check()
    page.locator("#q").fill("two")
    page.get_by_role("button", name="With or without code").click()
    expect(page.locator("#code")).not_to_be_checked()
    expect_count(page, 1)


def test_keys_lead_through_results(visitor: Visitor) -> None:
    visitor.context.route("**/daily/*.html", lambda route: route.fulfill(body="<!DOCTYPE html>"))
    page = show_made(visitor, NAMED, "search.html?month=2026-01")
    links = page.locator("#results > li > a")
    expect(links).to_have_count(4)
    for key, number in [("j", 0), ("j", 1), ("ㅓ", 2), ("k", 1), ("ㅏ", 0), ("k", 0)]:
        page.evaluate(PRESS, key)
        expect(links.nth(number)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j/k")
    expect(page.locator("#q")).to_have_value("j/k")
    page.locator("#q").fill("")
    page.locator("#q").press("Enter")
    expect(links.first).to_be_focused()
    page.keyboard.press("Control+k")
    expect(links.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/daily/2026-01-09\.html#"))


def test_keys_can_be_turned_off(visitor: Visitor) -> None:
    page = show_made(visitor, NAMED, "search.html?month=2026-01")
    expect(page.locator("#results > li")).to_have_count(4)
    page.get_by_label("Turn these keys off").check()
    page.keyboard.press("/")
    page.keyboard.press("j")
    expect(page.locator("#keys")).to_be_focused()


def test_the_focus_stays_while_months_load(visitor: Visitor) -> None:
    held: list[Route] = []
    page = show_made(visitor, NAMED)
    visitor.context.route("**/search/2026-01.json", lambda route: held.append(route))
    page.locator("#q").fill("llm")
    link = page.locator("#results > li > a")
    expect(link).to_have_text(["Five"])
    expect(page.locator("#searching")).to_be_visible()
    link.focus()
    for route in held:
        route.fallback()
    expect_count(page, 5)
    expect(page.locator("#results > li > a", has_text="Five")).to_be_focused()


def test_without_scripts_it_leads_to_the_months(visitors: Visitors) -> None:
    page = visitors(java_script_enabled=False).open("search.html")
    link = page.locator("noscript a")
    assert link.get_attribute("href") == "index.html#months"
    expect(link).to_be_visible()
