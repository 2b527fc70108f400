"""Options that several commands share: their types, and the settings that they set."""

import argparse
import os
import re
from datetime import UTC, date, datetime
from typing import TypeAlias
from urllib.parse import quote

from handler import events
from handler.settings import PREFIX

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Exclusive: TypeAlias = "argparse._MutuallyExclusiveGroup"

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
STATE_MACHINE = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}", re.ASCII
)
KEY_PREFIX = re.compile(r"(?!.*\.\.|(.*/)?\.(/|$))[\w.!*'()/-]*", re.ASCII)


def add_store(parser: argparse.ArgumentParser) -> Exclusive:
    """Add the options that name the archive; return the group of those of which one is allowed."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--out", type=path, metavar="DIR", help="the archive's directory (default: public)"
    )
    place.add_argument(
        "--bucket",
        type=_bucket,
        metavar="B",
        help="the archive's S3 bucket; AWS_REGION names its region, AWS_PROFILE the profile to use",
    )
    parser.add_argument(
        "--prefix", type=_prefix, metavar="P", default="", help="the prefix of all keys"
    )
    return place


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add the option for a dry run."""
    parser.add_argument(
        "--dry-run", action="store_true", help="write nothing; print what would change"
    )


def add_output(parser: argparse.ArgumentParser, details: str = "") -> None:
    """Add the options for what is printed; `details` is what `--verbose` lists, if anything."""
    amount = parser.add_mutually_exclusive_group()
    if details:
        amount.add_argument("--verbose", action="store_true", help=f"list {details}, too")
    amount.add_argument("--quiet", action="store_true", help="print errors only")
    amount.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--debug", action="store_true", help="print where an error came from")
    parser.set_defaults(parser=parser)


def environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment, with the store that the options name as its setting."""
    variables = dict(os.environ)
    if options.bucket:
        place = f"s3://{options.bucket}"
    elif options.out:
        place = file_url(options.out)
    else:
        place = variables.get(f"{PREFIX}STORE") or "file:public"
    prefix = options.prefix.strip("/")
    variables[f"{PREFIX}STORE"] = f"{place.rstrip('/')}/{prefix}" if prefix else place
    return variables


def file_url(path: str) -> str:
    """Return a path as a URL; its names may hold any bytes."""
    return ("file://" if path.startswith("/") else "file:") + quote(os.fsencode(path))


def day(text: str) -> date:
    """Return the day that an option gives."""
    try:
        return events.read_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2025-12-24") from error


def state_machine(text: str) -> str:
    """Return the ARN of a state machine that an option gives."""
    if not STATE_MACHINE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the ARN of a state machine")
    return text


def path(text: str) -> str:
    """Return the path that an option gives."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def moment(text: str) -> datetime:
    """Return the time that an option gives, in UTC; a time without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2025-12-24T02:00:00Z") from None


def positive(text: str) -> int:
    """Return the number from 1 to 1000 that an option gives."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _bucket(text: str) -> str:
    if not BUCKET.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a bucket")
    return text


def _prefix(text: str) -> str:
    if not KEY_PREFIX.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like papers/ai")
    return text
