"""Calls that wait for input or output, several at once in threads of the process."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

from core.model.ports import Value

# Requests to the store at once, this thread's included. Each has a connection of its own.
AT_ONCE = 16


def together(calls: Sequence[Callable[[], Value]]) -> list[Value]:
    """Make calls at once: the first in this thread, the others in a pool of threads.

    Returns their results in order, when all have ended; raises the first error in order. Only the
    first call may call `together` itself: any other could wait for its own thread.
    """
    others = [_pool().submit(call) for call in calls[1:]]
    try:
        results = [call() for call in calls[:1]]
    finally:
        wait(others)
    return [*results, *(other.result() for other in others)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE - 1)
