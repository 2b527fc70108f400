"""The data set of archives of several ages: what a day costs there, and DuckDB's times, as JSON.

The arguments are numbers of editions. Times are in seconds.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb

from bench import days, weekdays
from bench.progress import progress
from core.edition.payload import decode
from core.model.dates import first_of_month
from core.model.paper import Edition
from core.model.votes import VoteRecord
from core.publish import edition_of
from core.render import dataset

PAPERS = 50
ROUNDS = 7
PAGE = (days.ROOT / "docs" / "dataset.md").read_text("utf-8")
VIEWS = re.findall(r"```sql\n(CREATE VIEW.*?)```", PAGE, re.DOTALL)[0]
QUESTIONS: Mapping[str, str] = dict(
    re.findall(r"^\*\*([^*]+)\.\*\*.*?```sql\n(WITH .*?)```", PAGE, re.DOTALL | re.MULTILINE)
)
# A quarter that every archive here has whole.
QUARTER = "FROM papers WHERE month BETWEEN '2026-04' AND '2026-06'"


def main(sizes: Sequence[int]) -> None:
    """Print what each archive's data set weighs, and what it costs to change and to ask it."""
    found = []
    for size in progress(sizes, "dataset"):
        with tempfile.TemporaryDirectory() as place:
            changed = write(Path(place), weekdays.until(weekdays.NEWEST, size))
            found.append({**weight(Path(place)), **changed, "questions": ask(place)})
    print(json.dumps(found))


def write(root: Path, newest_last: Sequence[date]) -> Mapping[str, object]:
    """Write the days' files; return what the last one costs, new, with other votes, and unchanged.

    The times are of CPU.
    """
    for first, of_month in groupby(newest_last, first_of_month):
        papers: bytes | None = None
        votes: bytes | None = None
        for day in of_month:
            edition, record = made(day)
            before, rows = papers, dataset.papers(edition)
            papers = dataset.with_member(papers, day, rows)
            votes = dataset.with_member(votes, day, dataset.votes(record))
        for name, body in (("papers", papers), ("votes", votes)):
            path = root / name / f"month={first:%Y-%m}" / f"{name}.jsonl.gz"
            path.parent.mkdir(parents=True)
            path.write_bytes(body or b"")
    others = dataset.papers(made(day, turn=1)[0])
    return {
        "rows": times(partial(dataset.papers, edition), time.process_time),
        "new": times(partial(dataset.with_member, before, day, rows), time.process_time),
        "changed": times(partial(dataset.with_member, papers, day, others), time.process_time),
        "unchanged": times(partial(dataset.with_member, papers, day, rows), time.process_time),
        "days": len(dataset.days(papers)),
        "file": len(papers or b""),
    }


def made(day: date, turn: int = 0) -> tuple[Edition, VoteRecord]:
    """Return a day's edition, and the record of the schedule's six runs of it."""
    edition = edition_of(decode(weekdays.payload(day, PAPERS, turn), day))
    records = (
        (at, {paper.id: (paper.votes or 0) + number for paper in edition.papers})
        for number, at in enumerate(weekdays.runs(day))
    )
    return edition, VoteRecord(day, tuple(records))


def weight(root: Path) -> Mapping[str, object]:
    """Return the bytes of each table's files, and how many months there are."""
    files = {name: list(root.glob(f"{name}/*/*.gz")) for name in ("papers", "votes")}
    sizes = {name: sum(file.stat().st_size for file in found) for name, found in files.items()}
    return {"months": len(files["papers"]), "sizes": sizes}


def ask(place: str) -> Mapping[str, object]:
    """Return how long DuckDB takes for each question, each time, and how many rows there are."""
    with duckdb.connect() as connection:
        connection.execute(VIEWS.replace("'public/", f"'{place}/"))
        (first, *_) = QUESTIONS
        of_a_quarter = QUESTIONS[first].replace("FROM papers", QUARTER)
        questions = {**QUESTIONS, f"{first}, of one quarter only": of_a_quarter}
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608
            for table in ("papers", "votes")
        }

        def answer(question: str) -> object:
            return connection.execute(question).fetchall()

        waits = {title: times(partial(answer, one)) for title, one in questions.items()}
    return {"counts": counts, "waits": waits}


def times(
    call: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> Sequence[float]:
    """Return how long a call takes, each time after one to warm up."""
    call()
    found = []
    for _ in range(ROUNDS):
        start = clock()
        call()
        found.append(clock() - start)
    return found


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
