"""The total order of an edition's papers."""

from collections.abc import Iterable

from core.model.paper import Paper


def rank(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the papers by votes descending, then arXiv id descending.

    The source states no order for ties, so the id decides; papers whose votes are unknown
    come after those with none.
    """
    return tuple(sorted(papers, key=_merit, reverse=True))


def comparable(count: int | None) -> int:
    """Return a count to compare with others: one that is not known is less than none."""
    return -1 if count is None else count


def _merit(paper: Paper) -> tuple[int, str]:
    return (comparable(paper.votes), paper.id)
