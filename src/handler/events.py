"""Turn an event into a `RunRequest`. An event names days, never a host, key, path or repository."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from core.model.dates import FIRST_DAY
from core.model.errors import InvalidEvent
from core.model.report import RunRequest
from core.model.text import listed, shown

MAX_DAYS = 31
# Ten years: more days do not fit into 256 KiB, the limit of a state machine's data.
MOST_DAYS = 3700
DAYS = ("date", "dates", "offsets")
KEYS = (*DAYS, "scheduled_time", "force", "dry_run")
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
ENVELOPE = frozenset(
    ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
)
HINT = f"allowed are {', '.join(KEYS)}"


def parse(event: object, clock: datetime) -> RunRequest:
    """Return the request of an event. `clock` is the current time.

    `{"date": D}`, `{"dates": [D, …]}` (at most 31) or `{"offsets": [0, -1, …]}` in days from the
    scheduled UTC day; without any of them, that day. `scheduled_time` (ISO 8601, by default the
    clock) is the value that EventBridge Scheduler inserts for `<aws.scheduler.scheduled-time>`.

    Raises `InvalidEvent`.
    """
    if not isinstance(event, dict):
        raise InvalidEvent(f"the event is {shown(event)}, not an object; {HINT}")
    event = _unwrap(event)
    if unknown := [key for key in event if key not in KEYS]:
        raise InvalidEvent(f"unknown key {listed(unknown, shown)}; {HINT}")
    keys = [key for key in DAYS if key in event] or ["scheduled_time"]
    if len(keys) > 1:
        raise InvalidEvent(f"only one of {', '.join(DAYS)} is allowed")
    now = scheduled_time(event, clock)
    days = _days(event, now.date())
    for one in days:
        check_day(one, min(now, clock).date(), keys[0])
    return RunRequest(days, now, force=flag(event, "force"), dry_run=flag(event, "dry_run"))


def scheduled_time(event: Mapping[str, object], clock: datetime) -> datetime:
    """Return the time that an event gives, or the clock's, in UTC. Raises `InvalidEvent`."""
    return _time(event["scheduled_time"]) if "scheduled_time" in event else clock.astimezone(UTC)


def check_day(day: date, today: date, key: str) -> None:
    """Raise `InvalidEvent`, naming `key`, for a day before Daily Papers began or after today."""
    if not FIRST_DAY <= day <= today:
        raise InvalidEvent(f"{day} in {key} must be from {FIRST_DAY} to {today} (UTC)")


def read_day(text: object) -> date:
    """Return the day of a text like 2025-12-24. Raises ValueError for any other text."""
    day = date.fromisoformat(text) if isinstance(text, str) else None
    if day is None or day.isoformat() != text:
        raise ValueError(f"must be a day like 2025-12-24, not {shown(text)}")
    return day


def check_range(first: date, last: date, today: date) -> None:
    """Raise `InvalidEvent` for a range of days that ends before it begins, or is too long."""
    check_order(first, last)
    if (count := (last - first).days + 1) > MOST_DAYS:
        raise InvalidEvent(
            f"{first} to {last} are {count:,} days: at most {MOST_DAYS:,} are allowed"
        )
    for key, one in (("from", first), ("to", last)):
        check_day(one, today, key)


def check_order(first: date, last: date, form: str = "%Y-%m-%d") -> None:
    """Raise `InvalidEvent` for a range that ends before it begins; `form` is of its two dates."""
    if last < first:
        raise InvalidEvent(f"from {first:{form}} is after to {last:{form}}")


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Return all days from the first to the last."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def day(value: object, key: str) -> date:
    """Return the day of a value like 2025-12-24. Raises `InvalidEvent` that names the key."""
    try:
        return read_day(value)
    except ValueError as error:
        raise InvalidEvent(f"{key} must be a day like 2025-12-24, not {shown(value)}") from error


def month(value: object, key: str) -> date:
    """Return the first day of a month like 2025-12. Raises `InvalidEvent` that names the key."""
    try:
        return read_day(f"{value}-01")
    except ValueError as error:
        raise InvalidEvent(f"{key} must be a month like 2025-12, not {shown(value)}") from error


def flag(event: Mapping[str, object], key: str) -> bool:
    """Return whether a key is true. Raises `InvalidEvent` when it is neither true nor false."""
    value = event.get(key, False)
    if not isinstance(value, bool):
        raise InvalidEvent(f"{key} must be true or false, not {shown(value)}")
    return value


def _unwrap(event: Mapping[str, object]) -> Mapping[str, object]:
    """Return the scheduled time of EventBridge's own event, for a schedule without input."""
    if event.get("detail-type") == "Scheduled Event" and {"time"} <= event.keys() <= ENVELOPE:
        return {"scheduled_time": event["time"]}
    return event


def _days(event: Mapping[str, object], today: date) -> tuple[date, ...]:
    if "date" in event:
        return (day(event["date"], "date"),)
    if "dates" in event:
        return _distinct([day(item, "dates") for item in _list(event, "dates")])
    offsets = _list(event, "offsets") if "offsets" in event else [0]
    try:
        return _distinct([today + timedelta(days=_offset(item)) for item in offsets])
    except OverflowError as error:
        raise InvalidEvent(f"offsets of {today} are out of range") from error


def _list(event: Mapping[str, object], key: str) -> list[object]:
    items = event[key]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_DAYS:
        raise InvalidEvent(f"{key} must be a list of 1 to {MAX_DAYS}, not {shown(items)}")
    return items


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


def _distinct(days: list[date]) -> tuple[date, ...]:
    return tuple(dict.fromkeys(days))
