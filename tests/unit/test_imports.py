"""Imports point inward, and a cold start imports nothing before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import sample

SOURCE = sample.ROOT / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
ALLOWED = {
    "core": {"core"},
    "adapters": {"core", "adapters"},
    "handler": {"core", "adapters", "handler"},
}


def imported(module: Path) -> Iterator[str]:
    """Yield the module of every import in a module, wherever it stands."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def packages(module: Path) -> set[str]:
    """Return the top-level packages of a module's imports."""
    return {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_inward(module: Path) -> None:
    room = module.relative_to(SOURCE).parts[0]
    ours = packages(module) & ALLOWED.keys()
    assert ours <= ALLOWED[room]


@pytest.mark.parametrize(
    "module", sorted((SOURCE / "core").rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE))
)
def test_the_core_is_pure(module: Path) -> None:
    rendering = module.parent.name == "render"
    foreign = packages(module) - sys.stdlib_module_names - {"core"}
    assert foreign <= ({"jinja2"} if rendering else set())
    impure = {"os", "socket", "random", "urllib.request", "subprocess", "logging", "time"}
    assert not set(imported(module)) & impure


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import handler.app", {"boto3", "requests", "jinja2", "rich", "aws_xray_sdk"}),
        ("import handler.cli", {"boto3", "requests", "jinja2", "rich", "aws_lambda_powertools"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement: str, absent: set[str]) -> None:
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=SOURCE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert not absent & set(done.stdout.split())
