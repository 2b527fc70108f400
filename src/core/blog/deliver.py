"""Commit to the blog what differs from the archive: all files of a run as one commit, or none.

The state has Git's id of each post, so the comparison reads no edition.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.archive.ports import Ports
from core.archive.read import get_all, read_archive, read_edition
from core.archive.state import Archive, MonthState
from core.blog.commits import TRIES, change, different
from core.edition.summary import summarize
from core.model import dates, keys
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip
from core.model.changes import Change
from core.model.errors import BlogConflict, BlogUnavailable, PaperboyError
from core.model.paper import Edition, Origin
from core.model.period import MonthEdition, Period
from core.model.ports import Blog, Renderer
from core.model.report import RunRequest
from core.model.retry import retry

# A headline with more days than this names only the first and the last.
NAMES_IN_HEADLINE = 3
DAILY, MONTHLY = "daily papers", "monthly papers"


@dataclass(frozen=True, slots=True)
class Entry:
    """The files of a day or a month in the blog, and a line about it for the commit message."""

    name: str
    about: str
    files: tuple[BlogFile, ...]
    kind: str = DAILY


def deliver(
    archive: Archive,
    days: Iterable[date],
    request: RunRequest,
    ports: Ports,
    open_blog: Callable[[], Blog],
    *,
    months: Iterable[date] = (),
    editions: Mapping[date, Edition] | None = None,
) -> BlogReport:
    """Commit the posts and data that are missing in the blog or differ there.

    It compares these days, the other days of their months and of `months`, and these months and the
    last one if they are over. Of the other days it commits only missing posts, which an earlier run
    may have failed to commit. Imported editions came from the blog, so they stay as they are,
    unless something of them was withdrawn. `editions` are those that the run has; others are read.
    Errors are in the report, because the store is published already.
    """
    delivery = _Delivery(archive, days, months, editions or {}, request, ports)
    try:
        blog = open_blog()
        return retry(lambda _: delivery.attempt(blog), TRIES, ports.pause)
    except PaperboyError as error:
        return delivery.report(BlogStatus.FAILED, error)


class _Delivery:
    """One run's delivery to the blog, and its results so far."""

    def __init__(
        self,
        archive: Archive,
        days: Iterable[date],
        months: Iterable[date],
        editions: Mapping[date, Edition],
        request: RunRequest,
        ports: Ports,
    ) -> None:
        self._days, self._editions = sorted(days), editions
        firsts = {*months, *map(dates.first_of_month, self._days)}
        self._firsts = sorted(firsts | {dates.last_month(request.now.date())})
        self._archive, self._request, self._ports = archive, request, ports
        self._message: str | None = None
        self._commit: Commit | None = None
        self._unsure = False
        self._changes: dict[str, Change] = {}

    def attempt(self, blog: Blog) -> BlogReport:
        """Read the branch, compare, and commit what differs.

        Raises `BlogConflict` when another commit was faster, or when another run has published
        meanwhile: the state is read again after the commit, so that the last commit is current.
        """
        states = self._states()
        tip = blog.tip(self._paths(states))
        found = [*self._daily(states, tip), *self._monthly(states, tip)]
        wanted = [entry for entry in found if different(entry.files, tip)]
        wanted.sort(key=lambda entry: (entry.kind, entry.name))
        files = different((file for entry in wanted for file in entry.files), tip)
        if not files:
            if self._unsure:
                self._commit = Commit(tip.oid, tip.url)
            if self._commit:
                return self.report(BlogStatus.COMMITTED)
            return BlogReport(BlogStatus.UNCHANGED, reason=self._waiting())
        self._message = message(wanted)
        self._changes |= {file.path: change(file, tip) for file in files}
        if not self._request.dry_run:
            try:
                self._commit = blog.commit(tip, self._message, files)
            except BlogUnavailable:
                # The answer was lost; the commit may have been made nevertheless.
                self._unsure = True
                raise
            if self._have_moved(states):
                raise BlogConflict("other runs changed the archive too often")
        return self.report(BlogStatus.COMMITTED)

    def report(self, status: BlogStatus, error: PaperboyError | None = None) -> BlogReport:
        """Return the report of the results so far."""
        changes = tuple(self._changes.values())
        return BlogReport(status, self._message, self._commit, changes, error=error)

    def _waiting(self) -> str | None:
        """Return which posts have a time that is still to come."""
        days = [str(day) for day in self._days if dates.post_time(day) > self._request.now]
        return f"their time is still to come: {', '.join(days)}" if days else None

    def _states(self) -> dict[date, MonthState]:
        """Return the states of the months that are compared."""
        lacking = [first for first in self._firsts if first not in self._archive.months]
        known = {month.first for month in self._archive.root.months}
        if read := [first for first in lacking if first in known]:
            more = read_archive(read, [], self._ports).archive.months
            self._archive = Archive(self._archive.root, {**self._archive.months, **more})
        months = self._archive.months
        return {first: months[first] for first in self._firsts if first in months}

    def _have_moved(self, states: Mapping[date, MonthState]) -> bool:
        """Read the state again; return whether another run has published meanwhile."""
        self._archive, self._editions = read_archive(states, [], self._ports).archive, {}
        return any(
            [*map(_version, state.editions)]
            != [*map(_version, self._archive.months[first].editions)]
            for first, state in states.items()
        )

    def _paths(self, states: Mapping[date, MonthState]) -> list[str]:
        """Return the paths whose Git ids are compared."""
        days = [entry.day for state in states.values() for entry in state.editions]
        paths = [keys.blog_post(day) for day in days]
        paths += [keys.blog_data(day) for day in days if day in self._days]
        return paths + [keys.blog_month_post(first) for first in states]

    def _daily(self, states: Mapping[date, MonthState], tip: Tip) -> Iterator[Entry]:
        """Yield the entries of days that are missing in the blog or differ there."""
        wanted: list[MonthEdition] = []
        for entry in (entry for state in states.values() for entry in state.editions):
            day = entry.day
            if not entry.is_shown:
                yield _removal(str(day), DAILY, tip, keys.blog_post(day), keys.blog_data(day))
            elif self._lacks(entry, tip):
                wanted.append(entry)
        unread = [entry.day for entry in wanted if entry.day not in self._editions]
        bodies = get_all([keys.edition_json(day) for day in unread], self._ports)
        read = {day: read_edition(bodies[keys.edition_json(day)], day) for day in unread}
        for entry in wanted:
            edition = self._editions.get(entry.day) or read[entry.day]
            if edition and edition.papers:
                yield daily(edition, self._ports.renderer())

    def _lacks(self, entry: MonthEdition, tip: Tip) -> bool:
        """Return whether an edition is missing in the blog or, of the run's days, differs there."""
        day, edition = entry.day, entry.edition
        # Jekyll hides a post whose time is still to come, until something else starts a build. So a
        # later run commits it.
        if dates.post_time(day) > self._request.now:
            return False
        if _is_imported(edition) and not edition.withdrawn:
            return False
        there = tip.blobs.get(keys.blog_post(day))
        if day not in self._days:
            return there is None
        return there != entry.post_blob or keys.blog_data(day) not in tip.blobs

    def _monthly(self, states: Mapping[date, MonthState], tip: Tip) -> Iterator[Entry]:
        """Yield the entries of past months that are missing in the blog or differ there."""
        for first, state in states.items():
            path, month = keys.blog_month_post(first), state.month()
            if not month.editions:
                if state.editions:
                    yield _removal(f"{first:%Y-%m}", MONTHLY, tip, path)
                continue
            is_ours = not all(_is_imported(entry.edition) for entry in month.editions)
            is_ours = is_ours or any(entry.edition.withdrawn for entry in state.editions)
            is_over = dates.is_over(first, self._request.now.date())
            if is_ours and is_over and tip.blobs.get(path) != state.post_blob:
                yield monthly(month, self._ports.renderer())


