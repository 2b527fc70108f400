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


# What a run imports when it comes to it, or never does.
LATER = {
    *("boto3", "jinja2", "requests", "rich", "aws_xray_sdk", "urllib3"),
    *("asyncio", "concurrent", "email", "html", "http", "socket", "ssl", "subprocess", "tomllib"),
    *("argparse", "calendar", "decimal", "locale", "pickle", "shutil", "tempfile", "uuid", "xml"),
}


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement loads in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        cwd=SOURCE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import handler.app", LATER),
        ("import handler.cli", {"boto3", "requests", "jinja2", "rich", "aws_lambda_powertools"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement: str, absent: set[str]) -> None:
    assert not absent & loaded_by(statement)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_names_come_from_the_modules_that_have_them(module: Path) -> None:
    """In the package, these are empty: see `tools/trim_libraries.py`."""
    assert not set(imported(module)) & {"jinja2", "aws_lambda_powertools"}


def test_the_start_is_made_cheap_before_all_else() -> None:
    """What `handler.cold_start` does helps only what is imported after it."""
    names = list(imported(SOURCE / "handler" / "app.py"))
    assert names[:2] == ["__future__", "handler.cold_start"]
    threshold = "import gc, handler.app; print(*gc.get_threshold()[:1])"
    command = [sys.executable, "-c", threshold]
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True)
    assert int(done.stdout) == 10_000
