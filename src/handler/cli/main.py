"""The command line, `paperboy COMMAND`."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from core import VERSION
from core.model.errors import PaperboyError
from handler.cli import backfill as command_backfill
from handler.cli import doctor as command_doctor
from handler.cli import export as command_export
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
    command_export,
    command_import,
    command_repair,
)
EPILOG = """\
Language, time zone, the blog's repository and the rest are environment variables that begin with
PAPERBOY_; README lists them. `paperboy COMMAND --help` has examples.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 on our own errors. Wrong usage exits with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Show characters that the terminal's encoding lacks as escapes.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    try:
        status: int = options.run(options)
        if sys.stdout:
            sys.stdout.flush()
        return status
    except PaperboyError as error:
        terminal.print_error(error, debug=options.debug)
    except BrokenPipeError:
        # The reader of a pipe has gone; keep Python from reporting that when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("paperboy: interrupted; every file that was written is complete", file=sys.stderr)
        return 130
    return 1


def _end(number: int, _: FrameType | None) -> NoReturn:
    """End the command like an error, so that a run gives its lease back."""
    raise SystemExit(128 + number)


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
