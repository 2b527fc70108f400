"""S3 over HTTP: what an object looks like there, and every way in which S3 refuses."""

from collections.abc import Iterator
from contextlib import closing

import boto3
import pytest
from botocore.config import Config

from adapters import s3
from adapters.s3 import S3Store
from core import layout
from core.errors import StoreConflict, StoreError
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
        yield S3Store(client, "bucket", "papers/")


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
    etag = store.put(ARTIFACT, replaces=None)
    store.put(layout.artifact(KEY, b"{ }"), replaces=etag)
    first, second = server.writes()
    assert first.headers["if-none-match"] == "*"
    assert second.headers["if-match"] == etag


@pytest.mark.parametrize(
    ("status", "code"), [(409, "ConditionalRequestConflict"), (412, "PreconditionFailed")]
)
def test_a_lost_race_is_a_conflict(
    server: S3Server, store: S3Store, status: int, code: str
) -> None:
    server.script(refusal(status, code))
    with pytest.raises(StoreConflict, match=rf"{code} \(s3://bucket/papers/{KEY}\)"):
        store.put(ARTIFACT, replaces=None)


REFUSALS = [
    (403, "AccessDenied"),
    (404, "NoSuchBucket"),
    (400, "InvalidRequest"),
    (500, "InternalError"),
    (503, "SlowDown"),
]


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_any_other_refusal_names_key_and_code(
    server: S3Server, store: S3Store, status: int, code: str
) -> None:
    for act in (lambda: store.get(KEY), lambda: store.put(ARTIFACT, replaces=None)):
        server.script(*[refusal(status, code)] * s3.TRIES)
        with pytest.raises(StoreError) as caught:
            act()
        assert not isinstance(caught.value, StoreConflict)
        assert f"{code}: Because. (s3://bucket/papers/{KEY})" in str(caught.value)
        server.script()


def test_a_bucket_that_is_away(server: S3Server) -> None:
    url = server.url.rsplit(":", 1)[0] + ":1"
    config = s3.CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    with closing(boto3.client("s3", endpoint_url=url, config=config)) as client:
        store = S3Store(client, "bucket")
        with pytest.raises(StoreError, match=r"Could not connect.*s3://bucket/latest.json"):
            store.get("latest.json")


def test_a_bucket_that_does_not_exist(server: S3Server) -> None:
    with closing(server.client()) as client, pytest.raises(StoreError, match="NoSuchBucket"):
        S3Store(client, "nowhere").get(KEY)


def test_without_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    session = boto3.session.Session()
    client = session.client("s3", endpoint_url=server.url)
    with closing(client), pytest.raises(StoreError, match="Unable to locate credentials"):
        S3Store(client, "bucket").get(KEY)
