"""Servers on free ports: `paperboy serve` as a process of its own, and one of plain files."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.support import sample
from tests.support.command import PAPERBOY, Done

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: what it said when it began, and its port."""

    process: subprocess.Popen[str]
    said: str
    port: int

    @property
    def url(self) -> str:
        """Return the address of the archive, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def end(self, stop: signal.Signals) -> Done:
        """End the server, and return how it ended and what it said since it began."""
        self.process.send_signal(stop)
        out, err = self.process.communicate(timeout=SECONDS)
        return Done(self.process.returncode, out, err)


@contextmanager
def serve(place: Path, *arguments: str, port: int = 0, browser: str = "") -> Iterator[Served]:
    """Serve an archive in a directory: `public`, if the arguments name no other.

    `browser` is the command that opens the site; with none, no browser is there.
    """
    desktop = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY"), "")
    process = subprocess.Popen(
        [*PAPERBOY, "serve", f"--port={port}", *arguments],
        cwd=place,
        env={**os.environ, **desktop, "BROWSER": browser, "PYTHONPATH": str(sample.ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout
    assert process.stderr
    try:
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found, process.communicate(timeout=SECONDS)[1]
        yield Served(process, said, int(found[1]))
    finally:
        process.kill()
        process.wait(timeout=SECONDS)
        process.stdout.close()
        process.stderr.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Print nothing."""


@contextmanager
def serve_files(directory: Path) -> Iterator[str]:
    """Serve a directory's files, and yield the address without a slash at its end."""
    handler = partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
