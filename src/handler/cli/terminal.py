"""What the command line shows a person: a progress bar, and the report in plain lines."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from time import monotonic
from typing import TextIO

from core.model.blog import BlogReport, BlogStatus
from core.model.errors import PaperboyError
from core.model.ports import Store
from core.model.report import Action, Change, EditionReport, RunReport, Status
from core.model.text import NO_TEXT
from core.publish import Watch

COLOURS = {Status.PUBLISHED: 32, Status.KEPT: 33, Status.FAILED: 31}


@contextmanager
def progress(days: int, *, quiet: bool) -> Iterator[Watch]:
    """Show a bar while several days run in a terminal; elsewhere, nothing."""
    with bar(days, quiet=quiet) as advance:
        yield lambda report: advance(str(report.day))


@contextmanager
def bar(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show a bar that each call moves on by one step, with what it names; likewise.

    It tells how many steps a second has, and the time that is left.
    """
    if steps < 2 or quiet or not _is_terminal(sys.stderr) or not find_spec("rich"):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    begin, done = monotonic(), count(1)

    def advance(name: str) -> None:
        rate = next(done) / max(monotonic() - begin, 0.001)
        shown.update(task, advance=1, description=f"{name} {rate:.1f}/s")

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=steps)
        yield advance


def tell(report: RunReport, store: Store) -> None:
    """Print how each day ended, and each object: what became of it, where, and why."""
    for edition in report.editions:
        print(headline(edition, report.dry_run))
        tell_changes(edition.changes, report.dry_run, store.location)
    if report.changes:
        print("shared by all days")
        tell_changes(report.changes, report.dry_run, store.location)
    if report.blog:
        tell_blog(report.blog, dry_run=report.dry_run)


def headline(edition: EditionReport, dry_run: bool) -> str:
    """Return how a day ended, and why, in a line."""
    would = "would be " if dry_run and edition.status == Status.PUBLISHED else ""
    noun = "paper" if edition.papers == 1 else "papers"
    papers = f", {edition.papers} {noun}" if edition.papers else ""
    reason = f": {edition.reason}" if edition.reason else ""
    return f"{edition.day} {would}{_painted(edition.status)}{papers}{reason}"


def finish(errors: Sequence[PaperboyError], *, debug: bool) -> int:
    """Tell what went wrong, a line each, and return the exit code."""
    for error in errors:
        complain(error, debug=debug)
    return 1 if errors else 0


def complain(error: PaperboyError, *, debug: bool) -> None:
    """Tell an error in one line, with its traceback for who debugs."""
    if debug:
        traceback.print_exception(error)
    print(f"paperboy: {type(error).__name__}: {error}", file=sys.stderr)


def tell_blog(report: BlogReport, *, dry_run: bool) -> None:
    """Print what became of the blog, and of each of its files."""
    would = "would be " if dry_run and report.status == BlogStatus.COMMITTED else ""
    about = report.reason or (report.message or "").partition("\n")[0]
    where = f"  {report.commit.url or report.commit.oid}" if report.commit else ""
    print(f"blog {would}{report.status}{': ' if about else ''}{about}{where}")
    tell_changes(report.changes, dry_run, str)


def tell_changes(changes: Sequence[Change], dry_run: bool, location: Callable[[str], str]) -> None:
    """Print what became of objects, where they are, and why, a line each."""
    for change in changes:
        would = "would be " if dry_run and change.action != Action.UNCHANGED else ""
        print(f"  {would}{change.action:9}  {location(change.key)}  ({_why(change)})")


def _why(change: Change) -> str:
    if change.action == Action.UNCHANGED:
        return "same bytes"
    if change.action == Action.CREATED:
        return f"not there yet; {change.size:,} bytes"
    if change.size_before is None:
        return f"differs; {change.size:,} bytes"
    return f"differs; {change.size_before:,} -> {change.size:,} bytes"


def _painted(status: Status) -> str:
    if status in COLOURS and _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ:
        return f"\x1b[{COLOURS[status]}m{status}\x1b[0m"
    return str(status)


def show_diff(lines: Iterable[bytes]) -> None:
    """Print a diff: coloured and as text where a person looks, elsewhere byte for byte."""
    if _is_terminal(sys.stdout):
        for line in lines:
            print(_painted_diff(NO_TEXT.sub("", line.decode("utf-8", "replace")).rstrip("\r\n")))
    elif sys.stdout:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()


def _painted_diff(line: str) -> str:
    colour = {"+": 32, "-": 31, "@": 36}.get(line[:1])
    return f"\x1b[{colour}m{line}\x1b[0m" if colour and "NO_COLOR" not in os.environ else line


def _is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person looks; a stream that the shell closed is None."""
    return stream is not None and stream.isatty()
