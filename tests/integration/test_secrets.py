"""Tokens, from each place that may keep them: read once, and never shown."""

import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import boto3
import pytest

from adapters import secrets
from adapters.aws_clients import forget_clients
from adapters.secrets import BLOG, SOURCE, Owner
from core.model.errors import PaperboyError, SettingsError
from core.model.redaction import is_known
from tests.support.canaries import chain
from tests.support.recorded import REPOSITORY
from tests.support.servers import Answer, S3Server, s3_server

TOKEN = "_".join(("github_pat", "11ABCDEFG0", "abcdefghijklmnopqrstuvwxyz"))
NAME = "/paperboy/github-token"
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy-AbCdEf"
PLACES = ("secret", "parameter", "file")
TRIES = 3
OWNERS = [BLOG, SOURCE]

Keep = Callable[[str, str], str]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run an empty AWS for all clients, whose retries do not wait."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
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


def read(reference: str, owner: Owner = BLOG) -> str:
    return secrets.read_token(owner, reference, lambda: 60.0)


def refused(reference: str, error: type[PaperboyError] = SettingsError, owner: Owner = BLOG) -> str:
    """Return the message with which a reference is refused, which names it and no token."""
    with pytest.raises(error) as caught:
        read(reference, owner)
    assert "github_pat" not in "".join(traceback.format_exception(caught.value))
    assert "github_pat" not in repr(list(chain(caught.value)))
    assert type(caught.value) is error
    assert reference in str(caught.value)
    assert owner.secret in str(caught.value)
    return str(caught.value)


def refusal(code: str, message: str = "Because.", status: int = 400) -> Answer:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Answer(status, body, {"x-amzn-RequestId": "R1"})


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_read_once(place: str, keep: Keep, aws: S3Server) -> None:
    reference = keep(place, f" {TOKEN}\r\n")
    assert [read(reference), read(reference)] == [TOKEN, TOKEN]
    assert is_known(TOKEN)
    assert len(aws.requests) == (0 if place == "file" else 1)


def test_threads_read_a_token_once(keep: Keep, aws: S3Server) -> None:
    reference = keep("parameter", TOKEN)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, [reference] * 32)) == {TOKEN}
    assert len(aws.requests) == 1


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
        (f"GITHUB_TOKEN={TOKEN}", "does not hold a token"),
        (f"{TOKEN}\u2713", "does not hold a token"),
        (TOKEN * 6, "does not hold a token"),
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


GARBAGE = [
    *(f'{{"SecretString": "{TOKEN}'.encode(), f"<p>{TOKEN}</p>".encode(), b"{}", b""),
    *(f"\x00<{TOKEN} ".encode() + b"\xff", b"[" * 100_000, json.dumps([TOKEN]).encode()),
    *(json.dumps(TOKEN).encode(), b"null", b"7", b'{"SecretString": 7, "Parameter": 7}'),
    *(b'{"SecretString": null, "Parameter": {"Value": 7}}', b'{"SecretBinary": "abc"}'),
    json.dumps({"SecretBinary": [TOKEN], "Parameter": [TOKEN]}).encode(),
    json.dumps({"message": TOKEN, "Parameter": TOKEN}).encode(),
    json.dumps({"__type": {"a": TOKEN}, "message": TOKEN}).encode(),
]


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize(("reference", "owner"), [(ARN, BLOG), (NAME, SOURCE)])
def test_an_answer_that_cannot_be_read(
    reference: str, owner: Owner, status: int, aws: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in GARBAGE:
        aws.script(*[Answer(status, body)] * TRIES)
        assert "does not hold" in refused(reference, owner.unavailable, owner)
        aws.forget_script()
    assert "github_pat" not in caplog.text


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.secret)
@pytest.mark.parametrize("reference", [ARN, NAME])
def test_nothing_is_there(reference: str, owner: Owner, aws: S3Server) -> None:
    assert "correct its name, account and region" in refused(reference, owner=owner)
    assert len(aws.requests) == 1


