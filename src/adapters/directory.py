"""A store in a local directory: to try Paperboy with, and to read with any program."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from adapters import files
from core.edition.limits import MOST_OF_AN_OBJECT
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, ListedObject, StoredObject

# The file below the root that an object is written to first.
DRAFT = ".draft"


class DirectoryStore:
    """Keeps each object as a file below `root`, which is created by the first put.

    Only regular files are objects. Names of files and directories that begin with a dot are
    ignored: drafts have such names. Files that a link leads to outside the root are neither read
    nor replaced. Links to directories are not listed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, key: str) -> StoredObject | None:
        """Return the file's bytes, or None when there is none. Raises `StoreError`."""
        try:
            body = self._read(key)
        except OSError as error:
            raise StoreError(f"cannot read: {error.strerror}", self.location(key)) from error
        return None if body is None else StoredObject(body, _etag(body))

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        """Write the file whole, or not at all, and return its ETag.

        Raises `StoreConflict` and `StoreError`.
        """
        path = self._root / artifact.key
        try:
            files.resolved(path.parent, self._root)
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                stored = self.get(artifact.key)
                if (stored.etag if stored else None) != replaces:
                    raise StoreConflict("was changed by another run", self.location(artifact.key))
                self._write(path, artifact.body)
        except OSError as error:
            where = self.location(artifact.key)
            raise StoreError(f"cannot write: {error.strerror}", where) from error
        return _etag(artifact.body)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield all objects whose keys begin with `prefix`, in the order of keys.

        Reads each of them, for its ETag. Raises `StoreError`.
        """
        directory, slash, beginning = prefix.rpartition("/")
        try:
            for key in self._walk(directory + slash, beginning):
                # A file that cannot be an object is not listed, even if its name is that of one.
                with suppress(files.Refused):
                    if (body := self._read(key)) is not None:
                        yield ListedObject(key, _etag(body), len(body))
        except OSError as error:
            where = str(error.filename or self.location(prefix))
            raise StoreError(f"cannot list: {error.strerror}", where) from error

    def now(self) -> float:
        """Return the host's time."""
        return time.time()

    def holder(self) -> str:
        """Return this host and process."""
        return f"{socket.gethostname()} {os.getpid()}"

    def is_gone(self, holder: str) -> bool:
        """Return True for a process of this host that has ended."""
        host, _, process = holder.rpartition(" ")
        if host != socket.gethostname() or not process.isdecimal() or int(process) == 0:
            return False
        try:
            os.kill(int(process), 0)  # sends no signal
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:
            return False  # another user's
        return False

    def location(self, key: str) -> str:
        """Return the path of the file."""
        return str(self._root / key)

    def _read(self, key: str) -> bytes | None:
        """Return the bytes of a file, or None when there is none. Raises `OSError`."""
        try:
            return files.read(self._root / key, MOST_OF_AN_OBJECT, within=self._root)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _walk(self, directory: str, beginning: str = "") -> Iterator[str]:
        """Yield the keys below a directory, in order, whose next part begins with `beginning`.

        `directory` is empty, or ends with a slash. Slashes are part of the order: `a-b/c` comes
        before `a.json`, and that before `a/b`.
        """
        try:
            with os.scandir(self._root / directory) as entries:
                names = sorted(
                    f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                    for entry in entries
                    if entry.name.startswith(beginning) and not entry.name.startswith(".")
                )
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            if name.endswith("/"):
                yield from self._walk(directory + name)
            else:
                yield directory + name

    def _write(self, path: Path, body: bytes) -> None:
        """Write a draft, then move it over the file: a reader finds the old bytes or the new ones.

        Only for the holder of the lock. A process that was killed leaves its draft, which the next
        one overwrites.
        """
        draft = self._root / DRAFT
        draft.unlink(missing_ok=True)
        try:
            with draft.open("xb") as file:
                file.write(body)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time compare and write."""
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _etag(body: bytes) -> str:
    return sha256(body).hexdigest()
