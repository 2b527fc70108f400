"""The vote history of an edition: what runs leave of votes and versions, and what follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition import vote_history
from core.edition.vote_history import course, with_version
from core.model.paper import WHOLE, Edition
from core.model.votes import Rising, Version, VoteHistory
from tests.support.papers import DAY, NOW, edition, history, paper

ONE, TWO, THREE = "2512.00001", "2512.00002", "2512.00003"

Votes = Mapping[str, int | None]


def hour(number: int) -> datetime:
    return NOW + timedelta(hours=number)


def found(*counts: int | None) -> Edition:
    """Return an edition whose papers have these votes, in the order of their ids."""
    return edition(*(paper(n, votes=count) for n, count in enumerate(counts, 1)))


def after(*runs: tuple[datetime, Edition]) -> VoteHistory:
    """Return the history that these runs leave; each publishes a version of its own number."""
    known = VoteHistory(DAY)
    for number, (at, made) in enumerate(runs):
        known = with_version(known, made, Version(at, str(number), f"raw {number}"))
    return known


@pytest.mark.parametrize(
    ("runs", "records"),
    [
        ([], []),
        ([(0, (1, 2))], [(0, {ONE: 1, TWO: 2})]),
        ([(0, (1, None))], [(0, {ONE: 1, TWO: None})]),
        ([(0, ())], [(0, {})]),
        ([(0, (1,)), (1, (None,))], [(0, {ONE: 1}), (1, {ONE: None})]),
        ([(0, (1,)), (1, (1,)), (2, (1,))], [(0, {ONE: 1})]),
        ([(0, (1,)), (1, (2,)), (2, (2,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
        ([(0, (1,)), (1, (2,)), (2, (1,))], [(0, {ONE: 1}), (1, {ONE: 2}), (2, {ONE: 1})]),
        ([(0, (1,)), (1, (1, 0))], [(0, {ONE: 1}), (1, {ONE: 1, TWO: 0})]),
        # At equal times the last finding counts.
        ([(0, (1,)), (0, (2,))], [(0, {ONE: 2})]),
        ([(1, (1,)), (0, (1,))], [(0, {ONE: 1})]),
        ([(1, (2,)), (0, (1,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
        ([(0, (1,)), (2, (2,)), (1, (2,))], [(0, {ONE: 1}), (1, {ONE: 2})]),
    ],
)
def test_what_runs_leave(
    runs: list[tuple[int, tuple[int | None, ...]]], records: list[tuple[int, Votes]]
) -> None:
    known = after(*((hour(at), found(*counts)) for at, counts in runs))
    assert known.records == tuple((hour(at), votes) for at, votes in records)


def test_papers_stand_in_the_order_of_ids() -> None:
    ranked = edition(paper(3, votes=9), paper(1, votes=5), paper(2, votes=5))
    ((_, votes),) = after((NOW, ranked)).records
    assert list(votes.items()) == [(ONE, 5), (TWO, 5), (THREE, 9)]


def test_time_zones_do_not_matter() -> None:
    seoul = NOW.astimezone(timezone(timedelta(hours=9)))
    assert after((NOW, found(1)), (seoul, found(2))).records == ((NOW, {ONE: 2}),)


runs = st.lists(st.lists(st.none() | st.integers(0, 2), max_size=3), max_size=6)


@given(runs)
def test_nothing_repeats_and_nothing_is_lost(counts: list[list[int | None]]) -> None:
    told = [(hour(n), found(*one)) for n, one in enumerate(counts)]
    known = after(*told)
    assert all(one[0] < two[0] and one[1] != two[1] for one, two in pairwise(known.records))
    for at, made in told:
        latest = [votes for then, votes in known.records if then <= at][-1]
        assert latest == {paper.id: paper.votes for paper in made.papers}


def test_a_course_skips_unknown_votes() -> None:
    known = history({ONE: 1}, {ONE: 1, TWO: 0}, {ONE: None, TWO: 4})
    assert course(known, ONE) == ((hour(0), 1), (hour(1), 1))
    assert course(known, TWO) == ((hour(1), 0), (hour(2), 4))
    assert course(known, THREE) == ()


def test_when_papers_and_the_edition_appeared() -> None:
    known = after((hour(1), found(1)), (hour(2), found(1, None)), (hour(0), found(1)))
    assert vote_history.first_seen(known) == {ONE: hour(0), TWO: hour(2)}
    assert vote_history.published_at(known) == hour(0)
    assert vote_history.published_at(VoteHistory(DAY)) is None


@pytest.mark.parametrize(
    ("digest", "payloads"),
    [("2", ("a", "b")), ("1", ("b", "a")), ("0", ("b", "a")), ("none", ("b", "a"))],
)
def test_the_current_payload_is_last(digest: str, payloads: tuple[str, ...]) -> None:
    raw = ("a", None, "b", "a")
    versions = (Version(hour(n), str(n), one) for n, one in enumerate(raw))
    known = VoteHistory(DAY, versions=tuple(versions))
    assert vote_history.payloads(known, digest) == payloads
    assert vote_history.has_version(known, digest) == (digest in "0123")


@pytest.mark.parametrize(
    ("mark", "records"), [((), [{ONE: 1, TWO: 2}]), ((ONE,), [{TWO: 2}]), ((ONE, WHOLE), [])]
)
def test_without_what_was_withdrawn(mark: tuple[str, ...], records: list[Votes]) -> None:
    left = vote_history.without(after((NOW, found(1, 2))), mark)
    assert [votes for _, votes in left.records] == records
    assert vote_history.published_at(left) == NOW


def places(ids: str) -> dict[str, int | None]:
    """Return votes by which these papers, a letter each, stand in this order."""
    return {one: len(ids) - place for place, one in enumerate(ids)}


def gains(found: Rising | None) -> list[tuple[str, int, int]]:
    """Return each rising paper, the votes that it gained, and the places that it climbed."""
    return [(one.paper_id, one.votes, one.places) for one in found.papers] if found else []


@pytest.mark.parametrize(
    ("votes", "rises"),
    [
        ([], []),
        ([places("abcd")], []),
        ([places("abcd"), places("abcd")], []),
        ([{"a": 1, "b": 2}, {"a": 4, "b": 3}], [("a", 3, 1), ("b", 1, -1)]),
        ([places("abcd"), places("dabc")], [("d", 3, 3)]),
        # Only the two newest records count.
        ([places("abcd"), places("dabc"), places("abcd")], [("c", 1, 1), ("b", 1, 1), ("a", 1, 1)]),
        # Papers that come or go are not compared, and give no places.
        ([{"x": 9, "d": 1}, {"d": 2}], [("d", 1, 0)]),
        ([{"a": 1}, {"x": 9, "a": 2}], [("a", 1, 0)]),
        # Unknown votes are not compared.
        ([{"a": None}, {"a": 2}], []),
        ([{"a": 2}, {"a": None}], []),
        # Equal votes rank by id, descending, as in an edition; so do equal gains.
        ([dict.fromkeys("abc", 1), dict.fromkeys("ab", 2) | {"c": 1}], [("b", 1, 1), ("a", 1, 1)]),
        ([dict.fromkeys("abcdefg", 0), dict.fromkeys("abcdefg", 1)],
         [(one, 1, 0) for one in "gfedc"]),
    ],
)  # fmt: skip
def test_which_papers_rise(votes: list[Votes], rises: list[tuple[str, int, int]]) -> None:
    found = vote_history.rising(history(*votes))
    assert gains(found) == rises
    if found:
        assert (found.day, found.since, found.until) == (
            DAY,
            hour(len(votes) - 2),
            hour(len(votes) - 1),
        )


@pytest.mark.parametrize(
    ("records", "rises", "hours"),
    [
        ([(0, 1), (4, 3)], [], None),
        ([(0, 1), (4, 3), (24, 7)], [("a", 4, 0)], (4, 24)),
        ([(0, 1), (4, 3), (24, 7), (28, 9)], [("a", 6, 0)], (4, 28)),
        # Later days change nothing.
        ([(0, 1), (4, 3), (24, 7), (28, 9), (168, 90)], [("a", 6, 0)], (4, 28)),
        ([(0, 1), (168, 90)], [], None),
        ([(24, 1), (28, 3)], [], None),
        ([(0, 5), (24, 5)], [], None),
    ],
)
def test_which_papers_rise_overnight(
    records: list[tuple[int, int]],
    rises: list[tuple[str, int, int]],
    hours: tuple[int, int] | None,
) -> None:
    known = VoteHistory(DAY, tuple((hour(at), {"a": votes}) for at, votes in records))
    found = vote_history.overnight(known)
    assert gains(found) == rises
    assert (found and (found.since, found.until)) == (hours and tuple(map(hour, hours)))


@pytest.mark.parametrize(
    ("votes", "times"),
    [
        ([], {}),
        ([{"a": 50}], {}),
        ([{"a": 1}, {"a": 20}], {}),
        ([{"a": 1}, {"a": 21}, {"a": 90}], {"a": 1}),
        ([{"a": 1}, {"a": 11}, {"a": 21}], {"a": 2}),
        ([{"a": 1}, {"a": 40}, {"a": 2}], {"a": 1}),
        ([{}, {"a": 30}, {"a": 49}, {"a": 50}], {"a": 3}),
        ([{"a": None}, {"a": 30}, {"a": None}, {"a": 50}], {"a": 3}),
    ],
)
def test_when_papers_pass_a_threshold(votes: list[Votes], times: dict[str, int]) -> None:
    found = vote_history.passed(history(*votes), 20)
    assert found == {paper: hour(at) for paper, at in times.items()}
