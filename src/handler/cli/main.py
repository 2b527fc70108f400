"""The command line, `paperboy COMMAND`."""

import argparse
import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn, TypeGuard

from core import VERSION
from core.model.errors import PaperboyError
from handler.cli import announce as command_announce
from handler.cli import backfill as command_backfill
from handler.cli import config as command_config
from handler.cli import doctor as command_doctor
from handler.cli import export as command_export
from handler.cli import run as command_run
from handler.cli import serve as command_serve
from handler.cli import site as command_site
from handler.cli import terminal
from handler.cli import topics as command_topics
from handler.cli import withdraw as command_withdraw
from handler.cli.legacy import import_blog as command_import
from handler.cli.legacy import repair_blog as command_repair

COMMANDS = (
    command_run,
    command_backfill,
    command_serve,
    command_site,
    command_withdraw,
    command_topics,
    command_announce,
    command_config,
    command_doctor,
    command_export,
    command_import,
    command_repair,
)
# The errors of a standard output that cannot be written.
OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE, errno.EBADF)
EPILOG = """\
`paperboy COMMAND --help` has examples. paperboy.toml is the configuration. Environment variables
that begin with PAPERBOY_ override it for one command, such as PAPERBOY_LANGUAGE=en for posts in
English; docs/configure.md lists both. For a bucket, set AWS_REGION to its region, and AWS_PROFILE
to the profile to use.

The exit code is 0 on success, 1 on an error, 2 on wrong usage, and 130 after an interrupt.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code.

    It is 0, or 1 on an error, which is printed in a line, or 130 after an interrupt. Wrong usage
    exits with 2.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Show characters that the terminal's encoding lacks as escapes.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return _command(arguments)
        finally:
            # Python would flush at exit, where an error cannot be caught.
            if sys.stdout:
                sys.stdout.flush()
    except KeyboardInterrupt:
        print("paperboy: interrupted; every file that was written is complete", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 (its traceback may hold a token)
        if _is_of_output(error):
            _give_up_output(error)
        else:
            terminal.print_traceback(error)
        return 1


def _command(arguments: Sequence[str] | None) -> int:
    """Run one command, and print one of our own errors."""
    options = _parser().parse_args(arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    try:
        status: int = options.run(options)
        return status
    except PaperboyError as error:
        terminal.print_error(error, debug=options.debug)
        return 1


def _is_of_output(error: Exception) -> TypeGuard[OSError]:
    """Return whether standard output cannot be written: stores raise our own errors."""
    return isinstance(error, OSError) and not error.filename and error.errno in OUTPUT_ERRORS


def _give_up_output(error: OSError) -> None:
    """Say why standard output ends, unless its reader has gone, as that of a pipe may."""
    if not isinstance(error, BrokenPipeError):
        print(f"paperboy: cannot write to standard output: {error.strerror}", file=sys.stderr)
    # Keep Python from reporting it again when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(number: int, _: FrameType | None) -> NoReturn:
    """End the command like an error, so that a run releases its lease."""
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
