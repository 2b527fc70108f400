"""Imports point inward, without a circle; and a cold start imports nothing before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import sample

SOURCE = sample.ROOT / "src"
PATHS = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}
CORE = [name for name in PATHS if name.startswith("core.")]
# Each may import itself and what comes before it; rooms of one line may not import each other.
LAYERS = [
    {"core.model"},
    {"core.edition"},
    {"core.render"},
    {"core.archive"},
    {"core.blog", "core.topics", "core.announce", "core.translate"},
    {"core.publish"},
    {"core.legacy"},
    {"adapters"},
    {"handler"},
]
LEVELS = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# What imports and repairs the archive of the old crawler.
LEGACY = ("core.legacy", "handler.cli.legacy")


def imported(path: Path) -> Iterator[str]:
    """Yield the module of every import in a module, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            for name in node.names:
                full = f"{module}.{name.name}"
                yield full if full in PATHS else module


def room(module: str) -> str:
    """Return the part of the house that a module is in: `core.render`, `adapters`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "core" else parts[0]


@pytest.mark.parametrize("module", PATHS)
def test_imports_point_inward(module: str) -> None:
    here = room(module)
    for found in imported(PATHS[module]):
        there = room(found)
        # All may know the version, which is in `core` itself.
        if there in LEVELS and here in LEVELS and there != here:
            assert LEVELS[there] < LEVELS[here], found


@pytest.mark.parametrize("module", PATHS)
def test_only_legacy_imports_legacy(module: str) -> None:
    if not module.startswith(LEGACY):
        assert [name for name in imported(PATHS[module]) if name.startswith("core.legacy")] == []


def test_no_imports_go_in_a_circle() -> None:
    ours = {
        module: {name for name in imported(path) if name in PATHS and name != module}
        for module, path in PATHS.items()
    }
    TopologicalSorter(ours).prepare()


@pytest.mark.parametrize("module", CORE)
def test_the_core_is_pure(module: str) -> None:
    found = set(imported(PATHS[module]))
    foreign = {name.split(".")[0] for name in found} - sys.stdlib_module_names - {"core"}
    pure = {"jinja2", "markupsafe", "pylatexenc"}
    assert foreign <= (pure if room(module) == "core.render" else set())
    impure = {"os", "socket", "random", "urllib.request", "subprocess", "logging", "time"}
    assert not found & impure


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
        ("import handler.app", {"rich", "aws_xray_sdk", "duckdb", "adapters.github", "argparse"}),
        ("import handler.app", {"pylatexenc"}),
        ("import handler.app", {"core.topics", "core.archive.topics", "handler.topics"}),
        ("import handler.app", {"core.announce", "handler.announcing", "adapters.announce_http"}),
        ("import handler.cli", {"boto3", "requests", "jinja2", "rich", "aws_lambda_powertools"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement: str, absent: set[str]) -> None:
    assert not absent & loaded_by(statement)


def test_the_function_sets_its_process_up_before_all_else() -> None:
    names = [name for name in imported(SOURCE / "handler" / "app.py") if name != "__future__"]
    assert names[0] == "handler.cold_start"
