"""Loopback servers: Hugging Face's API that replays recorded days, S3, and what others build on.

They listen on a free port of 127.0.0.1, record what they were asked, and can be told to answer
wrongly first. None changes anything outside itself: a caller passes `url` on.
"""

import json
import os
import random
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from socketserver import BaseServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request as Call
from urllib.request import urlopen

import boto3
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from mypy_boto3_s3 import S3Client

LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
CREDENTIAL = "testing"

PATH = "/api/daily_papers"
PAGE = 50
LARGEST_PAGE = 100
JSON = {"Content-Type": "application/json; charset=utf-8"}
DRIP = 1024
# How long a server takes at most to notice that it is stopped, in seconds.
POLL = 0.01


@dataclass(frozen=True, slots=True)
class Request:
    """One request that a server was asked; the names of headers are in lower case.

    `at` is when it came, in seconds of a clock that only goes on.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers, and how badly; times are in seconds.

    `delay` passes before the answer, `drip` before each KiB of its body. `cut` ends the connection
    after so many bytes of the body that was promised. `reset` ends it before any answer, or with
    `cut`, then. `length` is what is promised, if that is not the truth.
    """

    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    delay: float = 0
    drip: float = 0
    cut: int | None = None
    reset: bool = False
    length: int | None = None


