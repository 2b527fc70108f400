"""Find stored entries that duplicate another day.

Hugging Face's page of a day without papers shows the last day that has some. The crawler stored
those papers a second time.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta

from core.model.paper import Edition, Paper
from core.render.blog_data import StoredDay

SATURDAY = 5
ONE_DAY = timedelta(days=1)


class Duplicates:
    """The duplicate entries of an archive.

    `days` are all stored days, `editions` the API's editions by day, and `records` the API's papers
    by id.
    """

    def __init__(
        self,
        days: Collection[StoredDay],
        editions: Mapping[date, Edition],
        records: Mapping[str, Paper],
    ) -> None:
        self._editions = editions
        self._records = records
        self._days = {stored.day for stored in days}
        self._days_of: dict[str, set[date]] = defaultdict(set)
        for stored in days:
            for paper in stored.papers:
                self._days_of[paper.id].add(stored.day)

    def add_edition(self, edition: Edition) -> None:
        """Count the papers of an edition that will replace a stored day as stored on that day."""
        if edition.day in self._days:
            for paper in edition.papers:
                self._days_of[paper.id].add(edition.day)

    def contain(self, day: date, paper_id: str) -> bool:
        """Return whether a day's entry duplicates a paper that the archive keeps on another day.

        The API knows a paper's day. Without the API, an entry is a duplicate if its day has no
        edition, and the paper is also stored on a day since the last edition.
        """
        edition = self._editions.get(day)
        if edition and any(paper.id == paper_id for paper in edition.papers):
            return False
        stored = self._days_of[paper_id]
        submitted = self._submission_day(paper_id)
        if submitted in stored:
            return submitted != day
        if self.has_edition(day):
            return False
        last = day - ONE_DAY
        while not self.has_edition(last):
            last -= ONE_DAY
        return any(last <= other < day for other in stored)

    def has_edition(self, day: date) -> bool:
        """Return whether the source has papers on a day; not on weekends, nor on 1 January."""
        edition = self._editions.get(day)
        if edition is not None:
            return bool(edition.papers)
        return day.weekday() < SATURDAY and (day.month, day.day) != (1, 1)

    def _submission_day(self, paper_id: str) -> date | None:
        """Return the UTC day on which a paper was submitted to Daily Papers."""
        record = self._records.get(paper_id)
        if record is None or record.submitted_at is None:
            return None
        moment = datetime.fromisoformat(record.submitted_at)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).date()
