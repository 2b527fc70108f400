"""The quota: never more than 450 requests in any 300 seconds, and headers are obeyed."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import inf
from threading import Event, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.quota import LIMIT, LITTLE, RESERVE, WINDOW, Quota, QuotaSpent


class Clock:
    """A clock that only sleeping moves; threads may share it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> Quota:
    return Quota(clock, clock.sleep)


def admit(quota: Quota, times: int = 1, seconds: float = inf) -> None:
    for _ in range(times):
        quota.admit(lambda: seconds)


def said(left: int, seconds: int) -> dict[str, str]:
    return {"RateLimit": f'"api";r={left};t={seconds}'}


def test_what_the_limit_allows_is_sent_at_once(quota: Quota, clock: Clock) -> None:
    admit(quota, LIMIT)
    assert clock.slept == []


def test_the_next_waits_until_the_first_leaves_the_window(quota: Quota, clock: Clock) -> None:
    admit(quota)
    clock.sleep(100)
    admit(quota, LIMIT)
    assert clock.slept == [100, WINDOW - 100]


def test_a_wait_longer_than_the_run_fails_at_once(quota: Quota, clock: Clock) -> None:
    admit(quota, LIMIT)
    with pytest.raises(QuotaSpent, match=r"no request for 300 s, longer .* try again") as caught:
        admit(quota, seconds=WINDOW)
    assert caught.value.wait == WINDOW
    assert clock.slept == []
    admit(quota, seconds=WINDOW + 1)
    assert clock.slept == [WINDOW]


def test_who_was_not_admitted_is_not_counted(quota: Quota, clock: Clock) -> None:
    admit(quota, LIMIT)
    for _ in range(9):
        with pytest.raises(QuotaSpent):
            admit(quota, seconds=1)
    clock.sleep(WINDOW)
    admit(quota, LIMIT)
    assert clock.slept == [WINDOW]


@pytest.mark.parametrize(
    ("left", "seconds", "requests", "slept"),
    [
        (499, 300, LIMIT, []),
        (0, 0, 1, [1]),
        (0, 42, 1, [43]),
        (RESERVE, 42, 1, [43]),
        (RESERVE + 1, 42, 1, []),
        (RESERVE + 1, 42, 2, [43]),
        (RESERVE + 7, 42, 8, [43]),
    ],
)
def test_the_header_is_obeyed(
    quota: Quota, clock: Clock, left: int, seconds: int, requests: int, slept: list[float]
) -> None:
    quota.note(said(left, seconds))
    admit(quota, requests)
    assert clock.slept == slept


def test_after_the_reset_the_header_is_forgotten(quota: Quota, clock: Clock) -> None:
    quota.note(said(0, 42))
    admit(quota, LIMIT)
    assert clock.slept == [43]


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ([(100, 60), (0, 60)], 61),
        ([(0, 60), (100, 60)], 61),
        ([(0, 60), (100, 59)], 61),
        ([(0, 1), (499, 300)], 0),
        ([(499, 300), (0, 1)], 0),
    ],
    ids=["newer", "overtaken", "a second later", "next window", "of the window before"],
)
def test_of_many_answers_the_truest_counts(
    quota: Quota, clock: Clock, fields: list[tuple[int, int]], wait: float
) -> None:
    for field in fields:
        quota.note(said(*field))
    admit(quota)
    assert clock.slept == [wait] * bool(wait)


@pytest.mark.parametrize(
    "field",
    [
        '"api";r=0;t=42', '"api"; r=0; t=42', ' "api" ;t=42;r=0', '"api";pk=:Zm8=:;r=0;t=42',
        '"other";r=0;t=42', '"resolvers";r=9;t=9, "api";r=0;t=42', '"api";r=0;t=42,"pages";r=9;t=9',
        '"api";r=?;t=1, "api";r=0;t=42',
    ],
)  # fmt: skip
def test_what_can_be_read(quota: Quota, clock: Clock, field: str) -> None:
    quota.note({"RateLimit": field})
    admit(quota)
    assert clock.slept == [43]


