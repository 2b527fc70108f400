"""The function as it was packaged, run by Lambda's Runtime Interface Emulator.

The emulator comes with the SAM CLI. It starts Lambda's own start-up code, awslambdaric, on a real
Python of the function's version, and takes events over HTTP; `make e2e` makes all that it needs.

Source: https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import filecmp
import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.recorded import REPOSITORY
from tests.support.servers import CREDENTIAL, LOOPBACK, REGION

PACKAGE = REPOSITORY / ".aws-sam" / "build" / "PaperboyFunction"
PYTHON = REPOSITORY / "build" / "lambda-runtime" / "bin" / "python"
EMULATORS = "lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{}"
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}

HANDLER = "handler.app.lambda_handler"
# Where our own files lie in the repository, and where in the package.
OURS = {"src": ".", "templates": "templates", "schema": "schema", "events/sample": "events/sample"}
START_SECONDS = 10.0
STOP_SECONDS = 10.0
INVOCATION_SECONDS = 120.0


class TimedOut(Exception):
    """Lambda ended the function's process, as the function's time was over."""


class Function:
    """A function that runs: it takes events one after another, like one instance in Lambda."""

    def __init__(self, url: str, log: Path) -> None:
        self._url = url
        self._log = log

    def invoke(self, event: object) -> Any:
        """Return the function's answer to an event, or Lambda's account of how it failed.

        Raises `TimedOut` when Lambda has ended it.
        """
        body = json.dumps(event).encode()
        with urlopen(self._url, body, timeout=INVOCATION_SECONDS) as answer:
            text = answer.read()
        if text.startswith(b"Task timed out"):
            raise TimedOut(text.decode())
        return json.loads(text)

    def log(self) -> list[Any]:
        """Return what the function logged, a JSON value a line."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def init_milliseconds(self) -> float:
        """Return how long the start took, up to the first event."""
        found = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", self._log.read_text("utf-8"))
        if not found:
            raise RuntimeError("the emulator reported no start")
        return float(found[1])


def need_package() -> None:
    """Skip the module where the package cannot be run; in CI, where it must, fail."""
    if reason := _missing():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason, allow_module_level=True)


def script(text: str, *arguments: str, **settings: str) -> str:
    """Run a script in the package as Lambda would, and return what it prints.

    Raises `CalledProcessError`, which has what it said, when it fails.
    """
    done = subprocess.run(
        [str(PYTHON), "-B", "-c", text, *arguments],
        cwd=PACKAGE,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@contextmanager
def running(settings: Mapping[str, str], log: Path, package: Path = PACKAGE) -> Iterator[Function]:
    """Run the packaged function with these environment variables beside Lambda's own.

    What it and the emulator print goes to `log`.
    """
    port, runtime_port = _free_ports(2)
    command = [
        str(_emulator()),
        *("--log-level", "info"),
        *("--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
        *("--runtime-api-address", f"{LOOPBACK}:{runtime_port}"),
        *(str(PYTHON), "-m", "awslambdaric", HANDLER),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=package,
            env={**_environment(package), **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process)
        url = f"http://{LOOPBACK}:{port}/2015-03-31/functions/function/invocations"
        yield Function(url, log)
    finally:
        _stop(process)


def _missing() -> str | None:
    """Return why the package cannot be run here, or None."""
    if not sys.platform.startswith("linux") or platform.machine() not in ARCHITECTURES:
        return "the emulator runs on Linux only, on x86_64 or arm64"
    if not _emulator() or not PYTHON.exists() or not PACKAGE.is_dir():
        return "the function is not packaged: run `make e2e`"
    if not all(_is_current(*places) for places in OURS.items()):
        return "the package is older than the sources: run `make e2e`"
    return None


def _emulator() -> Path | None:
    architecture = ARCHITECTURES[platform.machine()]
    return next((REPOSITORY / ".venv-sam").glob(EMULATORS.format(architecture)), None)


def _is_current(source: str, packaged: str) -> bool:
    files = our_files(REPOSITORY / source)
    _, changed, absent = filecmp.cmpfiles(
        REPOSITORY / source, PACKAGE / packaged, files, shallow=False
    )
    return not changed and not absent


def our_files(directory: Path) -> list[str]:
    """Return the names of the files below a directory, without bytecode."""
    return sorted(
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )


def _environment(package: Path) -> dict[str, str]:
    """Return what Lambda sets, and nothing of the environment that runs the tests."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(package),
        "_HANDLER": HANDLER,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_LAMBDA_FUNCTION_NAME": "PaperboyFunction",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "120",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "POWERTOOLS_SERVICE_NAME": "paperboy",
        "POWERTOOLS_METRICS_NAMESPACE": "Paperboy",
        # Like Lambda's image: no time zone files but those in the package, and nothing is written.
        "PYTHONTZPATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _free_ports(count: int) -> list[int]:
    """Return ports that are free now: the emulator cannot choose its own."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports: list[int] = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"the emulator did not start; exit code {process.poll()}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the emulator, which ends the function first."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
