"""Lambda's start-up code under a sampler: folded stacks of one cold run, as JSON.

`SAMPLES` names the file. Each some milliseconds of CPU time, the stacks of all threads are noted,
each with the CPU time that its thread took since. Python hears of a signal between two of its own
steps: the time of a call into C is noted at the line that calls it.
"""

import json
import os
import runpy
import signal
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from threading import get_ident
from types import FrameType

INTERVAL = 0.001
MICROSECONDS = 1e6
# What finds and runs modules would double each level of an import.
MACHINERY = ("<frozen importlib", "<frozen runpy", "<frozen zipimport")
OWN = Path(__file__).name

Stacks = Counter[tuple[str, ...]]


class Sampler:
    """Notes where the process' CPU time goes."""

    def __init__(self) -> None:
        self.samples = 0
        self.stacks: Stacks = Counter()
        self._taken: dict[int, float] = {}

    def sample(self, _signal: int, frame: FrameType | None) -> None:
        """Note each thread's stack, with the microseconds that it took since the last time."""
        self.samples += 1
        for thread, current in sys._current_frames().items():
            clock = time.pthread_getcpuclockid(thread)
            taken = time.clock_gettime(clock)
            spent = taken - self._taken.get(thread, 0.0)
            self._taken[thread] = taken
            stack = folded(frame if thread == get_ident() else current)
            self.stacks[stack] += round(spent * MICROSECONDS)


def folded(frame: FrameType | None) -> tuple[str, ...]:
    """Return a stack from the outermost frame on, each as `package/module.py:function`."""
    names: list[str] = []
    while frame:
        code = frame.f_code
        if not code.co_filename.startswith(MACHINERY) and Path(code.co_filename).name != OWN:
            names.append(f"{short(code.co_filename)}:{code.co_name}")
        frame = frame.f_back
    return tuple(reversed(names))


def short(path: str) -> str:
    """Return a file's path below the package, the start-up code or the standard library."""
    for root in (*sys.path, "/var/task"):
        if root and path.startswith(f"{root}/"):
            return path.removeprefix(f"{root}/").removeprefix("site-packages/")
    return Path(path).name


def main() -> None:
    """Run awslambdaric; write the samples when it has the answer, and before it tells it."""
    sampler = Sampler()
    signal.signal(signal.SIGPROF, sampler.sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    # Its import is part of what is sampled.
    client = import_module("awslambdaric.lambda_runtime_client").LambdaRuntimeClient
    post = client.post_invocation_result

    def write_and_post(*arguments: object, **options: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        stacks = [[list(stack), spent] for stack, spent in sampler.stacks.items()]
        found = {"samples": sampler.samples, "stacks": stacks}
        Path(os.environ["SAMPLES"]).write_text(json.dumps(found), "utf-8")
        post(*arguments, **options)

    client.post_invocation_result = write_and_post
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
