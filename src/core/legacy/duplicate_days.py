"""Which stored entries repeat another day.

Hugging Face's page of a day without papers shows the last day that has some, and the crawler stored
that again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta

from core.legacy.crawler import CrawledDay
from core.model.paper import Edition, Paper

SATURDAY = 5
ONE_DAY = timedelta(days=1)


class Repeats:
    """Tells the repeats of an archive, from what it stored and what the API says of its days."""

    def __init__(
        self,
        days: Collection[CrawledDay],
        editions: Mapping[date, Edition],
        records: Mapping[str, Paper],
    ) -> None:
        self._editions = editions
        self._records = records
        self._days = {crawled.day for crawled in days}
        self._days_of: dict[str, set[date]] = defaultdict(set)
        for crawled in days:
            for paper in crawled.papers:
                self._days_of[paper.id].add(crawled.day)

    def replaced_by(self, edition: Edition) -> None:
        """Take it that a stored day becomes this edition, so that its papers stand there."""
        if edition.day in self._days:
            for paper in edition.papers:
                self._days_of[paper.id].add(edition.day)

    def holds(self, day: date, paper_id: str) -> bool:
        """Tell whether an entry of a day repeats a paper that stays in the archive without it.

        The source knows a paper's day. Where it was not asked, an entry repeats if its day has no
        edition, and the paper was stored since the last day that has one.
        """
        edition = self._editions.get(day)
        if edition and any(paper.id == paper_id for paper in edition.papers):
            return False
        stored = self._days_of[paper_id]
        true_day = self._true_day(paper_id)
        if true_day in stored:
            return true_day != day
        if self.has_edition(day):
            return False
        last = day - ONE_DAY
        while not self.has_edition(last):
            last -= ONE_DAY
        return any(last <= other < day for other in stored)

    def has_edition(self, day: date) -> bool:
        """Tell whether the source has papers on a day; not on weekends, nor on 1 January."""
        edition = self._editions.get(day)
        if edition is not None:
            return bool(edition.papers)
        return day.weekday() < SATURDAY and (day.month, day.day) != (1, 1)

    def _true_day(self, paper_id: str) -> date | None:
        """Return the UTC day on which a paper was among the source's."""
        record = self._records.get(paper_id)
        if record is None or record.submitted_at is None:
            return None
        moment = datetime.fromisoformat(record.submitted_at)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).date()
