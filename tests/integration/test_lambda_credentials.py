"""The credentials of a function that Lambda restores from a snapshot: not in its environment."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from unittest import mock

import pytest
from botocore.session import Session

from adapters import aws
from adapters.sigv4 import Credentials
from core.errors import SettingsError

KEPT = {
    "AccessKeyId": "AKID",
    "SecretAccessKey": "key",
    "Token": "session",
    "Expiration": "2099-01-01T00:00:00Z",
}


@pytest.fixture
def lambdas_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, bytes]]]:
    """Keep credentials as Lambda does with SnapStart, and return what it is to answer, if else."""
    answers: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == "secret"
            good = (200, json.dumps(KEPT).encode()) if allowed else (403, b"AKID")
            status, body = answers[0] if answers else good
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
            monkeypatch.delenv(f"AWS_{name}", raising=False)
        place = f"http://127.0.0.1:{server.server_port}/credentials"
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", place)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret")
        yield answers
        server.shutdown()


@pytest.mark.usefixtures("lambdas_own")
def test_restored_from_a_snapshot_lambda_keeps_the_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = Session().get_credentials()
    assert theirs
    frozen = theirs.get_frozen_credentials()
    # In the package there is no botocore.
    monkeypatch.setattr(aws, "session", mock.Mock(side_effect=AssertionError))
    ours = aws.service("s3").credentials()
    assert ours == Credentials("AKID", "key", "session")
    assert (ours.access_key, ours.secret_key, ours.token) == tuple(frozen)[:3]


@pytest.mark.parametrize(
    "answer", [(403, b"AKID"), (200, b"AKID"), (200, b"[]"), (200, b'{"AccessKeyId": "AKID"}')]
)
def test_what_is_no_credentials_is_not_shown(
    lambdas_own: list[tuple[int, bytes]], answer: tuple[int, bytes]
) -> None:
    lambdas_own.append(answer)
    with pytest.raises(SettingsError, match="no AWS credentials") as caught:
        aws.service("s3")
    assert "AKID" not in str(caught.value)
