"""A source on disk: a recorded answer, or a directory with one a day."""

import gzip
import re
import zlib
from datetime import date
from pathlib import Path

from adapters.known_tokens import refuse_known_tokens
from core.edition.payload import decode
from core.model.errors import PayloadError, SourceRejected
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
    """Reads `path`, or the day's file in it where that is a directory, gzipped or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, day: date) -> Payload:
        """Return the recorded payload. Raises `SourceRejected` or `PayloadError`."""
        path = self._path
        if path.is_dir():
            path = recorded_days(path).get(day, path / f"{day}.json")
        try:
            body = path.read_bytes()
        except OSError as error:
            raise SourceRejected(f"cannot read: {error.strerror}", day, str(path)) from error
        try:
            body = gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body
        except (OSError, EOFError, zlib.error) as error:
            raise PayloadError(f"broken gzip file: {error}", day, str(path)) from error
        return refuse_known_tokens(decode(body, day, str(path)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
