"""Measure everything, print the tables, and write them into `docs/performance.md`.

One part alone (`make bench ONLY=cold`) is only printed; the flame graph is drawn in either case.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import (
    backfill,
    blog,
    cold,
    contenders,
    core,
    dataset,
    growth,
    machine,
    memory,
    package,
    pages,
    profile,
    ratio,
    rebuild,
    repair,
    report,
    search,
    servers,
    traffic,
    warm,
)
from bench.contenders import Contender
from bench.servers import Servers
from bench.start import Start


@dataclass(frozen=True, slots=True)
class Bench:
    """What the parts measure with: a Python, the contenders, Paperboy first, and the servers."""

    python: str
    contenders: Sequence[Contender]
    at: Servers

    def cold(self) -> str:
        """Measure cold starts; the ratios come last, a line each."""
        tables, ratios = cold.report(self.python, self.contenders, self.at)
        return f"{tables}\n\n{_as_code(ratios)}"

    def ratio(self) -> str:
        """Compare cold starts with the obvious handler's only, and fail where they cost more."""
        return ratio.report(self.python, self.contenders, self.at)

    def warm(self) -> str:
        """Measure later runs; without bytecode, they cost the same."""
        return warm.report(self.python, self.contenders, self.at)

    def core(self) -> str:
        """Measure the pure core."""
        return core.report(self.python, self.contenders[0])

    def profile(self) -> str:
        """Draw a cold run's flame graph, and list its imports."""
        return profile.report(self.python, self.contenders[0], self.at)

    def memory(self) -> str:
        """Compute what an invocation costs by memory size."""
        return memory.report(self.python, self.contenders[0], self.at)

    def package(self) -> str:
        """Measure what is uploaded."""
        everyone = [*self.contenders, *contenders.others(self.python)]
        return str(package.table(everyone))

    def requests(self) -> str:
        """Count requests, and name those of an unchanged run."""
        with tempfile.TemporaryDirectory() as logs:
            start = Start(self.python, self.at, Path(logs) / "log")
            runs = traffic.measure(start, self.contenders)
        asked = _as_code(traffic.asked_unchanged(runs))
        return f"{traffic.table(runs)}\n\nPaperboy's unchanged run of 16 papers:\n\n{asked}"

    def blog(self) -> str:
        """Measure runs with a blog against those without, and count their requests."""
        runs = blog.measure(self.python, self.contenders[0], self.at)
        return f"{blog.ABOUT}\n\n{blog.table(runs)}\n\n{blog.requests_table(runs)}"

    def repair(self) -> str:
        """Measure the repair of an archive."""
        return repair.report(self.python, self.contenders[0], self.at)

    def archive(self) -> str:
        """Measure runs as the archive grows, what readers load of it, and how it is made again."""
        ours = self.python, self.contenders[0]
        parts = [growth.report(*ours), f"### What readers load\n\n{pages.weight(*ours)}"]
        parts += [f"### Rendering\n\n{pages.time(*ours)}"]
        parts += [f"### Rebuild\n\n{rebuild.report(*ours)}"]
        return "\n\n".join(parts)

    def backfill(self) -> str:
        """Measure how fast many days are brought, and what each costs."""
        return backfill.report(self.python, self.contenders[0])

    def dataset(self) -> str:
        """Measure queries of the data set."""
        return dataset.report(self.contenders[0])

    def search(self) -> str:
        """Measure searches in the browser."""
        return search.report()


PARTS: dict[str, tuple[str, Callable[[Bench], str]]] = {
    "cold": ("Cold start to finish, 16 papers", Bench.cold),
    "ratio": ("Cold start, Paperboy and the obvious handler alone", Bench.ratio),
    "profile": ("Where a cold run's time goes", Bench.profile),
    "memory": ("Memory size, and the yearly bill", Bench.memory),
    "warm": ("Later runs in one process", Bench.warm),
    "core": ("The pure core alone, CPU time in ms", Bench.core),
    "package": ("The package", Bench.package),
    "requests": ("Requests of a run", Bench.requests),
    "blog": ("The blog", Bench.blog),
    "repair": ("Repair", Bench.repair),
    "archive": ("The archive as it grows", Bench.archive),
    "search": ("Search in the browser", Bench.search),
    "backfill": ("Backfill at a desk", Bench.backfill),
    "dataset": ("The data set", Bench.dataset),
}

# What CI asks for; the whole has it in "cold".
ALONE = ("ratio",)


def main() -> None:
    """Run the parts that are asked for."""
    arguments = _arguments()
    # Contenders are started in directories of their own.
    python = str(Path(shutil.which(arguments.python) or arguments.python).absolute())
    parts = [arguments.only] if arguments.only else [part for part in PARTS if part not in ALONE]
    machine_line = _machine(python)
    print(machine_line, flush=True)
    sections = [machine_line]
    made = contenders.prepare(python)
    with servers.running() as at:
        bench = Bench(python, made, at)
        for title, measure in map(PARTS.__getitem__, parts):
            try:
                sections.append(f"## {title}\n\n{measure(bench)}")
            except ratio.Exceeded as error:
                sys.exit(str(error))
            print(f"\n{sections[-1]}", flush=True)
    if not arguments.only:
        report.write("\n\n".join(sections))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one part, and write no file")
    parser.add_argument(
        "--python", default=sys.executable, help="what runs the contenders (default: this Python)"
    )
    return parser.parse_args()


def _as_code(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _machine(python: str) -> str:
    cores = len(machine.CORES) or "unknown"
    return (
        f"Contenders on Python {machine.python_version(python)}, servers on Python "
        f"{machine.python_version(sys.executable)}; {machine.processor()}, cores: {cores}."
    )


if __name__ == "__main__":
    main()
