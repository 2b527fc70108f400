"""The archive: what runs, plans, rebuilds, backfills and examinations cost."""

import gc
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from tests.support.fakes import FakeSource, MemoryStore, ports

from adapters.directory import DirectoryStore
from bench import samples
from bench.measuring import (
    MEGABYTE,
    MILLISECONDS,
    PACKAGE,
    ROOT,
    Cost,
    Figure,
    cost_of,
    run,
    spread,
)
from bench.samples import NEWEST
from bench.servers import Servers
from core import publish
from core.archive import backfill as days_alone
from core.archive import doctor as examination
from core.archive import rebuild as months
from core.archive.ports import Ports, no_pause
from core.archive.prepare import prepare
from core.archive.read import read_archive
from core.archive.truth import Verdict, peek, rehearse
from core.model import dates
from core.model.objects import Artifact
from core.model.report import RunRequest
from handler import bootstrap
from handler.settings import Settings

ROUNDS = 5
SIZES = (10, 100, 1000, 3000)
PAPERS = 40
# Older days are not looked at by a run, and had few papers.
RECENT, OLD_PAPERS = 90, 4
PLANNED = (50, 100, 200, 400)
REBUILT, EXAMINED, BACKFILLED = 600, 480, 49
REBUILDS = 3
# Truth and state by their directories, in which posts and pages lie, too.
KEPT, DERIVED = {"raw", "daily", "votes", "state"}, {".md", ".html"}
RECORDED = ROOT.parent / "shared" / "data" / "api"

