"""`paperboy serve`: what it answers, what it refuses, and how it ends."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.support.command import Paperboy, write
from tests.support.serving import Served, serve

HOME = b"<!doctype html><title>Home</title>"
LOST = b"<!doctype html><title>Lost</title>"
FILES = {
    "public/index.html": HOME,
    "public/404.html": LOST,
    "public/about.html": b"about",
    "public/daily/2025-12-24.html": b"a day",
    "public/daily/2025-12-24.json": b"{}",
    "public/daily/2025-12-24.md": b"# A day",
    "public/feed.xml": b"<feed/>",
    "public/feed.json": b"{}",
    "public/sitemap.xml": b"<urlset/>",
    "public/robots.txt": b"",
    "public/static/site.0123456789abcdef.css": b"a{}",
    "public/static/site.0123456789abcdef.js": b"1",
    "public/raw/2025-12-24/0123456789abcdef.json.gz": b"\x1f\x8b",
    "public/other.bin": b"\0",
    "public/below/index.html": b"below",
    "public/daily/.2025-12-24.json.0123456789abcdef": b"temporary",
    "public/.git/config": b"secret",
    "public/state/root.json": b"secret",
    "public/told/2025-12-24.json": b"secret",
    "secret.txt": b"secret",
    "public-too/secret.txt": b"secret",
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' https://cdn-thumbnails.huggingface.co; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an archive, and other files beside it."""
    place = write(tmp_path_factory.mktemp("serve"), FILES)
    (place / "public/outside.txt").symlink_to(place / "secret.txt")
    (place / "public/up").symlink_to(place, target_is_directory=True)
    (place / "public/inside.html").symlink_to("about.html")
    (place / "public/round.html").symlink_to("round.html")
    return place


@pytest.fixture(scope="module")
def served(place: Path) -> Iterator[Served]:
    with serve(place) as served:
        yield served


