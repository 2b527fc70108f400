"""A source on disk: a recorded answer, or a directory with one a day."""

import gzip
import zlib
from datetime import date
from pathlib import Path

from core.errors import PayloadError, SourceRejected
from core.models import Payload
from core.payload import decode

GZIP_MAGIC = b"\x1f\x8b"


class RecordedSource:
    """Reads `path`, or `path/2025-12-24.json` where that is a directory, gzipped or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, day: date) -> Payload:
        """Return the recorded payload. Raises `SourceRejected` or `PayloadError`."""
        path = self._path / f"{day}.json" if self._path.is_dir() else self._path
        try:
            body = path.read_bytes()
        except OSError as error:
            raise SourceRejected(f"cannot read: {error.strerror}", day, str(path)) from error
        try:
            body = gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body
        except (OSError, EOFError, zlib.error) as error:
            raise PayloadError(f"broken gzip file: {error}", day, str(path)) from error
        return decode(body, day, str(path))
