"""What is derived from many editions: the month, and its summary.

A month holds what its summary needs of every edition, so that one edition changes it by one object
read and written, however old the archive is.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from core.models import Edition, Month, MonthEdition, Origin, Paper
from core.ranking import comparable, rank

TOP_PAPERS = 20
TOP_KEYWORDS = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """A month in numbers: each paper counts once, with the most votes that it had.

    `mean` is of the papers whose votes are known; None when there is none. `keywords` are with
    the number of papers that have them.
    """

    days: int
    papers: int
    votes: int
    mean: float | None
    top: tuple[Paper, ...]
    keywords: tuple[tuple[str, int], ...]


def first_of_month(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def post_time(day: date) -> datetime:
    """Return the time that a day's post bears: a quarter past midnight, as the seed's."""
    return datetime.combine(day, time(0, 15, tzinfo=UTC))


def last_month(today: date) -> date:
    """Return the first day of the month before."""
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def is_over(first: date, today: date) -> bool:
    """Tell whether the month that begins on `first` is over, by UTC days as all editions are."""
    return first_of_month(today) > first


def with_edition(month: Month, edition: Edition, digest: str, now: datetime) -> Month:
    """Return the month with this edition in it; `now` is when it changed, if it did."""
    others = [entry for entry in month.editions if entry.edition.day != edition.day]
    known = find(month, edition.day)
    if known and known.digest == digest:
        return month
    papers = tuple(map(_in_brief, edition.papers))
    entry = MonthEdition(replace(edition, papers=papers), digest, now)
    insort(others, entry, key=lambda entry: entry.edition.day)
    return replace(month, editions=tuple(others))


def find(month: Month, day: date) -> MonthEdition | None:
    """Return the day's edition in the month, if it has one."""
    return next((entry for entry in month.editions if entry.edition.day == day), None)


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
        keywords=_keywords(papers),
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


def _keywords(papers: Iterable[Paper]) -> tuple[tuple[str, int], ...]:
    """Return the commonest keywords, in the spelling of the best paper that has each."""
    spelling: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for paper in papers:
        own = {keyword.casefold(): keyword for keyword in reversed(paper.ai_keywords)}
        counts.update(own.keys())
        spelling = own | spelling
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((spelling[folded], count) for folded, count in ordered[:TOP_KEYWORDS])
