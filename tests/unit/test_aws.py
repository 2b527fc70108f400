"""What AWS is asked, held against what boto3 would send: addresses, headers, signatures."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from unittest import mock
from urllib.parse import quote

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as TheirCredentials
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from adapters import aws
from adapters.s3 import S3Store
from adapters.sigv4 import Credentials, Scope, sign
from adapters.web import Answer, Web
from core.model.errors import SettingsError
from core.model.objects import Artifact

NOW = datetime(2026, 7, 1, 3, 4, 5, tzinfo=UTC)
ARTIFACT = Artifact("daily/2026-07-01.json", b"{}", "application/json", "public, max-age=3600")
PREFIX = "a b!/"
KEY = PREFIX + ARTIFACT.key
KEYS = st.from_regex(r"[A-Za-z0-9_.!*'()-]{1,20}(/[A-Za-z0-9_.!*'()-]{1,20}){0,3}", fullmatch=True)
VALUES = st.from_regex(r'[!-~]([ -~]{0,20}[!-~])?|"[0-9a-f]{32}"', fullmatch=True)
NAMES = st.sampled_from(["content-type", "cache-control", "if-match", "x-amz-meta-a"])
TOKENS = st.text("abcXYZ019/+=", max_size=40)


def test_the_signature_of_amazons_own_example() -> None:
    """Hold the signature to the "GET Object" example of Amazon's documentation."""
    signed = sign(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        {"range": "bytes=0-9"},
        b"",
        scope=Scope("us-east-1", "s3"),
        credentials=Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )
    expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert signed["authorization"].endswith(f"Signature={expected}")


