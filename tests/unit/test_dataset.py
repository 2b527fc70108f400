"""The data set: rows hold what editions hold, and a month's file changes by one member."""

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.paper import Edition, Organization, Origin, Paper
from core.model.votes import VoteRecord
from core.render import dataset
from core.render import json as edition_json
from tests.support import template
from tests.support.fakes import DAY, NOW, edition, paper
from tests.support.recorded import REPOSITORY

PAGE = (REPOSITORY / "docs" / "dataset.md").read_text("utf-8")
SCHEMA = json.loads((REPOSITORY / "schema/edition.v1.json").read_text("utf-8"))
# The columns, in the rows' order, by Athena's types.
PAPERS = {
    "date": "date",
    "rank": "bigint",
    "id": "string",
    "title": "string",
    "abstract": "string",
    "ai_summary": "string",
    "ai_keywords": "array<string>",
    "authors": "array<string>",
    "author_count": "bigint",
    "organization": "string",
    "organization_name": "string",
    "organization_fullname": "string",
    "votes": "bigint",
    "comments": "bigint",
    "code": "string",
    "project": "string",
    "github_stars": "bigint",
    "thumbnail": "string",
    "published_at": "timestamp",
    "submitted_at": "timestamp",
    "submitter": "string",
    "source": "string",
}
VOTES = {"date": "date", "recorded_at": "timestamp", "id": "string", "votes": "bigint"}
TABLES = {"papers": PAPERS, "votes": VOTES}
# What a value of each type is in JSON.
TYPES: Mapping[str, type[Any]] = {
    "array<string>": list,
    "bigint": int,
    "date": str,
    "string": str,
    "timestamp": str,
}
TEXTS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"),
}
# What a row lacks of an edition, and why.
LEFT_OUT = {
    "schema_version": "the columns are the schema",
    "source_url": "follows from the date",
    "count": "follows from the rows",
    "media": "is for readers",
    "withdrawn": "is about what has no rows",
    "links.page": "follows from the id",
    "links.abstract": "follows from the id",
    "links.pdf": "follows from the id",
}
# What has another name in a row.
RENAMED = {
    "organization.name": "organization_name",
    "organization.fullname": "organization_fullname",
    "links.code": "code",
    "links.project": "project",
}
BARE = Paper(id="2512.99999", title="Bare 한")
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
ROWS = b'{"id": "1"}\n'


def rows(packed: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in packed.decode().split("\n")[:-1]]


def row(**changes: Any) -> dict[str, Any]:
    (found,) = rows(dataset.papers(edition(paper(**changes))))
    return found


def month(days: Mapping[date, bytes]) -> bytes:
    """Return the file that has these days' rows, brought into it in this order."""
    stored = None
    for day, of_day in days.items():
        stored = dataset.with_member(stored, day, of_day)
    return stored or b""


def member(day: date, of_day: bytes) -> bytes:
    return dataset.with_member(None, day, of_day)


def test_a_paper_is_a_row_with_everything_by_rank() -> None:
    made = rows(dataset.papers(edition(paper(2), BARE)))
    assert made == [
        {
            "date": "2025-12-24",
            "rank": 1,
            "id": "2512.00002",
            "title": "Paper 2",
            "abstract": "What paper 2 says.",
            "ai_summary": "A sentence.",
            "ai_keywords": ["one", "two"],
            "authors": ["Ada", "Grace"],
            "author_count": 2,
            "organization": "The Lab",
            "organization_name": "lab",
            "organization_fullname": "The Lab",
            "votes": 2,
            "comments": 1,
            "code": "https://github.com/lab/code",
            "project": "https://lab.example/",
            "github_stars": 5,
            "thumbnail": "https://cdn.example/1.png",
            "published_at": "2025-12-23 00:00:00.000",
            "submitted_at": "2025-12-24 00:00:00.000",
            "submitter": "ada",
            "source": "huggingface",
        },
        {
            **dict.fromkeys(PAPERS),
            "date": "2025-12-24",
            "rank": 2,
            "id": "2512.99999",
            "title": "Bare 한",
            "ai_keywords": [],
            "authors": [],
            "source": "huggingface",
        },
    ]


def test_a_vote_is_a_row_by_time_and_id() -> None:
    later = NOW + timedelta(hours=12)
    seoul = later.astimezone(timezone(timedelta(hours=9)))
    record = VoteRecord(DAY, ((NOW, {"b": 0, "a": 7}), (seoul, {"b": 3})))
    assert dataset.votes(record).decode().splitlines() == [
        '{"date": "2025-12-24", "recorded_at": "2025-12-24 14:00:00.000", "id": "a", "votes": 7}',
        '{"date": "2025-12-24", "recorded_at": "2025-12-24 14:00:00.000", "id": "b", "votes": 0}',
        '{"date": "2025-12-24", "recorded_at": "2025-12-25 02:00:00.000", "id": "b", "votes": 3}',
    ]


