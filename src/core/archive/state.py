"""The archive's state: `state/root.json`, and `state/YYYY-MM.json` for each month.

The root has the lease, the months, and the manifest of the front: what belongs to no month. A month
has an entry of each edition, and the manifest of its objects. Everything here is derived from
editions and vote histories, so lost state can be rebuilt (see `core.archive.read`). The JSON is in
`core.archive.state_json`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

from core.edition import vote_history
from core.model import dates
from core.model.changes import Change
from core.model.objects import StoredObject
from core.model.paper import Edition, Paper
from core.model.period import Kind, MonthEdition, MonthSpan, Neighbours, Period
from core.model.report import Status, Totals
from core.model.votes import VoteHistory


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """A derived object as it was put: the SHA-256 of its bytes, and the store's ETag."""

    digest: str
    etag: str


Manifest = Mapping[str, ManifestEntry]
"""Derived objects by key."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write state and derived objects, until a time of the store's clock.

    `days` are being written: only a commit clears them. `holder` names the process, if the store
    can find out whether it has ended.
    """

    token: str
    until: float
    days: tuple[date, ...]
    holder: str = ""


@dataclass(frozen=True, slots=True)
class RootMonth:
    """A month in the root: the span of its editions that are shown, and the ETag of its state.

    Without editions that are shown, `oldest` and `newest` are its first day. `totals` are the
    papers and votes on the month's page; None if its state was lost and has not been read since.
    `topics` has for each topic how many papers each day has, from the first day of the month on.
    """

    first: date
    oldest: date
    newest: date
    editions: int
    etag: str = ""
    totals: Totals | None = None
    topics: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Root:
    """The archive's months, oldest first, the lease, and the manifest of the front.

    `release` names the templates, schemas and configuration that the front was made with.
    """

    serial: int = 0
    lease: Lease | None = None
    release: str = ""
    months: tuple[RootMonth, ...] = ()
    manifest: Manifest = field(default_factory=dict)

    def spans(self) -> tuple[MonthSpan, ...]:
        """Return the months that are shown to readers, oldest first."""
        return tuple(
            MonthSpan(month.first, month.oldest, month.newest, month.editions)
            for month in self.months
            if month.editions
        )

    def find(self, first: date) -> RootMonth | None:
        """Return the month that begins on `first`, if the root has it."""
        return next((month for month in self.months if month.first == first), None)


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month's state: its editions, withdrawn ones too, and its manifest.

    The manifest has the objects of weeks, too: see `Archive.home_of`. `release` is the release of
    all of these objects; it is empty if they were rendered with several. `post_blob` is Git's id of
    the month's post, and `totals` are the papers and votes on the month's page.
    """

    first: date
    editions: tuple[MonthEdition, ...] = ()
    release: str = ""
    post_blob: str = ""
    totals: Totals | None = None
    manifest: Manifest = field(default_factory=dict)

    def month(self) -> Period:
        """Return the month as readers see it."""
        return Period(
            Kind.MONTH, self.first, tuple(entry for entry in self.editions if entry.is_shown)
        )

    def find(self, day: date) -> MonthEdition | None:
        """Return the entry of a day's edition."""
        return next((entry for entry in self.editions if entry.day == day), None)


