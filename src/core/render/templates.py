"""Load and fill the templates of posts, pages and feeds, and load their texts.

A file in `templates/local/` replaces the template of the same name. `make package` compiles the
templates into Python modules, so that a cold start does not parse them. In a checkout there are
none, and each process compiles what is in `templates/`.
"""

import tomllib
from functools import cache
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    ModuleLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)

from core.model.errors import RenderError
from core.model.text import listed

COMPILED = "compiled_templates"
"""The directory of the compiled templates, next to `templates/`."""
LOCAL = "local"
"""The directory of the owner's templates, in `templates/`."""

# What an owner's template can raise: Jinja's errors, and those of Python's operators and methods.
MISTAKES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TemplateError,
    TypeError,
    ValueError,
)


def environment(templates: Path, *, autoescape: bool) -> Environment:
    """Return a Jinja environment with the options that all templates share.

    Compiled templates have these options built in, so the build uses this function, too. Raises
    `RenderError` when a file in `templates/local/` replaces no template.
    """
    return Environment(
        loader=_loader(templates),
        autoescape=autoescape,  # noqa: S701 (posts are Markdown)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
    )


def fill(templates: Path, environment: Environment, name: str, **values: object) -> str:
    """Return the template filled with the values.

    Raises `RenderError` with the template's file and line for every error that a mistake in a
    template can raise.
    """
    try:
        return environment.get_template(name).render(values)
    except MISTAKES as error:
        place = _place(templates, name, error)
        raise RenderError(f"{place}: {_problem(error)}", name) from error


@cache
def words(templates: Path, locale: str) -> dict[str, Any]:
    """Return the texts of a locale; a process reads each once, so they must not be changed."""
    return tomllib.loads((templates / "locales" / f"{locale}.toml").read_text("utf-8"))


def is_local(name: str) -> bool:
    """Return whether a path below `templates/` is that of an owner's template."""
    return name.startswith(f"{LOCAL}/")


def _loader(templates: Path) -> BaseLoader:
    compiled = templates.with_name(COMPILED)
    if compiled.is_dir():
        return ModuleLoader(compiled)
    local = templates / LOCAL
    _check_names(templates, local)
    return FileSystemLoader([local, templates])


def _names(templates: Path) -> set[str]:
    """Return the names of the templates that can be replaced."""
    names = {path.relative_to(templates).as_posix() for path in templates.rglob("*.j2")}
    return {name for name in names if not is_local(name)}


def _check_names(templates: Path, local: Path) -> None:
    """Raise `RenderError` when a file replaces no template; hidden files are ignored."""
    files = [path for path in local.rglob("*") if path.is_file() and path.name[0] != "."]
    if not files:
        return
    known = _names(templates)
    unknown = sorted(path for path in files if path.relative_to(local).as_posix() not in known)
    if unknown:
        shown = listed([_shown(templates, path) for path in unknown])
        raise RenderError(
            f"{shown}: there is no template of this name to replace; rename or remove the file"
            f" (templates are the .j2 files in {templates.name}/)"
        )


def _place(templates: Path, name: str, error: BaseException) -> str:
    """Return the file and the line where an error was raised; without a line if none is known.

    Jinja puts the templates' own lines into tracebacks.
    """
    compiled = {
        templates.with_name(COMPILED) / ModuleLoader.get_module_filename(one): one
        for one in _names(templates)
    }
    place = _shown(templates, _source(templates, name))
    for frame, line in walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path in compiled:
            path = _source(templates, compiled[path])
        if path.is_relative_to(templates):
            place = f"{_shown(templates, path)}, line {line}"
    return place


def _source(templates: Path, name: str) -> Path:
    """Return the file that a template is made from."""
    own = templates / LOCAL / name
    return own if own.is_file() else templates / name


def _shown(templates: Path, path: Path) -> str:
    return path.relative_to(templates.parent).as_posix()


def _problem(error: BaseException) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name}"
    if isinstance(error, TemplateError):
        return error.message or type(error).__name__
    return f"{type(error).__name__}: {error}"
