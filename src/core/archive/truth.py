"""Write a day's truth: its payload, its edition, its vote history, in this order.

Each is written by compare-and-swap, so a backfill may write days while another run has the lease.
Each writer reads the edition again afterwards: it may have been replaced, or papers may have been
withdrawn from it meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count

from core.archive.ports import Ports
from core.archive.read import REPAIR, read_edition, read_history
from core.archive.state import DayTruth, digest, entry_of
from core.edition import guard, raw, vote_history
from core.edition.withdrawal import edition_without, payload_without, without
from core.model import dates, keys
from core.model.changes import Action, Change
from core.model.errors import PayloadError, StoreConflict, StoreError
from core.model.objects import StoredObject
from core.model.paper import WHOLE, Edition, Origin
from core.model.period import MonthEdition
from core.model.report import Candidate, Keep, Status, Totals, totals
from core.model.votes import Version, VoteHistory
from core.render import json, votes

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate is to be published: its status, and why not.

    The candidate is without papers that were withdrawn. With `UNCHANGED` it is the published
    edition. `before` are the totals of the published edition.
    """

    candidate: Candidate
    status: Status
    reason: str | None = None
    before: Totals | None = None

    @property
    def is_news(self) -> bool:
        """Whether the candidate is to be published."""
        return self.status.is_news


