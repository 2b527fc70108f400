"""`paperboy export` as a person uses it."""

import gzip
import json
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.edition.limits import MOST_OF_ROWS
from core.model import keys
from core.model.paper import Edition
from core.render import dataset
from handler.cli import export
from tests.support import command
from tests.support import papers as made
from tests.support.command import Paperboy, tree
from tests.support.servers import s3_server

FIRST = date(2025, 12, 20)
# More than are fetched at once.
DAYS = [FIRST + timedelta(days=number) for number in range(export.BATCH + 4)]
LAST = DAYS[-1]


def edition(day: date) -> Edition:
    """Return an edition; each third has no papers."""
    number = day.toordinal()
    papers = (made.paper(number), made.paper(number + 1, votes=None, organization=None))
    return made.edition(*papers[: number % 3], day=day)


def files(days: Iterable[date] = DAYS) -> dict[str, bytes]:
    return {keys.dataset_papers(day): dataset.papers(edition(day)) for day in days}


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    """Return the command in a directory with a data set."""
    command.write(tmp_path / "public", {**files(), "papers/readme.txt": b"no rows"})
    return Paperboy(tmp_path, monkeypatch, capsys)


def ask(file: Path, question: str) -> list[tuple[Any, ...]]:
    """Return what DuckDB answers to a question about `papers`."""
    with duckdb.connect() as connection:
        connection.read_parquet(str(file)).create_view("papers")
        return connection.execute(question).fetchall()


def titles(days: Iterable[date]) -> list[tuple[date, int, str]]:
    return [
        (day, rank, paper.title)
        for day in days
        for rank, paper in enumerate(edition(day).papers, 1)
    ]


def test_all_papers_are_exported_in_order(run: Paperboy, tmp_path: Path) -> None:
    done = run("export", "all.parquet")
    size = (tmp_path / "all.parquet").stat().st_size
    count = len(titles(DAYS))
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"all.parquet: {count} papers of {len(DAYS)} editions, {FIRST} to {LAST}, {size:,} bytes\n"
    )
    found = ask(tmp_path / "all.parquet", 'SELECT "date", rank, title FROM papers')
    assert found == titles(DAYS)


def test_columns_have_their_types(run: Paperboy, tmp_path: Path) -> None:
    day = next(day for day in DAYS if len(edition(day).papers) == 2)
    assert run("export", "one.parquet", "--from", str(day), "--to", str(day)).status == 0
    described = ask(tmp_path / "one.parquet", "DESCRIBE papers")
    assert {row[0]: row[1] for row in described} == export.COLUMNS
    rows = gzip.decompress(files()[keys.dataset_papers(day)]).splitlines()
    assert [row[0] for row in described] == list(json.loads(rows[0]))
    question = "SELECT organization, votes, ai_keywords, published_at FROM papers"
    whole, bare = ask(tmp_path / "one.parquet", question)
    published = datetime.fromisoformat(json.loads(rows[0])["published_at"])
    assert whole == ("The Lab", day.toordinal(), ["one", "two"], published)
    assert bare == (None, None, ["one", "two"], published)


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--from", str(DAYS[2])), DAYS[2:]),
        (("--to", str(DAYS[3])), DAYS[:4]),
        (("--from", str(DAYS[1]), "--to", str(DAYS[1])), DAYS[1:2]),
        (("--from", "2023-05-04", "--to", "2030-01-01"), DAYS),
    ],
)
def test_a_range_is_exported(
    run: Paperboy, tmp_path: Path, options: tuple[str, ...], days: list[date]
) -> None:
    done = run("export", "some.parquet", "--json", *options)
    assert json.loads(done.out) == {
        "file": "some.parquet",
        "rows": len(titles(days)),
        "editions": len(days),
        "from": str(days[0]),
        "to": str(days[-1]),
        "bytes": (tmp_path / "some.parquet").stat().st_size,
    }
    found = ask(tmp_path / "some.parquet", 'SELECT "date", rank, title FROM papers')
    assert found == titles(days)


