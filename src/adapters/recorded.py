"""A source on disk: a recorded answer, or a directory with one a day."""

import re
from datetime import date
from pathlib import Path

from adapters import files
from adapters.known_tokens import refuse_known_tokens
from core.edition import raw
from core.edition.payload import decode
from core.model.errors import SourceRejected
from core.model.paper import Payload

GZIP_MAGIC = b"\x1f\x8b"


# 2025-12-24.json, also as `2025-12-24.raw.json`, and with `.gz`.
RECORDED_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(\.raw)?\.json(\.gz)?", re.ASCII)


def recorded_days(directory: Path) -> dict[date, Path]:
    """Return the recorded answers in a directory by their days. Raises `SourceRejected`."""
    try:
        found = [(RECORDED_DAY.fullmatch(path.name), path) for path in directory.iterdir()]
    except OSError as error:
        raise SourceRejected(f"cannot read: {error.strerror}", None, str(directory)) from error
    days = {_day(name[1]): path for name, path in sorted(found, key=str) if name}
    return {day: path for day, path in days.items() if day}


class RecordedSource:
    """Reads `path`, or the day's file in it where that is a directory, gzipped or not.

    `directory` is the directory in which the file at `path` was found: the file must be inside it.
    """

    def __init__(self, path: Path, directory: Path | None = None) -> None:
        self._path = path
        self._directory = directory

    def fetch(self, day: date) -> Payload:
        """Return the recorded payload. Raises `SourceRejected` or `PayloadError`."""
        path, directory = self._path, self._directory
        if directory is None and path.is_dir():
            directory = path
            path = recorded_days(directory).get(day, directory / f"{day}.json")
        elif directory is None and path.is_symlink():
            # A link may not lead to another directory: an error would show the file's beginning.
            directory = path.parent
        try:
            body = files.read(path, within=directory)
        except OSError as error:
            raise SourceRejected(f"cannot read: {error.strerror}", day, str(path)) from error
        where = str(path)
        is_packed = body.startswith(GZIP_MAGIC)
        payload = raw.unpacked(body, day, where) if is_packed else decode(body, day, where)
        return refuse_known_tokens(payload)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
