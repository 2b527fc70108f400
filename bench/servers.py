"""A source and an S3 on loopback, in a process of their own.

The S3 keeps to conditions and checksums, gets, puts and lists. The process takes commands of its
starter as lines of JSON, answers each with one, and ends when no more can come.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

import json
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from bench.measuring import ROOT, SERVERS, use_core

BUCKET = "papers"
SECONDS = 10
LARGEST_PAGE, LISTED = 100, 1000
CHECKSUM = "x-amz-checksum-sha256"

Answer = tuple[int, Mapping[str, str], bytes]
"""A status, headers and a body."""


class _Server(ThreadingHTTPServer):
    """A server that waits `delay` seconds before each answer."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[["_Handler"], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.delay = answer, 0.0
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Head and body are sent at once.
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.key, self.query = unquote(url.path), dict(parse_qsl(url.query))
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.server.answer(self)
        time.sleep(self.server.delay)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET  # noqa: N815 (the base class's names)

    def handle_expect_100(self) -> bool:
        """Tell the client to go on: it waits for that."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class World:
    """The two servers; each public method is a command."""

    def __init__(self) -> None:
        self._days: dict[str, bytes] = {}
        self._objects: dict[str, tuple[dict[str, str], bytes]] = {}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._source, self._store = _Server(self._of_source), _Server(self._of_store)

    def urls(self) -> list[str]:
        """Return where source and store are."""
        return [self._source.url, self._store.url]

    def days(self, days: dict[str, str]) -> None:
        """Let the source answer with these days, and no others, from now on."""
        self._days = {day: body.encode() for day, body in days.items()}

    def delay(self, source: float, store: float) -> None:
        """Let each answer take so many seconds more from now on."""
        self._source.delay, self._store.delay = source, store

    def copy(self, old: str, new: str) -> None:
        """Copy the objects under one prefix to another."""
        old, new = f"/{BUCKET}/{old}/", f"/{BUCKET}/{new}/"
        copies = {new + key.removeprefix(old): key for key in self._objects if key.startswith(old)}
        self._objects |= {new: self._objects[old] for new, old in copies.items()}

    def requests(self) -> Counter[str]:
        """Return how many requests there were since this was asked last."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def _of_source(self, request: _Handler) -> Answer:
        """Return a page of a day's papers; a day that fits in one keeps its bytes."""
        self._count("source")
        body = self._days.get(request.query["date"], b"[]")
        size = min(int(request.query.get("limit", 50)), LARGEST_PAGE)
        first = int(request.query.get("p", 0)) * size
        entries = json.loads(body)
        if len(entries) > size or first:
            body = json.dumps(entries[first : first + size]).encode()
        return 200, {"Content-Type": "application/json; charset=utf-8"}, body

    def _of_store(self, request: _Handler) -> Answer:
        kind = "list" if "list-type" in request.query else request.command.lower()
        self._count(kind)
        if kind == "list":
            return self._list(request.query)
        if kind == "put":
            with self._lock:
                return self._put(request)
        if request.key not in self._objects:
            return _error(404, "NoSuchKey")
        return 200, *self._objects[request.key]

    def _put(self, request: _Handler) -> Answer:
        stored, headers = self._objects.get(request.key), request.headers
        expected = headers.get("If-Match")
        if stored and ("If-None-Match" in headers or expected not in (None, stored[0]["ETag"])):
            return _error(412, "PreconditionFailed")
        if expected and not stored:
            return _error(404, "NoSuchKey")
        told = {"ETag": f'"{md5(request.body, usedforsecurity=False).hexdigest()}"'}
        if checksum := headers.get(CHECKSUM):
            if checksum != b64encode(sha256(request.body).digest()).decode():
                return _error(400, "BadDigest")
            told[CHECKSUM] = checksum
        self._objects[request.key] = told, request.body
        return 200, told, b""

    def _list(self, query: Mapping[str, str]) -> Answer:
        root = f"/{BUCKET}/"
        prefix, after = root + query.get("prefix", ""), root + query.get("continuation-token", "")
        found = sorted(key for key in self._objects if key.startswith(prefix) and key > after)
        page = {key.removeprefix(root): self._objects[key] for key in found[:LISTED]}
        more = len(found) > LISTED
        contents = [
            f"<Contents><Key>{quote(key)}</Key><ETag>{headers['ETag']}</ETag>"
            f"<Size>{len(body)}</Size></Contents>"
            for key, (headers, body) in page.items()
        ]
        contents += (
            [f"<NextContinuationToken>{[*page][-1]}</NextContinuationToken>"] if more else []
        )
        head = f"<IsTruncated>{str(more).lower()}</IsTruncated><EncodingType>url</EncodingType>"
        return 200, {}, f"<ListBucketResult>{head}{''.join(contents)}</ListBucketResult>".encode()

    def _count(self, kind: str) -> None:
        with self._lock:
            self._counts[kind] += 1


def _error(status: int, code: str) -> Answer:
    return status, {}, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


class Servers:
    """The servers that run in another process: what they are told and asked from here."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.source, self.store = self.tell("urls")

    def tell(self, command: str, *arguments: object) -> Any:
        """Give a command of `World`, and return its answer."""
        assert self._process.stdin  # noqa: S101 (for mypy)
        assert self._process.stdout  # noqa: S101
        print(json.dumps([command, arguments]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def environment(self, prefix: str) -> dict[str, str]:
        """Return the variables by which Paperboy and the obvious handler find them."""
        return {
            "AWS_ENDPOINT_URL": self.store,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "PAPERBOY_SOURCE": self.source,
            "PAPERBOY_STORE": f"s3://{BUCKET}/{prefix}",
            "PAPERBOY_SITE_URL": "https://papers.example",
            "SOURCE": self.source,
            "BUCKET": BUCKET,
            "PREFIX": prefix,
        }


@contextmanager
def running() -> Iterator[Servers]:
    """Run the servers; at the end of the context they are gone."""
    command, pipe = [sys.executable, "-m", "bench.servers"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Servers(process)
        finally:
            assert process.stdin  # noqa: S101 (for mypy)
            process.stdin.close()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    """Serve until no more commands can come."""
    use_core(SERVERS)
    world = World()
    for line in sys.stdin:
        command, arguments = json.loads(line)
        print(json.dumps(getattr(world, command)(*arguments)), flush=True)


if __name__ == "__main__":
    main()
