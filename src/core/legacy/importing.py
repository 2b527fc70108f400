"""Turn the days of an old crawler's archive into the editions that `paperboy import` publishes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from core.legacy import entry_fixes
from core.legacy.duplicate_days import Duplicates
from core.legacy.entry_fixes import Defect
from core.legacy.organizations import known_names
from core.model.paper import Edition
from core.model.report import Candidate
from core.render.blog_data import StoredDay


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import publishes, in day order, and how many defects are fixed and remain.

    `left_out` are days that only repeat the papers of other days.
    """

    candidates: tuple[Candidate, ...]
    left_out: tuple[date, ...] = ()
    fixed: Counter[Defect] = field(default_factory=Counter)
    remaining: Counter[Defect] = field(default_factory=Counter)


def fixed_days(days: Collection[StoredDay], records: Iterable[Edition]) -> ImportPlan:
    """Return the stored days as editions without their certain defects.

    `records` are editions of the API; where several have a paper, the newest counts. Each
    candidate's note counts what was fixed and what remains.
    """
    editions = sorted(records, key=lambda edition: edition.day)
    papers = {paper.id: paper for edition in editions for paper in edition.papers}
    names = known_names(days, editions)
    duplicates = Duplicates(days, {edition.day: edition for edition in editions}, papers)
    candidates, left_out = [], []
    fixed: Counter[Defect] = Counter()
    remaining: Counter[Defect] = Counter()
    for stored in _ordered(days):
        kept, repeated = duplicates.without(stored)
        day = entry_fixes.fix_day(kept, names, papers)
        left = Counter(defect for _, defect in day.remaining)
        done = repeated + Counter(defect for _, defect in day.defects) - left
        fixed += done
        if stored.papers and not kept.papers:
            left_out.append(stored.day)
            continue
        remaining += left
        notes = filter(None, (_counted("fixed", done), _counted("remaining", left)))
        candidates.append(Candidate(day.edition, stored.crawled_at, note="; ".join(notes) or None))
    return ImportPlan(tuple(candidates), tuple(left_out), fixed, remaining)


def verbatim_days(days: Collection[StoredDay]) -> ImportPlan:
    """Return the stored days as editions with all their defects."""
    ordered = _ordered(days)
    candidates = [Candidate(entry_fixes.verbatim(stored), stored.crawled_at) for stored in ordered]
    return ImportPlan(tuple(candidates))


def _ordered(days: Iterable[StoredDay]) -> list[StoredDay]:
    return sorted(days, key=lambda stored: stored.day)


def _counted(verb: str, defects: Mapping[Defect, int]) -> str:
    """Return how often each defect occurred, in words; empty where none did."""
    counts = ", ".join(f"{count} x {defect}" for defect, count in sorted(defects.items()))
    return f"{verb} {counts}" if counts else ""
