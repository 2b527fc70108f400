"""What may be wrong with an archive: the words for it, and findings, grouped by their kind."""

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.model.paper import WHOLE, Edition

# Remedies; what stands in braces is filled in from the keys of what has them.
SITE, REPAIR = "paperboy site", "paperboy doctor --repair"
RUN, FORCE = "paperboy run {dates}", "paperboy run {dates} --force"
BACKFILL = "paperboy backfill --from {first} --to {last}"
RESTORE = "bring an earlier version of the object back, if the bucket keeps them"
ANEW = f"{RESTORE}; else it begins anew with: {SITE}"
REMOVE = f"remove it, then: {SITE}"

MISSING, BROKEN, STALE = "missing", "not readable", "not what its editions make"
FOREIGN = "whole, but made with other settings or by another release"
OTHER, UNKNOWN = "not what its month tells", "not known to its vote record"
UNLISTED, PHANTOM = "in no month", "with editions that are not there"
AHEAD, GAPS = "newer than all that is listed", "without an edition"
LEFT, HALF = "with what was withdrawn", "not as a whole withdrawal leaves it"
NOTHING = "no edition that can be read leads to any"

DAY = re.compile(r"\d{4}-\d\d-\d\d")
NAMED = 3


class Level(StrEnum):
    """How a check ended: the words of the report. What is noted may be meant so."""

    RIGHT = "right"
    WRONG = "wrong"
    NOTED = "noted"
    SKIPPED = "not checked"


class Check(StrEnum):
    """What is examined of an archive, in the order of the report: causes first."""

    EDITIONS = "editions"
    RECORDS = "vote records"
    PAYLOADS = "payloads"
    MONTHS = "months"
    POSTS = "posts"
    PAGES = "pages"
    INDEXES = "indexes"
    SEARCH = "search"
    DATASET = "data set"
    FEEDS = "feeds"
    FRONT = "latest, sitemaps"
    FIXED = "fixed files"
    WEEKDAYS = "weekdays"


KINDS = {
    r"daily/.*\.json": Check.EDITIONS,
    r"(papers|votes)/month=.*": Check.DATASET,
    r"votes/.*": Check.RECORDS,
    r"monthly/.*\.json": Check.MONTHS,
    r".*\.md": Check.POSTS,
    r"(daily|monthly)/.*\.html|index\.html": Check.PAGES,
    r"index(/.*)?\.json": Check.INDEXES,
    r"search/.*": Check.SEARCH,
    r"(feed|papers)\.(json|xml)": Check.FEEDS,
    r"latest\.json|sitemap\.xml|sitemap/\d.*": Check.FRONT,
    r".*": Check.FIXED,
}
# How a whole file ends, whatever the settings and the release are.
ENDS = {
    "html": (b"</html>",),
    "json": (b"}",),
    "xml": (b"</feed>", b"</urlset>", b"</sitemapindex>"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, of so many objects, and its remedy in a line; `keys` are the first."""

    check: str
    level: Level
    problem: str = ""
    remedy: str = ""
    count: int = 1
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What was found of an archive, and what a repair has to know.

    `broken` are editions that their payloads bring back, `unlisted` are in no month, `untidy` are
    the first days of months whose JSON says other things than it should of the editions it lists.
    """

    findings: tuple[Finding, ...]
    broken: tuple[date, ...] = ()
    unlisted: tuple[date, ...] = ()
    untidy: tuple[date, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Tell whether files were made with other settings, or by another release."""
        return any(finding.problem == FOREIGN for finding in self.findings)


def check_of(key: str) -> Check:
    """Return what a key belongs to."""
    return next(check for kind, check in KINDS.items() if re.fullmatch(kind, key))


def is_whole(key: str, body: bytes) -> bool:
    """Tell whether a file begins and ends as such files do."""
    if key.endswith(".md"):
        return body.startswith(b"---\n")
    return body.rstrip().endswith(ENDS.get(key.rpartition(".")[2], (b"",)))


def depends_on_settings(key: str) -> bool:
    """Tell whether a file of the same editions looks otherwise with other settings or releases."""
    check = check_of(key)
    return check in (Check.POSTS, Check.PAGES, Check.FEEDS, Check.FIXED) or key.endswith(".xml")


class Tally:
    """Findings, grouped by kind while they come: however many, it holds few."""

    def __init__(self) -> None:
        self.seen: Counter[Check] = Counter()
        self._keys: set[str] = set()
        self._counts: Counter[tuple[Check, Level, str, str]] = Counter()
        self._named: dict[tuple[Check, Level, str, str], list[str]] = {}

    def find(
        self, check: Check, key: str, problem: str, remedy: str, level: Level = Level.WRONG
    ) -> None:
        """Note what is found of an object; the first thing counts."""
        if key in self._keys:
            return
        self._keys.add(key)
        kind = (check, level, problem, remedy)
        self._counts[kind] += 1
        # The first ones, and the last.
        self._named[kind] = [*self._named.get(kind, [])[:NAMED], key]

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found, in the order of the checks; one that found nothing is right."""
        found: list[Finding] = []
        for check in Check:
            own = [self._finding(kind) for kind in self._counts if kind[0] == check]
            found += own or [self._right(check)]
        return tuple(found)

    def _right(self, check: Check) -> Finding:
        if self.seen[check]:
            return Finding(check, Level.RIGHT, count=self.seen[check])
        return Finding(check, Level.SKIPPED, NOTHING, count=0)

    def _finding(self, kind: tuple[Check, Level, str, str]) -> Finding:
        check, level, problem, remedy = kind
        named, count = self._named[kind], self._counts[kind]
        days = [day[0] for key in named if (day := DAY.search(key))]
        if days:
            dates = " ".join(f"--date {day}" for day in days[:NAMED]) + " …" * (count > NAMED)
            remedy = remedy.format(dates=dates, first=min(days), last=max(days))
        return Finding(check, level, problem, remedy, count, tuple(named[:NAMED]))


def anew(edition: Edition) -> str:
    """Return the remedy for an edition that its record does not know."""
    return withdraw(edition.day, edition.withdrawn) if edition.withdrawn else FORCE


def withdraw(day: date, mark: Sequence[str]) -> str:
    """Return the remedy for what is left of what was withdrawn."""
    paper = "" if WHOLE in mark else f" --paper {shlex.quote(mark[0])}"
    # A finding fills in what stands in braces.
    return f"paperboy withdraw --date {day}{paper.replace('{', '{{').replace('}', '}}')}"


def is_weekday(day: date) -> bool:
    """Tell whether the source has papers on such a day: on weekends and 1 January it has none."""
    return day.weekday() < 5 and (day.month, day.day) != (1, 1)
