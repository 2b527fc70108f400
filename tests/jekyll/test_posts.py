"""The posts of every recorded day on the real Jekyll: it builds, and readers see the very text."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.edition import payload, ranking
from core.model import links
from core.model.paper import Edition, Organization, Paper
from core.model.style import PostStyle
from core.model.text import one_line
from core.model.votes import Risen
from core.render import escape, tex
from core.render.post import PostRenderer
from core.render.sentences import first_sentence
from tests.support import jekyll, recorded, sample
from tests.support.papers import edition, paper

EVERYTHING = PostStyle(
    top=1000,
    author='"quoted": {{ author }} {% raw %}',
    permalink="/posts/daily-papers-{date}/",
    math=True,
    front_matter='{"lang": "en", "note": "#: - |", "deep": {"a": [1, null, "한 \\u2028"]}}',
)
HOSTILE = [
    "**bold** _under_ `code` ~~gone~~",
    "{{ page.title }} {% include x %} {% raw %}",
    "<script>alert(1)</script> <b>&amp;</b>",
    "| a | b |",
    "# 1. - + > [x](javascript:alert(1)) ![y](z)",
    "trailing \\",
]


HOSTILE_IN_BRIEF = [
    "[a]: https://a.example",
    "*[a]: b",
    "a](b) [c",
    "[[a] ![b]",
    "a</details></summary><details open>",
    "a]{:.b} {::comment}",
    "a\n\n- b\n\n    c",
    "a `b](c` d",
    "_a] _b_",
]
SITE = "https://papers.example"
BRIEF = replace(EVERYTHING, language="en", front_matter="{}")


def renderings() -> list[PostStyle]:
    return [PostStyle(top=1000), replace(EVERYTHING, language="en", time_zone="America/New_York")]


def built(editions: list[Edition], style: PostStyle, directory: Path) -> dict[str, str]:
    renderer = PostRenderer(sample.TEMPLATES, style)
    posts = {f"{e.day}-daily-papers": renderer.post(e).decode() for e in editions}
    return jekyll.build_site(posts, directory)


def shown(made: Paper) -> tuple[str, str, str]:
    """Return a paper's fields as readers should see them."""
    if made.organization:
        institution = made.organization.fullname or ""
    else:
        institution = f"·{len(made.authors)} author{'s' * (len(made.authors) != 1)}"
    texts = (made.title, institution, made.abstract or "")
    title, institution, abstract = (jekyll.fold(one_line(text)) for text in texts)
    return title, institution, abstract


def check(editions: list[Edition], pages: dict[str, str]) -> None:
    assert len(pages) == len(editions)
    for made in editions:
        found = jekyll.fields(pages[f"{made.day}-daily-papers"])
        assert [field.intruders for field in found] == [()] * len(made.papers)
        assert [
            (jekyll.fold(f.title), jekyll.fold(f.organisation), jekyll.fold(f.abstract))
            for f in found
        ] == [shown(paper) for paper in made.papers]
        assert [field.links for field in found] == [
            (links.paper_page(paper.id), links.abstract(paper.id)) for paper in made.papers
        ]


def briefly_built(editions: list[Edition], style: PostStyle, directory: Path) -> dict[str, str]:
    """Build posts in the layout "brief", in which all papers of the edition rose."""
    renderer = PostRenderer(sample.TEMPLATES, replace(style, layout="brief"), SITE)
    posts = {
        f"{e.day}-daily-papers": renderer.post(e, [Risen(e.day, one, 1) for one in e.papers])
        for e in editions
    }
    return jekyll.build_site({name: post.decode() for name, post in posts.items()}, directory)


def check_brief(editions: list[Edition], pages: dict[str, str]) -> None:
    assert len(pages) == len(editions)
    for made in editions:
        html = pages[f"{made.day}-daily-papers"]
        found = jekyll.briefs(html)
        assert [brief.intruders for brief in found] == [()] * len(made.papers)
        assert [folded(brief.title, brief.summary, brief.abstract) for brief in found] == [
            folded(*brief_texts(paper)) for paper in made.papers
        ]
        assert [jekyll.fold(brief.people) for brief in found] == [
            folded(people(paper))[0] for paper in made.papers
        ]
        urls = [f"{SITE}/daily/{made.day}.html#{paper.id}" for paper in made.papers]
        assert [brief.url for brief in found] == urls
        assert [url for _, url in jekyll.rose(html)] == urls
        assert [brief.links for brief in found] == [elsewhere(paper) for paper in made.papers]


