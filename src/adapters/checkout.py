"""A blog's repository as a directory: an archive is read from it and repaired in it."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

from core.model import keys
from core.model.blog import BlogFile
from core.model.errors import BlogRejected
from core.model.text import excerpt

DATA_FILE = re.compile(r"daily-.+\.json")
POST_FILE = re.compile(r"\d{4}-\d\d-\d\d-(daily|monthly)-papers.*\.md")


class Checkout:
    """The crawler's data and posts below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def data(self) -> list[str]:
        """Return the data files' paths in the repository. Raises `BlogRejected`."""
        return self._list(keys.BLOG_DATA, DATA_FILE, needed=True)

    def posts(self) -> list[str]:
        """Return the paths of the posts of days and months. Raises `BlogRejected`."""
        return self._list(keys.BLOG_POSTS, POST_FILE, needed=False)

    def read(self, path: str) -> bytes:
        """Return what is in a file. Raises `BlogRejected`."""
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise BlogRejected(f"cannot read: {error.strerror}", path) from error

    def is_clean(self) -> bool:
        """Return whether Git knows of no change below the root; also if there is no repository.

        Raises `BlogRejected` when Git is needed and does not answer.
        """
        root = self._root.resolve()
        if not any((parent / ".git").exists() for parent in (root, *root.parents)):
            return True
        # Whatever the user's settings are, files that Git does not know yet count as well.
        status = ("status", "--porcelain", "--untracked-files=normal", "--", ".")
        command = ["git", "--no-optional-locks", "-C", str(root), *status]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
            problem = f"git does not tell whether all is committed: {excerpt(said)}"
            raise BlogRejected(problem, str(self._root)) from error
        return not answer.stdout.strip()

    def write(self, files: Iterable[BlogFile]) -> None:
        """Write and remove all of the files, each whole. Raises `BlogRejected`.

        All are written beside their places first, so that a full disk changes nothing.
        """
        places = {self._place(file.path): file.body for file in files}
        drafts: dict[Path, Path] = {}
        try:
            with ExitStack() as stack:
                for place, body in places.items():
                    if body is not None:
                        drafts[place] = _draft(place, body, stack)
                for place, draft in drafts.items():
                    draft.replace(place)
            for place in places.keys() - drafts.keys():
                place.unlink(missing_ok=True)
        except OSError as error:
            raise BlogRejected(f"cannot write: {error.strerror}", str(error.filename)) from error

    def _list(self, directory: str, names: re.Pattern[str], *, needed: bool) -> list[str]:
        try:
            found = sorted(path.name for path in (self._root / directory).iterdir())
        except (FileNotFoundError, NotADirectoryError) as error:
            if not needed and isinstance(error, FileNotFoundError):
                return []
            problem = f"is no blog of ours: it has no directory {directory}"
            raise BlogRejected(problem, str(self._root)) from error
        except OSError as error:
            raise BlogRejected(f"cannot read: {error.strerror}", str(error.filename)) from error
        return [f"{directory}/{name}" for name in found if names.fullmatch(name)]

    def _place(self, path: str) -> Path:
        """Return where a file belongs, if that is in one of the two directories that are ours."""
        parent, _, name = path.rpartition("/")
        place = self._root.resolve() / parent
        if parent not in keys.BLOG_DIRECTORIES or name in ("", ".", "..") or "\0" in name:
            raise BlogRejected("is not a path that Paperboy writes to", path)
        if place.resolve() != place or (place / name).is_symlink():
            raise BlogRejected("leads out of the blog's own directory", path)
        if (place / name).is_dir():
            raise BlogRejected("is a directory, where a file belongs", path)
        return place / name


def _draft(place: Path, body: bytes, stack: ExitStack) -> Path:
    """Write beside a file; what is not moved over it is gone when the stack ends."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{token_hex(8)}")
    stack.callback(draft.unlink, missing_ok=True)
    draft.write_bytes(body)
    if place.exists():
        shutil.copymode(place, draft)
    return draft
