"""Days and months of the calendar."""

from datetime import UTC, date, datetime, time, timedelta

# The first day of Daily Papers.
FIRST_DAY = date(2023, 5, 4)
SATURDAY = 5


def first_of_month(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def iso_week(day: date) -> str:
    """Return the name of the day's week by ISO 8601: `2026-W33`; a year has 52 or 53 weeks."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def is_weekend(day: date) -> bool:
    """Return whether a day is a Saturday or a Sunday."""
    return day.weekday() >= SATURDAY


def expects_papers(day: date) -> bool:
    """Return whether the source has papers on such a day: it has none on weekends and 1 January."""
    return not is_weekend(day) and (day.month, day.day) != (1, 1)


def post_time(day: date) -> datetime:
    """Return the time of a day's post: a quarter past midnight, as in the seed's front matter."""
    return datetime.combine(day, time(0, 15, tzinfo=UTC))


def last_month(today: date) -> date:
    """Return the first day of the month before."""
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def months_until(last: date, since: date = FIRST_DAY) -> list[date]:
    """Return the first days of all months that may have editions, or those since, oldest first."""
    months, first = [], first_of_month(since)
    while first <= last:
        months.append(first)
        first = first_of_month(first + timedelta(days=31))
    return months


def is_over(first: date, today: date) -> bool:
    """Return whether the month that begins on `first` is over in UTC: editions have UTC days."""
    return first_of_month(today) > first
