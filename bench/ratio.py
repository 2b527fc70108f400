"""Paperboy against the obvious handler in CPU time alone, for every run of CI: under a minute."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import cold
from bench.contenders import Contender
from bench.servers import Servers

ROUNDS = 15
BOUND = 1.0


class Exceeded(Exception):
    """Paperboy's cold start costs more than the obvious handler's."""


def report(python: str, contenders: Sequence[Contender], at: Servers) -> str:
    """Return the ratios. Raises `Exceeded` when the median of the CPU's leaves the bound."""
    with tempfile.TemporaryDirectory() as logs:
        runs = cold.measure(python, contenders, at, Path(logs) / "log", ROUNDS)
    lines = "\n".join(cold.ratio_lines(contenders, runs))
    ours, theirs = (runs[contender.name] for contender in contenders)
    if (found := median(cold.ratios(ours, theirs, "cpu"))) > BOUND:
        raise Exceeded(f"{lines}\nthe CPU's is {found:.2f}; it must not be over {BOUND:.2f}")
    return lines
