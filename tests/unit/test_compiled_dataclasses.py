"""Dataclasses whose methods were compiled before are those that `dataclasses` makes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import sample

SOURCE = sample.ROOT / "src"
TOOL = sample.ROOT / "tools" / "compile_dataclasses.py"
# How often `dataclasses` has a text compiled, and what classes are made of what.
SCRIPT = """
import json, sys
compiled = []
def hear(event, arguments):
    if event == "compile" and (arguments[0] or b"").startswith(b"def __create_fn__"):
        compiled.append(arguments[0])
sys.addaudithook(hear)
import handler.app
from dataclasses import FrozenInstanceError, fields, replace
from inspect import signature
from core import models
paper = models.Paper("2512.00001", "A title", votes=1)
def error(work):
    try:
        work()
    except (FrozenInstanceError, TypeError) as caught:
        return repr(caught)
print(json.dumps({
    "compiled": len(compiled),
    "repr": repr(paper),
    "equal": [paper == replace(paper), paper == replace(paper, votes=2), paper == 1],
    "hash": hash(paper) == hash(replace(paper)),
    "errors": [error(lambda: setattr(paper, "votes", 2)), error(lambda: delattr(paper, "id")),
               error(lambda: models.Paper())],
    "fields": [field.name for field in fields(models.Paper)],
    "module": [models.Paper.__init__.__qualname__, models.Paper.__init__.__module__],
    "globals": models.Paper.__init__.__globals__ is vars(models),
    "signature": str(signature(models.Paper)),
}))
"""


def run(*command: str, path: str) -> str:
    done = subprocess.run(
        [sys.executable, "-B", *command],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.fixture(name="package", scope="module")
def made_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what was compiled."""
    package = tmp_path_factory.mktemp("package")
    run(str(TOOL), str(package), path=str(SOURCE))
    return package


def test_they_are_the_same_and_nothing_is_compiled(package: Path) -> None:
    usual: dict[str, Any] = json.loads(run("-c", SCRIPT, path=str(SOURCE)))
    ready: dict[str, Any] = json.loads(run("-c", SCRIPT, path=f"{package}{os.pathsep}{SOURCE}"))
    assert (usual.pop("compiled") > 20, ready.pop("compiled")) == (True, 0)
    assert ready == usual


def test_writing_it_again_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    run(str(TOOL), str(tmp_path), path=str(SOURCE))
    (written,) = package.glob("*.py")
    assert (tmp_path / written.name).read_bytes() == written.read_bytes()


def test_a_class_that_is_not_known_is_made_as_ever(package: Path) -> None:
    script = (
        "import handler.app\n"
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Other:\n"
        "    of_its_own: int = 1\n"
        "print(Other())"
    )
    assert run("-c", script, path=f"{package}{os.pathsep}{SOURCE}") == "Other(of_its_own=1)\n"
