"""The requests that a run makes of the source and the store, counted by the servers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.replay import BUCKET
from bench.servers import Asked, Day
from bench.start import EVENT_BEFORE, Start
from bench.tables import Table

# The month has no edition yet, then it has one.
FIRST = "first ever"
TURNS = {FIRST: 0, "new day": 0, "unchanged": 0, "changed votes": 1}
SIZES = {"16 papers": 16, "100 papers": 100}
COLUMNS = (("source", "GET"), ("store", "GET"), ("store", "PUT"))


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one contender, and the requests that it made, those of the source first."""

    contender: Contender
    day: str
    turn: str
    asked: Sequence[Asked]

    @property
    def prefix(self) -> str:
        """Return where it kept its objects."""
        return _prefix(self.contender, self.day)


def measure(start: Start, contenders: Sequence[Contender]) -> list[Run]:
    """Run each contender on each day: as a new one, unchanged, and with other votes."""
    runs = []
    for contender in contenders:
        for day in SIZES:
            start.at.replay(Day(SIZES[day]))
            start.run(contender, _prefix(contender, day), EVENT_BEFORE)
            for turn in TURNS:
                asked = _requests(start, contender, day, turn)
                runs.append(Run(contender, day, turn, asked))
    return runs


def table(runs: Sequence[Run]) -> Table:
    """Return the numbers of requests by method."""
    head = ["", "day", "run", "source: GET", "store: GET", "store: PUT", "others"]
    rows = [[run.contender.title, run.day, run.turn, *_counts(run.asked)] for run in runs]
    return Table(head, rows)


def asked_unchanged(runs: Sequence[Run]) -> Iterator[str]:
    """Yield each request of Paperboy's first unchanged run: `store: GET latest.md`."""
    run = next(run for run in runs if run.turn == "unchanged")
    for asked in run.asked:
        path = asked.path.removeprefix(f"/{BUCKET}/{run.prefix}/")
        yield f"{asked.server}: {asked.method} {path}"


def _requests(start: Start, contender: Contender, day: str, turn: str) -> list[Asked]:
    start.at.replay(Day(SIZES[day], turn=TURNS[turn]))
    start.at.requests()
    prefix = _prefix(contender, day)
    start.run(contender, f"{prefix}-first" if turn == FIRST else prefix)
    return start.at.requests()


def _prefix(contender: Contender, day: str) -> str:
    return f"traffic/{contender.name}/{day.replace(' ', '-')}"


def _counts(asked: Sequence[Asked]) -> list[str]:
    counts = Counter((request.server, request.method) for request in asked)
    columns = [counts.pop(column, 0) for column in COLUMNS]
    return [str(count) for count in (*columns, counts.total())]
