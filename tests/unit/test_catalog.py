"""The month and its summary: what counts, how often, and in whose spelling."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.archive import catalog
from core.edition.ranking import rank
from core.edition.summary import Summary, summarize
from core.model import dates
from core.model.month import Month, MonthEdition
from core.model.paper import Edition, Organization, Origin, Paper
from tests.support.fakes import DAY, NOW, edition, paper

DECEMBER = date(2025, 12, 1)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def month(*editions: Edition) -> Month:
    """Return a month of these editions, added in this order."""
    made = Month(DECEMBER)
    for number, one in enumerate(editions):
        made = catalog.with_edition(made, MonthEdition(one, f"{number:064}", NOW))
    return made


def votes(*numbers: int | None, start: int = 1) -> list[Paper]:
    """Return papers with so many votes."""
    return [paper(n, votes=number) for n, number in enumerate(numbers, start)]


def day_of(day: date, *papers: Paper) -> Edition:
    return Edition(day, rank(papers))


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2025, 12, 24), DECEMBER),
        (date(2025, 12, 1), DECEMBER),
        (date(2025, 12, 31), DECEMBER),
        (date(2024, 2, 29), date(2024, 2, 1)),
    ],
)
def test_the_first_of_a_month(day: date, first: date) -> None:
    assert dates.first_of_month(day) == first


@pytest.mark.parametrize(
    ("today", "before"),
    [
        (date(2026, 1, 1), DECEMBER),
        (date(2026, 1, 31), DECEMBER),
        (date(2025, 12, 1), date(2025, 11, 1)),
        (date(2025, 12, 31), date(2025, 11, 1)),
        (date(2024, 3, 31), date(2024, 2, 1)),
        (date(2024, 2, 29), date(2024, 1, 1)),
    ],
)
def test_the_last_month(today: date, before: date) -> None:
    assert dates.last_month(today) == before


def test_the_last_months_of_four_years_are_all_months_one_by_one() -> None:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1)]
    found = list(dict.fromkeys(map(dates.last_month, days)))
    assert found[0] == date(2023, 12, 1)
    assert all(dates.last_month(later) == earlier for earlier, later in pairwise(found))
    assert all(dates.is_over(dates.last_month(day), day) for day in days)
    assert not any(dates.is_over(dates.first_of_month(day), day) for day in days)


@pytest.mark.parametrize(
    ("today", "over"),
    [
        (date(2025, 11, 30), False),
        (date(2025, 12, 1), False),
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 1), True),
    ],
)
def test_a_month_is_over_when_the_next_one_began(today: date, over: bool) -> None:
    assert dates.is_over(DECEMBER, today) == over


def test_editions_stand_oldest_first_and_in_brief() -> None:
    days = (DAY, TOMORROW, YESTERDAY)
    made = month(*(edition(paper(2 if day == DAY else 1), day=day) for day in days))
    assert [entry.edition.day for entry in made.editions] == [YESTERDAY, DAY, TOMORROW]
    (brief,) = made.editions[1].edition.papers
    assert brief == Paper(
        id="2512.00002",
        title="Paper 2",
        ai_keywords=("one", "two"),
        organization=Organization("lab", "The Lab"),
        votes=2,
    )


def test_where_an_edition_is_from_is_kept() -> None:
    imported = replace(edition(paper()), source=Origin.IMPORT)
    assert month(imported).editions[0].edition.source == Origin.IMPORT


@pytest.mark.parametrize(
    ("digest", "title", "updated_at"), [("1", "Paper 1", NOW), ("2", "New", NOW.replace(hour=20))]
)
def test_only_a_change_brings_a_new_time(digest: str, title: str, updated_at: datetime) -> None:
    first = catalog.with_edition(
        month(edition(paper(), day=YESTERDAY)), MonthEdition(edition(paper(1)), "1", NOW)
    )
    later = edition(paper(1, title=title))
    second = catalog.with_edition(first, MonthEdition(later, digest, NOW.replace(hour=20)))
    found = catalog.find(second, DAY)
    assert found
    assert (found.updated_at, found.digest) == (updated_at, digest)
    assert found.edition.papers[0].title == title
    assert [entry.edition.day for entry in second.editions] == [YESTERDAY, DAY]
    assert (second == first) == (digest == "1")


def test_a_day_that_is_not_in_the_month_is_not_found() -> None:
    assert catalog.find(month(edition()), YESTERDAY) is None


def test_the_summary_of_no_edition() -> None:
    assert summarize(month()) == Summary(0, 0, 0, None, (), (), ())


def test_an_edition_without_papers_is_taken_out() -> None:
    made = month(edition(paper(1)), edition(paper(2), day=YESTERDAY), edition(day=YESTERDAY))
    assert [entry.edition.day for entry in made.editions] == [DAY]


@pytest.mark.parametrize(
    ("numbers", "total", "mean"),
    [
        ([1, 2], 3, 1.5),
        ([0, 0], 0, 0.0),
        ([1, 1, 0], 2, 0.67),
        ([5, None], 5, 5.0),
        ([0, None], 0, 0.0),
        ([None, None], 0, None),
        ([1000, 1], 1001, 500.5),
    ],
)
def test_the_mean_is_of_the_votes_that_are_known(
    numbers: list[int | None], total: int, mean: float | None
) -> None:
    summary = summarize(month(edition(*votes(*numbers))))
    assert (summary.papers, summary.votes, summary.mean) == (len(numbers), total, mean)


@pytest.mark.parametrize(
    ("earlier", "later", "kept"),
    [
        (5, 9, ("later", 9)),
        (9, 5, ("earlier", 9)),
        (5, 5, ("later", 5)),
        (None, 0, ("later", 0)),
        (0, None, ("earlier", 0)),
        (None, None, ("later", None)),
        (None, 3, ("later", 3)),
        (3, None, ("earlier", 3)),
    ],
)
@pytest.mark.parametrize("forwards", [True, False])
def test_a_paper_counts_once_with_its_most_votes(
    earlier: int | None, later: int | None, kept: tuple[str, int | None], forwards: bool
) -> None:
    days = [
        edition(paper(1, votes=earlier, title="earlier"), day=YESTERDAY),
        edition(paper(1, votes=later, title="later"), paper(2, votes=1)),
    ]
    summary = summarize(month(*days[:: 1 if forwards else -1]))
    (found,) = (one for one in summary.top if one.id == "2512.00001")
    assert (found.title, found.votes) == kept
    assert (summary.papers, summary.votes) == (2, 1 + (kept[1] or 0))


def test_the_top_is_ranked_like_an_edition() -> None:
    made = month(edition(*votes(1, 7, None), day=YESTERDAY), edition(*votes(7, 0, start=4)))
    found = [(one.id[-1], one.votes) for one in summarize(made).top]
    assert found == [("4", 7), ("2", 7), ("1", 1), ("5", 0), ("3", None)]


@pytest.mark.parametrize(("count", "top"), [(19, 19), (20, 20), (21, 20), (500, 20)])
def test_the_top_ends_at_twenty(count: int, top: int) -> None:
    summary = summarize(month(edition(*votes(*range(count)))))
    assert (summary.papers, len(summary.top)) == (count, top)
    assert [one.votes for one in summary.top] == list(range(count))[::-1][:top]


@pytest.mark.parametrize(
    ("papers", "keywords"),
    [
        ([("a", "b"), ("b",)], [("b", 2), ("a", 1)]),
        ([("LLM",), ("llm",), ("Llm",)], [("LLM", 3)]),
        ([("llm",), ("LLM",)], [("llm", 2)]),
        ([("LLM", "llm", "Llm")], [("LLM", 1)]),
        ([("Straße",), ("STRASSE",)], [("Straße", 2)]),
        ([("b", "B"), ("c",), ("a",)], [("a", 1), ("b", 1), ("c", 1)]),
        ([(), ()], []),
    ],
)
def test_keywords_count_papers_in_the_best_ones_spelling(
    papers: list[tuple[str, ...]], keywords: list[tuple[str, int]]
) -> None:
    made = [paper(n, votes=99 - n, ai_keywords=words) for n, words in enumerate(papers)]
    assert summarize(month(edition(*made))).keywords == tuple(keywords)


def test_keywords_end_at_twenty_and_count_a_paper_of_two_days_once() -> None:
    words = tuple(f"word {n:02}" for n in range(25))
    made = month(
        edition(paper(1, ai_keywords=words), day=YESTERDAY), edition(paper(1, ai_keywords=words))
    )
    assert summarize(made).keywords == tuple((word, 1) for word in words[:20])


papers = st.builds(
    lambda number, votes, words: paper(number, votes=votes, ai_keywords=tuple(words)),
    st.integers(1, 9),
    st.none() | st.integers(0, 3),
    st.lists(st.sampled_from(["a", "A", "b", "ß", "SS"]), max_size=3),
)
editions = st.lists(
    st.builds(
        lambda number, papers: day_of(DECEMBER + timedelta(days=number), *papers),
        st.integers(0, 30),
        st.lists(papers, min_size=1, max_size=5, unique_by=lambda one: one.id),
    ),
    unique_by=lambda one: one.day,
    max_size=6,
)


@given(editions, st.data())
def test_the_order_of_adding_does_not_matter(days: list[Edition], data: st.DataObject) -> None:
    """Nor does what a day was before: the last of each day counts."""
    order = data.draw(st.permutations(days))
    again = data.draw(st.lists(st.sampled_from(days), max_size=3)) if days else []
    stale = [replace(one, papers=one.papers[1:]) for one in again]
    one, other = Month(DECEMBER), Month(DECEMBER)
    for number, day in enumerate(days):
        one = catalog.with_edition(one, MonthEdition(day, f"of {day.day}", NOW))
        assert len(one.editions) == number + 1
    for day in stale:
        other = catalog.with_edition(
            other, MonthEdition(day, f"old {day.day}", NOW.astimezone(UTC))
        )
    for day in order:
        other = catalog.with_edition(other, MonthEdition(day, f"of {day.day}", NOW))
    assert one == other
    assert summarize(one) == summarize(other)


@given(editions)
def test_a_summary_agrees_with_counting_by_hand(days: list[Edition]) -> None:
    summary = summarize(month(*days))
    most: dict[str, list[int | None]] = {}
    for day in days:
        for one in day.papers:
            most.setdefault(one.id, []).append(one.votes)
    best = {
        name: max((number for number in numbers if number is not None), default=None)
        for name, numbers in most.items()
    }
    known = [number for number in best.values() if number is not None]
    assert (summary.days, summary.papers, summary.votes) == (len(days), len(best), sum(known))
    assert {one.id: one.votes for one in summary.top} == best
    assert summary.mean == (round(sum(known) / len(known), 2) if known else None)
    assert all(count <= len(best) for _, count in summary.keywords)


@pytest.mark.parametrize(
    ("source", "days", "votes"), [(Origin.IMPORT, 2, 12), (Origin.HUGGING_FACE, 3, 14)]
)
def test_an_imported_day_that_repeats_earlier_ones_does_not_count(
    source: Origin, days: int, votes: int
) -> None:
    first, second, later = (DAY - timedelta(days=n) for n in (2, 1, 0))
    month = Month(dates.first_of_month(DAY))
    for made in (
        replace(edition(paper(1, votes=5), paper(2, votes=1), day=first), source=source),
        replace(edition(paper(1, votes=7), day=second), source=source),
        replace(edition(paper(2, votes=1), paper(3, votes=6), day=later), source=source),
    ):
        month = catalog.with_edition(month, MonthEdition(made, str(made.day), NOW))
    summary = summarize(month)
    assert (summary.days, summary.papers, summary.votes) == (days, 3, votes)
