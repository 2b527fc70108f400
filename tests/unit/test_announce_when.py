"""When an edition or a week is due."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from core.announce.when import Due, due, first_published, needed_months
from core.archive.state import Archive
from core.model.announcement import AnnounceStyle
from core.model.paper import WHOLE, Edition
from core.model.period import MonthEdition
from tests.support.announcing import STYLE
from tests.support.papers import edition, paper

MON, TUE, WED, THU, FRI = (date(2025, 12, number) for number in range(22, 27))
SEOUL = replace(STYLE, time_zone="Asia/Seoul")
AGAIN_MON = Due(MON, again=True)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def archive(*days: date, published_at: datetime = LONG_AGO) -> Archive:
    made = Archive()
    for day in days:
        entry = MonthEdition(edition(paper(1), day=day), "0" * 64, published_at=published_at)
        made = made.with_edition(entry)
    return made


@pytest.mark.parametrize(
    ("days", "now", "style", "expected"),
    [
        ([WED], at(WED, 2), STYLE, [Due(WED)]),
        ([WED], at(FRI, 23), STYLE, [Due(WED)]),
        ([TUE], at(FRI, 0), STYLE, []),
        ([], at(WED, 2), STYLE, []),
        # Only the newest is new; others wait, or may be tried again.
        (
            [MON, TUE, WED],
            at(WED, 2),
            STYLE,
            [Due(WED), Due(TUE, again=True), Due(MON, again=True)],
        ),
        # The owner's time, by the newspaper's clock.
        ([WED], at(WED, 20, 59), replace(STYLE, at=time(21)), []),
        ([WED], at(WED, 21), replace(STYLE, at=time(21)), [Due(WED)]),
        ([WED], at(WED, 11, 59), replace(SEOUL, at=time(21)), []),
        ([WED], at(WED, 12), replace(SEOUL, at=time(21)), [Due(WED)]),
        # The first run after it, even if it is the next day's.
        ([WED, THU], at(THU, 2), replace(STYLE, at=time(23, 30)), [Due(WED)]),
    ],
)
def test_editions(
    days: list[date], now: datetime, style: AnnounceStyle, expected: list[Due]
) -> None:
    assert due(archive(*days), now, style) == expected


def test_what_a_run_was_the_first_to_publish() -> None:
    now = at(WED, 2)
    made = archive(MON, published_at=at(MON, 2))
    for day in (TUE, WED):
        entry = MonthEdition(edition(paper(1), day=day), "0" * 64, published_at=now)
        made = made.with_edition(entry)
    assert first_published(made, now, now) == [TUE, WED]
    assert first_published(made, at(WED, 3), now) == [TUE, WED]
    assert first_published(made, at(WED, 3), at(WED, 3)) == []
    assert first_published(made, at(FRI, 2), now) == [WED]


def test_a_withdrawn_edition_is_never_due() -> None:
    withdrawn = MonthEdition(Edition(WED, (), withdrawn=(WHOLE,)), "0" * 64)
    assert due(archive(TUE).with_edition(withdrawn), at(WED, 9), STYLE) == [Due(TUE)]


MONDAY = date(2025, 12, 29)


@pytest.mark.parametrize(
    ("now", "style", "is_due"),
    [
        (at(MONDAY, 0), STYLE, True),
        (at(date(2025, 12, 31), 23), STYLE, True),
        (at(date(2026, 1, 1), 0), STYLE, False),
        (at(date(2025, 12, 28), 14, 59), SEOUL, False),
        (at(date(2025, 12, 28), 15), SEOUL, True),
        (at(MONDAY, 8), replace(STYLE, at=time(9)), False),
        (at(MONDAY, 9), replace(STYLE, at=time(9)), True),
    ],
)
def test_a_week_is_due_from_monday(now: datetime, style: AnnounceStyle, is_due: bool) -> None:
    found = due(archive(MON, FRI), now, replace(style, weekly=True))
    assert (Due(MON, is_week=True) in found) is is_due
    assert Due(MON, is_week=True) not in due(archive(MON, FRI), now, style)


def test_a_week_without_editions_is_not_due() -> None:
    assert due(archive(date(2025, 12, 19)), at(MONDAY, 9), replace(STYLE, weekly=True)) == []


def test_names_of_records() -> None:
    assert (Due(WED).name, Due(MON, is_week=True).name) == ("2025-12-24", "2025-W52")


def test_months_that_are_not_read_are_needed() -> None:
    now, weekly = at(date(2026, 1, 1), 9), replace(STYLE, weekly=True)
    known = archive(WED, date(2026, 1, 1))
    without = Archive(known.root, {date(2026, 1, 1): known.months[date(2026, 1, 1)]})
    assert needed_months(known, now, weekly) == []
    assert needed_months(without, now, weekly) == [date(2025, 12, 1)]
