"""`paperboy export`: the papers of many editions as one Parquet file."""

import argparse
import os
import re
import shutil
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from glob import escape
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from core.edition.limits import MOST_OF_ROWS
from core.edition.raw import unzipped
from core.model.errors import SettingsError, StoreError
from core.model.ports import Store
from handler import bootstrap
from handler.cli import arguments, terminal
from handler.settings import from_environment

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from handler.cli.arguments import Commands

# Seconds that the export may take before it gives up.
PATIENCE = 3600.0
# Editions that are fetched at once and inserted in one transaction.
BATCH = 16
MEMORY = "256MB"
# Small row groups, because DuckDB writes one when all of it is in memory; a paper has about 5 kB.
FORMAT = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192"

PREFIX = "papers/date="
KEY = re.compile(rf"{PREFIX}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/papers\.jsonl\.gz")

# The data set's columns and their types in DuckDB; docs/dataset.md describes them.
COLUMNS = {
    "date": "DATE",
    "rank": "BIGINT",
    "id": "VARCHAR",
    "title": "VARCHAR",
    "abstract": "VARCHAR",
    "ai_summary": "VARCHAR",
    "ai_keywords": "VARCHAR[]",
    "authors": "VARCHAR[]",
    "author_count": "BIGINT",
    "organization": "VARCHAR",
    "organization_name": "VARCHAR",
    "organization_fullname": "VARCHAR",
    "votes": "BIGINT",
    "comments": "BIGINT",
    "code": "VARCHAR",
    "project": "VARCHAR",
    "github_stars": "BIGINT",
    "thumbnail": "VARCHAR",
    "published_at": "TIMESTAMP",
    "submitted_at": "TIMESTAMP",
    "submitter": "VARCHAR",
    "source": "VARCHAR",
}
INSERT = "INSERT INTO papers SELECT * FROM read_json(?, format = 'newline_delimited', columns = ?)"

