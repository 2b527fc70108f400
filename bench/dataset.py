"""The data set: what a day costs to bring into its month's files, and what DuckDB takes to ask."""

import sys
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench import drive
from bench.contenders import Contender
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

SIZES = (100, 1000)
CHANGES = {
    "new": "a new day",
    "changed": "other votes",
    "unchanged": "the same rows",
}
ABOUT = """\
Weekdays with 50 papers each, like recorded ones in size, and six recorded times of their votes. The
questions are those of `docs/dataset.md`, as they stand there, asked of a directory by DuckDB in one
process, on all cores, 7 rounds after one that warms up (so the files are in the system's memory).
Every answer unpacks and parses its files anew; nothing is kept in a database. These times are with
the Python of the development environment, which has DuckDB."""

Found = Sequence[Mapping[str, Any]]


def report(paperboy: Contender) -> str:
    """Return what the data set of each archive weighs, costs, and how fast it answers."""
    found: Found = drive.answer(sys.executable, paperboy, "dataset", *SIZES)
    return f"{ABOUT}\n\n{_weights(found)}\n\n{_waits(found)}\n\n{_changes(found[-1])}"


def _weights(found: Found) -> Table:
    head = ["editions", "months", "papers, rows", "MB", "votes, rows", "MB"]
    rows = [[f"{size:,}", *_weight(one)] for size, one in zip(SIZES, found, strict=True)]
    return Table(head, rows)


def _weight(one: Mapping[str, Any]) -> list[str]:
    cells = [str(one["months"])]
    for table in ("papers", "votes"):
        count, size = one["questions"]["counts"][table], one["sizes"][table]
        cells += [f"{count:,}", f"{size * MEGABYTE:.1f}"]
    return cells


def _waits(found: Found) -> Table:
    head = ["DuckDB, wall, ms", *(f"{size:,} editions" for size in SIZES)]
    waits = [one["questions"]["waits"] for one in found]
    rows = [[title, *(_times(one[title]) for one in waits)] for title in waits[0]]
    return Table(head, rows)


def _times(seconds: Sequence[float]) -> str:
    return spread([time * MILLISECONDS for time in seconds])


def _changes(one: Mapping[str, Any]) -> str:
    """Say what a day costs in a month's file: the last one of it."""
    costs = (f"{median(one[kind]) * MILLISECONDS:.1f} ({title})" for kind, title in CHANGES.items())
    return (
        f"A month's file of {one['days']} days is {one['file'] * MEGABYTE:.2f} MB. In ms of CPU, "
        f"the rows of its last day take {median(one['rows']) * MILLISECONDS:.1f} to write, and to "
        f"bring into it {', '.join(costs)}."
    )
