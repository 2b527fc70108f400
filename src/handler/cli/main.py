"""The command line: editions from any machine, and a crawler's archive imported or repaired."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from core import VERSION
from core.model.errors import PaperboyError
from handler.cli import backfill as command_backfill
from handler.cli import doctor as command_doctor
from handler.cli import run as command_run
from handler.cli import serve as command_serve
from handler.cli import site as command_site
from handler.cli import terminal
from handler.cli import withdraw as command_withdraw
from handler.cli.legacy import import_blog as command_import
from handler.cli.legacy import repair_blog as command_repair

COMMANDS = (
    command_run,
    command_backfill,
    command_serve,
    command_site,
    command_withdraw,
    command_doctor,
    command_import,
    command_repair,
)
EPILOG = """\
Everything else (language, time zone, the blog's repository …) is set by PAPERBOY_… variables;
README lists them. `paperboy COMMAND --help` has examples.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 on our own errors. Wrong usage exits with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What this stream's encoding cannot write is shown by its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        if sys.stdout:
            sys.stdout.flush()
        return status
    except PaperboyError as error:
        terminal.complain(error, debug=options.debug)
    except BrokenPipeError:
        # Who read has had enough; Python's own flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("paperboy: interrupted; what was written is whole", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paperboy",
        description="Publishes Hugging Face's Daily Papers, ranked, day by day.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"paperboy {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
