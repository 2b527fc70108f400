"""A month or a week in numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from core.edition import spelling
from core.edition.ranking import comparable, rank
from core.model.paper import Edition, Origin, Paper
from core.model.period import Period
from core.model.report import Totals

TOP_PAPERS = 20
MOST_COMMON = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """A month or a week in numbers: each paper counts once, with the most votes that it had.

    `mean` is the mean of known votes; None if no votes are known. `keywords` and `organizations`
    are the most common ones, with their numbers of papers; spelling variants count as one.
    """

    days: int
    papers: int
    votes: int
    mean: float | None
    top: tuple[Paper, ...]
    keywords: tuple[tuple[str, int], ...]
    organizations: tuple[tuple[str, int], ...]

    @property
    def totals(self) -> Totals:
        """The papers and their votes."""
        return Totals(self.papers, self.votes)


def summarize(period: Period) -> Summary:
    """Return the summary of a month or a week."""
    editions = list(_without_repeats(period))
    papers = rank(_best(paper for edition in editions for paper in edition.papers))
    votes = [paper.votes for paper in papers if paper.votes is not None]
    return Summary(
        days=len(editions),
        papers=len(papers),
        votes=sum(votes),
        mean=round(sum(votes) / len(votes), 2) if votes else None,
        top=papers[:TOP_PAPERS],
        keywords=_most_common(paper.ai_keywords for paper in papers),
        organizations=_most_common(map(_organization, papers)),
    )


def _without_repeats(period: Period) -> Iterator[Edition]:
    """Yield the editions, without imported ones that only repeat earlier papers.

    The source's page of a weekend shows Friday's papers, and a crawler stored them again.
    """
    seen: set[str] = set()
    for edition in (entry.edition for entry in period.editions if entry.is_shown):
        ids = {paper.id for paper in edition.papers}
        if edition.source != Origin.IMPORT or not ids <= seen:
            yield edition
        seen |= ids


def _best(papers: Iterable[Paper]) -> Iterable[Paper]:
    """Return each paper once, as it was when it had most votes; the latest day wins a tie."""
    best: dict[str, Paper] = {}
    for paper in papers:
        if paper.id not in best or comparable(paper.votes) >= comparable(best[paper.id].votes):
            best[paper.id] = paper
    return best.values()


def _organization(paper: Paper) -> tuple[str, ...]:
    name = paper.organization and (paper.organization.fullname or paper.organization.name)
    return (name,) if name else ()


def _most_common(names_of_papers: Iterable[Sequence[str]]) -> tuple[tuple[str, int], ...]:
    """Return the most common names, each in its most frequent spelling."""
    of_papers = [set(names) for names in names_of_papers]
    shown = spelling.most_frequent(chain.from_iterable(of_papers))
    counts = Counter(chain.from_iterable({spelling.fold(n) for n in names} for names in of_papers))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((shown[folded], count) for folded, count in ordered[:MOST_COMMON])
