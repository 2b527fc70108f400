"""Measure everything, print the table, and keep it in `docs/performance.md`.

It runs on the function's Python, with the built package on `PYTHONPATH`. One part alone (`make
bench ONLY=cold`) is only printed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import archive, cold, search, servers, topics
from bench.measuring import MEASURED, ROOT, Figure, machine, table, use_core
from bench.servers import Servers

DOCS = ROOT / "docs" / "performance.md"
MARK = "<!-- `make bench` writes from here -->\n"

PARTS: dict[str, Callable[[Servers], Sequence[Figure]]] = {
    "runs": lambda _: archive.runs(),
    "plan": lambda _: archive.plan(),
    "rebuild": lambda _: archive.rebuild(),
    "backfill": archive.backfill,
    "doctor": archive.doctor,
    "topics": lambda _: topics.figures(),
    "search": lambda _: search.figures(),
}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=["cold", *PARTS], help="measure and print one part")
    parser.add_argument("--pairs", type=int, default=21, help="rounds of cold starts (default: 21)")
    options = parser.parse_args()
    figures: list[Figure] = []
    ratios: list[str] = []
    use_core(MEASURED)
    with servers.running() as at:
        for part in [options.only] if options.only else ["cold", *PARTS]:
            print(f"{part} ", end="", file=sys.stderr, flush=True)
            if part == "cold":
                found, ratios = cold.report(at, options.pairs)
                figures += found
            else:
                figures += PARTS[part](at)
            print(file=sys.stderr)
    # The ratios come last, a line each.
    print("\n\n".join([machine(), table(figures), *(["\n".join(ratios)] if ratios else [])]))
    if not options.only:
        write(figures, ratios)


def write(figures: Sequence[Figure], ratios: Sequence[str]) -> None:
    """Replace the figures in the documentation."""
    head, _, _ = DOCS.read_text("utf-8").partition(MARK)
    lines = "\n".join(f"    {line}" for line in ratios)
    DOCS.write_text(f"{head}{MARK}\n{machine()}\n\n{table(figures)}\n\n{lines}\n", "utf-8")


if __name__ == "__main__":
    main()
