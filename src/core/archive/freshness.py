"""How old an archive's newest edition is, as its owner wants to know: weekends do not count."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.archive.pages import known_root

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Age:
    """The newest edition's day, the days since then, and the weekdays without an edition."""

    newest: date
    days: int
    weekdays: int


def age(root_index: bytes | None, today: date) -> Age | None:
    """Return how old the newest edition is that readers are led to; None where there is none."""
    months = known_root(root_index).months
    if not months:
        return None
    newest = months[-1].newest
    return Age(newest, max(0, (today - newest).days), weekdays_without(newest, today))


def weekdays_without(newest: date, today: date) -> int:
    """Return how many weekdays have gone by since then, all of them without an edition.

    Today is not over, so it does not count: its edition may still come.
    """
    between = range(1, (today - newest).days)
    return sum((newest + timedelta(days=number)).weekday() < SATURDAY for number in between)
