"""A blog's directory: what is read there, and that a write is all or nothing."""

import os
import stat
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import pytest

from adapters.checkout import DRAFTS, Checkout
from core.model.blog import BlogFile
from core.model.errors import BlogRejected
from tests.support.command import tree, write

ONE, TWO, THREE = (f"_posts/2025-12-2{n}-daily-papers.md" for n in (1, 2, 3))
DATA = "_data/papers/daily-2025-12-21.json"


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    return write(tmp_path / "blog", {ONE: b"one", TWO: b"two", DATA: b"{}", "a.md": b"a"})


def write_to(blog: Path, **files: bytes | None) -> None:
    Checkout(blog).write([BlogFile(path, body) for path, body in files.items()])


def test_what_is_ours_is_listed_in_order(blog: Path) -> None:
    more = ["2025-12-01-monthly-papers-summary.md", "2025-12-20-daily-papers-1766580555.md"]
    others = ["2025-12-24-other.md", "daily-papers.md", "2025-12-24-daily-papers.txt"]
    write(blog, {f"_posts/{name}": b"" for name in [*more, *others]})
    data = ["daily-2025-12-20.json", "daily-x.json"]
    write(blog, {f"_data/papers/{name}": b"" for name in [*data, "monthly-2025-12.json", "x.json"]})
    checkout = Checkout(blog)
    assert checkout.posts() == [*(f"_posts/{name}" for name in more), ONE, TWO]
    assert checkout.data() == [f"_data/papers/{data[0]}", DATA, f"_data/papers/{data[1]}"]
    assert checkout.read(ONE) == b"one"


def test_a_blog_may_be_without_posts_but_not_without_data(tmp_path: Path) -> None:
    checkout = Checkout(write(tmp_path, {DATA: b"{}"}))
    assert checkout.posts() == []
    with pytest.raises(BlogRejected, match="it has no directory _data/papers"):
        Checkout(tmp_path / "_data").data()


def test_a_write_adds_replaces_and_removes(blog: Path) -> None:
    write_to(blog, **{ONE: b"new", TWO: None, THREE: b"three", "_posts/never.md": None})
    assert tree(blog) == {ONE: b"new", THREE: b"three", DATA: b"{}", "a.md": b"a"}


def test_directories_are_made(tmp_path: Path) -> None:
    write_to(tmp_path, **{ONE: b"one", DATA: b"{}"})
    assert tree(tmp_path) == {ONE: b"one", DATA: b"{}"}


