"""S3 over HTTP: what is sent, every way in which S3 refuses, and an account that is not there."""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, count, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from adapters import s3
from adapters.aws_clients import client, forget_clients
from adapters.s3 import S3Store
from core.model.errors import PaperboyError, SettingsError, StoreConflict, StoreError
from core.model.objects import Artifact
from tests.support.servers import DRIP, Answer, Request, http_server, s3_server

KEY = "daily/2025-12-24.json"
ARTIFACT = Artifact(KEY, b"{}", "application/json", "public, max-age=3600")
ETAG = '"0123"'
XML = {"Content-Type": "application/xml", "x-amz-request-id": "R1"}
TRIES = 3
ACTS: dict[str, Callable[[S3Store], object]] = {
    "read": lambda store: store.get(KEY),
    "write": lambda store: store.put(ARTIFACT, replaces=ETAG),
    "list": lambda store: list(store.list(KEY)),
}

Asked = list[Request]
Serve = Callable[[Answer], Asked]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return what runs an S3 with one answer; tries follow each other at once."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    with ExitStack() as stack:

        def serve(answer: Answer) -> Asked:
            asked: Asked = []

            def respond(request: Request) -> Answer:
                asked.append(request)
                return answer

            url = stack.enter_context(http_server(respond))
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            forget_clients()
            return asked

        yield serve


def store(left: Callable[[], float] = lambda: 60.0) -> S3Store:
    return S3Store(lambda: client("s3"), "bucket", "papers/", left)


def fail(act: str, left: Callable[[], float] = lambda: 60.0) -> StoreError:
    with pytest.raises(StoreError) as caught:
        ACTS[act](store(left))
    assert caught.value.key == f"s3://bucket/papers/{KEY}"
    return caught.value


