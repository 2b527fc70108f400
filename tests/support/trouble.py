"""Broken blog directories, and what the command line prints about them."""

import os
from collections.abc import Sequence
from pathlib import Path

from tests.support import stranger
from tests.support.command import write

BROKEN = {
    "_data/papers/daily-2025-11-11.json": (b"oops", "PayloadError: the file is not JSON: oops"),
    "_data/papers/daily-2025-11-17.json": (
        stranger.data("2025-11-18", []),
        "PayloadError: date: is '2025-11-18', not 2025-11-17",
    ),
    "_data/papers/daily-2025-11-21.json": (
        stranger.data("2025-11-21", [stranger.entry(1), stranger.entry(2, likes=-1)]),
        "PayloadError: papers[1].likes: is -1, not a count",
    ),
    "_data/papers/daily-2025-11-26.json": (
        stranger.data("2025-11-26", [stranger.entry(1, likes=10**400)]),
        "PayloadError: papers[0].likes: is more than 1,000,000,000",
    ),
    "_data/papers/daily-2025-11-27.json": (
        stranger.data("2025-11-27", [stranger.entry(1, abstract="x" * 2**20)]),
        "PayloadError: papers[0].abstract has 1,048,576 characters, more than 131,072",
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
    """Add unreadable data files to a blog, a token beside it, and two files that are ignored."""
    write(blog, {path: body for path, (body, _) in BROKEN.items()})
    (blog / "_data/papers/daily-2025-11-24.json").mkdir()
    (blog / "_data/papers/daily-2025-11-25.json").symlink_to("nowhere")
    os.mkfifo(blog / "_data/papers/daily-2025-11-28.json")
    (blog / "_data/papers/daily-2025-11-29.json").symlink_to("/dev/zero")
    write(blog.parent, {"token": BESIDE.encode()})
    (blog / "_data/papers/daily-2025-11-30.json").symlink_to("../../../token")
    write(blog, {"_data/papers/monthly-2025-11.json": b"?", "_data/papers/notes.txt": b"?"})


UNREADABLE = {
    "_data/papers/daily-2025-11-24.json": "BlogRejected: cannot read: Is a directory",
    "_data/papers/daily-2025-11-25.json": "BlogRejected: cannot read: No such file or directory",
    "_data/papers/daily-2025-11-28.json": "BlogRejected: cannot read: it is not a regular file",
    "_data/papers/daily-2025-11-29.json": "BlogRejected: cannot read: it is outside ",
    "_data/papers/daily-2025-11-30.json": "BlogRejected: cannot read: it is outside ",
}
BESIDE = "the token of the user"
MESSAGES = {path: message for path, (_, message) in BROKEN.items()} | UNREADABLE


def check_messages(lines: Sequence[str]) -> None:
    """Check that there is a line for each broken file that says what is wrong with it."""
    assert len(lines) == len(MESSAGES)
    for line, (path, message) in zip(lines, sorted(MESSAGES.items()), strict=True):
        assert line.startswith(f"paperboy: {message}")
        assert line.endswith(f"{path})")
        assert BESIDE not in line


NO_BLOG = "BlogRejected: is not a blog with a crawler's archive: it has no directory"
BAD_INPUT = [
    (("nowhere",), f"{NO_BLOG} _data/papers (nowhere)"),
    (("afile",), f"{NO_BLOG} _data/papers (afile)"),
    (("empty",), f"{NO_BLOG} _data/papers (empty)"),
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
    """Make the files and directories that `BAD_INPUT` names."""
    write(directory, {"afile": b"", "garbage/2025-11-07.json": b"?"})
    (directory / "empty").mkdir()