def test_a_directory_may_be_reached_by_a_link(blog: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(blog)
    write_to(tmp_path / "link", **{ONE: b"new"})
    assert tree(blog)[ONE] == b"new"


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_keeps_its_mode(blog: Path, mode: int) -> None:
    (blog / ONE).chmod(mode)
    write_to(blog, **{ONE: b"new"})
    assert stat.S_IMODE((blog / ONE).stat().st_mode) == mode


HOSTILE = [
    "",
    "_posts",
    "_posts/",
    "_posts/.",
    "_posts/..",
    "_posts/../a.md",
    "_posts/../_posts/x.md",
    "_posts//x.md",
    "_posts/./x.md",
    "_posts/sub/x.md",
    "_posts/x\0.md",
    "/_posts/x.md",
    "./_posts/x.md",
    "../blog/_posts/x.md",
    "a.md",
    "_data/x.json",
    "_data/papers/../../a.md",
    "_DATA/papers/x.json",
    ".git/config",
    "~/_posts/x.md",
]


@pytest.mark.parametrize("body", [b"evil", None])
@pytest.mark.parametrize("path", HOSTILE)
def test_other_paths_are_refused_and_nothing_is_written(
    blog: Path, tmp_path: Path, path: str, body: bytes | None
) -> None:
    before = tree(tmp_path)
    with pytest.raises(BlogRejected, match="is not a path that Paperboy writes to"):
        write_to(blog, **{ONE: b"new", path: body, TWO: None})
    assert tree(tmp_path) == before


def link(path: str) -> Callable[[Path], None]:
    def make(blog: Path) -> None:
        target = blog.parent / "elsewhere"
        if (blog / path).exists():
            (blog / path).rename(target)
        else:
            target.write_bytes(b"mine")
        (blog / path).symlink_to(target)

    return make


def directory(blog: Path) -> None:
    (blog / THREE).mkdir()


@pytest.mark.parametrize("body", [b"new", None])
@pytest.mark.parametrize(
    ("prepare", "path", "said"),
    [
        (link("_posts"), TWO, "is outside the blog's directory"),
        (link("_data"), DATA, "is outside the blog's directory"),
        (link("_data/papers"), DATA, "is outside the blog's directory"),
        (link(TWO), TWO, "is outside the blog's directory"),
        (link(THREE), THREE, "is outside the blog's directory"),
        (directory, THREE, "is a directory, not a file"),
    ],
)
def test_what_leads_elsewhere_is_refused_and_nothing_is_written(
    blog: Path,
    tmp_path: Path,
    prepare: Callable[[Path], None],
    path: str,
    said: str,
    body: bytes | None,
) -> None:
    prepare(blog)
    before = tree(tmp_path)
    other = ONE if path.startswith("_data") else DATA
    with pytest.raises(BlogRejected, match=said) as caught:
        write_to(blog, **{other: b"new", path: body})
    assert str(caught.value) == f"{said} ({path})"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_full_disk_changes_nothing_and_leaves_no_drafts(
    blog: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    before, real, calls = tree(blog), Path.write_bytes, []

    def write_bytes(path: Path, body: bytes) -> int:
        calls.append(path)
        if len(calls) > written:
            real(path, body[:1])
            raise OSError(ENOSPC, "No space left on device", str(path))
        return real(path, body)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(BlogRejected, match="cannot write: No space left on device"):
        write_to(blog, **{DATA: None, ONE: b"new", TWO: b"new", THREE: b"new"})
    assert len(calls) == written + 1
    assert tree(blog) == before


def test_a_move_that_fails_leaves_no_drafts(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(path: Path, target: Path) -> Path:
        raise PermissionError(1, "Operation not permitted", str(path), None, str(target))

    before = tree(blog)
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(BlogRejected, match="cannot write: Operation not permitted"):
        write_to(blog, **{ONE: b"new", TWO: None})
    assert tree(blog) == before


def test_a_file_where_a_directory_belongs_changes_nothing(tmp_path: Path) -> None:
    blog = write(tmp_path / "blog", {"_posts": b"", DATA: b"{}"})
    before = tree(blog)
    with pytest.raises(BlogRejected, match="cannot write"):
        write_to(blog, **{DATA: b"new", ONE: b"new"})
    assert tree(blog) == before


def test_what_leads_elsewhere_is_not_read(blog: Path) -> None:
    checkout = Checkout(blog)
    for name, make in (("pipe", os.mkfifo), ("out", link_out), ("token", link_in)):
        make(blog / f"_posts/2025-12-24-daily-papers-{name}.md")
    problems = []
    for path in checkout.posts():
        try:
            checkout.read(path)
        except BlogRejected as error:
            problems.append(str(error))
    there = "_posts/2025-12-24-daily-papers"
    assert problems == [
        f"cannot read: it is outside {blog} ({there}-out.md)",
        f"cannot read: it is not a regular file ({there}-pipe.md)",
        f"cannot read: it is a hidden file of {blog} ({there}-token.md)",
    ]


def link_out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def link_in(path: Path) -> None:
    write(path.parent.parent, {".git/config": b"token"})
    path.symlink_to("../.git/config")


def leave_file(drafts: Path) -> None:
    drafts.write_bytes(b"")


def leave_drafts(drafts: Path) -> None:
    write(drafts, {".gitignore": b"*", "0": b"half", "a/b": b""})


def leave_link(drafts: Path) -> None:
    drafts.symlink_to("_posts")


@pytest.mark.parametrize("leave", [leave_file, leave_drafts, leave_link])
@pytest.mark.parametrize("change", [{ONE: b"new"}, {ONE: None}, {}])
def test_a_write_removes_drafts_that_are_left(
    blog: Path, leave: Callable[[Path], None], change: dict[str, bytes | None]
) -> None:
    before = tree(blog)
    leave(blog / DRAFTS)
    write_to(blog, **change)
    after = {path: body for path, body in {**before, **change}.items() if body is not None}
    assert tree(blog) == after
    assert DRAFTS not in {path.name for path in blog.iterdir()}
