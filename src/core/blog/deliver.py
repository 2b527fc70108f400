"""Commit to the blog what differs from the archive: all files of a run as one commit, or none.

The state has Git's id of each day's and each month's post, so the comparison reads no edition. The
posts of weeks are rendered and compared.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.archive.ports import Ports
from core.archive.read import get_all, read_archive, read_edition
from core.archive.state import Archive, MonthState, days_of_week
from core.blog.commits import TRIES, change, different
from core.edition.summary import summarize
from core.model import dates, keys
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip, blob_id
from core.model.changes import Change
from core.model.errors import BlogConflict, BlogUnavailable, PaperboyError
from core.model.paper import Edition, Origin
from core.model.period import MonthEdition, Period
from core.model.ports import Blog, Renderer
from core.model.report import RunRequest
from core.model.retry import retry

# A headline with more days than this names only the first and the last.
NAMES_IN_HEADLINE = 3
DAILY, WEEKLY, MONTHLY = "daily papers", "weekly papers", "monthly papers"
# What a commit's headline counts, the most important kind first.
UNITS = {DAILY: "days", WEEKLY: "weeks", MONTHLY: "months"}


@dataclass(frozen=True, slots=True)
class Entry:
    """The files of a day, week or month in the blog, and a line about it for the commit message."""

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
    posts: Mapping[date, bytes] | None = None,
) -> BlogReport:
    """Commit the posts and data that are missing in the blog or differ there.

    It compares these days, the other days of their months and of `months`, and these months and the
    last one if they are over. If posts show what rose since the day before, it compares the days
    after these days, too. Of the other days it commits only missing posts, which an earlier run
    may have failed to commit. With `ports.weekly` it does the same with weeks that are over: it
    compares those of these days, and commits missing posts of the others. Without it, it compares
    the posts that are there, because something can have been withdrawn from them. Imported editions
    came from the blog, so they stay as they are, unless something of them was withdrawn. `editions`
    and `posts` are those that the run has; others are read. Errors are in the report, because the
    store is published already.
    """
    delivery = _Delivery(archive, days, months, editions or {}, posts or {}, request, ports)
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
        posts: Mapping[date, bytes],
        request: RunRequest,
        ports: Ports,
    ) -> None:
        self._days, self._editions, self._made = sorted(days), editions, posts
        firsts = {*months, *map(dates.first_of_month, self._days)}
        self._firsts = sorted(firsts | {dates.last_month(request.now.date())})
        self._archive, self._request, self._ports = archive, request, ports
        self._compared = set(self._days)
        self._message: str | None = None
        self._commit: Commit | None = None
        self._unsure = False
        self._changes: dict[str, Change] = {}

    def attempt(self, blog: Blog) -> BlogReport:
        """Read the branch, compare, and commit what differs.

        Raises `BlogConflict` when another commit was faster, or when another run has published
        meanwhile: the state is read again after the commit, so that the last commit is current.
        """
        states = self._states(self._firsts)
        if self._ports.renderer().has_risen:
            after = self._days_after(states)
            self._compared |= after
            states |= self._states(set(map(dates.first_of_month, after)))
        mondays = self._mondays(states)
        tip = blog.tip(self._paths(states, mondays))
        weeks = self._weeks(states, mondays, tip)
        # A week may begin or end in a month that is not compared.
        used = states | self._states(
            {dates.first_of_month(day) for monday in weeks for day in days_of_week(monday)}
        )
        found = [*self._daily(states, tip), *self._monthly(states, tip)]
        found += self._weekly(weeks, tip)
        wanted = [entry for entry in found if different(entry.files, tip)]
        wanted.sort(key=lambda entry: (list(UNITS).index(entry.kind), entry.name))
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
            if self._have_moved(used):
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

    def _states(self, firsts: Collection[date]) -> dict[date, MonthState]:
        """Return the states of months; those that were not read yet are read."""
        lacking = [first for first in firsts if first not in self._archive.months]
        known = {month.first for month in self._archive.root.months}
        if read := [first for first in lacking if first in known]:
            more = read_archive(read, [], self._ports).archive.months
            self._archive = Archive(self._archive.root, {**self._archive.months, **more})
        months = self._archive.months
        return {first: months[first] for first in firsts if first in months}

    def _days_after(self, states: Collection[date]) -> set[date]:
        """Return the days of the editions after those of the run, whose months have been read."""
        days = [day for day in self._days if dates.first_of_month(day) in states]
        after = [self._archive.neighbours(day).next for day in days]
        return {day for day in after if day}

    def _have_moved(self, states: Mapping[date, MonthState]) -> bool:
        """Read the state again; return whether another run has published meanwhile."""
        self._archive, self._editions = read_archive(states, [], self._ports).archive, {}
        self._made = {}
        return any(
            [*map(_version, state.editions)]
            != [*map(_version, self._archive.months[first].editions)]
            for first, state in states.items()
        )

    def _paths(self, states: Mapping[date, MonthState], mondays: Iterable[date]) -> list[str]:
        """Return the paths whose Git ids are compared."""
        days = [entry.day for state in states.values() for entry in state.editions]
        paths = [keys.blog_post(day) for day in days]
        paths += [keys.blog_data(day) for day in days if day in self._compared]
        paths += map(keys.blog_month_post, states)
        return paths + [keys.blog_week_post(monday) for monday in mondays]

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
        found = [(entry, self._editions.get(entry.day) or read[entry.day]) for entry in wanted]
        shown = [(entry, edition) for entry, edition in found if edition and edition.papers]
        posts = self._posts(shown)
        for entry, edition in shown:
            data = self._ports.renderer().data(edition)
            yield _daily(edition, posts[entry.day], data)

    def _posts(self, wanted: Sequence[tuple[MonthEdition, Edition]]) -> dict[date, bytes]:
        """Return the posts of editions, as the archive has them.

        A post that tells what rose overnight does not follow from its edition alone, so it is read.
        """
        renderer = self._ports.renderer()
        posts = {
            entry.day: self._made.get(entry.day) or renderer.post(edition, topics=entry.topics)
            for entry, edition in wanted
        }
        ids = {
            entry.day: entry.post_blob
            for entry, _ in wanted
            if blob_id(posts[entry.day]) != entry.post_blob
        }
        stored = get_all([keys.edition_post(day) for day in ids], self._ports)
        for day, blob in ids.items():
            post = stored[keys.edition_post(day)]
            if post and blob_id(post.body) == blob:
                posts[day] = post.body
        return posts

    def _lacks(self, entry: MonthEdition, tip: Tip) -> bool:
        """Return whether an edition is missing in the blog or, if it is compared, differs there."""
        day, edition = entry.day, entry.edition
        # Jekyll hides a post whose time is still to come, until something else starts a build. So a
        # later run commits it.
        if dates.post_time(day) > self._request.now:
            return False
        if _is_imported(edition) and not edition.withdrawn:
            return False
        there = tip.blobs.get(keys.blog_post(day))
        if day not in self._compared:
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
            is_over = dates.is_over(first, self._request.now.date())
            if is_over and _is_ours(state.editions) and tip.blobs.get(path) != state.post_blob:
                yield _of_period(month, path, MONTHLY, self._ports.renderer())

    def _mondays(self, states: Mapping[date, MonthState]) -> list[date]:
        """Return the Mondays of the weeks whose posts are looked at, if they are over."""
        days = [entry.day for state in states.values() for entry in state.editions]
        this_monday = dates.monday_of(self._request.now.date())
        mondays = set(map(dates.monday_of, days if self._ports.weekly else self._days))
        return sorted(monday for monday in mondays if monday < this_monday)

    def _weeks(
        self, states: Mapping[date, MonthState], mondays: Iterable[date], tip: Tip
    ) -> list[date]:
        """Return the Mondays of past weeks that are missing in the blog, or may differ there."""
        shown = {entry.day for state in states.values() for entry in state.month().editions}
        withdrawn = set(mondays) - set(map(dates.monday_of, shown))
        compared = set(map(dates.monday_of, self._days)) | withdrawn

        def is_due(monday: date) -> bool:
            is_there = keys.blog_week_post(monday) in tip.blobs
            if not self._ports.weekly:
                return is_there
            return monday in compared or not is_there

        return list(filter(is_due, mondays))

    def _weekly(self, mondays: Iterable[date], tip: Tip) -> Iterator[Entry]:
        """Yield the entries of weeks, whose months have been read."""
        for monday in mondays:
            path, week = keys.blog_week_post(monday), self._archive.week(monday)
            if not week.editions:
                yield _removal(week.name, WEEKLY, tip, path)
            elif _is_ours(
                [entry for day in days_of_week(monday) if (entry := self._archive.find(day))]
            ):
                yield _of_period(week, path, WEEKLY, self._ports.renderer())


def _version(entry: MonthEdition) -> tuple[date, str]:
    return entry.day, entry.post_blob


def _removal(name: str, kind: str, tip: Tip, *paths: str) -> Entry:
    """Return the removal of the files of a day, week or month that was withdrawn."""
    files = tuple(BlogFile(path, None) for path in paths if path in tip.blobs)
    return Entry(name, "withdrawn", files, kind)


def _is_imported(edition: Edition) -> bool:
    return edition.source == Origin.IMPORT


def _is_ours(entries: Sequence[MonthEdition]) -> bool:
    """Return whether a period's post is written: not all of it is as it came from the blog."""
    return any(entry.edition.withdrawn or not _is_imported(entry.edition) for entry in entries)


