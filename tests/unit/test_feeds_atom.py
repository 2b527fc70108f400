"""Atom says what the JSON feed says, whatever the text, and is made of nothing else."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.model.errors import RenderError
from core.model.paper import Organization, Paper
from core.model.text import one_line
from core.render.feeds import FeedRenderer
from tests.support import feeds, sample
from tests.support.fakes import NOW, edition, paper

SITE = "https://papers.example"
FEEDS = FeedRenderer(sample.TEMPLATES, "en", SITE)
RUNS = [(edition(paper(2), paper(1)), NOW)]
BY_EDITION, BY_PAPER = FEEDS.editions(None, RUNS), FEEDS.papers(None, RUNS)

both_kinds = pytest.mark.parametrize("feed", [BY_EDITION, BY_PAPER], ids=["editions", "papers"])

Spoil = Callable[[dict[str, Any]], object]


@both_kinds
def test_atom_says_what_the_json_feed_says(feed: bytes) -> None:
    atom = FEEDS.atom(feed)
    assert feeds.as_json(atom) == json.loads(feed)
    assert atom.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns=')
    assert b"<updated>2025-12-24T14:00:00Z</updated>\n  <link" in atom


@pytest.mark.parametrize(
    ("feed", "own_id", "address"),
    [
        (BY_EDITION, "urn:uuid:6d58ae44-2b8b-5b1a-8e65-1d291182a495", f"{SITE}/feed.xml"),
        (BY_PAPER, "urn:uuid:912ad6ba-10ec-5213-b0c2-f2073f750ea9", f"{SITE}/papers.xml"),
    ],
)
def test_a_feed_has_an_id_and_an_address_of_its_own(feed: bytes, own_id: str, address: str) -> None:
    head = FEEDS.atom(feed).decode().partition("<entry>")[0]
    assert f"<id>{own_id}</id>" in head
    assert f'<link rel="self" type="application/atom+xml" href="{address}"/>' in head


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    older = [(edition(paper(), day=NOW.date().replace(day=1)), NOW.replace(day=25))]
    atom = FEEDS.atom(FEEDS.editions(BY_EDITION, older)).decode()
    assert "<updated>2025-12-25T14:00:00Z</updated>" in atom.partition("<entry>")[0]


@pytest.mark.parametrize("render", [FEEDS.editions, FEEDS.papers])
def test_a_feed_without_entries_is_of_no_time(render: Callable[..., bytes]) -> None:
    atom = FEEDS.atom(render(None, []))
    assert b"<updated>1970-01-01T00:00:00Z</updated>" in atom
    assert b"<entry>" not in atom


def without(key: str) -> Spoil:
    return lambda feed: feed.pop(key)


def with_item(**changes: object) -> Spoil:
    return lambda feed: feed["items"][0].update(changes)


@both_kinds
@pytest.mark.parametrize(
    "spoil",
    [
        *map(without, ["version", "title", "home_page_url", "feed_url", "description", "language"]),
        lambda feed: feed.update(version="https://jsonfeed.org/version/1"),
        lambda feed: feed.update(feed_url="https://papers.example/other.json"),
        lambda feed: feed.update(title=1),
        lambda feed: feed.update(items={"0": {}}),
        lambda feed: feed.update(items=["an item"]),
        *(
            with_item(**{key: value})
            for key in ("id", "url", "title", "content_html", "date_published", "date_modified")
            for value in (None, "", 1)
        ),
        with_item(summary=["a"]),
        with_item(date_modified="noon"),
        with_item(authors=["Ada"]),
        with_item(authors=[{"url": "https://a.b/"}]),
        with_item(tags=[1]),
    ],
)
def test_what_is_no_feed_of_ours_is_refused(feed: bytes, spoil: Spoil) -> None:
    spoilt = json.loads(feed)
    spoil(spoilt)
    with pytest.raises(ValueError, match=r"."):
        FEEDS.atom(json.dumps(spoilt).encode())


@pytest.mark.parametrize("body", [b"", b"<feed/>", b"\xff", b"[]", b"null", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        FEEDS.atom(body)


@both_kinds
def test_who_made_the_json_feed_makes_no_difference(feed: bytes) -> None:
    assert FEEDS.atom(feed) == FeedRenderer(sample.TEMPLATES, "en", SITE).atom(feed)


def test_characters_that_xml_forbids_do_not_get_in() -> None:
    spoilt = json.loads(BY_PAPER)
    spoilt["items"][0]["title"] = "a\x00b\x0bc\ud800d\ufffee\uffff"
    atom = FEEDS.atom(json.dumps(spoilt).encode())
    assert feeds.as_json(atom)["items"][0]["title"] == "ab cde"


def test_a_broken_template_is_a_render_error(tmp_path: Path) -> None:
    for path in (*sample.TEMPLATES.glob("*.j2"), *sample.TEMPLATES.glob("locales/en.toml")):
        copy = tmp_path / path.relative_to(sample.TEMPLATES)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text("utf-8"), "utf-8")
    broken = FeedRenderer(tmp_path, "en", SITE)
    renders: dict[str, Callable[[], bytes]] = {
        "feed.xml.j2": lambda: broken.atom(BY_PAPER),
        "feed_edition.html.j2": lambda: broken.editions(None, RUNS),
        "feed_paper.html.j2": lambda: broken.papers(None, RUNS),
    }
    for name, render in renders.items():
        (tmp_path / name).write_text("{{ missing.word }}", "utf-8")
        with pytest.raises(RenderError, match=rf"missing.*{name}"):
            render()


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from([*"<>&\"'\\;#= \t\r\n\x00\x0b\x85\u2028\u202e\ufffe\ud800", "]]>", "&lt;"])
).map("".join)


def read(text: str) -> str:
    """Return what a reader is to see of a text: all but what no XML can hold or turns it around."""
    return one_line("".join(c for c in text if unicodedata.bidirectional(c) not in TURNING))


def paper_of_texts(*texts: str) -> Paper:
    """Return a paper that has these texts: title, AI summary, author, organisation, keyword."""
    title, told, author, organization, keyword = texts
    return Paper(
        id="2512.00001",
        title=title,
        ai_summary=told,
        authors=(author,),
        organization=Organization(None, organization),
        ai_keywords=(keyword,),
    )


TEXTS = st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
HOSTILE = ("]]>", "<script>", "&amp;lt;", "a\rb\ufffe", "\u202e")


@settings(deadline=None)
@given(TEXTS)
@example(HOSTILE)
def test_any_text_comes_through_in_papers(texts: tuple[str, ...]) -> None:
    feed = FEEDS.papers(None, [(edition(paper_of_texts(*texts)), NOW)])
    assert feeds.as_json(FEEDS.atom(feed)) == json.loads(feed)
    item, (title, told, author, organization, keyword) = feeds.item(feed), map(read, texts)
    assert item["title"] == (title or "2512.00001")
    assert item.get("authors", []) == [{"name": author}] * bool(author)
    assert item.get("tags", []) == [keyword] * bool(keyword)
    lines = [author, organization, told, "Hugging Face · arXiv · PDF"]
    assert feeds.shown(item["content_html"]).lines == list(filter(None, lines))


@settings(deadline=None)
@given(TEXTS)
@example(HOSTILE)
def test_any_text_comes_through_in_editions(texts: tuple[str, ...]) -> None:
    feed = FEEDS.editions(None, [(edition(paper_of_texts(*texts)), NOW)])
    assert feeds.as_json(FEEDS.atom(feed)) == json.loads(feed)
    title, told, _, organization, _ = map(read, texts)
    named = " · ".join(filter(None, [title or "2512.00001", organization]))
    lines = ["1 paper", named, told]
    assert feeds.shown(feeds.item(feed)["content_html"]).lines == list(filter(None, lines))
