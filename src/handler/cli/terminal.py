"""Print progress, summaries, diffs and errors, for a person at a terminal or for a script."""

import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.util import find_spec
from itertools import count, groupby
from time import monotonic
from typing import TextIO

from core.model.announcement import Announced, ToldStatus
from core.model.blog import BlogReport, BlogStatus
from core.model.changes import Action, Change
from core.model.errors import PaperboyError, SourceError
from core.model.ports import Store
from core.model.redaction import redact
from core.model.report import EditionReport, RunReport, Status, Totals
from core.model.text import NO_TEXT

RED, GREEN, YELLOW, CYAN = 31, 32, 33, 36
COLOURS = {
    Status.PUBLISHED: GREEN,
    Status.UPDATED: GREEN,
    Status.KEPT: YELLOW,
    Status.REFUSED: YELLOW,
    Status.SUPERSEDED: YELLOW,
    Status.FAILED: RED,
}
# What a dry run has not done to the blog.
WOULD_BE = (BlogStatus.COMMITTED, BlogStatus.UNCHANGED)
DIFF_COLOURS = {"+": GREEN, "-": RED, "@": CYAN}
# Where there is no terminal, progress is a line each time that so many seconds have passed.
SECONDS_A_LINE = 60.0


@contextmanager
def progress(days: int, *, quiet: bool) -> Iterator[Callable[[EditionReport], None]]:
    """Show the progress of days; call the result with the report of each day as it ends."""
    with bar(days, quiet=quiet) as advance:
        yield lambda report: advance(str(report.day))


