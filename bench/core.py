"""The pure core alone: what it costs to decode, parse, rank and render days of several sizes."""

from collections.abc import Mapping, Sequence

from bench import drive, machine
from bench.contenders import Contender
from bench.tables import MILLISECONDS, Table

SIZES = (10, 30, 100, 300, 1000)
SET = {
    "decode": "decode",
    "parse": "parse",
    "rank": "rank",
    "json": "JSON",
    "posts": "posts",
    "votes": "votes",
    "month": "month",
    "pages": "pages",
    "indexes": "indexes",
    "search": "search",
    "feeds": "feeds",
    "all": "all, ms",
}
DAY = {"decode": "decode", "parse": "parse", "rank": "rank", "json": "JSON", "post": "post"}
MONTH = {"read month": "read a month", "month": "its JSON", "month's post": "its post"}
ABOUT = """\
From the source's answer to the whole set of files of a day that is the archive's only one: JSON,
posts of day and month, record of votes, the month's JSON, pages of day, month and home, indexes and
site maps, search shard, four feeds. *The run* is the use case as it publishes this day after
another one of as many papers, into a store in memory: all of the above, of two days where files
have two, and what it reads and compares. Medians in a process that has rendered before, on
{processor}."""
ABOUT_MONTH = "The steps of a day, and of a month that has 20 other days of as many papers:"


def report(python: str, paperboy: Contender) -> str:
    """Return the CPU time of each step, and of one paper."""
    answer: Mapping[str, Mapping[str, float]] = drive.answer(python, paperboy, "whole", *SIZES)
    rows = [
        [str(size), *_shown(costs, SET), _a_paper(costs["all"], size), *_shown(costs, ("run",))]
        for size in SIZES
        for costs in [answer[str(size)]]
    ]
    whole = Table(["papers", *SET.values(), "a paper, ms", "the run, ms"], rows)
    about = ABOUT.format(processor=machine.processor())
    return f"{about}\n\n{whole}\n\n{ABOUT_MONTH}\n\n{table(python, paperboy)}"


def table(python: str, paperboy: Contender) -> Table:
    """Return the CPU time of each step of a day and its month."""
    costs: Mapping[str, Mapping[str, float]] = drive.answer(python, paperboy, "pure", *SIZES)
    rows = [[str(size), *_shown(costs[str(size)], [*DAY, *MONTH])] for size in SIZES]
    return Table(["papers", *DAY.values(), *MONTH.values()], rows)


def _shown(costs: Mapping[str, float], steps: Sequence[str] | Mapping[str, str]) -> list[str]:
    return [f"{costs[step] * MILLISECONDS:.2f}" for step in steps]


def _a_paper(seconds: float, papers: int) -> str:
    return f"{seconds * MILLISECONDS / papers:.3f}"
