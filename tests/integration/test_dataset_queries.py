"""The questions of `docs/dataset.md`, asked of generated editions through DuckDB and pandas.

DuckDB stands for Athena, too: its SQL is the same text.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.model import keys
from core.model.paper import Edition, Organization, Paper
from core.model.votes import VoteHistory
from core.render import dataset
from core.render import votes as vote_json
from handler.cli import export
from tests.support import command
from tests.support.papers import edition, paper
from tests.support.recorded import REPOSITORY

PAGE = (REPOSITORY / "docs" / "dataset.md").read_text("utf-8")
FIRST = date(2025, 9, 15)
TOP, RISES = 10, 20

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Day:
    """An edition with its vote history."""

    edition: Edition
    history: VoteHistory


def blocks(language: str, beginning: str) -> list[str]:
    """Return the page's code blocks that begin so."""
    found = re.findall(rf"```{language}\n({re.escape(beginning)}.*?)```", PAGE, re.DOTALL)
    assert found
    return [str(block) for block in found]


(VIEWS,) = blocks("sql", "CREATE VIEW")
(PANDAS,) = blocks("python", "import gzip")
ORGANIZATIONS, ROSE, KEYWORDS = blocks("sql", "WITH")


def archive() -> Iterator[Day]:
    """Yield days of some months, with what a question may trip over."""
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
            # Some days have no papers.
            for place in range(dice.randrange(6))
        ]
        if day.month == 10:
            # Months of imported archives may know no votes.
            news = [replace(one, votes=None, organization=None) for one in news]
        papers = list(dict.fromkeys([*news, *returning[:1]]))
        returning = news
        yield Day(edition(*papers, day=day), history(day, papers, dice))


def history(day: date, papers: Sequence[Paper], dice: random.Random) -> VoteHistory:
    """Return records of the day itself, of later days only, or of both."""
    votes = {one.id: one.votes for one in papers}
    records = []
    for number, days in enumerate(dice.choice([(0, 0, 1, 7), (0, 1), (300,), (0,)])):
        at = datetime.combine(day + timedelta(days), time(2 + 12 * (number % 2)), UTC)
        votes = {one: known and known + dice.randrange(40) for one, known in votes.items()}
        # Papers vanish from days.
        left = dict(list(votes.items())[: 1 + dice.randrange(len(votes) or 1)])
        records.append((at, left))
    return VoteHistory(day, tuple(records))


DAYS = list(archive())


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the data set of these days."""
    root = tmp_path_factory.mktemp("public")
    for day in DAYS:
        at = day.edition.day
        papers = {keys.dataset_papers(at): dataset.papers(day.edition)}
        command.write(root, {**papers, keys.vote_history(at): vote_json.render(day.history)})
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
            records = [(when, votes.get(one.id)) for when, votes in day.history.records]
            course = [(when.date(), votes) for when, votes in records if votes is not None]
            early = [votes for when, votes in course if when == at]
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


@pytest.mark.parametrize(
    ("question", "answer"),
    [(ORGANIZATIONS, organizations), (ROSE, rises), (KEYWORDS, keywords)],
    ids=["organizations", "rises", "keywords"],
)
def test_duckdb_answers_the_pages_questions(public: Path, question: str, answer: Any) -> None:
    assert ask(public, question) == [answer(DAYS)]


def test_duckdb_reads_every_row(public: Path) -> None:
    titles, records = ask(
        public,
        'SELECT "date", title FROM papers ORDER BY "date", rank',
        'SELECT "date", map_keys(records) FROM votes ORDER BY "date"',
    )
    assert titles == [(day.edition.day, one.title) for day in DAYS for one in day.edition.papers]
    assert records == [
        (day.edition.day, [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at, _ in day.history.records])
        for day in DAYS
    ]


def test_views_have_the_documented_columns(public: Path) -> None:
    told = re.findall(r"^\| `(\w+)` \| `[\w<>:,]+` \|", PAGE, re.MULTILINE)
    papers, votes = ask(public, "DESCRIBE papers", "DESCRIBE votes")
    assert {row[0]: row[1] for row in papers} == export.COLUMNS
    assert [row[0] for row in papers + votes] == told
