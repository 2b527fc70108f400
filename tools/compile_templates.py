"""Compile the templates of a package into Python modules.

Run as `python compile_templates.py PACKAGE`, with the package on `PYTHONPATH`: they are compiled
with the environments that render them. An owner's template in `templates/local/` is compiled in
place of the one that it replaces.
"""

import sys
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.legacy import verbatim
from core.render import feeds, markdown, post, site
from core.render.templates import COMPILED, environment, is_local

if TYPE_CHECKING:
    from jinja2 import Environment


def compile_all(package: Path) -> None:
    """Write a module for each template of the package, next to `templates/`."""
    templates = package / "templates"
    for pattern, made in _environments(templates).items():
        made.compile_templates(
            package / COMPILED,
            zip=None,
            filter_func=partial(_fits, pattern),
            ignore_errors=False,
        )


def _environments(templates: Path) -> "dict[str, Environment]":
    """Return the environment of each group of templates, by a pattern of their names."""
    return {
        "announce/*.j2": environment(templates, autoescape=True),
        "*.md.j2": post.environment(templates, verbatim.AS_STORED),
        "feed*.j2": feeds.environment(templates),
        "markdown/*.j2": markdown.environment(templates),
        "site/*.j2": site.environment(templates),
    }


def _fits(pattern: str, name: str) -> bool:
    # A star of fnmatch includes slashes.
    is_there = fnmatch(name, pattern) and name.count("/") == pattern.count("/")
    return is_there and not is_local(name)


if __name__ == "__main__":
    compile_all(Path(sys.argv[1]))