def test_nothing_makes_no_rows() -> None:
    assert dataset.papers(edition()) == dataset.votes(VoteRecord(DAY)) == b""


def test_an_imported_edition_says_so() -> None:
    (found,) = rows(dataset.papers(Edition(DAY, (BARE,), Origin.IMPORT)))
    assert found["source"] == "import"


@pytest.mark.parametrize(
    ("organization", "names"),
    [
        (None, (None, None, None)),
        (Organization(None, None), (None, None, None)),
        (Organization("lab", None), ("lab", "lab", None)),
        (Organization(None, "The Lab"), ("The Lab", None, "The Lab")),
        (Organization("lab", "The Lab"), ("The Lab", "lab", "The Lab")),
    ],
)
def test_an_organization_is_named_as_readers_know_it(
    organization: Organization | None, names: tuple[str | None, ...]
) -> None:
    found = row(organization=organization)
    columns = ("organization", "organization_name", "organization_fullname")
    assert tuple(found[column] for column in columns) == names


@pytest.mark.parametrize(
    ("iso", "timestamp"),
    [
        (None, None),
        ("2025-12-23T08:05:12Z", "2025-12-23 08:05:12.000"),
        ("2025-12-23T08:05:12.5Z", "2025-12-23 08:05:12.500"),
        ("2025-12-23T08:05:12.123999Z", "2025-12-23 08:05:12.123"),
        ("2025-12-23T08:05:12.123456789Z", "2025-12-23 08:05:12.123"),
        ("2025-12-23T08:05:12", "2025-12-23 08:05:12.000"),
        ("2025-12-23T08:05:12+09:00", "2025-12-22 23:05:12.000"),
        ("2025-12-23", "2025-12-23 00:00:00.000"),
        ("0999-01-01T00:00:00Z", "0999-01-01 00:00:00.000"),
    ],
)
def test_a_time_is_written_as_athena_reads_it(iso: str | None, timestamp: str | None) -> None:
    found = row(published_at=iso, submitted_at=iso)
    assert found["published_at"] == found["submitted_at"] == timestamp


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines\r\n",
        "\u2028\u2029\x85",
        "\v\f\x1c\x1d\x1e\x00\x7f",
        '"quoted" \\"twice\\" \\',
        "\\n\\u2028",
        '"}\n{"id": "1"}',
        "한국어 👍 \u202e",
        "\ufeff",
    ],
)
def test_hostile_text_is_text_on_one_line(text: str) -> None:
    hostile = row(id=text, title=text, authors=(text,), organization=Organization(text, text))
    assert (hostile["id"], hostile["title"], hostile["authors"]) == (text, text, [text])
    assert hostile["organization"] == text
    body = dataset.papers(edition(paper(title=text))) + dataset.votes(
        VoteRecord(DAY, ((NOW, {text: 1}),))
    )
    # `str.splitlines` knows more ends of lines than any reader.
    assert len(body.decode().splitlines()) == 2


def test_half_a_character_fails_as_it_does_in_the_editions_json() -> None:
    # No text that was read has any: `core.text` drops them.
    broken = edition(paper(title="\ud800"))
    for render in (dataset.papers, edition_json.render):
        with pytest.raises(UnicodeEncodeError):
            render(broken)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
numbers = st.none() | st.integers(0, 2**40)
times = st.none() | st.datetimes().map(lambda at: at.isoformat() + "Z")
papers = st.builds(
    Paper,
    id=words,
    title=words,
    abstract=st.none() | words,
    ai_keywords=st.lists(words, max_size=2).map(tuple),
    authors=st.lists(words, max_size=2).map(tuple),
    organization=st.none() | st.builds(Organization, st.none() | words, st.none() | words),
    votes=numbers,
    comments=numbers,
    published_at=times,
    submitted_at=times,
)
editions = st.builds(Edition, st.dates(), st.lists(papers, max_size=3).map(tuple))
records = st.lists(
    st.tuples(st.datetimes(timezones=st.just(UTC)), st.dictionaries(words, st.integers(0, 2**40))),
    max_size=3,
).map(lambda made: VoteRecord(DAY, tuple(made)))


def check_types(found: Mapping[str, Any], columns: Mapping[str, str], never_null: set[str]) -> None:
    assert list(found) == list(columns)
    assert all(found[name] is not None for name in never_null)
    for name, value in found.items():
        kind = columns[name]
        if value is not None:
            assert isinstance(value, TYPES[kind])
            assert kind not in TEXTS or TEXTS[kind].fullmatch(value)
            assert kind != "array<string>" or all(isinstance(item, str) for item in value)


