"""Which files are read: regular ones, bounded, and inside of their directory."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import files
from core.edition.limits import MOST_BYTES
from tests.support.command import write

Make = Callable[[Path], object]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a directory with files, and beside it what is not in it."""
    write(tmp_path, {"secret": b"secret", "other/x": b"secret"})
    return write(tmp_path / "tree", {"a": b"a", "b/c": b"c", ".git/config": b"token"})


def link(to: str) -> Make:
    return lambda path: path.symlink_to(to)


def socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)


NOT_REGULAR = "it is not a regular file"
REFUSED: dict[str, tuple[Make, str]] = {
    "pipe": (os.mkfifo, NOT_REGULAR),
    "socket": (socket, NOT_REGULAR),
    "device": (link("/dev/zero"), NOT_REGULAR),
    "link to a pipe": (link("pipe"), NOT_REGULAR),
    "large": (sparse, "it has more than 16,777,216 bytes"),
}
OUTSIDE: dict[str, tuple[Make, str]] = {
    "link": (link("../secret"), "it is outside "),
    "absolute link": (link("/etc/passwd"), "it is outside /"),
    "link to a device": (link("/dev/zero"), "it is outside /"),
    "link to nothing": (link("../nothing"), "it is outside /"),
    "two links": (link("out/secret"), "it is outside /"),
    "link to a hidden file": (link(".git/config"), "it is a hidden file of /"),
    "circle": (link("x"), "it is a link to itself"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_only_regular_files_of_some_size_are_read(tree: Path, name: str) -> None:
    make, problem = REFUSED[name]
    os.mkfifo(tree / "pipe")
    make(tree / "x")
    with pytest.raises(files.Refused, match=problem) as caught:
        files.read(tree / "x")
    assert caught.value.filename == str(tree / "x")


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_of_the_directory_is_read(tree: Path, name: str) -> None:
    make, problem = OUTSIDE[name]
    (tree / "out").symlink_to("..")
    make(tree / "x")
    with pytest.raises(files.Refused, match=problem) as caught:
        files.read(tree / "x", within=tree)
    assert caught.value.filename == str(tree / "x")


@pytest.mark.parametrize("path", ["../secret", "b/../../secret", "out/secret", "/etc/passwd"])
def test_no_path_leads_out(tree: Path, path: str) -> None:
    (tree / "out").symlink_to("..")
    with pytest.raises(files.Refused, match="it is outside "):
        files.read(tree / path, within=tree)


def test_links_inside_of_the_directory_are_followed(tree: Path, tmp_path: Path) -> None:
    (tree / "x").symlink_to("b")
    (tmp_path / "link").symlink_to("tree")
    assert files.read(tmp_path / "link" / "x" / "c", within=tmp_path / "link") == b"c"


def test_without_a_directory_any_link_is_followed(tree: Path) -> None:
    (tree / "x").symlink_to("../secret")
    assert files.read(tree / "x") == b"secret"


@pytest.mark.parametrize("within", [True, False])
def test_what_is_no_file_is_an_error_of_its_own(tree: Path, within: bool) -> None:
    directory = tree if within else None
    with pytest.raises(IsADirectoryError):
        files.read(tree / "b", within=directory)
    with pytest.raises(FileNotFoundError):
        files.read(tree / "nothing", within=directory)
    with pytest.raises(NotADirectoryError):
        files.read(tree / "a" / "x", within=directory)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_a_file_of_just_the_most_bytes_is_read(tmp_path: Path, size: int) -> None:
    body = b"12345"[:size]
    write(tmp_path, {"x": body})
    assert files.read(tmp_path / "x", size) == body
    if body:
        with pytest.raises(files.Refused, match=f"more than {size - 1} bytes"):
            files.read(tmp_path / "x", size - 1)
