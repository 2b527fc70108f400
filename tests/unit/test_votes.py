"""Votes over time: records without repeats, what they tell, and their JSON."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import accumulate, pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.edition.vote_history import course, risers, with_votes
from core.model.paper import Edition
from core.model.votes import VoteRecord
from core.render import votes as votes_json
from tests.support.fakes import DAY, NOW, edition, paper
from tests.support.recorded import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "schema/votes.v1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
ONE, TWO, THREE = "2512.00001", "2512.00002", "2512.00003"

Votes = Mapping[str, int]


def hour(number: int) -> datetime:
    return NOW + timedelta(hours=number)


def found(*counts: int | None) -> Edition:
    """Return an edition whose papers have these votes, in the order of their ids."""
    return edition(*(paper(n, votes=count) for n, count in enumerate(counts, 1)))


def record(*votes: Votes) -> VoteRecord:
    """Return a record of these votes, one an hour."""
    return VoteRecord(DAY, tuple((hour(n), one) for n, one in enumerate(votes)))


def after(*runs: tuple[datetime, Edition]) -> VoteRecord:
    known = VoteRecord(DAY)
    for at, made in runs:
        known = with_votes(known, made, at)
    return known


@pytest.mark.parametrize(
    ("runs", "records"),
    [
        ([], []),
        ([(0, (1, 2))], [(0, {ONE: 1, TWO: 2})]),
        ([(0, (1, 0))], [(0, {ONE: 1, TWO: 0})]),
        ([(0, (1, None))], [(0, {ONE: 1})]),
        ([(0, (None, None))], []),
        ([(0, ())], []),
        ([(0, (1,)), (1, (None,))], [(0, {ONE: 1})]),
        ([(0, (1,)), (1, ())], [(0, {ONE: 1})]),
        ([(0, (1,)), (1, (1,)), (2, (1,))], [(0, {ONE: 1})]),
        ([(0, (1,)), (1, (2,)), (2, (2,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
        ([(0, (1,)), (1, (2,)), (2, (1,))], [(0, {ONE: 1}), (1, {ONE: 2}), (2, {ONE: 1})]),
        ([(0, (1,)), (1, (1, 0))], [(0, {ONE: 1}), (1, {ONE: 1, TWO: 0})]),
        ([(0, (1,)), (0, (2,))], [(0, {ONE: 1})]),
        ([(1, (1,)), (0, (1,))], [(0, {ONE: 1})]),
        ([(1, (2,)), (0, (1,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
        ([(0, (1,)), (2, (2,)), (1, (2,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
    ],
)
def test_what_runs_leave(
    runs: list[tuple[int, tuple[int | None, ...]]], records: list[tuple[int, Votes]]
) -> None:
    known = after(*((hour(at), found(*counts)) for at, counts in runs))
    assert known == VoteRecord(DAY, tuple((hour(at), votes) for at, votes in records))


def test_papers_stand_in_the_order_of_their_ids() -> None:
    ranked = edition(paper(3, votes=9), paper(1, votes=5), paper(2, votes=5))
    ((_, votes),) = after((NOW, ranked)).records
    assert list(votes.items()) == [(ONE, 5), (TWO, 5), (THREE, 9)]


def test_the_same_moment_in_another_time_zone_is_the_same() -> None:
    seoul = NOW.astimezone(timezone(timedelta(hours=9)))
    assert after((NOW, found(1)), (seoul, found(2))) == record({ONE: 1})


runs = st.lists(st.lists(st.none() | st.integers(0, 2), max_size=3), max_size=6)


@settings(deadline=None)
@given(runs)
def test_runs_one_by_one_leave_no_repeats_and_lose_nothing(counts: list[list[int | None]]) -> None:
    told = [(hour(n), found(*one)) for n, one in enumerate(counts)]
    known = after(*told)
    assert all(one[0] < two[0] and one[1] != two[1] for one, two in pairwise(known.records))
    for at, made in told:
        votes = {paper.id: paper.votes for paper in made.papers if paper.votes is not None}
        latest = [known_then for then, known_then in known.records if then <= at]
        assert not votes or latest[-1] == votes
        assert with_votes(known, made, at) == known


growth = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=7)


@settings(deadline=None)
@given(growth, st.data())
def test_the_order_of_runs_does_not_matter_where_votes_only_grow(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    counts = accumulate(steps, lambda one, more: (one[0] + more[0], one[1] + more[1]))
    told = [(hour(n), found(*votes)) for n, votes in enumerate(counts)]
    assert after(*data.draw(st.permutations(told))) == after(*told)


def test_a_course_is_of_the_records_that_have_the_paper() -> None:
    known = record({ONE: 1}, {ONE: 1, TWO: 0}, {TWO: 4})
    assert course(known, ONE) == ((hour(0), 1), (hour(1), 1))
    assert course(known, TWO) == ((hour(1), 0), (hour(2), 4))
    assert course(known, THREE) == ()


def places(ids: str) -> Votes:
    """Return votes by which these papers, a letter each, stand in this order."""
    return {one: len(ids) - place for place, one in enumerate(ids)}


@pytest.mark.parametrize(
    ("votes", "rises"),
    [
        ([], {}),
        ([places("abcd")], {}),
        ([places("abcd"), places("abcd")], {}),
        ([places("abcd"), places("abdc")], {}),
        ([places("abcd"), places("adbc")], {}),
        ([places("abcd"), places("dabc")], {"d": 3}),
        ([places("abcde"), places("deabc")], {"d": 3, "e": 3}),
        ([places("abcde"), places("eabcd")], {"e": 4}),
        # Only the first and the last record count.
        ([places("abcd"), places("dabc"), places("abcd")], {}),
        ([places("abcd"), places("dabc"), places("dacb")], {"d": 3}),
        # Who comes or goes gives nobody a place.
        ([places("xyzd"), places("d")], {}),
        ([places("abcd"), places("xyzabcd")], {}),
        ([places("axbcd"), places("dabc")], {"d": 3}),
        ([places("axyd"), places("da")], {}),
        ([places("abc"), places("nabc")], {}),
        # Equal votes rank by id, descending, as in an edition.
        ([dict.fromkeys("abcd", 1), {"a": 2, "b": 1, "c": 1, "d": 1}], {"a": 3}),
        ([dict.fromkeys("abcd", 1), {"b": 2, "a": 1, "c": 1, "d": 1}], {}),
        ([{"a": 1, "b": 1, "c": 1, "d": 0}, dict.fromkeys("abcd", 1)], {"d": 3}),
    ],
)
def test_who_rises(votes: list[Votes], rises: Votes) -> None:
    assert risers(record(*votes)) == rises


FULL = record({ONE: 1, TWO: 0}, {}, {'"한\\': 10**20})


@pytest.mark.parametrize("known", [FULL, VoteRecord(DAY), record({}), record({ONE: 1})])
def test_a_record_keeps_to_its_schema_and_reads_back(known: VoteRecord) -> None:
    VALIDATOR.validate(json.loads(votes_json.render(known)))
    assert votes_json.read(votes_json.render(known)) == known


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@settings(deadline=None)
@given(st.dates(), st.dictionaries(times, st.dictionaries(ids, st.integers(0))))
def test_any_record_keeps_to_its_schema_and_reads_back(
    day: date, votes: dict[datetime, Votes]
) -> None:
    known = VoteRecord(day, tuple(sorted(votes.items(), key=lambda one: one[0])))
    body = votes_json.render(known)
    VALIDATOR.validate(json.loads(body))
    assert votes_json.read(body) == known
    assert votes_json.render(votes_json.read(body)) == body


def test_each_record_stands_on_one_line() -> None:
    assert votes_json.render(record({ONE: 1, TWO: 0}, {ONE: 2})).decode().split("\n") == [
        "{",
        '  "schema_version": 1,',
        '  "date": "2025-12-24",',
        '  "records": {',
        '    "2025-12-24T14:00:00Z": {"2512.00001": 1, "2512.00002": 0},',
        '    "2025-12-24T15:00:00Z": {"2512.00001": 2}',
        "  },",
        '  "versions": []',
        "}",
        "",
    ]


Spoil = Callable[[dict[str, Any]], object]
SPOILT: list[Spoil] = [
    lambda told: told.update(schema_version=2),
    lambda told: told.update(schema_version="1"),
    lambda told: told.pop("schema_version"),
    lambda told: told.pop("date"),
    lambda told: told.update(date="2025-12-32"),
    lambda told: told.update(date=20251224),
    lambda told: told.update(records=[1]),
    lambda told: told.update(records="none"),
    lambda told: told["records"].update(noon={}),
    lambda told: told["records"].update({"2025-12-24T25:00:00Z": {}}),
    lambda told: told["records"].update({"2025-12-24T14:00:00": {}}),
    lambda told: told["records"].update({"0001-01-01T00:00:00+23:00": {}}),
    lambda told: told["records"].update({"2025-12-24T14:00:00Z": 1}),
    lambda told: told["records"].update({"2025-12-24T14:00:00Z": {ONE: -1}}),
    lambda told: told["records"].update({"2025-12-24T14:00:00Z": {ONE: 1.5}}),
    lambda told: told["records"].update({"2025-12-24T14:00:00Z": {ONE: "1"}}),
    lambda told: told["records"].update({"2025-12-24T14:00:00Z": {ONE: True}}),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_is_no_record_is_refused(spoil: Spoil) -> None:
    told = json.loads(votes_json.render(FULL))
    assert VALIDATOR.is_valid(told)
    spoil(told)
    assert not VALIDATOR.is_valid(told)
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        votes_json.read(json.dumps(told).encode())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"schema_version": 1}'])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        votes_json.read(body)
