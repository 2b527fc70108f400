"""Which memory size is cheapest: CPU share × time × price, as AWS Lambda Power Tuning finds it.

Prices are the list prices of us-east-1, in US dollars, without the free tier.

Source: https://aws.amazon.com/lambda/pricing/
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench import cold, days, quota
from bench.contenders import Contender
from bench.machine import Cost
from bench.progress import progress
from bench.servers import Day, Servers
from bench.start import Start
from bench.tables import MILLISECONDS, Table, spread

SIZES = (128, 256, 512, 1024, 1769)
# With so many MB, a function has one core; with less, its share of it.
ONE_CORE = 1769
GIGABYTE = 1024
X86, ARM = 0.0000166667, 0.0000133334
A_REQUEST = 0.20 / 1e6
# SnapStart for Python: what is cached, by the second, and what is restored at each start.
CACHE, RESTORE = 0.0000015046, 0.0001397998
FREE_GIGABYTE_SECONDS = 400_000
RUNS_A_DAY, DAYS_A_YEAR, MONTHS = 2, 365, 12
SECONDS_A_YEAR = DAYS_A_YEAR * 24 * 3600
TEMPLATE = 512
ROUNDS = 7
# As the schedule sends it: today, yesterday, and a week before.
EVENT: Mapping[str, object] = {
    "offsets": [0, -1, -7],
    "scheduled_time": f"{days.DAY}T14:00:00Z",
}
ABOUT = """\
One invocation is the schedule's: three days are read again, and one of them has other votes; the
source takes {source:.0f} ms an answer, the store {store:.0f}. With a whole core, {rounds} rounds:
CPU {cpu} ms, wall {wall} ms, so {waits:.0f} ms of waiting. *Computed* is
wall = waiting + CPU ÷ share of a core, all of which is billed, as Lambda bills the start, too;
{measured}
A year has {runs} invocations. Prices are us-east-1's [list prices]({url}),
{date}: ${x86} a GB-second on x86, ${arm} on arm64, $0.20 a million requests. That
arm64 takes the same time is assumed, not measured. The free tier ({free:,} GB-seconds a month)
covers {times:,} times what the template's size takes."""
URL, DATE = "https://aws.amazon.com/lambda/pricing/", "November 2026"
MEASURED = """\
*measured* is the wall time in a control group with that share of each 20 ms, median of {rounds}."""
NOT_MEASURED = "it could not be measured here, as that takes a control group, and so root."
SNAPSTART = """\
SnapStart, at {memory} MB: ${cache:.2f} a year for keeping one version's snapshot (${per_second} a
GB-second), and ${restore:.2f} for restoring it {runs} times (${per_gigabyte} a GB). What it could
save is a part of the ${whole:.4f} that the year's invocations cost on arm64."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an invocation costs with a whole core, and the wall seconds with shares of it."""

    costs: Sequence[Cost]
    measured: Mapping[int, float]

    @property
    def cpu(self) -> float:
        """Return the CPU seconds."""
        return median(cost.cpu for cost in self.costs)

    @property
    def waits(self) -> float:
        """Return the seconds without work."""
        return median(cost.wall - cost.cpu for cost in self.costs)

    def wall(self, size: int) -> float:
        """Return the computed wall seconds."""
        return self.waits + self.cpu / share(size)


def report(python: str, paperboy: Contender, at: Servers) -> str:
    """Return the table, and what SnapStart would cost."""
    with tempfile.TemporaryDirectory() as logs:
        found = _measure(Start(python, at, Path(logs) / "log"), paperboy)
    return f"{_about(found)}\n\n{_table(found)}\n\n{_snapstart(found)}"


def share(size: int) -> float:
    """Return a size's share of one core."""
    return min(size / ONE_CORE, 1.0)


def yearly(size: int, seconds: float, price: float) -> float:
    """Return what a year of such invocations costs, in dollars."""
    return _runs() * (size / GIGABYTE * seconds * price + A_REQUEST)


def _measure(start: Start, paperboy: Contender) -> Found:
    at, turn = start.at, 0
    at.replay(Day())
    start.run(paperboy, "memory", EVENT)
    at.delay(cold.SOURCE_SECONDS, cold.STORE_SECONDS)

    def run(start: Start) -> Cost:
        nonlocal turn
        turn += 1
        at.replay(Day(papers=16, turn=turn))
        return start.run(paperboy, "memory", EVENT)

    run(start)
    costs = [run(start) for _ in progress(range(ROUNDS), "memory")]
    measured: dict[int, float] = {}
    with quota.group() as place:
        if place:
            limited = replace(start, before=quota.command(place))
            for size in progress(SIZES, "memory sizes"):
                quota.limit(place, share(size))
                measured[size] = median(run(limited).wall for _ in range(ROUNDS))
    at.delay()
    return Found(costs, measured)


def _table(found: Found) -> Table:
    rows = [
        [
            f"{size} MB" + " (the template's)" * (size == TEMPLATE),
            f"{share(size):.0%}",
            f"{found.wall(size):.2f}",
            f"{found.measured[size]:.2f}" if size in found.measured else "–",
            f"{size / GIGABYTE * found.wall(size):.2f}",
            *(f"{yearly(size, found.wall(size), price):.4f}" for price in (X86, ARM)),
        ]
        for size in SIZES
    ]
    head = ["", "of a core", "wall, s: computed", "measured", "GB-seconds"]
    return Table([*head, "a year, x86: $", "arm64: $"], rows)


def _about(found: Found) -> str:
    seconds = _runs() / MONTHS * TEMPLATE / GIGABYTE * found.wall(TEMPLATE)
    return ABOUT.format(
        source=cold.SOURCE_SECONDS * MILLISECONDS,
        store=cold.STORE_SECONDS * MILLISECONDS,
        rounds=ROUNDS,
        cpu=spread([cost.cpu * MILLISECONDS for cost in found.costs]),
        wall=spread([cost.wall * MILLISECONDS for cost in found.costs]),
        waits=found.waits * MILLISECONDS,
        measured=MEASURED.format(rounds=ROUNDS) if found.measured else NOT_MEASURED,
        runs=_runs(),
        x86=f"{X86:.10f}",
        arm=f"{ARM:.10f}",
        url=URL,
        date=DATE,
        free=FREE_GIGABYTE_SECONDS,
        times=int(FREE_GIGABYTE_SECONDS / seconds),
    )


def _snapstart(found: Found) -> str:
    gigabytes = TEMPLATE / GIGABYTE
    return SNAPSTART.format(
        memory=TEMPLATE,
        cache=gigabytes * SECONDS_A_YEAR * CACHE,
        per_second=f"{CACHE:.10f}",
        restore=gigabytes * _runs() * RESTORE,
        per_gigabyte=f"{RESTORE:.10f}",
        runs=_runs(),
        whole=yearly(TEMPLATE, found.wall(TEMPLATE), ARM),
    )


def _runs() -> int:
    return RUNS_A_DAY * DAYS_A_YEAR