@dataclass(frozen=True, slots=True)
class Archive:
    """The root, and the states of the months that were read, by their first days."""

    root: Root = field(default_factory=Root)
    months: Mapping[date, MonthState] = field(default_factory=dict)

    def find(self, day: date) -> MonthEdition | None:
        """Return the entry of a day's edition; its month must have been read."""
        month = self.months.get(dates.first_of_month(day))
        return month.find(day) if month else None

    def is_shown(self, day: date) -> bool:
        """Return whether a day's edition is shown to readers; its month must have been read."""
        entry = self.find(day)
        return entry is not None and entry.is_shown

    def with_edition(self, entry: MonthEdition) -> "Archive":
        """Return the archive with this entry, which replaces the former one of its day."""
        first = dates.first_of_month(entry.day)
        month = self.months.get(first) or MonthState(first)
        others = [other for other in month.editions if other.day != entry.day]
        editions = tuple(sorted([*others, entry], key=lambda one: one.day))
        return self.with_month(replace(month, editions=editions))

    def with_month(self, month: MonthState, etag: str | None = None) -> "Archive":
        """Return the archive with this month's state; `etag` is that of the stored one."""
        known = self.root.find(month.first)
        span = span_of(month, etag if etag is not None else known.etag if known else "")
        others = [other for other in self.root.months if other.first != month.first]
        if month.editions:
            others.append(span)
        months = tuple(sorted(others, key=lambda one: one.first))
        root = replace(self.root, months=months)
        return Archive(root, {**self.months, month.first: month})

    def neighbours(self, day: date) -> Neighbours:
        """Return the days of the shown editions before and after one; its month must be read."""
        first = dates.first_of_month(day)
        shown = [entry.day for entry in self.months[first].month().editions]
        before = [other for other in shown if other < day]
        after = [other for other in shown if other > day]
        around = self.months_around(first)
        spans = {span.first: span for span in self.root.spans()}
        return Neighbours(
            before[-1] if before else spans[around.previous].newest if around.previous else None,
            after[0] if after else spans[around.next].oldest if around.next else None,
        )

    def neighbours_in_month(self, day: date) -> Neighbours:
        """Return the shown days before and after a day in its own month, which must be read."""
        shown = [entry.day for entry in self.months[dates.first_of_month(day)].month().editions]
        return Neighbours(
            max((other for other in shown if other < day), default=None),
            min((other for other in shown if other > day), default=None),
        )

    def months_around(self, first: date) -> Neighbours:
        """Return the first days of the shown months before and after the one of `first`."""
        firsts = [span.first for span in self.root.spans()]
        before = [other for other in firsts if other < first]
        after = [other for other in firsts if other > first]
        return Neighbours(before[-1] if before else None, after[0] if after else None)

    def week(self, monday: date) -> Period:
        """Return the week that begins on a Monday as readers see it; its months must be read."""
        entries = map(self.find, days_of_week(monday))
        return Period(Kind.WEEK, monday, tuple(one for one in entries if one and one.is_shown))

    def has_week(self, monday: date) -> bool:
        """Return whether a week has editions, withdrawn ones too; its months must be read."""
        return any(map(self.find, days_of_week(monday)))

    def months_of_week(self, monday: date) -> list[date]:
        """Return the first days of the archive's months, one or two, that a week's days are in."""
        firsts = {dates.first_of_month(monday), dates.first_of_month(monday + timedelta(days=6))}
        return [first for first in sorted(firsts) if self.root.find(first)]

    def home_of(self, monday: date) -> date:
        """Return the first day of the month whose manifest has a week's objects.

        It is the month of the week's first edition, withdrawn or not.
        """
        return next(dates.first_of_month(day) for day in days_of_week(monday) if self.find(day))

    def weeks_around(self, monday: date) -> Neighbours:
        """Return the Mondays of the shown weeks before and after one; its months must be read."""
        shown = self.week(monday).editions
        if not shown:
            return Neighbours()
        before = self.neighbours(shown[0].day).previous
        after = self.neighbours(shown[-1].day).next
        return Neighbours(
            dates.monday_of(before) if before else None,
            dates.monday_of(after) if after else None,
        )

    def newest(self, count: int) -> list[date]:
        """Return the days of the newest shown editions, newest first.

        There are fewer if the archive has fewer, or if the state of a month was not read.
        """
        found: list[date] = []
        for span in reversed(self.root.spans()):
            month = self.months.get(span.first)
            if month is None or len(found) >= count:
                break
            found += [entry.day for entry in reversed(month.month().editions)]
        return found[:count]

    def months_of_newest(self, count: int) -> list[date]:
        """Return the first days of the months that hold the newest shown editions."""
        firsts, editions = [], 0
        for span in reversed(self.root.spans()):
            if editions >= count:
                break
            firsts.append(span.first)
            editions += span.editions
        return firsts


@dataclass(frozen=True, slots=True)
class DayTruth:
    """A day's truth as it is stored, and the changes of its objects.

    Without an edition that can be read there is no `entry`. `before` are the totals of the edition
    that a new one has replaced.
    """

    day: date
    status: Status
    edition: Edition | None = None
    entry: MonthEdition | None = None
    history: VoteHistory | None = None
    reason: str | None = None
    changes: tuple[Change, ...] = ()
    before: Totals | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the vote history has the edition, and nothing was withdrawn from it."""
        return bool(
            self.entry
            and self.history
            and not self.entry.edition.withdrawn
            and vote_history.has_version(self.history, self.entry.digest)
        )


def days_of_week(monday: date) -> list[date]:
    """Return the seven days of a week."""
    return [monday + timedelta(days=number) for number in range(7)]


def span_of(month: MonthState, etag: str) -> RootMonth:
    """Return a month as the root has it."""
    shown = month.month().editions
    days = [entry.day for entry in shown] or [month.first]
    topics = _topics(shown)
    return RootMonth(month.first, days[0], days[-1], len(shown), etag, month.totals, topics)


def digest(body: bytes) -> str:
    """Return the SHA-256 of an object's bytes, in hexadecimal digits."""
    return sha256(body).hexdigest()


def entry_of(
    edition: Edition,
    stored: StoredObject,
    history: VoteHistory | None = None,
    stored_history: StoredObject | None = None,
    post_blob: str = "",
) -> MonthEdition:
    """Return a month's entry of an edition, from the edition's truth."""
    made = digest(stored.body)
    return MonthEdition(
        edition=in_brief(edition),
        digest=made,
        etag=stored.etag,
        history_digest=digest(stored_history.body) if stored_history else "",
        history_etag=stored_history.etag if stored_history else "",
        published_at=(vote_history.published_at(history) if history else None)
        or edition.updated_at,
        rising=vote_history.rising(history) if history else None,
        overnight=vote_history.overnight(history) if history else None,
        raw=vote_history.payloads(history, made) if history else (),
        post_blob=post_blob,
    )


def in_brief(edition: Edition) -> Edition:
    """Return an edition with what pages of weeks and months show of its papers."""
    papers = (
        Paper(
            id=paper.id,
            title=paper.title,
            ai_keywords=paper.ai_keywords,
            organization=paper.organization,
            votes=paper.votes,
        )
        for paper in edition.papers
    )
    return replace(edition, papers=tuple(papers))


def _topics(shown: Iterable[MonthEdition]) -> dict[str, tuple[int, ...]]:
    """Return how many papers of each topic the days of a month have."""
    counts: dict[str, list[int]] = {}
    for entry in shown:
        for matches in entry.topics.values():
            for match in matches:
                days = counts.setdefault(match.topic, [])
                days += [0] * (entry.day.day - len(days))
                days[-1] += 1
    return {topic: tuple(days) for topic, days in sorted(counts.items())}
