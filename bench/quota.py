"""A limit of CPU time like Lambda's: so many milliseconds in each period, then a pause.

It is a control group of our own, which needs root; where none can be made, nothing is measured.

Source: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# The older layout has a hierarchy for the processor alone.
OLD = ROOT / "cpu"
NAME = f"paperboy-bench-{os.getpid()}"
# Lambda's own, as its users measured it.
PERIOD = 20_000
PROCESSES, OLD_PERIOD, OLD_QUOTA, LIMIT = (
    "cgroup.procs",
    "cpu.cfs_period_us",
    "cpu.cfs_quota_us",
    "cpu.max",
)


@contextmanager
def group() -> Iterator[Path | None]:
    """Make a control group; None where we may not. No process may be in it at the end."""
    parent = OLD if (OLD / PROCESSES).exists() else ROOT
    place: Path | None = parent / NAME
    try:
        parent.joinpath(NAME).mkdir()
        limit(parent / NAME, 1.0)
    except OSError:
        with suppress(OSError):
            parent.joinpath(NAME).rmdir()
        place = None
    try:
        yield place
    finally:
        if place:
            place.rmdir()


def limit(place: Path, share: float) -> None:
    """Allow the group such a share of one core."""
    quota = round(PERIOD * share)
    if (place / OLD_QUOTA).exists():
        (place / OLD_PERIOD).write_text(str(PERIOD), "ascii")
        (place / OLD_QUOTA).write_text(str(quota), "ascii")
    else:
        (place / LIMIT).write_text(f"{quota} {PERIOD}", "ascii")


def command(place: Path) -> list[str]:
    """Return what a command begins with that is to run in the group: the shell becomes it."""
    return ["/bin/sh", "-c", f'echo $$ > "{place / PROCESSES}" && exec "$@"', "sh"]
