"""The geometry of small charts."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.render import page_parts
from tests.support.papers import NOW

Course = Sequence[tuple[int, int]]


def line(course: Course) -> str:
    """Return the line of votes by hours."""
    return page_parts.vote_line([(NOW + timedelta(hours=hour), votes) for hour, votes in course])


@pytest.mark.parametrize(
    ("course", "points"),
    [
        ([], ""),
        ([(0, 5)], ""),
        ([(0, 5), (1, 9)], ""),
        ([(0, 0), (1, 500), (2, 1000)], "1,15 32,8 63,1"),
        ([(0, 5), (1, 5), (2, 5)], "1,15 32,15 63,15"),
        ([(0, 0), (12, 5), (24, 10)], "1,15 32,8 63,1"),
        ([(0, 0), (6, 10), (24, 10)], "1,15 16,1 63,1"),
        ([(0, 3), (12, 1), (24, 5)], "1,8 32,15 63,1"),
    ],
)
def test_the_line_of_a_course(course: Course, points: str) -> None:
    assert line(course) == points


@given(st.dictionaries(st.integers(0, 10_000), st.integers(0, 10**9), min_size=3))
def test_a_line_stays_in_its_box(votes: dict[int, int]) -> None:
    points = [tuple(map(int, point.split(","))) for point in line(sorted(votes.items())).split()]
    assert len(points) == len(votes)
    assert all(1 <= x <= 63 and 1 <= y <= 15 for x, y in points)
    assert all(before[0] <= after[0] for before, after in pairwise(points))
    assert (points[0][0], points[-1][0]) == (1, 63)


@pytest.mark.parametrize(
    ("counts", "heights", "shares"),
    [
        ([], [], []),
        ([0], [0], [0]),
        ([0, 0], [0, 0], [0, 0]),
        ([7], [80], [100]),
        ([1, 2, 4], [20, 40, 80], [25, 50, 100]),
        ([0, 3, 1], [0, 80, 27], [0, 100, 33]),
        ([1, 100_000], [1, 80], [1, 100]),
    ],
)
def test_bars_are_in_proportion(counts: list[int], heights: list[int], shares: list[int]) -> None:
    assert page_parts.bar_heights(counts) == heights
    named = page_parts.bars([(str(count), count) for count in counts])
    assert [share for _, _, share in named] == shares
