"""The entry point: `paperboy`, and `python -m handler.cli` without the installed script."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130


def run() -> int:
    """Run the command line; return the exit code, 130 after an interrupt at any moment."""
    signal.signal(signal.SIGINT, _leave)
    # Imported here, because it takes a moment in which nothing has to be cleaned up.
    from handler.cli.main import main

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return main()
    finally:
        signal.signal(signal.SIGINT, _leave)


def _leave(*_: int | FrameType | None) -> NoReturn:
    """End the process at once, without a traceback."""
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(run())
