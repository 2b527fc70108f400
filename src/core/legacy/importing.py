"""Turn the days of an old crawler's archive into the editions that `paperboy import` publishes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from core.legacy import entry_fixes
from core.legacy.entry_fixes import Defect
from core.legacy.organizations import known_names
from core.model.paper import Edition
from core.model.report import Candidate
from core.render.blog_data import StoredDay


def fixed_candidates(days: Collection[StoredDay], records: Iterable[Edition]) -> list[Candidate]:
    """Return the stored days as editions without their certain defects, in day order.

    `records` are editions of the API; where several have a paper, the newest counts. Each
    candidate's note counts what was fixed and what remains.
    """
    editions = sorted(records, key=lambda edition: edition.day)
    papers = {paper.id: paper for edition in editions for paper in edition.papers}
    names = known_names(days, editions)
    candidates = []
    for stored in _ordered(days):
        fixed = entry_fixes.fix_day(stored, names, papers)
        remaining = Counter(defect for _, defect in fixed.remaining)
        done = Counter(defect for _, defect in fixed.defects) - remaining
        note = "; ".join(filter(None, (_counted("fixed", done), _counted("remaining", remaining))))
        candidates.append(Candidate(fixed.edition, stored.crawled_at, note=note or None))
    return candidates


def verbatim_candidates(days: Collection[StoredDay]) -> list[Candidate]:
    """Return the stored days as editions with all their defects, in day order."""
    return [Candidate(entry_fixes.verbatim(stored), stored.crawled_at) for stored in _ordered(days)]


def _ordered(days: Iterable[StoredDay]) -> list[StoredDay]:
    return sorted(days, key=lambda stored: stored.day)


def _counted(verb: str, defects: Mapping[Defect, int]) -> str:
    """Return how often each defect occurred, in words; empty where none did."""
    counts = ", ".join(f"{count} x {defect}" for defect, count in sorted(defects.items()))
    return f"{verb} {counts}" if counts else ""
