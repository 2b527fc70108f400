"""Cold starts: a fresh process a run, the contenders in turn, each under a prefix of its own."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import days, machine, tables
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.servers import Blog, Day, Servers
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

ROUNDS = 21
EVENT: Mapping[str, object] = {"date": days.DAY}
# The day before has the same papers here, which else are not published again.
EVENT_BEFORE: Mapping[str, object] = {"date": days.DAY_BEFORE, "force": True}
EMPTY_STORE = "empty-store"
ABOUT = """\
Each has published the day before, so that the month is there to be brought up to date; into an
empty store, Paperboy puts the month and the schemas, too."""
DRIVER = days.ROOT / "bench" / "drivers" / "once.py"


@dataclass(frozen=True, slots=True)
class Start:
    """How to start contenders: on which Python, against which servers."""

    python: str
    at: Servers
    log: Path

    def run(
        self,
        contender: Contender,
        prefix: str,
        event: Mapping[str, object] = EVENT,
        blog: Blog | None = None,
    ) -> Cost:
        """Start a contender and let it publish the day; return what its process cost."""
        return machine.measure(
            [self.python, str(DRIVER), json.dumps(event)],
            contender.directory,
            contender.environment(self.at, prefix) | (blog.environment() if blog else {}),
            self.log,
        )


def measure(python: str, contenders: Sequence[Contender], at: Servers) -> dict[str, list[Cost]]:
    """Return each contender's costs, one a round, after a round that only warms up.

    All have published the day before, but for Paperboy on the first day of a month.
    """
    at.replay(Day())
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    with tempfile.TemporaryDirectory() as logs:
        start = Start(python, at, Path(logs) / "log")
        for contender in contenders:
            if contender.name == EMPTY_STORE:
                continue
            start.run(contender, f"cold/{contender.name}/before", EVENT_BEFORE)
        for number in progress(range(ROUNDS + 1), "cold"):
            for contender in contenders:
                prefix = f"cold/{contender.name}"
                at.copy(f"{prefix}/before", f"{prefix}/{number}")
                cost = _publish(start, contender, f"{prefix}/{number}")
                costs[contender.name] += [cost] if number else []
    return costs


def table(contenders: Sequence[Contender], costs: dict[str, list[Cost]]) -> Table:
    """Return the costs, and what Paperboy costs of each of the others."""
    ours = costs[contenders[0].name]
    rows = [
        [
            contender.title,
            spread([cost.cpu * MILLISECONDS for cost in theirs]),
            spread([cost.wall * MILLISECONDS for cost in theirs]),
            spread([cost.peak * MEGABYTE for cost in theirs], digits=1),
            "" if theirs is ours else spread(_ratios(ours, theirs, "cpu"), digits=2),
            "" if theirs is ours else spread(_ratios(ours, theirs, "wall"), digits=2),
        ]
        for contender in contenders
        for theirs in [costs[contender.name]]
    ]
    head = ["", "CPU, ms", "wall, ms", "peak, MB", "Paperboy : this, CPU", "wall"]
    return tables.Table(head, rows)


def ratio_lines(contenders: Sequence[Contender], costs: dict[str, list[Cost]]) -> Iterable[str]:
    """Yield a line a ratio: `cold CPU paperboy:obvious 0.71 (0.68-0.75)`."""
    ours, *others = contenders
    for title, field in (("CPU", "cpu"), ("wall", "wall"), ("peak memory", "peak")):
        for other in others:
            ratios = _ratios(costs[ours.name], costs[other.name], field)
            shown = spread(ratios, digits=2, to="-")
            yield f"cold {title} {ours.name}:{other.name} {shown}"


def with_empty_store(contenders: Sequence[Contender]) -> Sequence[Contender]:
    """Return the contenders, and Paperboy once more: into an empty store."""
    ours, *others = contenders
    first = replace(ours, name=EMPTY_STORE, title="Paperboy, empty store")
    return (ours, first, *others)


def _publish(start: Start, contender: Contender, prefix: str) -> Cost:
    """Start a contender, and see that it really fetched and wrote."""
    start.at.requests()
    cost = start.run(contender, prefix)
    made = {(asked.server, asked.method) for asked in start.at.requests()}
    if not {("source", "GET"), ("store", "PUT")} <= made:
        raise RuntimeError(f"{contender.title} published nothing: {made}")
    return cost


def _ratios(ours: Sequence[Cost], theirs: Sequence[Cost], field: str) -> list[float]:
    """Return the ratios of the costs of each round."""
    return [
        getattr(our, field) / getattr(their, field) for our, their in zip(ours, theirs, strict=True)
    ]
