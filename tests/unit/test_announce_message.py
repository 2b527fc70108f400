"""What is said of an edition and of a week."""

from dataclasses import replace
from datetime import date

import pytest

from core.archive.state import in_brief
from core.model.announcement import AnnounceStyle
from core.model.paper import Edition, Organization
from core.model.period import Kind, MonthEdition, Period
from core.model.topic import Match
from tests.support import announcing, papers
from tests.support.announcing import STYLE
from tests.support.papers import DAY, edition, paper

KOREAN = replace(STYLE, language="ko")


@pytest.mark.parametrize(
    ("style", "subject", "heading", "counts", "more"),
    [
        (
            STYLE,
            "Paperboy 2025-12-24: Paper 2",
            "Paperboy: Wednesday, 24 December 2025",
            "2 papers, 3 votes",
            "All papers of the day",
        ),
        (
            KOREAN,
            "Paperboy 2025-12-24: Paper 2",
            "Paperboy: 2025년 12월 24일 수요일",
            "논문 2편, 좋아요 3개",
            "이날의 모든 논문",
        ),
    ],
)
def test_texts_around_the_papers(
    style: AnnounceStyle, subject: str, heading: str, counts: str, more: str
) -> None:
    found = announcing.message(paper(2), paper(1), style=style)
    assert (found.subject, found.heading) == (subject, heading)
    assert (found.counts, found.more) == (counts, more)
    assert found.url == "https://papers.example/daily/2025-12-24.html"
    assert found.keys["edition"] == "daily/2025-12-24.json"


def test_a_long_title_leaves_the_subject_its_day_and_lead() -> None:
    style = replace(STYLE, title="A newspaper with a name that is rather long for a subject")
    found = announcing.message(paper(1), style=style)
    assert found.subject == "A newspaper with a name that is rather… 2025-12-24: Paper 1"
    assert found.heading.startswith(style.title)


def test_a_paper_in_a_message() -> None:
    abstract = "First. Second."
    found = paper(
        7,
        title=r"On A\&B " + "\u202e" + "x",
        ai_summary=None,
        abstract=abstract,
        organization=Organization("lab", None),
    )
    (item,) = announcing.message(found).items
    assert item.title == "On A&B x"
    assert (item.rank, item.id, item.votes, item.organization) == (1, "2512.00007", 7, "lab")
    assert (item.summary, item.byline) == ("First.", "7 votes · lab")
    assert item.url == "https://papers.example/daily/2025-12-24.html#2512.00007"


def test_without_a_site_links_lead_to_the_source() -> None:
    found = announcing.message(paper(7), site="")
    assert found.url == "https://huggingface.co/papers/date/2025-12-24"
    assert found.items[0].url == "https://huggingface.co/papers/2512.00007"


@pytest.mark.parametrize(
    ("changes", "byline"),
    [
        ({"votes": None}, "The Lab"),
        ({"organization": None}, "1 vote"),
        ({"votes": None, "organization": None}, ""),
    ],
)
def test_what_a_paper_lacks_is_left_out(changes: dict[str, object], byline: str) -> None:
    (item,) = announcing.message(paper(1, **changes)).items
    assert item.byline == byline


def test_only_the_best_papers_are_named() -> None:
    found = announcing.message(*map(paper, range(9, 0, -1)), style=replace(STYLE, top=3))
    assert [item.id for item in found.items] == ["2512.00009", "2512.00008", "2512.00007"]
    assert found.papers == 9


def test_only_papers_of_topics_with_their_ranks() -> None:
    style = replace(STYLE, topics=("agents",))
    topics = {
        "2512.00001": (Match("agents", ()), Match("speech", ())),
        "2512.00003": (Match("speech", ()),),
    }
    found = announcing.writer(style).edition(edition(paper(3), paper(2), paper(1)), topics)
    assert [(item.rank, item.id) for item in found.items] == [(3, "2512.00001")]
    assert found.counts == "3 papers, 6 votes, 1 of them on our topics"


def _week(*editions: Edition) -> Period:
    entries = tuple(MonthEdition(in_brief(one), "0" * 64) for one in editions)
    return Period(Kind.WEEK, date(2025, 12, 22), entries)


def test_a_week_has_its_best_papers_once() -> None:
    first = edition(paper(5, votes=50), paper(1), day=date(2025, 12, 22))
    second = edition(paper(5, votes=70), paper(9), day=date(2025, 12, 23))
    whole = {one.day: one for one in (first, second)}
    found = announcing.writer(replace(STYLE, top=2)).week(_week(first, second), whole.get)
    assert [(item.rank, item.id, item.votes) for item in found.items] == [
        (1, "2512.00005", 70),
        (2, "2512.00009", 9),
    ]
    assert found.subject == "Paperboy 2025-W52: Paper 5"
    assert found.heading == "Paperboy: the week of 2025-12-22 to 2025-12-28"
    assert (found.papers, found.day) == (3, None)
    assert found.items[0].summary == "A sentence."


def test_a_week_lacks_what_was_withdrawn_since() -> None:
    one = edition(paper(2), paper(1))
    left = replace(one, papers=one.papers[1:])
    found = announcing.writer().week(_week(one), {DAY: left}.get)
    assert [item.id for item in found.items] == [papers.paper(1).id]
