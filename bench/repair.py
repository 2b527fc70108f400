"""The repair of a whole archive by the command line: time, memory, and what GitHub is asked."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import archive, days, machine
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.servers import Servers
from bench.tables import MEGABYTE, Table, spread

ROUNDS = 5
ABOUT = f"""\
`paperboy repair BLOG --payloads DIR` on the function's Python, {ROUNDS} rounds. The archive has
{archive.DAYS} days, made from the recorded ones with other dates and ids: 10 MB, and 30 MB of
recorded answers. On GitHub (the tests' own), files go onto a branch of their own, a hundred a
commit, which then is the blog's in one step; between two writes there is at least the second that
GitHub asks for, and that is most of the time there."""
CHANGED = re.compile(rf"^(\d+) of {archive.DAYS} days change, (\d+) files$", re.MULTILINE)
MISSING = "Not measured: the recorded days are not beside the project (`../shared/data`)."


@dataclass(frozen=True, slots=True)
class Way:
    """A way to repair: its options, and whether what it repairs was repaired before."""

    title: str
    options: tuple[str, ...] = ()
    again: bool = False


WAYS = (
    Way("dry run", ("--dry-run",)),
    Way("written"),
    Way("written, again", again=True),
    Way("on GitHub", ("--github",)),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's machine, with an archive to repair."""

    python: str
    paperboy: Contender
    at: Servers
    directory: Path

    def repair(self, way: Way) -> Cost:
        """Repair the archive; what is in place stays so."""
        blog, payloads = self.directory / "blog", self.directory / "payloads"
        if not way.again:
            shutil.rmtree(blog, ignore_errors=True)
            shutil.copytree(self.directory / "made" / "blog", blog)
        hub = self.at.new_blog(blog) if "--github" in way.options else None
        command = [self.python, "-m", "handler.cli", "repair", str(blog)]
        return machine.measure(
            [*command, "--payloads", str(payloads), *way.options],
            days.ROOT,
            self._environment() | (hub.environment(on_desk=True) if hub else {}),
            self.directory / "log",
        )

    def changed(self) -> list[str]:
        """Return how many days and files the last repair changed, as it says itself."""
        found = CHANGED.search((self.directory / "log").read_text("utf-8"))
        if not found:
            raise ValueError("the repair does not say what it changed")
        return [*found.groups()]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.directory),
            "PYTHONPATH": str(self.paperboy.directory),
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def report(python: str, paperboy: Contender, at: Servers) -> str:
    """Return what a repair costs in each way, and what it changes."""
    if not archive.RECORDED.is_dir():
        return MISSING
    with _desk(python, paperboy, at) as desk:
        steps = [(way, number) for way in WAYS for number in range(ROUNDS)]
        costs: dict[Way, list[Cost]] = {way: [] for way in WAYS}
        changed: dict[Way, list[str]] = {}
        asked: dict[Way, Counter[str]] = {}
        for way, _ in progress(steps, "repair"):
            costs[way].append(desk.repair(way))
            changed[way] = desk.changed()
            asked[way] = Counter(request.method for request in at.requests())
    rows = [[way.title, *changed[way], *_row(costs[way], asked[way])] for way in WAYS]
    head = [
        "",
        "days changed",
        "files",
        "CPU, s",
        "wall, s",
        "peak, MB",
        "GitHub: queries",
        "mutations",
    ]
    return f"{ABOUT}\n\n{Table(head, rows)}"


@contextmanager
def _desk(python: str, paperboy: Contender, at: Servers) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        made = directory / "made"
        command = [sys.executable, "-m", "bench.archive", str(made)]
        subprocess.run(command, cwd=days.ROOT, check=True)
        (made / "payloads").rename(directory / "payloads")
        yield Desk(python, paperboy, at, directory)


def _row(costs: list[Cost], asked: Counter[str]) -> list[str]:
    return [
        spread([cost.cpu for cost in costs], digits=2),
        spread([cost.wall for cost in costs], digits=2),
        spread([cost.peak * MEGABYTE for cost in costs], digits=0),
        str(asked["query"]),
        str(asked["mutation"]),
    ]
