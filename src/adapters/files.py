"""Read regular files: bounded in bytes, and within a directory where one is given.

A directory from an unknown source may contain pipes that block a reader, devices without an end, or
links to private files.
"""

import os
import stat
from errno import EINVAL
from pathlib import Path

from core.edition.limits import MOST_BYTES


class Refused(OSError):
    """A path is not that of a file that may be read or written; `strerror` says why."""

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(EINVAL, problem, str(path))


def read(path: Path, most: int = MOST_BYTES, *, within: Path | None = None) -> bytes:
    """Return the bytes of a regular file.

    `within` is the directory that the file must be in after all links are followed; it may be a
    link itself. Raises `IsADirectoryError` for a directory, and `Refused` for a path that is not a
    regular file, is outside `within`, or has more bytes than `most`.
    """
    place = resolved(path, within) if within else path
    # Checked before it is opened, because some devices act when they are opened.
    _check_kind(place.stat(), path)
    with open(place, "rb", opener=_open_without_waiting) as file:
        _check_kind(os.fstat(file.fileno()), path)
        body = file.read(most + 1)
    if len(body) > most:
        raise Refused(f"it has more than {most:,} bytes", path)
    return body


def resolved(path: Path, within: Path) -> Path:
    """Return a path with all links followed; it need not exist.

    Raises `Refused` when that is outside the directory `within`, or in a hidden part of it.
    """
    tree = Path(os.path.realpath(within))
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise Refused("it is a link to itself", path)
    if not place.is_relative_to(tree):
        raise Refused(f"it is outside {within}", path)
    # A repository's own files are in `.git`, and may hold tokens.
    if any(part.startswith(".") for part in place.relative_to(tree).parts):
        raise Refused(f"it is a hidden file of {within}", path)
    return place


def _check_kind(status: os.stat_result, path: Path) -> None:
    """Raise `Refused` for what is neither a regular file nor a directory, which `open` refuses."""
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise Refused("it is not a regular file", path)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; if it has become a pipe since it was checked, do not wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)
