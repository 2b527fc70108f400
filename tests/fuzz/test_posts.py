"""Posts on the real Jekyll, whatever the source says: its very text, and nothing that acts."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_plus

import html5lib
import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from core.edition.ranking import rank
from core.legacy.front_matter import split
from core.model import dates, links
from core.model.paper import Edition, Organization, Paper
from core.model.period import Kind, MonthEdition, Period
from core.model.style import PostStyle
from core.model.text import one_line
from core.model.votes import Risen
from core.render import escape, tex
from core.render.post import PostRenderer
from core.render.sentences import first_sentence
from tests.fuzz.strategies import HOSTILE, LONG, TEXTS, VALID, Entry, examples
from tests.fuzz.test_pages import active
from tests.fuzz.test_payloads import FOUND, papers_of
from tests.support import jekyll, sample
from tests.support.papers import DAY

# Builds of Jekyll, and days in each.
BUILDS, DAYS = (30, 300) if LONG else (1, 60)
RENDERER = PostRenderer(sample.TEMPLATES, PostStyle(top=50, language="en"))
SITE = "https://papers.example"
BRIEF = PostRenderer(sample.TEMPLATES, PostStyle(top=50, language="en", layout="brief"), SITE)
KINDS = ("day", "month", "brief", "week")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# kramdown looked for a `>` from the beginning of each: in all, for up to half a minute a text.
SLOW = {"comments": "<!--" * 30_000, "addresses": "<http:" * 20_000, "tags": "<a " * 40_000}


@pytest.fixture(scope="module", autouse=True)
def _needs_jekyll() -> None:
    reason = jekyll.jekyll_missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def editions(count: int) -> list[Edition]:
    """Return so many days' editions of hostile entries: the same each time, or others if LONG."""
    found: list[Edition] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=not LONG,
        database=None,
        deadline=None,
    )
    @given(st.lists(VALID | HOSTILE, min_size=1, max_size=5))
    def collect(entries: list[Entry]) -> None:
        if papers := papers_of(entries):
            complete = rank(map(completed, papers))
            found.append(Edition(DAY - timedelta(days=len(found)), complete))

    collect()
    return found


def completed(paper: Paper) -> Paper:
    """Return the paper with whatever a post may show of it, so that all has its place there."""
    organization = paper.organization or Organization("o", None)
    return replace(paper, organization=organization, abstract=paper.abstract or "a")


def built(made: Sequence[Edition], directory: Path) -> dict[str, str]:
    """Return the HTML of each edition's posts and of its month's and week's, by their names."""
    posts = {}
    for number, edition in enumerate(made):
        entries = (MonthEdition(edition, "0"),)
        month = Period(Kind.MONTH, edition.day.replace(day=1), entries)
        week = Period(Kind.WEEK, dates.monday_of(edition.day), entries)
        rose = [Risen(edition.day, paper, 1) for paper in edition.papers]
        posts[f"2025-12-24-day-{number:04}"] = RENDERER.post(edition).decode()
        posts[f"2025-12-24-month-{number:04}"] = RENDERER.period_post(month).decode()
        posts[f"2025-12-24-brief-{number:04}"] = BRIEF.post(edition, rose).decode()
        posts[f"2025-12-24-week-{number:04}"] = BRIEF.period_post(week).decode()
    return jekyll.build_site(posts, directory)


def visible(text: str) -> str:
    return jekyll.fold(one_line(BIDI.sub("", text)))


def check(edition: Edition, pages: dict[str, str]) -> None:
    """Hold a day's posts, its month's and its week's against the edition."""
    own = [links.paper_page(paper.id) for paper in edition.papers]
    own += [links.abstract(paper.id) for paper in edition.papers]
    addresses = [address for paper in edition.papers for address in (paper.code, paper.project)]
    known = {*own, *map(escape.https, addresses)}
    for page in pages.values():
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        assert active(list(tree.iter())) == []
        found = [node.get("href") or "" for node in tree.iter("a")]
        assert [one for one in found if not one.startswith(f"{SITE}/") and one not in known] == []
    check_seed(edition, pages["day"])
    check_brief(edition, pages["brief"])


def check_seed(edition: Edition, html: str) -> None:
    """Hold a day's post in the layout "seed" against the edition."""
    found = jekyll.fields(html)
    assert len(found) == len(edition.papers)
    for paper, field in zip(edition.papers, found, strict=True):
        name = paper.organization and (paper.organization.fullname or paper.organization.name)
        assert visible(field.title) == (visible(paper.title) or visible(paper.id))
        assert visible(field.abstract) == visible(paper.abstract or "")
        assert visible(field.organisation) == visible(name or "")
        assert field.intruders == ()


