"""How far a long measurement is, on one line of a terminal; nothing where nobody looks."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

Step = TypeVar("Step")


def progress(steps: Sequence[Step], what: str) -> Iterator[Step]:
    """Yield the steps, and show each one's number."""
    shown = sys.stderr.isatty()
    for number, step in enumerate(steps, 1):
        if shown:
            print(f"\r\033[K{what} {number}/{len(steps)}", end="", file=sys.stderr, flush=True)
        yield step
    if shown:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