def test_names_may_have_any_character(run: Paperboy, tmp_path: Path) -> None:
    place = tmp_path / "it's [a] *?"
    command.write(place / "public", files(DAYS[:3]))
    done = run("export", str(place / "all.parquet"), "--out", str(place / "public"))
    assert (done.status, done.err) == (0, "")
    assert [path.name for path in place.iterdir() if path.is_file()] == ["all.parquet"]


def test_a_bucket_is_exported(tmp_path: Path) -> None:
    with s3_server("papers") as s3, closing(s3.client()) as client:
        for key, body in files().items():
            client.put_object(Bucket="papers", Key=f"ai/{key}", Body=body)
        asked = ("export", "all.parquet", "--bucket", "papers", "--prefix", "ai")
        done = command.paperboy(*asked, cwd=tmp_path, AWS_ENDPOINT_URL_S3=s3.url)
    assert (done.status, done.err) == (0, "")
    found = ask(tmp_path / "all.parquet", 'SELECT "date", rank, title FROM papers')
    assert found == titles(DAYS)


def test_a_killed_export_leaves_a_draft_for_the_next(run: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path)
    done = command.killed("export", "all.parquet", cwd=tmp_path)
    assert done.status == -signal.SIGKILL
    assert tree(tmp_path).keys() == {*before, ".all.parquet.draft"}
    assert run("export", "all.parquet").status == 0
    assert tree(tmp_path).keys() == {*before, "all.parquet"}


def test_nothing_is_written_through_a_draft(run: Paperboy, tmp_path: Path) -> None:
    command.write(tmp_path, {"mine": b"mine"})
    (tmp_path / ".all.parquet.draft").symlink_to("mine")
    assert run("export", "all.parquet").status == 0
    assert (tmp_path / "mine").read_bytes() == b"mine"


def link(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("make", [os.mkfifo, link])
def test_only_a_regular_file_is_replaced(
    run: Paperboy, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "x")
    mode = (tmp_path / "x").lstat().st_mode
    done = run("export", "x")
    assert done.status == 2
    assert "'x' is not a regular file" in done.err
    assert (tmp_path / "x").lstat().st_mode == mode


ROWS = keys.dataset_papers(DAYS[1])
BROKEN = {
    "text": b"no gzip",
    "cut": files()[ROWS][:-9],
    "no JSON": gzip.compress(b'{"date": "2025-12-21"\n'),
    "another type": gzip.compress(b'{"date": "2025-12-21", "votes": "many"}\n'),
    "no object": gzip.compress(b"[1]\n"),
    "many digits": gzip.compress(b'{"date": "2025-12-21", "votes": 1' + b"0" * 400 + b"}\n"),
    "bomb": gzip.compress(bytes(MOST_OF_ROWS + 1)),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_an_unreadable_row_file_is_named(run: Paperboy, tmp_path: Path, body: bytes) -> None:
    command.write(tmp_path, {f"public/{ROWS}": body, "all.parquet": b"before"})
    before = tree(tmp_path)
    error = run("export", "all.parquet").error()
    assert error.startswith("StoreError: ")
    assert error.endswith(f"(public/{ROWS})")
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (("x.parquet", "--from", "2026-06-01"), 1, "StoreError: there are no editions to export"),
        (("x.parquet", "--out", "nowhere"), 1, "StoreError: there are no editions to export"),
        (("nowhere/x.parquet",), 1, "StoreError: cannot write: No such file or directory"),
        (("x.parquet", "--from", "2025-12-24", "--to", "2025-12-23"), 2, "is after --to"),
        (("public",), 2, "'public' is a directory, not a file"),
        (("x.parquet", "--from", "Monday"), 2, "'Monday' is not a day like 2025-12-24"),
        ((), 2, "FILE.parquet"),
    ],
)
def test_what_is_wrong_is_told(
    run: Paperboy, tmp_path: Path, arguments: tuple[str, ...], status: int, problem: str
) -> None:
    before = tree(tmp_path)
    done = run("export", *arguments)
    assert done.status == status
    assert problem in done.err
    assert tree(tmp_path) == before


def test_without_duckdb_the_remedy_is_told(run: Paperboy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", {"rich": None}.get)
    assert run("export", "x.parquet").error() == (
        "SettingsError: export needs DuckDB: pip install 'paperboy[export]'"
    )
