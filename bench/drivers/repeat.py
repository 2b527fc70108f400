"""Warm runs: call one handler with each event that comes in, and answer what it cost.

In: an event as JSON, a line each. Out: `{"cpu": seconds, "wall": seconds}`, a line each.
"""

import os
import time

from bench import talk
from bench.drivers import once


def main() -> None:
    """Answer until nothing more comes."""
    answers = os.fdopen(os.dup(1), "w")
    # What the handler logs would stand between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    handler = once.load()

    def call(event: object) -> dict[str, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        handler(event, once.Context())
        return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}

    talk.answer_all(call, answers)


if __name__ == "__main__":
    main()