@contextmanager
def bar(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show the progress of so many steps; call the result with a description after each step.

    It is a bar in a terminal, and a line a minute elsewhere, on standard error. Nothing is shown
    when `quiet`, and for fewer than two steps.
    """
    if steps < 2 or quiet:
        yield lambda _: None
        return
    if not _is_terminal(sys.stderr) or not find_spec("rich"):
        yield _lines(steps)
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


def _lines(steps: int) -> Callable[[str], None]:
    begin = last = monotonic()
    done = 0

    def advance(name: str) -> None:
        nonlocal done, last
        done += 1
        now = monotonic()
        if now - last >= SECONDS_A_LINE:
            last = now
            rate = 60 * done / (now - begin)
            line = f"paperboy: {done:,} of {steps:,} done, {rate:,.0f} a minute, now at {name}"
            print(line, file=sys.stderr, flush=True)

    return advance


def print_json(document: object) -> None:
    """Print a document as JSON, for programs."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def print_report(report: RunReport, store: Store, *, verbose: bool) -> None:
    """Print how each day ended, and how many objects changed; with `verbose`, each object."""
    for edition in report.editions:
        print(headline(edition, dry_run=report.dry_run))
        if verbose:
            print_changes(edition.changes, report.dry_run, store.location)
    if report.changes and verbose:
        print("shared by all days")
        print_changes(report.changes, report.dry_run, store.location)
    changes = [change for edition in report.editions for change in edition.changes]
    print_counts([*changes, *report.changes], report.dry_run, store)
    if report.blog:
        print_blog(report.blog, dry_run=report.dry_run, verbose=verbose)
    if report.announcements:
        for one in report.announcements.announced:
            print_announced(one)


def headline(edition: EditionReport, *, dry_run: bool) -> str:
    """Return one line that says how a day ended, and why.

    Such as `2025-12-24 updated: 20 → 23 papers, 320 → 642 votes`.
    """
    if edition.status == Status.EMPTY:
        why = f" ({edition.reason})" if edition.reason else ""
        is_published = edition.before and edition.before.papers
        return f"{edition.day} {edition.reason if is_published else f'no papers{why}'}"
    would = "would be " if dry_run and edition.status != Status.FAILED else ""
    about = _about(edition)
    return f"{edition.day} {would}{_painted(edition.status)}{': ' if about else ''}{about}"


def _about(edition: EditionReport) -> str:
    """Return what a headline says after the status."""
    reason = edition.reason or ""
    match edition.status:
        case Status.KEPT if edition.before:
            return f"{reason}; the {edition.before.papers} published ones stay"
        case Status.REFUSED:
            return f"{reason}; nothing is published"
        case Status.UPDATED | Status.PUBLISHED:
            return "; ".join(filter(None, (_totals(edition.before, edition.found), reason)))
        case Status.FAILED:
            return ""
    return reason or _totals(None, edition.found)


def _totals(before: Totals | None, found: Totals | None) -> str:
    """Return papers and votes, and what they were before where that differs."""
    if found is None:
        return ""
    old = before or found
    papers = counted(found.papers, "paper")
    if old.papers != found.papers:
        papers = f"{old.papers:,} → {papers}"
    if old.votes is None and found.votes is None:
        return papers
    votes = "unknown votes" if found.votes is None else counted(found.votes, "vote")
    if old.votes != found.votes:
        votes = f"{'unknown' if old.votes is None else f'{old.votes:,}'} → {votes}"
    return f"{papers}, {votes}"


def counted(number: int, noun: str) -> str:
    """Return a number of things, such as `1 paper` or `1,000 papers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_counts(changes: Sequence[Change], dry_run: bool, store: Store) -> None:
    """Print how many objects changed in the store, in a line; nothing where none did."""
    changed = [change for change in changes if change.action != Action.UNCHANGED]
    if changed:
        print(f"{counts(changed, dry_run=dry_run)} in {store.location('')}")


def counts(changes: Iterable[Change], *, dry_run: bool) -> str:
    """Return how many objects had which action: `1 object created, 38 updated`."""
    numbers = Counter(change.action for change in changes)
    parts: list[str] = []
    for action in Action:
        if numbers[action]:
            would = "would be " if dry_run and action != Action.UNCHANGED else ""
            number = f"{numbers[action]:,}" if parts else counted(numbers[action], "object")
            parts.append(f"{number} {would}{action}")
    return ", ".join(parts) or "no objects"


def can_ask() -> bool:
    """Return whether there is a person to ask: standard input and output are a terminal."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def ask(question: str) -> bool:
    """Ask a question in the terminal; return whether the answer is yes."""
    try:
        return input(f"{question} [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        print()
        return False


def finish(errors: Sequence[PaperboyError], *, debug: bool) -> int:
    """Print each error in a line, equal errors of several days in one, and return the exit code."""
    alike: dict[tuple[type, str], list[PaperboyError]] = {}
    for error in errors:
        alike.setdefault((type(error), error.message), []).append(error)
    for same in alike.values():
        days = [error.day for error in same if isinstance(error, SourceError) and error.day]
        if debug or len(days) < 2:
            for error in {str(one): one for one in same}.values():
                print_error(error, debug=debug)
        else:
            about = f"{len(days)} days: {', '.join(_spans(days))}"
            print_error(type(same[0])(f"{same[0].message} ({about})"), debug=False)
    return 1 if errors else 0


def _spans(days: Sequence[date]) -> Iterator[str]:
    """Yield days, and days in a row as one: `2025-12-01 to 2025-12-24`."""
    numbered = enumerate(sorted(set(days)))
    for _, group in groupby(numbered, key=lambda one: one[1] - timedelta(days=one[0])):
        row = [day for _, day in group]
        yield str(row[0]) if len(row) == 1 else f"{row[0]} to {row[-1]}"


def print_traceback(error: Exception) -> None:
    """Print where an error came from, without tokens."""
    print(redact("".join(traceback.format_exception(error))), end="", file=sys.stderr)


def print_error(error: PaperboyError, *, debug: bool) -> None:
    """Print an error in one line, and with `debug` its traceback; both without tokens."""
    if debug:
        print_traceback(error)
    print(redact(f"paperboy: {type(error).__name__}: {error}"), file=sys.stderr)


def print_announced(announced: Announced) -> None:
    """Print how it ended to tell a channel."""
    unsure = f": {announced.error}" if announced.status == ToldStatus.UNSURE else ""
    print(f"{announced.channel} {announced.status}: {announced.name}{unsure}")


def print_blog(report: BlogReport, *, dry_run: bool, verbose: bool) -> None:
    """Print how the delivery to the blog ended; with `verbose`, each file that changed."""
    would = "would be " if dry_run and report.status in WOULD_BE else ""
    about = report.reason or (report.message or "").partition("\n")[0]
    where = f"  {report.commit.url or report.commit.oid}" if report.commit else ""
    print(f"blog {would}{report.status}{': ' if about else ''}{about}{where}")
    if verbose:
        print_changes(report.changes, dry_run, str)


def print_changes(changes: Sequence[Change], dry_run: bool, location: Callable[[str], str]) -> None:
    """Print a line for each object: its change, its location, and the reason."""
    for change in changes:
        would = "would be " if dry_run and change.action != Action.UNCHANGED else ""
        print(f"  {would}{change.action:9}  {location(change.key)}  ({_why(change)})")


def _why(change: Change) -> str:
    if change.action == Action.UNCHANGED:
        return "same bytes"
    if change.action == Action.CREATED:
        return f"new; {change.size:,} bytes"
    if change.action == Action.REMOVED:
        return "removed"
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