class Door:
    """Whether a server takes connections: with a door that is shut, nobody seems to be there."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.is_open.set()
        self.listener: socket.socket | None = None
        self._port = 0

    def shut(self) -> None:
        """Refuse connections from now on, as the system does where nobody listens."""
        if self.listener and self.is_open.is_set():
            self._port = self.listener.getsockname()[1]
            self.is_open.clear()
            # Whoever waits for clients at it holds the old one a little longer: it has to end, too.
            self.listener.shutdown(socket.SHUT_RD)
            self._become(socket.socket())

    def open(self) -> None:
        """Take connections again, at the same port."""
        if self.listener and not self.is_open.is_set():
            backlog = _HTTPServer.request_queue_size
            self._become(socket.create_server((LOOPBACK, self._port), backlog=backlog))
            self.is_open.set()

    def _become(self, other: socket.socket) -> None:
        """Put another socket in the place of the listener, for whoever holds that."""
        with other:
            os.dup2(other.fileno(), self.listener.fileno() if self.listener else -1)


class Script:
    """Answers to give first, in order, whatever is asked."""

    def __init__(self) -> None:
        self._answers: deque[Answer] = deque()

    def add(self, answers: Iterable[Answer]) -> None:
        """Put answers at the end."""
        self._answers.extend(answers)

    def next(self) -> Answer | None:
        """Take the next one; None when there is none left."""
        try:
            return self._answers.popleft()
        except IndexError:
            return None


Mishap = Callable[[str, int], Answer | None]
"""What goes wrong instead of an answer: by a day, and how often it was asked for before."""

# Each is tried again some times, but the garbage.
MISHAPS = {
    "500": Answer(500, b'{"error": "oops"}'),
    "429": Answer(429, b"<html>Too many requests", {"Content-Type": "text/html"}),
    "429 with a wait": Answer(429, b'{"error": "slowly"}', {**JSON, "Retry-After": "1"}),
    "time-out": Answer(delay=60),
    "garbage": Answer(body=b"<html>Hello"),
}


def mishaps(
    seed: int,
    share: float,
    *,
    lasting: int | None = None,
    kinds: Mapping[str, Answer] = MISHAPS,
) -> Mishap:
    """Return mishaps for this share of days, chosen by the seed: a day always has the same kind.

    They go on for so many requests of a day, or without end. Called with a day, the result tells
    what happens to it, so a test knows which days have to fail.
    """

    def mishap(day: str, before: int) -> Answer | None:
        chance = random.Random(f"{seed} {day}")  # noqa: S311 (no secret)
        struck = chance.random() < share and (lasting is None or before < lasting)
        return kinds[chance.choice(sorted(kinds))] if struck else None

    return mishap


class Allowance:
    """The API's rate limit: so many requests in a fixed window of seconds, and then 429.

    Every answer tells what is left; `refused` counts those that came too many.
    """

    def __init__(
        self, quota: int = 500, window: int = 300, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.quota, self.window = quota, window
        self.refused = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._asked, self._reset = 0, 0.0

    def meter(self, answer: Answer) -> Answer:
        """Count a request and return its answer, with the headers or as a refusal."""
        with self._lock:
            now = self._clock()
            if now >= self._reset:
                self._asked, self._reset = 0, now + self.window
            self._asked += 1
            left = max(self.quota - self._asked, 0)
            seconds = int(self._reset - now)
            if self._asked > self.quota:
                self.refused += 1
                answer = _error(HTTPStatus.TOO_MANY_REQUESTS, "We had to rate limit you")
        limit = {
            "RateLimit": f'"api";r={left};t={seconds}',
            "RateLimit-Policy": f'"fixed window";"api";q={self.quota};w={self.window}',
        }
        return replace(answer, headers={**answer.headers, **limit})


class ReplayServer:
    """Hugging Face's `GET /api/daily_papers?date=D&limit=N&p=P`, from recorded days.

    A day's answer is paged like the real one; an unknown day is empty. A day that is an `Answer`
    always gets that answer, a body that is no JSON array is given as it is. What is to go wrong
    may be changed at any time.
    """

    def __init__(
        self, days: Mapping[str, bytes | Answer], allowance: Allowance | None = None
    ) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.mishap: Mishap = lambda _day, _before: None
        self._days = days
        self._script = Script()
        self._allowance = allowance
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()

    def script(self, *answers: Answer) -> None:
        """Give these answers to the next requests, before the recorded days again."""
        self._script.add(answers)

    def answer(self, request: Request) -> Answer:
        """Note a request and return its answer."""
        self.requests.append(request)
        answer = self._answer(request)
        return self._allowance.meter(answer) if self._allowance else answer

    def _answer(self, request: Request) -> Answer:
        if scripted := self._script.next():
            return scripted
        if (request.method, request.path) != ("GET", PATH):
            return _error(
                HTTPStatus.NOT_FOUND, "Sorry, we can't find the page you are looking for."
            )
        day = request.query.get("date", "")
        if not _is_day(day):
            return _error(HTTPStatus.BAD_REQUEST, "Invalid date")
        with self._lock:
            before = self._asked[day]
            self._asked[day] += 1
        if mishap := self.mishap(day, before):
            return mishap
        recorded = self._days.get(day, b"[]")
        return recorded if isinstance(recorded, Answer) else Answer(body=_page(recorded, request))


@contextmanager
def replay_huggingface(
    days: Mapping[str, bytes | Answer], allowance: Allowance | None = None
) -> Iterator[ReplayServer]:
    """Run a server that replays days: recorded API answers by their date, like 2025-12-24.

    It allows all requests, and has no headers that tell of it, without an allowance.
    """
    replay = ReplayServer(days, allowance)
    with http_server(replay.answer) as replay.url:
        yield replay


@contextmanager
def http_server(answer: Callable[[Request], Answer], door: Door | None = None) -> Iterator[str]:
    """Run a server that answers GET, POST and PUT as `answer` says, and give its URL.

    `answer` is called in a thread for each client.
    """
    server = _HTTPServer(answer, door or Door())
    with _serving(server):
        yield f"http://{LOOPBACK}:{server.server_port}"


class S3Server:
    """moto's S3 over HTTP; all of a process' servers hold the same buckets."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self._script = Script()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def script(self, *answers: Answer) -> None:
        """Give these answers (status, headers and body) to the next requests, before the truth."""
        self._script.add(answers)

    def forget_script(self) -> None:
        """Tell the truth again."""
        self._script = Script()

    def writes(self) -> list[Request]:
        """Return the requests that were to change something."""
        return [request for request in self.requests if request.method not in ("GET", "HEAD")]

    def client(self) -> "S3Client":
        """Return a new client for this server; the caller closes it."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
        )

    def respond(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Note a request and answer it; this is a WSGI application."""
        self.requests.append(_wsgi_request(environ))
        scripted = self._script.next()
        if scripted is None:
            answer: Iterable[bytes] = self._moto(environ, start)
            return answer
        status = HTTPStatus(scripted.status)
        start(f"{status.value} {status.phrase}", list(scripted.headers.items()))
        return [scripted.body]

    def make(self, buckets: Iterable[str]) -> None:
        """Make buckets, versioned like the template's."""
        with closing(self.client()) as client:
            for bucket in buckets:
                client.create_bucket(Bucket=bucket)
                client.put_bucket_versioning(
                    Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
                )

    def forget(self) -> None:
        """Reset moto, whose buckets would outlive the server."""
        self.forget_script()
        with urlopen(Call(f"{self.url}/moto-api/reset", method="POST")):
            pass


