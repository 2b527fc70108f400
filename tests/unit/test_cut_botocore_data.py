"""With the data that `make package` leaves, botocore sends the same requests as with all of it."""

import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session
from tools.cut_botocore_data import SERVICES, cut
from urllib3 import HTTPResponse

WHOLE = Path(botocore.__file__).parent / "data"
# Two services whose data has to go.
OTHERS = ("sqs", "sts")
REGIONS = ("us-east-1", "ap-northeast-2", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1")
OBJECT = {"Bucket": "my-papers", "Key": "state/root.json"}
JSON = {"Body": b"{}", "ContentType": "application/json", "CacheControl": "no-store"}
Parameters = Mapping[str, Any]
TOPIC = "arn:aws:sns:us-east-1:123456789012:readers"
PUBLISHED = b"<PublishResponse><PublishResult/></PublishResponse>"
EVENT = {"Source": "paperboy", "DetailType": "EditionPublished", "Detail": "{}"}
CALLS: dict[str, list[tuple[str, Parameters]]] = {
    "s3": [
        ("get_object", OBJECT),
        ("get_object", {**OBJECT, "Bucket": "my.papers", "ChecksumMode": "ENABLED"}),
        ("put_object", {**OBJECT, **JSON, "IfNoneMatch": "*"}),
        ("put_object", {**OBJECT, **JSON, "IfMatch": '"e"', "ChecksumAlgorithm": "SHA256"}),
        ("list_objects_v2", {"Bucket": "my-papers", "Prefix": "daily/"}),
    ],
    "events": [("put_events", {"Entries": [EVENT]})],
    "sns": [("publish", {"TopicArn": TOPIC, "Message": "{}", "Subject": "한"})],
    "secretsmanager": [("get_secret_value", {"SecretId": "paperboy"})],
    "ssm": [("get_parameter", {"Name": "/paperboy/token", "WithDecryption": True})],
}


@pytest.fixture(name="data", scope="module")
def cut_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of botocore's data that was cut."""
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for path in WHOLE.iterdir():
        if path.is_file():
            shutil.copy(path, data)
        elif path.name in (*SERVICES, *OTHERS):
            shutil.copytree(path, data / path.name)
    cut(data)
    return data


@cache
def session(data: Path) -> Session:
    """Return a session that knows this data and no other."""
    made = Session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    # Else botocore takes it for somebody's changes, and looks up endpoints in another way.
    loader.BUILTIN_DATA_PATH = str(data)
    made.register_component("data_loader", loader)
    made.set_credentials("testing", "testing")
    return made


def requests(data: Path, region: str, config: Config | None = None) -> Iterator[object]:
    """Yield what botocore would send for each call, or the error that it raises instead."""
    sent: list[object] = []

    def answer(request: AWSPreparedRequest, **_: object) -> Any:
        sent.append(comparable(request))
        body = b"{}" if "X-Amz-Target" in request.headers else b""
        body = PUBLISHED if "//sns" in request.url else body
        raw = HTTPResponse(BytesIO(body), preload_content=False)
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    for service, calls in CALLS.items():
        try:
            client = session(data).create_client(service, region, config=config)
        except BotoCoreError as error:
            # Some regions have no such endpoint for a service.
            yield type(error), str(error)
            continue
        client.meta.events.register("before-send", answer)
        for operation, parameters in calls:
            try:
                getattr(client, operation)(**parameters)
            except BotoCoreError as error:
                yield type(error), str(error)
            else:
                yield sent.pop()


def comparable(request: AWSPreparedRequest) -> tuple[object, ...]:
    """Return what a request sends, without what differs each time."""
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    # The user agent lists features in any order.
    for name in ("x-amz-date", "amz-sdk-invocation-id", "user-agent"):
        headers.pop(name, None)
    # What it is signed for: region and service.
    headers["authorization"] = re.sub(r"/\d{8}/|Signature=.*", "", headers["authorization"])
    body: Any = request.body
    return request.method, request.url, headers, body.read() if hasattr(body, "read") else body


def test_only_the_services_that_are_called_are_left(data: Path) -> None:
    assert {path.name for path in data.iterdir() if path.is_dir()} == set(SERVICES)
    files = {path.name for path in WHOLE.iterdir() if path.is_file()}
    assert {path.name for path in data.iterdir() if path.is_file()} == files
    assert session(data).get_available_regions("sqs") == []
    assert session(data).get_available_regions("s3") == session(WHOLE).get_available_regions("s3")


@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("region", REGIONS)
def test_requests_are_the_same(data: Path, region: str, fips: bool, dual_stack: bool) -> None:
    config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
    assert list(requests(data, region, config)) == list(requests(WHOLE, region, config))


def test_requests_go_to_the_regions_endpoints(data: Path) -> None:
    urls = [one[1] for one in requests(data, "cn-north-1") if isinstance(one, tuple)]
    assert urls[0] == "https://my-papers.s3.cn-north-1.amazonaws.com.cn/state/root.json"
    assert urls[-1] == "https://ssm.cn-north-1.amazonaws.com.cn/"
