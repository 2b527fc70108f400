"""The pure core alone: what it costs to decode, parse, rank and render days of several sizes."""

import json
import subprocess
from collections.abc import Mapping

from bench import days
from bench.contenders import Contender
from bench.tables import MILLISECONDS, Table

SIZES = (10, 16, 100, 1000)
STEPS = ("decode", "parse", "rank", "json", "post", "all")
MONTH = ("read month", "month", "month's post")


def table(python: str, paperboy: Contender) -> Table:
    """Return the CPU time of each step, and of one paper."""
    costs = _measure(python, paperboy)
    rows = [[str(size), *_row(costs[str(size)], size)] for size in SIZES]
    head = ["papers", "decode", "parse", "rank", "JSON", "post", "all, ms", "a paper, ms"]
    head += ["read a month", "its JSON", "its post"]
    return Table(head, rows)


def _measure(python: str, paperboy: Contender) -> Mapping[str, Mapping[str, float]]:
    done = subprocess.run(
        [python, "-m", "bench.drivers.pure", *map(str, SIZES)],
        cwd=days.ROOT,
        env={"PYTHONPATH": str(paperboy.directory), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    costs: dict[str, dict[str, float]] = json.loads(done.stdout)
    return costs


def _row(costs: Mapping[str, float], size: int) -> list[str]:
    steps = [f"{costs[step] * MILLISECONDS:.2f}" for step in STEPS]
    month = [f"{costs[step] * MILLISECONDS:.2f}" for step in MONTH]
    return [*steps, f"{costs['all'] * MILLISECONDS / size:.3f}", *month]
