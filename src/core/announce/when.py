"""When to tell: which editions and weeks are news, and due by the owner's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.archive.state import Archive
from core.model import dates
from core.model.announcement import AnnounceStyle

# An edition that is older is not news; nor is a week whose Monday is.
MOST_DAYS_OLD = 2
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """An edition's day, or the Monday of a week, that is due.

    If it is `again`, only channels that are in its record are told.
    """

    day: date
    is_week: bool = False
    again: bool = False

    @property
    def name(self) -> str:
        """The name of its record and its message: `2025-12-24` or `2025-W52`."""
        return dates.iso_week(self.day) if self.is_week else str(self.day)


def recent_days(now: datetime) -> list[date]:
    """Return the days whose editions may be news at a time, oldest first."""
    today = now.date()
    return [today - timedelta(days=number) for number in range(MOST_DAYS_OLD, -1, -1)]


def last_monday(now: datetime, style: AnnounceStyle) -> date | None:
    """Return the Monday of the week that may be news at a time, if weeks are announced.

    It is the week before, until two days after its end.
    """
    today = now.astimezone(ZoneInfo(style.time_zone)).date()
    monday = dates.monday_of(today)
    if not style.weekly or (today - monday).days > MOST_DAYS_OLD:
        return None
    return monday - A_WEEK


def due(archive: Archive, now: datetime, style: AnnounceStyle) -> list[Due]:
    """Return what is due at a time, the newest first; the months of `recent_days` must be read.

    That is the newest edition whose time has come, and the week. Older editions are due again: to
    channels that wait for them, or were not told. So an owner who turns announcements on hears of
    the newest edition only.
    """
    days = [day for day in recent_days(now) if archive.is_shown(day) and is_time(day, now, style)]
    found = [Due(day) for day in days[-1:]]
    monday = last_monday(now, style)
    if monday and archive.week(monday).editions and is_time(monday + A_WEEK, now, style):
        found.append(Due(monday, is_week=True))
    return found + [Due(day, again=True) for day in reversed(days[:-1])]


def first_published(archive: Archive, now: datetime, scheduled: datetime) -> list[date]:
    """Return the days that are news and that the run of a scheduled time was the first to publish.

    The months of `recent_days` must be read.
    """
    found = [(day, archive.find(day)) for day in recent_days(now) if archive.is_shown(day)]
    return [day for day, entry in found if entry and entry.published_at == scheduled]


def is_time(day: date, now: datetime, style: AnnounceStyle) -> bool:
    """Return whether the owner's time has come on a day, in the newspaper's time zone.

    With `at = "first"`, it has come as soon as there is an edition.
    """
    if style.at is None:
        return True
    return now >= datetime.combine(day, style.at, ZoneInfo(style.time_zone))


def needed_months(archive: Archive, now: datetime, style: AnnounceStyle) -> Sequence[date]:
    """Return the first days of the archive's months that `due` looks at and that are not read."""
    days = recent_days(now)
    if monday := last_monday(now, style):
        days += [monday, monday + timedelta(days=6)]
    firsts = sorted({dates.first_of_month(day) for day in days})
    return [first for first in firsts if first not in archive.months and archive.root.find(first)]