@contextmanager
def s3_server(*buckets: str) -> Iterator[S3Server]:
    """Run an S3 server that has these buckets, versioned, and forgets everything at the end."""
    s3 = S3Server()
    server = make_server(LOOPBACK, 0, s3.respond, threaded=True, request_handler=_QuietMotoHandler)
    s3.url = f"http://{LOOPBACK}:{server.server_port}"
    with _serving(server):
        try:
            s3.make(buckets)
            s3.requests.clear()
            yield s3
        finally:
            s3.forget()


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


class _HTTPServer(ThreadingHTTPServer):
    """A server that ends its connections, and waits for their threads, when it is stopped."""

    daemon_threads = False
    # More clients than this at once would have to try again to connect, after a second.
    request_queue_size = 128

    def __init__(self, answer: Callable[[Request], Answer], door: Door) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.answer, self._door = answer, door
        door.listener = self.socket
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        if not self._door.is_open.is_set():
            # There is nobody: a listener that was shut down only seems to have a client.
            self._door.is_open.wait()
            raise ConnectionAbortedError
        return super().get_request()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        # The base class sends an orderly end first, so that there never is a reset.
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gives up is what some tests are about."""

    def shutdown(self) -> None:
        self.stopping.set()
        self._door.open()
        super().shutdown()
        for request in tuple(self._open):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    # Else the body waits for the client to confirm the headers, which takes it 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        request = Request(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
        answer = self.server.answer(request)
        self.server.stopping.wait(answer.delay)
        if not answer.reset or answer.cut is not None:
            self._send(answer)
        if answer.reset:
            self._reset()

    do_POST = do_PUT = do_GET  # noqa: N815 (the base class's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: `requests` tells it."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.length is None else answer.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        body = answer.body[: answer.cut]
        for start in range(0, len(body), DRIP):
            self.server.stopping.wait(answer.drip)
            self.wfile.write(body[start : start + DRIP])
        self.close_connection = len(body) != length

    def _reset(self) -> None:
        linger_no_second = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_second)
        self.close_connection = True


class _QuietMotoHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: `requests` tells it."""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _page(recorded: bytes, request: Request) -> bytes:
    """Return the page that is asked for; a day that fits in one page keeps its very bytes."""
    try:
        entries = json.loads(recorded)
    except ValueError:
        return recorded
    size = min(int(request.query.get("limit", PAGE)), LARGEST_PAGE)
    first = int(request.query.get("p", 0)) * size
    if not isinstance(entries, list) or (first == 0 and len(entries) <= size):
        return recorded
    return json.dumps(entries[first : first + size]).encode()


def _error(status: HTTPStatus, message: str) -> Answer:
    headers = {**JSON, "X-Error-Message": message}
    return Answer(status, json.dumps({"error": message}).encode(), headers)


def _wsgi_request(environ: "WSGIEnvironment") -> Request:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(("HTTP_", "CONTENT_"))
    }
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    # It was read: moto gets it once more.
    environ["wsgi.input"] = BytesIO(body)
    return Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, headers, body)
