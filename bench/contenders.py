"""The contenders, each in a directory of its own below `build/bench/`."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import machine, servers
from bench.days import ROOT

PACKAGE = ROOT / ".aws-sam" / "build" / "PaperboyFunction"
LOCK = ROOT / "requirements" / "lambda.txt"
SOURCES = ROOT / "src"
OBVIOUS = ROOT / "bench" / "obvious"
BUILD = ROOT / "build" / "bench"
CREDENTIAL = "testing"


@dataclass(frozen=True, slots=True)
class Contender:
    """A handler with its libraries, as they would lie in Lambda's task root."""

    name: str
    title: str
    directory: Path
    handler: str

    def environment(self, at: servers.Servers, prefix: str) -> dict[str, str]:
        """Return what Lambda sets, and where to read and write; nothing of our own."""
        store = {
            "BUCKET": servers.BUCKET,
            "PREFIX": prefix,
            "SOURCE": at.source,
            "PAPERBOY_SOURCE": at.source,
            "PAPERBOY_STORE": f"s3://{servers.BUCKET}/{prefix}",
        }
        aws = {f"AWS_ENDPOINT_URL_{service}": at.store for service in ("S3", "SECRETS_MANAGER")}
        return {**_lambda(self), **aws, **store}


def prepare(python: str) -> tuple[Contender, ...]:
    """Make the contenders' directories; Paperboy's is the package as it was built."""
    if not PACKAGE.is_dir():
        raise FileNotFoundError(f"{PACKAGE} is missing: run `make package`")
    shutil.rmtree(BUILD, ignore_errors=True)
    paperboy = BUILD / "paperboy"
    shutil.copytree(PACKAGE, paperboy)
    version = machine.feature_version(python)
    if not any(paperboy.glob(f"handler/__pycache__/*.cpython-{version.replace('.', '')}.pyc")):
        _compile(paperboy, python)
    as_shipped = BUILD / "no-bytecode"
    _install(as_shipped, version)
    obvious = BUILD / "obvious"
    shutil.copytree(as_shipped, obvious)
    _compile(obvious, python)
    same_libraries = BUILD / "same-libraries"
    shutil.copytree(paperboy, same_libraries, ignore=_ignore_ours)
    shutil.copy(OBVIOUS / "handler.py", same_libraries)
    _compile(same_libraries, python)
    entry = "handler.lambda_handler"
    return (
        Contender("paperboy", "Paperboy", paperboy, "handler.app.lambda_handler"),
        Contender("obvious", "the obvious handler", obvious, entry),
        Contender("same-libraries", "on Paperboy's libraries", same_libraries, entry),
        Contender("no-bytecode", "without bytecode", as_shipped, entry),
    )


def _ignore_ours(directory: str, names: list[str]) -> set[str]:
    """Return what is no library in Paperboy's package."""
    ours = {path.name for path in SOURCES.iterdir()} | {"templates", "schema", "events"}
    return ours & set(names) if Path(directory) == BUILD / "paperboy" else set()


def _install(directory: Path, version: str) -> None:
    """Install the obvious handler with the locked libraries, as `sam build` does: no bytecode."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wheels = ["--only-binary=:all:", f"--python-version={version}"]
    lock = ["--no-deps", "--require-hashes", f"--requirement={LOCK}"]
    subprocess.run([*pip, *wheels, *lock, "--no-compile", f"--target={directory}"], check=True)
    shutil.copy(OBVIOUS / "handler.py", directory)


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
        # Like Lambda's image: no time zone files but those in the package, and nothing is written.
        "PYTHONTZPATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
