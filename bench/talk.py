"""Two processes that talk in JSON, a line a message: a question, then its answer."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

STOP_SECONDS = 10.0


class Partner:
    """The other process, as the asking one sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: object) -> Any:
        """Return the answer to a question; raise when the other process ends instead."""
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise ValueError("the process has no pipes")
        print(json.dumps(question), file=questions, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"process {self._process.pid} ended without an answer")
        return json.loads(line)


@contextmanager
def partner(
    command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Partner]:
    """Run a process that answers; it ends by itself when nothing more can be asked."""
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Partner(process)
    finally:
        _end(process)


def answer_all(answer: Callable[[Any], object], answers: TextIO = sys.stdout) -> None:
    """Answer each question on standard input until it ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin:
        # It may have ended already, a question unread.
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout:
            process.stdout.close()
