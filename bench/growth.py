"""Runs in archives of several ages: what they read and write does not grow."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench import drive
from bench.contenders import Contender
from bench.tables import MEGABYTE, MILLISECONDS, Table

SIZES = (10, 100, 1000, 3000)
KINDS = {
    "unchanged": "unchanged",
    "changed votes": "changed votes",
    "new day": "new day",
    "new month": "first day of a month",
    "schedule": "the schedule's three days, changed votes",
}
GROWING = ("index.json", "sitemap.xml", "index.html")
ABOUT = """\
Runs of one day of 40 papers like recorded ones in size, in a directory, in one process that has
rendered pages before: medians of 7 runs, each from the same archive. The newest edition is always
the same, a Thursday, the 19th edition of its month; the archive reaches back from it by weekdays.
The newest 90 editions have 40 papers each; older ones, which no run looks at, have 4, so that an
archive of 3,000 is made in a minute. With 10 editions, month and feeds are not full yet. An object
that is looked at before and after what follows from it is written counts as one object, and as
several reads. Objects that name every month grow with these, and are counted apart: `index.json`,
`sitemap.xml`, and the home page, which is the newest edition's page with a list of months."""

Found = Sequence[Mapping[str, Any]]


def report(python: str, paperboy: Contender) -> str:
    """Return what runs cost in each archive, and what grows in it."""
    found: Found = drive.answer(python, paperboy, "growth", *SIZES)
    return f"{ABOUT}\n\n{_runs(found)}\n\n{_growing(found)}\n\n{_a_month(found)}"


def _runs(found: Found) -> Table:
    head = ["run", "editions", "objects read", "reads", "kB", "and of all months, kB"]
    head += ["objects written", "kB", "and of all months, kB", "CPU, ms", "wall, ms"]
    rows = [
        [title, f"{size:,}", *_run(archive["runs"][kind])]
        for kind, title in KINDS.items()
        for size, archive in zip(SIZES, found, strict=True)
    ]
    return Table(head, rows)


def _run(run: Mapping[str, Any]) -> list[str]:
    read, written = ([f"{size / 1000:,.0f}" for size in run[way]] for way in ("read", "written"))
    times = [f"{run[clock] * MILLISECONDS:.0f}" for clock in ("cpu", "wall")]
    return [str(run["objects read"]), str(run["gets"]), *read, str(run["puts"]), *written, *times]


def _growing(found: Found) -> Table:
    head = ["editions", "months", "objects", "MB", *(f"{name}, bytes" for name in GROWING)]
    rows = [
        [
            f"{size:,}",
            str(archive["months"]),
            f"{archive['objects']:,}",
            f"{archive['bytes'] * MEGABYTE:.0f}",
            *(f"{archive[name]:,}" for name in GROWING),
        ]
        for size, archive in zip(SIZES, (one["archive"] for one in found), strict=True)
    ]
    return Table(head, rows)


def _a_month(found: Found) -> str:
    """Say how many bytes a month adds to what names all months."""
    _, first, *_, last = (one["archive"] for one in found)
    months = last["months"] - first["months"]
    grown = [f"{(last[name] - first[name]) / months:.0f} in `{name}`" for name in GROWING]
    return f"A month adds, in bytes: {', '.join(grown)}."