def refusal(status: int, code: str, **headers: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>Because.</Message></Error>".encode()
    return Answer(status, body, XML | {name.replace("_", "-"): headers[name] for name in headers})


def found(body: bytes, **how: Any) -> Answer:
    """Return how S3 gives an object, with the checksum that it was put with."""
    checksum = b64encode(sha256(body).digest()).decode()
    return Answer(body=body, headers={"ETag": ETAG, "x-amz-checksum-sha256": checksum}, **how)


def test_an_object_has_its_headers_and_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server("bucket") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        etag = store().put(ARTIFACT, replaces=None)
        store().put(ARTIFACT, replaces=etag)
        first, second = server.writes()
        head = client("s3").head_object(
            Bucket="bucket", Key=f"papers/{KEY}", ChecksumMode="ENABLED"
        )
    assert (head["ContentType"], head["CacheControl"]) == (
        ARTIFACT.media_type,
        ARTIFACT.cache_control,
    )
    assert head["ChecksumSHA256"] == "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
    assert first.headers["if-none-match"] == "*"
    assert second.headers["if-match"] == etag


@pytest.mark.parametrize(
    "answer",
    [
        refusal(412, "PreconditionFailed"),
        refusal(409, "ConditionalRequestConflict"),
        refusal(404, "NoSuchKey"),
        Answer(412),
        Answer(409),
    ],
    ids=lambda answer: f"{answer.status} {len(answer.body)}",
)
def test_a_lost_race_is_a_conflict_and_is_not_tried_again(serve: Serve, answer: Answer) -> None:
    asked = serve(answer)
    assert isinstance(fail("write"), StoreConflict)
    assert len(asked) == 1


DENIED = "AccessDenied: Because. (request id R1) ("
REFUSALS: list[tuple[Answer, str, int]] = [
    (refusal(403, "AccessDenied"), DENIED, 1),
    (refusal(404, "NoSuchBucket"), "NoSuchBucket: Because. (request id R1)", 1),
    (refusal(400, "InvalidRequest"), "InvalidRequest: Because.", 1),
    (refusal(500, "InternalError"), "InternalError: Because. (request id R1)", TRIES),
    (refusal(503, "SlowDown"), "SlowDown: Because. (request id R1)", TRIES),
    (
        refusal(301, "PermanentRedirect", x_amz_bucket_region="us-west-2"),
        "PermanentRedirect: Because. (request id R1); the bucket is in us-west-2: set AWS_REGION",
        2,  # botocore tries the other region itself
    ),
    (Answer(404, b"page not found"), "404: Not Found", 1),
    (Answer(404, b"<html></html>"), "HTTP 404", 1),
    (Answer(302, headers={"Location": "/elsewhere"}), "302: Found", 1),
    (Answer(reset=True), "Connection was closed before we received a valid response", TRIES),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("answer", "said", "tries"), REFUSALS)
def test_any_other_refusal_is_an_error(
    serve: Serve, act: str, answer: Answer, said: str, tries: int
) -> None:
    asked = serve(answer)
    error = fail(act)
    assert f"S3 did not {act}: {said}" in str(error)
    assert not isinstance(error, StoreConflict)
    assert len(asked) == tries


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("body", [b"<html></html>", b"<html><p>Hello</html>", b"Hello", b""])
def test_a_success_that_is_not_s3s_is_an_error(serve: Serve, act: str, body: bytes) -> None:
    serve(Answer(200, body, {"Content-Type": "text/html"}))
    assert f"S3 did not {act}: " in str(fail(act))


def test_a_missing_key_is_no_error(serve: Serve) -> None:
    serve(refusal(404, "NoSuchKey"))
    assert store().get(KEY) is None


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_begun_when_the_time_is_over(serve: Serve, act: str) -> None:
    asked = serve(found(b"{}"))
    assert "the run's time is over" in str(fail(act, lambda: 0.0))
    assert asked == []


LONG = b"x" * (2 * s3.CHUNK)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (found(LONG, cut=DRIP), "1024 read, but total bytes expected is 131072"),
        (found(LONG, cut=DRIP, reset=True), "An error occurred while reading from response stream"),
        (found(b"short", length=9), "5 read, but total bytes expected is 9"),
        (Answer(body=LONG[1:], headers=found(LONG).headers), "did not match calculated checksum"),
        (Answer(body=b"more", headers=found(b"").headers), "did not match calculated checksum"),
    ],
    ids=["cut", "reset", "wrong length", "another body", "a body instead of none"],
)
def test_a_body_that_is_not_what_was_put_is_an_error(
    serve: Serve, answer: Answer, said: str
) -> None:
    serve(answer)
    assert said in str(fail("read"))


def test_a_body_has_a_limit(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "MOST_OF_AN_OBJECT", s3.CHUNK)
    serve(found(LONG))
    assert "the object has more than 65,536 bytes" in str(fail("read"))
    serve(found(b"x" * s3.CHUNK))
    assert store().get(KEY)


def test_a_body_lasts_no_longer_than_the_run(serve: Serve) -> None:
    serve(found(LONG))
    left = chain([60.0], repeat(0.0))
    assert "the run's time is over" in str(fail("read", lambda: next(left)))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=-2"},
        {"Content-Encoding": "gzip"},
    ],
    ids=["put in parts", "said to be packed"],
)
def test_what_other_tools_put_is_read_as_it_is(serve: Serve, headers: dict[str, str]) -> None:
    serve(Answer(body=b"[]", headers={"ETag": ETAG, **headers}))
    stored = store().get(KEY)
    assert stored
    assert stored.body == b"[]"


class Dated:
    """A client of S3 whose answers have these times, at 05 o'clock."""

    def __init__(self, *times: str) -> None:
        self._times = iter(times)

    def get_object(self, **_: str) -> object:
        headers = {"date": f"Wed, 24 Dec 2025 05:{next(self._times)} GMT"}
        about: Any = {"HTTPStatusCode": 404, "HTTPHeaders": headers}
        raise ClientError({"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": about}, "GetObject")


