"""Files to a commit: what is different on a branch, and how to bring it there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING

from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip
from core.model.errors import BlogConflict, BlogRejected, BlogUnavailable, PaperboyError
from core.model.report import Action, Change
from core.model.retry import persist

if TYPE_CHECKING:
    from core.model.ports import Blog, Pause

# Many runs may want the branch at once, and each commit makes all others look again.
TRIES: dict[type[PaperboyError], int] = {BlogConflict: 100, BlogUnavailable: 4}


def commit_files(
    files: Sequence[BlogFile],
    before: Mapping[str, bytes],
    message: str,
    open_blog: Callable[[], "Blog"],
    pause: "Pause",
) -> BlogReport:
    """Commit files that were made from others, `before`, unless somebody changed these since.

    What goes wrong ends up in the report.
    """
    changes: dict[str, Change] = {}

    def attempt(blog: "Blog") -> BlogReport:
        tip = blog.tip([file.path for file in files])
        wanted = different(files, tip)
        foreign = [
            file.path
            for file in wanted
            if tip.blobs.get(file.path) != blob_id(before.get(file.path))
        ]
        if foreign:
            problem = f"{foreign[0]} is not on the branch as it is here: bring this copy up to date"
            raise BlogRejected(problem)
        if not wanted and changes:
            # The answer was lost on its way, the commit is there.
            made = Commit(tip.oid, tip.url)
            return BlogReport(BlogStatus.COMMITTED, message, made, tuple(changes.values()))
        if not wanted:
            return BlogReport(BlogStatus.UNCHANGED)
        changes.update({file.path: change(file, tip) for file in wanted})
        made = blog.commit(tip, message, wanted)
        return BlogReport(BlogStatus.COMMITTED, message, made, tuple(changes.values()))

    try:
        blog = open_blog()
        return persist(lambda _: attempt(blog), TRIES, pause)
    except PaperboyError as error:
        return BlogReport(BlogStatus.FAILED, message, None, tuple(changes.values()), error=error)


def different(files: Iterable[BlogFile], tip: Tip) -> list[BlogFile]:
    """Return those of the files that the tip has not, or has otherwise."""
    return [file for file in files if tip.blobs.get(file.path) != blob_id(file.body)]


def blob_id(body: bytes | None) -> str | None:
    """Return Git's id of a file with these bytes; none of no file.

    Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    if body is None:
        return None
    return sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def change(file: BlogFile, tip: Tip) -> Change:
    """Return what becomes of a file that is different."""
    if file.body is None:
        return Change(file.path, Action.REMOVED, 0)
    action = Action.UPDATED if file.path in tip.blobs else Action.CREATED
    return Change(file.path, action, len(file.body))
