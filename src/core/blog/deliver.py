"""Bring the blog's branch to what the store holds: all files of a run as one commit, or none."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.archive import catalog
from core.archive.months import known_month
from core.archive.seen import read_all, readable
from core.blog.commits import TRIES, change, different
from core.edition.summary import summarize
from core.model import dates, keys
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip
from core.model.errors import BlogConflict, BlogUnavailable, PaperboyError
from core.model.month import Month
from core.model.paper import Edition, Origin
from core.model.ports import Blog, Ports, Renderer
from core.model.report import Change, RunRequest
from core.model.retry import persist
from core.render import json

# A headline names so many days, and beyond that the first and the last.
NAMES_IN_HEADLINE = 3
DAILY, MONTHLY = "daily papers", "monthly papers"


@dataclass(frozen=True, slots=True)
class Entry:
    """What belongs together in the blog, for a day or a month: its files, and a line about it."""

    name: str
    about: str
    files: tuple[BlogFile, ...]
    kind: str = DAILY


def deliver(
    days: Iterable[date],
    request: RunRequest,
    ports: Ports,
    open_blog: Callable[[], Blog],
    months: Iterable[date] = (),
) -> BlogReport:
    """Commit the posts and data that follow from the store's editions of these days.

    With them come their months, these `months`, and the last one, once they are over, and what the
    blog lacks of these months' other days: a run may have failed to bring it. Imported editions are
    left alone, as they came from the blog, unless something of them was withdrawn. What goes wrong
    ends up in the report: the store is published already, and stays so.
    """
    delivery = _Delivery(days, months, request, ports)
    try:
        blog = open_blog()
        return persist(lambda _: delivery.attempt(blog), TRIES, ports.pause)
    except PaperboyError as error:
        return delivery.report(BlogStatus.FAILED, error)


class _Delivery:
    """One run's way into the blog, and what it did so far."""

    def __init__(
        self,
        days: Iterable[date],
        months: Iterable[date],
        request: RunRequest,
        ports: Ports,
    ) -> None:
        self._days = sorted(days)
        self._months = sorted(
            {dates.first_of_month(day) for day in self._days}
            | {*months, dates.last_month(request.now.date())}
        )
        self._request = request
        self._ports = ports
        self._message: str | None = None
        self._commit: Commit | None = None
        self._unsure = False
        self._changes: dict[str, Change] = {}

    def attempt(self, blog: Blog) -> BlogReport:
        """Look, compare, and commit what differs.

        Raises `BlogConflict` when somebody else was faster, or when the store changed meanwhile:
        whoever changes it looks at the blog, and whoever commits looks at the store again, so that
        the last of them leaves both in step.
        """
        stored = self._read()
        tip, wanted = self._look(blog, stored)
        changed = [entry for entry in wanted if different(entry.files, tip)]
        if not changed:
            if self._unsure:
                self._commit = Commit(tip.oid, tip.url)
            if self._commit:
                return self.report(BlogStatus.COMMITTED)
            return BlogReport(BlogStatus.UNCHANGED, reason=self._waiting())
        files = different((file for entry in changed for file in entry.files), tip)
        self._message = message(changed)
        self._changes |= {file.path: change(file, tip) for file in files}
        if not self._request.dry_run:
            try:
                self._commit = blog.commit(tip, self._message, files)
            except BlogUnavailable:
                # The answer was lost on its way; the commit may be there all the same.
                self._unsure = True
                raise
            if self._read() != stored:
                raise BlogConflict("the store's editions change again and again")
        return self.report(BlogStatus.COMMITTED)

    def report(self, status: BlogStatus, error: PaperboyError | None = None) -> BlogReport:
        """Return what became of the blog so far."""
        changes = tuple(self._changes.values())
        return BlogReport(status, self._message, self._commit, changes, error=error)

    def _waiting(self) -> str | None:
        """Say which posts are ahead of the clock."""
        days = [str(day) for day in self._days if dates.post_time(day) > self._request.now]
        return f"ahead of the clock: {', '.join(days)}" if days else None

    def _read(self) -> dict[str, bytes]:
        """Return what the store has of the run's days and months."""
        names = [*map(keys.edition_json, self._days), *map(keys.month_json, self._months)]
        return read_all(self._ports, names)

    def _look(self, blog: Blog, stored: Mapping[str, bytes]) -> tuple[Tip, list[Entry]]:
        """Return the branch's tip, and what it should hold: one request, however much it lacks."""
        months = self._months_in(stored)
        wanted = [*self._daily(self._days, months, stored), *self._monthly(months, stored)]
        paths = [file.path for entry in wanted for file in entry.files]
        others = {keys.blog_post(day): day for day in self._others(months)}
        tip = blog.tip([*paths, *others])
        lacking = [day for path, day in others.items() if path not in tip.blobs]
        more = read_all(self._ports, map(keys.edition_json, lacking))
        wanted += self._daily(lacking, months, more)
        return tip, sorted(wanted, key=lambda entry: (entry.kind, entry.name))

    def _months_in(self, stored: Mapping[str, bytes]) -> dict[date, Month]:
        """Return the months by their first days."""
        bodies = {first: stored.get(keys.month_json(first)) for first in self._months}
        found = {first: known_month(first, body) for first, body in bodies.items()}
        return {first: month for first, month in found.items() if month}

    def _others(self, months: Mapping[date, Month]) -> Iterator[date]:
        """Yield the months' other days: the blog may lack them, if a run failed to bring them."""
        for edition in (entry.edition for month in months.values() for entry in month.editions):
            if edition.day not in self._days and not _is_imported(edition):
                yield edition.day

    def _daily(
        self, days: Iterable[date], months: Mapping[date, Month], stored: Mapping[str, bytes]
    ) -> Iterator[Entry]:
        """Yield what the blog should hold of these days."""
        for day in days:
            edition = readable(stored.get(keys.edition_json(day)), json.read)
            if edition and not edition.papers:
                yield _removal(str(day), DAILY, keys.blog_post(day), keys.blog_data(day))
            month = months.get(dates.first_of_month(day))
            known = catalog.find(month, day) if month else None
            # Jekyll hides a post that is ahead of its clock, until something else starts a build.
            # The next run, which is later, brings it.
            due = dates.post_time(day) <= self._request.now
            if edition and known and due and (edition.withdrawn or not _is_imported(edition)):
                yield daily(edition, known.updated_at, self._ports.renderer())

    def _monthly(
        self, months: Mapping[date, Month], stored: Mapping[str, bytes]
    ) -> Iterator[Entry]:
        """Yield what the blog should hold of the months that are over."""
        ours = (readable(stored.get(keys.edition_json(day)), json.read) for day in self._days)
        changed = {dates.first_of_month(one.day) for one in ours if one and one.withdrawn}
        for first, month in months.items():
            imported = all(_is_imported(entry.edition) for entry in month.editions)
            if not month.editions:
                yield _removal(f"{first:%Y-%m}", MONTHLY, keys.blog_month_post(first))
            elif dates.is_over(first, self._request.now.date()) and (
                first in changed or not imported
            ):
                yield monthly(month, self._ports.renderer())


def _removal(name: str, kind: str, *paths: str) -> Entry:
    """Return what is left of a day, or a month, that was withdrawn: nothing."""
    return Entry(name, "withdrawn", tuple(BlogFile(path, None) for path in paths), kind)


def _is_imported(edition: Edition) -> bool:
    return edition.source == Origin.IMPORT


def daily(edition: Edition, updated_at: datetime, renderer: Renderer) -> Entry:
    """Return a day's post and data."""
    day, votes = edition.day, sum(paper.votes or 0 for paper in edition.papers)
    post = BlogFile(keys.blog_post(day), renderer.post(edition))
    data = BlogFile(keys.blog_data(day), renderer.data(edition, updated_at))
    return Entry(
        str(day), f"{_count(len(edition.papers), 'paper')}, {_count(votes, 'vote')}", (post, data)
    )


def monthly(month: Month, renderer: Renderer) -> Entry:
    """Return a month's post."""
    summary = summarize(month)
    post = BlogFile(keys.blog_month_post(month.first), renderer.month_post(month))
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