class Writer:
    """Puts objects, and collects the changes.

    `check` is called before each put, and raises when no put may be made.
    """

    def __init__(self, ports: Ports, check: Callable[[], None] = lambda: None) -> None:
        self._ports, self._check = ports, check
        self._changes: dict[str, Change] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The change of each object, in the order of writing."""
        return tuple(self._changes.values())

    def put(self, key: str, body: bytes, replaces: str | None) -> StoredObject:
        """Put an object and return it. Raises `StoreConflict` and `StoreError`.

        A put that succeeded and whose answer was lost counts as a success.
        """
        self._check()
        try:
            etag = self._ports.store.put(keys.artifact(key, body), replaces=replaces)
        except StoreConflict:
            stored = self._ports.store.get(key)
            if stored is None or stored.body != body:
                raise
            etag = stored.etag
        action = Action.UPDATED if replaces else Action.CREATED
        known = self._changes.get(key)
        self._changes[key] = Change(key, known.action if known else action, len(body))
        return StoredObject(body, etag)


def judge(
    candidate: Candidate, published: Edition | None, published_digest: str, *, force: bool
) -> Verdict:
    """Return whether a candidate may replace the published edition, if there is one.

    `published` may have its papers in brief.
    """
    mark = published.withdrawn if published else ()
    before = totals(published) if published else None
    if WHOLE in mark:
        return Verdict(candidate, Status.UNCHANGED, "it was withdrawn", before)
    if not candidate.edition.papers:
        return Verdict(candidate, Status.EMPTY, _why_empty(candidate.edition.day, before), before)
    candidate = without(candidate, mark)
    if not candidate.edition.papers:
        return Verdict(candidate, Status.UNCHANGED, "all of its papers were withdrawn", before)
    if published:
        same = replace(candidate.edition, updated_at=published.updated_at)
        if digest(json.render(same)) == published_digest:
            return Verdict(replace(candidate, edition=same), Status.UNCHANGED, before=before)
    edition = replace(candidate.edition, updated_at=candidate.made_at)
    candidate = replace(candidate, edition=edition)
    news = Verdict(
        candidate, Status.UPDATED if published else Status.PUBLISHED, candidate.note, before
    )
    if force:
        return news
    kept = guard.judge(edition, published)
    if isinstance(kept, Keep):
        status = Status.KEPT if published else Status.REFUSED
        return replace(news, status=status, reason=kept.reason)
    later = published.updated_at if published else None
    if later and later > candidate.made_at:
        reason = "a run of a later time has published"
        return replace(news, status=Status.SUPERSEDED, reason=reason)
    return news


def _why_empty(day: date, before: Totals | None) -> str | None:
    """Return why a day has no papers, or that its published papers stay."""
    if before and before.papers:
        return f"the source lists no papers; the {before.papers} published ones stay"
    return "a weekend" if dates.is_weekend(day) else None


def write(
    verdict: Verdict,
    known: StoredObject | MonthEdition | None,
    history: StoredObject | None,
    writer: Writer,
    ports: Ports,
    *,
    force: bool = False,
) -> DayTruth:
    """Write a candidate that is to be published, and return the day's truth afterwards.

    `known` is the published edition, as it is stored or as its month's state has it, and `history`
    its vote history. Raises `StoreError`, and `StoreConflict` when races are lost too often.
    """
    candidate = verdict.candidate
    day, raw_key = candidate.edition.day, None
    read_history(history, day, known if isinstance(known, MonthEdition) else None)
    if candidate.payload:
        raw_key = raw.key_of(candidate.payload)
        _create(raw_key, raw.packed(candidate.payload.body), writer, ports)
    etag = known.etag if known else None
    key = keys.edition_json(day)
    for attempt in count(1):
        try:
            stored = writer.put(key, json.render(candidate.edition), etag)
            edition = candidate.edition
            break
        except StoreConflict:
            if attempt >= ATTEMPTS or not ports.pause(attempt):
                raise
        there = ports.store.get(key)
        etag = there.etag if there else None
        published = read_edition(there, day)
        if there and published is None and not force:
            raise StoreError(f"the edition cannot be read: {REPAIR}", key)
        verdict = judge(candidate, published, digest(there.body) if there else "", force=force)
        if not verdict.is_news and published and there:
            raw_key, edition, stored = None, published, there
            break
        candidate = verdict.candidate
    settled = _settle(edition, stored, history, raw_key, writer, ports)
    return replace(settled, status=verdict.status, reason=verdict.reason, before=verdict.before)


def rehearse(verdict: Verdict, known: MonthEdition | None, before: StoredObject | None) -> DayTruth:
    """Return a day's truth as it would be, and write nothing.

    `known` is the published edition, `before` its vote history. Raises `StoreError`.
    """
    candidate = verdict.candidate
    edition, day = candidate.edition, candidate.edition.day
    body = json.render(edition)
    raw_key = raw.key_of(candidate.payload) if candidate.payload else None
    version = Version(candidate.made_at, digest(body), raw_key)
    history = vote_history.with_version(read_history(before, day), edition, version)
    recorded = votes.render(history)
    entry = entry_of(edition, StoredObject(body, ""), history, StoredObject(recorded, ""))
    changes = [
        Change(keys.edition_json(day), Action.UPDATED if known else Action.CREATED, len(body)),
        Change(keys.vote_history(day), Action.UPDATED if before else Action.CREATED, len(recorded)),
    ]
    if raw_key and not (known and raw_key in known.raw) and candidate.payload:
        size = len(raw.packed(candidate.payload.body))
        changes.insert(0, Change(raw_key, Action.CREATED, size))
    return DayTruth(
        day, verdict.status, edition, entry, history, verdict.reason, tuple(changes), verdict.before
    )


def complete(day: date, known: MonthEdition | None, writer: Writer, ports: Ports) -> DayTruth:
    """Complete a day that another run may have left midway, and return its truth.

    An edition that is missing or cannot be read is restored from its payload, if that gives the
    bytes whose digest is in the month's state. Raises `StoreError`.
    """
    key = keys.edition_json(day)
    stored = ports.store.get(key)
    edition = read_edition(stored, day)
    if edition is None and known and (restored := restorable(known, ports)):
        edition, body = restored, json.render(restored)
        stored = writer.put(key, body, stored.etag if stored else None)
    if stored is None or edition is None:
        return DayTruth(day, Status.UNCHANGED)
    history = ports.store.get(keys.vote_history(day))
    read_history(history, day, known)
    return _settle(edition, stored, history, None, writer, ports)


def peek(day: date, ports: Ports) -> DayTruth:
    """Return a day's truth as it is stored, and write nothing. Raises `StoreError`."""
    stored = ports.store.get(keys.edition_json(day))
    edition = read_edition(stored, day)
    if stored is None or edition is None:
        return DayTruth(day, Status.UNCHANGED)
    stored_history = ports.store.get(keys.vote_history(day))
    history = read_history(stored_history, day)
    entry = entry_of(edition, stored, history, stored_history)
    return DayTruth(day, Status.UNCHANGED, edition, entry, history)


