"""Report what a repair changes: as a table, a diff, JSON, or the message of a commit."""

import argparse
import difflib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from core.legacy.entry_fixes import Defect
from core.legacy.repair import Counts, RepairedDay
from core.model.blog import BlogFile, BlogReport, blob_id
from core.model.errors import PaperboyError
from handler import reports
from handler.cli import terminal
from handler.cli.legacy.blog_archive import BlogArchive

NO_BLOB = "0" * 40
WITHOUT_NEWLINE = b"\n\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Repair:
    """The result of a repair: its days, the posts of its months, and errors of skipped days."""

    days: tuple[RepairedDay, ...]
    months: tuple[BlogFile, ...]
    errors: tuple[PaperboyError, ...]

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
        document = head | _as_json(repair, blog, delivered)
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if options.diff:
        terminal.print_diff(diff(repair.files(), blog.files()))
    for row in table(repair):
        print(row)
    if delivered:
        terminal.print_blog(delivered, dry_run=False)


def table(repair: Repair) -> Iterator[str]:
    """Yield a row for each day and month that changes, then the sums."""
    for day in repair.days:
        if day.files:
            what = "removed" if all(file.body is None for file in day.files) else "repaired"
            yield f"{day.day}  {what:8}  {_files(len(day.files)):7}  {_counted(day.fixed)}"
    for post in repair.months:
        yield f"{post.path[7:14]}     summary   {_files(1):7}  monthly summary"
    changed = sum(bool(day.files) for day in repair.days)
    yield f"{changed} of {len(repair.days)} days change, {_files(len(repair.files()))}"
    fixed = repair.fixed()
    remaining = repair.remaining()
    for defect in Defect:
        if fixed[defect] or remaining[defect]:
            yield f"  {fixed[defect]:6,} fixed  {remaining[defect]:6,} remaining  {defect}"


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
        "blog": reports.blog_as_json(delivered) if delivered else None,
    }


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _counted(counts: Counts) -> str:
    return ", ".join(f"{count} x {defect}" for defect, count in counts)
