"""A store in a local directory: what a person tries Paperboy with, and reads with any program."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, StoredObject


class DirectoryStore:
    """Keeps each object as a file below `root`, which is made when the first one is put."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, key: str) -> StoredObject | None:
        """Return the file's bytes, or None when there is none. Raises `StoreError`."""
        try:
            body = (self._root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"cannot read: {error.strerror}", self.location(key)) from error
        return StoredObject(body, _etag(body))

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Write the file whole, or not at all. Raises `StoreConflict` and `StoreError`."""
        path = self._root / artifact.key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                stored = self.get(artifact.key)
                if (stored.etag if stored else None) != replaces:
                    raise StoreConflict("was changed meanwhile", self.location(artifact.key))
                _write(path, artifact.body)
        except OSError as error:
            where = self.location(artifact.key)
            raise StoreError(f"cannot write: {error.strerror}", where) from error

    def location(self, key: str) -> str:
        """Return the path of the file."""
        return str(self._root / key)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time compare and write."""
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _write(path: Path, body: bytes) -> None:
    """Write beside the file, then move over it: a reader finds the old bytes or the new ones."""
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(body)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _etag(body: bytes) -> str:
    return sha256(body).hexdigest()
