"""What is derived from many editions: the month, and its summary.

A month holds what its summary needs of every edition, so that one edition changes it by one object
read and written, however old the archive is.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from core.models import (
    Edition,
    Month,
    MonthEdition,
    MonthSpan,
    Neighbours,
    Origin,
    Paper,
    RootIndex,
)
from core.ranking import comparable, rank

# Daily Papers begin here.
FIRST_DAY = date(2023, 5, 4)
TOP_PAPERS = 20
COMMONEST = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """A month in numbers: each paper counts once, with the most votes that it had.

    `mean` is of the papers whose votes are known; None when there is none. `keywords` and
    `organizations` are with the number of papers that have them.
    """

    days: int
    papers: int
    votes: int
    mean: float | None
    top: tuple[Paper, ...]
    keywords: tuple[tuple[str, int], ...]
    organizations: tuple[tuple[str, int], ...]


def first_of_month(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def post_time(day: date) -> datetime:
    """Return the time that a day's post bears: a quarter past midnight, as the seed's."""
    return datetime.combine(day, time(0, 15, tzinfo=UTC))


def last_month(today: date) -> date:
    """Return the first day of the month before."""
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def months_until(last: date, since: date = FIRST_DAY) -> list[date]:
    """Return the first days of all months that may have editions, or those since, oldest first."""
    months, first = [], first_of_month(since)
    while first <= last:
        months.append(first)
        first = first_of_month(first + timedelta(days=31))
    return months


def is_over(first: date, today: date) -> bool:
    """Tell whether the month that begins on `first` is over, by UTC days as all editions are."""
    return first_of_month(today) > first


def with_edition(month: Month, entry: MonthEdition) -> Month:
    """Return the month with this edition in it, in brief; one without papers was withdrawn.

    Where an edition's record was lost, the month may know more: other payloads, an earlier time.
    """
    edition = entry.edition
    known = find(month, edition.day)
    if known:
        raw = (*(key for key in known.raw if key not in entry.raw), *entry.raw)
        same = known.digest == entry.digest
        changed_at = min(entry.updated_at, known.updated_at) if same else entry.updated_at
        entry = replace(entry, updated_at=changed_at, raw=raw)
    brief = replace(edition, papers=tuple(map(_in_brief, edition.papers)))
    entry = replace(entry, edition=brief)
    others = [other for other in month.editions if other.edition.day != edition.day]
    if edition.papers:
        insort(others, entry, key=lambda entry: entry.edition.day)
    return replace(month, editions=tuple(others))


def find(month: Month, day: date) -> MonthEdition | None:
    """Return the day's edition in the month, if it has one."""
    return next((entry for entry in month.editions if entry.edition.day == day), None)


def links(days: Sequence[date], edges: Neighbours) -> dict[date, Neighbours]:
    """Return each day's neighbours; the edges are those of the first and the last."""
    around = (edges.previous, *days, edges.next)
    return {
        day: Neighbours(before, after)
        for before, day, after in zip(around, days, around[2:], strict=False)
    }


def edges(root: RootIndex, first: date) -> Neighbours:
    """Return the nearest editions of the months around the one that begins on `first`."""
    before, after = _around(root, first)
    return Neighbours(before.newest if before else None, after.oldest if after else None)


def months_around(root: RootIndex, first: date) -> Neighbours:
    """Return the first days of the archive's months before and after the one of `first`."""
    before, after = _around(root, first)
    return Neighbours(before.first if before else None, after.first if after else None)


def with_span(root: RootIndex, span: MonthSpan) -> RootIndex:
    """Return the root index with this month in it."""
    months = [*without_month(root, span.first).months, span]
    return replace(root, months=tuple(sorted(months, key=lambda one: one.first)))


def without_month(root: RootIndex, first: date) -> RootIndex:
    """Return the root index without a month."""
    return replace(root, months=tuple(span for span in root.months if span.first != first))


def _around(root: RootIndex, first: date) -> tuple[MonthSpan | None, MonthSpan | None]:
    before = [span for span in root.months if span.first < first]
    after = [span for span in root.months if span.first > first]
    return before[-1] if before else None, after[0] if after else None


def summarize(month: Month) -> Summary:
    """Return the month's summary."""
    editions = list(_without_repeats(month))
    papers = rank(_best(paper for edition in editions for paper in edition.papers))
    votes = [paper.votes for paper in papers if paper.votes is not None]
    return Summary(
        days=len(editions),
        papers=len(papers),
        votes=sum(votes),
        mean=round(sum(votes) / len(votes), 2) if votes else None,
        top=papers[:TOP_PAPERS],
        keywords=_commonest(paper.ai_keywords for paper in papers),
        organizations=_commonest(map(_organization, papers)),
    )


def _without_repeats(month: Month) -> Iterator[Edition]:
    """Yield the editions but those of an archive that only show earlier ones again.

    The page of a weekend shows Friday's papers, and a crawler stored them once more.
    """
    seen: set[str] = set()
    for edition in (entry.edition for entry in month.editions):
        ids = {paper.id for paper in edition.papers}
        if edition.source != Origin.IMPORT or not ids <= seen:
            yield edition
        seen |= ids


def _in_brief(paper: Paper) -> Paper:
    return Paper(
        id=paper.id,
        title=paper.title,
        ai_keywords=paper.ai_keywords,
        organization=paper.organization,
        votes=paper.votes,
    )


def _best(papers: Iterable[Paper]) -> Iterable[Paper]:
    """Return each paper once, as it was when it had most votes; the later day settles a tie."""
    best: dict[str, Paper] = {}
    for paper in papers:
        if paper.id not in best or comparable(paper.votes) >= comparable(best[paper.id].votes):
            best[paper.id] = paper
    return best.values()


def _organization(paper: Paper) -> tuple[str, ...]:
    name = paper.organization and (paper.organization.fullname or paper.organization.name)
    return (name,) if name else ()


def _commonest(names_of_papers: Iterable[Sequence[str]]) -> tuple[tuple[str, int], ...]:
    """Return the commonest names, in the spelling of the best paper that has each."""
    spelling: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for names in names_of_papers:
        own = {name.casefold(): name for name in reversed(names)}
        for folded, name in own.items():
            counts[folded] += 1
            spelling.setdefault(folded, name)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((spelling[folded], count) for folded, count in ordered[:COMMONEST])
