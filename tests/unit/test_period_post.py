"""The posts of weeks and months: golden files, dates, links, and the math that they need."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from core.model.paper import Organization, Paper
from core.model.period import Period
from core.model.style import PostStyle
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.papers import edition, month, paper, week
from tests.support.recorded import blog_days, blog_posts, needs_recorded

SITE = "https://papers.example"
Make = Callable[..., Period]


def post(period: Period, site: str = "", **style: object) -> str:
    """Return the post of a week or month."""
    made = replace(PostStyle(), **style)  # type: ignore[arg-type]
    return PostRenderer(sample.TEMPLATES, made, site).period_post(period).decode()


@pytest.mark.parametrize(
    ("make", "name", "language", "site"),
    [
        (month, "2025-12", "ko", ""),
        (month, "2025-12", "en", ""),
        (week, "2025-W52", "ko", SITE),
        (week, "2025-W52", "en", SITE),
    ],
)
def test_the_sample_gives_the_golden_file(make: Make, name: str, language: str, site: str) -> None:
    permalink = "/posts/daily-papers-{date}/"
    made = post(make(sample.edition()), site, language=language, permalink=permalink)
    assert made == sample.golden(f"{name}.{language}.md")


@pytest.mark.parametrize(
    ("make", "zone", "expected"),
    [
        (month, "Asia/Seoul", "2025-12-01 09:00:00 +0900"),
        (month, "UTC", "2025-12-01 00:00:00 +0000"),
        (month, "America/New_York", "2025-12-01 00:00:00 -0500"),
        (week, "Asia/Seoul", "2025-12-22 09:00:00 +0900"),
        (week, "America/New_York", "2025-12-22 00:00:00 -0500"),
    ],
)
def test_the_date_is_in_the_period(make: Make, zone: str, expected: str) -> None:
    assert f"\ndate: {expected}\n" in post(make(edition(paper(1))), time_zone=zone)


@pytest.mark.parametrize(
    ("day", "name", "korean", "first", "last"),
    [
        (date(2025, 12, 29), "2026-W01", "2026년 1주차", "2025-12-29", "2026-01-04"),
        (date(2026, 1, 2), "2026-W01", "2026년 1주차", "2025-12-29", "2026-01-04"),
        (date(2026, 12, 31), "2026-W53", "2026년 53주차", "2026-12-28", "2027-01-03"),
    ],
)
def test_a_week_is_named_with_its_dates(
    day: date, name: str, korean: str, first: str, last: str
) -> None:
    period = week(edition(paper(1), day=day))
    assert f" - {name} ({first} to {last})\n" in post(period, language="en")
    assert f" - {korean} ({first} ~ {last})\n" in post(period, language="ko")
    assert f"permalink: /{name}/\n" in post(period, permalink="/{date}/")


@pytest.mark.parametrize(
    ("title", "switch", "math"),
    [("$x^2$", True, True), ("$x^2$", False, False), ("Plain", True, False)],
)
def test_math_is_on_where_a_title_has_tex(title: str, switch: bool, math: bool) -> None:
    made = post(month(edition(paper(1, title=title))), math=switch)
    assert ("\nmath: true\n" in made) is math


def test_titles_names_and_keywords_are_escaped() -> None:
    hostile = paper(
        1, title="a|b", organization=Organization("lab", "<b>"), ai_keywords=("{{ x }}",)
    )
    made = post(month(edition(hostile)), language="en")
    assert r"**a\|b**" in made
    assert r"   - Institution: \<b>" in made
    assert r"- {\{ x }} (1)" in made


@pytest.mark.parametrize(("make", "page"), [(month, "monthly/2025-12"), (week, "weekly/2025-W52")])
def test_papers_link_to_their_best_day(make: Make, page: str) -> None:
    days = [date(2025, 12, 22), date(2025, 12, 23), date(2025, 12, 24)]
    votes = [3, 9, 4]
    made = [edition(paper(1, votes=count), day=day) for day, count in zip(days, votes, strict=True)]
    links = re.findall(r"\((https:.*)\)", post(make(*made), SITE))
    assert links == [f"{SITE}/{page}.html", f"{SITE}/daily/2025-12-23.html#2512.00001"]
    links = re.findall(r"\((https:.*)\)", post(make(*made)))
    assert links == ["https://huggingface.co/papers/2512.00001"]


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
    # Its titles have newlines, which split their **…**.
    expected = re.sub(r"\n {2}(?! )", " ", own.read_text("utf-8"))
    assert post(november, author="lim4349") == expected
