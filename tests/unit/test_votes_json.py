"""The JSON of a vote history: one line, which keeps to its schema and reads back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.fields import MOST_COUNTED
from core.model.votes import Version, VoteHistory
from core.render import votes as votes_json
from tests.support.papers import DAY, NOW, history
from tests.support.recorded import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "schema/votes.v1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
ONE, TWO = "2512.00001", "2512.00002"

Votes = Mapping[str, int | None]


FULL = history({ONE: 1, TWO: 0, "3": None}, {}, {'"한\\': MOST_COUNTED})


@pytest.mark.parametrize("known", [FULL, VoteHistory(DAY), history({}), history({ONE: 1})])
def test_a_history_is_valid_and_reads_back(known: VoteHistory) -> None:
    VALIDATOR.validate(json.loads(votes_json.render(known)))
    assert votes_json.read(votes_json.render(known)) == known


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
counts = st.none() | st.integers(0, MOST_COUNTED)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@given(st.dates(), st.dictionaries(times, st.dictionaries(ids, counts)))
def test_any_history_is_valid_and_reads_back(day: date, votes: dict[datetime, Votes]) -> None:
    known = VoteHistory(day, tuple(sorted(votes.items(), key=lambda one: one[0])))
    body = votes_json.render(known)
    VALIDATOR.validate(json.loads(body))
    assert votes_json.read(body) == known
    assert votes_json.render(votes_json.read(body)) == body


def test_a_history_is_one_line() -> None:
    made = replace(history({ONE: 1, TWO: None}, {ONE: 2}), versions=(Version(NOW, "0", None),))
    assert votes_json.render(made).decode() == (
        '{"schema_version": 1, "date": "2025-12-24", "records": {'
        '"2025-12-24T14:00:00Z": {"2512.00001": 1, "2512.00002": null}, '
        '"2025-12-24T15:00:00Z": {"2512.00001": 2}}, '
        '"versions": [{"at": "2025-12-24T14:00:00Z", "sha256": "0", "raw": null}]}\n'
    )


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
def test_what_is_no_history_is_refused(spoil: Spoil) -> None:
    told = json.loads(votes_json.render(FULL))
    assert VALIDATOR.is_valid(told)
    spoil(told)
    assert not VALIDATOR.is_valid(told)
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        votes_json.read(json.dumps(told).encode())


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"schema_version": 1}']
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        votes_json.read(body)
