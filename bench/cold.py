"""Cold starts: the built package beside the obvious handler, a fresh process each.

A round runs Paperboy on a day with other votes, on a day that it has published, and the obvious
handler on the same day. Ratios are taken within a round.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles

from bench import samples
from bench.measuring import MEGABYTE, PACKAGE, ROOT, Cost, Figure, milliseconds, run, spread
from bench.servers import Servers

DAY = date(2025, 12, 24)
# Papers of each day, and days of the month that are published before.
PAPERS, BEFORE = 16, 5
# As they are in Lambda: the source a sixth of a second away, the store in the same region.
SOURCE_SECONDS, STORE_SECONDS = 0.15, 0.015
LOCK = ROOT / "requirements" / "lambda.txt"
OBVIOUS = ROOT / "build" / "bench" / "obvious"


@dataclass(frozen=True, slots=True)
class Contender:
    """A handler in the directory of its package, and what the store holds before it runs."""

    name: str
    directory: Path
    module: str
    before: str


CHANGED = Contender("Paperboy, other votes", PACKAGE, "handler.app", "changed")
UNCHANGED = Contender("Paperboy, unchanged", PACKAGE, "handler.app", "unchanged")
PLAIN = Contender("the obvious handler", OBVIOUS, "obvious_handler", "nothing")
CONTENDERS = (CHANGED, UNCHANGED, PLAIN)

Runs = Mapping[Contender, Sequence[Cost]]


def report(at: Servers, pairs: int) -> tuple[list[Figure], list[str]]:
    """Return the figures, and the lines of the ratios."""
    install_obvious()
    _publish_before(at)
    runs, requests = measure(at, pairs)
    at.tell("delay", SOURCE_SECONDS, STORE_SECONDS)
    waiting, _ = measure(at, pairs)
    at.tell("delay", 0, 0)
    figures = []
    for who in CONTENDERS:
        asked = requests[who]
        store = f"S3 {asked['get'] + asked['put']}, puts {asked['put']}"
        peaks = [cost.peak * MEGABYTE for cost in runs[who]]
        figures += [
            Figure(who.name, "CPU, ms", milliseconds(runs[who], "cpu")),
            Figure(who.name, "wall at latencies, ms", milliseconds(waiting[who], "wall")),
            Figure(who.name, "peak, MB", spread(peaks, 1), "" if who is PLAIN else "≤ 75"),
            Figure(who.name, "requests", f"source {asked['source']}, {store}"),
        ]
    for who, target in ((CHANGED, "≤ 8"), (PLAIN, "")):
        size = f"{zipped(who.directory) * MEGABYTE:.1f}"
        figures.append(Figure("package, zipped", f"{who.name.partition(',')[0]}, MB", size, target))
    return figures, list(ratio_lines(runs, waiting))


def ratio_lines(runs: Runs, waiting: Runs) -> Iterator[str]:
    """Yield a line a ratio, with quartiles: `cold CPU paperboy:obvious 0.97 (0.93-1.01)`."""
    for title, found, field in (("cold CPU", runs, "cpu"), ("latency wall", waiting, "wall")):
        for kind, ours in (("", CHANGED), (" unchanged", UNCHANGED)):
            pairs = zip(found[ours], found[PLAIN], strict=True)
            ratios = [getattr(our, field) / getattr(their, field) for our, their in pairs]
            low, middle, high = quantiles(ratios, n=4, method="inclusive")
            yield f"{title}{kind} paperboy:obvious {middle:.2f} ({low:.2f}-{high:.2f})"


def measure(
    at: Servers, pairs: int
) -> tuple[dict[Contender, list[Cost]], dict[Contender, Counter[str]]]:
    """Return the runs of each contender after a round that only warms up, and its requests."""
    runs: dict[Contender, list[Cost]] = {who: [] for who in CONTENDERS}
    requests: dict[Contender, Counter[str]] = {}
    for number in range(pairs + 1):
        turn = number % len(CONTENDERS)
        for who in CONTENDERS[turn:] + CONTENDERS[:turn]:
            prefix = f"cold/{next(_numbers)}"
            at.tell("copy", who.before, prefix)
            at.tell("requests")
            cost = handle(who, {"date": str(DAY)}, at, prefix)
            requests[who] = Counter(at.tell("requests"))
            runs[who] += [cost] if number else []
        print(".", end="", file=sys.stderr, flush=True)
    return runs, requests


def handle(who: Contender, event: Mapping[str, object], at: Servers, prefix: str) -> Cost:
    """Run a contender once."""
    return run(["event", who.module, json.dumps(event)], who.directory, at.environment(prefix))


def install_obvious() -> None:
    """Install the obvious handler with the package's own libraries, whole and with bytecode."""
    shutil.rmtree(OBVIOUS, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = ["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", "-r", str(LOCK)]
    subprocess.run([*pip, *lock, "--target", str(OBVIOUS)], check=True)
    shutil.copy(ROOT / "bench" / "obvious" / "handler.py", OBVIOUS / f"{PLAIN.module}.py")
    mode = ["--invalidation-mode", "unchecked-hash"]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *mode, str(OBVIOUS)], check=True)


def zipped(directory: Path) -> int:
    """Return the bytes of a directory's files in a zip file."""
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in directory.rglob("*"):
                archive.write(file, file.relative_to(directory))
        return packed.tell()


def _publish_before(at: Servers) -> None:
    """Publish the days before, and the day itself with the votes of before and of now."""
    days = samples.weekdays_until(DAY - timedelta(days=1), BEFORE)
    bodies = {str(day): samples.payload(day, PAPERS).decode() for day in days}
    for turn, who in enumerate((CHANGED, UNCHANGED)):
        bodies[str(DAY)] = samples.payload(DAY, PAPERS, turn).decode()
        at.tell("days", bodies)
        at.tell("copy", CHANGED.before, who.before)
        handle(who, {"dates": [*bodies]}, at, who.before)


_numbers = count()
