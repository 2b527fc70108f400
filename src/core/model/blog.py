"""The blog's files and commits, and what a run did with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1

from core.model.changes import Change
from core.model.errors import PaperboyError


@dataclass(frozen=True, slots=True)
class BlogFile:
    """One file of the blog: its path in the repository, and its bytes; None removes it."""

    path: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Tip:
    """A branch's newest commit: its id, and Git's ids of the requested files.

    `url` is the web address of the pull request that it belongs to, empty without one.
    """

    oid: str
    blobs: Mapping[str, str]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was made: its id, and the web address of it or of its pull request."""

    oid: str
    url: str


class BlogStatus(StrEnum):
    """The result for the blog: the words of the report."""

    COMMITTED = "committed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BlogReport:
    """What a run did with the blog; `reason` says why it was skipped."""

    status: BlogStatus
    message: str | None = None
    commit: Commit | None = None
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    error: PaperboyError | None = None


def blob_id(body: bytes | None) -> str | None:
    """Return Git's id of a file with these bytes; None for no file.

    Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    if body is None:
        return None
    return sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
