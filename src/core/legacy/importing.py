"""An archive of the blog's crawler to the editions that `paperboy import` publishes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from core.legacy import entry_fixes
from core.legacy.crawler import CrawledDay
from core.legacy.entry_fixes import Defect
from core.legacy.organizations import known_names
from core.model.paper import Edition
from core.model.report import Draft


class Archive:
    """The days that can be read, and the API's records that settle what is wrong in them."""

    def __init__(self, days: Iterable[CrawledDay], records: Iterable[Edition]) -> None:
        self._days = {crawled.day: crawled for crawled in days}
        editions = sorted(records, key=lambda edition: edition.day)
        self._records = {paper.id: paper for edition in editions for paper in edition.papers}
        self._names = known_names(self._days.values(), editions)

    def mended(self, day: date) -> Draft:
        """Return the stored day as an edition: its history kept, and what is settled mended."""
        crawled = self._days[day]
        mended = entry_fixes.mend(crawled, self._names, self._records)
        left = Counter(defect for _, defect in mended.left)
        done = Counter(defect for _, defect in mended.defects) - left
        note = "; ".join(filter(None, (_told("mended", done), _told("left", left))))
        return Draft(mended.edition, crawled.crawled_at, note=note or None)

    def verbatim(self, day: date) -> Draft:
        """Return the stored day as an edition in which nothing is mended."""
        crawled = self._days[day]
        return Draft(entry_fixes.verbatim(crawled), crawled.crawled_at)


def _told(verb: str, defects: Mapping[Defect, int]) -> str:
    """Return how often each defect came up, in words."""
    counts = ", ".join(f"{count} x {defect}" for defect, count in sorted(defects.items()))
    return f"{verb} {counts}" if counts else ""