def restorable(known: MonthEdition, ports: Ports) -> Edition | None:
    """Return the edition from its payload, if that gives the bytes whose digest is in the state.

    Raises `StoreError`.
    """
    made = edition_from(known.raw[-1], known.edition, ports) if known.raw else None
    return made if made and digest(json.render(made)) == known.digest else None


def change(
    day: date,
    decide: Callable[[Edition], Edition],
    known: MonthEdition | None,
    writer: Writer,
    ports: Ports,
) -> DayTruth:
    """Replace a published edition by what `decide` returns for it, and return the day's truth.

    Errors of `decide` propagate. Raises `StoreError` if there is no edition.
    """
    key = keys.edition_json(day)
    for attempt in count(1):
        before, there = _published(day, ports)
        edition, stored = decide(before), there
        body = json.render(edition)
        if body == there.body:
            break
        try:
            stored = writer.put(key, body, there.etag)
            break
        except StoreConflict:
            if attempt >= ATTEMPTS or not ports.pause(attempt):
                raise
    history = ports.store.get(keys.vote_history(day))
    read_history(history, day, known)
    return _settle(edition, stored, history, None, writer, ports)


def rehearse_change(
    day: date, decide: Callable[[Edition], Edition], known: MonthEdition | None, ports: Ports
) -> DayTruth:
    """Return a day's truth as `change` would leave it, and write nothing.

    Errors of `decide` propagate. Raises `StoreError` if there is no edition.
    """
    before, there = _published(day, ports)
    edition = decide(before)
    body = json.render(edition)
    stored_history = ports.store.get(keys.vote_history(day))
    history, made = read_history(stored_history, day, known), digest(body)
    if edition.updated_at and not vote_history.has_version(history, made):
        version = Version(edition.updated_at, made, payload_of(edition, body, ports))
        history = vote_history.with_version(history, edition, version)
    history = vote_history.without(history, edition.withdrawn)
    recorded = votes.render(history)
    bodies = [
        (keys.edition_json(day), there, body),
        (keys.vote_history(day), stored_history, recorded),
    ]
    for listed in ports.store.list(keys.raw_payloads(day)):
        payload = ports.store.get(listed.key)
        if payload:
            bodies.append((listed.key, payload, _payload_left(payload, edition)))
    changes = tuple(
        Change(key, Action.UPDATED if stored else Action.CREATED, len(new))
        for key, stored, new in bodies
        if stored is None or stored.body != new
    )
    entry = entry_of(edition, StoredObject(body, ""), history, StoredObject(recorded, ""))
    return DayTruth(day, Status.UNCHANGED, edition, entry, history, changes=changes)


def _published(day: date, ports: Ports) -> tuple[Edition, StoredObject]:
    key = keys.edition_json(day)
    stored = ports.store.get(key)
    edition = read_edition(stored, day)
    if stored is None or edition is None:
        raise StoreError("there is no edition that can be read", ports.store.location(key))
    return edition, stored


def scrub(edition: Edition, writer: Writer, ports: Ports) -> None:
    """Remove what was withdrawn from an edition from its vote history and payloads.

    Raises `StoreError`.
    """
    day, mark = edition.day, edition.withdrawn

    def history_without(stored: StoredObject) -> bytes:
        return votes.render(vote_history.without(read_history(stored, day), mark))

    _rewrite(keys.vote_history(day), history_without, writer, ports)
    for listed in ports.store.list(keys.raw_payloads(day)):
        _rewrite(listed.key, partial(_payload_left, edition=edition), writer, ports)


def _payload_left(stored: StoredObject, edition: Edition) -> bytes:
    """Return a stored payload without what was withdrawn from the edition."""
    try:
        payload = raw.unpacked(stored.body, edition.day, "")
    except PayloadError:
        return raw.packed(b"[]")
    left = payload_without(payload, edition.withdrawn)
    return stored.body if left is payload else raw.packed(left.body)


