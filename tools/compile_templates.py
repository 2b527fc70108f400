"""Compile the templates of a package into Python modules, and its words into JSON.

Run as `python compile_templates.py PACKAGE`, with the package on `PYTHONPATH`: what compiles them
is what renders them, with the same settings. See `core.render.templates` for what it gains.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.legacy import verbatim
from core.render import feeds, site
from core.render import post as markdown
from core.render.templates import COMPILED, module_name

if TYPE_CHECKING:
    from jinja2.environment import Environment

SUFFIX = ".j2"
# Behind a module's first line, which imports Jinja's: the others keep their numbers.
ESCAPE = "; from core.render.templates import escaped as escape\n"


def compile_all(package: Path) -> None:
    """Write the modules of all templates of the package, and the words of all locales."""
    templates, compiled = package / "templates", package / COMPILED
    # All of them, before the directory is there from which they are loaded from then on.
    files = {**dict(_modules(templates)), **dict(_words(templates))}
    compiled.mkdir()
    for name, text in files.items():
        (compiled / name).write_text(text, "utf-8")


def _modules(templates: Path) -> Iterator[tuple[str, str]]:
    """Yield the file of each template's module, and what is in it."""
    environments = _environments(templates)
    for path in sorted(templates.rglob(f"*{SUFFIX}")):
        name = path.relative_to(templates).as_posix()
        (environment,) = (made for pattern, made in environments.items() if path.match(pattern))
        module = environment.compile(path.read_text("utf-8"), name, raw=True)
        yield f"{module_name(name)}.py", module.replace("\n", ESCAPE, 1)


def _environments(templates: Path) -> "dict[str, Environment]":
    """Return what templates are compiled with, by patterns that tell which."""
    return {
        "templates/*.md.j2": markdown.environment(templates, verbatim.AS_STORED),
        "templates/feed*.j2": feeds.environment(templates),
        "templates/site/*.j2": site.environment(templates),
    }


def _words(templates: Path) -> Iterator[tuple[str, str]]:
    """Yield the file of each locale's words, and what is in it."""
    for path in sorted((templates / "locales").glob("*.toml")):
        words = tomllib.loads(path.read_text("utf-8"))
        yield f"{path.stem}.json", json.dumps(words, ensure_ascii=False)


if __name__ == "__main__":
    compile_all(Path(sys.argv[1]))
