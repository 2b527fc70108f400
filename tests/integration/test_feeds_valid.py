"""Feeds are what feed readers expect: by `feedparser`, RELAX NG and JSON Schema.

Atom's grammar is `tests/support/atom.rng`; JSON Feed's schema is that of an npm package, which
`make test` fetches.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from jsonschema import Draft7Validator
from lxml import etree

from core.model.paper import Edition, Organization, Paper
from core.model.style import SiteStyle
from core.model.text import one_line
from core.model.topic import Reason, Topic, TopicPaper
from core.model.votes import VoteHistory
from core.render.feeds import FeedRenderer
from tests.support import feeds, recorded, sample
from tests.support.papers import NOW, edition, history, paper

GRAMMAR = Path(__file__).parents[1] / "support" / "atom.rng"
SCHEMA = recorded.REPOSITORY / "build/jsonfeed-schema/schema-v1.1.json"
TOPIC = Topic("all", {"ko": "모두 & <all>"}, any=("a*",))
FEEDS = FeedRenderer(sample.TEMPLATES, "ko", "https://papers.example/below", SiteStyle(), (TOPIC,))

Make = Callable[[Sequence[Edition]], bytes]

needs_schema = pytest.mark.skipif(
    not SCHEMA.is_file() and os.environ.get("CI") != "true",
    reason="the schema of JSON Feed is not there: make test fetches it with npm",
)


def hostile() -> Edition:
    """Return an edition whose papers have in every text what may break a feed."""
    texts = [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title></entry> ]]> <![CDATA[ <!-- &lt;b&gt; &nosuch; &#0;",
        "\x00\x0b\ud800\ufffe\uffff left",
        "\u202eturned\u2066",
        "<b>" * 30_000,
    ]
    papers = [
        Paper(
            id=f"2512.{number:05}",
            title=text,
            abstract=text,
            ai_summary=text if number % 2 else None,
            ai_keywords=(text,),
            authors=(text,),
            organization=Organization(None, text),
            votes=30,
            code=f"https://a.b/{text}",
            project=f"javascript:{text}",
        )
        for number, text in enumerate(map(one_line, texts))
    ]
    return edition(*papers)


def by_edition(editions: Sequence[Edition]) -> bytes:
    return FEEDS.editions([one.day for one in editions], {one.day: one for one in editions}, None)


def by_paper(editions: Sequence[Edition]) -> bytes:
    return FEEDS.papers([(one, history(day=one.day)) for one in editions])


def by_rising(editions: Sequence[Edition]) -> bytes:
    """Return the feed of the papers that gained 20 votes in an hour: each began with none."""
    found = {one.day: (one, risen(one)) for one in editions}
    return FEEDS.rising(list(found), found, None)


def by_topic(editions: Sequence[Edition]) -> bytes:
    """Return the feed of a topic that all papers have."""
    reasons = (Reason("a", "title"),)
    papers = [
        TopicPaper(one.day, rank, shown, reasons, NOW)
        for one in editions
        for rank, shown in enumerate(one.papers, 1)
    ]
    return FEEDS.topic(TOPIC, papers)


def risen(known: Edition) -> VoteHistory:
    start = datetime(known.day.year, known.day.month, known.day.day, 8, tzinfo=UTC)
    counts = {one.id: one.votes for one in known.papers}
    return history(dict.fromkeys(counts, 0), counts, day=known.day, start=start)


ARCHIVES = [
    pytest.param(list, id="nothing"),
    pytest.param(lambda: [sample.edition()], id="sample"),
    pytest.param(lambda: [edition(paper(), Paper("1", "Bare"))], id="bare"),
    pytest.param(lambda: [hostile()], id="hostile"),
    pytest.param(recorded.editions, id="recorded", marks=recorded.needs_recorded),
]

all_feeds = pytest.mark.parametrize("make", [by_edition, by_paper, by_rising, by_topic])
archives = pytest.mark.parametrize("archive", ARCHIVES)


@all_feeds
@archives
def test_atom_keeps_to_its_grammar(make: Make, archive: Callable[[], list[Edition]]) -> None:
    atom = etree.fromstring(FEEDS.atom(make(archive())))
    grammar = etree.RelaxNG(etree.parse(GRAMMAR))
    assert grammar.validate(atom), grammar.error_log


def test_feeds_without_a_site_keep_to_the_grammar() -> None:
    renderer = FeedRenderer(sample.TEMPLATES, "en", "", SiteStyle())
    made = sample.edition()
    grammar = etree.RelaxNG(etree.parse(GRAMMAR))
    for feed in (
        renderer.editions([made.day], {made.day: made}, None),
        renderer.papers([(made, history())]),
        renderer.rising([made.day], {made.day: (made, risen(made))}, None),
    ):
        assert grammar.validate(etree.fromstring(renderer.atom(feed))), grammar.error_log


@all_feeds
@archives
@needs_schema
def test_the_json_feed_keeps_to_its_schema(
    make: Make, archive: Callable[[], list[Edition]]
) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(json.loads(make(archive())))) == []


@all_feeds
@archives
def test_a_feed_reader_reads_what_was_said(
    make: Make, archive: Callable[[], list[Edition]]
) -> None:
    feed = make(archive())
    parsed = feedparser.parse(FEEDS.atom(feed))
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    assert parsed.feed.language == "ko"
    assert parsed.feed.title == json.loads(feed)["title"]
    items = feeds.items(feed)
    assert [entry.id for entry in parsed.entries] == [item["id"] for item in items]
    for entry, item in zip(parsed.entries, items, strict=True):
        assert entry.title_detail.type == "text/plain"
        assert entry.title == item["title"]
        assert entry.link == item["url"]
        assert entry.updated == item["date_modified"]
        assert (
            entry.updated_parsed[:6]
            == (datetime.fromisoformat(item["date_modified"]).timetuple()[:6])
        )
        assert [author.name for author in entry.get("authors", [])] == [
            author["name"] for author in item.get("authors", [])
        ]
        # Cleaned of what is no harmless HTML, of which there is none.
        (content,) = entry.content
        assert content.type == "text/html"
        assert feeds.shown(content.value) == feeds.shown(item["content_html"])


@recorded.needs_recorded
@pytest.mark.parametrize("make", [by_edition, by_paper, by_topic])
def test_ids_are_unique_and_stay_with_other_votes(make: Make) -> None:
    before, after = make(recorded.editions()), make(list(map(with_votes, recorded.editions())))
    ids = [item["id"] for item in feeds.items(before)]
    assert len(set(ids)) == len(ids) > 0
    assert [item["id"] for item in feeds.items(after)] == ids
    assert (after == before) is (make is not by_edition)


def with_votes(known: Edition) -> Edition:
    """Return the edition with a vote more for every paper."""
    papers = (replace(one, votes=(one.votes or 0) + 1) for one in known.papers)
    return replace(known, papers=tuple(papers))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda atom: atom.replace(b"<updated>", b"<updated>yesterday "),
        lambda atom: atom.replace(b"<id>", b"<id> no address "),
        lambda atom: atom.replace(b"<title>", b"<title>twice</title><title>"),
        lambda atom: atom.replace(b"<author><name>Paperboy</name></author>", b""),
        lambda atom: atom.replace(b'type="html"', b'type="text/html"'),
        lambda atom: atom.replace(b"<summary>", b"<summary><b/>"),
        lambda atom: atom.replace(b"Z</published>", b"</published>"),
        lambda atom: atom.replace(b'term="one"', b'term=""'),
    ],
)
def test_the_grammar_refuses_what_is_no_atom(spoil: Callable[[bytes], bytes]) -> None:
    grammar = etree.RelaxNG(etree.parse(GRAMMAR))
    atom = FEEDS.atom(by_paper([edition(paper())]))
    assert grammar.validate(etree.fromstring(atom))
    assert spoil(atom) != atom
    assert not grammar.validate(etree.fromstring(spoil(atom)))
