"""Examine an archive: what is missing, broken or out of step.

What follows from editions is right if `rebuild` would leave it as it is, which is rehearsed. What
follows from nothing in the store is held against the digests that months and vote records tell.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from core.archive import health
from core.archive.foreign import are_posts_foreign, is_site_foreign
from core.archive.health import Check, Finding, Health, Level, Tally
from core.archive.months import known_month
from core.archive.pages import known_root
from core.archive.rebuild import Watch, rebuild
from core.archive.recovery import from_payload
from core.archive.seen import readable
from core.archive.trial import Trial
from core.archive.withdraw import STUB
from core.edition import raw
from core.edition.vote_history import payloads
from core.edition.withdrawal import is_left_in
from core.model import keys
from core.model.errors import PayloadError
from core.model.paper import Edition
from core.model.ports import Ports
from core.model.report import Action, Change
from core.model.votes import VoteRecord
from core.render import dataset, index, json, jsonfeed, votes
from core.render import month as month_json

# A run that ended midway may have left an edition so many days after the newest that is listed.
AFTER = timedelta(days=14)

Told = dict[date, tuple[str, str | None, tuple[str, ...]]]
"""What a month tells of its editions: digests of their JSON and vote records, and payloads."""


def examine(now: datetime, ports: Ports, watch: Watch = lambda _: None) -> Health:
    """Examine the archive, a month at a time; `watch` hears of each. Raises our own exceptions."""
    return _Examination(now, ports, watch).health()


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()


class _Examination:
    """One way through an archive, and what it has found so far."""

    def __init__(self, now: datetime, ports: Ports, watch: Watch) -> None:
        self._now, self._watch = now, watch
        self._store = Trial(ports.store)
        self._ports = replace(ports, store=self._store)
        self._tally = Tally()
        self._days: list[date] = []
        self._broken: list[date] = []
        self._unlisted: list[date] = []
        self._untidy: list[date] = []
        read = self._store.body
        self._posts_are_foreign = are_posts_foreign(self._ports, read)
        self._site_is_foreign = is_site_foreign(self._ports, read)

    def health(self) -> Health:
        for change in rebuild(self._now, self._ports, self._month):
            self._judge(change)
        if self._days:
            self._front()
            self._weekdays()
        found = self._tally.findings()
        if not (self._days or any(finding.level == Level.WRONG for finding in found)):
            found = (Finding(Check.EDITIONS, Level.WRONG, health.MISSING, "paperboy run"),)
        lists = map(tuple, (self._broken, self._unlisted, self._untidy))
        return Health(found, *lists)

    def _judge(self, change: Change) -> None:
        """Note an object that `rebuild` would change."""
        key, check = change.key, health.check_of(change.key)
        if check == Check.RECORDS:
            return
        self._tally.seen[check] += 1
        if change.action == Action.UNCHANGED:
            return
        body, remedy = self._store.body(key), health.SITE
        if body is None:
            self._tally.find(check, key, health.MISSING, remedy)
        elif not health.is_whole(key, body):
            self._tally.find(check, key, health.BROKEN, remedy)
        elif self._is_foreign(check) and self._looks_otherwise(key, body):
            self._tally.find(check, key, health.FOREIGN, remedy, Level.NOTED)
        else:
            self._tally.find(check, key, health.STALE, remedy)

    def _is_foreign(self, check: Check) -> bool:
        return self._posts_are_foreign if check == Check.POSTS else self._site_is_foreign

    def _looks_otherwise(self, key: str, body: bytes) -> bool:
        if key != keys.ROOT_INDEX:
            return health.depends_on_settings(key)
        wanted = self._store.get(key)
        return known_root(body).months == known_root(wanted.body if wanted else None).months

    def _month(self, name: str) -> None:
        """Examine what follows from nothing in a month, which was rehearsed by now."""
        first = date.fromisoformat(f"{name}-01")
        key, body = keys.month_json(first), self._store.body(keys.month_json(first))
        month = known_month(first, body)
        if month and month_json.render(month) != body:
            self._tally.find(Check.MONTHS, key, health.STALE, health.REPAIR)
            self._untidy.append(first)
        told = self._told(first)
        for day in told:
            self._edition(day, *told[day])
        rows = keys.dataset_papers(first)
        if told and dataset.days(self._store.body(rows)) - told.keys():
            self._tally.find(Check.DATASET, rows, health.PHANTOM, health.REMOVE)
        self._days += told
        self._store.forget()
        self._watch(name)

    def _told(self, first: date) -> Told:
        """Return what a month tells of its editions, or else its index."""
        month = known_month(first, self._store.body(keys.month_json(first)))
        if month:
            entries = month.editions
            return {one.edition.day: (one.digest, one.record, one.raw) for one in entries}
        body = self._store.body(keys.month_index(first))
        return {
            day: (*digests, ())
            for day, digests in (readable(body, index.read_digests) or {}).items()
        }

    def _edition(self, day: date, told: str, told_record: str | None, names: Iterable[str]) -> None:
        """Examine a day's edition, its vote record, and its payloads."""
        body = self._store.body(keys.edition_json(day))
        edition = readable(body, json.read)
        edition = edition if edition and edition.day == day else None
        record_body = self._store.body(keys.vote_record(day))
        record = readable(record_body, votes.read)
        self._tally.seen.update((Check.EDITIONS, Check.RECORDS))
        self._json(day, body, edition, told, record)
        self._record(keys.vote_record(day), record_body, record, told_record)
        more = payloads(record, told) if record else ()
        for key in dict.fromkeys([*names, *more]):
            self._payload(day, key, edition)

    def _json(
        self,
        day: date,
        body: bytes | None,
        edition: Edition | None,
        told: str,
        record: VoteRecord | None,
    ) -> None:
        key, digest = keys.edition_json(day), _digest(body or b"")
        versions = {version.digest for version in record.versions} if record else set()
        if body is None or edition is None:
            again = from_payload(day, self._ports)
            self._broken += [day] if again else []
            problem = health.MISSING if body is None else health.BROKEN
            self._tally.find(Check.EDITIONS, key, problem, health.REPAIR if again else health.RUN)
        elif digest != told:
            remedy = health.SITE if digest in versions else health.anew(edition)
            self._tally.find(Check.EDITIONS, key, health.OTHER, remedy)
        elif versions and digest not in versions:
            self._tally.find(Check.EDITIONS, key, health.UNKNOWN, health.anew(edition))

    def _record(
        self, key: str, body: bytes | None, record: VoteRecord | None, told: str | None
    ) -> None:
        if body is None or record is None:
            problem = health.MISSING if body is None else health.BROKEN
            self._tally.find(Check.RECORDS, key, problem, health.ANEW)
        elif _digest(body) != told:
            self._tally.find(Check.RECORDS, key, health.OTHER, health.SITE)

    def _payload(self, day: date, key: str, edition: Edition | None) -> None:
        """Examine a payload; what is withdrawn is taken out of it, so its key tells another."""
        mark = edition.withdrawn if edition else ()
        self._tally.seen[Check.PAYLOADS] += 1
        stored = self._store.store.get(key)
        if stored is None:
            self._tally.find(Check.PAYLOADS, key, health.MISSING, health.RESTORE)
            return
        try:
            found = raw.unpacked(stored.body, day, key)
        except PayloadError:
            found = None
        if found and is_left_in(found, mark):
            self._tally.find(Check.PAYLOADS, key, health.LEFT, health.withdraw(day, mark))
        elif not mark and not (found and raw.key_of(found) == key):
            self._tally.find(Check.PAYLOADS, key, health.BROKEN, health.RESTORE)

    def _withdrawn(self, day: date, edition: Edition) -> None:
        """Examine what should be left of an edition that was withdrawn."""
        record = readable(self._store.store.get(keys.vote_record(day)), votes.read)
        for key in [one.raw for one in record.versions if one.raw] if record else ():
            self._payload(day, key, edition)
        stubs = {keys.edition_post(day): STUB}
        if not self._site_is_foreign:
            stubs[keys.edition_page(day)] = self._ports.site().withdrawn(day)
        for key, stub in stubs.items():
            stored = self._store.store.get(key)
            if stored and stored.body != stub:
                check, remedy = health.check_of(key), health.withdraw(day, edition.withdrawn)
                self._tally.find(check, key, health.HALF, remedy)

    def _front(self) -> None:
        """Examine what leads to editions and files, beyond what `rebuild` looks at."""
        root, known = known_root(self._store.body(keys.ROOT_INDEX)), set(self._days)
        for span in root.months:
            if span.oldest not in known:
                key = keys.edition_json(span.oldest)
                self._tally.find(Check.INDEXES, key, health.PHANTOM, health.BACKFILL)
        for key in root.files:
            if self._store.body(key) is None:
                self._tally.find(Check.FIXED, key, health.MISSING, health.SITE)
        latest = readable(self._store.body(keys.LATEST_JSON), json.read_day)
        if latest and latest > max(known):
            key, remedy = keys.LATEST_JSON, f"paperboy backfill --from {latest} --to {latest}"
            self._tally.find(Check.FRONT, key, health.AHEAD, remedy)
        for key in (keys.FEED_JSON, keys.PAPERS_JSON):
            body = self._store.body(key)
            feed = readable(body, jsonfeed.read)
            if body and feed is None:
                self._tally.find(Check.FEEDS, key, health.BROKEN, health.SITE)
            elif feed and (phantoms := {entry.day() for entry in feed.entries} - known):
                self._tally.find(Check.FEEDS, key, health.PHANTOM, self._without(phantoms))

    def _without(self, days: set[date]) -> str:
        """Return the remedy for an object that tells of days which no month lists."""
        names = map(keys.edition_json, sorted(days))
        editions = (readable(self._store.store.get(key), json.read) for key in names)
        return next((health.anew(one) for one in editions if one and one.withdrawn), health.REMOVE)

    def _weekdays(self) -> None:
        """Note the weekdays without an edition, and editions that nothing leads to."""
        known, newest = set(self._days), max(self._days)
        day, last = min(known), max(newest, min(self._now.date(), newest + AFTER))
        self._tally.seen[Check.WEEKDAYS] = sum(map(health.is_weekday, known))
        while (day := day + timedelta(days=1)) <= last:
            if day in known or not health.is_weekday(day):
                continue
            stored = self._store.store.get(keys.edition_json(day))
            edition = readable(stored, json.read)
            if edition and edition.papers:
                key = keys.edition_json(day)
                self._unlisted.append(day)
                self._tally.find(Check.EDITIONS, key, health.UNLISTED, health.BACKFILL)
            elif edition:
                self._withdrawn(day, edition)
            elif day < newest:
                self._tally.find(
                    Check.WEEKDAYS, str(day), health.GAPS, health.BACKFILL, Level.NOTED
                )
