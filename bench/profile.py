"""Where a cold run's time goes: a flame graph, and what it imports.

The graph is written into `docs/flame.svg`.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import days, flame
from bench.contenders import Contender
from bench.progress import progress
from bench.servers import Day, Servers
from bench.start import EVENT_BEFORE, Start
from bench.tables import Table

GRAPH = days.ROOT / "docs" / "flame.svg"
SAMPLES, MOST_RUNS = 2000, 60
IMPORT_RUNS = 7
# In microseconds, with what it imports in turn.
LEAST = 1000
LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
GROUPS: Mapping[str, Sequence[str]] = {
    "Paperboy": ("core/", "adapters/", "handler/"),
    "Jinja2": ("jinja2/", "markupsafe/", "<template>"),
    "AWS' SDK": ("botocore/", "boto3/", "s3transfer/", "jmespath/", "dateutil/"),
    "HTTP": ("urllib3/", "requests/", "certifi/", "idna/", "charset_normalizer/"),
    "Powertools": ("aws_lambda_powertools/",),
    "Lambda's start-up code": ("awslambdaric/", "snapshot_restore_py", "simplejson/"),
}
REST = "standard library"
ABOUT = """\
[The flame graph](flame.svg) has {samples:,} samples of {runs} cold runs that publish a new day,
{ms} ms of CPU time apart; starting Python itself is not in it. By the code that was running; who
imports a module is not charged with reading it, the standard library is:"""
ABOUT_IMPORTS = f"""\
What is imported, in ms of wall time with what it imports in turn, and alone: `-X importtime`, which
makes imports a little slower; medians of {IMPORT_RUNS} runs, without what takes less than 1 ms."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A module, the time in µs that it took with what it imports, and alone, and how deep it is."""

    name: str
    whole: float
    alone: float
    level: int


def report(python: str, paperboy: Contender, at: Servers) -> str:
    """Write the graph; return the shares of the time, and the tree of imports."""
    at.replay(Day())
    with tempfile.TemporaryDirectory() as place:
        start = Start(python, at, Path(place) / "log")
        start.run(paperboy, "profile/before", EVENT_BEFORE)
        samples, runs, root = _sampled(start, paperboy, Path(place) / "samples")
        tree = "\n".join(f"    {line}" for line in _tree(_imports(start, paperboy)))
    title = f"Paperboy's cold run: {samples:,} samples of CPU time, {runs} runs"
    GRAPH.write_text(flame.render(root, title), "utf-8")
    interval = f"{root.weight / 1000 / samples:.1f}"
    about = ABOUT.format(samples=samples, runs=runs, ms=interval)
    return f"{about}\n\n{_shares(root)}\n\n{ABOUT_IMPORTS}\n\n{tree}"


def _sampled(start: Start, paperboy: Contender, file: Path) -> tuple[int, int, flame.Box]:
    """Return how many samples of how many runs there are, and these as boxes."""
    extra = {"SAMPLES": str(file), "PYTHONPATH": str(days.ROOT)}
    sampled = Start(
        start.python, start.at, start.log, module=("-m", "bench.drivers.sampled"), extra=extra
    )
    stacks: list[tuple[Sequence[str], float]] = []
    samples = 0
    for run in progress(range(1, MOST_RUNS + 1), "samples"):
        _start(sampled, paperboy, f"sampled/{run}")
        found = json.loads(file.read_bytes())
        samples += found["samples"]
        stacks += found["stacks"]
        if samples >= SAMPLES:
            break
    return samples, run, flame.grown(stacks)


def _imports(start: Start, paperboy: Contender) -> list[Imported]:
    """Return what is imported, each module before those that it imports, with median times."""
    timed = Start(start.python, start.at, start.log, options=("-X", "importtime"))
    runs = []
    for run in progress(range(IMPORT_RUNS), "imports"):
        _start(timed, paperboy, f"imports/{run}")
        runs.append({one.name: one for one in imported(start.log.read_text("utf-8"))})
    return [
        Imported(
            name,
            median(run[name].whole for run in runs if name in run),
            median(run[name].alone for run in runs if name in run),
            one.level,
        )
        for name, one in runs[-1].items()
    ]


def _start(start: Start, paperboy: Contender, place: str) -> None:
    start.at.copy("profile/before", f"profile/{place}")
    start.run(paperboy, f"profile/{place}")


def imported(log: str) -> list[Imported]:
    """Return what Python said of imports, each module before those that it imports.

    Python tells a module after those.
    """
    ahead: list[list[Imported]] = []
    for line in filter(None, map(LINE.match, log.splitlines())):
        level = len(line[3]) // 2
        one = Imported(line[4], int(line[2]), int(line[1]), level)
        below = [module for group in ahead if group[0].level > level for module in group]
        ahead = [group for group in ahead if group[0].level <= level]
        ahead.append([one, *below])
    return [module for group in ahead for module in group]


def _tree(modules: Iterable[Imported]) -> Iterator[str]:
    yield "  with   alone"
    for one in modules:
        if one.whole >= LEAST:
            yield f"{one.whole / 1000:6.1f}  {one.alone / 1000:6.1f}  {'  ' * one.level}{one.name}"


def _shares(root: flame.Box) -> Table:
    found = flame.shares(root, GROUPS)
    found[REST] = found.pop("the rest")
    return Table(["", "CPU"], [[name, f"{share:.0%}"] for name, share in found.items()])
