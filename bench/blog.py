"""Runs with a blog and without one, in turn: what the blog costs, and whom it asks."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.servers import Asked, Blog, Day, Servers
from bench.start import Start
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

ROUNDS = 15
PAPERS = 16
ABOUT = f"""\
Cold starts as above, {PAPERS} papers, {ROUNDS} rounds of the four in turn, after one that makes the
post. The token is in Secrets Manager, GitHub is the tests' own, over loopback: its schema and its
Git are in the wall time, not in the CPU time. A run with a blog reads the edition and its months
again before it looks, and once more after its commit, as another run may have changed them."""
COLUMNS = {
    "source": ("source", "GET"),
    "store: GET": ("store", "GET"),
    "store: PUT": ("store", "PUT"),
    "Secrets Manager": ("secrets", "POST"),
    "GitHub: queries": ("github", "query"),
    "mutations": ("github", "mutation"),
}


@dataclass(slots=True)
class Runs:
    """Cold runs of one kind: their costs, and the requests of each."""

    title: str
    changed: bool
    blog: Blog | None
    costs: list[Cost] = field(default_factory=list)
    asked: list[Sequence[Asked]] = field(default_factory=list)


def measure(python: str, paperboy: Contender, at: Servers) -> list[Runs]:
    """Return runs with other votes and unchanged ones, each without a blog and with it.

    A round has one of each; the first, which makes the post, is not counted.
    """
    blog = at.new_blog()
    kinds = [
        Runs(f"{what}, {place}", what == "changed votes", where)
        for what in ("changed votes", "unchanged")
        for place, where in (("no blog", None), ("with a blog", blog))
    ]
    with tempfile.TemporaryDirectory() as logs:
        start = Start(python, at, Path(logs) / "log")
        for number in progress(range(ROUNDS + 1), "blog"):
            at.replay(Day(PAPERS, turn=number))
            for runs in kinds:
                at.requests()
                prefix = "blog/with" if runs.blog else "blog/without"
                cost = start.run(paperboy, prefix, blog=runs.blog)
                if number:
                    runs.costs.append(cost)
                    runs.asked.append(at.requests())
    return kinds


def table(kinds: Sequence[Runs]) -> Table:
    """Return the costs, and what a run with a blog costs of one without."""
    rows = [
        [
            runs.title,
            spread([cost.cpu * MILLISECONDS for cost in runs.costs]),
            spread([cost.wall * MILLISECONDS for cost in runs.costs]),
            spread([cost.peak * MEGABYTE for cost in runs.costs], digits=1),
            *_ratios(runs, kinds),
        ]
        for runs in kinds
    ]
    return Table(["", "CPU, ms", "wall, ms", "peak, MB", "with : without, CPU", "wall"], rows)


def requests_table(kinds: Sequence[Runs]) -> Table:
    """Return the numbers of requests of a run; raises ValueError when they are not all alike."""
    return Table(["", *COLUMNS], [[runs.title, *_counts(runs)] for runs in kinds])


def _ratios(runs: Runs, kinds: Sequence[Runs]) -> list[str]:
    if runs.blog is None:
        return ["", ""]
    (without,) = (other for other in kinds if other.changed == runs.changed and not other.blog)
    pairs = list(zip(runs.costs, without.costs, strict=True))
    cpu, wall = [one.cpu / other.cpu for one, other in pairs], [o.wall / w.wall for o, w in pairs]
    return [spread(cpu, digits=2), spread(wall, digits=2)]


def _counts(runs: Runs) -> list[str]:
    each = [Counter((asked.server, asked.method) for asked in asked) for asked in runs.asked]
    if any(counts != each[0] for counts in each):
        raise ValueError(f"the runs of {runs.title} asked differently: {each}")
    return [str(each[0][column]) for column in COLUMNS.values()]
