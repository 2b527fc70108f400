"""The data set: a month's papers, and their votes, as rows for Athena, DuckDB and the like.

`docs/dataset.md` tells the columns. A file is a chain of gzip members (RFC 1952, section 2.2), one
an edition, that every reader unpacks as one text. An extra field in each member's header tells its
day and size, so that an edition is replaced while the others stay as they are, packed.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from core.model.paper import Edition, Organization, Paper
from core.model.votes import VoteRecord
from core.render import lines

# Some readers take these for the end of a line, and JSON need not escape them.
LINE_ENDS = {end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}

# Of 50 recorded papers, 141 kB, level 1 makes 50.1 kB in 1.5 ms; 4: 44.0 in 2.3; 5: 42.5 in 3.4; 6,
# zlib's default: 42.1 in 5.0; 9: 42.0 in 6.6.
LEVEL = 5
GZIP = zlib.MAX_WBITS + 16

# A gzip header: deflate, with an extra field, no time, unknown system. The field holds one part,
# "PB", of 18 bytes: the CRC-32 of all that follows it in the member, the member's size (both little
# end first, as in gzip), the day. So a broken file is known for one without unpacking it.
OPENING = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + b"\x16\0" + b"PB\x12\0"
HEAD = re.compile(re.escape(OPENING) + rb"(.{4})(.{4})(\d{4}-\d\d-\d\d)", re.DOTALL)
SUMMED, DEFLATED, TRAILER = 20, 34, 8
# A member of no day, with nothing in it: DuckDB takes a file of no bytes for a broken one.
NOTHING = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\x03\0" + bytes(TRAILER)


def papers(edition: Edition) -> bytes:
    """Return an edition as JSON lines in UTF-8: a row a paper, by rank."""
    ranked = enumerate(edition.papers, 1)
    return _rows(_paper_row(edition, paper, rank) for rank, paper in ranked)


def votes(record: VoteRecord) -> bytes:
    """Return a vote record as JSON lines in UTF-8: a row a recorded time and paper, by both."""
    return _rows(
        {"date": str(record.day), "recorded_at": _timestamp(at), "id": paper, "votes": count}
        for at, counts in record.records
        for paper, count in sorted(counts.items())
    )


def with_member(stored: bytes | None, day: date, rows: bytes) -> bytes:
    """Return the month's file, by day, with these rows for this one; no rows, no member.

    The members of other days stay byte for byte, and so does the day's own if it holds these rows,
    whatever packed it. What is stored counts as none unless it is whole and from here.
    """
    members = _members(stored)
    known = members.pop(day, None)
    if rows:
        members[day] = (
            known if known and _unpacked(known, len(rows)) == rows else _packed(day, rows)
        )
    return b"".join(members[day] for day in sorted(members)) or NOTHING


def days(stored: bytes | None) -> set[date]:
    """Return the days that have members in a month's file; none unless it is whole."""
    return set(_members(stored))


def _paper_row(edition: Edition, paper: Paper, rank: int) -> dict[str, object]:
    organization = paper.organization or Organization(None, None)
    return {
        "date": str(edition.day),
        "rank": rank,
        "id": paper.id,
        "title": paper.title,
        "abstract": paper.abstract,
        "ai_summary": paper.ai_summary,
        "ai_keywords": paper.ai_keywords,
        "authors": paper.authors,
        "author_count": paper.author_count,
        "organization": organization.fullname or organization.name,
        "organization_name": organization.name,
        "organization_fullname": organization.fullname,
        "votes": paper.votes,
        "comments": paper.comments,
        "code": paper.code,
        "project": paper.project,
        "github_stars": paper.github_stars,
        "thumbnail": paper.thumbnail,
        "published_at": _time(paper.published_at),
        "submitted_at": _time(paper.submitted_at),
        "submitter": paper.submitter,
        "source": str(edition.source),
    }


def _time(iso: str | None) -> str | None:
    return _timestamp(datetime.fromisoformat(iso)) if iso else None


def _timestamp(moment: datetime) -> str:
    """Return a time as Athena reads it: in UTC, which one without a zone is in already."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.replace(tzinfo=None).isoformat(" ", "milliseconds")


def _rows(rows: Iterable[Mapping[str, object]]) -> bytes:
    text = "".join(f"{lines.value(row)}\n" for row in rows)
    for end, escaped in LINE_ENDS.items():
        text = text.replace(end, escaped)
    return text.encode()


def _packed(day: date, rows: bytes) -> bytes:
    """Return the rows as a gzip member; the same rows are the same bytes for one zlib."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = packer.compress(rows) + packer.flush()
    size = DEFLATED + len(deflated) + TRAILER
    trailer = _number(zlib.crc32(rows)) + _number(len(rows))
    summed = _number(size) + str(day).encode() + deflated + trailer
    return OPENING + _number(zlib.crc32(summed)) + summed


def _unpacked(member: bytes, size: int) -> bytes | None:
    """Return a member's rows if they have this size, and never more than a byte more of them."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        rows = unpacker.decompress(member, size + 1)
    except zlib.error:
        return None
    return rows if unpacker.eof else None


def _members(stored: bytes | None) -> dict[date, bytes]:
    """Return the members by their days; none if there is anything else, or they are in disorder."""
    rest, members = memoryview(stored or b""), dict[date, bytes]()
    while rest:
        found = _first(rest)
        if not found or (members and found[0] <= max(members)):
            return {}
        day, member = found
        members[day] = member
        rest = rest[len(member) :]
    return members


def _first(rest: memoryview) -> tuple[date, bytes] | None:
    """Return the day and the bytes of the member that comes first, if one does."""
    head = HEAD.match(rest)
    if not head:
        return None
    crc, size = (int.from_bytes(number, "little") for number in head.group(1, 2))
    member = bytes(rest[:size])
    if len(member) != size or size < DEFLATED + TRAILER or zlib.crc32(member[SUMMED:]) != crc:
        return None
    try:
        return date.fromisoformat(head[3].decode()), member
    except ValueError:
        return None


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")
