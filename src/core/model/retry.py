"""Repeat an attempt that failed with a temporary error."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeVar

from core.model.errors import AnnounceError, BlogError, PaperboyError
from core.model.ports import Pause

Value = TypeVar("Value")


def retry(
    attempt: Callable[[int], Value], tries: Mapping[type[PaperboyError], int], pause: Pause
) -> Value:
    """Return what `attempt` returns; it is called with 1, 2, … until it raises none of `tries`.

    `tries` is how many attempts may fail with each class of error; the error of the last attempt
    propagates. So does any error when the run has no time for the pause.
    """
    failures: Counter[type[PaperboyError]] = Counter()
    for number in count(1):
        try:
            return attempt(number)
        except tuple(tries) as error:
            failures[type(error)] += 1
            at_least = error.wait if isinstance(error, BlogError | AnnounceError) else 0.0
            if failures[type(error)] >= tries[type(error)] or not pause(number, at_least):
                raise
    raise AssertionError("unreachable")
