"""A blog's repository as a directory: an archive is read from it and repaired in it."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from adapters import files
from core.model import keys
from core.model.blog import BlogFile
from core.model.errors import BlogRejected
from core.model.text import excerpt

DATA_FILE = re.compile(r"daily-.+\.json")
# The directory below the root that files are written to first. A `.gitignore` in it hides it.
DRAFTS = ".paperboy-drafts"
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
        """Return a file's content. Raises `BlogRejected`, also if the file is outside the root."""
        try:
            return files.read(self._root / path, within=self._root)
        except OSError as error:
            raise BlogRejected(f"cannot read: {error.strerror}", path) from error

    def is_clean(self) -> bool:
        """Return whether Git reports no change below the root; True if there is no repository.

        Raises `BlogRejected` when Git is needed and does not answer.
        """
        root = self._root.resolve()
        if not any((parent / ".git").exists() for parent in (root, *root.parents)):
            return True
        # Untracked files count as well, whatever the user's settings are.
        status = ("status", "--porcelain", "--untracked-files=normal", "--", ".")
        command = ["git", "--no-optional-locks", "-C", str(root), *status]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
            problem = f"git cannot say whether everything is committed: {excerpt(said)}"
            raise BlogRejected(problem, str(self._root)) from error
        return not answer.stdout.strip()

    def write(self, changes: Iterable[BlogFile]) -> None:
        """Write and remove all of the files, each whole. Raises `BlogRejected`.

        All are written as drafts first, so that a full disk changes nothing. A process that was
        killed leaves its drafts, which the next one removes.
        """
        places = {self._place(file.path): file.body for file in changes}
        drafts = self._root.resolve() / DRAFTS
        try:
            _remove(drafts)
            try:
                made = _write_drafts(places, drafts)
                for place, draft in made.items():
                    draft.replace(place)
            finally:
                _remove(drafts)
            for place in places.keys() - made.keys():
                place.unlink(missing_ok=True)
        except OSError as error:
            raise BlogRejected(f"cannot write: {error.strerror}", str(error.filename)) from error

    def _list(self, directory: str, names: re.Pattern[str], *, needed: bool) -> list[str]:
        place = self._root / directory
        try:
            files.resolved(place, self._root)
            found = sorted(path.name for path in place.iterdir())
        except (FileNotFoundError, NotADirectoryError) as error:
            if not needed and isinstance(error, FileNotFoundError):
                return []
            problem = f"is not a blog with a crawler's archive: it has no directory {directory}"
            raise BlogRejected(problem, str(self._root)) from error
        except OSError as error:
            raise BlogRejected(f"cannot read: {error.strerror}", str(error.filename)) from error
        return [f"{directory}/{name}" for name in found if names.fullmatch(name)]

    def _place(self, path: str) -> Path:
        """Return a file's path, if it is in one of the two directories that Paperboy writes to."""
        parent, _, name = path.rpartition("/")
        place = self._root.resolve() / parent
        if parent not in keys.BLOG_DIRECTORIES or name in ("", ".", "..") or "\0" in name:
            raise BlogRejected("is not a path that Paperboy writes to", path)
        if place.resolve() != place or (place / name).is_symlink():
            raise BlogRejected("is outside the blog's directory", path)
        if (place / name).is_dir():
            raise BlogRejected("is a directory, not a file", path)
        return place / name


def _write_drafts(places: Mapping[Path, bytes | None], drafts: Path) -> dict[Path, Path]:
    """Write the files that have a body into the directory `drafts`; return each one's draft."""
    made: dict[Path, Path] = {}
    for place, body in places.items():
        if body is None:
            continue
        if not made:
            drafts.mkdir()
            (drafts / ".gitignore").write_bytes(b"*\n")
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = drafts / str(len(made))
        draft.write_bytes(body)
        if place.exists():
            shutil.copymode(place, draft)
        made[place] = draft
    return made


def _remove(drafts: Path) -> None:
    if drafts.is_dir() and not drafts.is_symlink():
        shutil.rmtree(drafts)
    else:
        drafts.unlink(missing_ok=True)
