"""The machine: its cores, its processor's name, and what a process cost on it."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from select import select

# Of the cores that we may use, the servers' and the contenders'; with one core, they share it.
SERVERS, CONTENDER = 0, -1
KIB = 1024
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost, from its start to its end: seconds, seconds and bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Started:
    """A process, and when it was started, in seconds of the monotonic clock."""

    process: "subprocess.Popen[bytes]"
    at: float


def measure(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], output: Path
) -> Cost:
    """Run a process to its end and return what it cost; raise when it fails."""
    with started(command, directory, environment, output) as process:
        highest = _watched(process)
        cost = ended(process)
    if process.process.returncode:
        raise RuntimeError(f"{command} failed:\n{output.read_text('utf-8')}")
    return replace(cost, peak=highest or cost.peak)


@contextmanager
def started(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], output: Path
) -> Iterator[Started]:
    """Start a process; at the end of the context, it ends.

    It inherits our core.
    """
    with output.open("wb") as file:
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Started(process, start)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()


def ended(started: Started) -> Cost:
    """Wait for the end of a process, and return what it cost."""
    _, status, usage = os.wait4(started.process.pid, 0)
    wall = time.monotonic() - started.at
    started.process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else KIB
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def peak(started: Started) -> int | None:
    """Return the peak memory of a process that still runs; None where the system does not tell.

    What is counted at its end also has what we had in memory when we started it.
    """
    try:
        lines = Path(f"/proc/{started.process.pid}/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * KIB for line in lines if line.startswith("VmHWM:")), None)


def _watched(started: Started) -> int | None:
    """Return the peak memory of a process at its end, or up to a look before that."""
    if sys.platform != "linux":
        return None
    highest, descriptor = None, os.pidfd_open(started.process.pid)
    try:
        while not select([descriptor], [], [], LOOK_SECONDS)[0]:
            highest = peak(started) or highest
    finally:
        os.close(descriptor)
    return highest


def has_ended(started: Started) -> bool:
    """Tell whether a process ended by itself; what it cost can still be asked for."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, started.process.pid, options) is not None


def use_core(place: int) -> None:
    """Run on one core from now on, and so do the processes that we start."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {CORES[place]})


@contextmanager
def on_core(place: int) -> Iterator[None]:
    """Run on one core for a while."""
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    use_core(place)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def processor() -> str:
    """Return the processor's name, as it tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def python_version(python: str) -> str:
    """Return the version of a Python: `3.13.0`."""
    command = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def feature_version(python: str) -> str:
    """Return the part of a Python's version that bytecode and wheels are made for: `3.13`."""
    return python_version(python).rpartition(".")[0]


CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
