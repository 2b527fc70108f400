"""What is cut out of libraries in a package: they still have what is named there."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from tools.trim_libraries import KEPT, NOTE, UNUSED, trim

LIBRARIES = {Path(directory).parts[0] for directory in KEPT}


@pytest.fixture(name="package", scope="module")
def made_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the libraries, whole."""
    package = tmp_path_factory.mktemp("package")
    for library in LIBRARIES:
        spec = find_spec(library)
        assert spec
        assert spec.origin
        shutil.copytree(Path(spec.origin).parent, package / library)
    return package


def test_all_that_is_named_is_there_and_nothing_else_is_left(package: Path) -> None:
    whole = {path.relative_to(package) for path in package.rglob("*.py")}
    assert {Path(module) for module in UNUSED} <= whole
    trim(package)
    for directory, kept in KEPT.items():
        assert {path.name for path in (package / directory).iterdir()} == kept
    for module, names in UNUSED.items():
        text = (package / module).read_text("utf-8")
        assert text.startswith(NOTE)
        assert [line.split()[0] for line in text.splitlines()[1:]] == list(names)
