"""Print the options that SAM makes of command lines; test_samconfig.py runs it with SAM's Python.

It reads a JSON list of lists of words from standard input, and prints a line of JSON for each. No
command is run: its function is replaced.
"""

import importlib
import inspect
import io
import json
import sys
from contextlib import redirect_stdout
from unittest.mock import patch

from click import ClickException

COMMANDS = {
    ("build",): "samcli.commands.build.command",
    ("delete",): "samcli.commands.delete.command",
    ("deploy",): "samcli.commands.deploy.command",
    ("list", "stack-outputs"): "samcli.commands.list.stack_outputs.command",
    ("local", "invoke"): "samcli.commands.local.invoke.cli",
    ("logs",): "samcli.commands.logs.command",
    ("remote", "invoke"): "samcli.commands.remote.invoke.cli",
    ("sync",): "samcli.commands.sync.command",
    ("validate",): "samcli.commands.validate.validate",
}


def main() -> None:
    """Answer for each command line of standard input."""
    # It would look for a newer version on the internet.
    with patch("samcli.lib.utils.version_checker._inform_newer_version"):
        for words in json.load(sys.stdin):
            sys.stdout.write(json.dumps(answer(words), default=repr) + "\n")


def answer(words: list[str]) -> dict[str, object]:
    """Return what SAM refuses, empty for nothing, and the options."""
    # By name: SAM is not in the environment of the tests, and brings no types.
    cli = importlib.import_module("samcli.cli.main").cli
    name = next(one for one in COMMANDS if tuple(words[: len(one)]) == one)
    module = importlib.import_module(COMMANDS[name])
    signature = inspect.signature(module.do_cli)
    problem = ""
    with patch.object(module, "do_cli") as replaced, redirect_stdout(io.StringIO()):
        try:
            cli.main(words, standalone_mode=False)
        except ClickException as error:
            problem = error.format_message()
    call = replaced.call_args
    options = signature.bind(*call.args, **call.kwargs).arguments if call else {}
    return {"problem": problem, "options": options}


if __name__ == "__main__":
    main()