def check_brief(edition: Edition, html: str) -> None:
    """Hold a day's post in the layout "brief" against the edition."""
    found = jekyll.briefs(html)
    assert len(found) == len(edition.papers)
    for paper, shown in zip(edition.papers, found, strict=True):
        name = paper.organization and (paper.organization.fullname or paper.organization.name)
        title = visible(tex.shown(paper.title)) or visible(paper.id)
        abstract = tex.shown(paper.abstract or "")
        summary = tex.shown(paper.ai_summary or "") or first_sentence(abstract)
        assert shown.intruders == ()
        assert visible(shown.title) == title
        assert visible(shown.summary) == visible(summary)
        assert visible(shown.abstract) == ("" if abstract == summary else visible(abstract))
        assert visible(shown.people) == visible(name or "")
        assert [url for _, url in shown.links[-2:]] == [
            links.abstract(paper.id),
            links.paper_page(paper.id),
        ]
    assert [visible(title) for title, _ in jekyll.rose(html)] == [
        visible(shown.title) for shown in found
    ]


def test_posts_show_the_very_text_and_nothing_acts(tmp_path: Path) -> None:
    made = editions(BUILDS * DAYS)
    assert len(made) > BUILDS * DAYS / 2
    for build, start in enumerate(range(0, len(made), DAYS)):
        part = made[start : start + DAYS]
        pages = built(part, tmp_path / str(build))
        for number, edition in enumerate(part):
            check(edition, {kind: pages[f"2025-12-24-{kind}-{number:04}"] for kind in KINDS})


def test_found_entries_make_inert_posts(tmp_path: Path) -> None:
    known = filter(None, map(papers_of, FOUND.values()))
    made = [Edition(DAY, rank(map(completed, papers))) for papers in known]
    pages = built(made, tmp_path)
    for number, edition in enumerate(made):
        check(edition, {kind: pages[f"2025-12-24-{kind}-{number:04}"] for kind in KINDS})


@pytest.mark.parametrize("name", SLOW)
def test_no_text_keeps_kramdown_looking(name: str) -> None:
    assert "\\<" in escape.markdown(SLOW[name])
    assert not re.search(r"(?<!\\)<[a-z!]", escape.markdown(SLOW[name]))


@examples(80)
@example({"a": "A-"}, "")
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXTS, max_size=4), TEXTS)
def test_front_matter_is_what_was_meant(values: dict[str, str], author: str) -> None:
    meant = {key: one_line(value) for key, value in values.items() if key not in RESERVED}
    style = PostStyle(author=one_line(author), front_matter=json.dumps(meant), language="en")
    post = PostRenderer(sample.TEMPLATES, style).post(sample.edition())
    parts = split(post)
    assert parts
    head, _ = parts
    lines = head.decode().splitlines()
    assert lines[0] == lines[-1] == "---"
    read = yaml.safe_load("\n".join(lines[1:-1]))
    assert {key: read[key] for key in meant} == meant
    assert read.get("author", "") == meant.get("author", one_line(author))
    assert read["title"] == "Hugging Face Daily Papers - 2025-12-24"


RESERVED = {"title", "date", "categories", "tags", "permalink", "math"}


def test_front_matter_in_jekyll(tmp_path: Path) -> None:
    texts: list[str] = []
    settled = settings(
        max_examples=2000 if LONG else 150,
        phases=[Phase.generate],
        derandomize=not LONG,
        database=None,
        deadline=None,
    )

    @settled
    @given(TEXTS)
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    meant = [escape.SURROGATE.sub("\ufffd", text) for text in texts]
    lines = [f"k{number}: {escape.front_matter(text)}\n" for number, text in enumerate(texts)]
    outputs = [
        f"<i>{{{{ page.k{number} | jsonify | url_encode }}}}</i>\n" for number in range(len(texts))
    ]
    post = f"---\n{''.join(lines)}---\n<script>\n{''.join(outputs)}</script>\n"
    pages = jekyll.build_site({"2025-12-24-front": post}, tmp_path)
    read = re.findall("<i>(.*)</i>", pages["2025-12-24-front"])
    assert [json.loads(unquote_plus(value)) for value in read] == meant
