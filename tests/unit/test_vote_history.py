"""The vote history of an edition: what runs leave of votes and versions, and what follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition import vote_history
from core.edition.vote_history import course, risers, with_version
from core.model.paper import WHOLE, Edition
from core.model.votes import Version, VoteHistory
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


@pytest.mark.parametrize(
    ("votes", "rises"),
    [
        ([], {}),
        ([places("abcd")], {}),
        ([places("abcd"), places("abcd")], {}),
        ([places("abcd"), places("abdc")], {}),
        ([places("abcd"), places("adbc")], {}),
        ([places("abcd"), places("dabc")], {"d": 3}),
        ([places("abcde"), places("deabc")], {"d": 3, "e": 3}),
        ([places("abcde"), places("eabcd")], {"e": 4}),
        # Only the first and the last record count.
        ([places("abcd"), places("dabc"), places("abcd")], {}),
        ([places("abcd"), places("dabc"), places("dacb")], {"d": 3}),
        # Who comes or goes gives nobody a place.
        ([places("xyzd"), places("d")], {}),
        ([places("abcd"), places("xyzabcd")], {}),
        ([places("axbcd"), places("dabc")], {"d": 3}),
        ([places("axyd"), places("da")], {}),
        ([places("abc"), places("nabc")], {}),
        # Equal votes rank by id, descending, as in an edition.
        ([dict.fromkeys("abcd", 1), {"a": 2, "b": 1, "c": 1, "d": 1}], {"a": 3}),
        ([dict.fromkeys("abcd", 1), {"b": 2, "a": 1, "c": 1, "d": 1}], {}),
        ([{"a": 1, "b": 1, "c": 1, "d": 0}, dict.fromkeys("abcd", 1)], {"d": 3}),
    ],
)
def test_who_rises(votes: list[Votes], rises: Votes) -> None:
    assert risers(history(*votes)) == rises
