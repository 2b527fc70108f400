"""What feeds say of editions and papers, and what they take from a stored feed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.errors import RenderError
from core.model.paper import Edition, Organization, Paper
from core.model.style import SiteStyle
from core.model.text import one_line
from core.model.votes import VoteHistory
from core.render.escape import BIDI
from core.render.feeds import FeedRenderer
from tests.support import feeds, sample
from tests.support.papers import DAY, NOW, edition, history, paper

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
MORNING = datetime(2025, 12, 24, 8, tzinfo=UTC)
SITE = "https://papers.example"
PAPERS = "https://huggingface.co/papers"
FEEDS = FeedRenderer(sample.TEMPLATES, "en", SITE, SiteStyle())

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


def by_edition(*papers: Paper, renderer: FeedRenderer = FEEDS) -> bytes:
    """Return the feed of one edition."""
    return renderer.editions([DAY], {DAY: edition(*papers, updated_at=NOW)}, None)


def by_paper(*papers: Paper, renderer: FeedRenderer = FEEDS) -> bytes:
    """Return the feed of the papers of one edition, which appeared in its first record."""
    votes = history({one.id: one.votes for one in papers}, start=MORNING)
    return renderer.papers([(edition(*papers, updated_at=NOW), votes)])


def test_the_sample_gives_the_golden_feeds() -> None:
    made = sample.edition()
    records = {one.id: 1 for one in made.papers}, {one.id: one.votes for one in made.papers}
    votes = history(*records, start=MORNING)
    found = {
        "feed": FEEDS.editions([DAY], {DAY: made}, None),
        "papers": FEEDS.papers([(made, votes)]),
        "rising": FEEDS.rising([DAY], {DAY: (made, votes)}, None),
    }
    for name, feed in found.items():
        assert feed.decode() == sample.golden(f"{name}.json")
        assert FEEDS.atom(feed).decode() == sample.golden(f"{name}.xml")
    assert FEEDS.opml().decode() == sample.golden("feeds.opml")


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
            "date_published": "2025-12-24T08:00:00Z",
            "date_modified": "2025-12-24T08:00:00Z",
            "authors": [{"name": "Ada"}, {"name": "Grace"}],
            "tags": ["one", "two"],
        }
    ]


ELSEWHERE = "Hugging Face · arXiv · PDF"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, [ELSEWHERE]),
        ({"abstract": "What it says. And more."}, ["What it says.", ELSEWHERE]),
        ({"abstract": "x" * 301}, ["x" * 299 + "…", ELSEWHERE]),
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
def test_the_content_of_a_paper(changes: dict[str, Any], said: list[str]) -> None:
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
        ({"title": "\u202e"}, "2512.00009"),
    ],
)
def test_a_paper_in_the_list(changes: dict[str, Any], line: str) -> None:
    content = feeds.item(by_edition(replace(BARE, **changes)))["content_html"]
    assert feeds.shown(content).lines == ["1 paper", line]


def test_an_edition_lists_its_ten_best_papers() -> None:
    content = feeds.item(by_edition(*(paper(n, ai_summary=None) for n in range(12, 0, -1))))
    assert len(feeds.shown(content["content_html"]).lines) == 1 + 10
    assert content["summary"] == "12 papers. Most upvoted: Paper 12 / Paper 11 / Paper 10"


def test_papers_are_in_rank_order() -> None:
    feed = by_paper(paper(1, votes=9), paper(3, votes=4), paper(2, votes=4))
    assert [item["title"] for item in feeds.items(feed)] == ["Paper 1", "Paper 3", "Paper 2"]


def test_an_entry_of_a_paper_has_no_votes() -> None:
    assert by_paper(paper(1)) == by_paper(paper(1, votes=9))


def test_a_keyword_is_a_tag_once() -> None:
    made = feeds.item(by_paper(replace(BARE, ai_keywords=("one", "two", "\u202e", "one"))))
    assert made["tags"] == ["one", "two"]


def test_an_odd_id_is_encoded_as_on_pages() -> None:
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
    made = feeds.item(by_paper(replace(BARE, ai_summary=text)))
    assert made["summary"] == summary
    assert feeds.shown(made["content_html"]).lines[0] == text


def test_titles_in_a_summary_are_short() -> None:
    summary = feeds.item(by_edition(replace(BARE, title="x" * 100_000)))["summary"]
    assert summary == f"1 paper. Most upvoted: {'x' * 99}…"


def test_the_words_are_those_of_the_locale() -> None:
    korean = FeedRenderer(sample.TEMPLATES, "ko", SITE, SiteStyle())
    many = paper(1, authors=tuple("abcdefghijk"))
    feed = json.loads(by_edition(many, renderer=korean))
    assert feed["language"] == "ko"
    assert feeds.shown(feed["items"][0]["content_html"]).lines[0] == "논문 1편"
    told = feeds.shown(feeds.item(by_paper(many, renderer=korean))["content_html"])
    assert told.lines[0].endswith("j 외 1명")
    assert told.lines[-1] == "Hugging Face · arXiv · PDF · 코드 · 프로젝트"


@pytest.mark.parametrize(
    ("title", "editions", "papers"),
    [
        (
            "Paperboy",
            "Hugging Face Daily Papers",
            "Hugging Face Daily Papers, one by one",
        ),
        ("News {x} & more", "News {x} & more", "News {x} & more, one by one"),
    ],
)
def test_feeds_have_the_newspapers_title(title: str, editions: str, papers: str) -> None:
    renderer = FeedRenderer(sample.TEMPLATES, "en", SITE, SiteStyle(title=title))
    made = [make(paper(), renderer=renderer) for make in (by_edition, by_paper)]
    assert [json.loads(feed)["title"] for feed in made] == [editions, papers]
    assert [feeds.as_json(renderer.atom(feed))["title"] for feed in made] == [editions, papers]


def test_without_site_url_links_lead_to_hugging_face() -> None:
    renderer = FeedRenderer(sample.TEMPLATES, "en", "", SiteStyle())
    day, one = f"{PAPERS}/date/2025-12-24", f"{PAPERS}/2512.00001"
    editions, papers = (make(paper(), renderer=renderer) for make in (by_edition, by_paper))
    assert feeds.item(editions)["url"] == day
    assert feeds.shown(feeds.item(editions)["content_html"]).links == [("href", one)]
    assert feeds.item(papers)["url"] == one
    for feed in (editions, papers):
        atom = renderer.atom(feed)
        assert feeds.as_json(atom) == json.loads(feed)
        assert b'rel="self"' not in atom
        document = json.loads(feed)
        assert (document["home_page_url"], document.get("feed_url")) == (PAPERS, None)


def test_ids_stay_when_the_site_moves() -> None:
    moved = FeedRenderer(sample.TEMPLATES, "ko", "http://127.0.0.1:8000/below", SiteStyle())
    for make in (by_edition, by_paper):
        before, after = feeds.item(make(paper())), feeds.item(make(paper(), renderer=moved))
        assert after["id"] == before["id"]
        assert after["url"] != before["url"]


@pytest.mark.parametrize(
    ("updated_at", "modified"),
    [
        (None, "2025-12-24T00:15:00Z"),
        (NOW, "2025-12-24T14:00:00Z"),
        (NOW - A_DAY, "2025-12-24T00:15:00Z"),
    ],
)
def test_an_edition_is_modified_when_updated(updated_at: datetime | None, modified: str) -> None:
    made = edition(paper(), updated_at=updated_at)
    feed = FEEDS.editions([DAY], {DAY: made}, None)
    assert feeds.item(feed)["date_modified"] == modified
    assert f"<updated>{modified}</updated>" in FEEDS.atom(feed).decode().partition("<entry>")[0]


@pytest.mark.parametrize(
    ("records", "start", "seen"),
    [
        ([], NOW, "2025-12-24T15:00:00Z"),
        ([{"other": 1}], NOW, "2025-12-24T15:00:00Z"),
        ([{"2512.00001": 1}, {"2512.00001": 2}], NOW, "2025-12-24T14:00:00Z"),
        ([{"other": 1}, {"2512.00001": None}], NOW, "2025-12-24T15:00:00Z"),
        ([{"2512.00001": 1}, {}, {"2512.00001": 1}], NOW, "2025-12-24T14:00:00Z"),
        ([{"2512.00001": 1}], NOW - A_DAY, "2025-12-23T14:00:00Z"),
    ],
)
def test_a_paper_is_published_when_first_seen(
    records: list[dict[str, int | None]], start: datetime, seen: str
) -> None:
    made = edition(paper(), updated_at=NOW + HOUR)
    item = feeds.item(FEEDS.papers([(made, history(*records, start=start))]))
    assert (item["date_published"], item["date_modified"]) == (seen, seen)


def test_a_paper_of_two_days_has_two_entries() -> None:
    days = [DAY, DAY + A_DAY]
    feed = FEEDS.papers([(edition(paper(), day=day), history(day=day)) for day in days])
    assert [item["date_published"][:10] for item in feeds.items(feed)] == [
        "2025-12-25",
        "2025-12-24",
    ]
    assert len({item["id"] for item in feeds.items(feed)}) == 2


ONE, TWO = "2512.00001", "2512.00002"


def by_rising(*records: Mapping[str, int | None], stored: bytes | None = None) -> bytes:
    """Return the feed of the papers of a day that gained 20 votes, with these records by hour."""
    made = edition(paper(2), paper(1))
    return FEEDS.rising([DAY], {DAY: (made, history(*records, start=MORNING))}, stored)


@pytest.mark.parametrize(
    ("records", "risen"),
    [
        ([], []),
        ([{ONE: 100}], []),
        ([{ONE: 0}, {ONE: 19}], []),
        (
            [{ONE: 0}, {ONE: 20}],
            ["Paper 1 at 09: ▲ 20 votes since 2025-12-24 08:00 UTC; 20 in all"],
        ),
        (
            [{ONE: 3}, {ONE: 9}, {ONE: 40}, {ONE: 90}],
            ["Paper 1 at 10: ▲ 37 votes since 2025-12-24 08:00 UTC; 40 in all"],
        ),
        (
            [{ONE: None}, {ONE: 5}, {}, {ONE: None}, {ONE: 25}],
            ["Paper 1 at 12: ▲ 20 votes since 2025-12-24 09:00 UTC; 25 in all"],
        ),
        (
            [{ONE: 0}, {ONE: 30}, {ONE: 0}, {ONE: 50}],
            ["Paper 1 at 09: ▲ 30 votes since 2025-12-24 08:00 UTC; 30 in all"],
        ),
        ([{"gone": 0}, {"gone": 99}], []),
        (
            [{ONE: 0, TWO: 0}, {ONE: 50, TWO: 20}, {TWO: 60}],
            [
                "Paper 2 at 09: ▲ 20 votes since 2025-12-24 08:00 UTC; 20 in all",
                "Paper 1 at 09: ▲ 50 votes since 2025-12-24 08:00 UTC; 50 in all",
            ],
        ),
        (
            [{ONE: 0, TWO: 0}, {ONE: 30, TWO: 19}, {TWO: 20}],
            [
                "Paper 2 at 10: ▲ 20 votes since 2025-12-24 08:00 UTC; 20 in all",
                "Paper 1 at 09: ▲ 30 votes since 2025-12-24 08:00 UTC; 30 in all",
            ],
        ),
    ],
)
def test_which_papers_rise(records: list[dict[str, int | None]], risen: list[str]) -> None:
    found = []
    for item in feeds.items(by_rising(*records)):
        assert item["date_published"] == item["date_modified"]
        hour = datetime.fromisoformat(item["date_published"]).hour
        found.append(f"{item['title']} at {hour:02}: {feeds.shown(item['content_html']).lines[0]}")
    assert found == risen


def test_what_a_feed_of_rising_papers_says() -> None:
    feed = json.loads(by_rising({ONE: 0}, {ONE: 21}))
    assert {key: feed[key] for key in ("title", "feed_url", "description", "_paperboy")} == {
        "title": "Hugging Face Daily Papers, rising",
        "feed_url": f"{SITE}/rising.json",
        "description": "Papers that gained 20 or more votes after they were first seen: an entry a"
        " paper.",
        "_paperboy": {"editions": ["2025-12-24"]},
    }
    (item,) = feed["items"]
    (same,) = (
        one for one in feeds.items(by_paper(paper(1), paper(2))) if one["title"] == "Paper 1"
    )
    content = "<p>▲ 21 votes since 2025-12-24 08:00 UTC; 21 in all</p> " + same["content_html"]
    changed = {"id", "content_html", "date_published", "date_modified", "_paperboy"}
    assert {key: value for key, value in item.items() if key not in changed} == {
        key: value for key, value in same.items() if key not in changed
    }
    assert item["content_html"] == content
    assert item["_paperboy"] == {"edition": "2025-12-24"}
    assert item["id"] != same["id"]


def test_a_rising_entry_stays_as_it_is() -> None:
    records = {ONE: 0, TWO: 0}, {ONE: 20, TWO: 3}, {ONE: 25, TWO: 9}
    before = by_rising(*records)
    assert by_rising(*records, {ONE: 999, TWO: 12}) == before
    after = by_rising(*records, {ONE: 999, TWO: 30})
    assert [item for item in feeds.items(after) if item["title"] == "Paper 1"] == feeds.items(
        before
    )


def risen(day: date, at: datetime, *ids: int) -> tuple[Edition, VoteHistory]:
    """Return an edition whose papers gained 30 votes at a time."""
    papers = [paper(number) for number in ids]
    votes = [{one.id: count for one in papers} for count in (0, 30)]
    return edition(*papers, day=day), history(*votes, day=day, start=at - HOUR)


RISEN = {
    DAY - A_DAY: risen(DAY - A_DAY, MORNING + 2 * HOUR, 1),
    DAY: risen(DAY, MORNING, 3, 2),
    DAY + A_DAY: risen(DAY + A_DAY, MORNING + 2 * HOUR, 5, 4),
    DAY + 2 * A_DAY: risen(DAY + 2 * A_DAY, MORNING),
}
STORED_RISEN = FEEDS.rising(list(RISEN), RISEN, None)


def test_rising_papers_are_newest_first() -> None:
    items = [(one["title"], one["_paperboy"]["edition"]) for one in feeds.items(STORED_RISEN)]
    assert items == [
        ("Paper 5", "2025-12-25"),
        ("Paper 4", "2025-12-25"),
        ("Paper 1", "2025-12-23"),
        ("Paper 3", "2025-12-24"),
        ("Paper 2", "2025-12-24"),
    ]


def test_days_without_entries_are_covered() -> None:
    assert FEEDS.rising_days(STORED_RISEN) == set(RISEN)
    assert FEEDS.rising_days(FEEDS.rising([], {}, None)) == set()


@pytest.mark.parametrize("days", [[], [DAY], list(RISEN)[1:], list(RISEN)])
def test_other_days_of_rising_papers_are_stored(days: list[date]) -> None:
    fresh = FEEDS.rising(days, RISEN, None)
    assert FEEDS.rising(days, {}, STORED_RISEN) == fresh
    assert FEEDS.rising(days[::-1], {DAY: RISEN[DAY]}, STORED_RISEN) == fresh
    assert FEEDS.rising(days, RISEN, b"garbage that is not needed") == fresh


OTHER_THRESHOLD = FeedRenderer(sample.TEMPLATES, "en", SITE, SiteStyle(rising=30))


@pytest.mark.parametrize(
    "stored",
    [
        STORED_RISEN.replace(b'{"editions"', b'{"days"'),
        STORED_RISEN.replace(b'["2025-12-26"', b'["20251226"'),
        STORED_RISEN.replace(b'{"edition":', b'{"day":'),
        STORED_RISEN.replace(b'{"edition": "2025-12-25"}', b'{"edition": "2025-12-27"}'),
        STORED_RISEN.replace(b'"_paperboy": {', b'"_paperboy": [{'),
        OTHER_THRESHOLD.rising(list(RISEN), RISEN, None),
        FeedRenderer(sample.TEMPLATES, "ko", SITE, SiteStyle()).rising([], {}, None),
        by_paper(paper()),
        b"{}",
    ],
)
def test_another_feed_of_rising_papers_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        FEEDS.rising_days(stored)
    with pytest.raises(ValueError, match=r"."):
        FEEDS.rising([DAY], {}, stored)


@pytest.mark.parametrize("stored", [None, STORED_RISEN])
def test_a_day_without_votes_is_an_error(stored: bytes | None) -> None:
    with pytest.raises(ValueError, match="has no 2025-12-20"):
        FEEDS.rising([DAY, DAY - 4 * A_DAY], RISEN, stored)


def test_the_threshold_is_the_styles() -> None:
    assert feeds.items(OTHER_THRESHOLD.rising(list(RISEN), RISEN, None)) != []
    none = FeedRenderer(sample.TEMPLATES, "en", SITE, SiteStyle(rising=31))
    assert feeds.items(none.rising(list(RISEN), RISEN, None)) == []


@pytest.mark.parametrize(("site", "root"), [(SITE, f"{SITE}/"), ("", "")])
def test_opml_lists_the_atom_feeds(site: str, root: str) -> None:
    renderer = FeedRenderer(sample.TEMPLATES, "en", site, SiteStyle(title='A & "B"'))
    opml = ElementTree.fromstring(renderer.opml())  # noqa: S314 - our own
    assert (opml.tag, opml.get("version")) == ("opml", "2.0")
    assert opml.findtext("head/title") == 'A & "B"'
    found = [
        (one.get("type"), one.get("text"), one.get("title"), one.get("xmlUrl"), one.get("htmlUrl"))
        for one in opml.iterfind("body/outline")
    ]
    assert found == [
        ("rss", title, title, f"{root}{key}", f"{root}index.html")
        for title, key in (
            ('A & "B"', "feed.xml"),
            ('A & "B", one by one', "papers.xml"),
            ('A & "B", rising', "rising.xml"),
        )
    ]


OLD = {day: edition(paper(), day=day, updated_at=NOW) for day in (DAY - 2 * A_DAY, DAY)}
STORED = FEEDS.editions(list(OLD), OLD, None)
NEW = edition(paper(2), day=DAY - A_DAY, updated_at=NOW + HOUR)


def test_other_days_come_from_the_stored_feed() -> None:
    all_days = OLD | {NEW.day: NEW}
    assert FEEDS.days(STORED) == set(OLD)
    assert FEEDS.editions(list(all_days), {NEW.day: NEW}, STORED) == FEEDS.editions(
        sorted(all_days), all_days, None
    )
    assert FEEDS.editions([DAY], {}, STORED) == FEEDS.editions([DAY], OLD, None)
    assert FEEDS.editions([DAY], OLD, b"garbage that is not needed") == FEEDS.editions(
        [DAY], OLD, None
    )


def test_an_entry_is_a_line_and_changes_alone() -> None:
    changed = edition(paper(votes=9), updated_at=NOW + HOUR)
    after = FEEDS.editions(list(OLD), {DAY: changed}, STORED)
    pairs = zip(STORED.splitlines(), after.splitlines(), strict=True)
    assert sum(one != other for one, other in pairs) == 1


OTHERS = [
    by_edition(paper(), renderer=FeedRenderer(sample.TEMPLATES, "ko", SITE, SiteStyle())),
    by_edition(
        paper(), renderer=FeedRenderer(sample.TEMPLATES, "en", f"{SITE}/below", SiteStyle())
    ),
    by_edition(paper(), renderer=FeedRenderer(sample.TEMPLATES, "en", "", SiteStyle())),
    by_paper(paper()),
    STORED.replace(b"feed.json", b"other.json"),
    STORED.replace(b'"items": [', b'"items": [1, '),
    STORED.replace(b"date_published", b"date_unknown"),
    STORED.replace(b"2025-12-24T00:15:00Z", b"noon"),
    STORED + b"\n",
    *(b"", b"nonsense", b"\xff\xfe", b"null", b"[]", b"{}", b"[" * 100_000),
]


@pytest.mark.parametrize("stored", OTHERS, ids=lambda body: repr(body[:30]))
def test_another_feed_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        FEEDS.days(stored)
    with pytest.raises(ValueError, match=r"."):
        FEEDS.editions(list(OLD), {}, stored)


@pytest.mark.parametrize("stored", [None, STORED])
def test_a_day_without_entry_is_an_error(stored: bytes | None) -> None:
    with pytest.raises(ValueError, match="has no 2025-12-23"):
        FEEDS.editions([DAY - A_DAY], OLD, stored)


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"items": []}', b"[" * 100_000])
def test_atom_of_another_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        FEEDS.atom(body)


def test_a_feed_without_entries_is_of_no_time() -> None:
    for feed in (FEEDS.editions([], {}, None), FEEDS.papers([]), FEEDS.rising([], {}, None)):
        atom = FEEDS.atom(feed)
        assert feeds.as_json(atom) == feeds.without_extension(feed)
        assert b"<updated>1970-01-01T00:00:00Z</updated>" in atom


def test_a_broken_template_is_a_render_error(tmp_path: Path) -> None:
    for path in (*sample.TEMPLATES.glob("*.j2"), *sample.TEMPLATES.glob("locales/en.toml")):
        copy = tmp_path / path.relative_to(sample.TEMPLATES)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text("utf-8"), "utf-8")
    broken = FeedRenderer(tmp_path, "en", SITE, SiteStyle())
    renders: dict[str, Callable[[], bytes]] = {
        "feed.xml.j2": lambda: broken.atom(STORED),
        "feed_edition.html.j2": lambda: by_edition(paper(), renderer=broken),
        "feed_paper.html.j2": lambda: by_paper(paper(), renderer=broken),
        "feeds.opml.j2": broken.opml,
    }
    for name, render in renders.items():
        (tmp_path / name).write_text("{{ missing.word }}", "utf-8")
        with pytest.raises(RenderError, match=rf"{name}, line 1: .*missing"):
            render()


def everywhere(text: str) -> Paper:
    """Return a paper that has the text in each of its texts, as editions have it."""
    line = one_line(text) or None
    return Paper(
        id="2512.1/<&\">'",
        title=line or "Nothing",
        abstract=line,
        ai_keywords=(line,) if line else (),
        authors=(line,) if line else (),
        organization=Organization(None, line),
        code=f"https://a.b/{line}",
        project=f"javascript:{line}",
    )


TEXTS = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from([*"<>&\"'\\;#= \t\r\n\x00\x0b\x85\u2028\u202e\ufffe\ud800", "]]>", "&lt;"])
).map("".join)


def all_rising(*papers: Paper) -> bytes:
    """Return the feed of papers that all rise."""
    votes = history(*({one.id: count for one in papers} for count in (0, 30)), start=MORNING)
    return FEEDS.rising([DAY], {DAY: (edition(*papers), votes)}, None)


all_feeds = pytest.mark.parametrize("make", [by_edition, by_paper, all_rising])


@all_feeds
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(make: Callable[..., bytes], text: str) -> None:
    check_text(make, text)


@all_feeds
@settings(max_examples=50)
@given(text=TEXTS)
def test_any_text_is_text(make: Callable[..., bytes], text: str) -> None:
    check_text(make, text)


def check_text(make: Callable[..., bytes], text: str) -> None:
    feed = make(everywhere(text))
    assert feeds.as_json(FEEDS.atom(feed)) == feeds.without_extension(feed)
    assert re.fullmatch(f"{SITE}/daily/[0-9-]+.html(#[\\w.%']+)?", feeds.item(feed)["url"])
    content = feeds.shown(feeds.item(feed)["content_html"])
    assert one_line(BIDI.sub("", one_line(text))) in " ".join(content.lines)
    assert content.tags <= {"p", "ol", "li", "a", "br"}
    assert all(name == "href" and (to or "").startswith("https://") for name, to in content.links)
