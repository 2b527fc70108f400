"""Cold starts: the contenders in turn, each under a prefix of its own."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import contenders as made
from bench import package
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.servers import Day, Servers
from bench.start import EVENT_BEFORE, Start
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

ROUNDS = 21
ASLEEP_ROUNDS = 2
PAPERBOY, EMPTY_STORE, CRAWLER = "paperboy", "empty-store", "crawler"
# They make the requests of Paperboy's run, and so find what it finds.
REPLAYING = ("floor", "limit")
# Not every row is worth three lines at the end.
WITHOUT_RATIO = (EMPTY_STORE, "empty")
# As like as they come: the source a sixth of a second away, the store in the same region.
SOURCE_SECONDS, STORE_SECONDS = 0.15, 0.015
WAITING_ROUNDS = 7
ABOUT = """\
Each has published the day before, so that the month is there to be brought up to date; into an
empty store, Paperboy puts the month and the schemas, too. Requests are the median's; the package is
what is uploaded, zipped."""
ABOUT_WAITING = f"""\
The same with servers that take their time: the source {SOURCE_SECONDS * MILLISECONDS:.0f} ms an
answer, the store {STORE_SECONDS * MILLISECONDS:.0f} ms, {WAITING_ROUNDS} rounds. What waits at the
same time counts once in the wall time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a cold run cost, and how many requests it made."""

    cost: Cost
    requests: int


Runs = Mapping[str, Sequence[Run]]
"""The runs of each contender, by its name: one a round."""


def report(python: str, contenders: Sequence[Contender], at: Servers) -> tuple[str, Iterable[str]]:
    """Return the tables, and the ratios, a line each."""
    everyone = with_empty_store([*contenders, *made.others(python)])
    with tempfile.TemporaryDirectory() as logs:
        log = Path(logs) / "log"
        runs = measure(python, everyone, at, log)
        asleep = _asleep(python, everyone, at, log)
        at.delay(SOURCE_SECONDS, STORE_SECONDS)
        waiting = measure(python, contenders, at, log, WAITING_ROUNDS)
        at.delay()
    texts = [ABOUT, table(everyone, runs), asleep, ABOUT_WAITING, table(contenders, waiting)]
    with_ratio = [one for one in everyone if one.name not in WITHOUT_RATIO]
    return "\n\n".join(map(str, texts)), ratio_lines(with_ratio, runs)


def measure(
    python: str, contenders: Sequence[Contender], at: Servers, log: Path, rounds: int = ROUNDS
) -> Runs:
    """Return each contender's runs, after a round that only warms up.

    All have published the day before, but for Paperboy on the first day of a month.
    """
    at.replay(Day())
    start = Start(python, at, log)
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        if contender.name not in (EMPTY_STORE, *REPLAYING):
            start.run(contender, f"cold/{contender.name}/before", EVENT_BEFORE)
    for number in progress(range(rounds + 1), "cold"):
        for contender in contenders:
            prefix = f"cold/{contender.name}"
            at.copy(_before(contender), f"{prefix}/{number}")
            run = _publish(start, contender, f"{prefix}/{number}")
            runs[contender.name] += [run] if number else []
    return runs


def table(contenders: Sequence[Contender], runs: Runs) -> Table:
    """Return the costs, and what Paperboy costs of each of the others."""
    ours = runs[PAPERBOY]
    rows = [
        [contender.title, *_costs(theirs), _zipped(contender), *_compared(ours, theirs)]
        for contender in contenders
        for theirs in [runs[contender.name]]
    ]
    head = ["", "CPU, ms", "wall, ms", "peak, MB", "requests", "package, MB"]
    return Table([*head, "Paperboy : this, CPU", "wall"], rows)


def ratio_lines(contenders: Sequence[Contender], runs: Runs) -> Iterator[str]:
    """Yield a line a ratio: `cold CPU paperboy:obvious 0.71 (0.68-0.75)`."""
    for title, field in (("CPU", "cpu"), ("wall", "wall"), ("peak memory", "peak")):
        for other in contenders:
            if other.name != PAPERBOY:
                found = ratios(runs[PAPERBOY], runs[other.name], field)
                shown = spread(found, digits=2, to="-")
                yield f"cold {title} {PAPERBOY}:{other.name} {shown}"


def ratios(ours: Sequence[Run], theirs: Sequence[Run], field: str) -> list[float]:
    """Return the ratios of the costs of each round."""
    pairs = zip(ours, theirs, strict=True)
    return [getattr(our.cost, field) / getattr(their.cost, field) for our, their in pairs]


def with_empty_store(contenders: Sequence[Contender]) -> Sequence[Contender]:
    """Return the contenders, and Paperboy once more: into an empty store."""
    ours, *others = contenders
    first = replace(ours, name=EMPTY_STORE, title="Paperboy, empty store")
    return (ours, first, *others)


def _before(contender: Contender) -> str:
    """Return the prefix of what is there before a contender's run."""
    return f"cold/{PAPERBOY if contender.name in REPLAYING else contender.name}/before"


def _publish(start: Start, contender: Contender, prefix: str) -> Run:
    """Start a contender, and see that it really fetched and wrote; note Paperboy's requests."""
    start.at.requests()
    cost = start.run(contender, prefix)
    if contender.name == PAPERBOY:
        start.at.keep(made.PLAN, prefix)
    asked = start.at.requests()
    found = {(request.server, request.method) for request in asked}
    if contender.name != "empty" and not {("source", "GET"), ("store", "PUT")} <= found:
        raise RuntimeError(f"{contender.title} published nothing: {found}")
    return Run(cost, len(asked))


def _asleep(python: str, contenders: Sequence[Contender], at: Servers, log: Path) -> str:
    """Return how long the crawler takes with its seconds of sleep, in words."""
    (awake,) = (contender for contender in contenders if contender.name == CRAWLER)
    asleep = replace(awake, name="asleep", settings={"CRAWLER_SLEEP": "1"})
    start = Start(python, at, log)
    costs = [start.run(asleep, "cold/asleep") for _ in progress(range(ASLEEP_ROUNDS), "sleep")]
    seconds = spread([cost.wall for cost in costs], digits=1)
    return f"With its second of sleep after each of ten papers, the crawler takes {seconds} s."


def _costs(runs: Sequence[Run]) -> list[str]:
    costs = [run.cost for run in runs]
    return [
        spread([cost.cpu * MILLISECONDS for cost in costs]),
        spread([cost.wall * MILLISECONDS for cost in costs]),
        spread([cost.peak * MEGABYTE for cost in costs], digits=1),
        str(sorted(run.requests for run in runs)[len(runs) // 2]),
    ]


def _zipped(contender: Contender) -> str:
    return f"{package.zipped(contender.directory) * MEGABYTE:.1f}"


def _compared(ours: Sequence[Run], theirs: Sequence[Run]) -> list[str]:
    if theirs is ours:
        return ["", ""]
    return [spread(ratios(ours, theirs, field), digits=2) for field in ("cpu", "wall")]
