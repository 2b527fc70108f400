"""A web server for a local archive, which only this machine can reach."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from sys import exc_info
from typing import Any
from urllib.parse import quote, unquote

from core.model import keys

LOOPBACK = "127.0.0.1"
# What the template lets CloudFront send.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
UNKNOWN_TYPE = "application/octet-stream"
IDLE_SECONDS = 60


class SiteServer(ThreadingHTTPServer):
    """Listens on a port of the loopback interface, 0 for a free one; raises OSError if it cannot.

    `debug` shows requests on standard error.
    """

    def __init__(self, root: Path, port: int, *, debug: bool = False) -> None:
        self.root, self.debug = root.resolve(), debug
        super().__init__((LOOPBACK, port), _Reader)

    @property
    def url(self) -> str:
        """Return the address of the home page."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    def server_bind(self) -> None:
        """Listen, without HTTPServer's search for a name, which may ask the network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about a connection that broke; anything else is a bug."""
        if self.debug or not isinstance(exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Reader(BaseHTTPRequestHandler):
    """Answers GET and HEAD with the archive's files."""

    server: SiteServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "paperboy", ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_GET  # noqa: N815

    def _refuse(self) -> None:
        # What it sent with the request is not read, and must not be taken for the next one.
        self.close_connection = True
        allow = {"Allow": "GET, HEAD", "Connection": "close"}
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, b"GET and HEAD only\n", "a.txt", allow)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _answer(self) -> None:
        key = key_of(self.path)
        body = None if key is None else self._read(key)
        if key is not None and body is not None:
            self._send(HTTPStatus.OK, body, key)
        elif key and self._read(f"{key}/{keys.HOME}") is not None:
            # Its links are relative to the directory.
            location = {"Location": f"/{quote(key)}/"}
            self._send(HTTPStatus.MOVED_PERMANENTLY, b"", keys.HOME, location)
        else:
            self._not_found()

    def _not_found(self) -> None:
        page = self._read(keys.NOT_FOUND_PAGE)
        key = "a.txt" if page is None else keys.NOT_FOUND_PAGE
        self._send(HTTPStatus.NOT_FOUND, b"not found\n" if page is None else page, key)

    def _read(self, key: str) -> bytes | None:
        """Return the file under a key, unless it lies elsewhere, behind a link."""
        try:
            path = (self.server.root / key).resolve()
            inside = path.is_relative_to(self.server.root)
            return path.read_bytes() if inside and path.is_file() else None
        except (OSError, RuntimeError):
            return None

    def _send(
        self, status: HTTPStatus, body: bytes, key: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _media_type(key))
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add what every answer has, those of errors too."""
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its own name)
        """Show a request to who debugs."""
        if self.server.debug:
            super().log_message(format, *args)


def key_of(target: str) -> str | None:
    """Return the key that a request's target names, or None where it can name none.

    Keys have no empty and no hidden parts: what begins with a dot is a draft, or leads elsewhere.
    """
    path, _, _ = target.partition("?")
    try:
        # Once, as CloudFront does: what was escaped twice names nothing.
        root, *parts = unquote(path, errors="strict").split("/")
    except UnicodeDecodeError:
        return None
    if parts and not parts[-1]:
        parts[-1] = keys.HOME
    wrong = [part for part in parts if not part or part.startswith(".") or {*part} & {"\0", "\\"}]
    return None if root or wrong or not parts else "/".join(parts)


def _media_type(key: str) -> str:
    try:
        return keys.media_type(key)
    except KeyError:
        return UNKNOWN_TYPE
