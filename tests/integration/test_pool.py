"""How Paperboy reaches the outside: straight or through a proxy, and whom it trusts."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.pool import BUNDLES, certificates, pool
from adapters.web import Unreachable, Web
from core.model.errors import SettingsError
from tests.support.servers import LOOPBACK, Answer, Request, http_server

PROXIES = ("http_proxy", "https_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _new_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (*PROXIES, *map(str.upper, PROXIES), *BUNDLES):
        monkeypatch.delenv(name, raising=False)
    pool.cache_clear()
    yield
    pool.cache_clear()


def get(url: str) -> bytes:
    return Web(lambda: 20.0, tries_again=0).get(url, {}).body


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize(
    ("no_proxy", "answered"), [("", b"proxy"), ("elsewhere", b"proxy"), (LOOPBACK, b"straight")]
)
def test_a_proxy_is_asked_but_for_those_that_need_none(
    name: str, no_proxy: str, answered: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def proxy(request: Request) -> Answer:
        asked.append(request)
        return Answer(body=b"proxy")

    with http_server(proxy) as address, http_server(lambda _: Answer(body=b"straight")) as url:
        monkeypatch.setenv(name, address)
        monkeypatch.setenv("no_proxy", no_proxy)
        assert get(f"{url}/path") == answered
    assert [request.headers["host"] for request in asked] == (
        [url.removeprefix("http://")] if answered == b"proxy" else []
    )


def test_a_proxy_may_be_named_without_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(lambda _: Answer(body=b"proxy")) as address:
        monkeypatch.setenv("http_proxy", address.removeprefix("http://"))
        assert get("http://source.example/") == b"proxy"


@pytest.mark.parametrize(
    ("who", "authorization"),
    [("", None), ("ada:p%40%3Aw@", "Basic YWRhOnBAOnc="), ("ada@", "Basic YWRhOg==")],
)
def test_a_proxy_may_ask_for_a_password(
    who: str, authorization: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def proxy(request: Request) -> Answer:
        asked.append(request)
        return Answer(body=b"proxy")

    with http_server(proxy) as address:
        monkeypatch.setenv("http_proxy", address.replace("://", f"://{who}"))
        assert get("http://source.example/") == b"proxy"
    assert [request.headers.get("proxy-authorization") for request in asked] == [authorization]


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_cannot_be_read(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    with pytest.raises(SettingsError, match=r"AWS_CA_BUNDLE .* must name certificates.*company"):
        get("https://source.example/")


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_is_named_is_trusted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert certificates() == certifi.where()
    monkeypatch.setenv(name, "company.pem")
    assert certificates() == "company.pem"


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])


def subject_hash() -> str:
    """Return the hash of our certificate's subject, which is in OpenSSL's canonical form."""
    sequence = NAME.public_bytes()[2:]  # without tag and length
    return f"{int.from_bytes(hashlib.sha1(sequence).digest()[:4], 'little'):08x}"  # noqa: S324


def self_signed(directory: Path) -> Path:
    """Return a file with a key and a certificate for this machine."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = directory / "loopback.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize("trusted", ["file", "directory", ""])
def test_a_certificate_is_checked(
    trusted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer((LOOPBACK, 0), _Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"https://{LOOPBACK}:{server.server_port}/"
        if trusted == "directory":
            # OpenSSL finds a certificate there by the hash of its subject.
            (tmp_path / f"{subject_hash()}.0").symlink_to(file)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(file if trusted == "file" else tmp_path))
            assert get(url) == b"hello"
        else:
            with pytest.raises(Unreachable, match="certificate verify failed"):
                get(url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
