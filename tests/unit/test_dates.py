"""Days and months of the calendar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.model import dates

DECEMBER = date(2025, 12, 1)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2025, 12, 24), DECEMBER),
        (date(2025, 12, 1), DECEMBER),
        (date(2025, 12, 31), DECEMBER),
        (date(2024, 2, 29), date(2024, 2, 1)),
    ],
)
def test_the_first_of_a_month(day: date, first: date) -> None:
    assert dates.first_of_month(day) == first


@pytest.mark.parametrize(
    ("today", "before"),
    [
        (date(2026, 1, 1), DECEMBER),
        (date(2026, 1, 31), DECEMBER),
        (date(2025, 12, 1), date(2025, 11, 1)),
        (date(2025, 12, 31), date(2025, 11, 1)),
        (date(2024, 3, 31), date(2024, 2, 1)),
        (date(2024, 2, 29), date(2024, 1, 1)),
    ],
)
def test_the_last_month(today: date, before: date) -> None:
    assert dates.last_month(today) == before


def test_last_months_leave_none_out() -> None:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1)]
    found = list(dict.fromkeys(map(dates.last_month, days)))
    assert found[0] == date(2023, 12, 1)
    assert all(dates.last_month(later) == earlier for earlier, later in pairwise(found))
    assert all(dates.is_over(dates.last_month(day), day) for day in days)
    assert not any(dates.is_over(dates.first_of_month(day), day) for day in days)


@pytest.mark.parametrize(
    ("today", "over"),
    [
        (date(2025, 11, 30), False),
        (date(2025, 12, 1), False),
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 1), True),
    ],
)
def test_when_a_month_is_over(today: date, over: bool) -> None:
    assert dates.is_over(DECEMBER, today) == over


@pytest.mark.parametrize(
    ("day", "expects"),
    [("2025-12-24", True), ("2025-12-27", False), ("2026-01-01", False), ("2026-01-02", True)],
)
def test_which_days_have_papers(day: str, expects: bool) -> None:
    assert dates.expects_papers(date.fromisoformat(day)) is expects
