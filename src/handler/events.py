"""Event to `RunRequest`: an event names days, never a host, key, path or repository."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from core.catalog import FIRST_DAY
from core.errors import InvalidEvent
from core.models import RunRequest
from core.text import shown

MAX_DAYS = 31
DAYS = ("date", "dates", "offsets")
KEYS = (*DAYS, "scheduled_time", "force", "dry_run")
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
ENVELOPE = frozenset(
    ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
)
HINT = f"allowed are {', '.join(KEYS)}"


def parse(event: object, clock: datetime) -> RunRequest:
    """Return what the event asks for; `clock` is the run's time where the event has none.

    `{"date": D}`, `{"dates": [D, …]}` (at most 31) or `{"offsets": [0, -1, …]}` in days from the
    scheduled UTC day; without any of them, that day. EventBridge Scheduler fills `scheduled_time`
    (ISO 8601) in for `<aws.scheduler.scheduled-time>`. Raises `InvalidEvent`.
    """
    if not isinstance(event, dict):
        raise InvalidEvent(f"the event is {shown(event)}, not an object; {HINT}")
    event = _unwrap(event)
    if unknown := [key for key in event if key not in KEYS]:
        raise InvalidEvent(f"unknown key {', '.join(map(shown, unknown))}; {HINT}")
    keys = [key for key in DAYS if key in event] or ["scheduled_time"]
    if len(keys) > 1:
        raise InvalidEvent(f"only one of {', '.join(DAYS)} is allowed")
    clock = clock.astimezone(UTC)
    now = _time(event["scheduled_time"]) if "scheduled_time" in event else clock
    days = _days(event, now.date())
    for day in days:
        check_day(day, min(now, clock).date(), keys[0])
    return RunRequest(days, now, force=_flag(event, "force"), dry_run=_flag(event, "dry_run"))


def check_day(day: date, today: date, key: str) -> None:
    """Raise `InvalidEvent`, naming `key`, for a day that has no edition yet, or never had one."""
    if not FIRST_DAY <= day <= today:
        raise InvalidEvent(
            f"{key} asks for {day}, but only {FIRST_DAY} to {today} (UTC) are allowed"
        )


def read_day(text: object) -> date:
    """Return the day that a text like 2025-12-24 means. Raises ValueError for any other."""
    day = date.fromisoformat(text) if isinstance(text, str) else None
    if day is None or day.isoformat() != text:
        raise ValueError(f"must be a day like 2025-12-24, not {shown(text)}")
    return day


def _unwrap(event: Mapping[str, object]) -> Mapping[str, object]:
    """Read the event that EventBridge sends where a schedule has no input of its own."""
    if event.get("detail-type") == "Scheduled Event" and {"time"} <= event.keys() <= ENVELOPE:
        return {"scheduled_time": event["time"]}
    return event


def _days(event: Mapping[str, object], today: date) -> tuple[date, ...]:
    if "date" in event:
        return (_day(event["date"], "date"),)
    if "dates" in event:
        return _distinct([_day(item, "dates") for item in _list(event, "dates")])
    offsets = _list(event, "offsets") if "offsets" in event else [0]
    try:
        return _distinct([today + timedelta(days=_offset(item)) for item in offsets])
    except OverflowError as error:
        raise InvalidEvent(f"offsets of {today} lead out of the calendar") from error


def _list(event: Mapping[str, object], key: str) -> list[object]:
    items = event[key]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_DAYS:
        raise InvalidEvent(f"{key} must be a list of 1 to {MAX_DAYS}, not {shown(items)}")
    return items


def _day(value: object, key: str) -> date:
    try:
        return read_day(value)
    except ValueError as error:
        raise InvalidEvent(f"{key} must be a day like 2025-12-24, not {shown(value)}") from error


def _offset(value: object) -> int:
    oldest = -100_000
    if not isinstance(value, int) or isinstance(value, bool) or not oldest <= value <= 0:
        raise InvalidEvent(f"offsets must be whole days, 0 or before, not {shown(value)}")
    return value


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError("no time with a time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidEvent(
            f"scheduled_time must be like 2025-12-24T02:00:00Z, not {shown(value)}"
        ) from error


def _flag(event: Mapping[str, object], key: str) -> bool:
    value = event.get(key, False)
    if not isinstance(value, bool):
        raise InvalidEvent(f"{key} must be true or false, not {shown(value)}")
    return value


def _distinct(days: list[date]) -> tuple[date, ...]:
    return tuple(dict.fromkeys(days))
