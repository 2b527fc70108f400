"""Warm runs: one process a handler and day, invoked again and again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from urllib.parse import unquote

from bench import days, talk
from bench.contenders import Contender
from bench.progress import progress
from bench.replay import BUCKET
from bench.servers import Asked, Day, Servers
from bench.tables import MILLISECONDS, Table, spread

ROUNDS = 25
# Processes of two runs each, and then the requests of the second so many times.
SECONDS, BARE_ROUNDS = 7, 5
MANY = "100 papers"
EVENT = {"date": days.DAY}
DAYS = {
    "16 papers": Day(papers=16),
    MANY: Day(papers=100),
    "1 paper, 664 authors": Day(papers=1, authors=664),
}
ABOUT_SECOND = f"""\
The second run in a process, {MANY}, all unchanged, beside nothing but its requests: the same gets
of store and source, by the same adapters in the same process right after it, each of which is read
to its end and checked. {SECONDS} processes; the requests {BARE_ROUNDS} times in each. CPU in ms:"""

Costs = list[dict[str, float]]


def report(python: str, contenders: Sequence[Contender], at: Servers) -> str:
    """Return what later runs cost, and the second one beside its requests."""
    later = table(python, contenders, at)
    return f"{later}\n\n{ABOUT_SECOND}\n\n{second(python, contenders[0], at)}"


def table(python: str, contenders: Sequence[Contender], at: Servers) -> Table:
    """Return what an unchanged and a changed run cost, for each handler and day."""
    plans = [(contender, title) for contender in contenders for title in DAYS]
    rows = [
        [contender.title, title, *_row(*_measure(python, contender, at, title))]
        for contender, title in progress(plans, "warm")
    ]
    head = ["", "day", "unchanged: CPU, ms", "wall, ms", "changed: CPU, ms", "wall, ms"]
    return Table(head, rows)


def second(python: str, paperboy: Contender, at: Servers) -> Table:
    """Return what the second run in a process costs more than its requests."""
    prefix, runs, bare, requests = "second", [], [], 0
    at.replay(DAYS[MANY])
    for _ in progress(range(SECONDS + 1), "second run"):
        with _handler(python, paperboy, at, prefix) as handler:
            handler.ask(EVENT)
            at.requests()
            runs.append(handler.ask(EVENT)["cpu"])
            asked = at.requests()
            requests, keys = len(asked), _keys(asked, prefix)
            question = {"bare": {"day": days.DAY, "keys": keys}}
            again = [handler.ask(question)["cpu"] for _ in range(BARE_ROUNDS)]
            bare.append(median(again))
    # The first process found an empty store.
    runs, bare = runs[1:], bare[1:]
    more = [run - least for run, least in zip(runs, bare, strict=True)]
    shown = [spread([n * MILLISECONDS for n in found], digits=1) for found in (runs, bare, more)]
    head = ["", "requests", "second run", "its requests alone", "more"]
    return Table(head, [[paperboy.title, str(requests), *shown]])


def _keys(asked: Sequence[Asked], prefix: str) -> list[str]:
    """Return the keys that were got of the store. Raises when something was put."""
    if any(request.method != "GET" for request in asked):
        raise RuntimeError(f"an unchanged run changed something: {asked}")
    root = f"/{BUCKET}/{prefix}/"
    paths = [unquote(request.path) for request in asked if request.server == "store"]
    return [path.removeprefix(root) for path in paths]


def _measure(python: str, contender: Contender, at: Servers, title: str) -> tuple[Costs, Costs]:
    """Return the costs of unchanged and of changed runs in one process."""
    day = DAYS[title]
    prefix = f"warm/{contender.name}/{title.replace(' ', '-').replace(',', '')}"
    unchanged: Costs = []
    changed: Costs = []
    at.replay(day)
    with _handler(python, contender, at, prefix) as handler:
        handler.ask(EVENT)
        for turn in range(1, ROUNDS + 1):
            unchanged.append(handler.ask(EVENT))
            at.replay(Day(day.papers, day.authors, turn))
            changed.append(handler.ask(EVENT))
    return unchanged, changed


@contextmanager
def _handler(python: str, contender: Contender, at: Servers, prefix: str) -> Iterator[talk.Partner]:
    environment = contender.environment(at, prefix) | {"PYTHONPATH": str(days.ROOT)}
    command = [python, "-m", "bench.drivers.repeat"]
    with talk.partner(command, contender.directory, environment) as handler:
        yield handler


def _row(*runs: Costs) -> list[str]:
    return [
        f"{median(cost[kind] for cost in costs) * MILLISECONDS:.1f}"
        for costs in runs
        for kind in ("cpu", "wall")
    ]