REFUSALS = [
    (ARN, "AccessDeniedException", "No.", "policy must allow secretsmanager:GetSecretValue"),
    (NAME, "AccessDeniedException", "No.", "policy must allow ssm:GetParameter"),
    (ARN, "AccessDeniedException", f"{'no ' * 50} access to KMS", "policy of its KMS key"),
    (
        NAME,
        "AccessDeniedException",
        "not authorized (Service: Kms, Status Code: 400)",
        "kms:Decrypt",
    ),
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
    assert f"{code}: " in told
    assert "(request id R1)" in told


@pytest.mark.parametrize(("reference", "owner"), [(ARN, BLOG), (NAME, SOURCE)])
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
    reference: str, status: int, code: str, owner: Owner, aws: S3Server
) -> None:
    aws.script(*[refusal(code, status=status)] * TRIES)
    assert f"{code}: Because. (request id R1)" in refused(reference, owner.unavailable, owner)
    assert len(aws.requests) == TRIES


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(("reference", "owner"), [(ARN, BLOG), (NAME, SOURCE)])
def test_a_service_that_is_away(
    reference: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "Could not connect" in refused(reference, owner.unavailable, owner)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("AWS_ENDPOINT_URL", "nowhere", "Invalid endpoint"),
        ("AWS_PROFILE", "nope", "could not be found"),
        ("AWS_REGION", "x y", "doesn't match"),
    ],
)
def test_settings_that_lead_nowhere(
    name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    forget_clients(account=True)
    assert problem in refused(NAME)
    forget_clients(account=True)


def test_a_secret_is_asked_for_in_its_arns_region(keep: Keep, aws: S3Server) -> None:
    assert read(keep("secret", TOKEN)) == TOKEN
    assert "/ap-northeast-2/secretsmanager/" in aws.requests[0].headers["authorization"]


@pytest.mark.parametrize("path", ["missing", ""])
def test_a_file_that_cannot_be_read(path: str, tmp_path: Path) -> None:
    assert "cannot be read: " in refused(f"{tmp_path.as_uri()}/{path}".rstrip("/"))


def test_a_token_in_the_place_of_a_reference() -> None:
    with pytest.raises(SettingsError, match="the source's secret is neither an ARN") as caught:
        read(TOKEN, SOURCE)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.secret)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_begun_when_the_time_is_over(
    place: str, owner: Owner, keep: Keep, aws: S3Server
) -> None:
    reference = keep(place, TOKEN)
    with pytest.raises(owner.unavailable, match="time is over"):
        secrets.read_token(owner, reference, lambda: 0.0)
    assert aws.requests == []
    assert read(reference) == TOKEN


def test_a_failure_is_not_kept(keep: Keep) -> None:
    refused(NAME)
    keep("parameter", TOKEN)
    assert read(NAME) == TOKEN


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def large(path: Path) -> None:
    path.write_text(TOKEN + " " * secrets.MOST_BYTES)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (pipe, "it is not a regular file"),
        (device, "it is not a regular file"),
        (large, "it has more than 4,096 bytes"),
    ],
)
def test_what_is_no_small_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    make(tmp_path / "token")
    assert f"cannot be read: {said}" in refused((tmp_path / "token").as_uri())


def test_a_file_may_be_a_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(secrets, "_tokens", {})
    (tmp_path / "kept").write_text(TOKEN)
    (tmp_path / "token").symlink_to("kept")
    assert read((tmp_path / "token").as_uri()) == TOKEN


def test_a_file_is_read_without_aws(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    url = (tmp_path / "token").as_uri()
    script = (
        "import sys; from adapters.secrets import SOURCE, read_token;"
        f"read_token(SOURCE, {url!r}, lambda: 1.0);"
        "sys.exit('boto3' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY / "src", timeout=60, check=True)
