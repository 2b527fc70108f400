"""`make clean` and `make clean-all`: what they remove, and what they leave."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import sample
from tests.support.command import write

BUILT = {".venv/pyvenv.cfg": b"", "build/sbom.json": b"", ".aws-sam/build/x": b""}
PUBLISHED = {"public/votes/2025-12-24.json": b"{}"}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("target", "answer", "left", "succeeds"),
    [
        ("clean", "", PUBLISHED, True),
        ("clean-all", "y\n", {}, True),
        ("clean-all", "n\n", {**BUILT, **PUBLISHED}, False),
        ("clean-all", "", {**BUILT, **PUBLISHED}, False),
    ],
)
def test_what_is_removed(
    tmp_path: Path, target: str, answer: str, left: dict[str, bytes], succeeds: bool
) -> None:
    write(tmp_path, {**BUILT, **PUBLISHED})
    command = ["make", "--file", str(sample.ROOT / "Makefile"), target]
    done = subprocess.run(
        command, cwd=tmp_path, input=answer, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is succeeds
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == left.keys()
    if target == "clean-all":
        assert "Its vote histories cannot be fetched again" in done.stdout
