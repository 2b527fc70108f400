"""Examine an archive: compare a listing of the store with the state.

Truth is right when its ETags equal those in the state. A derived object is right when its ETag
equals the one in the manifest. Only objects that differ are read.
"""

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, partial

from core.archive import lease, rebuild
from core.archive.ports import Ports
from core.archive.read import (
    days_in,
    get_all,
    moved_days,
    read_edition,
    read_history,
    readable,
)
from core.archive.rebuild import Listing, Rebuilt, Watch, never_mind
from core.archive.state import Manifest, MonthState, Root, digest
from core.archive.state_json import read_month, read_root
from core.archive.truth import Writer, restorable
from core.edition import raw, vote_history
from core.edition.withdrawal import payload_without
from core.model import dates, keys
from core.model.errors import PayloadError, StoreError
from core.model.paper import WHOLE, Edition
from core.model.period import MonthEdition
from core.model.votes import Version, VoteHistory
from core.render import feeds, votes

# Remedies; the values in braces come from the keys of the objects found.
SITE, REPAIR = "paperboy site", "paperboy doctor --repair"
BACKFILL = "paperboy backfill --from {first} --to {last}"
PUBLISH_AGAIN = f"{BACKFILL} --force"
RESTORE = "restore an earlier version of the object, if the bucket keeps them"
NEW_HISTORY = f"{RESTORE}; or begin a new history with: {REPAIR}"
WAIT = "the next run completes its work"

MISSING, BROKEN = "missing", "not readable"
EDITED = "changed since they were written"
OLDER = "made with other settings or by another release"
OTHER = "different from the state"
UNLISTED, GAPS = "in no month", "without an edition"
LEFT = "still with what was withdrawn"
INTERRUPTED = "a run was interrupted"
NOTHING = "there is none"

DAY = re.compile(r"\d{4}-\d\d-\d\d")
NAMED = 3


class Level(StrEnum):
    """How a check ended: the words of the report. A noted finding may be intended."""

    RIGHT = "right"
    WRONG = "wrong"
    NOTED = "noted"
    SKIPPED = "not checked"


class Check(StrEnum):
    """The checks of an archive, in the order of the report: causes come before effects."""

    STATE = "state"
    EDITIONS = "editions"
    HISTORIES = "vote histories"
    PAYLOADS = "payloads"
    PERIODS = "weeks, months"
    POSTS = "posts"
    PAGES = "pages"
    BIBTEX = "BibTeX"
    SEARCH = "search"
    DATASET = "data set"
    FEEDS = "feeds"
    TOPICS = "topics"
    FRONT = "latest, sitemaps"
    FIXED = "fixed files"
    WEEKDAYS = "weekdays"


KINDS = {
    r"state/.*": Check.STATE,
    r"topics/.*": Check.TOPICS,
    r"daily/.*\.json": Check.EDITIONS,
    r"votes/.*": Check.HISTORIES,
    r"raw/.*": Check.PAYLOADS,
    r"papers/date=.*": Check.DATASET,
    r"(weekly|monthly)/.*\.json": Check.PERIODS,
    r"((daily|weekly|monthly)/.*|index)\.html(\.md)?": Check.PAGES,
    r".*\.html\.md": Check.FIXED,
    r".*\.md": Check.POSTS,
    r".*\.bib": Check.BIBTEX,
    r"search/.*": Check.SEARCH,
    r"(feed|papers|rising)\.(json|xml)": Check.FEEDS,
    r"(latest|index)\.json|sitemap\.xml|sitemap/\d.*": Check.FRONT,
    r".*": Check.FIXED,
}


