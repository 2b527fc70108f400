"""What is checked of a simulated archive: it tells what the ledger tells, everywhere."""

import gzip
import json
from datetime import date
from hashlib import sha256
from itertools import groupby

from core.model import keys
from core.model.month import Neighbours
from core.render import index, search, votes
from core.render import json as edition_json
from core.render import month as month_json
from tests.soak.ledger import Book, Ledger
from tests.unit.test_at_once import links

# Where readers and programs begin: what these lead to is within reach.
HOME, INDEX = keys.HOME, keys.ROOT_INDEX
# These addresses are known to everybody, and the real pages name them in their heads.
KNOWN = {
    *(keys.LATEST_JSON, keys.LATEST_POST, keys.SITEMAP),
    *(keys.FEED_JSON, keys.FEED_ATOM, keys.PAPERS_JSON, keys.PAPERS_ATOM),
}
IN_FEEDS = 30

Bodies = dict[str, bytes]


def check(bodies: Bodies, ledger: Ledger) -> None:
    """Compare editions, vote records, payloads, months, indexes and the front with the ledger."""
    for day, book in ledger.books.items():
        _check_edition(bodies, day, book)
    firsts = _months(ledger)
    for first, days in firsts.items():
        _check_month(bodies, ledger, first, days)
    root = index.read_root(bodies[INDEX])
    spans = {one.first: (one.oldest, one.newest, one.editions) for one in root.months}
    assert spans == {first: (days[0], days[-1], len(days)) for first, days in firsts.items()}
    _check_neighbours(bodies, ledger)
    check_front(bodies, ledger)


def check_front(bodies: Bodies, ledger: Ledger) -> None:
    """Compare `latest` with the newest edition of the ledger."""
    newest = max(ledger.books)
    assert bodies[keys.LATEST_JSON] == bodies[keys.edition_json(newest)], newest
    assert bodies[keys.LATEST_POST] == bodies[keys.edition_post(newest)], newest
    edition = edition_json.read(bodies[keys.LATEST_JSON])
    book = ledger.books[newest]
    assert [(one.id, one.votes) for one in edition.papers] == list(book.papers.items()), newest
    assert edition.day == index.read_root(bodies[INDEX]).months[-1].newest == newest


def check_fake_feeds(bodies: Bodies, ledger: Ledger) -> None:
    """Compare the fake feeds with the newest editions of the ledger."""
    expected = {
        keys.edition_page(day): [
            f"{ledger.books[day].titles[paper]}: {count}"
            for paper, count in ledger.books[day].papers.items()
        ]
        for day in sorted(ledger.books)[-IN_FEEDS:]
    }
    for key, atom in (
        (keys.FEED_JSON, keys.FEED_ATOM),
        (keys.PAPERS_JSON, keys.PAPERS_ATOM),
    ):
        feed = json.loads(bodies[key])
        assert {page: said["content"] for page, said in feed.items()} == expected, key
        assert bodies[atom] == b"<" + bodies[key] + b">", atom


def orphans(bodies: Bodies) -> list[str]:
    """Return the keys that nobody comes to who begins at the home page or the root index."""
    todo, reached = [HOME, INDEX], {HOME, INDEX}
    while todo:
        key = todo.pop()
        found = links(key, bodies[key]) - reached
        assert found <= bodies.keys(), f"{key} leads to {sorted(found - bodies.keys())}"
        reached |= found
        todo += found
    return sorted(bodies.keys() - reached - KNOWN)


def _check_edition(bodies: Bodies, day: date, book: Book) -> None:
    edition = edition_json.read(bodies[keys.edition_json(day)])
    assert edition.day == day
    assert [(one.id, one.votes) for one in edition.papers] == list(book.papers.items()), day
    assert {one.id: one.title for one in edition.papers} == book.titles, day
    record = votes.read(bodies[keys.vote_record(day)])
    assert record.records == tuple(book.records.items()), day
    raw = [keys.raw_payload(day, digest) for digest in book.payloads]
    assert [version.raw for version in record.versions] == raw, day
    for key, digest in zip(raw, book.payloads, strict=True):
        assert sha256(gzip.decompress(bodies[key])).hexdigest().startswith(digest), key


def _check_month(bodies: Bodies, ledger: Ledger, first: date, days: list[date]) -> None:
    month = month_json.read(bodies[keys.month_json(first)])
    assert [one.edition.day for one in month.editions] == days
    listed = index.read_digests(bodies[keys.month_index(first)])
    shard = search.read(first, bodies[keys.search_shard(first)])
    assert list(listed) == list(map(date.fromisoformat, shard)) == days
    for one in month.editions:
        day = one.edition.day
        book, digest = ledger.books[day], sha256(bodies[keys.edition_json(day)]).hexdigest()
        record = sha256(bodies[keys.vote_record(day)]).hexdigest()
        assert one.digest == digest, day
        assert listed[day] == (digest, record), day
        papers = [(paper.id, paper.votes) for paper in one.edition.papers]
        assert papers == list(book.papers.items()), day
        assert {paper["id"] for paper in json.loads(shard[str(day)])} == book.papers.keys(), day


def _check_neighbours(bodies: Bodies, ledger: Ledger) -> None:
    """Compare the chain of editions, over the edges of all months, with the ledger's days."""
    days = sorted(ledger.books)
    around = zip([None, *days], days, [*days[1:], None], strict=False)
    expected = {day: Neighbours(before, after) for before, day, after in around}
    found: dict[date, Neighbours] = {}
    for first in _months(ledger):
        found |= index.read_links(bodies[keys.month_index(first)])
    assert found == expected


def _months(ledger: Ledger) -> dict[date, list[date]]:
    days = sorted(ledger.books)
    return {first: list(own) for first, own in groupby(days, lambda day: day.replace(day=1))}
