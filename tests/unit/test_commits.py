"""Commit files that were made from others, unless those have changed on the branch."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from core.blog.commits import TRIES, change, commit_files, different
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip, blob_id
from core.model.changes import Action, Change
from core.model.errors import (
    BlogConflict,
    BlogRejected,
    BlogUnavailable,
    PaperboyError,
    SettingsError,
)
from tests.support.fakes import MemoryBlog, Pauses

BEFORE = {"a": b"old a", "b": b"old b"}
FILES = [BlogFile("a", b"new a"), BlogFile("b", None), BlogFile("c", b"new c")]
AFTER = {"a": b"new a", "c": b"new c"}
CHANGES = (
    Change("a", Action.UPDATED, 5),
    Change("b", Action.REMOVED, 0),
    Change("c", Action.CREATED, 5),
)


class EventfulBlog(MemoryBlog):
    """A branch that calls `before` before a commit, and raises from `after` after it."""

    def __init__(self, files: Mapping[str, bytes], *events: Callable[[], None]) -> None:
        super().__init__(files)
        self.before = list(events)
        self.after: list[PaperboyError] = []

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        if self.before:
            self.before.pop(0)()
        made = super().commit(tip, message, files)
        if self.after:
            raise self.after.pop(0)
        return made

    def push(self, **files: bytes) -> None:
        self.commits.append(("theirs", {**self.files, **files}))


def commit(blog: MemoryBlog, pauses: int = 200) -> BlogReport:
    return commit_files(FILES, BEFORE, "ours", lambda: blog, Pauses(pauses))


@pytest.mark.parametrize(
    ("files", "changes"),
    [
        ({**BEFORE, "other": b"stays"}, CHANGES),
        ({**BEFORE, "a": b"new a"}, CHANGES[1:]),
        (AFTER, ()),
    ],
)
def test_files_that_differ_are_one_commit(
    files: dict[str, bytes], changes: tuple[Change, ...]
) -> None:
    blog = MemoryBlog(files)
    report = commit(blog)
    assert report.status == (BlogStatus.COMMITTED if changes else BlogStatus.UNCHANGED)
    assert (report.changes, report.error) == (changes, None)
    assert report.commit == (Commit("2", "memory:commit") if changes else None)
    assert blog.files == {**{path: files[path] for path in files if path == "other"}, **AFTER}
    assert blog.messages == ["ours"] * bool(changes)


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        ({"a": b"theirs", "b": b"old b"}, "a"),
        ({"b": b"old b"}, "a"),
        ({"a": b"old a", "b": b"theirs"}, "b"),
        ({"a": b"old a", "b": b"old b", "c": b"theirs"}, "c"),
        ({"a": b"old a", "b": b"old b", "c": b""}, "c"),
        ({}, "a"),
    ],
)
def test_files_changed_by_others_are_not_overwritten(theirs: dict[str, bytes], named: str) -> None:
    blog = MemoryBlog(theirs)
    report = commit(blog)
    assert (report.status, report.commit, report.changes) == (BlogStatus.FAILED, None, ())
    assert isinstance(report.error, BlogRejected)
    assert str(report.error).startswith(f"{named} differs on the branch")
    assert (blog.files, blog.messages, blog.looks) == (theirs, [], 1)


def test_other_commits_meanwhile_are_kept() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(other=b"1"), lambda: blog.push(other=b"2")]
    report = commit(blog)
    assert (report.status, report.changes) == (BlogStatus.COMMITTED, CHANGES)
    assert blog.messages == ["theirs", "theirs", "ours"]
    assert blog.files == {**AFTER, "other": b"2"}


def test_commit_of_the_same_files_meanwhile() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(a=b"theirs")]
    assert isinstance(commit(blog).error, BlogRejected)
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.commits.append(("theirs", AFTER))]
    assert commit(blog).status == BlogStatus.COMMITTED
    assert blog.messages == ["theirs"]


def test_lost_answer_is_found_on_the_branch() -> None:
    blog = EventfulBlog(BEFORE)
    blog.after = [BlogUnavailable("a time-out")]
    report = commit(blog)
    assert (report.status, report.changes) == (BlogStatus.COMMITTED, CHANGES)
    assert report.commit == Commit("2", "")
    assert blog.messages == ["ours"]


@pytest.mark.parametrize("kind", [BlogConflict, BlogUnavailable])
def test_attempts_are_limited(kind: type[PaperboyError]) -> None:
    def fail() -> None:
        raise kind("no")

    blog = EventfulBlog(BEFORE, *[fail] * 200)
    report = commit(blog)
    assert isinstance(report.error, kind)
    assert (report.status, report.changes) == (BlogStatus.FAILED, CHANGES)
    assert blog.looks == TRIES[kind]
    assert blog.files == BEFORE


def test_no_attempt_without_time() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(other=b"1")] * 9
    report = commit(blog, pauses=2)
    assert isinstance(report.error, BlogConflict)
    assert blog.looks == 3


def test_blog_that_cannot_be_opened() -> None:
    def open_blog() -> MemoryBlog:
        raise SettingsError("no secret")

    report = commit_files(FILES, BEFORE, "ours", open_blog, Pauses(1))
    assert (report.status, str(report.error)) == (BlogStatus.FAILED, "no secret")


@pytest.mark.parametrize(
    ("body", "oid"),
    [
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        (None, None),
    ],
)
def test_blob_ids_are_gits(body: bytes | None, oid: str | None) -> None:
    assert blob_id(body) == oid


def test_different_and_change() -> None:
    tip = Tip("1", {path: blob_id(body) or "" for path, body in BEFORE.items()})
    same = [BlogFile("a", b"old a"), BlogFile("never", None)]
    assert different([*same, *FILES], tip) == FILES
    assert tuple(change(file, tip) for file in FILES) == CHANGES
