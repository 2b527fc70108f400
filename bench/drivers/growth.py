"""Runs in archives of several ages: what they read and write, and what they cost, as JSON.

The arguments are numbers of editions, ascending: the archive grows from one to the next, back from
its newest edition, which stays the same.
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from statistics import median

from bench import weekdays
from bench.drivers.store import CountingStore, forget, ports, publish
from bench.progress import progress
from bench.weekdays import NEWEST
from core.model import keys
from core.model.dates import first_of_month
from core.model.ports import Ports

PAPERS = 40
# What is older is not looked at: it has few papers, as days before 2024 had, and is made sooner.
RECENT, OLD_PAPERS = 90, 4
ROUNDS = 7
# These name all months.
GROWING = (keys.ROOT_INDEX, keys.SITEMAP, keys.HOME)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of run: its days, and whether their votes have changed."""

    name: str
    days: Sequence[date]
    turn: int = 0


KINDS = (
    Kind("unchanged", [NEWEST]),
    Kind("changed votes", [NEWEST], turn=1),
    Kind("new day", [NEWEST + timedelta(days=1)]),
    Kind("new month", [date(2026, 7, 1)]),
    Kind("schedule", [NEWEST - timedelta(days=number) for number in (0, 1, 7)], turn=1),
)


def main(sizes: Sequence[int]) -> None:
    """Print what each size's archive has, and what each kind of run does there."""
    found = []
    with tempfile.TemporaryDirectory() as place:
        root, days = Path(place), weekdays.until(NEWEST, sizes[-1])
        made, have = ports(root), 0
        for size in progress(sizes, "growth"):
            grow(days[-size : len(days) - have], days, made)
            have = size
            runs = {kind.name: measure(kind, made, root) for kind in KINDS}
            found.append({"archive": contents(root), "runs": runs})
    print(json.dumps(found))


def grow(news: Sequence[date], days: Sequence[date], ports: Ports) -> None:
    """Publish these days of all, a month a run, the newest first."""
    recent = set(days[-RECENT:])
    for _, month in groupby(reversed(news), first_of_month):
        sizes = {day: PAPERS if day in recent else OLD_PAPERS for day in month}
        bodies = {day: weekdays.payload(day, papers) for day, papers in sizes.items()}
        publish(bodies, ports, weekdays.runs(NEWEST)[0])


def measure(kind: Kind, ports: Ports, root: Path) -> Mapping[str, object]:
    """Return what such a run reads and writes, and its median times after one to warm up."""
    bodies = {day: weekdays.payload(day, PAPERS, kind.turn) for day in kind.days}
    now = weekdays.runs(max(kind.days))[1]
    times = []
    for _ in range(1 + ROUNDS):
        store = CountingStore(root)
        forget()
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        publish(bodies, replace(ports, store=store), now)
        times.append((time.process_time() - cpu, time.perf_counter() - wall))
        store.take_back()
    cpus, walls = zip(*times[1:], strict=True)
    return {"cpu": median(cpus), "wall": median(walls), **_counts(store)}


def contents(root: Path) -> Mapping[str, object]:
    """Return what an archive has: objects, bytes, months, and the files that name all months."""
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in root.rglob("*.*")}
    months = sum(key.startswith("index/") for key in sizes)
    growing = {key: sizes[key] for key in GROWING}
    return {"objects": len(sizes), "bytes": sum(sizes.values()), "months": months, **growing}


def _counts(store: CountingStore) -> Mapping[str, object]:
    return {
        "gets": store.gets.total(),
        "objects read": len(store.gets),
        "read": _bytes(store.read),
        "puts": store.puts.total(),
        "written": _bytes(store.written),
        "keys": {key: [store.gets[key], store.puts[key]] for key in store.gets},
    }


def _bytes(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Return the bytes of all files but those that name all months, and of these."""
    growing = sum(sizes.get(key, 0) for key in GROWING)
    return sum(sizes.values()) - growing, growing


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
