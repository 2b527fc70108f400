"""S3 over HTTP: what an object looks like there, and every way in which S3 refuses."""

from collections.abc import Iterator
from contextlib import closing

import boto3
import pytest
from botocore.config import Config

from adapters import s3
from adapters.s3 import S3Store
from core import layout
from core.errors import SettingsError, StoreConflict, StoreError
from tests.support.servers import Answer, S3Server, s3_server

KEY = "daily/2025-12-24.json"
ARTIFACT = layout.artifact(KEY, b"{}")


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server("bucket") as running:
        yield running


@pytest.fixture
def store(server: S3Server) -> Iterator[S3Store]:
    with closing(server.client()) as client:
        yield S3Store(client, "bucket", "papers/", lambda: 60.0)


def refusal(status: int, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>Because.</Message></Error>".encode()
    return Answer(status, body, {"Content-Type": "application/xml"})


def test_an_object_has_its_headers_and_checksum(server: S3Server, store: S3Store) -> None:
    store.put(ARTIFACT, replaces=None)
    with closing(server.client()) as client:
        head = client.head_object(Bucket="bucket", Key=f"papers/{KEY}", ChecksumMode="ENABLED")
    assert head["ContentType"] == "application/json; charset=utf-8"
    assert head["CacheControl"] == "public, max-age=3600"
    assert head["ChecksumSHA256"] == "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="


def test_every_put_is_conditional(server: S3Server, store: S3Store) -> None:
    store.put(ARTIFACT, replaces=None)
    stored = store.get(KEY)
    assert stored
    store.put(layout.artifact(KEY, b"{ }"), replaces=stored.etag)
    first, second = server.writes()
    assert first.headers["if-none-match"] == "*"
    assert second.headers["if-match"] == stored.etag


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "ConditionalRequestConflict"),
        (409, "OperationAborted"),
        (412, "PreconditionFailed"),
    ],
)
def test_a_lost_race_is_a_conflict(
    server: S3Server, store: S3Store, status: int, code: str
) -> None:
    server.script(refusal(status, code))
    with pytest.raises(StoreConflict, match=rf"{code} \(s3://bucket/papers/{KEY}\)"):
        store.put(ARTIFACT, replaces=None)


def do(store: S3Store, act: str) -> None:
    if act == "get":
        store.get(KEY)
    else:
        store.put(ARTIFACT, replaces=None)


REFUSALS = [
    (403, "AccessDenied"),
    (404, "NoSuchBucket"),
    (400, "InvalidRequest"),
    (500, "InternalError"),
    (503, "SlowDown"),
]


@pytest.mark.parametrize("act", ["get", "put"])
@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_any_other_refusal_names_key_and_code(
    server: S3Server, store: S3Store, act: str, status: int, code: str
) -> None:
    server.script(*[refusal(status, code)] * s3.TRIES)
    with pytest.raises(StoreError) as caught:
        do(store, act)
    assert not isinstance(caught.value, StoreConflict)
    assert caught.value.key == f"s3://bucket/papers/{KEY}"
    assert f"{code}: Because. (s3://bucket/papers/{KEY})" in str(caught.value)


def test_an_answer_without_its_etag_is_an_error(server: S3Server, store: S3Store) -> None:
    server.script(Answer(200, b"{}", {"Content-Type": "text/plain"}))
    with pytest.raises(StoreError, match="ETag"):
        store.get(KEY)


@pytest.mark.parametrize("act", ["get", "put"])
def test_nothing_is_begun_when_the_time_is_over(server: S3Server, act: str) -> None:
    with closing(server.client()) as client:
        store = S3Store(client, "bucket", "", lambda: 0.0)
        with pytest.raises(StoreError, match="time is over"):
            do(store, act)
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_PROFILE", "nope"), ("AWS_REGION", "x y"), ("AWS_ENDPOINT_URL_S3", "localhost:9000")],
)
def test_settings_of_which_no_client_is_made(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    s3.client.cache_clear()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    if name == "AWS_REGION":
        monkeypatch.setenv("AWS_DEFAULT_REGION", value)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="no S3 client can be made"):
        s3.client()
    monkeypatch.undo()


def test_a_bucket_that_is_away(server: S3Server) -> None:
    url = server.url.rsplit(":", 1)[0] + ":1"
    config = s3.CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    with closing(boto3.client("s3", endpoint_url=url, config=config)) as client:
        store = S3Store(client, "bucket", "", lambda: 60.0)
        with pytest.raises(StoreError, match=r"Could not connect.*s3://bucket/latest.json"):
            store.get("latest.json")


def test_a_bucket_that_does_not_exist(server: S3Server) -> None:
    with closing(server.client()) as client, pytest.raises(StoreError, match="NoSuchBucket"):
        S3Store(client, "nowhere", "", lambda: 60.0).get(KEY)


def test_without_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    session = boto3.session.Session()
    client = session.client("s3", endpoint_url=server.url)
    with closing(client), pytest.raises(StoreError, match="Unable to locate credentials"):
        S3Store(client, "bucket", "", lambda: 60.0).get(KEY)
