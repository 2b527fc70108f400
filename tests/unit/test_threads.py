"""Calls at once: in order, whole, and with the first error in order."""

import threading
from functools import partial

import pytest

from adapters.threads import AT_ONCE, together


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_results_come_in_order(count: int) -> None:
    assert together([partial(int, number) for number in range(count)]) == [*range(count)]


def test_they_wait_at_the_same_time() -> None:
    """Hold up each call until all are there; one after another, they would never be."""
    barrier = threading.Barrier(AT_ONCE, timeout=20)
    assert sorted(together([barrier.wait] * (AT_ONCE))) == [*range(AT_ONCE)]


def test_the_first_may_make_calls_together_in_turn() -> None:
    inner = [partial(int, number) for number in range(9)]
    assert together([lambda: together(inner), lambda: [1]]) == [[*range(9)], [1]]


@pytest.mark.parametrize("failing", [[0], [2], [2, 1], [0, 3]])
def test_all_end_before_the_first_error_is_raised(failing: list[int]) -> None:
    done: list[int] = []

    def call(number: int) -> int:
        done.append(number)
        if number in failing:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match=str(min(failing))):
        together([partial(call, number) for number in range(6)])
    assert sorted(done) == [*range(6)]
