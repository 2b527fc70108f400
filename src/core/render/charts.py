"""Small charts as SVG geometry: numbers in, coordinates out, rounded so that bytes are the same."""

from collections.abc import Sequence
from datetime import datetime

LINE_WIDTH, LINE_HEIGHT = 64, 16
BAR_HEIGHT = 80


def line(course: Sequence[tuple[datetime, int]]) -> str:
    """Return the points of a paper's votes over time: `1,15 32,8 63,1`; empty for less than two.

    The line fills 64 by 16 units but for a margin of one; votes begin at the least there was.
    """
    if len(course) < 2:
        return ""
    start, end = course[0][0], course[-1][0]
    votes = [count for _, count in course]
    least, span = min(votes), (max(votes) - min(votes)) or 1
    points = (
        (
            1 + (LINE_WIDTH - 2) * ((at - start) / (end - start)),
            LINE_HEIGHT - 1 - (LINE_HEIGHT - 2) * (count - least) / span,
        )
        for at, count in course
    )
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)


def heights(counts: Sequence[int]) -> list[int]:
    """Return how high bars are for these counts, of 80 units; what is not nothing can be seen."""
    return [_share(count, max(counts), BAR_HEIGHT) for count in counts]


def shares(counts: Sequence[int]) -> list[int]:
    """Return how long bars are for these counts, in percent of the longest."""
    return [_share(count, max(counts), 100) for count in counts]


def _share(count: int, most: int, whole: int) -> int:
    return max(1, round(whole * count / most)) if count else 0