EXAMPLES = """\
examples:
  paperboy export papers.parquet                     what `paperboy run` wrote into ./public
  paperboy export q4.parquet --from 2025-10-01 --to 2025-12-31 --bucket my-papers

The file has a row for each paper of each edition, with the columns of docs/dataset.md, ordered by
date and rank. An existing file is replaced when the new one is complete. The export needs DuckDB:
pip install 'paperboy[export]'
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was exported: rows, editions, their first and last day, and the file's size in bytes."""

    rows: int
    editions: int
    first: str
    last: str
    size: int


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "export",
        help="write the papers of many editions into a Parquet file",
        description="Writes the papers of all editions, or of a range of days, into a file.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file", type=arguments.path, metavar="FILE.parquet", help="the file to write"
    )
    parser.add_argument(
        "--from",
        dest="first",
        type=arguments.day,
        metavar="D",
        default=date.min,
        help="the first day (default: the first edition's)",
    )
    parser.add_argument(
        "--to",
        dest="last",
        type=arguments.day,
        metavar="D",
        default=date.max,
        help="the last day (default: the last edition's)",
    )
    arguments.add_store(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.first > options.last:
        options.parser.error(f"--from {options.first} is after --to {options.last}")
    target = Path(options.file)
    if target.is_dir():
        options.parser.error(f"{options.file!r} is a directory, not a file")
    if not _is_replaceable(target):
        options.parser.error(f"{options.file!r} is not a regular file")
    if not find_spec("duckdb"):
        raise SettingsError("export needs DuckDB: pip install 'paperboy[export]'")
    end = monotonic() + PATIENCE
    url = from_environment(arguments.environment(options)).store
    store = bootstrap.store(url, lambda: end - monotonic())
    keys = _keys(store, options.first, options.last)
    summary = _write(store, keys, target, quiet=options.quiet)
    _print(options, summary)
    return 0


def _is_replaceable(target: Path) -> bool:
    """Return whether there is no file yet, or a regular one; a link may lead to a device."""
    try:
        return stat.S_ISREG(target.lstat().st_mode)
    except OSError:
        # What is wrong is said when the file is written.
        return True


def _keys(store: Store, first: date, last: date) -> dict[str, str]:
    """Return the keys of the editions' rows by day, in order.

    Raises `StoreError` when there are none from `first` to `last`.
    """
    keys = {
        found[1]: listed.key
        for listed in store.list(PREFIX)
        if (found := KEY.fullmatch(listed.key)) and str(first) <= found[1] <= str(last)
    }
    if not keys:
        raise StoreError("there are no editions to export", store.location(PREFIX))
    return keys


def _write(store: Store, keys: Mapping[str, str], target: Path, *, quiet: bool) -> Summary:
    """Write the file, or leave what is there as it is.

    Raises `StoreError`, with the object's key when its rows cannot be read.
    """
    import duckdb

    # Beside the file, because a rename replaces a file only within its file system. A process that
    # was killed leaves it, and the next export into the same file overwrites it.
    draft = target.with_name(f".{target.name}.draft")
    try:
        # First, so that a place that cannot be written to fails before the work.
        _copy(Path(os.devnull), draft)
        with (
            TemporaryDirectory(prefix="paperboy-") as name,
            # What exceeds the limit is kept on disk meanwhile.
            duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": name}) as connection,
        ):
            scratch = Path(name)
            made = scratch / "export.parquet"
            _load(connection, store, keys, scratch, quiet=quiet)
            path = str(made).replace("'", "''")
            connection.execute(f"COPY papers TO '{path}' ({FORMAT})")
            ((rows,),) = connection.execute("SELECT count(*) FROM papers").fetchall()
            size = made.stat().st_size
            _copy(made, draft)
        draft.replace(target)
    except OSError as error:
        raise StoreError(f"cannot write: {error.strerror}", str(target)) from error
    except duckdb.Error as error:
        raise StoreError(f"cannot write: {_first_line(error)}", str(target)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return Summary(rows, len(keys), min(keys), max(keys), size)


def _copy(source: Path, draft: Path) -> None:
    """Copy a file to the draft, in place of one that was left over, or of a link."""
    draft.unlink(missing_ok=True)
    with source.open("rb") as made, draft.open("xb") as file:
        shutil.copyfileobj(made, file)


def _load(
    connection: "DuckDBPyConnection",
    store: Store,
    keys: Mapping[str, str],
    scratch: Path,
    *,
    quiet: bool,
) -> None:
    """Fill the table `papers`; unpack the rows into the directory `scratch` meanwhile."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE papers ({columns})")
    left = iter(keys.items())
    with ThreadPoolExecutor(BATCH) as pool, terminal.bar(len(keys), quiet=quiet) as advance:
        while batch := dict(islice(left, BATCH)):
            bodies = pool.map(partial(_body, store), batch.values())
            connection.begin()
            for (day, key), body in zip(batch.items(), bodies, strict=True):
                _insert(connection, body, scratch / f"{day}.jsonl", store.location(key))
                advance(day)
            connection.commit()


def _body(store: Store, key: str) -> bytes:
    stored = store.get(key)
    if stored is None:
        raise StoreError("was deleted during the export", store.location(key))
    return stored.body


def _insert(connection: "DuckDBPyConnection", body: bytes, file: Path, location: str) -> None:
    """Insert the rows of one edition; `file` is where they are unpacked for DuckDB."""
    import duckdb

    try:
        rows = unzipped(body, MOST_OF_ROWS)
    except ValueError as error:
        raise StoreError(str(error), location) from error
    file.write_bytes(rows)
    try:
        # DuckDB takes a path for a pattern.
        connection.execute(INSERT, [escape(str(file)), COLUMNS])
    except (duckdb.InvalidInputException, duckdb.DataError) as error:
        raise StoreError(f"has no rows of papers: {_first_line(error)}", location) from error
    file.unlink()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _print(options: argparse.Namespace, summary: Summary) -> None:
    if options.json:
        document = {
            "file": options.file,
            "rows": summary.rows,
            "editions": summary.editions,
            "from": summary.first,
            "to": summary.last,
            "bytes": summary.size,
        }
        terminal.print_json(document)
        return
    if options.quiet:
        return
    papers = terminal.counted(summary.rows, "paper")
    editions = terminal.counted(summary.editions, "edition")
    print(
        f"{options.file}: {papers} of {editions}, {summary.first} to {summary.last}, "
        f"{summary.size:,} bytes"
    )
