"""When entries of a feed change, which there are, and that no order of runs makes a difference."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.paper import Edition, Paper
from core.render.feeds import FeedRenderer
from tests.support import feeds, sample
from tests.support.fakes import DAY, NOW, edition, paper

SITE = "https://papers.example"
FEEDS = FeedRenderer(sample.TEMPLATES, "en", SITE)
HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)

Runs = Sequence[tuple[Edition, datetime]]
Render = Callable[[bytes | None, Runs], bytes]

both_feeds = pytest.mark.parametrize("render", [FEEDS.editions, FEEDS.papers])


def by_edition(*papers: Paper, day: date = DAY, now: datetime = NOW) -> bytes:
    return FEEDS.editions(None, [(edition(*papers, day=day), now)])


def by_paper(*papers: Paper, day: date = DAY, now: datetime = NOW) -> bytes:
    return FEEDS.papers(None, [(edition(*papers, day=day), now)])


@pytest.mark.parametrize(
    ("first", "votes", "second", "modified"),
    [
        (NOW, 1, NOW + HOUR, NOW),
        (NOW, 9, NOW + HOUR, NOW + HOUR),
        (NOW, 9, NOW - HOUR, NOW),
        (NOW - A_DAY, 1, NOW, datetime(2025, 12, 24, 0, 15, tzinfo=UTC)),
        (NOW - A_DAY, 9, NOW - HOUR, NOW - HOUR),
    ],
    ids=["same", "changed", "by an older run", "before it is published", "then published"],
)
def test_when_an_entry_changed(
    first: datetime, votes: int, second: datetime, modified: datetime
) -> None:
    before = by_edition(paper(), now=first)
    after = FEEDS.editions(before, [(edition(paper(votes=votes)), second)])
    assert datetime.fromisoformat(feeds.item(after)["date_modified"]) == modified
    assert feeds.item(after)["id"] == feeds.item(before)["id"]
    assert (after == before) is (votes == 1)


@both_feeds
def test_only_what_changed_is_written_anew(render: Render) -> None:
    days = [(edition(paper(n, ai_summary=None), day=DAY - n * A_DAY), NOW) for n in range(3)]
    before = render(None, days)
    changed = edition(paper(1, ai_summary="New."), day=DAY - A_DAY)
    after = render(before, [(changed, NOW + HOUR)])
    same = [old == new for old, new in zip(feeds.lines(before), feeds.lines(after), strict=True)]
    assert same == [True, False, True]


def test_ids_stay_when_the_site_moves() -> None:
    moved = FeedRenderer(sample.TEMPLATES, "ko", "http://127.0.0.1:8000/below")
    for old, new in ((FEEDS.editions, moved.editions), (FEEDS.papers, moved.papers)):
        before = feeds.item(old(None, [(edition(paper()), NOW)]))
        after = feeds.item(new(None, [(edition(paper()), NOW)]))
        assert after["id"] == before["id"]
        assert after["url"] != before["url"]


def test_a_paper_that_comes_back_on_another_day_is_another_entry() -> None:
    days = [(edition(paper(), day=day), NOW) for day in (DAY, DAY + A_DAY)]
    ids = {item["id"] for item in feeds.items(FEEDS.papers(None, days))}
    assert len(ids) == len(days)


@pytest.mark.parametrize(("render", "most"), [(FEEDS.editions, 30), (FEEDS.papers, 3)])
def test_the_newest_editions_stay(render: Render, most: int) -> None:
    days = [DAY - n * A_DAY for n in range(most + 2)]
    feed = render(None, [(edition(paper(), day=day), NOW) for day in reversed(days)])
    published = [date.fromisoformat(item["date_published"][:10]) for item in feeds.items(feed)]
    assert published == days[:most]
    assert render(feed, [(edition(paper(2), day=days[-1]), NOW + HOUR)]) == feed


@both_feeds
def test_an_edition_without_papers_has_no_entry(render: Render) -> None:
    both = [(edition(paper(), day=day), NOW) for day in (DAY, DAY - A_DAY)]
    emptied = render(render(None, both), [(Edition(DAY, ()), NOW)])
    assert emptied == render(None, both[1:])


def test_papers_that_vanished_have_no_entry_any_more() -> None:
    before = by_paper(paper(1), paper(2))
    after = FEEDS.papers(before, [(edition(paper(1)), NOW + HOUR)])
    assert feeds.items(after) == feeds.items(by_paper(paper(1)))


def test_papers_that_come_back_are_as_old_as_they_were() -> None:
    before = by_paper(paper(1), paper(2))
    without = FEEDS.papers(before, [(edition(paper(1)), NOW + HOUR)])
    again = [(edition(paper(1), paper(2)), NOW + 2 * HOUR)]
    assert FEEDS.papers(without, again) == before
    assert FEEDS.atom(without).count(b"<entry>") == 1


def test_a_site_that_moves_takes_its_entries_along() -> None:
    other = FeedRenderer(sample.TEMPLATES, "en", "https://other.example/ai")
    moved = other.editions(by_edition(paper()), [])
    assert b"https://papers.example" not in moved
    assert moved == other.editions(None, [(edition(paper()), NOW)])


def test_a_run_without_editions_leaves_the_feed() -> None:
    feed = by_edition(paper())
    assert FEEDS.editions(feed, []) == feed
    assert feeds.items(FEEDS.editions(None, [])) == []


GARBAGE = [
    b"",
    b"nonsense",
    b"\xff\xfe",
    b"[" * 100_000,
    b"null",
    b"[]",
    b"{}",
    b'{"version": "https://jsonfeed.org/version/1", "title": "Older", "items": []}',
]


@both_feeds
@pytest.mark.parametrize("stored", GARBAGE, ids=lambda body: repr(body[:30]))
def test_a_feed_that_nobody_can_read_is_begun_anew(render: Render, stored: bytes) -> None:
    runs = [(edition(paper()), NOW)]
    assert render(stored, runs) == render(None, runs)


def at(number: int) -> tuple[Edition, datetime]:
    """Return the edition of a day, and when its run was; every fifth has no papers."""
    papers = [paper(n, votes=number) for n in range(number % 5)]
    return edition(*papers, day=DAY + number * A_DAY), NOW + (number * 7 % 11) * HOUR


@st.composite
def histories(draw: st.DrawFn) -> list[list[int]]:
    """Return days, each once, in any order and split into runs."""
    days = draw(st.lists(st.integers(0, 39), unique=True, min_size=1))
    runs: list[list[int]] = [[]]
    for day, ends in zip(days, draw(st.lists(st.booleans(), min_size=40)), strict=False):
        runs[-1].append(day)
        runs += [[]] if ends else []
    return runs


@both_feeds
@settings(max_examples=30, deadline=None)
@given(runs=histories(), again=st.sets(st.integers(0, 39)))
def test_the_order_of_days_makes_no_difference(
    render: Render, runs: list[list[int]], again: set[int]
) -> None:
    days = sorted(day for run in runs for day in run)
    at_once = render(None, [at(day) for day in days])
    feed = reduce(lambda feed, run: render(feed, [at(day) for day in run]), runs, b"")
    assert feed == at_once
    repeated = [(same, now + HOUR) for same, now in map(at, again.intersection(days))]
    assert render(feed, repeated) == at_once


@both_feeds
@settings(max_examples=50, deadline=None)
@given(
    runs=st.lists(
        st.tuples(
            st.dictionaries(st.integers(1, 4), st.sampled_from("abc"), min_size=1),
            st.integers(-20, 20),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_an_entry_is_one_and_its_time_never_goes_back(
    render: Render, runs: list[tuple[dict[int, str], int]]
) -> None:
    feed, before = b"", dict[str, dict[str, str]]()
    for titles, hours in runs:
        papers = [paper(n, title=title) for n, title in titles.items()]
        feed = render(feed, [(edition(*papers), NOW + hours * HOUR)])
        after = {item["id"]: item for item in feeds.items(feed)}
        assert (
            len(after) == len(feeds.items(feed)) == (1 if render == FEEDS.editions else len(titles))
        )
        for known in after.keys() & before.keys():
            old, new = before[known], after[known]
            assert old["date_modified"] <= new["date_modified"]
            said = {**old, "date_modified": new["date_modified"]}
            assert old == new or said != new
        before = after
