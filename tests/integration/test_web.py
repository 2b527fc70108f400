"""How the source and GitHub are reached: proxies, certificates, connections, cookies, deadlines."""

import gzip
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from itertools import chain, repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters import web
from adapters.web import TooLarge, Unreachable, Web
from core.edition.limits import MOST_BYTES
from tests.support.raw import raw_server
from tests.support.servers import LOOPBACK, Answer, Request, http_server


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.BoundedRetry, "get_backoff_time", lambda _: 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def get(url: str, token: str = "") -> web.Answer:
    return Web(lambda: 20.0, token=token).get(url, {})


@contextmanager
def asked(answer: Answer) -> Iterator[tuple[str, list[Request]]]:
    requests: list[Request] = []

    def respond(request: Request) -> Answer:
        requests.append(request)
        return answer

    with http_server(respond) as url:
        yield url, requests


@pytest.mark.parametrize(
    ("user", "no_proxy", "authorization"),
    [("", "", None), ("ada:p%40%3Aw@", "elsewhere", "Basic YWRhOnBAOnc=")],
)
def test_a_proxy_is_asked(
    monkeypatch: pytest.MonkeyPatch, user: str, no_proxy: str, authorization: str | None
) -> None:
    with asked(Answer(body=b"proxy")) as (proxy, requests):
        monkeypatch.setenv("http_proxy", proxy.replace("://", f"://{user}"))
        monkeypatch.setenv("no_proxy", no_proxy)
        assert get("http://source.example/path").body == b"proxy"
    (request,) = requests
    assert request.headers["host"] == "source.example"
    assert request.headers.get("proxy-authorization") == authorization


def test_a_proxy_is_not_asked_for_hosts_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with asked(Answer(body=b"straight")) as (url, _):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", LOOPBACK)
        assert get(url).body == b"straight"


def test_threads_and_runs_share_connections() -> None:
    clients: set[int] = set()

    def respond(_: Request) -> Answer:
        clients.add(threading.get_ident())
        return Answer(body=b"x" * 3 * web.CHUNK)

    with http_server(respond) as url:
        for _ in range(3):
            assert len(get(url).body) == 3 * web.CHUNK
    assert len(clients) == 1


def test_cookies_are_not_kept() -> None:
    with asked(Answer(headers={"Set-Cookie": "a=b"})) as (url, requests):
        get(url)
        get(url)
    assert ["cookie" in request.headers for request in requests] == [False, False]


# Put together here, so that no scanner takes it for a real one.
TOKEN = "_".join(("hf", "a1B2" * 8))


def test_an_answer_is_what_was_sent() -> None:
    with asked(Answer(404, f"no {TOKEN}".encode(), {"X-Error": TOKEN})) as (url, _):
        answer = get(url, token=TOKEN)
    assert (answer.body, answer.headers["x-error"]) == (f"no {TOKEN}".encode(), TOKEN)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("HTTP/1.1 {}", "BadStatusLine('HTTP/1.1 Bearer [token]')"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n", "IncompleteRead"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n{}", "content-encoding: gzip"),
    ],
)
def test_a_broken_answer_does_not_show_the_token(
    reply: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        raw_server(lambda authorization: reply.replace("{}", authorization).encode()) as url,
        pytest.raises(Unreachable) as caught,
    ):
        get(url, token=TOKEN)
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value) + caplog.text


@pytest.mark.parametrize("answer", [Answer(503), Answer(reset=True)], ids=["503", "reset"])
def test_a_post_is_not_tried_again(answer: Answer) -> None:
    with asked(answer) as (url, requests):
        try:
            assert Web(lambda: 20.0).post(url, {"a": 1}).status == 503
        except Unreachable:
            assert answer.reset
    assert [request.body for request in requests] == [b'{"a": 1}']


def test_a_post_to_nobody_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web.BoundedRetry, "sleep", lambda *_: waits.append(0.0))
    with pytest.raises(Unreachable, match="Connection refused"):
        Web(lambda: 20.0).post("http://127.0.0.1:1", {})
    assert waits == []


@pytest.mark.parametrize(("body", "looks"), [(b"", 1), (b"x", 1), (b"x", 2), (b"x" * 2**20, 3)])
def test_no_answer_outlives_the_run(body: bytes, looks: int) -> None:
    left = chain(repeat(20.0, looks), repeat(0.0))
    with (
        asked(Answer(body=body)) as (url, _),
        pytest.raises(Unreachable, match="the run's time is over"),
    ):
        Web(lambda: next(left)).get(url, {})


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip, gzip"])
def test_nothing_is_unpacked_beyond_the_limit(coding: str) -> None:
    bomb = b" " * 6 * MOST_BYTES
    for name in coding.split(", "):
        bomb = gzip.compress(bomb) if name == "gzip" else zlib.compress(bomb)
    headers = {"Content-Encoding": coding}
    tracemalloc.start()
    try:
        with asked(Answer(body=bomb, headers=headers)) as (url, _), pytest.raises(TooLarge):
            get(url)
        # requests would unpack the body of a redirection, to use the connection again.
        with asked(Answer(302, bomb, {**headers, "Location": "/"})) as (url, requests):
            assert len(get(url).body) <= 2 * web.CHUNK
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(requests) == 1
    assert peak < 3 * MOST_BYTES


def test_a_body_that_is_packed_without_end_is_no_answer() -> None:
    headers = {"Content-Encoding": ", ".join(["gzip"] * 7)}
    with (
        asked(Answer(body=b"x", headers=headers)) as (url, _),
        pytest.raises(Unreachable, match="Too many content encodings"),
    ):
        get(url)


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Run a server with TLS, and return its URL and its certificate, which signs itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))])
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path / "loopback.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with HTTPServer((LOOPBACK, 0), _Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://{LOOPBACK}:{server.server_port}/", file
        server.shutdown()
        thread.join()


def test_a_certificate_is_checked(tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    url, file = tls
    with pytest.raises(Unreachable, match="certificate verify failed"):
        get(url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    assert get(url).body == b"hello"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    with pytest.raises(Unreachable, match=r"invalid path: /nowhere\.pem"):
        get(url)
