"""Find stored entries that duplicate another day.

Hugging Face's page of a day without papers shows the last day that has some. The crawler stored
those papers a second time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from core.legacy.entry_fixes import Defect
from core.model import dates
from core.model.paper import Edition, Paper
from core.render.blog_data import StoredDay, StoredPaper

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

    def kept_on(self, day: date, paper_id: str) -> date:
        """Return the day on which the archive keeps a day's entry: another one for a duplicate.

        The API has a paper's day. Without the API, an entry is a duplicate if its day has no
        edition, and the paper is also stored on a day since the last edition.
        """
        edition = self._editions.get(day)
        if edition and any(paper.id == paper_id for paper in edition.papers):
            return day
        stored = self._days_of[paper_id]
        submitted = self._submission_day(paper_id)
        if submitted and submitted in stored:
            return submitted
        if self.has_edition(day):
            return day
        last = day - ONE_DAY
        while not self.has_edition(last):
            last -= ONE_DAY
        return min((other for other in stored if last <= other < day), default=day)

    def repeated_day(self, stored: StoredDay) -> date | None:
        """Return the day that a day repeats, None for a day that has papers of its own.

        If it repeats several days, this is the one that keeps most of the papers.
        """
        days = Counter(self.kept_on(stored.day, paper.id) for paper in stored.papers)
        if not days or stored.day in days:
            return None
        return max(days, key=lambda day: (days[day], day))

    def without(self, stored: StoredDay) -> tuple[StoredDay, Counter[Defect]]:
        """Return a day without entries that are kept on another day, or twice on this one.

        The second value counts what was left out.
        """
        papers: dict[str, StoredPaper] = {}
        found: Counter[Defect] = Counter()
        for paper in stored.papers:
            if paper.id in papers:
                found[Defect.TWICE] += 1
            elif self.kept_on(stored.day, paper.id) != stored.day:
                found[Defect.DUPLICATE] += 1
            else:
                papers[paper.id] = paper
        return replace(stored, papers=tuple(papers.values())), found

    def has_edition(self, day: date) -> bool:
        """Return whether the source has papers on a day."""
        edition = self._editions.get(day)
        if edition is not None:
            return bool(edition.papers)
        return dates.expects_papers(day)

    def _submission_day(self, paper_id: str) -> date | None:
        """Return the UTC day on which a paper was submitted to Daily Papers."""
        record = self._records.get(paper_id)
        if record is None or record.submitted_at is None:
            return None
        moment = datetime.fromisoformat(record.submitted_at)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).date()
