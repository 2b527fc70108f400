"""The edition's JSON: a golden file, the schema, and reading it back."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from core.model.paper import Edition, Organization, Origin, Paper
from core.render import json as render_json
from tests.support import sample
from tests.support.papers import NOW, edition, paper

SCHEMA = json.loads((sample.ROOT / "schema" / "edition.v1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

BARE = Paper(id="2512.00001", title="Only this")


def with_count(count: int | None, **fields: Any) -> Paper:
    """Return a paper; how many wrote it is known where their names are."""
    return Paper(**fields, author_count=count or len(fields["authors"]) or None)


LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
PAPERS = st.builds(
    with_count,
    st.none() | st.integers(1, 999),
    id=LINES,
    title=LINES,
    abstract=st.none() | LINES,
    ai_keywords=st.lists(LINES, max_size=3).map(tuple),
    authors=st.lists(LINES, max_size=3).map(tuple),
    organization=st.none() | st.builds(Organization, LINES, st.none() | LINES),
    votes=st.none() | st.integers(0, 10**6),
    code=st.none() | LINES.map("https://a.example/{}".format),
    media=st.lists(LINES.map("http://a.example/{}".format), max_size=2).map(tuple),
    submitted_at=st.none() | st.datetimes().map(lambda time: time.isoformat() + "Z"),
)


def test_the_sample_gives_the_golden_file() -> None:
    assert render_json.render(sample.edition()).decode() == sample.golden("2025-12-24.json")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


MADE = [
    edition(paper(2), paper(1)),
    edition(BARE),
    edition(paper(), updated_at=NOW.replace(microsecond=250_000)),
    replace(edition(), withdrawn=("*",)),
    sample.edition(),
]


@pytest.mark.parametrize("made", MADE)
def test_it_is_valid_and_reads_back(made: Edition) -> None:
    body = render_json.render(made)
    VALIDATOR.validate(json.loads(body))
    assert render_json.read(body) == made


def test_absent_is_null_and_in_its_place() -> None:
    whole, bare = json.loads(render_json.render(edition(paper(1), BARE)))["papers"]
    assert list(whole) == list(bare)
    assert list(whole["links"]) == list(bare["links"])
    absent = {key: value for key, value in bare.items() if value in (None, [])}
    assert list(absent) == [
        "abstract", "ai_summary", "ai_keywords", "authors", "author_count", "organization",
        "votes", "comments", "github_stars", "thumbnail", "media", "published_at", "submitted_at",
        "submitter",
    ]  # fmt: skip
    assert bare["links"]["code"] is bare["links"]["project"] is None


@pytest.mark.parametrize(
    ("updated_at", "written"),
    [
        (None, None),
        (NOW, "2025-12-24T14:00:00Z"),
        (NOW.astimezone(timezone(timedelta(hours=9))), "2025-12-24T14:00:00Z"),
    ],
)
def test_the_update_is_after_the_source(updated_at: datetime | None, written: str | None) -> None:
    found = json.loads(render_json.render(edition(paper(), updated_at=updated_at)))
    assert list(found)[3:5] == ["source_url", "updated_at"]
    assert found["updated_at"] == written


def test_zero_is_not_absent() -> None:
    (made,) = json.loads(render_json.render(edition(paper(1, votes=0, comments=0))))["papers"]
    assert (made["votes"], made["comments"]) == (0, 0)


@given(st.lists(PAPERS, min_size=1, max_size=3), st.sampled_from(Origin))
def test_any_edition_is_valid_and_reads_back(papers: list[Paper], source: Origin) -> None:
    made = replace(edition(*papers), source=source)
    body = render_json.render(made)
    VALIDATOR.validate(json.loads(body))
    assert render_json.read(body) == made


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"schema_version": 2, "date": "2025-12-24", "papers": []}',
        b'{"schema_version": 1, "date": "soon", "papers": []}',
        b'{"schema_version": 1, "date": "2025-12-24", "papers": [{}]}',
        b'{"schema_version": 1, "date": "2025-12-24", "source": "rumour", "papers": []}',
        b'{"schema_version": 1, "date": "2025-12-24", "source": "huggingface", "papers": []}',
        render_json.render(edition(BARE)).replace(b'"updated_at": null', b'"updated_at": "soon"'),
    ],
)
def test_what_cannot_be_read(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        render_json.read(body)
