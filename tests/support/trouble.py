"""What may be wrong with a blog's directory, and what the command line says of it."""

from collections.abc import Sequence
from pathlib import Path

from tests.support import stranger
from tests.support.command import write

BROKEN = {
    "_data/papers/daily-2025-11-11.json": (b"oops", "PayloadError: the file is not JSON: oops"),
    "_data/papers/daily-2025-11-12.json": (b"", "PayloadError: the file is not JSON: nothing"),
    "_data/papers/daily-2025-11-13.json": (b"[]", "PayloadError: is [], not an object"),
    "_data/papers/daily-2025-11-14.json": (b'{"papers": []}', "PayloadError: date: is missing"),
    "_data/papers/daily-2025-11-17.json": (
        stranger.data("2025-11-18", []),
        "PayloadError: date: is '2025-11-18', not 2025-11-17",
    ),
    "_data/papers/daily-2025-11-19.json": (
        stranger.data("2025-11-19", [], papers={}),
        "PayloadError: papers: is {}, not a list",
    ),
    "_data/papers/daily-2025-11-20.json": (
        stranger.data("2025-11-20", [], crawled_at="noon"),
        "PayloadError: crawled_at: is 'noon', not a time",
    ),
    "_data/papers/daily-2025-11-21.json": (
        stranger.data("2025-11-21", [stranger.entry(1), stranger.entry(2, likes=-1)]),
        "PayloadError: papers[1].likes: is -1, not a count",
    ),
    "_data/papers/daily-2025-11-31.json": (
        stranger.data("2025-11-31", []),
        "PayloadError: the file's name is not like daily-2025-12-24.json",
    ),
    "_data/papers/daily-summary.json": (
        b"{}",
        "PayloadError: the file's name is not like daily-2025-12-24.json",
    ),
}


def break_blog(blog: Path) -> None:
    """Add files that cannot be read to a blog: two that nobody can, and one of no use."""
    write(blog, {path: body for path, (body, _) in BROKEN.items()})
    (blog / "_data/papers/daily-2025-11-24.json").mkdir()
    (blog / "_data/papers/daily-2025-11-25.json").symlink_to("nowhere")
    write(blog, {"_data/papers/monthly-2025-11.json": b"?", "_data/papers/notes.txt": b"?"})


UNREADABLE = {
    "_data/papers/daily-2025-11-24.json": "BlogRejected: cannot read: Is a directory",
    "_data/papers/daily-2025-11-25.json": "BlogRejected: cannot read: No such file or directory",
}
COMPLAINTS = {path: said for path, (_, said) in BROKEN.items()} | UNREADABLE


def check_complaints(lines: Sequence[str]) -> None:
    """Check that each broken file is named in a line, with what is wrong with it."""
    assert len(lines) == len(COMPLAINTS)
    for line, (path, said) in zip(lines, sorted(COMPLAINTS.items()), strict=True):
        assert line.startswith(f"paperboy: {said}")
        assert line.endswith(f"{path})")


BAD_INPUT = [
    (("nowhere",), "BlogRejected: is no blog of ours: it has no directory _data/papers (nowhere)"),
    (("afile",), "BlogRejected: is no blog of ours: it has no directory _data/papers (afile)"),
    (("empty",), "BlogRejected: is no blog of ours: it has no directory _data/papers (empty)"),
    (("n" * 300,), "BlogRejected: cannot read: File name too long ("),
    (("blog", "--payloads", "nowhere"), "SourceRejected: cannot read: No such file or directory ("),
    (("blog", "--payloads", "afile"), "SourceRejected: cannot read: Not a directory (afile)"),
    (("blog", "--payloads", "empty"), "SourceRejected: holds no answers such as 2025-12-24.json ("),
    (
        ("blog", "--payloads", "garbage"),
        "PayloadError: the answer is not JSON: ? (2025-11-07, garbage/2025-11-07.json)",
    ),
]


def make_bad_input(directory: Path) -> None:
    """Make what the cases of bad input name."""
    write(directory, {"afile": b"", "garbage/2025-11-07.json": b"?"})
    (directory / "empty").mkdir()
