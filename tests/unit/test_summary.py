"""A month in numbers: what counts, how often, and in which spelling."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition.ranking import rank
from core.edition.summary import Summary, summarize
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.period import Kind, MonthEdition, Period
from tests.support.papers import DAY, edition, paper

DECEMBER = date(2025, 12, 1)
YESTERDAY = DAY - timedelta(days=1)


def month(*editions: Edition) -> Period:
    """Return the month of these editions, in the order of days."""
    ordered = sorted(editions, key=lambda one: one.day)
    return Period(Kind.MONTH, DECEMBER, tuple(MonthEdition(one, str(one.day)) for one in ordered))


def votes(*numbers: int | None, start: int = 1) -> list[Paper]:
    """Return papers with so many votes."""
    return [paper(n, votes=number) for n, number in enumerate(numbers, start)]


def test_the_summary_of_no_edition() -> None:
    assert summarize(month()) == Summary(0, 0, 0, None, (), (), ())


def test_an_edition_without_papers_does_not_count() -> None:
    made = month(edition(paper(1)), edition(day=YESTERDAY))
    assert summarize(made).days == 1


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
def test_the_mean_is_of_known_votes(
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
        ([("llm",), ("LLMs",), ("llm",)], [("llm", 3)]),
        ([("LLM", "llm", "LLMs")], [("LLM", 1)]),
        ([("LLM", "llm"), ("llm",)], [("llm", 2)]),
        (
            [("world-model",), ("World Models",), ("world-model", "World Models"), ("x",)],
            [("World Models", 3), ("x", 1)],
        ),
        ([("Straße",), ("STRASSE",)], [("STRASSE", 2)]),
        ([("b", "B"), ("c",), ("a",)], [("a", 1), ("B", 1), ("c", 1)]),
        ([(), ()], []),
    ],
)
def test_keywords_count_papers_in_the_most_frequent_spelling(
    papers: list[tuple[str, ...]], keywords: list[tuple[str, int]]
) -> None:
    made = [paper(n, votes=99 - n, ai_keywords=words) for n, words in enumerate(papers)]
    assert summarize(month(edition(*made))).keywords == tuple(keywords)


def test_keywords_end_at_twenty_and_count_papers_once() -> None:
    words = tuple(f"word {n:02}" for n in range(25))
    made = month(
        edition(paper(1, ai_keywords=words), day=YESTERDAY), edition(paper(1, ai_keywords=words))
    )
    assert summarize(made).keywords == tuple((word, 1) for word in words[:20])


@pytest.mark.parametrize(
    ("names", "organizations"),
    [
        (["The Lab", "The lab", "the-lab", "The Lab"], [("The Lab", 4)]),
        (["Labs", "Lab", "Lab", "Other"], [("Lab", 3), ("Other", 1)]),
        (["EPFL", "ETH", None], [("EPFL", 1), ("ETH", 1)]),
    ],
)
def test_spellings_of_an_organisation_count_as_one(
    names: list[str | None], organizations: list[tuple[str, int]]
) -> None:
    made = [
        paper(n, organization=Organization("handle", name) if name else None)
        for n, name in enumerate(names)
    ]
    assert summarize(month(edition(*made))).organizations == tuple(organizations)


papers = st.builds(
    lambda number, votes, words: paper(number, votes=votes, ai_keywords=tuple(words)),
    st.integers(1, 9),
    st.none() | st.integers(0, 3),
    st.lists(st.sampled_from(["a", "A", "b", "ß", "SS"]), max_size=3),
)
editions = st.lists(
    st.builds(
        lambda number, papers: Edition(DECEMBER + timedelta(days=number), rank(papers)),
        st.integers(0, 30),
        st.lists(papers, min_size=1, max_size=5, unique_by=lambda one: one.id),
    ),
    unique_by=lambda one: one.day,
    max_size=6,
)


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
def test_imported_days_that_only_repeat_do_not_count(source: Origin, days: int, votes: int) -> None:
    first, second, later = (DAY - timedelta(days=n) for n in (2, 1, 0))
    summary = summarize(
        month(
            replace(edition(paper(1, votes=5), paper(2, votes=1), day=first), source=source),
            replace(edition(paper(1, votes=7), day=second), source=source),
            replace(edition(paper(2, votes=1), paper(3, votes=6), day=later), source=source),
        )
    )
    assert (summary.days, summary.papers, summary.votes) == (days, 3, votes)
