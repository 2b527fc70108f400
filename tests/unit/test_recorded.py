"""Recorded answers in a directory: which file is of which day, and what is wrong with some."""

import gzip
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from adapters.recorded import RecordedSource, recorded_days
from core.edition.limits import MOST_BYTES
from core.model.errors import PayloadError, SourceError, SourceRejected
from tests.support.command import write
from tests.support.papers import DAY, answer, entry

BODY = answer(entry(1))
PACKED = gzip.compress(BODY)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("2025-12-24.json", BODY),
        ("2025-12-24.raw.json", BODY),
        ("2025-12-24.json.gz", PACKED),
        ("2025-12-24.raw.json.gz", PACKED),
        ("2025-12-24.json", PACKED),
    ],
)
def test_a_day_may_be_recorded_in_these_ways(tmp_path: Path, name: str, body: bytes) -> None:
    write(tmp_path, {name: body})
    assert recorded_days(tmp_path) == {DAY: tmp_path / name}
    assert RecordedSource(tmp_path).fetch(DAY).body == BODY
    assert RecordedSource(tmp_path / name).fetch(DAY).body == BODY


@pytest.mark.parametrize(
    "name",
    ["24.json", "2025-12-24.txt", "daily-2025-12-24.json", "2025-13-24.json", "2025-12-24.json.bz2",
     "٢٠٢٥-12-24.json", "README.md"],
)  # fmt: skip
def test_other_files_are_of_no_day(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: BODY, "2025-12-23.json": BODY})
    assert list(recorded_days(tmp_path)) == [date(2025, 12, 23)]


@pytest.mark.parametrize(
    ("files", "error", "said"),
    [
        ({}, SourceRejected, "cannot read: No such file or directory (2025-12-24, "),
        ({"2025-12-24.json/x": b""}, SourceRejected, "cannot read: Is a directory (2025-12-24, "),
        ({"2025-12-24.json": b"?"}, PayloadError, "the answer is not JSON: ? (2025-12-24, "),
        ({"2025-12-24.json.gz": PACKED[:-9]}, PayloadError, "broken gzip file: "),
        ({"2025-12-24.json": b"\x1f\x8b"}, PayloadError, "broken gzip file: "),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, files: dict[str, bytes], error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        RecordedSource(write(tmp_path, files)).fetch(DAY)
    assert str(caught.value).startswith(said)


SECRET = b"a secret, which no message shows"


def link_out(path: Path) -> None:
    path.symlink_to(write(path.parent.parent, {"secret": SECRET}) / "secret")


def bomb(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(MOST_BYTES + 1)))


def large(path: Path) -> None:
    path.write_bytes(b" " * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "cannot read: it is not a regular file"),
        (link_out, "cannot read: it is outside "),
        (large, "cannot read: it has more than 16,777,216 bytes"),
        (bomb, "the gzip file holds more than 16,777,216 bytes"),
    ],
)
def test_a_hostile_file_in_a_directory_is_refused(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    days = write(tmp_path / "days", {"2025-12-23.json": BODY})
    make(days / "2025-12-24.json")
    assert list(recorded_days(days)) == [date(2025, 12, 23), DAY]
    path = days / "2025-12-24.json"
    for source in (RecordedSource(days), RecordedSource(path, days), RecordedSource(path)):
        with pytest.raises(SourceError) as caught:
            source.fetch(DAY)
        assert str(caught.value).startswith(said)
        assert str(path) in str(caught.value)
        assert "secret, which" not in str(caught.value)


def test_a_file_that_is_named_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path, {"answer": BODY, "days/2025-12-23.json": BODY})
    (tmp_path / "link").symlink_to("answer")
    assert RecordedSource(tmp_path / "link").fetch(DAY).body == BODY
    (tmp_path / "directory").symlink_to("days")
    assert RecordedSource(tmp_path / "directory").fetch(date(2025, 12, 23)).body == BODY


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_recorded_answer(path: str) -> None:
    with pytest.raises(SourceRejected, match="cannot read: it is not a regular file"):
        RecordedSource(Path(path)).fetch(DAY)


@pytest.mark.parametrize("name", ["nowhere", "afile"])
def test_what_is_no_directory_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"afile": b""})
    with pytest.raises(SourceRejected, match="cannot read: No") as caught:
        recorded_days(tmp_path / name)
    assert str(caught.value).endswith(f"({tmp_path / name})")
