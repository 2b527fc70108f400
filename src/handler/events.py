"""Event to `RunRequest`: an event names days, never a host, key, path or repository."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from core.errors import InvalidEvent
from core.models import RunRequest

FIRST_DAY = date(2023, 5, 4)
MAX_DAYS = 31
DAYS = ("date", "dates", "offsets")
KEYS = (*DAYS, "scheduled_time", "force", "dry_run")
HINT = f"allowed are {', '.join(KEYS)}"


def parse(event: object, clock: datetime) -> RunRequest:
    """Return what the event asks for; `clock` is the run's time where the event has none.

    `{"date": D}`, `{"dates": [D, …]}` (at most 31) or `{"offsets": [0, -1, …]}` in days from the
    scheduled UTC day; without any of them, that day. EventBridge Scheduler fills `scheduled_time`
    (ISO 8601) in for `<aws.scheduler.scheduled-time>`. Raises `InvalidEvent`.
    """
    if not isinstance(event, dict):
        raise InvalidEvent(f"the event is {_shown(event)}, not an object; {HINT}")
    event = _unwrap(event)
    if unknown := [key for key in event if key not in KEYS]:
        raise InvalidEvent(f"unknown key {', '.join(map(_shown, unknown))}; {HINT}")
    if len([key for key in DAYS if key in event]) > 1:
        raise InvalidEvent(f"only one of {', '.join(DAYS)} is allowed")
    now = _time(event["scheduled_time"]) if "scheduled_time" in event else clock.astimezone(UTC)
    days = _days(event, now.date())
    for day in days:
        check_day(day, now.date())
    return RunRequest(days, now, force=_flag(event, "force"), dry_run=_flag(event, "dry_run"))


def check_day(day: date, today: date) -> None:
    """Raise `InvalidEvent` for a day that cannot have an edition yet, or never had."""
    if not FIRST_DAY <= day <= today:
        raise InvalidEvent(f"date {day} is not allowed: only {FIRST_DAY} to {today} (UTC)")


def _unwrap(event: Mapping[str, object]) -> Mapping[str, object]:
    """Read the event that EventBridge sends where a schedule has no input of its own."""
    if event.get("detail-type") == "Scheduled Event" and "time" in event:
        return {"scheduled_time": event["time"]}
    return event


def _days(event: Mapping[str, object], today: date) -> tuple[date, ...]:
    if "date" in event:
        return (_day(event["date"], "date"),)
    if "dates" in event:
        return _distinct([_day(item, "dates") for item in _list(event, "dates")])
    offsets = _list(event, "offsets") if "offsets" in event else [0]
    return _distinct([today + timedelta(days=_offset(item)) for item in offsets])


def _list(event: Mapping[str, object], key: str) -> list[object]:
    items = event[key]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_DAYS:
        raise InvalidEvent(f"{key} must be a list of 1 to {MAX_DAYS}, not {_shown(items)}")
    return items


def _day(value: object, key: str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise InvalidEvent(f"{key} must be like 2025-12-24, not {_shown(value)}")
    return day


def _offset(value: object) -> int:
    oldest = -100_000
    if not isinstance(value, int) or isinstance(value, bool) or not oldest <= value <= 0:
        raise InvalidEvent(f"offsets must be whole days, 0 or before, not {_shown(value)}")
    return value


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError("no time with a time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shown = _shown(value)
        raise InvalidEvent(
            f"scheduled_time must be like 2025-12-24T02:00:00Z, not {shown}"
        ) from error


def _flag(event: Mapping[str, object], key: str) -> bool:
    value = event.get(key, False)
    if not isinstance(value, bool):
        raise InvalidEvent(f"{key} must be true or false, not {_shown(value)}")
    return value


def _distinct(days: list[date]) -> tuple[date, ...]:
    return tuple(dict.fromkeys(days))


def _shown(value: object) -> str:
    return ascii(value)[:60]
