"""What is derived from many editions: the month, and its summary.

A month holds what its summary needs of every edition, so that one edition changes it by one object
read and written, however old the archive is.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from core.model.month import Month, MonthEdition, MonthSpan, Neighbours, RootIndex
from core.model.paper import Paper


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


def _in_brief(paper: Paper) -> Paper:
    return Paper(
        id=paper.id,
        title=paper.title,
        ai_keywords=paper.ai_keywords,
        organization=paper.organization,
        votes=paper.votes,
    )
