"""A small HTTP/1.1 server on loopback that keeps connections open: as little work as can be.

What it takes to answer is in a contender's wall time, so it is made of raw sockets.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

LOOPBACK = "127.0.0.1"
BACKLOG = 128
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path and its query apart, the names of headers in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Request], Answer | None]
"""Returns the answer to a request, or None to leave the client waiting until it goes."""


class Server:
    """A server that runs; `delay` is how many seconds it waits before each answer."""

    def __init__(self, answering: Answering) -> None:
        self.delay = 0.0
        self._answering = answering
        self._listener = socket.create_server((LOOPBACK, 0), backlog=BACKLOG)
        self.address = f"{LOOPBACK}:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.address}"

    def serve(self) -> None:
        """Answer until the listener is shut down."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, client: socket.socket) -> None:
        # A client that was killed resets its connection.
        with client, suppress(ConnectionError), client.makefile("rb") as incoming:
            while request := _read(incoming, client):
                answer = self._answering(request)
                if answer is None:
                    incoming.read()
                    return
                if self.delay:
                    time.sleep(self.delay)
                client.sendall(_bytes_of(answer))


@contextmanager
def serving(answering: Answering) -> Iterator[Server]:
    """Run a server on a free port."""
    server = Server(answering)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def _read(incoming: BinaryIO, client: socket.socket) -> Request | None:
    """Return the next request; None when there is none."""
    line = incoming.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := incoming.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("expect") == "100-continue":
        client.sendall(CONTINUE)
    body = incoming.read(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


def _bytes_of(answer: Answer) -> bytes:
    status = HTTPStatus(answer.status)
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
