"""Warm runs: one process a handler and day, invoked again and again."""

from collections.abc import Sequence
from statistics import median

from bench import days, talk
from bench.contenders import Contender
from bench.progress import progress
from bench.servers import Day, Servers
from bench.tables import MILLISECONDS, Table

ROUNDS = 25
EVENT = {"date": days.DAY}
DAYS = {
    "16 papers": Day(papers=16),
    "100 papers": Day(papers=100),
    "1 paper, 664 authors": Day(papers=1, authors=664),
}

Costs = list[dict[str, float]]


def table(python: str, contenders: Sequence[Contender], at: Servers) -> Table:
    """Return what an unchanged and a changed run cost, for each handler and day."""
    plans = [(contender, title) for contender in contenders for title in DAYS]
    rows = [
        [contender.title, title, *_row(*_measure(python, contender, at, title))]
        for contender, title in progress(plans, "warm")
    ]
    head = ["", "day", "unchanged: CPU, ms", "wall, ms", "changed: CPU, ms", "wall, ms"]
    return Table(head, rows)


def _measure(python: str, contender: Contender, at: Servers, title: str) -> tuple[Costs, Costs]:
    """Return the costs of unchanged and of changed runs in one process."""
    day = DAYS[title]
    prefix = f"warm/{contender.name}/{title.replace(' ', '-').replace(',', '')}"
    environment = contender.environment(at, prefix) | {"PYTHONPATH": str(days.ROOT)}
    unchanged: Costs = []
    changed: Costs = []
    at.replay(day)
    with talk.partner(
        [python, "-m", "bench.drivers.repeat"], contender.directory, environment
    ) as handler:
        handler.ask(EVENT)
        for turn in range(1, ROUNDS + 1):
            unchanged.append(handler.ask(EVENT))
            at.replay(Day(day.papers, day.authors, turn))
            changed.append(handler.ask(EVENT))
    return unchanged, changed


def _row(*runs: Costs) -> list[str]:
    return [
        f"{median(cost[kind] for cost in costs) * MILLISECONDS:.1f}"
        for costs in runs
        for kind in ("cpu", "wall")
    ]