def ask(served: Served, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    """Ask for a path exactly as written; a browser would normalise it."""
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.endheaders()
        response = connection.getresponse()
        return response, response.read()


HTML, JSON = "text/html; charset=utf-8", "application/json; charset=utf-8"
CSS = "static/site.0123456789abcdef.css"
SCRIPT = "static/site.0123456789abcdef.js"
PAYLOAD = "raw/2025-12-24/0123456789abcdef.json.gz"


@pytest.mark.parametrize(
    ("path", "key", "media_type"),
    [
        ("/", "index.html", HTML),
        ("/?q=x", "index.html", HTML),
        ("/index.html", "index.html", HTML),
        ("/daily/2025%2D12-24.html?a#b", "daily/2025-12-24.html", HTML),
        ("/daily/2025-12-24.json", "daily/2025-12-24.json", JSON),
        ("/daily/2025-12-24.md", "daily/2025-12-24.md", "text/markdown; charset=utf-8"),
        ("/feed.xml", "feed.xml", "application/atom+xml"),
        ("/feed.json", "feed.json", "application/feed+json"),
        ("/sitemap.xml", "sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "robots.txt", "text/plain; charset=utf-8"),
        (f"/{CSS}", CSS, "text/css; charset=utf-8"),
        (f"/{SCRIPT}", SCRIPT, "text/javascript; charset=utf-8"),
        (f"/{PAYLOAD}", PAYLOAD, "application/gzip"),
        ("/other.bin", "other.bin", "application/octet-stream"),
        ("/below/", "below/index.html", HTML),
        ("/inside.html", "about.html", HTML),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_files_and_their_types(
    served: Served, method: str, path: str, key: str, media_type: str
) -> None:
    response, body = ask(served, path, method)
    stored = FILES[f"public/{key}"]
    assert response.status == HTTPStatus.OK
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Length"] == str(len(stored))
    assert body == (stored if method == "GET" else b"")


PATHS = r"""
/nothing.html /daily /daily/ /daily/nothing.html /index.html/ /index.html/more /. /..
/state/root.json /STATE/root.json /%73tate/root.json /state /told/2025-12-24.json
/outside.txt /up/secret.txt /up/public/about.html/../../secret.txt /round.html
/../secret.txt /../public-too/secret.txt /daily/../../secret.txt /daily/../about.html /./about.html
/%2e%2e/secret.txt /%2e%2e%2fsecret.txt /..%2fsecret.txt /%252e%252e/secret.txt
/..\secret.txt /%5c..%5csecret.txt //secret.txt /daily//2025-12-24.html
/about.html%00.txt /%00 /about.html%ff /%c0%ae%c0%ae/secret.txt
/daily/.2025-12-24.json.0123456789abcdef /.git/config about.html http://127.0.0.1/about.html *
"""
NOT_SERVED = [*PATHS.split(), f"/{'a' * 5000}", f"/{'a/' * 5000}"]


@pytest.mark.parametrize("path", NOT_SERVED)
def test_nothing_else_is_served(served: Served, path: str) -> None:
    response, body = ask(served, path)
    assert (response.status, body) == (HTTPStatus.NOT_FOUND, LOST)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_absolute_paths_are_not_served(served: Served, place: Path) -> None:
    for path in (f"/{place}/secret.txt", f"{place}/secret.txt", f"/%2f{place}/secret.txt"):
        response, body = ask(served, path)
        assert (response.status, body) == (HTTPStatus.NOT_FOUND, LOST)


def test_directory_redirects_to_its_slash(served: Served) -> None:
    response, body = ask(served, "/below")
    assert (response.status, body) == (HTTPStatus.MOVED_PERMANENTLY, b"")
    assert response.headers["Location"] == "/below/"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(served: Served, method: str) -> None:
    response, _ = ask(served, "/index.html", method)
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/nothing", "/below", "/feed.xml"])
def test_every_answer_has_the_headers(served: Served, path: str) -> None:
    response, _ = ask(served, path)
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("request_line", ["BREW / HTTP/1.1", "GET", "GET / HTTP/9.9", "\0 / \xff"])
def test_malformed_requests_are_refused(served: Served, request_line: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\n\r\n".encode("latin-1"))
        answer = connection.recv(65536)
    assert b"secret" not in answer
    assert b"Home" not in answer
    assert ask(served, "/")[0].status == HTTPStatus.OK


def test_connection_is_kept(served: Served) -> None:
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        bodies = []
        for path in ("/about.html", "/nothing", "/"):
            connection.request("GET", path)
            bodies.append(connection.getresponse().read())
    assert bodies == [b"about", LOST, HOME]


def test_not_found_without_a_page(tmp_path: Path) -> None:
    write(tmp_path, {"site/index.html": HOME})
    with serve(tmp_path, "site") as served:
        response, body = ask(served, "/nothing")
        assert response.status == HTTPStatus.NOT_FOUND
        assert b"404" in body


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("options", "shown"), [((), ""), (("--debug",), '"GET / HTTP/1.1" 200')])
def test_prints_address_and_ends_cleanly(
    place: Path, stop: signal.Signals, options: tuple[str, ...], shown: str
) -> None:
    with serve(place, *options) as served:
        where = f"http://127.0.0.1:{served.port}/"
        assert served.said == f"Serving public at {where} — press Ctrl-C to stop\n"
        ask(served, "/")
        # A browser that closes its connection is no error.
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET /")
        done = served.end(stop)
    assert (done.status, done.out) == (0, "")
    assert shown in done.err
    assert bool(done.err) == bool(shown)


@pytest.fixture
def browser(tmp_path: Path) -> str:
    """Return the command of a browser that asks for what it opens, and marks that."""
    code = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + '?opened').read()"
    write(tmp_path, {"browser.py": code.encode()})
    return f"{sys.executable} {tmp_path / 'browser.py'} %s"


def test_the_site_is_opened_in_the_browser(place: Path, browser: str) -> None:
    with serve(place, "--debug", browser=browser) as served:
        assert served.process.stderr
        assert '"GET /?opened HTTP/1.1" 200' in served.process.stderr.readline()


def test_no_browser_opens_none(place: Path, browser: str) -> None:
    with serve(place, "--debug", "--no-browser", browser=browser) as served:
        ask(served, "/about.html")
        done = served.end(signal.SIGTERM)
    assert "GET /about.html" in done.err
    assert "opened" not in done.err


def test_ends_while_a_browser_is_connected(place: Path) -> None:
    with serve(place) as served, socket.create_connection(("127.0.0.1", served.port)):
        assert served.end(signal.SIGTERM).status == 0


def test_port_can_be_used_again_at_once(place: Path) -> None:
    with serve(place) as first:
        ask(first, "/")
        port = first.port
    with serve(place, port=port) as second:
        assert ask(second, "/")[1] == HOME


@pytest.fixture
def paperboy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    write(tmp_path, {"full/index.html": HOME, "empty/latest.json": b"{}", "afile": b""})
    return Paperboy(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("directory", ["public", "nowhere", "empty", "afile"])
def test_no_archive(paperboy: Paperboy, directory: str) -> None:
    done = paperboy("serve", *([directory] if directory != "public" else []))
    assert done.error() == (
        "StoreError: holds no site, index.html is missing: `make run` or `paperboy run --out DIR` "
        f"publishes one ({directory})"
    )


def test_port_in_use(paperboy: Paperboy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = paperboy("serve", "full", "--port", str(port))
    assert done.error() == (
        f"SettingsError: port {port}: Address already in use: "
        "choose another one with --port, or 0 for any free port"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "http", "", "８０"])
def test_wrong_port_is_wrong_usage(paperboy: Paperboy, port: str) -> None:
    done = paperboy("serve", "full", f"--port={port}")
    assert done.status == 2
    assert f"{port!r} is not a port, from 0 to 65535" in done.err


def test_output_may_be_closed(place: Path) -> None:
    with serve(place) as served:
        assert served.process.stdout
        served.process.stdout.close()
        assert ask(served, "/")[1] == HOME
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=10) == 0


def test_listens_on_no_other_address(served: Served) -> None:
    with pytest.raises(OSError, match=r"refused|assign|reach"):
        socket.create_connection(("127.0.0.2", served.port), timeout=10)
