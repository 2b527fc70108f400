"""What the site's files weigh, and what it costs to render them."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench import archive, drive
from bench.contenders import Contender
from bench.repair import MISSING
from bench.tables import MILLISECONDS, Table

SIZES = (50, 100)
KINDS = {
    "daily/.html": "edition page",
    "index.html": "home page",
    "monthly/.html": "month page",
    "search/.json": "search shard",
    "feed.xml": "feed.xml",
    "feed.json": "feed.json",
    "papers.xml": "papers.xml",
    "papers.json": "papers.json",
}
STEPS = ("edition", "home", "month", "shard", "feeds", "papers' feeds")
WEIGHT = """\
Bytes, and bytes gzipped (level 6), without the pictures that are loaded as they come into sight.
The recorded days are published as the weekdays of two full months and the end of a third: a home
page each, the feeds once they are full, and month page and shard of the full months. The generated
days have 100 papers each: 22 in the month, 30 in the feeds. Every page draws the votes of the six
runs that the schedule has for a day."""
TIME = """\
CPU time in ms of what a run with changed votes renders, with as many papers on each day: medians of
21 rounds in a process that has rendered them before. The month has 22 days, the home page 36
months. Shard and feeds are read, changed, and written again, feeds as JSON and as Atom."""

Weights = Mapping[str, Sequence[tuple[int, int]]]


def weight(python: str, paperboy: Contender) -> str:
    """Return what files weigh, for recorded and for generated days."""
    recorded = archive.RECORDED / "api"
    found: Mapping[str, Weights] = drive.answer(python, paperboy, "weight", recorded)
    ours, generated = found["recorded"], found["generated"]
    rows = [
        [title, *_spread(ours.get(kind, ())), *_cells(generated[kind])]
        for kind, title in KINDS.items()
    ]
    head = ["", "recorded", "median", "gzipped", "largest", "gzipped", "100 papers", "gzipped"]
    fixed = [[key, *_cells(weights)] for key, weights in found["fixed"].items()]
    texts = [WEIGHT, *([] if ours else [MISSING]), Table(head, rows)]
    return "\n\n".join(map(str, [*texts, Table(["", "bytes", "gzipped"], fixed)]))


def time(python: str, paperboy: Contender) -> str:
    """Return what it costs to render each kind of file."""
    found: Mapping[str, Mapping[str, float]] = drive.answer(python, paperboy, "pages", *SIZES)
    rows = [
        [str(size), *(f"{found[str(size)][step] * MILLISECONDS:.1f}" for step in STEPS)]
        for size in SIZES
    ]
    head = ["papers", "edition page", "home page", "month page", "search shard", "feed.*"]
    return f"{TIME}\n\n{Table([*head, 'papers.*'], rows)}"


def _spread(weights: Sequence[tuple[int, int]]) -> list[str]:
    """Return how many files there are, and the weights of the median one and of the largest."""
    if not weights:
        return [""] * 5
    columns = list(zip(*weights, strict=True))
    sizes = [f(column) for f in (median, max) for column in columns]
    return [str(len(weights)), *(f"{size:,.0f}" for size in sizes)]


def _cells(weights: Sequence[tuple[int, int]]) -> list[str]:
    return [f"{size:,}" for size in weights[0]]
