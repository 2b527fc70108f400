"""Calls that wait for the outside, a few at once in threads of the process."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

from core.model.ports import Value

# Gets and puts that wait for S3 at once; each has a connection, which costs its TLS handshake.
AT_ONCE = 4


def together(calls: Sequence[Callable[[], Value]]) -> list[Value]:
    """Make calls at once: the first in this thread, the others in those that there are.

    Only the first may make calls together in turn: another one might wait for its own thread.
    """
    others = [_threads().submit(call) for call in calls[1:]]
    try:
        results = [call() for call in calls[:1]]
    finally:
        wait(others)
    return [*results, *(other.result() for other in others)]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE)
