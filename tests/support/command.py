"""The command line, run in this process or as a program of its own, and files to run it on."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from handler.cli import main as cli
from tests.support import sample

KILLED = """
import os, signal, sys
from pathlib import Path
from handler.cli import main
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main.main(sys.argv[1:])
"""
PAPERBOY = (sys.executable, "-m", "handler.cli")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    def error(self) -> str:
        """Return the one line that a failed command says."""
        assert self.status == 1
        (line,) = self.err.splitlines()
        return line.removeprefix("paperboy: ")


class Paperboy:
    """Runs commands in this process, in one directory and environment."""

    def __init__(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(directory)
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, **environment: str) -> Done:
        with self._monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            self._capsys.readouterr()
            try:
                status = cli.main(arguments)
            except SystemExit as wrong:
                status = int(str(wrong.code))
        printed = self._capsys.readouterr()
        return Done(status, printed.out, printed.err)


def paperboy(*arguments: str, cwd: Path, **environment: str) -> Done:
    """Run the command in a directory, as a program."""
    return _run((*PAPERBOY, *arguments), cwd, environment)


def killed(*arguments: str, cwd: Path) -> Done:
    """Run the command in a directory, as a program that is killed when it moves a first file."""
    return _run((sys.executable, "-c", KILLED, *arguments), cwd, {})


def _run(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Done:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src"), **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def write(directory: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a directory, and return that."""
    for path, body in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(body)
    return directory


def tree(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory, but Git's own."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(directory).parts
    }