@settings(deadline=None)
@given(editions, records)
def test_any_row_has_the_columns(made: Edition, record: VoteRecord) -> None:
    never_null = {"date", "rank", "id", "title", "ai_keywords", "authors", "source"}
    found = rows(dataset.papers(made))
    assert [one["id"] for one in found] == [one.id for one in made.papers]
    for one in found:
        check_types(one, PAPERS, never_null)
    counted = rows(dataset.votes(record))
    assert sum(one["votes"] for one in counted) == sum(
        sum(counts.values()) for _, counts in record.records
    )
    for one in counted:
        check_types(one, VOTES, set(VOTES))


def test_every_field_of_an_edition_is_a_column_or_left_out_on_purpose() -> None:
    top = SCHEMA["properties"]
    fields = set(top) - {"papers"}
    for name, field in top["papers"]["items"]["properties"].items():
        nested = field.get("properties")
        fields |= {f"{name}.{part}" for part in nested} if nested else {name}
    assert set(LEFT_OUT) | set(RENAMED) <= fields
    columns = {RENAMED.get(name, name) for name in fields - set(LEFT_OUT)}
    # `organization` is made of two fields.
    assert columns == set(PAPERS) - {"organization"}


def test_the_page_tells_the_columns() -> None:
    told = re.findall(r"^\| `(\w+)` \| `([\w<>]+)` \|", PAGE, re.MULTILINE)
    assert told == [*PAPERS.items(), *VOTES.items()]


def test_the_page_gives_duckdb_the_same_columns() -> None:
    views = re.findall(r"CREATE VIEW (\w+) .*?columns = \{(.*?)\}", PAGE, re.DOTALL)
    names = {"string": "VARCHAR", "array<string>": "VARCHAR[]"}
    for table, columns in views:
        given_there = dict(re.findall(r"(\w+): '(.+?)'", columns))
        wanted = {name: names.get(kind, kind.upper()) for name, kind in TABLES[table].items()}
        assert list(given_there.items()) == list(wanted.items())
    assert len(views) == 2


@pytest.mark.parametrize("name", TABLES)
def test_the_template_gives_athena_the_same_columns(name: str) -> None:
    tables = [
        resource["Properties"]["TableInput"]
        for resource in template.load()["Resources"].values()
        if resource["Type"] == "AWS::Glue::Table"
    ]
    (table,) = (table for table in tables if table["Name"] == name)
    columns = {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}
    assert list(columns.items()) == list(TABLES[name].items())
    assert table["PartitionKeys"] == [{"Name": "month", "Type": "string"}]


def test_the_templates_saved_queries_are_the_pages() -> None:
    saved = [
        resource["Properties"]["QueryString"]
        for resource in template.load()["Resources"].values()
        if resource["Type"] == "AWS::Athena::NamedQuery"
    ]
    told = re.findall(r"```sql\n(WITH .*?)```", PAGE, re.DOTALL)
    assert len(told) == 3
    assert sorted(" ".join(query.split()) for query in saved) == sorted(
        " ".join(query.split()) for query in told
    )


def test_a_file_has_its_members_by_day_in_whichever_order_they_came() -> None:
    parts = {TOMORROW: b"3\n", YESTERDAY: b"1\n", DAY: b"2\n"}
    made = month(parts)
    assert gzip.decompress(made) == b"1\n2\n3\n"
    assert made == month(dict(sorted(parts.items())))
    assert made == b"".join(member(day, parts[day]) for day in sorted(parts))
    assert dataset.days(made) == set(parts)


def test_a_member_is_replaced_and_the_others_stay() -> None:
    before = month({YESTERDAY: b"1\n", DAY: b"2\n", TOMORROW: b"3\n"})
    after = dataset.with_member(before, DAY, b"other\n")
    assert after == member(YESTERDAY, b"1\n") + member(DAY, b"other\n") + member(TOMORROW, b"3\n")


def test_a_day_without_rows_has_no_member() -> None:
    before = month({YESTERDAY: b"1\n", DAY: b"2\n"})
    assert dataset.with_member(before, DAY, b"") == member(YESTERDAY, b"1\n")
    assert dataset.with_member(before, TOMORROW, b"") == before


def test_a_file_without_rows_is_a_gzip_file_still() -> None:
    nothing = dataset.with_member(month({DAY: ROWS}), DAY, b"")
    assert nothing == dataset.with_member(None, DAY, b"")
    assert gzip.decompress(nothing) == b""
    assert dataset.days(nothing) == set()
    assert dataset.with_member(nothing, DAY, ROWS) == member(DAY, ROWS)


def test_a_member_is_known_by_its_header() -> None:
    made = member(DAY, ROWS)
    assert made[:16] == b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x16\0PB\x12\0"
    assert int.from_bytes(made[16:20], "little") == zlib.crc32(made[20:])
    assert int.from_bytes(made[20:24], "little") == len(made)
    assert made[24:34] == b"2025-12-24"


