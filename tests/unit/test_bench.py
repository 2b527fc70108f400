"""What the benchmark prints: lines that others read by their form."""

import re

from bench import cold
from bench.measuring import Cost, Figure, table

RATIO = re.compile(
    r"(cold CPU|latency wall)( unchanged)? paperboy:obvious \d\.\d\d \(\d\.\d\d-\d\.\d\d\)"
)


def test_each_ratio_is_a_line() -> None:
    runs = {
        cold.CHANGED: [Cost(1.2, 0.9), Cost(1.1, 1.0), Cost(1.0, 1.1)],
        cold.UNCHANGED: [Cost(0.8, 0.8)] * 3,
        cold.PLAIN: [Cost(1.0, 1.0)] * 3,
    }
    lines = list(cold.ratio_lines(runs, runs))
    assert lines[0] == "cold CPU paperboy:obvious 1.00 (0.95-1.05)"
    assert lines[3] == "latency wall unchanged paperboy:obvious 0.80 (0.80-0.80)"
    assert len(lines) == 4
    assert all(RATIO.fullmatch(line) for line in lines)


def test_a_part_is_named_once() -> None:
    figures = [Figure("plan", "CPU", "27", "≤ 30"), Figure("plan", "wall", "28")]
    assert table(figures).splitlines()[2:] == [
        "| plan | CPU  | 27       | ≤ 30   |",
        "|      | wall | 28       |        |",
    ]
