"""What a repair changes, and why: as a table, as a diff, as JSON, and as a commit's message."""

import argparse
import difflib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from core.blog.commits import blob_id
from core.legacy.entry_fixes import Defect
from core.legacy.repair import Repaired
from core.model.blog import BlogFile, BlogReport
from core.model.errors import PaperboyError
from handler import reports
from handler.cli import terminal
from handler.cli.legacy.blog_archive import BlogArchive

NO_BLOB = "0" * 40
WITHOUT_NEWLINE = b"\n\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair comes to: each day's, the months' posts, and why days were left out."""

    days: tuple[Repaired, ...]
    months: tuple[BlogFile, ...]
    errors: tuple[PaperboyError, ...]

    def files(self) -> list[BlogFile]:
        """Return all files that change."""
        return [file for day in self.days for file in day.files] + list(self.months)

    def reasons(self) -> Counter[Defect]:
        """Return how often each defect was mended."""
        return sum((Counter(dict(day.reasons)) for day in self.days), Counter())

    def left(self) -> Counter[Defect]:
        """Return how often each defect stays."""
        return sum((Counter(dict(day.left)) for day in self.days), Counter())


def message(repair: Repair) -> str:
    """Return the commit's message: the days, and how often each defect was mended."""
    days = [str(day.day) for day in repair.days if day.files]
    span = f"{days[0]} to {days[-1]} ({len(days)} days)" if len(days) > 1 else "".join(days)
    lines = [f"{count} x {defect}" for defect, count in repair.reasons().items()]
    lines += [f"{len(repair.months)} x monthly summary"] if repair.months else []
    return f"repair daily papers: {span or 'months'}\n\n" + "\n".join(lines) + "\n"


def errors(repair: Repair, blog: BlogArchive, delivered: BlogReport | None) -> list[PaperboyError]:
    """Return all that went wrong."""
    failed = [delivered.error] if delivered and delivered.error else []
    return [*blog.broken.values(), *repair.errors, *failed]


def tell(
    repair: Repair, blog: BlogArchive, delivered: BlogReport | None, options: argparse.Namespace
) -> None:
    """Print what changes, or would change, and why."""
    if options.json:
        wrong = errors(repair, blog, delivered)
        head = {"dry_run": options.dry_run, "ok": not wrong}
        document = head | _as_json(repair, blog, delivered)
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if options.diff:
        terminal.show_diff(diff(repair.files(), blog.files()))
    for row in table(repair):
        print(row)
    if delivered:
        terminal.tell_blog(delivered, dry_run=False)


def table(repair: Repair) -> Iterator[str]:
    """Yield a row for each day that changes, and for each month, then the sums."""
    for day in repair.days:
        if day.files:
            what = "removed" if all(file.body is None for file in day.files) else "repaired"
            yield f"{day.day}  {what:8}  {_files(len(day.files)):7}  {_told(day.reasons)}"
    for post in repair.months:
        yield f"{post.path[7:14]}     summary   {_files(1):7}  monthly summary"
    changed = sum(bool(day.files) for day in repair.days)
    yield f"{changed} of {len(repair.days)} days change, {_files(len(repair.files()))}"
    for defect in Defect:
        mended, left = repair.reasons()[defect], repair.left()[defect]
        if mended or left:
            yield f"  {mended:6,} mended  {left:6,} left  {defect}"


def diff(files: Sequence[BlogFile], before: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the lines of a unified diff that `git apply` takes, byte for byte."""
    for file in files:
        old, new = before.get(file.path), file.body
        path = os.fsencode(file.path)
        # Without the tab, a name would end at its first space.
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
        # With this, patch tells an empty file from one that is not there.
        yield f"index {blob_id(old) or NO_BLOB}..{blob_id(new) or NO_BLOB}\n".encode()
        for line in difflib.diff_bytes(difflib.unified_diff, _lines(old), _lines(new), *names):
            yield line if line.endswith(b"\n") else line + WITHOUT_NEWLINE


def _lines(body: bytes | None) -> list[bytes]:
    """Return the lines with their ends, as Git counts them: only a line feed ends one."""
    return BytesIO(body or b"").readlines()


def _as_json(repair: Repair, blog: BlogArchive, delivered: BlogReport | None) -> dict[str, object]:
    return {
        "days": [
            {
                "date": str(day.day),
                "files": [{"path": file.path, "removed": file.body is None} for file in day.files],
                "mended": {str(defect): count for defect, count in day.reasons},
                "left": {str(defect): count for defect, count in day.left},
            }
            for day in repair.days
            if day.files or day.left
        ],
        "months": [post.path for post in repair.months],
        "skipped": {path: str(error) for path, error in blog.broken.items()},
        "errors": [str(error) for error in repair.errors],
        "blog": reports.blog_as_json(delivered) if delivered else None,
    }


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _told(reasons: Sequence[tuple[Defect, int]]) -> str:
    return ", ".join(f"{count} x {defect}" for defect, count in reasons)
