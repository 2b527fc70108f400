"""S3 over HTTP: what an object looks like there, and every way in which S3 refuses."""

import gzip
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import chain, repeat
from threading import get_ident
from time import monotonic
from typing import Any

import pytest

from adapters import s3, web
from adapters.aws import Service
from adapters.s3 import S3Store
from adapters.sigv4 import Credentials, Scope
from core.model import keys
from core.model.errors import StoreConflict, StoreError
from tests.support.servers import DRIP, Answer, Request, S3Server, http_server, s3_server

KEY = "daily/2025-12-24.json"
ARTIFACT = keys.artifact(KEY, b"{}")


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server("bucket") as running:
        yield running


def store_in(server: S3Server, bucket: str = "bucket", left: float = 60.0) -> S3Store:
    return S3Store(server.service(), bucket, "papers/", lambda: left)


@pytest.fixture
def store(server: S3Server) -> S3Store:
    return store_in(server)


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
    store.put(keys.artifact(KEY, b"{ }"), replaces=stored.etag)
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
    (404, "page not found"),
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
    with pytest.raises(StoreError, match="time is over"):
        do(store_in(server, left=0.0), act)
    assert server.requests == []


@contextmanager
def store_at(answer: Callable[[Request], Answer], left: Iterable[float]) -> Iterator[S3Store]:
    """Give a store in an S3 that answers so; `left` is what its run's clock tells, in turn."""
    clock = iter(left)
    with http_server(answer) as url:
        yield S3Store(at(url), "bucket", "", lambda: next(clock))


def at(url: str) -> Service:
    """Return S3 at an address."""
    ours = Credentials("testing", "testing")
    return Service(Scope("us-east-1", "s3"), url, is_aws=False, credentials=lambda: ours)


def found(body: bytes, **how: Any) -> Answer:
    """Return how S3 gives an object, with the checksum that it was put with."""
    checksum = b64encode(sha256(body).digest()).decode()
    return Answer(body=body, headers={"ETag": '"1"', "x-amz-checksum-sha256": checksum}, **how)


SLOW, ENDLESS = b"x" * (3 * DRIP), b"x" * 2**20
PACKED = gzip.compress(b"[]")


@pytest.mark.parametrize(
    ("drip", "left", "problem"),
    [
        (0.01, [60, 60, 60, 9], "the run's time is over"),
        (0.01, [60, 60, 60], "the run's time is over"),
        (60, [60, 60], "the run's time is over"),
        (60, [60, 0.05, 0.05], "S3 did not read: .*Read timed out"),
    ],
    ids=[
        "little time, then none",
        "none after some",
        "none at its beginning",
        "none comes in time",
    ],
)
def test_a_body_that_trickles_lasts_no_longer_than_the_run(
    drip: float, left: list[float], problem: str
) -> None:
    begun = monotonic()
    with (
        store_at(lambda _: found(ENDLESS, drip=drip), chain(left, repeat(0))) as store,
        pytest.raises(StoreError, match=rf"{problem}.*\(s3://bucket/{KEY}\)"),
    ):
        store.get(KEY)
    assert monotonic() - begun < s3.READ_SECONDS / 2


@pytest.mark.parametrize("left", [60, 5], ids=["enough time", "little time"])
@pytest.mark.parametrize(
    "body", [b"", b"{}", SLOW, b"y" * (3 * web.CHUNK)], ids=["empty", "short", "slow", "long"]
)
def test_what_comes_in_time_is_whole_and_leaves_the_connection_to_the_next(
    body: bytes, left: float
) -> None:
    clients = []

    def answer(_: Request) -> Answer:
        clients.append(get_ident())
        return found(body, drip=0.01 if body is SLOW else 0)

    with store_at(answer, repeat(left)) as store:
        stored = [store.get(KEY) for _ in range(3)]
    assert [one.body for one in stored if one] == [body] * 3
    assert clients == [clients[0]] * 3


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (found(SLOW, cut=DRIP), r"1024 bytes read, 2048 more expected"),
        (found(SLOW, cut=DRIP, reset=True), "Connection broken"),
        (found(b"short", length=9), "5 bytes read, 4 more expected"),
        (replace(found(SLOW), body=SLOW[1:]), "does not have the object's checksum"),
        (replace(found(b""), body=b"more"), "does not have the object's checksum"),
    ],
    ids=["cut", "reset", "wrong length", "another body", "a body instead of none"],
)
def test_a_body_that_is_not_what_was_put_is_an_error(answer: Answer, problem: str) -> None:
    with (
        store_at(lambda _: answer, repeat(60.0)) as store,
        pytest.raises(StoreError, match=f"S3 did not read: .*{problem}"),
    ):
        store.get(KEY)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=-2"},
        {"Content-Encoding": "gzip"},
        {"x-amz-checksum-sha256": b64encode(sha256(PACKED).digest()).decode()}
        | {"Content-Encoding": "gzip"},
    ],
    ids=["put in parts", "said to be packed", "said to be packed, with its checksum"],
)
def test_what_other_tools_put_is_read_as_it_is(headers: dict[str, str]) -> None:
    answer = Answer(body=PACKED, headers={"ETag": '"1"', **headers})
    with store_at(lambda _: answer, repeat(60.0)) as store:
        stored = store.get(KEY)
    assert stored
    assert stored.body == PACKED


def test_a_bucket_that_is_away(server: S3Server) -> None:
    store = S3Store(at(server.url.rsplit(":", 1)[0] + ":1"), "bucket", "", lambda: 1.0)
    with pytest.raises(StoreError, match=r"Connection refused.*s3://bucket/latest.json"):
        store.get("latest.json")


def test_a_bucket_that_does_not_exist(server: S3Server) -> None:
    with pytest.raises(StoreError, match="NoSuchBucket"):
        store_in(server, "nowhere").get(KEY)


def test_a_bucket_of_another_region(server: S3Server, store: S3Store) -> None:
    moved = refusal(301, "PermanentRedirect")
    server.script(replace(moved, headers={**moved.headers, "x-amz-bucket-region": "eu-west-1"}))
    with pytest.raises(
        StoreError, match=r"PermanentRedirect: Because\.; the bucket is in eu-west-1"
    ):
        store.get(KEY)


def test_a_success_that_tells_of_an_error(server: S3Server, store: S3Store) -> None:
    server.script(replace(refusal(500, "InternalError"), status=200))
    with pytest.raises(StoreError, match="no ETag: InternalError"):
        store.put(ARTIFACT, replaces=None)
