"""The one retry: who is tried again, how often, and after how long."""

from collections.abc import Callable

import pytest

from core.model.errors import (
    BlogConflict,
    BlogRejected,
    BlogUnavailable,
    PaperboyError,
    StoreConflict,
)
from core.model.retry import retry
from tests.support.fakes import Pauses

LOST, AWAY = BlogConflict("moved", "ada/blog", wait=1.0), BlogUnavailable("502", "ada/blog")
LIMITED = BlogUnavailable("slow down", "ada/blog", wait=30.0)
STORE, REJECTED = StoreConflict("changed", "latest.json"), BlogRejected("no", "ada/blog")
TRIES: dict[type[PaperboyError], int] = {BlogConflict: 4, BlogUnavailable: 2, StoreConflict: 2}


def failing(*errors: Exception) -> tuple[Callable[[int], str], list[int]]:
    """Return an attempt that raises these in turn, then succeeds; and the numbers it is given."""
    numbers: list[int] = []

    def attempt(number: int) -> str:
        numbers.append(number)
        if number <= len(errors):
            raise errors[number - 1]
        return "done"

    return attempt, numbers


@pytest.mark.parametrize(
    ("errors", "waits"),
    [
        ([], []),
        ([LOST], [1.0]),
        ([LOST, LOST, LOST], [1.0, 1.0, 1.0]),
        ([AWAY], [0.0]),
        ([STORE], [0.0]),
        ([LIMITED], [30.0]),
        ([LOST, AWAY, LOST, STORE, LOST], [1.0, 0.0, 1.0, 0.0, 1.0]),
    ],
)
def test_who_loses_tries_again(errors: list[PaperboyError], waits: list[float]) -> None:
    attempt, numbers = failing(*errors)
    pause = Pauses(99)
    assert retry(attempt, TRIES, pause) == "done"
    assert numbers == list(range(1, len(errors) + 2))
    assert pause.taken == waits


@pytest.mark.parametrize(
    ("errors", "tries"),
    [
        ([LOST] * 9, 4),
        ([AWAY] * 9, 2),
        ([LOST, AWAY, LOST, LIMITED, LOST], 4),
        ([LOST, LOST, LOST, AWAY, LOST], 5),
        ([REJECTED], 1),
        ([LOST, REJECTED], 2),
        ([ValueError("a bug"), LOST], 1),
    ],
)
def test_each_class_has_so_many_tries(errors: list[Exception], tries: int) -> None:
    attempt, numbers = failing(*errors)
    pause = Pauses(99)
    with pytest.raises(type(errors[tries - 1])) as caught:
        retry(attempt, TRIES, pause)
    assert caught.value is errors[tries - 1]
    assert len(numbers) == tries
    assert len(pause.taken) == tries - 1


@pytest.mark.parametrize("times", [0, 1, 2])
def test_without_time_the_last_error_propagates(times: int) -> None:
    attempt, numbers = failing(LOST, LOST, LIMITED)
    pause = Pauses(times)
    with pytest.raises(PaperboyError) as caught:
        retry(attempt, {BlogConflict: 9, BlogUnavailable: 9}, pause)
    assert caught.value is (LOST, LOST, LIMITED)[times]
    assert len(numbers) == times + 1


def test_pauses_are_told_how_many_attempts_there_were() -> None:
    told: list[tuple[int, float]] = []

    def pause(attempt: int, at_least: float = 0.0) -> bool:
        told.append((attempt, at_least))
        return True

    retry(failing(LOST, STORE, LOST)[0], TRIES, pause)
    assert told == [(1, 1.0), (2, 0.0), (3, 1.0)]
