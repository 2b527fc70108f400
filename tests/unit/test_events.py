"""The days that an event asks for, and the events that are refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.model.errors import InvalidEvent
from handler import events

CLOCK = datetime(2025, 12, 24, 23, 30, tzinfo=UTC)
TODAY = date(2025, 12, 24)
DATES = [str(TODAY - timedelta(days=n)) for n in range(31)]
SCHEDULED = "2025-12-20T02:00:00Z"
EVENTBRIDGE = {
    "version": "0",
    "id": "1",
    "detail-type": "Scheduled Event",
    "source": "aws.scheduler",
    "time": SCHEDULED,
    "resources": [],
    "detail": "{}",
}


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ({}, ["2025-12-24"]),
        ({"date": "2025-12-24"}, ["2025-12-24"]),
        ({"date": "2023-05-04"}, ["2023-05-04"]),
        ({"dates": ["2025-12-23", "2025-12-24"]}, ["2025-12-23", "2025-12-24"]),
        ({"dates": ["2025-12-23", "2025-12-23"]}, ["2025-12-23"]),
        ({"dates": DATES}, DATES),
        ({"offsets": [0, -1, -7]}, ["2025-12-24", "2025-12-23", "2025-12-17"]),
        ({"offsets": [0], "scheduled_time": SCHEDULED}, ["2025-12-20"]),
        ({"scheduled_time": "2025-12-20T08:30:00+09:00"}, ["2025-12-19"]),
        (EVENTBRIDGE, ["2025-12-20"]),
    ],
)
def test_days(event: object, days: list[str]) -> None:
    assert [str(day) for day in events.parse(event, CLOCK).days] == days


@pytest.mark.parametrize(
    ("event", "now"),
    [
        ({"date": "2025-12-24"}, CLOCK),
        ({"scheduled_time": SCHEDULED}, datetime(2025, 12, 20, 2, tzinfo=UTC)),
    ],
)
def test_now_is_scheduled_time_or_clock(event: object, now: datetime) -> None:
    assert events.parse(event, CLOCK).now == now


@pytest.mark.parametrize(
    ("event", "force", "dry_run"),
    [
        ({}, False, False),
        ({"force": True}, True, False),
        ({"dry_run": True, "force": False}, False, True),
    ],
)
def test_flags(event: object, force: bool, dry_run: bool) -> None:
    request = events.parse(event, CLOCK)
    assert (request.force, request.dry_run) == (force, dry_run)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (None, "not an object"),
        ("2025-12-24", "not an object"),
        (7, "not an object"),
        (["2025-12-24"], "not an object"),
        ({"date": "2025-13-01"}, "date must be a day like 2025-12-24, not '2025-13-01'"),
        ({"date": "yesterday"}, "date must be a day like"),
        ({"date": "20251224"}, "date must be a day like"),
        ({"date": "2025-W52-3"}, "date must be a day like"),
        ({"date": "2025-12-24 "}, "date must be a day like"),
        ({"date": "２０２５-12-24"}, "date must be a day like"),
        ({"date": 20251224}, "date must be a day like"),
        ({"date": None}, "date must be a day like"),
        ({"date": ["2025-12-24"]}, "date must be a day like"),
        ({"date": "2025-12-25"}, "2025-12-25 in date must be from 2023-05-04 to 2025-12-24"),
        ({"date": "2023-05-03"}, "must be from 2023-05-04 to 2025-12-24"),
        ({"date": "2025-12-21", "scheduled_time": SCHEDULED}, "to 2025-12-20"),
        ({"date": "2025-12-25", "scheduled_time": "2025-12-25T00:30:00Z"}, "to 2025-12-24"),
        ({"scheduled_time": "2025-12-25T00:10:00Z"}, "2025-12-25 in scheduled_time must"),
        ({"offsets": [-100000], "scheduled_time": "0100-01-01T00:00:00Z"}, "out of range"),
        ({**EVENTBRIDGE, "date": "2025-12-24"}, "unknown key 'version'"),
        ({**EVENTBRIDGE, "time": "soon"}, "scheduled_time must be like"),
        ({"dates": []}, "dates must be a list of 1 to 31"),
        ({"dates": "2025-12-24"}, "dates must be a list"),
        ({"dates": ["2025-12-24"] * 40}, "dates must be a list of 1 to 31"),
        ({"dates": ["2025-12-24", "soon"]}, "dates must be a day like"),
        ({"offsets": []}, "offsets must be a list"),
        ({"offsets": [1]}, "0 or before, not 1"),
        ({"offsets": [-1.0]}, "0 or before"),
        ({"offsets": [True]}, "0 or before"),
        ({"offsets": ["0"]}, "0 or before"),
        ({"offsets": [-(10**30)]}, "0 or before"),
        ({"offsets": [-2000]}, "2020-07-03 in offsets must be from 2023-05-04"),
        ({"date": "2025-12-24", "offsets": [0]}, "only one of date, dates, offsets"),
        ({"dat": "2025-12-24"}, "unknown key 'dat'; allowed are date, dates, offsets"),
        ({"date": "2025-12-24", "bucket": "b"}, "unknown key 'bucket'"),
        (dict.fromkeys("abcd"), "unknown key 'a', 'b', 'c' and 1 more; allowed are"),
        (
            {f"{number:0100}": 1 for number in range(100_000)},
            f"key '{'0' * 59}, '{'0' * 59}, '{'0' * 59} and 99,997 more; allowed are",
        ),
        ({1: "2025-12-24"}, "unknown key 1"),
        ({"force": 1}, "force must be true or false"),
        ({"dry_run": "yes"}, "dry_run must be true or false"),
        ({"scheduled_time": "<aws.scheduler.scheduled-time>"}, "scheduled_time must be like"),
        ({"scheduled_time": "2025-12-24T02:00:00"}, "scheduled_time must be like"),
        ({"scheduled_time": 1766541600}, "scheduled_time must be like"),
        ({"scheduled_time": "0001-01-01T00:00:00+14:00"}, "scheduled_time must be like"),
    ],
)
def test_invalid_events(event: object, message: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        events.parse(event, CLOCK)
    assert message in str(caught.value)