def packed_elsewhere(day: date, of_day: bytes, level: int = 9) -> bytes:
    """Return a member as another zlib, or level, packs it."""
    body = gzip.compress(of_day, level, mtime=0)[10:]
    summed = (34 + len(body)).to_bytes(4, "little") + str(day).encode() + body
    return member(day, b"1")[:16] + zlib.crc32(summed).to_bytes(4, "little") + summed


def test_the_same_rows_stay_as_another_zlib_packed_them() -> None:
    of_day = ROWS * 100
    other = packed_elsewhere(DAY, of_day, level=1)
    stored = other + member(TOMORROW, ROWS)
    assert other != member(DAY, of_day)
    assert dataset.with_member(stored, DAY, of_day) == stored
    assert dataset.with_member(stored, DAY, ROWS) == member(DAY, ROWS) + member(TOMORROW, ROWS)


def test_a_member_that_unpacks_to_more_than_the_rows_is_replaced() -> None:
    bomb = packed_elsewhere(DAY, ROWS * 100_000)
    assert dataset.days(bomb) == {DAY}
    assert dataset.with_member(bomb, DAY, ROWS) == member(DAY, ROWS)


def resummed(day: bytes, body: bytes, size: int | None = None) -> bytes:
    """Return what has the header of a member, with sums that are right."""
    summed = (34 + len(body) if size is None else size).to_bytes(4, "little") + day + body
    return member(DAY, b"1")[:16] + zlib.crc32(summed).to_bytes(4, "little") + summed


def test_a_member_that_does_not_unpack_is_replaced() -> None:
    stored = resummed(b"2025-12-24", b"no deflate at all")
    assert dataset.days(stored) == {DAY}
    assert dataset.with_member(stored, DAY, ROWS) == member(DAY, ROWS)


WHOLE = month({YESTERDAY: b"1\n", DAY: b"2\n"})
ONE, TWO = member(YESTERDAY, b"1\n"), member(DAY, b"2\n")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        b"",
        b"\n",
        b"null",
        gzip.compress(ROWS),
        gzip.compress(gzip.decompress(WHOLE), mtime=0),
        WHOLE[:-1],
        WHOLE[1:],
        WHOLE + b"\0",
        WHOLE + b"\x1f\x8b",
        WHOLE + gzip.compress(ROWS),
        gzip.compress(ROWS) + WHOLE,
        ONE + dataset.NOTHING + TWO,
        TWO + ONE,
        ONE + ONE,
        ONE[:34],
        ONE[:20],
        WHOLE.replace(b"2025-12-24", b"2025-12-25"),
        WHOLE.replace(b"2025-12-24", b"2025-12-2\xb2"),
        resummed(b"2025-02-30", b"12345678"),
        resummed(b"2025-W52-3", b"12345678"),
        resummed(b"2025-12-24", b"1234567"),
        resummed(b"2025-12-24", b"12345678", 0),
        resummed(b"2025-12-24", b"12345678", 2**32 - 1),
        WHOLE.replace(b"PB", b"BC"),
    ],
)
def test_what_is_no_chain_of_ours_counts_as_none(stored: bytes | None) -> None:
    assert dataset.days(stored) == set()
    assert dataset.with_member(stored, DAY, b"2\n") == TWO


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_byte_that_is_another_breaks_the_file(place: int, change: int) -> None:
    broken = bytearray(WHOLE)
    broken[place] ^= change
    assert dataset.days(bytes(broken)) == set()


@given(st.binary())
def test_anything_may_be_stored(stored: bytes) -> None:
    assert dataset.days(stored) == set()
    assert dataset.with_member(stored, DAY, ROWS) == member(DAY, ROWS)


some_day = st.integers(0, 5).map(lambda number: DAY + timedelta(days=number))


@settings(deadline=None)
@given(st.lists(st.tuples(some_day, st.binary(max_size=200)), min_size=1))
def test_a_file_is_its_days_rows_by_day(changes: list[tuple[date, bytes]]) -> None:
    stored: bytes | None = None
    known: dict[date, bytes] = {}
    for day, of_day in changes:
        stored = dataset.with_member(stored, day, of_day)
        known[day] = of_day
        left = {at: body for at, body in sorted(known.items()) if body}
        assert gzip.decompress(stored) == b"".join(left.values())
        assert dataset.days(stored) == set(left)
        assert stored == month(left or {DAY: b""})
        assert dataset.with_member(stored, day, of_day) == stored


def test_a_recorded_time_is_one_of_a_run() -> None:
    at = datetime(2025, 12, 24, 2, 0, 0, 999_999, tzinfo=UTC)
    (found,) = rows(dataset.votes(VoteRecord(DAY, ((at, {"1": 1}),))))
    assert found["recorded_at"] == "2025-12-24 02:00:00.999"
