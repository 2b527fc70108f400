"""The month's JSON: it keeps to its schema, reads back, and stands one paper a line."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.archive import catalog
from core.model import keys
from core.model.month import Month, MonthEdition
from core.model.paper import Edition, Organization, Origin, Paper
from core.render import month as month_json
from tests.support.fakes import DAY, NOW, edition, paper
from tests.support.recorded import REPOSITORY

SCHEMA = json.loads((Path(REPOSITORY) / keys.MONTH_SCHEMA).read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DECEMBER, YESTERDAY = date(2025, 12, 1), DAY - timedelta(days=1)
BARE = Paper(id="2512.99999", title="“Bare” </script> \\ 한국어 👍")


def month(*editions: Edition, now: datetime = NOW) -> Month:
    made = Month(DECEMBER)
    for number, one in enumerate(editions):
        made = catalog.with_edition(made, MonthEdition(one, f"{number:064x}", now))
    return made


FULL = month(
    edition(paper(1), paper(2, votes=None), BARE),
    edition(paper(2, votes=0, organization=Organization("lab", None)), day=YESTERDAY),
    Edition(DECEMBER, (BARE,), Origin.IMPORT),
)
MONTHS = [
    FULL,
    Month(DECEMBER),
    month(edition(*(paper(n) for n in range(1, 150)))),
    month(edition(paper(organization=Organization(None, "The Lab")))),
    month(edition(paper()), now=NOW.replace(microsecond=250_000)),
]


def document(made: Month) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(month_json.render(made))
    return found


@pytest.mark.parametrize("made", MONTHS)
def test_a_month_keeps_to_its_schema_and_reads_back(made: Month) -> None:
    VALIDATOR.validate(document(made))
    assert month_json.read(month_json.render(made)) == made
    assert month_json.render(month_json.read(month_json.render(made))) == month_json.render(made)


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def broken(**changes: object) -> dict[str, Any]:
    return document(FULL) | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"schema_version": 2},
        {"month": "2025-13"},
        {"month": "2025-12-01"},
        {"mean_votes": "many"},
        {"top": document(FULL)["top"] * 7},
        {"keywords": [{"keyword": "", "count": 1}]},
        {"editions": [document(FULL)["editions"][0] | {"sha256": "short"}]},
        {"editions": [document(FULL)["editions"][0] | {"papers": []}]},
        {"editions": [document(FULL)["editions"][0] | {"source": "rumour"}]},
        {"editions": [document(FULL)["editions"][0] | {"updated_at": "2025-12-24 14:00"}]},
    ],
)
def test_the_schema_refuses_what_is_none(changes: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(broken(**changes))
    assert VALIDATOR.is_valid(broken())


def test_the_numbers_are_those_of_the_summary() -> None:
    found = document(FULL)
    assert {key: found[key] for key in list(found)[:6]} == {
        "schema_version": 1,
        "month": "2025-12",
        "days": 3,
        "count": 3,
        "votes": 1,
        "mean_votes": 0.5,
    }
    assert [(one["rank"], one["id"], one["votes"]) for one in found["top"]] == [
        (1, "2512.00001", 1),
        (2, "2512.00002", 0),
        (3, "2512.99999", None),
    ]
    assert found["keywords"] == [{"keyword": "one", "count": 2}, {"keyword": "two", "count": 2}]
    members = ("date", "source", "count", "votes")
    assert [tuple(one[member] for member in members) for one in found["editions"]] == [
        ("2025-12-01", "import", 1, 0),
        ("2025-12-23", "huggingface", 1, 0),
        ("2025-12-24", "huggingface", 3, 1),
    ]
    assert found["editions"][2]["updated_at"] == "2025-12-24T14:00:00Z"


def test_each_paper_stands_on_one_line() -> None:
    lines = month_json.render(FULL).decode().split("\n")
    for one in (*FULL.editions[1].edition.papers, *FULL.editions[2].edition.papers):
        in_editions = [line for line in lines if line.startswith('      {"id"') and one.id in line]
        assert in_editions
        assert all(json.loads(line.strip().rstrip(","))["title"] for line in in_editions)
    ranks = [line for line in lines if line.startswith('    {"rank"')]
    assert len(ranks) == 3
    assert lines[-1] == ""


def test_a_change_of_one_paper_is_a_change_of_few_lines() -> None:
    papers = [paper(n, votes=100 - n) for n in range(1, 60)]
    one = month_json.render(month(edition(*papers))).splitlines()
    papers[40] = paper(41, title="New", votes=59)
    other = month_json.render(month(edition(*papers))).splitlines()
    assert len([1 for a, b in zip(one, other, strict=True) if a != b]) == 1


def test_times_are_written_in_utc() -> None:
    seoul = NOW.astimezone(timezone(timedelta(hours=9)))
    made = month(edition(paper()), now=seoul)
    assert month_json.render(made) == month_json.render(month(edition(paper())))
    (entry,) = month_json.read(month_json.render(made)).editions
    assert entry.updated_at.tzinfo == UTC


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda found: found.pop(key)


def with_edition(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda found: found["editions"][-1].update(changes)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.update(schema_version=2),
        lambda found: found.update(schema_version="1"),
        lambda found: found.update(schema_version=None),
        lambda found: found.update(month="2025-13"),
        lambda found: found.update(month=12),
        lambda found: found.update(editions={}),
        lambda found: found.update(editions=[None]),
        without("schema_version"),
        without("month"),
        with_edition(date="yesterday"),
        with_edition(source="rumour"),
        with_edition(sha256=None),
        with_edition(updated_at="noon"),
        with_edition(updated_at="0001-01-01T00:00:00+23:00"),
        with_edition(papers=[{"id": "1"}]),
        with_edition(papers=[{"title": "1"}]),
        with_edition(papers=[{"id": "1", "title": "1", "votes": -1}]),
        with_edition(papers=[{"id": "1", "title": "1", "ai_keywords": [1]}]),
    ],
)
def test_what_is_no_month_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    found = document(FULL)
    spoil(found)
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        month_json.read(json.dumps(found).encode())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"schema_version": 1}'])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        month_json.read(body)


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Z"]), min_size=1, max_size=9)
papers = st.builds(
    Paper,
    id=words,
    title=words,
    ai_keywords=st.lists(words, max_size=3).map(tuple),
    votes=st.none() | st.integers(0, 10**6),
    organization=st.none() | st.builds(Organization, words, st.none() | words),
)


@given(st.lists(st.lists(papers, min_size=1, max_size=3).map(tuple), max_size=3))
def test_any_month_keeps_to_its_schema_and_reads_back(days: list[tuple[Paper, ...]]) -> None:
    made = month(*(Edition(DECEMBER + timedelta(days=n), papers) for n, papers in enumerate(days)))
    VALIDATOR.validate(document(made))
    assert month_json.read(month_json.render(made)) == made
