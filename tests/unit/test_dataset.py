"""The data set: a row a paper, which holds what its edition holds."""

import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.paper import Edition, Organization, Origin, Paper
from core.render import dataset
from tests.support.papers import DAY, edition, paper
from tests.support.recorded import REPOSITORY

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
    "updated_at": "is about the edition's file",
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


def rows(packed: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(packed).decode().split("\n")[:-1]]


def row(**changes: Any) -> dict[str, Any]:
    (found,) = rows(dataset.papers(edition(paper(**changes))))
    return found


def test_a_paper_is_a_row_by_rank() -> None:
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


def test_no_papers_are_an_empty_gzip_file() -> None:
    assert gzip.decompress(dataset.papers(edition())) == b""


def test_the_gzip_header_is_always_the_same() -> None:
    made = dataset.papers(edition(paper()))
    assert made[:4] + made[4:8] + made[9:10] == b"\x1f\x8b\x08\0" + bytes(4) + b"\xff"


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
    body = gzip.decompress(dataset.papers(edition(paper(title=text))))
    # `str.splitlines` knows more ends of lines than any reader.
    assert len(body.decode().splitlines()) == 1


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


def check_types(found: Mapping[str, Any], columns: Mapping[str, str], never_null: set[str]) -> None:
    assert list(found) == list(columns)
    assert all(found[name] is not None for name in never_null)
    for name, value in found.items():
        kind = columns[name]
        if value is not None:
            assert isinstance(value, TYPES[kind])
            assert kind not in TEXTS or TEXTS[kind].fullmatch(value)
            assert kind != "array<string>" or all(isinstance(item, str) for item in value)


@given(editions)
def test_any_row_has_the_columns(made: Edition) -> None:
    never_null = {"date", "rank", "id", "title", "ai_keywords", "authors", "source"}
    found = rows(dataset.papers(made))
    assert [one["id"] for one in found] == [one.id for one in made.papers]
    for one in found:
        check_types(one, PAPERS, never_null)


def test_every_field_is_a_column_or_left_out() -> None:
    top = SCHEMA["properties"]
    fields = set(top) - {"papers"}
    for name, field in top["papers"]["items"]["properties"].items():
        nested = field.get("properties")
        fields |= {f"{name}.{part}" for part in nested} if nested else {name}
    assert set(LEFT_OUT) | set(RENAMED) <= fields
    columns = {RENAMED.get(name, name) for name in fields - set(LEFT_OUT)}
    # `organization` is made of two fields.
    assert columns == set(PAPERS) - {"organization"}
