"""An event names days, and nothing else: no host, key, path or repository, whatever is in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters import huggingface
from adapters.web import Unreachable, Web
from core.model.dates import FIRST_DAY
from core.model.errors import InvalidEvent, PaperboyError
from core.model.report import RunRequest
from handler import backfill_steps as actions
from handler import bootstrap, events
from tests.fuzz import strategies
from tests.fuzz.strategies import DAYS, EVENTS, FOREIGN, GOOD_EVENTS, examples
from tests.support.context import invoke
from tests.support.papers import DAY

CLOCK = datetime(2025, 12, 24, 23, 30, tzinfo=UTC)
SOURCE = "https://source.example"


class Fetched(AssertionError):
    """Something was about to be fetched or written."""


@pytest.fixture(scope="module")
def _nothing_is_made() -> Iterator[None]:
    """Let no event get as far as to the source, the store or the blog."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise Fetched

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "ports", refuse)
        patch.setenv("PAPERBOY_STORE", "file:///nowhere")
        yield


def read(event: object) -> RunRequest | None:
    try:
        return events.parse(event, CLOCK)
    except InvalidEvent:
        return None


@examples(300)
@given(EVENTS)
@example({"dates": ["2025-12-24"] * 32})
@example({"offsets": [-(10**9)], "scheduled_time": "0001-01-01T00:00:00Z"})
@example({"offsets": [0], "scheduled_time": "9999-12-31T23:59:59-23:59"})
@example({"detail-type": "Scheduled Event", "time": None})
def test_an_event_is_days_that_may_have_editions_or_our_error(event: object) -> None:
    if request := read(event):
        assert 1 <= len(request.days) <= events.MAX_DAYS
        assert len(set(request.days)) == len(request.days)
        assert all(type(day) is date and FIRST_DAY <= day <= DAY for day in request.days)
        assert (type(request.force), type(request.dry_run)) == (bool, bool)


@examples(60)
@given(GOOD_EVENTS)
def test_a_good_event_is_taken_as_it_is(event: dict[str, Any]) -> None:
    request = read(event)
    if "date" in event:
        assert request
        assert request.days == (date.fromisoformat(event["date"]),)
    if "dates" in event:
        assert request
        assert {str(day) for day in request.days} == set(event["dates"])
    if request:
        assert request.now == CLOCK
        assert (request.force, request.dry_run) == (
            event.get("force", False),
            event.get("dry_run", False),
        )


@examples(60)
@given(GOOD_EVENTS, FOREIGN)
@pytest.mark.usefixtures("_nothing_is_made")
def test_an_event_that_names_more_than_days_is_refused_before_anything_is_fetched(
    event: dict[str, Any], more: dict[str, str]
) -> None:
    with pytest.raises(InvalidEvent, match="unknown key"):
        invoke({**event, **more})
    for name, (_, keys) in actions.ACTIONS.items():
        good = {key: str(DAY) for key in keys}
        with pytest.raises(InvalidEvent, match="unknown key"):
            invoke({"action": name, **good, **more})


@examples(150)
@given(strategies.ACTIONS)
@pytest.mark.usefixtures("_nothing_is_made")
def test_an_action_is_known_or_our_error(event: dict[str, Any]) -> None:
    with pytest.raises((PaperboyError, Fetched)) as caught:
        actions.perform(event, CLOCK, lambda: 60.0, "paperboy")
    name = event["action"]
    if not isinstance(name, str) or name not in actions.ACTIONS:
        assert isinstance(caught.value, InvalidEvent)


@examples(60)
@given(DAYS, st.sampled_from([SOURCE, f"{SOURCE}/"]))
def test_the_source_is_asked_for_nothing_but_the_day(day: date, base: str) -> None:
    asked: list[tuple[str, dict[str, str | int]]] = []

    def get(_: object, url: str, parameters: dict[str, str | int]) -> NoReturn:
        asked.append((url, parameters))
        raise Unreachable("enough")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Web, "get", get)
        with pytest.raises(PaperboyError):
            huggingface.HuggingFaceSource(base, lambda: 60.0).fetch(day)
    assert asked == [(f"{SOURCE}/api/daily_papers", {"date": str(day), "limit": 100, "p": 0})]
