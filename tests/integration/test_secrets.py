"""The blog's token, from each place that may keep it: read once, and never shown."""

import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest

from adapters import aws_secrets, secrets
from core.errors import BlogUnavailable, PaperboyError, SettingsError
from tests.support.recorded import REPOSITORY
from tests.support.servers import Answer, S3Server, s3_server

TOKEN = "_".join(("github_pat", "11ABCDEFG0", "abcdefghijklmnopqrstuvwxyz"))
NAME = "/paperboy/github-token"
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy-AbCdEf"
PLACES = ("secret", "parameter", "file")

Keep = Callable[[str, str], str]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run an empty AWS for all clients, whose retries do not wait."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with s3_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.fixture
def keep(aws: S3Server, tmp_path: Path) -> Keep:
    """Return what keeps a value in one of the places, and tells how it is referred to there."""

    def keep(place: str, value: str) -> str:
        if place == "file":
            (tmp_path / "a token").write_bytes(value.encode())
            return f"{tmp_path.as_uri()}/a%20token"
        if place == "parameter":
            with closing(boto3.client("ssm")) as ssm:
                ssm.put_parameter(Name=NAME, Value=value, Type="SecureString")
            aws.requests.clear()
            return NAME
        with closing(boto3.client("secretsmanager", "ap-northeast-2")) as manager:
            arn = manager.create_secret(Name="paperboy", SecretString=value)["ARN"]
        aws.requests.clear()
        return arn

    return keep


def read(reference: str) -> str:
    return secrets.read_token(reference, lambda: 60.0)


def refused(reference: str, error: type[PaperboyError] = SettingsError) -> str:
    """Return the message with which a reference is refused, which names it and no token."""
    with pytest.raises(error) as caught:
        read(reference)
    assert "github_pat" not in "".join(traceback.format_exception(caught.value))
    assert reference in str(caught.value)
    return str(caught.value)


def refusal(code: str, message: str = "Because.", status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": code, "message": message}).encode())


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_read_once(place: str, keep: Keep, aws: S3Server) -> None:
    reference = keep(place, f" {TOKEN}\r\n")
    assert [read(reference), read(reference)] == [TOKEN, TOKEN]
    assert len(aws.requests) == (0 if place == "file" else 1)


def test_a_token_that_is_forgotten_is_read_again(keep: Keep) -> None:
    reference = keep("file", "old")
    assert read(reference) == "old"
    keep("file", "new")
    secrets.forget(reference)
    secrets.forget("file:other")
    assert read(reference) == "new"


@pytest.mark.usefixtures("aws")
def test_a_parameter_that_is_not_encrypted() -> None:
    with closing(boto3.client("ssm")) as ssm:
        ssm.put_parameter(Name=NAME, Value=TOKEN, Type="String")
    assert read(NAME) == TOKEN


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (" \n", "is empty"),
        (json.dumps({"token": TOKEN}), "holds JSON"),
        (json.dumps(TOKEN), "holds JSON"),
        (f"{TOKEN}\n{TOKEN}", "more than one word"),
        (f"Bearer {TOKEN}", "more than one word"),
        (f"GITHUB_TOKEN={TOKEN}", "something else"),
        (f"{TOKEN}\u2713", "something else"),
        (TOKEN * 6, "something else"),
    ],
)
def test_what_is_no_token_is_refused_and_not_shown(
    place: str, value: str, fault: str, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    reference = keep(place, value)
    caplog.set_level(logging.DEBUG)
    message = refused(reference)
    assert fault in message
    assert "alone, as plain text" in message
    assert "github_pat" not in caplog.text


@pytest.mark.usefixtures("aws")
def test_a_binary_secret() -> None:
    with closing(boto3.client("secretsmanager")) as manager:
        arn = manager.create_secret(Name="paperboy", SecretBinary=TOKEN.encode())["ARN"]
    assert "is binary" in refused(arn)


@pytest.mark.parametrize("reference", [ARN, NAME])
@pytest.mark.parametrize("body", [f'{{"SecretString": "{TOKEN}', f"<p>{TOKEN}</p>", "{}", ""])
def test_an_answer_that_cannot_be_read(
    reference: str, body: str, aws: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    aws.script(Answer(200, body.encode()))
    assert "does not hold" in refused(reference, BlogUnavailable)
    assert "github_pat" not in caplog.text


@pytest.mark.parametrize("reference", [ARN, NAME])
def test_nothing_is_there(reference: str, aws: S3Server) -> None:
    assert "mend its name, account and region" in refused(reference)
    assert len(aws.requests) == 1


REFUSALS = [
    (ARN, "AccessDeniedException", "No.", "policy must allow secretsmanager:GetSecretValue"),
    (NAME, "AccessDeniedException", "No.", "policy must allow ssm:GetParameter"),
    (ARN, "AccessDeniedException", f"{'no ' * 50} access to KMS", "policy of its KMS key"),
    (ARN, "DecryptionFailure", "No.", "policy of its KMS key"),
    (NAME, "InvalidKeyId", "No.", "policy of its KMS key"),
    (ARN, "InvalidRequestException", "It was marked for deletion.", "marked for deletion"),
    (NAME, "ExpiredTokenException", "No.", "ExpiredTokenException: No."),
]


@pytest.mark.parametrize(("reference", "code", "message", "advice"), REFUSALS)
def test_a_refusal_says_what_to_do(
    reference: str, code: str, message: str, advice: str, aws: S3Server
) -> None:
    aws.script(refusal(code, message))
    told = refused(reference)
    assert advice in told
    assert code in told


@pytest.mark.parametrize("reference", [ARN, NAME])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ThrottlingException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServiceError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_a_service_that_is_busy_is_tried_again(
    reference: str, status: int, code: str, aws: S3Server
) -> None:
    aws.script(*[refusal(code, status=status)] * aws_secrets.TRIES)
    assert code in refused(reference, BlogUnavailable)
    assert len(aws.requests) == aws_secrets.TRIES


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("reference", [ARN, NAME])
def test_a_service_that_is_away(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "Could not connect" in refused(reference, BlogUnavailable)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("absent", "problem"),
    [
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "You must specify a region"),
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "Unable to locate credentials"),
    ],
)
def test_without_an_account(
    absent: tuple[str, ...], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in absent:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert problem in refused(NAME)


@pytest.mark.parametrize("path", ["missing", ""])
def test_a_file_that_cannot_be_read(path: str, tmp_path: Path) -> None:
    assert "cannot be read: " in refused(f"{tmp_path.as_uri()}/{path}".rstrip("/"))


def test_a_token_in_the_place_of_a_reference() -> None:
    with pytest.raises(SettingsError, match="neither an ARN") as caught:
        read(TOKEN)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_begun_when_the_time_is_over(place: str, keep: Keep, aws: S3Server) -> None:
    reference = keep(place, TOKEN)
    with pytest.raises(BlogUnavailable, match="time is over"):
        secrets.read_token(reference, lambda: 0.0)
    assert aws.requests == []
    assert read(reference) == TOKEN


def test_a_failure_is_not_kept(keep: Keep) -> None:
    refused(NAME)
    keep("parameter", TOKEN)
    assert read(NAME) == TOKEN


def test_a_file_is_read_without_aws(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    url = (tmp_path / "token").as_uri()
    script = (
        f"import sys; from adapters import secrets; secrets.read_token({url!r}, lambda: 1.0);"
        "sys.exit('boto3' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY / "src", timeout=60, check=True)