def payload_of(edition: Edition, body: bytes, ports: Ports) -> str | None:
    """Return the key of the payload that gives an edition with this JSON, if there is one.

    Raises `StoreError`.
    """
    if edition.source != Origin.HUGGING_FACE:
        return None
    for listed in ports.store.list(keys.raw_payloads(edition.day)):
        made = edition_from(listed.key, edition, ports)
        if made and json.render(made) == body:
            return listed.key
    return None


def edition_from(raw_key: str, known: Edition, ports: Ports) -> Edition | None:
    """Return the edition of a stored payload, with the mark and the time of a known edition.

    Raises `StoreError`.
    """
    stored = ports.store.get(raw_key)
    try:
        made = raw.edition_of(raw.unpacked(stored.body, known.day, raw_key)) if stored else None
    except PayloadError:
        return None
    if made and known.withdrawn:
        made = edition_without(made, known.withdrawn)
    return replace(made, updated_at=known.updated_at) if made else None


def _settle(
    edition: Edition,
    stored: StoredObject,
    stored_history: StoredObject | None,
    raw_key: str | None,
    writer: Writer,
    ports: Ports,
) -> DayTruth:
    """Write the vote history for the edition; repeat that if the edition changes meanwhile."""
    day = edition.day
    while True:
        history, stored_history = _recorded(edition, stored, stored_history, raw_key, writer, ports)
        again = ports.store.get(keys.edition_json(day))
        if again and again.body == stored.body:
            break
        read = read_edition(again, day)
        if again is None or read is None:
            return DayTruth(day, Status.UNCHANGED, changes=writer.changes)
        edition, stored, raw_key = read, again, None
    if edition.withdrawn:
        scrub(edition, writer, ports)
        stored_history = ports.store.get(keys.vote_history(day))
        history = read_history(stored_history, day)
    entry = entry_of(edition, again, history, stored_history)
    return DayTruth(day, Status.UNCHANGED, edition, entry, history, changes=writer.changes)


def _recorded(
    edition: Edition,
    stored: StoredObject,
    stored_history: StoredObject | None,
    raw_key: str | None,
    writer: Writer,
    ports: Ports,
) -> tuple[VoteHistory, StoredObject | None]:
    """Write the vote history with this edition in it, unless it has it; return the stored one."""
    key, made = keys.vote_history(edition.day), digest(stored.body)
    for attempt in count(1):
        history = read_history(stored_history, edition.day)
        if vote_history.has_version(history, made) or edition.updated_at is None:
            break
        raw_key = raw_key or payload_of(edition, stored.body, ports)
        version = Version(edition.updated_at, made, raw_key)
        history = vote_history.with_version(history, edition, version)
        body = votes.render(history)
        try:
            stored_history = writer.put(key, body, stored_history.etag if stored_history else None)
            break
        except StoreConflict:
            if attempt >= ATTEMPTS or not ports.pause(attempt):
                raise
            stored_history = ports.store.get(key)
    return history, stored_history


def _create(key: str, body: bytes, writer: Writer, ports: Ports) -> None:
    """Put a payload, unless it is stored already: its key has the digest of its content."""
    for attempt in count(1):
        try:
            writer.put(key, body, None)
            return
        except StoreConflict:
            if ports.store.get(key):
                return
            # Another put at the same time was refused as well, or the object was deleted since.
            if attempt >= ATTEMPTS or not ports.pause(attempt):
                raise


def _rewrite(
    key: str, rewrite: Callable[[StoredObject], bytes], writer: Writer, ports: Ports
) -> None:
    """Replace an object, if it exists, by what `rewrite` returns for it."""
    for attempt in count(1):
        stored = ports.store.get(key)
        body = rewrite(stored) if stored else None
        if stored is None or body is None or body == stored.body:
            return
        try:
            writer.put(key, body, stored.etag)
            return
        except StoreConflict:
            if attempt >= ATTEMPTS or not ports.pause(attempt):
                raise
