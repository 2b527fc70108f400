"""What feeds say of editions and papers, and that hostile text stays text."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.paper import Organization, Paper
from core.render.feed_merge import lasting_id
from core.render.feeds import FeedRenderer
from tests.support import feeds, sample
from tests.support.fakes import DAY, NOW, edition, paper

SITE = "https://papers.example"
FEEDS = FeedRenderer(sample.TEMPLATES, "en", SITE)

BARE = Paper(id="2512.00009", title="Bare")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></entry><entry>",
    "]]> <![CDATA[ <!-- --> <?xml?>",
    "&lt;b&gt; &amp;amp; &#60;i&#62; &nosuch;",
    "{{ 7 * 7 }} {% raw %} {titles}",
    r"$\frac{\frac{x}{y}}{z}$ \u0041",
]


def by_edition(*papers: Paper, day: date = DAY, now: datetime = NOW) -> bytes:
    return FEEDS.editions(None, [(edition(*papers, day=day), now)])


def by_paper(*papers: Paper, day: date = DAY, now: datetime = NOW) -> bytes:
    return FEEDS.papers(None, [(edition(*papers, day=day), now)])


def test_what_a_feed_of_editions_says() -> None:
    place = f"{SITE}/daily/2025-12-24.html"
    assert json.loads(by_edition(paper(2), replace(BARE, title="A & B"))) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Hugging Face Daily Papers",
        "home_page_url": f"{SITE}/index.html",
        "feed_url": f"{SITE}/feed.json",
        "description": "Each day's papers from Hugging Face, ranked by votes: an entry a day.",
        "authors": [{"name": "Paperboy"}],
        "language": "en",
        "items": [
            {
                "id": "urn:uuid:ef1187d4-08ab-5be2-b18e-b8a917e11858",
                "url": place,
                "title": "Hugging Face Daily Papers - 2025-12-24",
                "content_html": (
                    "<p>2 papers</p> <ol> "
                    f'<li><a href="{place}#2512.00002">Paper 2</a> · 👍 2 · The Lab'
                    "<br>A sentence.</li> "
                    f'<li><a href="{place}#2512.00009">A &amp; B</a></li> </ol>'
                ),
                "summary": "2 papers. Most upvoted: Paper 2 / A & B",
                "date_published": "2025-12-24T00:15:00Z",
                "date_modified": "2025-12-24T14:00:00Z",
            }
        ],
    }


def test_what_a_feed_of_papers_says() -> None:
    feed = json.loads(by_paper(paper(2)))
    assert feed["feed_url"] == f"{SITE}/papers.json"
    assert feed["items"] == [
        {
            "id": "urn:uuid:927de979-0830-58ef-9786-613ad911edef",
            "url": f"{SITE}/daily/2025-12-24.html#2512.00002",
            "title": "Paper 2",
            "content_html": (
                "<p>Ada, Grace</p> <p>The Lab</p> <p>A sentence.</p> "
                '<p><a href="https://huggingface.co/papers/2512.00002">Hugging Face</a> · '
                '<a href="https://arxiv.org/abs/2512.00002">arXiv</a> · '
                '<a href="https://arxiv.org/pdf/2512.00002">PDF</a> · '
                '<a href="https://github.com/lab/code">Code</a> · '
                '<a href="https://lab.example/">Project</a></p>'
            ),
            "summary": "A sentence.",
            "date_published": "2025-12-24T00:15:00Z",
            "date_modified": "2025-12-24T14:00:00Z",
            "authors": [{"name": "Ada"}, {"name": "Grace"}],
            "tags": ["one", "two"],
        }
    ]


ELSEWHERE = "Hugging Face · arXiv · PDF"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, [ELSEWHERE]),
        ({"abstract": "What it says."}, ["What it says.", ELSEWHERE]),
        ({"abstract": "Long.", "ai_summary": "Short."}, ["Short.", ELSEWHERE]),
        ({"organization": Organization("lab", None)}, ["lab", ELSEWHERE]),
        ({"organization": Organization("lab", "The Lab")}, ["The Lab", ELSEWHERE]),
        ({"author_count": 7}, ["7 authors", ELSEWHERE]),
        ({"author_count": 12}, ["12 authors", ELSEWHERE]),
        ({"author_count": 7, "authors": ("Ada",)}, ["Ada and 6 more", ELSEWHERE]),
        ({"authors": ("Ada", "\u202e", "Ada")}, ["Ada, Ada and 1 more", ELSEWHERE]),
        ({"authors": tuple("abcdefghij")}, ["a, b, c, d, e, f, g, h, i, j", ELSEWHERE]),
        (
            {"authors": tuple("abcdefghijkl")},
            ["a, b, c, d, e, f, g, h, i, j and 2 more", ELSEWHERE],
        ),
        ({"code": "https://a.b/c"}, [f"{ELSEWHERE} · Code"]),
        ({"project": "HTTPS://a.b/c"}, [f"{ELSEWHERE} · Project"]),
        ({"code": "http://a.b/c", "project": "javascript:alert(1)"}, [ELSEWHERE]),
    ],
)
def test_what_is_told_of_a_paper(changes: dict[str, Any], said: list[str]) -> None:
    content = feeds.item(by_paper(replace(BARE, **changes)))["content_html"]
    assert feeds.shown(content).lines == said


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Bare"),
        ({"votes": 0}, "Bare · 👍 0"),
        ({"votes": 12}, "Bare · 👍 12"),
        ({"organization": Organization("lab", None)}, "Bare · lab"),
        ({"author_count": 1}, "Bare · 1 author"),
        ({"title": " \u202e"}, "2512.00009"),
    ],
)
def test_what_is_told_of_a_paper_in_the_list(changes: dict[str, Any], line: str) -> None:
    content = feeds.item(by_edition(replace(BARE, **changes)))["content_html"]
    assert feeds.shown(content).lines == ["1 paper", line]


def test_an_edition_lists_its_ten_best_papers() -> None:
    content = feeds.item(by_edition(*(paper(n, ai_summary=None) for n in range(12, 0, -1))))
    assert len(feeds.shown(content["content_html"]).lines) == 1 + 10
    assert content["summary"] == "12 papers. Most upvoted: Paper 12 / Paper 11 / Paper 10"


def test_papers_stand_in_the_order_of_their_ids_whatever_their_votes() -> None:
    few, many = by_paper(paper(2), paper(1)), by_paper(paper(1, votes=9), paper(2))
    assert few == many
    assert [item["title"] for item in feeds.items(few)] == ["Paper 2", "Paper 1"]


def test_a_keyword_is_a_tag_once() -> None:
    made = feeds.item(by_paper(replace(BARE, ai_keywords=("one", "two", " ", "one"))))
    assert made["tags"] == ["one", "two"]


def test_a_place_on_a_page_is_named_as_the_page_names_it() -> None:
    odd = replace(BARE, id="a/b &c")
    place = f"{SITE}/daily/2025-12-24.html#a%2Fb%20%26c"
    assert feeds.item(by_paper(odd))["url"] == place
    assert feeds.shown(feeds.item(by_edition(odd))["content_html"]).links == [("href", place)]


def test_an_address_is_encoded_as_addresses_are() -> None:
    made = feeds.item(by_paper(replace(BARE, code='https://a.b/c d"한')))
    assert feeds.shown(made["content_html"]).links[-1] == ("href", "https://a.b/c%20d%22%ED%95%9C")


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("word " * 59 + "words", "word " * 59 + "words"),
        ("word " * 59 + "words more", "word " * 58 + "word…"),
    ],
)
def test_a_summary_is_short(text: str, summary: str) -> None:
    made = feeds.item(by_paper(replace(BARE, abstract=text)))
    assert made["summary"] == summary
    assert feeds.shown(made["content_html"]).lines[0] == text


def test_titles_in_a_summary_are_short() -> None:
    summary = feeds.item(by_edition(replace(BARE, title="x" * 100_000)))["summary"]
    assert summary == f"1 paper. Most upvoted: {'x' * 99}…"


def test_the_words_are_those_of_the_locale() -> None:
    korean = FeedRenderer(sample.TEMPLATES, "ko", SITE)
    many = paper(1, authors=tuple("abcdefghijk"))
    feed = json.loads(korean.editions(None, [(edition(many), NOW)]))
    assert feed["language"] == "ko"
    assert feeds.shown(feed["items"][0]["content_html"]).lines[0] == "논문 1편"
    told = feeds.shown(feeds.item(korean.papers(None, [(edition(many), NOW)]))["content_html"])
    assert told.lines[0].endswith("j 외 1명")
    assert told.lines[-1] == "Hugging Face · arXiv · PDF · 코드 · 프로젝트"


@pytest.mark.parametrize("render", [FEEDS.editions, FEEDS.papers])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(render: Callable[..., bytes], text: str) -> None:
    everywhere = Paper(
        id="2512.1/<&\">'",
        title=text,
        abstract=text,
        ai_keywords=(text,),
        authors=(text,),
        organization=Organization(None, text),
        code=f"https://a.b/{text}",
        project=f"javascript:{text}",
    )
    json_feed = render(None, [(edition(everywhere), NOW)])
    assert feeds.as_json(FEEDS.atom(json_feed)) == json.loads(json_feed)
    assert re.fullmatch(f"{SITE}/daily/[0-9-]+.html(#[\\w.%']+)?", feeds.item(json_feed)["url"])
    content = feeds.shown(feeds.item(json_feed)["content_html"])
    assert text in " ".join(content.lines)
    assert content.tags <= {"p", "ol", "li", "a", "br"}
    assert all(name == "href" and (to or "").startswith("https://") for name, to in content.links)


@given(st.text())
def test_ids_are_uuids_of_addresses(address: str) -> None:
    assert lasting_id(address) == uuid5(NAMESPACE_URL, address).urn
