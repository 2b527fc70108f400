"""What the command line shows a person: a progress bar, and the report in plain lines."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO

from core.models import Action, Change, EditionReport, RunReport, Status
from core.ports import Store
from core.publish import Watch

COLOURS = {Status.PUBLISHED: 32, Status.KEPT: 33, Status.FAILED: 31}


@contextmanager
def progress(days: int, *, quiet: bool) -> Iterator[Watch]:
    """Show a bar while several days run in a terminal; elsewhere, nothing."""
    if days < 2 or quiet or not _is_terminal(sys.stderr) or not find_spec("rich"):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("editions", total=days)
        yield lambda report: bar.update(task, advance=1, description=str(report.day))


def tell(report: RunReport, store: Store) -> None:
    """Print how each day ended, and each object: what became of it, where, and why."""
    for edition in report.editions:
        print(_headline(edition, report.dry_run))
        _tell_changes(edition.changes, report.dry_run, store)
    if report.changes:
        print("shared by all days")
        _tell_changes(report.changes, report.dry_run, store)


def _headline(edition: EditionReport, dry_run: bool) -> str:
    would = "would be " if dry_run and edition.status == Status.PUBLISHED else ""
    papers = f", {edition.papers} papers" if edition.papers else ""
    reason = f": {edition.reason}" if edition.reason else ""
    return f"{edition.day} {would}{_painted(edition.status)}{papers}{reason}"


def _tell_changes(changes: Sequence[Change], dry_run: bool, store: Store) -> None:
    for change in changes:
        would = "would be " if dry_run and change.action != Action.UNCHANGED else ""
        print(f"  {would}{change.action:9}  {store.location(change.key)}  ({_why(change)})")


def _why(change: Change) -> str:
    if change.action == Action.UNCHANGED:
        return "same bytes"
    if change.size_before is None:
        return f"not there yet; {change.size:,} bytes"
    return f"differs; {change.size_before:,} -> {change.size:,} bytes"


def _painted(status: Status) -> str:
    if status in COLOURS and _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ:
        return f"\x1b[{COLOURS[status]}m{status}\x1b[0m"
    return str(status)


def _is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person looks; a stream that the shell closed is None."""
    return stream is not None and stream.isatty()
