"""The total order of an edition's papers."""

from collections.abc import Iterable

from core.model.paper import Paper


def rank(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the papers by votes descending, then arXiv id descending.

    The source documents no order for ties, so the id decides. Unknown votes rank below 0 votes.
    """
    return tuple(sorted(papers, key=_merit, reverse=True))


def comparable(count: int | None) -> int:
    """Return a count for comparisons: -1 if it is unknown, which is less than 0."""
    return -1 if count is None else count


def _merit(paper: Paper) -> tuple[int, str]:
    return (comparable(paper.votes), paper.id)
