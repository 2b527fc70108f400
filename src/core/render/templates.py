"""Load the templates of posts, pages and feeds, and their texts.

`make package` compiles the templates into Python modules, so that a cold start does not parse them.
In a checkout there are none, and each process compiles what is in `templates/`.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined

COMPILED = "compiled_templates"
"""The directory of the compiled templates, next to `templates/`."""


def environment(templates: Path, *, autoescape: bool) -> Environment:
    """Return a Jinja environment with the options that all templates share.

    Compiled templates have these options built in, so the build uses this function, too.
    """
    return Environment(
        loader=_loader(templates),
        autoescape=autoescape,  # noqa: S701 (posts are Markdown)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
    )


@cache
def words(templates: Path, locale: str) -> dict[str, Any]:
    """Return the texts of a locale; a process reads each once, so they must not be changed."""
    return tomllib.loads((templates / "locales" / f"{locale}.toml").read_text("utf-8"))


def _loader(templates: Path) -> BaseLoader:
    compiled = templates.with_name(COMPILED)
    return ModuleLoader(compiled) if compiled.is_dir() else FileSystemLoader(templates)
