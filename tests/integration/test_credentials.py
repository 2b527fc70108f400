"""Credentials that are not in the environment: a snapshot's, of a login, a role, a container."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from unittest import mock

import pytest
from botocore.session import Session

from adapters import aws
from adapters.sigv4 import Credentials
from core.model.errors import SettingsError
from tests.support.servers import Answer, http_server

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
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "paperboy")
        # It is not asked: what Lambda keeps is in the same machine.
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
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


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Have no credentials in the environment, and return the file of profiles."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"AWS_{name}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    aws.session.cache_clear()
    yield tmp_path / "config"
    aws.session.cache_clear()


LOGIN = """
[sso-session work]
sso_start_url = https://work.example/start
sso_region = eu-west-1
[default]
sso_session = work
sso_account_id = 123456789012
sso_role_name = Paperboy
"""
ROLE = """
[default]
role_arn = arn:aws:iam::123456789012:role/paperboy
source_profile = own
[profile own]
aws_access_key_id = AKID
aws_secret_access_key = key
"""
DENIED = (
    b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not you</Message></Error>"
    b"</ErrorResponse>"
)
ASSUMED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKID</AccessKeyId>"
    "<SecretAccessKey>key</SecretAccessKey><SessionToken>session</SessionToken>"
    "<Expiration>{until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
)
XML = {"Content-Type": "text/xml"}


@pytest.mark.parametrize(
    ("profiles", "problem"),
    [(LOGIN, "no AWS credentials: .*Token.* does not exist"), (ROLE, "no AWS.*: Not you")],
    ids=["a login that is over", "a role that may not be assumed"],
)
def test_a_profile_that_has_none_now(
    desk: Path, profiles: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write_text(profiles)
    with http_server(lambda _: Answer(403, DENIED, XML)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        with pytest.raises(SettingsError, match=problem):
            aws.service("s3")


def test_what_ends_meanwhile_is_an_error_of_ours(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write_text(ROLE)
    # Good for so little time that it is asked for anew each time.
    until = datetime.now(UTC) + timedelta(seconds=30)
    answers = [Answer(body=ASSUMED.format(until=until.isoformat()).encode(), headers=XML)]
    with http_server(lambda _: answers[-1]) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        service = aws.service("s3")
        assert service.credentials() == Credentials("AKID", "key", "session")
        answers.append(Answer(403, DENIED, XML))
        with pytest.raises(SettingsError, match=r"no AWS credentials: .*Not you"):
            service.credentials()


def test_a_container_elsewhere_gives_way_to_a_profile(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write_text(ROLE)
    monkeypatch.setenv("AWS_PROFILE", "own")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    assert aws.service("s3").credentials() == Credentials("AKID", "key")
