"""The contenders, each in a directory of its own below `build/bench/`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench import machine, servers
from bench.days import ROOT
from bench.replay import BUCKET

PACKAGE = ROOT / ".aws-sam" / "build" / "PaperboyFunction"
LOCK = ROOT / "requirements" / "bench.txt"
HANDLERS = ROOT / "bench"
BUILD = ROOT / "build" / "bench"
PLAN = BUILD / "plan"
CREDENTIAL = "testing"
ENTRY = "handler.lambda_handler"


@dataclass(frozen=True, slots=True)
class Contender:
    """A handler with its libraries, as they would lie in Lambda's task root."""

    name: str
    title: str
    directory: Path
    handler: str = ENTRY
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, at: servers.Servers, prefix: str) -> dict[str, str]:
        """Return what Lambda sets, and where to read and write; nothing of our own."""
        store = {
            "BUCKET": BUCKET,
            "PREFIX": prefix,
            "SOURCE": at.source,
            "PAPERBOY_SOURCE": at.source,
            "PAPERBOY_STORE": f"s3://{BUCKET}/{prefix}",
            # The same below each prefix, or all that is there would have to be made again.
            "PAPERBOY_SITE_URL": "https://papers.example.org",
        }
        aws = {"AWS_ENDPOINT_URL_S3": at.store, "AWS_LAMBDA_RUNTIME_API": at.runtime}
        return {**_lambda(self), **aws, **store, **self.settings}


def prepare(python: str) -> tuple[Contender, Contender]:
    """Make the directories of Paperboy, which is the package as it was built, and the obvious."""
    if not PACKAGE.is_dir():
        raise FileNotFoundError(f"{PACKAGE} is missing: run `make package`")
    shutil.rmtree(BUILD, ignore_errors=True)
    paperboy = BUILD / "paperboy"
    shutil.copytree(PACKAGE, paperboy)
    version = machine.feature_version(python)
    if not any(paperboy.glob(f"handler/__pycache__/*.cpython-{version.replace('.', '')}.pyc")):
        _compile(paperboy, python)
    _install(BUILD / "libraries", version)
    obvious = _with_libraries("obvious")
    _compile(obvious, python)
    # As the template has it.
    zones = {"PYTHONTZPATH": str(paperboy / "tzdata" / "zoneinfo")}
    return (
        Contender("paperboy", "Paperboy", paperboy, "handler.app.lambda_handler", zones),
        Contender("obvious", "the obvious handler", obvious),
    )


@cache
def others(python: str) -> tuple[Contender, ...]:
    """Make the directories of those that stand beside the two; `prepare` comes first."""
    as_shipped = _with_libraries("obvious", BUILD / "no-bytecode")
    floor, crawler, limit, empty = (
        *map(_with_libraries, ("floor", "crawler")),
        *map(_alone, ("limit", "empty")),
    )
    for directory in (floor, crawler, limit, empty):
        _compile(directory, python)
    plan, awake = {"PLAN": str(PLAN)}, {"CRAWLER_SLEEP": "0"}
    return (
        Contender("no-bytecode", "without bytecode", as_shipped),
        Contender("floor", "the floor", floor, settings=plan),
        Contender("limit", "the limit", limit, settings=plan),
        Contender("crawler", "a crawler, not sleeping", crawler, settings=awake),
        Contender("empty", "an empty handler", empty),
    )


def _with_libraries(name: str, directory: Path | None = None) -> Path:
    """Return a directory with a handler of ours and the whole libraries, without bytecode."""
    directory = directory or BUILD / name
    # Links, as all have the same files.
    shutil.copytree(BUILD / "libraries", directory, copy_function=os.link)
    shutil.copy(HANDLERS / name / "handler.py", directory)
    return directory


def _alone(name: str) -> Path:
    """Return a directory with a handler of ours, which needs no libraries."""
    directory = BUILD / name
    directory.mkdir()
    shutil.copy(HANDLERS / name / "handler.py", directory)
    return directory


def _install(directory: Path, version: str) -> None:
    """Install the locked libraries, as `sam build` does: no bytecode."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wheels = ["--only-binary=:all:", f"--python-version={version}"]
    lock = ["--no-deps", "--require-hashes", f"--requirement={LOCK}"]
    subprocess.run([*pip, *wheels, *lock, "--no-compile", f"--target={directory}"], check=True)


def _compile(directory: Path, python: str) -> None:
    """Add bytecode of the kind that Paperboy's package has."""
    mode = "--invalidation-mode=unchecked-hash"
    subprocess.run([python, "-m", "compileall", "-q", mode, str(directory)], check=True)


def _lambda(contender: Contender) -> Mapping[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        # Not ours, whose settings boto3 and requests would read.
        "HOME": str(contender.directory),
        "LAMBDA_TASK_ROOT": str(contender.directory),
        "_HANDLER": contender.handler,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        # As the template has it.
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        # Like Lambda's image: no time zone files but those in the package, and nothing is written.
        "PYTHONTZPATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
