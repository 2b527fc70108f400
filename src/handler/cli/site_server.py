"""A web server for a local archive, which only this machine can reach."""

from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from sys import exc_info
from typing import Any
from urllib.parse import unquote

from core.model import keys

LOOPBACK = "127.0.0.1"
# The template has CloudFront send the same policy. A browser obeys this one and the page's own, so
# it allows what pages with pictures need; the others narrow it to the site itself.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' https://cdn-thumbnails.huggingface.co; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# CloudFront refuses these to readers, too.
PRIVATE = ("state", "told")
IDLE_SECONDS = 60


class SiteServer(ThreadingHTTPServer):
    """Listens on a port of the loopback interface, 0 for a free one; raises OSError if it cannot.

    `debug` prints requests on standard error.
    """

    def __init__(self, root: Path, port: int, *, debug: bool = False) -> None:
        self.root, self.debug = root.resolve(), debug
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """Return the address of the home page."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host's name, which may ask the network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print errors, but not those of a connection that the browser closed."""
        if self.debug or not isinstance(exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD with the archive's public files, and never lists a directory."""

    server: SiteServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "paperboy", ""
    timeout = IDLE_SECONDS

    def do_POST(self) -> None:
        # The request's body is not read, and must not be taken for the next request.
        self.close_connection = True
        self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815

    def send_head(self) -> Any:
        """Send the headers and return the open file; None where there is no body to send."""
        if not self.translate_path(self.path):
            return self.send_error(HTTPStatus.NOT_FOUND)
        return super().send_head()

    def translate_path(self, path: str) -> str:
        """Return the file of a request's target, or a directory that has a page; else nothing."""
        key = key_of(path)
        if key is None:
            return ""
        try:
            place = (self.server.root / key).resolve()
            page = place if place.is_file() else (place / keys.HOME).resolve()
            # A symbolic link can point outside of the archive.
            found = page.is_relative_to(self.server.root) and page.is_file()
        except (OSError, RuntimeError):
            return ""
        return str(place) if found else ""

    def guess_type(self, path: Any) -> str:
        """Return the media type that the file would have in a bucket."""
        try:
            return keys.media_type(str(Path(path).relative_to(self.server.root)))
        except KeyError:
            return "application/octet-stream"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send an error; a missing page has the site's own, and keeps the connection."""
        page = self.server.root / keys.NOT_FOUND_PAGE
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", keys.media_type(keys.NOT_FOUND_PAGE))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the headers that every answer has, errors included."""
        self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Print a request when debugging."""
        if self.server.debug:
            super().log_message(format, *args)


def key_of(target: str) -> str | None:
    """Return the key that a request's target names, or None where it cannot name a public one.

    Keys have no empty and no hidden parts: a name that begins with a dot is a temporary file, or
    leads out of the archive.
    """
    path, _, _ = target.partition("?")
    try:
        # Decoded once, as CloudFront does: a key that is encoded twice does not exist.
        root, *parts = unquote(path, errors="strict").split("/")
    except UnicodeDecodeError:
        return None
    if root or not parts or parts[0].casefold() in PRIVATE:
        return None
    if not parts[-1]:
        parts[-1] = keys.HOME
    wrong = [part for part in parts if not part or part.startswith(".") or {*part} & {"\0", "\\"}]
    return None if wrong else "/".join(parts)
