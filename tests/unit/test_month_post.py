"""The month's post: golden files, its date wherever the site is, and the math that it needs."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from core.model.paper import Edition, Paper
from core.model.style import PostStyle
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.papers import edition, month, paper
from tests.support.recorded import blog_days, blog_posts, needs_recorded


def post(made: Edition, **style: object) -> str:
    """Return the post of a month with one edition."""
    renderer = PostRenderer(sample.TEMPLATES, replace(PostStyle(), **style))  # type: ignore[arg-type]
    return renderer.period_post(month(made)).decode()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sample_gives_the_golden_file(language: str) -> None:
    made = post(sample.edition(), language=language, permalink="/posts/daily-papers-{date}/")
    assert made == sample.golden(f"2025-12.{language}.md")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Seoul", "2025-12-01 09:00:00 +0900"),
        ("UTC", "2025-12-01 00:00:00 +0000"),
        ("America/New_York", "2025-12-01 00:00:00 -0500"),
    ],
)
def test_the_date_is_in_the_month(zone: str, expected: str) -> None:
    assert f"\ndate: {expected}\n" in post(edition(paper(1)), time_zone=zone)


@pytest.mark.parametrize(
    ("title", "switch", "math"),
    [("$x^2$", True, True), ("$x^2$", False, False), ("Plain", True, False)],
)
def test_math_is_on_where_a_title_has_tex(title: str, switch: bool, math: bool) -> None:
    made = post(edition(paper(1, title=title)), math=switch)
    assert ("\nmath: true\n" in made) is math


def test_titles_and_keywords_are_escaped() -> None:
    made = post(edition(paper(1, title="a|b", ai_keywords=("{{ x }}",))))
    assert r"**a\|b**" in made
    assert r"- {\{ x }} (1)" in made


@needs_recorded
def test_the_layout_is_the_blogs_own() -> None:
    (data,) = [path for path in blog_days() if path.name == "monthly-2025-11.json"]
    (own,) = [path for path in blog_posts() if "monthly" in path.name]
    papers = [
        Paper(
            found["url"].rpartition("/")[2], " ".join(found["title"].split()), votes=found["likes"]
        )
        for found in json.loads(data.read_text("utf-8"))["top_papers"]
    ]
    halves = [(2, papers[:5]), (3, papers[5:])]
    november = month(*(edition(*some, day=date(2025, 11, day)) for day, some in halves))
    renderer = PostRenderer(sample.TEMPLATES, PostStyle(author="lim4349"))
    # Its titles have newlines, which split their **…**.
    expected = re.sub(r"\n {2}(?! )", " ", own.read_text("utf-8"))
    assert renderer.period_post(november).decode() == expected