def _version(entry: MonthEdition) -> tuple[date, str]:
    return entry.day, entry.post_blob


def _removal(name: str, kind: str, tip: Tip, *paths: str) -> Entry:
    """Return the removal of the files of a day, or a month, that was withdrawn."""
    files = tuple(BlogFile(path, None) for path in paths if path in tip.blobs)
    return Entry(name, "withdrawn", files, kind)


def _is_imported(edition: Edition) -> bool:
    return edition.source == Origin.IMPORT


def daily(edition: Edition, renderer: Renderer) -> Entry:
    """Return a day's post and data."""
    day, votes = edition.day, sum(paper.votes or 0 for paper in edition.papers)
    post = BlogFile(keys.blog_post(day), renderer.post(edition))
    data = BlogFile(keys.blog_data(day), renderer.data(edition))
    about = f"{_count(len(edition.papers), 'paper')}, {_count(votes, 'vote')}"
    return Entry(str(day), about, (post, data))


def monthly(month: Period, renderer: Renderer) -> Entry:
    """Return a month's post."""
    summary = summarize(month)
    post = BlogFile(keys.blog_month_post(month.first), renderer.period_post(month))
    counts = (summary.papers, "paper"), (summary.days, "day"), (summary.votes, "vote")
    papers, days, votes = (_count(number, noun) for number, noun in counts)
    return Entry(f"{month.first:%Y-%m}", f"{papers} of {days}, {votes}", (post,), MONTHLY)


def message(entries: Sequence[Entry]) -> str:
    """Return the commit's message: a headline that names the days, and a line for each entry."""
    kind = next((entry.kind for entry in entries if entry.kind != MONTHLY), MONTHLY)
    names = [entry.name for entry in entries if entry.kind == kind]
    few = len(names) <= NAMES_IN_HEADLINE
    headline = ", ".join(names) if few else f"{names[0]} to {names[-1]} ({len(names)} days)"
    body = "\n".join(f"{entry.name}: {entry.about}" for entry in entries)
    return f"{kind}: {headline}\n\n{body}\n"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
