"""The total order of papers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition.ranking import rank
from core.model.paper import Paper
from tests.support.papers import paper


@pytest.mark.parametrize(
    ("papers", "ids"),
    [
        ([("2512.00001", 1), ("2512.00002", 2)], ["2512.00002", "2512.00001"]),
        ([("2512.20617", 31), ("2512.20618", 31)], ["2512.20618", "2512.20617"]),
        ([("2512.00001", None), ("2512.00002", 0)], ["2512.00002", "2512.00001"]),
        ([("2412.99999", 5), ("2512.00001", 5)], ["2512.00001", "2412.99999"]),
        ([], []),
    ],
)
def test_votes_then_id_descending(papers: list[tuple[str, int | None]], ids: list[str]) -> None:
    ranked = rank(paper(id=number, votes=votes) for number, votes in papers)
    assert [paper.id for paper in ranked] == ids


@given(st.permutations([paper(n, votes=n % 3 or None) for n in range(8)]))
def test_the_order_does_not_depend_on_the_source(papers: list[Paper]) -> None:
    assert [paper.votes for paper in rank(papers)] == [2, 2, 1, 1, 1, None, None, None]
    assert rank(papers) == rank(sorted(papers, key=lambda paper: paper.id))
