"""A backfill at a desk: days per second, what it asks of source and store, and its memory.

Run as a module, this is the source that it asks: in a process of its own, so that its work is not
counted.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import days, drive, machine, talk, weekdays
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

ROUNDS = 3
# A source answers at once, or as the real one does.
DELAYS = (0.0, 0.15)
THREADS, USUAL_THREADS = (1, 4, 8), 4
# All below what a process may ask in 5 minutes, so that none has to wait.
SIZES, PAPERS = (50, 200, 400), 20
AS_RECORDED = 49
RECORDED = days.ROOT.parent / "shared" / "data" / "api"
NOW = f"{weekdays.NEWEST + timedelta(days=1)}T02:00:00+00:00"
KILOBYTE = 1e-3

ABOUT = """\
`paperboy backfill` into an empty directory, from the start of a fresh process to its end, {rounds}
rounds. The source is another process, on another core where there is one. It has {count} days in a
row: {which}.
Day by day, one process without threads publishes each day in a run of its own, with all that
follows from it. The limit of 450 requests in 5 minutes is not reached here; beyond it, there are
1.5 days a second, whatever the way."""
GENERATED = f"generated ones of {PAPERS} papers, as the recorded ones are not beside the project"
ABOUT_SIZES = f"""\
More days, generated, of {PAPERS} papers each, with {USUAL_THREADS} threads and a source that
answers at once, {ROUNDS} rounds. What follows from many days (months, pages, indexes, feeds) is
counted, too."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to bring many days: with so many threads, or without any, day by day."""

    title: str
    threads: int | None = None


WAYS = (
    Way("day by day, no threads"),
    *(Way(f"backfill, {number} thread{'s' * (number > 1)}", number) for number in THREADS),
)


class Source:
    """The source that runs elsewhere."""

    def __init__(self, partner: talk.Partner) -> None:
        self._partner = partner
        self.url: str = partner.ask({})["url"]

    def replay(self, size: int | None, delay: float = 0) -> int:
        """Answer with so many generated days, or the recorded ones; return how many there are."""
        count: int = self._partner.ask({"size": size, "delay": delay})["days"]
        return count

    def requests(self) -> int:
        """Return how many requests there were since this was asked last."""
        count: int = self._partner.ask({})["requests"]
        return count


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's machine."""

    python: str
    paperboy: Contender
    source: Source
    directory: Path

    def bring(self, count: int, way: Way, *, counting: bool = False) -> Cost:
        """Bring so many days into an empty directory; raise when one does not come."""
        root = self.directory / "archive"
        shutil.rmtree(root, ignore_errors=True)
        first, last = _first(count), weekdays.NEWEST
        arguments = ["backfill", f"--from={first}", f"--to={last}", f"--now={NOW}"]
        arguments += [f"--out={root}", f"--threads={way.threads}"]
        command = [self.python, "-m", "handler.cli", *arguments]
        if counting:
            command = drive.command(self.python, "backfill", "count", *arguments)
        if way.threads is None:
            command = drive.command(self.python, "backfill", "alone", root, first, last, NOW)
        environment = {
            **drive.environment(self.paperboy),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.directory),
            "PAPERBOY_SOURCE": self.source.url,
        }
        cost = machine.measure(command, days.ROOT, environment, self._log)
        if (found := len(list(root.glob("daily/*.json")))) != count:
            raise RuntimeError(f"{way.title} published {found} days of {count}")
        return cost

    def counted(self) -> Mapping[str, int]:
        """Return what the last one counted of the store."""
        counts: Mapping[str, int] = json.loads(self._log.read_text("utf-8").splitlines()[-1])
        return counts

    @property
    def _log(self) -> Path:
        return self.directory / "log"


def report(python: str, paperboy: Contender) -> str:
    """Return how fast days come in each way, and what a day costs among more and more of them."""
    with _source() as source, tempfile.TemporaryDirectory() as place:
        desk = Desk(python, paperboy, source, Path(place))
        speeds, sizes = _speeds(desk), _sizes(desk)
    return f"{speeds}\n\n{ABOUT_SIZES}\n\n{sizes}"