def folded(*texts: str) -> list[str]:
    return [jekyll.fold(one_line(text)) for text in texts]


def brief_texts(made: Paper) -> tuple[str, str, str]:
    """Return a paper's title, summary and abstract as readers should see them."""
    abstract = tex.shown(made.abstract or "")
    summary = tex.shown(made.ai_summary or "") or first_sentence(abstract)
    return tex.shown(made.title), summary, "" if abstract == summary else abstract


def people(made: Paper) -> str:
    if made.organization:
        return made.organization.fullname or made.organization.name or ""
    more = len(made.authors) - 3
    return ", ".join(made.authors[:3]) + (f" and {more:,} more" if more > 0 else "")


def elsewhere(made: Paper) -> tuple[tuple[str, str], ...]:
    stars = "" if made.github_stars is None else f" ★ {made.github_stars:,}"
    addresses = {f"Code{stars}": made.code, "Project": made.project}
    shown = [(name, escape.https(address)) for name, address in addresses.items()]
    own = ("arXiv", links.abstract(made.id)), ("Hugging Face", links.paper_page(made.id))
    return (*[(name, address) for name, address in shown if address], *own)


def recorded_editions() -> list[Edition]:
    """Return all recorded days, those that were recorded twice as they were later."""
    paths = {
        re.findall(r"\d{4}-\d\d-\d\d", path.name)[0]: path for path in recorded.recorded_days()
    }
    paths |= {path.stem: path for path in recorded.late_days()}
    days = {date.fromisoformat(day): path for day, path in paths.items()}
    return [
        Edition(day, ranking.rank(payload.parse(payload.decode(path.read_bytes(), day))))
        for day, path in days.items()
    ]


@recorded.needs_recorded
@pytest.mark.parametrize("style", renderings(), ids=["default", "everything"])
def test_recorded_days(style: PostStyle, tmp_path: Path) -> None:
    editions = recorded_editions()
    check(editions, built(editions, style, tmp_path))


@pytest.mark.parametrize("style", renderings(), ids=["default", "everything"])
def test_the_sample_and_a_hostile_day(style: PostStyle, tmp_path: Path) -> None:
    hostile = [
        paper(n, title=text, abstract=text[::-1], organization=Organization("x", text))
        for n, text in enumerate(HOSTILE, 1)
    ]
    editions = [sample.edition(), edition(*hostile, day=date(2025, 12, 23))]
    check(editions, built(editions, style, tmp_path))


@recorded.needs_recorded
def test_recorded_days_in_brief(tmp_path: Path) -> None:
    editions = recorded_editions()
    check_brief(editions, briefly_built(editions, BRIEF, tmp_path))


def test_a_hostile_day_in_brief(tmp_path: Path) -> None:
    hostile = [
        paper(
            n,
            title=text,
            abstract=text[::-1],
            ai_summary=summary,
            authors=(text, "B", text, "D"),
            organization=Organization("x", text) if summary else None,
        )
        for summary in (None, "A b.", "</details> {{ x }}")
        for n, text in enumerate([*HOSTILE, *HOSTILE_IN_BRIEF], 1)
    ]
    hostile = [replace(one, id=f"2512.{n:05}") for n, one in enumerate(hostile)]
    editions = [sample.edition(), edition(*hostile, day=date(2025, 12, 23))]
    check_brief(editions, briefly_built(editions, BRIEF, tmp_path))


def test_jekyll_shows_a_post_of_yesterday_and_hides_one_of_tomorrow(tmp_path: Path) -> None:
    renderer = PostRenderer(sample.TEMPLATES, PostStyle())
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=1), today + timedelta(days=2)]
    posts = {str(day): renderer.post(edition(paper(), day=day)).decode() for day in days}
    pages = jekyll.build_site(
        {f"{day}-papers": post for day, post in posts.items()}, tmp_path, future=False
    )
    assert list(pages) == [f"{days[0]}-papers"]
