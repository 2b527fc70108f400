"""`paperboy serve`: what it answers, what it keeps to itself, and how it ends."""

import signal
import socket
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
    "public/daily/.2025-12-24.json.0123456789abcdef": b"a draft",
    "public/.git/config": b"secret",
    "secret.txt": b"secret",
    "public-too/secret.txt": b"secret",
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an archive in it, and what is none of its business beside it."""
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
    """Ask for a path as it is written, which a browser would tidy first."""
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.endheaders()
        response = connection.getresponse()
        return response, response.read()


@pytest.mark.parametrize(
    ("path", "key", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/?q=x", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/daily/2025-12-24.html", "daily/2025-12-24.html", "text/html; charset=utf-8"),
        ("/daily/2025%2D12-24.html?a#b", "daily/2025-12-24.html", "text/html; charset=utf-8"),
        ("/daily/2025-12-24.json", "daily/2025-12-24.json", "application/json; charset=utf-8"),
        ("/daily/2025-12-24.md", "daily/2025-12-24.md", "text/markdown; charset=utf-8"),
        ("/feed.xml", "feed.xml", "application/atom+xml"),
        ("/feed.json", "feed.json", "application/feed+json"),
        ("/sitemap.xml", "sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "robots.txt", "text/plain; charset=utf-8"),
        (
            "/static/site.0123456789abcdef.css",
            "static/site.0123456789abcdef.css",
            "text/css; charset=utf-8",
        ),
        (
            "/static/site.0123456789abcdef.js",
            "static/site.0123456789abcdef.js",
            "text/javascript; charset=utf-8",
        ),
        (
            "/raw/2025-12-24/0123456789abcdef.json.gz",
            "raw/2025-12-24/0123456789abcdef.json.gz",
            "application/gzip",
        ),
        ("/other.bin", "other.bin", "application/octet-stream"),
        ("/below/", "below/index.html", "text/html; charset=utf-8"),
        ("/inside.html", "about.html", "text/html; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_key_is_answered_with_its_type(
    served: Served, method: str, path: str, key: str, media_type: str
) -> None:
    response, body = ask(served, path, method)
    stored = FILES[f"public/{key}"]
    assert response.status == HTTPStatus.OK
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Length"] == str(len(stored))
    assert body == (stored if method == "GET" else b"")


NOT_SERVED = [
    "/nothing.html",
    "/daily",
    "/daily/",
    "/daily/nothing.html",
    "/index.html/",
    "/index.html/more",
    "/outside.txt",
    "/up/secret.txt",
    "/up/public/about.html/../../secret.txt",
    "/../secret.txt",
    "/../public-too/secret.txt",
    "/daily/../../secret.txt",
    "/daily/../about.html",
    "/./about.html",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/..\\secret.txt",
    "/%5c..%5csecret.txt",
    "//secret.txt",
    "/daily//2025-12-24.html",
    "/about.html%00.txt",
    "/%00",
    "/about.html%ff",
    "/%c0%ae%c0%ae/secret.txt",
    "/daily/.2025-12-24.json.0123456789abcdef",
    "/.git/config",
    "/.",
    "/..",
    "/round.html",
    f"/{'a' * 5000}",
    f"/{'a/' * 5000}",
    "about.html",
    "http://127.0.0.1/about.html",
    "*",
]


@pytest.mark.parametrize("path", NOT_SERVED)
def test_nothing_else_is_answered(served: Served, path: str) -> None:
    response, body = ask(served, path)
    assert (response.status, body) == (HTTPStatus.NOT_FOUND, LOST)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_absolute_path_is_not_one_of_the_machine(served: Served, place: Path) -> None:
    for path in (f"/{place}/secret.txt", f"{place}/secret.txt", f"/%2f{place}/secret.txt"):
        response, body = ask(served, path)
        assert (response.status, body) == (HTTPStatus.NOT_FOUND, LOST)


def test_a_directory_is_asked_for_with_a_slash(served: Served) -> None:
    response, body = ask(served, "/below")
    assert (response.status, body) == (HTTPStatus.MOVED_PERMANENTLY, b"")
    assert response.headers["Location"] == "/below/"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_can_only_be_read(served: Served, method: str) -> None:
    response, _ = ask(served, "/index.html", method)
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/nothing", "/below", "/feed.xml"])
def test_every_answer_has_the_site_s_headers(served: Served, path: str) -> None:
    response, _ = ask(served, path)
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("request_line", ["BREW / HTTP/1.1", "GET", "GET / HTTP/9.9", "\0 / \xff"])
def test_what_is_no_request_is_refused(served: Served, request_line: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\n\r\n".encode("latin-1"))
        answer = connection.recv(65536)
    assert b"secret" not in answer
    assert b"Home" not in answer
    assert ask(served, "/")[0].status == HTTPStatus.OK


def test_a_connection_is_kept_for_the_next_request(served: Served) -> None:
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        bodies = []
        for path in ("/about.html", "/nothing", "/"):
            connection.request("GET", path)
            bodies.append(connection.getresponse().read())
    assert bodies == [b"about", LOST, HOME]


def test_without_a_page_for_it_a_missing_key_is_told_in_text(tmp_path: Path) -> None:
    write(tmp_path, {"site/index.html": HOME})
    with serve(tmp_path, "site") as served:
        response, body = ask(served, "/nothing")
        assert (response.status, body) == (HTTPStatus.NOT_FOUND, b"not found\n")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("options", "shown"), [((), ""), (("--debug",), '"GET / HTTP/1.1" 200')])
def test_it_says_where_and_ends_cleanly(
    place: Path, stop: signal.Signals, options: tuple[str, ...], shown: str
) -> None:
    with serve(place, *options) as served:
        where = f"http://127.0.0.1:{served.port}/"
        assert served.said == f"Serving public at {where} — press Ctrl-C to stop\n"
        ask(served, "/")
        # A browser that goes away in the middle is nothing to talk about.
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET /")
        done = served.end(stop)
    assert (done.status, done.out) == (0, "")
    assert shown in done.err
    assert bool(done.err) == bool(shown)


def test_it_ends_while_a_browser_is_connected(place: Path) -> None:
    with serve(place) as served, socket.create_connection(("127.0.0.1", served.port)):
        assert served.end(signal.SIGTERM).status == 0


def test_a_port_that_was_just_free_again_is_taken_at_once(place: Path) -> None:
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
def test_no_archive_is_told_in_a_line(paperboy: Paperboy, directory: str) -> None:
    done = paperboy("serve", *([directory] if directory != "public" else []))
    assert done.error() == (
        "StoreError: holds no site, index.html is missing: `make run` or `paperboy run --out DIR` "
        f"publishes one ({directory})"
    )


def test_a_directory_that_cannot_be_read_is_told_in_a_line(paperboy: Paperboy) -> None:
    name = "n" * 300
    where = f"{name}/index.html"
    assert paperboy("serve", name).error() == (
        f"StoreError: cannot read: File name too long ({where})"
    )


def test_a_port_in_use_is_told_in_a_line(paperboy: Paperboy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = paperboy("serve", "full", "--port", str(port))
    assert done.error() == (
        f"SettingsError: port {port}: Address already in use: "
        "--port takes another one, or 0 for any that is free"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "http", "", "８０"])
def test_no_port_is_wrong_usage(paperboy: Paperboy, port: str) -> None:
    done = paperboy("serve", "full", f"--port={port}")
    assert done.status == 2
    assert f"{port!r} is not a port, from 0 to 65535" in done.err


def test_a_program_that_reads_what_it_says_may_go_away(place: Path) -> None:
    with serve(place) as served:
        assert served.process.stdout
        served.process.stdout.close()
        assert ask(served, "/")[1] == HOME
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=10) == 0


def test_it_listens_on_no_other_address(served: Served) -> None:
    with pytest.raises(OSError, match=r"refused|assign|reach"):
        socket.create_connection(("127.0.0.2", served.port), timeout=10)