Objects = Mapping[str, Artifact]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of scheduled run: its newest day, its votes, and the most requests that it may make.

    `between` are days that are published before it.
    """

    name: str
    newest: date
    turn: int
    most: int
    between: tuple[date, ...] = ()


KINDS = (
    Kind("unchanged", NEWEST, 0, 6),
    Kind("other votes", NEWEST, 1, 65),
    Kind("new day", NEWEST + timedelta(days=1), 1, 65),
    Kind(
        "new day over a month's edge",
        date(2026, 7, 1),
        1,
        80,
        tuple(date(2026, 6, day) for day in (26, 29, 30)),
    ),
)


def runs() -> list[Figure]:
    """Return what the scheduled run of three days costs in archives of several ages."""
    part = f"run, {' / '.join(f'{size:,}' for size in SIZES)} editions"
    costs = []
    for size in SIZES:
        days = samples.weekdays_until(NEWEST, size)
        costs.append(list(map(partial(_run, archive=_archive(days)), KINDS)))
    return [
        Figure(part, f"{kind.name}: {what}", " / ".join(own), kind_target)
        for kind, columns in zip(KINDS, zip(*costs, strict=True), strict=True)
        for what, own in zip(
            ("requests of S3", "puts", "kB read", "kB written", "CPU, ms"),
            zip(*columns, strict=True),
            strict=True,
        )
        for kind_target in [f"≤ {kind.most}" if what == "requests of S3" else ""]
    ]


def plan() -> list[Figure]:
    """Return the CPU of the plan of all that other votes of a day change, by its papers."""
    part = f"plan of a day, {' / '.join(map(str, PLANNED))} papers"
    costs = [f"{_plan(papers) * MILLISECONDS:.1f}" for papers in PLANNED]
    return [Figure(part, "CPU, ms", " / ".join(costs), "100 papers: ≤ 30")]


def rebuild() -> list[Figure]:
    """Return what `paperboy site` costs with truth alone, with truth and state, and once more."""
    kinds = {"truth alone": KEPT - {"state"}, "truth and state": KEPT, "again": None}
    costs: dict[str, list[Cost]] = {name: [] for name in kinds}
    with tempfile.TemporaryDirectory() as place:
        archive = Path(place) / "archive"
        days = samples.weekdays_until(NEWEST, REBUILT)
        _write_truth(dict.fromkeys(days, PAPERS), ports(FakeSource({}), DirectoryStore(archive)))
        for _ in range(REBUILDS):
            for name, kept in kinds.items():
                if kept:
                    _remove_derived(archive, kept)
                command = ["command", "site", "--from-store", str(archive)]
                costs[name].append(run(command, PACKAGE, {}))
    return _of_processes(f"rebuild of {REBUILT} editions", costs, {"truth and state": "≤ 11"})


def backfill(at: Servers) -> list[Figure]:
    """Return how fast `paperboy backfill` brings days into an empty directory."""
    bodies = _recorded() or {day: samples.payload(day, 20) for day in _days(BACKFILLED)}
    at.tell("days", {str(day): body.decode() for day, body in bodies.items()})
    costs: dict[str, list[Cost]] = {"source at once": [], "source after 150 ms": []}
    span = ["--from", str(min(bodies)), "--to", str(max(bodies)), "--now", f"{NEWEST}T20:00:00"]
    for found, delay in zip(costs.values(), (0, 0.15), strict=True):
        at.tell("delay", delay, 0)
        for _ in range(3):
            with tempfile.TemporaryDirectory() as place:
                command = ["command", "backfill", *span, "--out", place]
                found.append(run(command, PACKAGE, {"PAPERBOY_SOURCE": at.source}))
    at.tell("delay", 0, 0)
    part = f"backfill of {len(bodies)} {'recorded' if _recorded() else 'generated'} days"
    speeds = [
        Figure(part, f"{name}: days a second", spread([len(bodies) / one.wall for one in found], 1))
        for name, found in costs.items()
    ]
    return [replace(speeds[0], target="≥ 29.8"), speeds[1], *_of_processes(part, costs, {})]


def doctor(at: Servers) -> list[Figure]:
    """Return what an examination of some 3,000 objects in S3 costs."""
    os.environ.update(at.environment("doctor"))
    settings = Settings(store=os.environ["PAPERBOY_STORE"], source=at.source)
    made = replace(bootstrap.ports(settings, lambda: 3600.0), month_pause=no_pause)
    days = samples.weekdays_until(NEWEST, EXAMINED)
    _write_truth(dict.fromkeys(days, OLD_PAPERS), made)
    months.catalog(sorted(set(map(dates.first_of_month, days))), made)
    health = examination.examine(NEWEST, made)
    if wrong := [one for one in health.findings if one.level == examination.Level.WRONG]:
        raise RuntimeError(f"the archive is not right: {wrong}")
    at.tell("requests")
    costs = [cost_of(lambda: examination.examine(NEWEST, made)) for _ in range(ROUNDS)]
    asked = at.tell("requests")
    states = 1 + len(set(map(dates.first_of_month, days)))
    part = f"doctor, {len(health.listed):,} objects in S3"
    return [
        Figure(part, "lists", f"{asked['list'] / ROUNDS:.0f}", "≤ 5"),
        Figure(part, f"gets, of which {states} states", f"{asked['get'] / ROUNDS:.0f}"),
        Figure(part, "wall, s", spread([cost.wall for cost in costs], 2), "≤ 1"),
        Figure(part, "CPU, s", spread([cost.cpu for cost in costs], 2)),
    ]


def _run(kind: Kind, archive: Objects) -> list[str]:
    """Return what a run reads and writes, and its median CPU, as text."""
    archive = _published(kind.between, 0, archive)[0].objects if kind.between else archive
    days = [kind.newest - timedelta(days=number) for number in (0, 1, 7)]
    found = [_published(days, kind.turn, archive) for _ in range(ROUNDS)]
    store = found[-1][0]
    read = sum(len(archive[key].body) for key in store.gets if key in archive)
    written = sum(len(store.objects[key].body) for key in store.puts)
    numbers = [len(store.gets) + len(store.puts), len(store.puts), read / 1000, written / 1000]
    cpu = median(cost.cpu for _, cost in found) * MILLISECONDS
    return [f"{number:,.0f}" for number in (*numbers, cpu)]


def _published(days: Sequence[date], turn: int, archive: Objects) -> tuple[MemoryStore, Cost]:
    """Run as scheduled, in a copy of an archive; raise what fails."""
    store = MemoryStore()
    store.objects = dict(archive)
    made = ports(FakeSource({day: samples.payload(day, PAPERS, turn) for day in days}), store)
    reports = []
    gc.collect()
    cost = cost_of(lambda: reports.append(publish.run(_request(*days), made)))
    for error in reports[0].errors():
        raise error
    return store, cost


def _plan(papers: int) -> float:
    """Return the median CPU seconds of a plan, in a month that has most of its days."""
    store = MemoryStore()
    store.objects = dict(_archive(samples.weekdays_until(NEWEST, 15), {NEWEST: papers}))
    made = ports(FakeSource({NEWEST: samples.payload(NEWEST, papers, 1)}), store)
    request = _request(NEWEST)
    candidate = publish.fetch(NEWEST, request, made)
    snapshot = read_archive([dates.first_of_month(NEWEST)], [NEWEST], made)
    verdict = publish.compare({NEWEST: candidate}, snapshot, request)[NEWEST]
    assert isinstance(verdict, Verdict)  # noqa: S101 (for mypy)
    truth = rehearse(verdict, snapshot.archive.find(NEWEST), snapshot.histories[NEWEST])
    complete = partial(peek, ports=made)
    calls = [partial(prepare, snapshot, [truth], complete, made)] * (1 + 3 * ROUNDS)
    return median([cost_of(call).cpu for call in calls][1:])


def _archive(days: Sequence[date], sizes: Mapping[date, int] | None = None) -> Objects:
    """Return the objects of an archive that a backfill made; some days may have other sizes."""
    store = MemoryStore()
    made = ports(FakeSource({}), store)
    recent = dict.fromkeys(days[-RECENT:], PAPERS)
    _write_truth({**dict.fromkeys(days, OLD_PAPERS), **recent, **(sizes or {})}, made)
    months.catalog(sorted(set(map(dates.first_of_month, days))), made)
    return store.objects


def _write_truth(sizes: Mapping[date, int], made: Ports) -> None:
    """Write the truth of days with so many papers."""
    for day, papers in sizes.items():
        own = replace(made, source=FakeSource({day: samples.payload(day, papers)}))
        request = _request(day)
        fetch = partial(publish.fetch, request=request, ports=own)
        if error := days_alone.write_day(day, request, own, fetch).error:
            raise error


def _remove_derived(archive: Path, kept: Collection[str]) -> None:
    """Remove all files but truth and state in these directories."""
    for file in list(archive.rglob("*.*")):
        is_kept = file.relative_to(archive).parts[0] in kept and file.suffix not in DERIVED
        if file.is_file() and not is_kept:
            file.unlink()


def _recorded() -> dict[date, bytes]:
    """Return the recorded answers, if they are beside the project, as those of days in a row."""
    paths = sorted(RECORDED.glob("*.json"))
    names = [path.name.partition(".")[0] for path in paths]
    # Also the days in them, as the guard keeps out what belongs to another one.
    return {
        day: path.read_bytes().replace(name.encode(), str(day).encode())
        for day, name, path in zip(_days(len(paths)), names, paths, strict=True)
    }


def _days(number: int) -> list[date]:
    return [NEWEST - timedelta(days=back) for back in reversed(range(number))]


def _of_processes(
    part: str, costs: Mapping[str, Sequence[Cost]], targets: Mapping[str, str]
) -> list[Figure]:
    figures = []
    for name, found in costs.items():
        wall = spread([cost.wall for cost in found], 1)
        figures += [
            Figure(part, f"{name}: wall, s", wall, targets.get(name, "")),
            Figure(part, f"{name}: CPU, s", spread([cost.cpu for cost in found], 1)),
            Figure(part, f"{name}: peak, MB", spread([cost.peak * MEGABYTE for cost in found])),
        ]
    return figures


def _request(*days: date) -> RunRequest:
    return RunRequest(days, datetime.combine(max(days), time(14, tzinfo=UTC)))
