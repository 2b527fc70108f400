"""How the package is built: from the checkout alone, by the function's Python."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import rie
from tests.support.recorded import REPOSITORY

rie.need_package()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what Git tracks, and a virtual environment of elsewhere."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    place = tmp_path / "checkout"
    for name in listed.split("\0"):
        if name and (REPOSITORY / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, place / name)
    python = place / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/nowhere/python3")
    return place


def build(checkout: Path, artifacts: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "build-PaperboyFunction", f"ARTIFACTS_DIR={artifacts}"],
        cwd=checkout,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def tree(place: Path) -> Mapping[str, bytes]:
    """Return the files below a directory, by their paths."""
    files = (path for path in place.rglob("*") if path.is_file())
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def test_it_needs_nothing_of_the_checkouts_environment(checkout: Path, tmp_path: Path) -> None:
    before = tree(checkout)
    done = build(checkout, tmp_path / "package")
    assert done.returncode == 0, done.stderr
    # A container may mount the checkout read-only.
    assert tree(checkout) == before
    assert tree(tmp_path / "package").keys() == tree(rie.PACKAGE).keys()


def test_it_names_the_python_that_is_missing(checkout: Path, tmp_path: Path) -> None:
    done = build(checkout, tmp_path / "package", PYTHON313="")
    assert done.returncode != 0
    assert "Python 3.13 is needed, which the function runs on. Install it" in done.stderr
    assert not (tmp_path / "package").exists()