# The objects of a check, where its name does not say enough.
WHAT = {
    Check.STATE: "the archive's and each month's",
    Check.PAYLOADS: "answers of the source",
    Check.POSTS: "of days, weeks and months, and of the newest edition",
    Check.PAGES: "of days, weeks and months, and the home page, with their Markdown",
    Check.BIBTEX: "of days, weeks and months",
    Check.SEARCH: "one a month",
    Check.DATASET: "one a day",
    Check.TOPICS: "pages, feeds, BibTeX and JSON",
    Check.FIXED: "schemas, static files, and pages that no edition changes",
    Check.WEEKDAYS: "with an edition",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and its remedy in a line.

    `count` is how many objects it is about, and `keys` are the first of them.
    """

    check: str
    level: Level
    found: str = ""
    remedy: str = ""
    count: int = 1
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The findings about an archive, and the listing that they come from.

    `unreadable` are the days whose vote histories are missing or cannot be read.
    """

    findings: tuple[Finding, ...]
    listed: Listing
    unreadable: tuple[date, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether objects were made with other settings, or by another release."""
        return any(finding.found == OLDER for finding in self.findings)


def examine(today: date, ports: Ports, watch: Watch = never_mind) -> Health:
    """Examine the archive; `watch` is called with each month. Raises our own exceptions."""
    return _Examination(today, ports).health(watch)


def repair(health: Health, ports: Ports, watch: Watch = never_mind) -> Rebuilt:
    """Write the wrong derived objects again from the truth, and return the change of each object.

    A vote history that cannot be read is replaced by one with the votes of its edition. Raises our
    own exceptions.
    """
    listed = dict(health.listed)
    for day in health.unreadable:
        key = keys.vote_history(day)
        if etag := _new_history(day, ports):
            listed[key] = etag
    return rebuild.check(ports, listed, watch=watch)


def check_of(key: str) -> Check:
    """Return the check that a key belongs to."""
    return next(check for kind, check in KINDS.items() if re.fullmatch(kind, key))


class Tally:
    """Collects findings, and groups them by kind."""

    def __init__(self) -> None:
        self.seen: Counter[Check] = Counter()
        self._keys: set[str] = set()
        self._named: dict[tuple[Check, Level, str, str], list[str]] = {}

    def find(
        self, check: Check, key: str, problem: str, remedy: str, level: Level = Level.WRONG
    ) -> None:
        """Note a problem of an object; only its first problem counts."""
        if key not in self._keys:
            self._keys.add(key)
            self._named.setdefault((check, level, problem, remedy), []).append(key)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, in the order of the checks; a check without a problem is right."""
        found: list[Finding] = []
        for check in Check:
            own = [self._finding(*kind) for kind in self._named if kind[0] == check]
            # Most archives have no topics.
            if own or self.seen[check] or check != Check.TOPICS:
                found += own or [self._right(check)]
        return tuple(found)

    def _right(self, check: Check) -> Finding:
        if self.seen[check]:
            count = self.seen[check]
            what = f" ({WHAT[check]})" if check in WHAT else ""
            return Finding(check, Level.RIGHT, f"{count:,}{what}", count=count)
        return Finding(check, Level.SKIPPED, NOTHING, count=0)

    def _finding(self, check: Check, level: Level, problem: str, remedy: str) -> Finding:
        named = self._named[check, level, problem, remedy]
        days = [day[0] for key in named if (day := DAY.search(key))]
        if days:
            remedy = remedy.format(first=min(days), last=max(days))
        return Finding(check, level, problem, remedy, len(named), tuple(named[:NAMED]))


class _Examination:
    """One examination of an archive, and its findings so far."""

    def __init__(self, today: date, ports: Ports) -> None:
        self._today, self._ports = today, ports
        self._listed = rebuild.listing(ports)
        self._tally = Tally()
        self._shown: list[date] = []
        self._unreadable: list[date] = []

    def health(self, watch: Watch) -> Health:
        root = self._root()
        firsts = {month.first for month in root.months}
        firsts |= {dates.first_of_month(day) for day in days_in(self._listed)}
        for first in sorted(firsts):
            self._month(first, root)
            watch(f"{first:%Y-%m}")
        self._derived(root.manifest)
        if root.spans() and root.release not in ("", self._ports.release()):
            self._tally.find(Check.FIXED, keys.HOME, OLDER, self._other_settings, Level.NOTED)
        self._weekdays()
        if not firsts:
            missing = Finding(Check.EDITIONS, Level.WRONG, MISSING, "paperboy run")
            return Health((missing,), self._listed)
        return Health(self._tally.findings(), self._listed, tuple(self._unreadable))

    def _root(self) -> Root:
        stored = self._ports.store.get(keys.ROOT_STATE)
        root = readable(stored, read_root)
        self._tally.seen[Check.STATE] += 1
        if root is None:
            if days_in(self._listed):
                problem = BROKEN if stored else MISSING
                self._tally.find(Check.STATE, keys.ROOT_STATE, problem, REPAIR)
            return Root()
        if root.lease and not lease.is_active(root, self._ports):
            self._tally.find(Check.STATE, keys.ROOT_STATE, INTERRUPTED, WAIT, Level.NOTED)
        return root

    def _month(self, first: date, root: Root) -> None:
        key = keys.month_state(first)
        stored = self._ports.store.get(key)
        month = readable(stored, partial(read_month, first=first))
        self._tally.seen[Check.STATE] += 1
        known = root.find(first)
        if month is None:
            self._tally.find(Check.STATE, key, BROKEN if stored else MISSING, REPAIR)
            month = MonthState(first)
        elif known and stored and known.etag != stored.etag:
            self._tally.find(Check.STATE, key, EDITED, REPAIR)
        for entry in month.editions:
            self._tally.seen[Check.EDITIONS] += 1
            self._tally.seen[Check.HISTORIES] += 1
            self._payloads(entry)
            if entry.edition.withdrawn:
                self._withdrawn(entry.edition)
        for day in moved_days(month, self._listed):
            self._truth(day, month.find(day))
        self._derived(month.manifest)
        if month.editions and month.release not in ("", self._ports.release()):
            key = keys.month_page(first)
            self._tally.find(Check.PAGES, key, OLDER, self._other_settings, Level.NOTED)
        elif month.editions and not month.release and not month.manifest:
            self._tally.find(Check.PAGES, keys.month_page(first), MISSING, REPAIR)
        self._shown += [entry.day for entry in month.month().editions]

    def _truth(self, day: date, known: MonthEdition | None) -> None:
        """Examine a day's edition and vote history, whose ETags differ from the state."""
        edition_key, history_key = keys.edition_json(day), keys.vote_history(day)
        stored = get_all([edition_key, history_key], self._ports)
        edition = read_edition(stored[edition_key], day)
        if edition is None:
            problem = BROKEN if stored[edition_key] else MISSING
            again = known and restorable(known, self._ports)
            self._tally.find(
                Check.EDITIONS, edition_key, problem, REPAIR if again else PUBLISH_AGAIN
            )
        elif known is None:
            self._tally.find(Check.EDITIONS, edition_key, UNLISTED, REPAIR)
            if edition.papers:
                self._shown.append(day)
        elif self._listed.get(edition_key) != known.etag:
            self._tally.find(Check.EDITIONS, edition_key, OTHER, REPAIR)
        try:
            read_history(stored[history_key], day)
        except StoreError:
            self._unreadable.append(day)
            self._tally.find(Check.HISTORIES, history_key, BROKEN, NEW_HISTORY)
            return
        if stored[history_key] is None:
            self._unreadable.append(day)
            self._tally.find(Check.HISTORIES, history_key, MISSING, NEW_HISTORY)
        elif known and self._listed.get(history_key) != known.history_etag:
            self._tally.find(Check.HISTORIES, history_key, OTHER, REPAIR)

    def _payloads(self, entry: MonthEdition) -> None:
        for key in entry.raw:
            self._tally.seen[Check.PAYLOADS] += 1
            if key not in self._listed:
                self._tally.find(Check.PAYLOADS, key, MISSING, RESTORE)

    def _withdrawn(self, edition: Edition) -> None:
        """Examine whether payloads or the vote history still have what was withdrawn."""
        day, mark = edition.day, edition.withdrawn
        prefix, history_key = keys.raw_payloads(day), keys.vote_history(day)
        found = get_all(
            [history_key, *(key for key in self._listed if key.startswith(prefix))], self._ports
        )
        remedy = _withdraw(day, mark)
        history = readable(found.pop(history_key), votes.read)
        if history and vote_history.without(history, mark) != history:
            self._tally.find(Check.HISTORIES, history_key, LEFT, remedy)
        for key, stored in found.items():
            try:
                payload = raw.unpacked(stored.body, day, key) if stored else None
            except PayloadError:
                payload = None
            if payload and payload_without(payload, mark) is not payload:
                self._tally.find(Check.PAYLOADS, key, LEFT, remedy)

    def _derived(self, manifest: Manifest) -> None:
        for key in manifest:
            self._tally.seen[check_of(key)] += 1
        for key in rebuild.edited(manifest, self._listed):
            problem = EDITED if key in self._listed else MISSING
            self._tally.find(check_of(key), key, problem, REPAIR)

    @cached_property
    def _other_settings(self) -> str:
        """Return the remedy for objects of other settings: first the settings, then the command.

        The command would change the whole archive to the settings' language.
        """
        stored = self._ports.store.get(keys.FEED_JSON)
        published = readable(stored, feeds.language)
        own = self._ports.feeds().language
        if published and published != own:
            return (
                f"set PAPERBOY_LANGUAGE={published}, and use the deployment's paperboy.toml and"
                f" PAPERBOY_… variables; or, to turn the whole archive from {published!r} into"
                f" {own!r}: {SITE}"
            )
        return (
            "use the deployment's paperboy.toml and PAPERBOY_… variables; or, to render the whole"
            f" archive with the present ones: {SITE}"
        )

    def _weekdays(self) -> None:
        """Note the weekdays between the oldest and the newest edition that have none."""
        self._tally.seen[Check.WEEKDAYS] = sum(map(dates.expects_papers, self._shown))
        if not self._shown:
            return
        known, day = {*self._shown, *days_in(self._listed)}, min(self._shown)
        while (day := day + timedelta(days=1)) < min(max(self._shown), self._today):
            if day not in known and dates.expects_papers(day):
                self._tally.find(Check.WEEKDAYS, str(day), GAPS, BACKFILL, Level.NOTED)


def _new_history(day: date, ports: Ports) -> str | None:
    """Write a new vote history for an edition, and return its ETag."""
    stored = get_all([keys.edition_json(day), keys.vote_history(day)], ports)
    there, broken = stored[keys.edition_json(day)], stored[keys.vote_history(day)]
    edition = read_edition(there, day)
    if there is None or edition is None or edition.updated_at is None:
        return None
    version = Version(edition.updated_at, digest(there.body))
    history = vote_history.with_version(VoteHistory(day), edition, version)
    replaces = broken.etag if broken else None
    return Writer(ports).put(keys.vote_history(day), votes.render(history), replaces).etag


def _withdraw(day: date, mark: Sequence[str]) -> str:
    """Return the remedy for an object that still has what was withdrawn."""
    paper = "" if WHOLE in mark else f" --paper {shlex.quote(mark[0])}"
    # A remedy is a format string, so braces are doubled.
    return f"paperboy withdraw --date {day}{paper.replace('{', '{{').replace('}', '}}')}"
