"""Take an edition, or a paper of it, out of everything that is published, for good.

The edition's JSON keeps the mark, which later runs respect. Objects that would be left with what
was withdrawn (payloads, vote record, the edition's post and page) are written over.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from hashlib import sha256

from core.archive.editions import Editions
from core.archive.months import known_month
from core.archive.pages import known_root
from core.archive.seen import readable
from core.archive.writer import Writer
from core.edition import raw
from core.edition.vote_history import with_version
from core.edition.withdrawal import edition_without, payload_without
from core.model import keys
from core.model.errors import PayloadError, StoreError
from core.model.objects import StoredObject
from core.model.paper import WHOLE, Edition
from core.model.ports import Ports
from core.model.report import Change, Rendered
from core.model.votes import Version, VoteRecord
from core.publish import publish_catalog
from core.render import json, votes

STUB = b"withdrawn\n"


def withdraw(day: date, paper: str | None, now: datetime, ports: Ports) -> tuple[Change, ...]:
    """Withdraw a day's edition, or one paper of it, and return what became of each object.

    What is withdrawn already is only looked after. Raises `StoreError` when there is no such
    edition or paper, or no other edition to show.
    """
    writer = Writer.of(ports)
    edition, before = _marked(day, paper, writer), _payloads(day, writer)
    body = json.render(edition)
    key = keys.edition_json(day)
    stored = writer.look(key)
    writer.swap(key, stored, body, lambda _: json.render(_marked(day, paper, writer)))
    for old in before:
        _write(old, partial(_scrubbed, old, day, edition.withdrawn), writer)
    version = Version(now, sha256(body).hexdigest())
    _write(keys.vote_record(day), partial(_record, edition, version), writer)
    site, renderer = ports.site(), ports.renderer()
    post = renderer.post(edition) if edition.papers else STUB
    _write(keys.edition_post(day), lambda _: post, writer)
    if not edition.papers:
        # Before the catalog, though that leads there a little longer: what is shown goes first.
        _write(keys.edition_page(day), lambda _: site.withdrawn(day), writer)
    publish_catalog(Editions([Rendered(edition, now, body)]), now, ports, writer)
    return writer.changes


def _marked(day: date, paper: str | None, writer: Writer) -> Edition:
    """Return the stored edition without what is withdrawn."""
    key = keys.edition_json(day)
    where = writer.store.location(key)
    edition = readable(writer.read(key), json.read)
    if edition is None:
        raise StoreError("there is no edition to withdraw from", where)
    ids = {found.id for found in edition.papers}
    if paper and paper not in ids and not {paper, WHOLE} & {*edition.withdrawn}:
        raise StoreError(f"has no paper {paper}; its papers have ids like {min(ids)}", where)
    mark = edition.withdrawn if WHOLE in edition.withdrawn else (*edition.withdrawn, paper or WHOLE)
    gone = mark if WHOLE not in mark else (*ids,)
    left = edition_without(edition, tuple(dict.fromkeys(gone)))
    if not left.papers:
        mark = (WHOLE,)
        spans = known_root(writer.known(keys.ROOT_INDEX)).months
        if sum(span.editions for span in spans) < 2 and edition.papers:
            raise StoreError("it is the only edition: delete the archive instead", where)
    return Edition(day, left.papers, edition.source, tuple(dict.fromkeys(mark)))


def _payloads(day: date, writer: Writer) -> list[str]:
    """Return the keys of all payloads that the edition was made from."""
    first = day.replace(day=1)
    month = known_month(first, writer.read(keys.month_json(first)))
    record = readable(writer.read(keys.vote_record(day)), votes.read) or VoteRecord(day)
    listed = (one for entry in month.editions for one in entry.raw) if month else ()
    names = [one for one in listed if one.startswith(f"{keys.RAW}{day}/")]
    names += [version.raw for version in record.versions if version.raw]
    return list(dict.fromkeys(names))


def _write(key: str, body: Callable[[StoredObject | None], bytes], writer: Writer) -> None:
    stored = writer.look(key)
    writer.swap(key, stored, body(stored), body)


def _scrubbed(
    key: str, day: date, withdrawn: tuple[str, ...], stored: StoredObject | None
) -> bytes:
    """Return a payload without what is withdrawn; one that nobody can read is emptied."""
    try:
        found = raw.unpacked(stored.body, day, key) if stored else None
    except PayloadError:
        found = None
    if stored is None or found is None or WHOLE in withdrawn:
        return raw.packed(b"[]")
    left = payload_without(found, withdrawn)
    return stored.body if left is found else raw.packed(left.body)


def _record(edition: Edition, version: Version, stored: StoredObject | None) -> bytes:
    known = readable(stored, votes.read) or VoteRecord(edition.day)
    ids = {paper.id for paper in edition.papers}
    gone = set(edition.withdrawn)
    records = tuple(
        (at, {paper: count for paper, count in counts.items() if paper not in gone})
        for at, counts in known.records
        if ids
    )
    if any(one.digest == version.digest for one in known.versions):
        return votes.render(VoteRecord(edition.day, records, known.versions))
    return votes.render(
        with_version(VoteRecord(edition.day, records, known.versions), edition, version)
    )
