"""Recorded answers in a directory: which file is of which day, and what is wrong with some."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from adapters.recorded import RecordedSource, recorded_days
from core.model.errors import PayloadError, SourceRejected
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


@pytest.mark.parametrize("name", ["nowhere", "afile"])
def test_what_is_no_directory_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"afile": b""})
    with pytest.raises(SourceRejected, match="cannot read: No") as caught:
        recorded_days(tmp_path / name)
    assert str(caught.value).endswith(f"({tmp_path / name})")