@given(key=KEYS, headers=st.dictionaries(NAMES, VALUES), body=st.binary(max_size=99), token=TOKENS)
def test_any_request_is_signed_as_botocore_signs_it(
    key: str, headers: dict[str, str], body: bytes, token: str
) -> None:
    url = f"https://bucket.s3.eu-west-1.amazonaws.com/{quote(key, safe='/~')}"
    ours = sign(
        "PUT",
        url,
        headers,
        body,
        scope=Scope("eu-west-1", "s3"),
        credentials=Credentials("AKIA", "secret", token),
        now=NOW,
    )
    theirs = AWSRequest("PUT", url, headers=headers, data=body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        S3SigV4Auth(TheirCredentials("AKIA", "secret", token or None), "s3", "eu-west-1").add_auth(
            theirs
        )
    expected = {name.lower(): value for name, value in theirs.headers.items()}
    assert {**ours, "host": None} == {**expected, "host": None}


REGIONS = [
    region
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
    for region in Session().get_available_regions("s3", partition)
    if region != "us-east-1"  # where boto3 still asks the global address by default
]


class Sent(Exception):
    """What would have been sent."""

    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        super().__init__(url)
        unsaid = ("user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "authorization")
        named = {name.lower(): _text(value) for name, value in headers.items()}
        left = {name: value for name, value in named.items() if name not in unsaid}
        # boto3 signs no body that goes through TLS; it does not know our checksum's twin.
        for name in ("x-amz-date", "x-amz-content-sha256", "host", "content-length"):
            left.pop(name, None)
        for name in ("expect", "x-amz-sdk-checksum-algorithm"):
            left.pop(name, None)
        self.request = (method, url, left)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def theirs(region: str, act: Callable[[Any], object]) -> Sent:
    config = Config(
        request_checksum_calculation="when_required", response_checksum_validation="when_required"
    )

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        raise Sent(request.method, request.url, dict(request.headers.items()))

    # A session of its own, as others may have left their credentials in the default one.
    made = boto3.Session("AKIA", "secret").client("s3", region_name=region, config=config)
    with closing(made) as client:
        client.meta.events.register("before-send.s3", stop)
        with pytest.raises(Sent) as caught:
            act(client)
    return caught.value


def ours(
    monkeypatch: pytest.MonkeyPatch, region: str, bucket: str, act: Callable[[S3Store], object]
) -> Sent:
    def stop(_: Web, method: str, url: str, headers: Any, body: Any) -> Answer:  # noqa: ARG001
        raise Sent(method, url, headers)

    monkeypatch.setattr(Web, "send", stop)
    monkeypatch.setenv("AWS_REGION", region)
    with pytest.raises(Sent) as caught:
        act(S3Store(aws.service("s3"), bucket, PREFIX, lambda: 60.0))
    return caught.value


CONDITIONS: list[tuple[str | None, dict[str, str]]] = [
    (None, {"IfNoneMatch": "*"}),
    ('"1"', {"IfMatch": '"1"'}),
]


@pytest.mark.parametrize("bucket", ["papers", "papers.example.org"])
@pytest.mark.parametrize("region", REGIONS)
def test_a_get_is_the_one_of_boto3(
    monkeypatch: pytest.MonkeyPatch, region: str, bucket: str
) -> None:
    asked: Any = {"Bucket": bucket, "Key": KEY, "ChecksumMode": "ENABLED"}
    got = ours(monkeypatch, region, bucket, lambda store: store.get(ARTIFACT.key))
    assert got.request == theirs(region, lambda s3: s3.get_object(**asked)).request


@pytest.mark.parametrize("region", REGIONS[::9])
@pytest.mark.parametrize(("etag", "condition"), CONDITIONS)
def test_a_put_is_the_one_of_boto3(
    monkeypatch: pytest.MonkeyPatch, region: str, etag: str | None, condition: dict[str, str]
) -> None:
    asked: Any = {
        "Bucket": "papers",
        "Key": KEY,
        "Body": ARTIFACT.body,
        "ContentType": ARTIFACT.media_type,
        "CacheControl": ARTIFACT.cache_control,
        "ChecksumSHA256": b64encode(sha256(ARTIFACT.body).digest()).decode(),
        **condition,
    }
    got = ours(monkeypatch, region, "papers", lambda store: store.put(ARTIFACT, replaces=etag))
    assert got.request == theirs(region, lambda s3: s3.put_object(**asked)).request


@pytest.mark.parametrize("name", ["secretsmanager", "ssm"])
@pytest.mark.parametrize("region", REGIONS)
def test_where_the_secrets_are_is_where_boto3_asks(name: Any, region: str) -> None:
    with closing(boto3.client(name, region_name=region)) as client:
        assert aws.service(name, region).url == client.meta.endpoint_url


SETTINGS: list[tuple[dict[str, str], str, bool]] = [
    ({}, "https://s3.eu-central-1.amazonaws.com", True),
    ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "cn-north-1"}, ".cn-north-1.amazonaws.com.cn", True),
    ({"AWS_ENDPOINT_URL": "http://localhost:9000/"}, "http://localhost:9000", False),
    (
        {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_ENDPOINT_URL_S3": "http://localhost:2"},
        "http://localhost:2",
        False,
    ),
]


@pytest.mark.parametrize(("environment", "url", "is_aws"), SETTINGS)
def test_where_a_service_is(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, is_aws: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = aws.service("s3")
    assert found.url.endswith(url)
    assert found.is_aws == is_aws


def _without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    aws.session.cache_clear()


@pytest.mark.parametrize(
    ("missing", "wrong", "problem"),
    [
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], {}, "no AWS credentials: log in"),
        (["AWS_REGION", "AWS_DEFAULT_REGION"], {}, "AWS_REGION must be the region"),
        ([], {"AWS_REGION": "x y"}, "AWS_REGION must be the region"),
        ([], {"AWS_ENDPOINT_URL_S3": "localhost:9000"}, "AWS_ENDPOINT_URL_S3 must be http"),
        (["AWS_ACCESS_KEY_ID"], {"AWS_PROFILE": "nope"}, "no AWS credentials: .*nope"),
    ],
)
def test_settings_that_lead_nowhere(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], wrong: dict[str, str], problem: str
) -> None:
    _without(monkeypatch, *missing)
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=problem):
        aws.service("s3")
    aws.session.cache_clear()


def test_a_desk_has_its_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    _without(monkeypatch, "AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_DEFAULT_REGION")
    file = tmp_path / "config"
    file.write_text(
        "[profile papers]\nregion = eu-west-3\n"
        "aws_access_key_id = AKIA\naws_secret_access_key = s\naws_session_token = t\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "papers")
    found = aws.service("s3")
    assert found.scope.region == "eu-west-3"
    assert found.credentials() == Credentials("AKIA", "s", "t")
    aws.session.cache_clear()
