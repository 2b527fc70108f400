"""What `docs/dataset.md` asks of the data set, it is told: by DuckDB and by pandas.

DuckDB stands for Athena, too: its SQL is the same text.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.model.paper import Edition, Organization, Paper
from core.model.votes import VoteRecord
from core.render import dataset
from tests.support.fakes import edition, paper
from tests.support.recorded import REPOSITORY

PAGE = (REPOSITORY / "docs" / "dataset.md").read_text("utf-8")
FIRST = date(2025, 9, 15)
TOP, RISES = 10, 20

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Day:
    """An edition with the record of its votes."""

    edition: Edition
    record: VoteRecord


def blocks(language: str, beginning: str) -> list[str]:
    """Return the page's code blocks that begin so."""
    found = re.findall(rf"```{language}\n({re.escape(beginning)}.*?)```", PAGE, re.DOTALL)
    assert found
    return [str(block) for block in found]


(VIEWS,) = blocks("sql", "CREATE VIEW")
ORGANIZATIONS, ROSE, KEYWORDS = blocks("sql", "WITH")
(PANDAS,) = blocks("python", "from pathlib")


def write(root: Path, days: Iterable[Day]) -> None:
    """Write the days' files, as runs would bring them in."""
    for first, of_month in groupby(days, lambda day: day.edition.day.replace(day=1)):
        papers = votes = None
        for day in of_month:
            at = day.edition.day
            papers = dataset.with_member(papers, at, dataset.papers(day.edition))
            votes = dataset.with_member(votes, at, dataset.votes(day.record))
        for name, body in (("papers", papers), ("votes", votes)):
            path = root / name / f"month={first:%Y-%m}" / f"{name}.jsonl.gz"
            path.parent.mkdir(parents=True)
            path.write_bytes(body or b"")


def archive() -> Iterator[Day]:
    """Yield the days of some months, in which there is all that a question may stumble over."""
    dice = random.Random(5)  # noqa: S311 (no secret)
    labs = [None, *(Organization(None, f"Lab {n}") for n in range(14)), Organization("solo", None)]
    words = [f"{case}ord {n}" for n in range(14) for case in "wW"]
    returning: list[Paper] = []
    for number in range(120):
        day = FIRST + timedelta(days=number)
        news = [
            paper(
                number * 10 + place,
                title=f'"{number}"\n{place}\u2028한',
                organization=dice.choice(labs),
                votes=dice.choice([None, 0, dice.randrange(300)]),
                ai_keywords=tuple(dice.choices(words, k=dice.randrange(4))),
            )
            for place in range(dice.randrange(1, 6))
        ]
        if day.month == 10:
            # It knows no votes, as months of imported archives may.
            returning = news = [replace(one, votes=None, organization=None) for one in news]
        papers = list(dict.fromkeys([*news, *returning[:1]]))
        returning = news
        yield Day(edition(*papers, day=day), record(day, papers, dice))


def record(day: date, papers: Sequence[Paper], dice: random.Random) -> VoteRecord:
    """Return a record: of the day itself, or only of later times, or none."""
    known = {one.id: one.votes for one in papers if one.votes is not None}
    if not known:
        return VoteRecord(day)
    later = dice.choice([(0, 0, 1, 7), (0, 1), (300,), (0,)])
    moments = [
        datetime.combine(day + timedelta(days), time(2 + 12 * (n % 2)), UTC)
        for n, days in enumerate(later)
    ]
    records = []
    for at in moments:
        known = {one: votes + dice.randrange(40) for one, votes in known.items()}
        # Papers vanish from days.
        left = dict(list(known.items())[: 1 + dice.randrange(len(known))])
        records.append((at, left))
    return VoteRecord(day, tuple(records))


DAYS = list(archive())


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory that holds the archive's data set."""
    root = tmp_path_factory.mktemp("public")
    write(root, DAYS)
    return root


def ask(root: Path, *questions: str) -> list[list[Row]]:
    """Return what DuckDB answers to each question about a directory."""
    with duckdb.connect() as connection:
        connection.execute(VIEWS.replace("'public/", f"'{root}/"))
        return [connection.execute(question).fetchall() for question in questions]