def _daily(edition: Edition, post: bytes, data: bytes) -> Entry:
    """Return a day's post and data."""
    day, votes = edition.day, sum(paper.votes or 0 for paper in edition.papers)
    files = BlogFile(keys.blog_post(day), post), BlogFile(keys.blog_data(day), data)
    about = f"{_count(len(edition.papers), 'paper')}, {_count(votes, 'vote')}"
    return Entry(str(day), about, files)


def _of_period(period: Period, path: str, kind: str, renderer: Renderer) -> Entry:
    """Return the post of a week or month."""
    summary = summarize(period)
    post = BlogFile(path, renderer.period_post(period))
    counts = (summary.papers, "paper"), (summary.days, "day"), (summary.votes, "vote")
    papers, days, votes = (_count(number, noun) for number, noun in counts)
    return Entry(period.name, f"{papers} of {days}, {votes}", (post,), kind)


def message(entries: Sequence[Entry]) -> str:
    """Return the commit's message: a headline that names the days, or else the weeks or months.

    It has a line for each entry.
    """
    kinds = {entry.kind for entry in entries}
    kind = next(kind for kind in UNITS if kind in kinds)
    names = [entry.name for entry in entries if entry.kind == kind]
    few = len(names) <= NAMES_IN_HEADLINE
    headline = (
        ", ".join(names) if few else f"{names[0]} to {names[-1]} ({len(names)} {UNITS[kind]})"
    )
    body = "\n".join(f"{entry.name}: {entry.about}" for entry in entries)
    return f"{kind}: {headline}\n\n{body}\n"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
