"""The rebuild of a whole archive in a directory: time, memory, and what it reads and writes."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import days, drive, machine
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.tables import MEGABYTE, Table, spread

EDITIONS, PAPERS, ROUNDS = 600, 40, 3
COUNTS = ("objects", "objects read", "gets", "read", "puts", "written")
ABOUT = f"""\
What `paperboy site` does, in a directory that has {EDITIONS} editions of {PAPERS} papers each and
their months, nothing else: everything that follows from them is made. And once more, when all of it
is there. A fresh process each, {ROUNDS} rounds."""

Run = tuple[Cost, Mapping[str, int]]


def report(python: str, paperboy: Contender) -> str:
    """Return what a rebuild costs, and the same again."""
    runs: dict[str, list[Run]] = {"everything": [], "again": []}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "seed").mkdir()
        seed = drive.command(python, "rebuild", "seed", root / "seed", EDITIONS, PAPERS)
        _run(seed, paperboy, root / "log")
        steps = [(title, number) for number in range(ROUNDS) for title in runs]
        for title, number in progress(steps, "rebuild"):
            archive = root / str(number)
            if not archive.is_dir():
                shutil.copytree(root / "seed", archive)
            command = drive.command(python, "rebuild", "rebuild", archive)
            cost = _run(command, paperboy, root / "log")
            runs[title].append((cost, json.loads((root / "log").read_bytes())))
    head = ["", "CPU, s", "wall, s", "peak, MB", "objects made", "objects read", "reads", "MB"]
    rows = [[title, *_row(costs)] for title, costs in runs.items()]
    return f"{ABOUT}\n\n{Table([*head, 'writes', 'MB'], rows)}"


def _run(command: list[str], paperboy: Contender, log: Path) -> Cost:
    return machine.measure(command, days.ROOT, drive.environment(paperboy), log)


def _row(runs: list[Run]) -> list[str]:
    costs, (counts, *_) = zip(*runs, strict=True)
    return [
        spread([cost.cpu for cost in costs], digits=1),
        spread([cost.wall for cost in costs], digits=1),
        spread([cost.peak * MEGABYTE for cost in costs]),
        *(_count(name, counts[name]) for name in COUNTS),
    ]


def _count(name: str, number: int) -> str:
    return f"{number * MEGABYTE:.0f}" if name in ("read", "written") else f"{number:,}"
