"""Report what a repair changes: as a table, a diff, JSON, or the message of a commit."""

import argparse
import difflib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from core.legacy.entry_fixes import Defect
from core.legacy.repair import Counts, RepairedDay
from core.model import keys
from core.model.blog import BlogFile, BlogReport, blob_id
from core.model.errors import PaperboyError
from handler import reports
from handler.cli import terminal
from handler.cli.legacy.blog_archive import BlogArchive

NO_BLOB = "0" * 40
WITHOUT_NEWLINE = b"\n\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Repair:
    """The result of a repair: its days, the posts of its months, and errors of skipped days.

    `not_tried` counts the days that were left because the source was down; then the last error
    says so.
    """

    days: tuple[RepairedDay, ...]
    months: tuple[BlogFile, ...]
    errors: tuple[PaperboyError, ...]
    not_tried: int = 0

    def files(self) -> list[BlogFile]:
        """Return all files that change."""
        return [file for day in self.days for file in day.files] + list(self.months)

    def fixed(self) -> Counter[Defect]:
        """Return how often each defect was fixed."""
        return sum((Counter(dict(day.fixed)) for day in self.days), Counter())

    def remaining(self) -> Counter[Defect]:
        """Return how often each defect remains."""
        return sum((Counter(dict(day.remaining)) for day in self.days), Counter())


def message(repair: Repair) -> str:
    """Return the commit's message: the days, and how often each defect was fixed."""
    days = [str(day.day) for day in repair.days if day.files]
    span = f"{days[0]} to {days[-1]} ({len(days)} days)" if len(days) > 1 else "".join(days)
    lines = [f"{count} x {defect}" for defect, count in repair.fixed().items()]
    lines += [f"{len(repair.months)} x monthly summary"] if repair.months else []
    return f"repair daily papers: {span or 'months'}\n\n" + "\n".join(lines) + "\n"


def errors(repair: Repair, blog: BlogArchive, delivered: BlogReport | None) -> list[PaperboyError]:
    """Return all that went wrong."""
    failed = [delivered.error] if delivered and delivered.error else []
    return [*blog.broken.values(), *repair.errors, *failed]


def print_report(
    repair: Repair, blog: BlogArchive, delivered: BlogReport | None, options: argparse.Namespace
) -> None:
    """Print what changes, or would change, and why; with `--diff` also the changed lines."""
    if options.json:
        wrong = errors(repair, blog, delivered)
        head = {"dry_run": options.dry_run, "ok": not wrong}
        terminal.print_json(head | _as_json(repair, blog, delivered))
        return
    if options.diff:
        terminal.print_diff(diff(repair.files(), blog.files()))
    if options.quiet:
        return
    for row in day_rows(repair) if options.verbose else ():
        print(row)
    print(summary(repair, dry_run=options.dry_run))
    for row in defect_rows(repair.fixed(), repair.remaining(), dry_run=options.dry_run):
        print(row)
    if delivered:
        terminal.print_blog(delivered, dry_run=False, verbose=options.verbose)


def day_rows(repair: Repair) -> Iterator[str]:
    """Yield a row for each day and month that changes."""
    for day in repair.days:
        if day.files:
            what = "removed" if day.is_removed else "repaired"
            files = terminal.counted(len(day.files), "file")
            yield f"{day.day}  {what:8}  {files:7}  {_counted(day.fixed)}"
    for post in repair.months:
        yield f"{post.path[7:14]}     summary   1 file   monthly summary"


def summary(repair: Repair, *, dry_run: bool) -> str:
    """Return how many days change, and how many files are written and deleted."""
    would = "would be " if dry_run else ""
    changed = [day for day in repair.days if day.files]
    removed = [day for day in changed if day.is_removed]
    failed = len(repair.errors) - bool(repair.not_tried)
    days = terminal.counted(len(repair.days) + failed + repair.not_tried, "day")
    files = terminal.counted(len(repair.files()), "file")
    line = f"{len(changed):,} of {days} {would}changed, {files}"
    if removed:
        posts = sum(file.path.startswith(keys.BLOG_POSTS) for day in removed for file in day.files)
        posts_removed = terminal.counted(posts, "post")
        line += f"; {len(removed):,} {would}removed with {posts_removed}, as they repeat other days"
    if failed:
        line += f"; {failed:,} failed"
    return f"{line}; {repair.not_tried:,} not tried" if repair.not_tried else line


def defect_rows(
    fixed: Counter[Defect], remaining: Counter[Defect], *, dry_run: bool
) -> Iterator[str]:
    """Yield a row for each kind of defect: how many are fixed, and how many remain."""
    would = "would be " if dry_run else ""
    for defect in Defect:
        if fixed[defect] or remaining[defect]:
            yield f"  {fixed[defect]:6,} {would}fixed  {remaining[defect]:6,} remaining  {defect}"


def diff(files: Sequence[BlogFile], before: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the lines of a unified diff that `git apply` takes, byte for byte."""
    for file in files:
        old, new = before.get(file.path), file.body
        path = os.fsencode(file.path)
        # Without the tab, patch would end the name at its first space.
        end = b"\t" if b" " in path else b""
        names = (
            b"/dev/null" if old is None else b"a/" + path + end,
            b"/dev/null" if new is None else b"b/" + path + end,
        )
        yield b"diff --git a/%b b/%b\n" % (path, path)
        if old is None:
            yield b"new file mode 100644\n"
        elif new is None:
            yield b"deleted file mode 100644\n"
        # With this line, patch can distinguish an empty file from a missing one.
        yield f"index {blob_id(old) or NO_BLOB}..{blob_id(new) or NO_BLOB}\n".encode()
        for line in difflib.diff_bytes(difflib.unified_diff, _lines(old), _lines(new), *names):
            yield line if line.endswith(b"\n") else line + WITHOUT_NEWLINE


def _lines(body: bytes | None) -> list[bytes]:
    """Return the lines with their ends, as Git counts them: only a line feed ends a line."""
    return BytesIO(body or b"").readlines()


def _as_json(repair: Repair, blog: BlogArchive, delivered: BlogReport | None) -> dict[str, object]:
    return {
        "days": [
            {
                "date": str(day.day),
                "files": [{"path": file.path, "removed": file.body is None} for file in day.files],
                "fixed": {str(defect): count for defect, count in day.fixed},
                "remaining": {str(defect): count for defect, count in day.remaining},
            }
            for day in repair.days
            if day.files or day.remaining
        ],
        "months": [post.path for post in repair.months],
        "skipped": {path: str(error) for path, error in blog.broken.items()},
        "errors": [str(error) for error in repair.errors],
        "not_tried": repair.not_tried,
        "blog": reports.blog_as_json(delivered) if delivered else None,
    }


def _counted(counts: Counts) -> str:
    return ", ".join(f"{count} x {defect}" for defect, count in counts)
