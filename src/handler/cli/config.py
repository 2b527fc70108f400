"""`paperboy config`: print the configuration in effect, and where each value comes from."""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.model.errors import SettingsError
from core.model.redaction import redact
from handler.cli import arguments, terminal
from handler.settings import DEFAULT, Loaded, Setting, load
from handler.values import BARE_NAME

if TYPE_CHECKING:
    from handler.cli.arguments import Commands

EXAMPLES = """\
examples:
  paperboy config                                what paperboy.toml and the variables say
  PAPERBOY_LANGUAGE=en paperboy config           what a variable changes
  PAPERBOY_CONFIG=other.toml paperboy config --quiet    only check a file

What is printed is a configuration file: the keys of paperboy.toml, each with where its value comes
from. The variables of the infrastructure follow as comments, because the file has no keys for them.
No token is printed: the variables name the places of tokens. If anything is wrong, each problem is
printed in a line of its own, and the exit code is 1.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "config",
        help="print the configuration, and where each value comes from",
        description="Checks paperboy.toml and the variables, and prints the values in effect.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_output(parser)
    parser.set_defaults(run=run, bucket=None, out=None, prefix="")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    try:
        loaded = load(arguments.environment(options))
    except SettingsError as error:
        return terminal.finish([type(error)(one) for one in error.problems], debug=options.debug)
    loaded = replace(loaded, infrastructure=[_of_command(one) for one in loaded.infrastructure])
    if options.json:
        terminal.print_json(as_json(loaded))
    elif not options.quiet:
        print(as_toml(loaded), end="")
    return 0


def _of_command(variable: Setting) -> Setting:
    """Return a variable, with the default as its origin where the command line has set it."""
    is_set = os.environ.get(variable.name, "").strip()
    return variable if is_set else replace(variable, origin=DEFAULT)


def as_json(loaded: Loaded) -> dict[str, object]:
    """Return the values of keys and variables by their names, each with where it comes from."""

    def values(settings: Sequence[Setting]) -> dict[str, object]:
        return {one.name: {"value": one.value, "origin": one.origin} for one in settings}

    return {
        "configuration": values(loaded.keys),
        "variables": values(loaded.infrastructure),
    }


def as_toml(loaded: Loaded) -> str:
    """Return the configuration as a file that says the same, with comments.

    Each comment names the origin of the value, or of the table, before it.
    """
    lines = []
    table = ""
    # A key of the top level cannot follow a table.
    for setting in sorted(loaded.keys, key=_is_in_table):
        above, _, name = setting.name.rpartition(".")
        if isinstance(setting.value, dict):
            lines += ["", f"[{setting.name}]  # {setting.origin}"]
            lines += [f"{_name(key)} = {_toml(value)}" for key, value in setting.value.items()]
            continue
        if tables := _tables(setting):
            for one in tables:
                lines += ["", f"[[{setting.name}]]  # {setting.origin}"]
                lines += [f"{_name(key)} = {_toml(value)}" for key, value in one.items()]
            continue
        if above != table:
            table = above
            lines += ["", f"[{table}]"]
        lines.append(f"{name} = {_toml(setting.value)}  # {setting.origin}")
    lines += ["", "# Variables of the infrastructure:", *_comments(loaded.infrastructure)]
    return "\n".join(lines) + "\n"


def _is_in_table(setting: Setting) -> bool:
    return "." in setting.name or isinstance(setting.value, dict) or bool(_tables(setting))


def _tables(setting: Setting) -> list[dict[str, object]]:
    """Return the tables of an array of tables; none for any other value."""
    if not isinstance(setting.value, list):
        return []
    return [one for one in setting.value if isinstance(one, dict)]


def _comments(settings: Sequence[Setting]) -> Iterator[str]:
    for one in settings:
        origin = " (default)" if one.origin == DEFAULT else ""
        yield redact(f"# {one.name}={_toml(one.value)}{origin}")


def _toml(value: object) -> str:
    """Return a value as TOML. JSON's texts are TOML's, except that TOML escapes U+007F too."""
    match value:
        case dict():
            pairs = ", ".join(f"{_name(name)} = {_toml(one)}" for name, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _name(name: str) -> str:
    return name if BARE_NAME.fullmatch(name) else _toml(name)
