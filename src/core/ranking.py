"""The total order of an edition's papers."""

from collections.abc import Iterable

from core.models import Paper


def rank(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the papers by votes descending, then arXiv id descending.

    The source states no order for ties, so the id decides; papers whose votes are unknown
    come after those with none.
    """
    return tuple(sorted(papers, key=_merit, reverse=True))


def _merit(paper: Paper) -> tuple[int, str]:
    return (-1 if paper.votes is None else paper.votes, paper.id)
