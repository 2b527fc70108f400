"""Run a driver in a process of its own, on a contender's Python and libraries."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from bench import days
from bench.contenders import Contender


def command(python: str, driver: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of `bench.drivers`."""
    return [python, "-m", f"bench.drivers.{driver}", *map(str, arguments)]


def environment(contender: Contender) -> Mapping[str, str]:
    """Return what lets a driver find the contender's modules, and write none of their bytecode."""
    return {"PYTHONPATH": str(contender.directory), "PYTHONDONTWRITEBYTECODE": "1"}


def answer(python: str, contender: Contender, driver: str, *arguments: object) -> Any:
    """Return what a driver prints: JSON. Raises `CalledProcessError` when it fails."""
    done = subprocess.run(
        command(python, driver, *arguments),
        cwd=days.ROOT,
        env=environment(contender),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)