def organizations(days: Sequence[Day]) -> list[Row]:
    seen: set[str] = set()
    papers: Counter[Row] = Counter()
    votes: Counter[Row] = Counter()
    for day in days:
        at = day.edition.day
        for one in day.edition.papers:
            if one.id not in seen and one.organization:
                name = one.organization.fullname or one.organization.name
                key = (at.year, (at.month + 2) // 3, name)
                papers[key] += 1
                votes[key] += one.votes or 0
            seen.add(one.id)
    ranked = sorted((*key[:2], -count, -votes[key], key[2]) for key, count in papers.items())
    return [
        (year, quarter, place, name, -count, -sum_)
        for (year, quarter), rows in groupby(ranked, lambda row: row[:2])
        for place, (_, _, count, sum_, name) in enumerate(list(rows)[:TOP], 1)
    ]


def rises(days: Sequence[Day]) -> list[Row]:
    found = []
    for day in days:
        at = day.edition.day
        for one in day.edition.papers:
            course = [
                (when, votes[one.id]) for when, votes in day.record.records if one.id in votes
            ]
            early = [votes for when, votes in course if when.date() == at]
            if early and course[-1][1] > early[-1]:
                latest = course[-1][1]
                found.append((at, one.id, one.title, early[-1], latest, latest - early[-1]))
    return sorted(found, key=lambda row: (row[5], row[0], row[1]), reverse=True)[:RISES]


def keywords(days: Sequence[Day]) -> list[Row]:
    uses: defaultdict[Row, set[str]] = defaultdict(set)
    for day in days:
        for one in day.edition.papers:
            for word in one.ai_keywords:
                uses[f"{day.edition.day:%Y-%m}", word.lower()].add(one.id)
    ranked = sorted((month, -len(ids), word) for (month, word), ids in uses.items())
    return [
        (month, place, word, -count)
        for month, rows in groupby(ranked, lambda row: row[0])
        for place, (_, count, word) in enumerate(list(rows)[:TOP], 1)
    ]


def test_the_archive_has_what_a_question_may_stumble_over() -> None:
    ids = [one.id for day in DAYS for one in day.edition.papers]
    assert len(set(ids)) < len(ids)
    assert len(organizations(DAYS)) > 2 * TOP
    assert len(rises(DAYS)) == RISES
    assert {row[0] for row in keywords(DAYS)} == {f"{day.edition.day:%Y-%m}" for day in DAYS}


@pytest.mark.parametrize(
    ("question", "answer"),
    [(ORGANIZATIONS, organizations), (ROSE, rises), (KEYWORDS, keywords)],
    ids=["organizations", "rises", "keywords"],
)
def test_duckdb_answers_the_pages_questions(public: Path, question: str, answer: Any) -> None:
    assert ask(public, question) == [answer(DAYS)]


def test_duckdb_reads_what_was_written(public: Path) -> None:
    (titles, months) = ask(
        public,
        'SELECT title FROM papers ORDER BY "date", rank',
        "SELECT DISTINCT month FROM votes ORDER BY month",
    )
    assert titles == [(one.title,) for day in DAYS for one in day.edition.papers]
    # October's file is there, and has no rows.
    assert months == [("2025-09",), ("2025-11",), ("2025-12",), ("2026-01",)]


def test_duckdb_names_the_columns_that_the_page_tells(public: Path) -> None:
    told = re.findall(r"^\| `(\w+)` \| `[\w<>]+` \|", PAGE, re.MULTILINE)
    papers, votes = ask(public, "DESCRIBE papers", "DESCRIBE votes")
    columns = [row[0] for row in papers + votes]
    assert [name for name in columns if name != "month"] == told
    assert columns.count("month") == 2


def plain(rows: Any) -> list[Row]:
    """Return a data frame's rows as Python's values, dates as such."""
    return [
        tuple(value.date() if isinstance(value, datetime) else value for value in row)
        for row in rows.itertuples(index=False)
    ]


def test_pandas_answers_the_pages_questions(public: Path) -> None:
    found: dict[str, Any] = {}
    exec(PANDAS.replace('"public"', repr(str(public))), found)  # noqa: S102 (the page's own)
    without_place = [(*row[:2], *row[3:]) for row in organizations(DAYS)]
    assert plain(found["organizations"]) == without_place
    columns = ["date", "id", "title", "on_the_day", "latest", "rise"]
    assert plain(found["rises"][columns]) == rises(DAYS)
    by_month = [(month, word, count) for month, _, word, count in keywords(DAYS)]
    assert plain(found["keywords"]) == by_month


def test_pandas_keeps_ids_as_they_are(public: Path) -> None:
    found: dict[str, Any] = {}
    exec(PANDAS.replace('"public"', repr(str(public))), found)  # noqa: S102 (the page's own)
    ids = [one.id for day in DAYS for one in day.edition.papers]
    assert list(found["papers"]["id"]) == ids


def many() -> Iterator[Day]:
    """Yield 1,000 days, of a size each, so that members begin anywhere in what a reader buffers."""
    dice = random.Random(7)  # noqa: S311 (no secret)
    for number in range(1000):
        day = FIRST + timedelta(days=number)
        papers = [
            paper(
                number * 20 + place,
                abstract=dice.randbytes(dice.randrange(600)).hex(),
                votes=dice.choice([None, dice.randrange(500)]),
                comments=dice.randrange(9),
                github_stars=dice.choice([None, dice.randrange(10**6)]),
            )
            for place in range(1, dice.randrange(2, 12))
        ]
        yield Day(edition(*papers, day=day), record(day, papers, dice))


def test_duckdb_reads_a_thousand_days_and_gives_the_same_sums(tmp_path: Path) -> None:
    days = list(many())
    write(tmp_path, days)
    papers = [one for day in days for one in day.edition.papers]
    counted = [votes for day in days for _, each in day.record.records for votes in each.values()]
    months = Counter(f"{day.edition.day:%Y-%m}" for day in days for _ in day.edition.papers)
    sums, of_votes, by_month = ask(
        tmp_path,
        'SELECT count(*), count(DISTINCT "date"), count(DISTINCT id), sum(rank), count(votes),'
        " sum(votes), sum(comments), sum(github_stars), sum(length(abstract)),"
        " sum(len(authors)) FROM papers",
        "SELECT count(*), sum(votes) FROM votes",
        "SELECT month, count(*) FROM papers GROUP BY month ORDER BY month",
    )
    votes = [one.votes for one in papers if one.votes is not None]
    assert sums == [
        (
            len(papers),
            1000,
            len({one.id for one in papers}),
            sum(rank for day in days for rank, _ in enumerate(day.edition.papers, 1)),
            len(votes),
            sum(votes),
            sum(one.comments or 0 for one in papers),
            sum(one.github_stars or 0 for one in papers),
            sum(len(one.abstract or "") for one in papers),
            sum(len(one.authors) for one in papers),
        )
    ]
    assert of_votes == [(len(counted), sum(counted))]
    assert by_month == sorted(months.items())
