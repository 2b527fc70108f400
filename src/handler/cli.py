"""The command line: `paperboy run` publishes editions from any machine."""

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, date, datetime
from time import monotonic
from urllib.parse import quote

from core import VERSION, publish
from core.errors import PaperboyError
from core.models import RunRequest
from handler import bootstrap, events, reports, terminal
from handler.settings import PREFIX, from_environment

# Seconds that a day may take before a run gives up; a source may ask for waits of minutes.
PATIENCE = 600.0

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
KEY_PREFIX = re.compile(r"(?!.*\.\.)[\w.!*'()/-]*", re.ASCII)

EXAMPLES = """\
examples:
  paperboy run                                   today's edition (UTC), into ./public
  paperboy run --date 2025-12-24 --dry-run       what would be written, and why
  paperboy run --date 2025-12-24 --date 2025-12-23 --bucket my-papers --prefix papers
  paperboy run --date 2025-12-24 --payload answer.json --out /tmp/public

Everything else (language, time zone, author …) is set by PAPERBOY_… variables; README lists them.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 on our own errors. Wrong usage exits with 2."""
    options = _parser().parse_args(arguments)
    try:
        status = _run(options)
        if sys.stdout:
            sys.stdout.flush()
        return status
    except PaperboyError as error:
        _complain(error, options.debug)
    except BrokenPipeError:
        # Who read has had enough; Python's own flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("paperboy: interrupted; what was written is whole", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paperboy", description="Publishes Hugging Face's Daily Papers, ranked, day by day."
    )
    parser.add_argument("--version", action="version", version=f"paperboy {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="fetch, rank and publish editions",
        description="Fetches the days, ranks their papers, and publishes JSON and a Jekyll post.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "--date",
        action="append",
        type=_day,
        metavar="D",
        default=[],
        help="a day like 2025-12-24; may be repeated (default: today in UTC)",
    )
    run.add_argument(
        "--payload",
        type=_path,
        metavar="FILE",
        help="read a recorded API answer instead of the network",
    )
    place = run.add_mutually_exclusive_group()
    place.add_argument(
        "--out", type=_path, metavar="DIR", help="publish into a directory (default: public)"
    )
    place.add_argument("--bucket", type=_bucket, metavar="B", help="publish into an S3 bucket")
    run.add_argument(
        "--prefix", type=_prefix, metavar="P", default="", help="put every key under this prefix"
    )
    run.add_argument("--top", type=_positive, metavar="N", help="papers in the post (default: 10)")
    run.add_argument(
        "--now", type=_moment, metavar="ISO", help="the run's scheduled time (default: the clock)"
    )
    run.add_argument("--force", action="store_true", help="publish what the guard would refuse")
    run.add_argument("--dry-run", action="store_true", help="write nothing, tell what and why")
    run.add_argument("--json", action="store_true", help="print the report as JSON")
    run.add_argument("--debug", action="store_true", help="show where an error came from")
    run.set_defaults(parser=run)
    return parser


def _run(options: argparse.Namespace) -> int:
    now = options.now or datetime.now(UTC)
    days = tuple(dict.fromkeys(options.date)) or (now.date(),)
    if options.payload and len(days) > 1:
        options.parser.error("--payload holds one day: give --date once")
    for day in days:
        events.check_day(day, now.date(), "--date" if options.date else "--now")
    end = monotonic() + PATIENCE * len(days)
    ports = bootstrap.ports(from_environment(_environment(options)), lambda: end - monotonic())
    request = RunRequest(days, now, force=options.force, dry_run=options.dry_run)
    with terminal.progress(len(days), quiet=options.json) as watch:
        report = publish.run(request, ports, watch)
    if options.json:
        print(json.dumps(reports.as_json(report), ensure_ascii=False, indent=2))
    else:
        terminal.tell(report, ports.store)
    for error in report.errors():
        _complain(error, options.debug)
    return 1 if report.errors() else 0


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment with what the options set in it."""
    environment = dict(os.environ)
    if options.bucket:
        place = f"s3://{options.bucket}"
    elif options.out:
        place = _file_url(options.out)
    else:
        place = environment.get(f"{PREFIX}STORE") or "file:public"
    prefix = options.prefix.strip("/")
    environment[f"{PREFIX}STORE"] = f"{place.rstrip('/')}/{prefix}" if prefix else place
    if options.payload:
        environment[f"{PREFIX}SOURCE"] = _file_url(options.payload)
    if options.top:
        environment[f"{PREFIX}TOP"] = str(options.top)
    return environment


def _complain(error: PaperboyError, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    print(f"paperboy: {type(error).__name__}: {error}", file=sys.stderr)


def _file_url(path: str) -> str:
    """Return a path as a URL, whatever bytes its names hold."""
    return ("file://" if path.startswith("/") else "file:") + quote(os.fsencode(path))


def _day(text: str) -> date:
    try:
        return events.read_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2025-12-24") from error


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _bucket(text: str) -> str:
    if not BUCKET.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a bucket")
    return text


def _prefix(text: str) -> str:
    if not KEY_PREFIX.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like papers/ai")
    return text


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2025-12-24T02:00:00Z") from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
