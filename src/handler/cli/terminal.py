"""Print progress bars, reports, diffs and errors for a person at a terminal."""

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
from core.model.changes import Action, Change
from core.model.errors import PaperboyError
from core.model.ports import Store
from core.model.report import EditionReport, RunReport, Status
from core.model.text import NO_TEXT

RED, GREEN, YELLOW, CYAN = 31, 32, 33, 36
COLOURS = {
    Status.PUBLISHED: GREEN,
    Status.KEPT: YELLOW,
    Status.SUPERSEDED: YELLOW,
    Status.FAILED: RED,
}
DIFF_COLOURS = {"+": GREEN, "-": RED, "@": CYAN}


@contextmanager
def progress(days: int, *, quiet: bool) -> Iterator[Callable[[EditionReport], None]]:
    """Show a progress bar of days; call the result with the report of each day as it ends."""
    with bar(days, quiet=quiet) as advance:
        yield lambda report: advance(str(report.day))


@contextmanager
def bar(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show a progress bar; call the result with a description after each step.

    Nothing is shown outside of a terminal, when `quiet`, and for fewer than two steps.
    """
    if steps < 2 or quiet or not _is_terminal(sys.stderr) or not find_spec("rich"):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    begin = monotonic()
    done = count(1)

    def advance(name: str) -> None:
        rate = next(done) / max(monotonic() - begin, 0.001)
        shown.update(task, advance=1, description=f"{name} {rate:.1f}/s")

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=steps)
        yield advance


def print_report(report: RunReport, store: Store) -> None:
    """Print how each day ended, and what changed in the store and the blog."""
    for edition in report.editions:
        print(headline(edition, report.dry_run))
        print_changes(edition.changes, report.dry_run, store.location)
    if report.changes:
        print("shared by all days")
        print_changes(report.changes, report.dry_run, store.location)
    if report.blog:
        print_blog(report.blog, dry_run=report.dry_run)


def headline(edition: EditionReport, dry_run: bool) -> str:
    """Return one line that says how a day ended, and why."""
    would = "would be " if dry_run and edition.status == Status.PUBLISHED else ""
    noun = "paper" if edition.papers == 1 else "papers"
    papers = f", {edition.papers} {noun}" if edition.papers else ""
    reason = f": {edition.reason}" if edition.reason else ""
    return f"{edition.day} {would}{_painted(edition.status)}{papers}{reason}"


def finish(errors: Sequence[PaperboyError], *, debug: bool) -> int:
    """Print each error in a line, and return the exit code."""
    for error in errors:
        print_error(error, debug=debug)
    return 1 if errors else 0


def print_error(error: PaperboyError, *, debug: bool) -> None:
    """Print an error in one line, and with `debug` its traceback."""
    if debug:
        traceback.print_exception(error)
    print(f"paperboy: {type(error).__name__}: {error}", file=sys.stderr)


def print_blog(report: BlogReport, *, dry_run: bool) -> None:
    """Print how the delivery to the blog ended, and each file that changed."""
    would = "would be " if dry_run and report.status == BlogStatus.COMMITTED else ""
    about = report.reason or (report.message or "").partition("\n")[0]
    where = f"  {report.commit.url or report.commit.oid}" if report.commit else ""
    print(f"blog {would}{report.status}{': ' if about else ''}{about}{where}")
    print_changes(report.changes, dry_run, str)


def print_changes(changes: Sequence[Change], dry_run: bool, location: Callable[[str], str]) -> None:
    """Print a line for each object: what happened to it, its location, and why."""
    for change in changes:
        would = "would be " if dry_run and change.action != Action.UNCHANGED else ""
        print(f"  {would}{change.action:9}  {location(change.key)}  ({_why(change)})")


def _why(change: Change) -> str:
    if change.action == Action.UNCHANGED:
        return "same bytes"
    if change.action == Action.CREATED:
        return f"new; {change.size:,} bytes"
    if change.action == Action.REMOVED:
        return "no longer wanted"
    return f"differs; {change.size:,} bytes"


def _painted(status: Status) -> str:
    if status in COLOURS and _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ:
        return f"\x1b[{COLOURS[status]}m{status}\x1b[0m"
    return str(status)


def print_diff(lines: Iterable[bytes]) -> None:
    """Print a diff: in colours and as text in a terminal, elsewhere byte for byte."""
    if _is_terminal(sys.stdout):
        for line in lines:
            print(_painted_diff(NO_TEXT.sub("", line.decode("utf-8", "replace")).rstrip("\r\n")))
    elif sys.stdout:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()


def _painted_diff(line: str) -> str:
    colour = DIFF_COLOURS.get(line[:1])
    return f"\x1b[{colour}m{line}\x1b[0m" if colour and "NO_COLOR" not in os.environ else line


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; a stream that the shell closed is None."""
    return stream is not None and stream.isatty()