def test_the_time_is_the_latest_that_an_answer_has(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(100)
    monkeypatch.setattr(
        "adapters.s3.time", SimpleNamespace(time=lambda: 7.0, monotonic=ticks.__next__)
    )
    dated: Any = Dated("00:09", "00:07", "no time", "00:50")
    ours = S3Store(lambda: dated, "bucket", "", lambda: 60.0)
    times = [ours.now()]
    for _ in range(4):
        ours.get(KEY)
        times.append(ours.now() - datetime(2025, 12, 24, 5, tzinfo=UTC).timestamp())
    # Each look at the clock is a second; the second answer was long on its way.
    assert times == [7.0, 10, 12, 13, 51]


@pytest.fixture
def account() -> Iterator[None]:
    """Let the test have an account of its own."""
    forget_clients(account=True)
    yield
    forget_clients(account=True)


NO_FILES = {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
LOGIN = """
[default]
sso_session = work
sso_account_id = 123456789012
sso_role_name = Paperboy
[sso-session work]
sso_start_url = https://work.example/start
sso_region = eu-west-1
"""
ROLE = """
[default]
role_arn = arn:aws:iam::123456789012:role/paperboy
source_profile = own
[profile own]
aws_access_key_id = AKID
aws_secret_access_key = key
"""
ACCOUNTS: list[tuple[tuple[str, ...], dict[str, str], str, str]] = [
    (REGIONS, {}, "", "no AWS region: set AWS_REGION"),
    (KEYS, {}, "", "no AWS credentials: log in"),
    (KEYS[1:], {}, "", "Partial credentials found in env"),
    ((), {"AWS_REGION": "x y"}, "", "Provided region_name 'x y' doesn't match"),
    ((), {"AWS_PROFILE": "nope"}, "", r"profile \(nope\) could not be found"),
    ((), {"AWS_ENDPOINT_URL_S3": "localhost:9000"}, "", "Invalid endpoint"),
    ((), {}, "no profiles", "Unable to parse config file"),
    (KEYS, {}, LOGIN, "Token for work does not exist"),
    (KEYS, {}, ROLE, r"AccessDenied: Because. \(request id R1\)"),
    (KEYS, {}, "[default]\ncredential_process = /bin/false\n", "custom-process"),
]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("missing", "given", "profiles", "said"), ACCOUNTS)
def test_settings_that_lead_nowhere(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    missing: tuple[str, ...],
    given: Mapping[str, str],
    profiles: str,
    said: str,
) -> None:
    error = refusal(403, "AccessDenied").body + b"<RequestId>R1</RequestId>"
    asked = serve(Answer(403, b"<ErrorResponse>" + error + b"</ErrorResponse>", XML))
    for name in missing:
        monkeypatch.delenv(name)
    for name, value in (NO_FILES | dict(given)).items():
        monkeypatch.setenv(name, value)
    if profiles:
        (tmp_path / "config").write_text(profiles)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(SettingsError, match=said) as caught:
        store().get("index.json")
    assert "\n" not in str(caught.value)
    assert [request.path for request in asked] == ["/"] * (profiles == ROLE)


@pytest.mark.usefixtures("account")
def test_a_profile_has_its_region_and_keys(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serve(found(b"{}"))
    for name in (*KEYS, *REGIONS):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(
        "[profile papers]\nregion = eu-west-3\naws_access_key_id = AKIA\naws_secret_access_key = s"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "papers")
    assert store().get(KEY)
    assert "Credential=AKIA/" in asked[0].headers["authorization"]
    assert "/eu-west-3/s3/aws4_request" in asked[0].headers["authorization"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    serve(found(b"{}"))
    if content:
        (tmp_path / "company.pem").write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "company.pem"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["AWS_ENDPOINT_URL"].replace("http", "https"))
    with pytest.raises(PaperboyError) as caught:
        store().get(KEY)
    assert "\n" not in str(caught.value)


def test_a_bucket_that_is_away(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(found(b""))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "Could not connect to the endpoint URL" in str(fail("read"))