@pytest.mark.parametrize(
    "field",
    [
        "", "0", '"api"', '"api";r=0', '"api";t=42', '"api";r=-1;t=42', '"api";r=0;t=-1',
        '"api";r=0.5;t=42', '"api";r=zero;t=42', '"api";r=٠;t=42', '"api";r=0;t=' + "9" * 6,
        '"api";r=' + "0" * 5000 + ";t=42", "limit=500, remaining=0, reset=42",
        '"pages";r=0;t=42, "resolvers";r=0;t=42', '";;;,,,\x00"', '"api";r;t', '"api";r=;t=',
        ';' * 60_000, '"' * 60_000, "," * 60_000, '"api";r=0' + " " * 60_000,
    ],
    ids=lambda field: field[:40],
)  # fmt: skip
def test_what_cannot_be_read_is_ignored(quota: Quota, clock: Clock, field: str) -> None:
    quota.note({"RateLimit": field})
    admit(quota)
    assert clock.slept == []
    assert quota.idle() == 0


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_no_header_is_a_failure(field: str) -> None:
    clock = Clock()
    quota = Quota(clock, clock.sleep)
    quota.note({"RateLimit": field})
    quota.note({"RateLimit": f'"api";{field}'})
    quota.note({"RateLimit": f'"api";r={field};t=3'})
    admit(quota)


@pytest.mark.parametrize(
    ("left", "wait"), [(499, 0), (LITTLE + 1, 0), (LITTLE, 61), (RESERVE, 61), (0, 61)]
)
def test_when_little_is_left_others_had_better_wait(quota: Quota, left: int, wait: float) -> None:
    assert quota.idle() == 0
    quota.note(said(left, 60))
    assert quota.idle() == wait


def test_a_window_that_is_over_says_nothing_of_the_next(quota: Quota, clock: Clock) -> None:
    quota.note(said(0, 1))
    clock.now += 2
    quota.note(said(499, 4))
    admit(quota)
    assert clock.slept == []


def test_what_was_sent_since_is_not_left(quota: Quota, clock: Clock) -> None:
    quota.note(said(LITTLE + 2, 60))
    admit(quota)
    assert quota.idle() == 0
    admit(quota)
    assert quota.idle() == 61
    clock.sleep(60)
    assert quota.idle() == 1
    clock.sleep(1)
    assert quota.idle() == 0


def test_a_full_window_had_better_be_waited_for(quota: Quota, clock: Clock) -> None:
    admit(quota, LIMIT)
    clock.sleep(10)
    assert quota.idle() == WINDOW - 10


def test_a_sleep_that_ends_early_goes_on(clock: Clock) -> None:
    quota = Quota(clock, lambda seconds: clock.sleep(min(seconds, 7)))
    quota.note(said(0, 20))
    admit(quota)
    assert clock.slept == [7, 7, 7]


def test_a_run_that_is_stopped_while_it_waits_ends(clock: Clock) -> None:
    stop = Event()
    quota = Quota(clock, lambda _: stop.set())
    quota.note(said(0, 20))
    with pytest.raises(QuotaSpent):
        quota.admit(lambda: 0 if stop.is_set() else inf)


def test_a_quota_has_a_real_clock_unless_told() -> None:
    quota = Quota()
    admit(quota, LIMIT)
    with pytest.raises(QuotaSpent):
        admit(quota, seconds=1)
    assert WINDOW - 60 < quota.idle() <= WINDOW


def most_in_a_window(times: list[float]) -> int:
    """Return how many of these times, in order, are in the fullest window."""
    most = first = 0
    for last, moment in enumerate(times):
        while times[first] + WINDOW <= moment:
            first += 1
        most = max(most, last - first + 1)
    return most


requests = st.integers(1, 300)
pauses = st.floats(0, 2 * WINDOW)
runs = st.floats(0, 2 * WINDOW)
headers = st.builds(said, st.integers(0, 500), st.integers(0, 300))
steps = st.lists(st.tuples(requests, pauses, runs, st.none() | headers), max_size=20)


@given(steps)
def test_no_window_has_more_than_the_limit(
    steps: list[tuple[int, float, float, dict[str, str] | None]],
) -> None:
    clock = Clock()
    quota = Quota(clock, clock.sleep)
    admitted: list[float] = []
    for times, pause, seconds, header in steps:
        clock.now += pause
        quota.note(header or {})
        for _ in range(times):
            with suppress(QuotaSpent):
                admit(quota, seconds=seconds)
                admitted.append(clock.now)
    assert most_in_a_window(admitted) <= LIMIT


class Hesitant(Quota):
    """A quota that lets another thread go on between its look and its count."""

    def _wait(self, now: float, reserve: int) -> float:
        wait = super()._wait(now, reserve)
        time.sleep(0)
        return wait


def test_threads_share_a_quota(clock: Clock) -> None:
    quota = Hesitant(clock, clock.sleep)

    def ask(_: int) -> int:
        for admitted in range(100):
            try:
                admit(quota, seconds=1)
            except QuotaSpent:
                return admitted
        return 100

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == LIMIT
    assert clock.slept == []


def test_threads_that_wait_all_come_to_their_turn(clock: Clock) -> None:
    quota = Quota(clock, clock.sleep)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: admit(quota), range(3 * LIMIT)))
    assert clock.now >= 1000 + 2 * WINDOW
