"""Files that were made from others to a commit: only onto what they were made from."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from core.blog.commits import TRIES, blob_id, change, commit_files, different
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip
from core.model.errors import (
    BlogConflict,
    BlogRejected,
    BlogUnavailable,
    PaperboyError,
    SettingsError,
)
from core.model.report import Action, Change
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
    """A branch on which something happens at each of the next commits, before or after it."""

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


def test_all_files_are_one_commit() -> None:
    blog = MemoryBlog({**BEFORE, "other": b"stays"})
    report = commit(blog)
    assert (report.status, report.message, report.error) == (BlogStatus.COMMITTED, "ours", None)
    assert report.commit == Commit("2", "memory:commit")
    assert report.changes == CHANGES
    assert blog.files == {**AFTER, "other": b"stays"}
    assert blog.messages == ["ours"]


def test_what_is_there_already_is_not_committed_again() -> None:
    blog = MemoryBlog(AFTER)
    report = commit(blog)
    assert (report.status, report.commit, report.changes) == (BlogStatus.UNCHANGED, None, ())
    assert blog.messages == []


def test_only_what_lacks_is_committed() -> None:
    blog = MemoryBlog({**BEFORE, "a": b"new a"})
    assert commit(blog).changes == CHANGES[1:]
    assert blog.files == AFTER


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
def test_what_somebody_changed_is_not_overwritten(theirs: dict[str, bytes], named: str) -> None:
    blog = MemoryBlog(theirs)
    report = commit(blog)
    assert (report.status, report.commit, report.changes) == (BlogStatus.FAILED, None, ())
    assert isinstance(report.error, BlogRejected)
    assert str(report.error).startswith(f"{named} is not on the branch as it is here")
    assert (blog.files, blog.messages, blog.looks) == (theirs, [], 1)


def test_after_another_commit_it_looks_again() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(other=b"1"), lambda: blog.push(other=b"2")]
    report = commit(blog)
    assert (report.status, report.changes) == (BlogStatus.COMMITTED, CHANGES)
    assert blog.messages == ["theirs", "theirs", "ours"]
    assert blog.files == {**AFTER, "other": b"2"}


def test_after_another_commit_of_the_same_files_it_gives_up() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(a=b"theirs")]
    report = commit(blog)
    assert isinstance(report.error, BlogRejected)
    assert blog.messages == ["theirs"]


def test_after_another_commit_of_the_very_same_it_is_done() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.commits.append(("theirs", AFTER))]
    report = commit(blog)
    assert (report.status, report.error) == (BlogStatus.COMMITTED, None)
    assert blog.messages == ["theirs"]


def test_an_answer_that_was_lost_is_found_on_the_branch() -> None:
    blog = EventfulBlog(BEFORE)
    blog.after = [BlogUnavailable("a time-out")]
    report = commit(blog)
    assert (report.status, report.changes) == (BlogStatus.COMMITTED, CHANGES)
    assert report.commit == Commit("2", "")
    assert blog.messages == ["ours"]


@pytest.mark.parametrize("kind", [BlogConflict, BlogUnavailable])
def test_it_tries_so_often(kind: type[PaperboyError]) -> None:
    def fail() -> None:
        raise kind("no")

    blog = EventfulBlog(BEFORE, *[fail] * 200)
    report = commit(blog)
    assert isinstance(report.error, kind)
    assert (report.status, report.changes) == (BlogStatus.FAILED, CHANGES)
    assert blog.looks == TRIES[kind]
    assert blog.files == BEFORE


def test_it_stops_when_there_is_no_time() -> None:
    blog = EventfulBlog(BEFORE)
    blog.before = [lambda: blog.push(other=b"1")] * 9
    report = commit(blog, pauses=2)
    assert isinstance(report.error, BlogConflict)
    assert blog.looks == 3


def test_a_blog_that_cannot_be_opened_is_told() -> None:
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
def test_ids_are_gits(body: bytes | None, oid: str | None) -> None:
    assert blob_id(body) == oid


def test_what_is_different_and_what_becomes_of_it() -> None:
    tip = Tip("1", {path: blob_id(body) or "" for path, body in BEFORE.items()})
    same = [BlogFile("a", b"old a"), BlogFile("never", None)]
    assert different([*same, *FILES], tip) == FILES
    assert tuple(change(file, tip) for file in FILES) == CHANGES
