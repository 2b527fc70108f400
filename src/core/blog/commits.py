"""Compare files with a branch, and commit those that differ."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip, blob_id
from core.model.changes import Action, Change
from core.model.errors import BlogConflict, BlogRejected, BlogUnavailable, PaperboyError
from core.model.ports import Blog, Pause
from core.model.retry import retry

# Many runs may commit to the branch at once, and each commit makes all others read it again.
TRIES: dict[type[PaperboyError], int] = {BlogConflict: 100, BlogUnavailable: 4}


def commit_files(
    files: Sequence[BlogFile],
    before: Mapping[str, bytes],
    message: str,
    open_blog: Callable[[], Blog],
    pause: Pause,
) -> BlogReport:
    """Commit files that were made from `before`, unless those have changed on the branch since.

    `before` are the bytes by path that the files replace. Our own exceptions are in the report.
    """
    changes: dict[str, Change] = {}

    def attempt(blog: Blog) -> BlogReport:
        tip = blog.tip([file.path for file in files])
        wanted = different(files, tip)
        edited = [
            file.path
            for file in wanted
            if tip.blobs.get(file.path) != blob_id(before.get(file.path))
        ]
        if edited:
            problem = f"{edited[0]} differs on the branch: update this copy first (git pull)"
            raise BlogRejected(problem)
        if not wanted and changes:
            # The answer to an earlier attempt was lost, but its commit was made.
            made = Commit(tip.oid, tip.url)
            return BlogReport(BlogStatus.COMMITTED, message, made, tuple(changes.values()))
        if not wanted:
            return BlogReport(BlogStatus.UNCHANGED)
        changes.update({file.path: change(file, tip) for file in wanted})
        made = blog.commit(tip, message, wanted)
        return BlogReport(BlogStatus.COMMITTED, message, made, tuple(changes.values()))

    try:
        blog = open_blog()
        return retry(lambda _: attempt(blog), TRIES, pause)
    except PaperboyError as error:
        return BlogReport(BlogStatus.FAILED, message, None, tuple(changes.values()), error=error)


def different(files: Iterable[BlogFile], tip: Tip) -> list[BlogFile]:
    """Return the files that are missing at the tip, or have other bytes there."""
    return [file for file in files if tip.blobs.get(file.path) != blob_id(file.body)]


def change(file: BlogFile, tip: Tip) -> Change:
    """Return how a file that differs changes on the branch."""
    if file.body is None:
        return Change(file.path, Action.REMOVED, 0)
    action = Action.UPDATED if file.path in tip.blobs else Action.CREATED
    return Change(file.path, action, len(file.body))
