"""What processes and calls cost, and the table of figures."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / ".aws-sam" / "build" / "PaperboyFunction"
MILLISECONDS, MEGABYTE = 1000, 1e-6
CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
# Of these: with two, the servers do not share the measured process's.
SERVERS, MEASURED = 0, -1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process or a call cost, in seconds and bytes."""

    wall: float
    cpu: float
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table; `target` is what it should be, if anything is asked of it."""

    part: str
    name: str
    measured: str
    target: str = ""


def run(arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Cost:
    """Run `drive.py` to its end with the libraries in a directory; raise when it fails."""
    variables = {
        "PATH": os.defpath,
        "HOME": str(directory),
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        # As the template has them.
        "POWERTOOLS_SERVICE_NAME": "paperboy",
        "POWERTOOLS_METRICS_NAMESPACE": "Paperboy",
        "PYTHONTZPATH": str(directory / "tzdata" / "zoneinfo"),
        **environment,
    }
    command, start = (
        [sys.executable, str(ROOT / "bench" / "drive.py"), *arguments],
        time.monotonic(),
    )
    with subprocess.Popen(
        command,
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 (for mypy)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} failed:\n{output}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, int(output.split()[-1]))


def cost_of(call: Callable[[], object]) -> Cost:
    """Make a call in this process, and return what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def use_core(place: int) -> None:
    """Run on one core from now on, and so do the processes that are started."""
    if CORES:
        os.sched_setaffinity(0, {CORES[place]})


def spread(numbers: Sequence[float], digits: int = 0) -> str:
    """Return the median with the lowest and the highest: `412 (398-455)`."""
    middle, low, high = (
        f"{number:,.{digits}f}" for number in (median(numbers), min(numbers), max(numbers))
    )
    return middle if low == high else f"{middle} ({low}-{high})"


def milliseconds(costs: Sequence[Cost], field: str) -> str:
    """Return the spread of times in milliseconds."""
    return spread([getattr(cost, field) * MILLISECONDS for cost in costs])


def table(figures: Sequence[Figure]) -> str:
    """Return figures as an aligned table in Markdown; a part is named once."""
    rows = [["", "", "measured", "target"]]
    for part, members in groupby(figures, key=lambda figure: figure.part):
        own = [["", one.name, one.measured, one.target] for one in members]
        own[0][0] = part
        rows += own
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    )


def machine() -> str:
    """Return the Python and the processor in words."""
    version = ".".join(map(str, sys.version_info[:3]))
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"Python {version}, {next(names, 'unknown processor')}, cores: {len(CORES) or '?'}."