def _speeds(desk: Desk) -> str:
    size = None if RECORDED.is_dir() else AS_RECORDED
    count = desk.source.replay(size)
    which = "the recorded ones" if size is None else GENERATED
    ways = [(delay, way) for delay in DELAYS for way in WAYS]
    costs: dict[tuple[float, Way], list[Cost]] = {one: [] for one in ways}
    for delay, way in progress(ways * ROUNDS, "backfill"):
        desk.source.replay(size, delay)
        costs[delay, way].append(desk.bring(count, way))
    rows = [
        [
            way.title,
            f"{delay * MILLISECONDS:.0f}",
            *_speed(count, costs[delay, way], costs[delay, WAYS[0]]),
        ]
        for delay, way in ways
    ]
    head = ["", "answers after, ms", "days/s", "× day by day", "wall, s", "CPU, s"]
    about = ABOUT.format(rounds=ROUNDS, which=which, count=count)
    return f"{about}\n\n{Table([*head, 'peak, MB'], rows)}"


def _speed(count: int, costs: Sequence[Cost], plain: Sequence[Cost]) -> list[str]:
    ratios = [other.wall / cost.wall for cost, other in zip(costs, plain, strict=True)]
    return [
        spread([count / cost.wall for cost in costs], digits=1),
        "" if costs is plain else spread(ratios, digits=1),
        *_cost(costs),
    ]


def _cost(costs: Sequence[Cost]) -> list[str]:
    return [
        spread([cost.wall for cost in costs], digits=1),
        spread([cost.cpu for cost in costs], digits=1),
        spread([cost.peak * MEGABYTE for cost in costs]),
    ]


def _sizes(desk: Desk) -> Table:
    way = Way("", USUAL_THREADS)
    costs: dict[int, list[Cost]] = {size: [] for size in SIZES}
    counts: dict[int, list[float]] = {}
    for size in progress(SIZES * ROUNDS, "backfill"):
        desk.source.replay(size)
        costs[size].append(desk.bring(size, way, counting=True))
        counts[size] = [desk.source.requests(), *desk.counted().values()]
    head = ["days", "a day: requests", "reads", "writes", "kB read", "kB written", "CPU, ms"]
    rows = [
        [str(size), *_a_day(size, counts[size], costs[size]), *_cost(costs[size])] for size in SIZES
    ]
    return Table([*head, "all: wall, s", "CPU, s", "peak, MB"], rows)


def _a_day(size: int, counts: Sequence[float], costs: Sequence[Cost]) -> list[str]:
    requests, gets, puts, read, written = (count / size for count in counts)
    return [
        f"{requests:.2f}",
        *(f"{number:.1f}" for number in (gets, puts)),
        *(f"{number * KILOBYTE:,.0f}" for number in (read, written)),
        spread([cost.cpu / size * MILLISECONDS for cost in costs]),
    ]


def _first(count: int) -> date:
    """Return the first of so many days in a row."""
    return weekdays.NEWEST - timedelta(days=count - 1)


@contextmanager
def _source() -> Iterator[Source]:
    command = [sys.executable, "-m", "bench.backfill"]
    with machine.on_core(machine.SERVERS), talk.partner(command, days.ROOT) as partner:
        source = Source(partner)
        machine.use_core(machine.CONTENDER)
        yield source


def main() -> None:
    """Replay days until nothing more is asked."""
    # Costly to import, and needed in this process only.
    from tests.support.servers import Answer, ReplayServer, Request, http_server

    replayed: dict[str, bytes | Answer] = {}
    made: dict[int | None, dict[str, bytes]] = {}
    replay, delay = ReplayServer(replayed), 0.0

    def delayed(request: Request) -> Answer:
        return replace(replay.answer(request), delay=delay)

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        nonlocal delay
        if "size" in question:
            size, delay = question["size"], question["delay"]
            if size not in made:
                made[size] = _generated(size) if size else _recorded()
            replayed.clear()
            replayed.update(made[size])
            replay.requests.clear()
        count = len(replay.requests)
        replay.requests.clear()
        return {"url": url, "days": len(replayed), "requests": count}

    with http_server(delayed) as url:
        talk.answer_all(answer)


def _generated(size: int) -> dict[str, bytes]:
    dates = (_first(size) + timedelta(days=number) for number in range(size))
    return {str(day): weekdays.payload(day, PAPERS) for day in dates}


def _recorded() -> dict[str, bytes]:
    """Return the recorded answers, as those of days in a row."""
    paths = sorted(RECORDED.glob("*.json"))
    bodies = {}
    for number, path in enumerate(paths):
        day, old = str(_first(len(paths)) + timedelta(days=number)), path.name.partition(".")[0]
        # Also the days in it, as the guard keeps out what belongs to another one.
        bodies[day] = path.read_bytes().replace(old.encode(), day.encode())
    return bodies


if __name__ == "__main__":
    main()
