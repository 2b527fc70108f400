"""What the benchmark measures with: its limit signs as botocore does, its servers keep to S3."""

import json
import time
import xml.etree.ElementTree as ET
from hashlib import sha256
from pathlib import Path

import pytest
from bench import flame, plan, profile
from bench.limit.handler import signed
from bench.loopback import Answer, Request
from bench.objects import Objects
from bench.runtime_api import NEXT, RuntimeApi
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = "/papers/daily/2025-12-24.json"


def asked(method: str, body: bytes = b"", path: str = KEY, **headers: str) -> Request:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, "", told, body)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_limit_signs_like_botocore(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    body, now = b"{}", time.gmtime(1_766_584_800)
    told = {"host": "127.0.0.1:9000", "content-type": "application/json", "if-none-match": "*"}
    ours = signed(method, KEY, told, sha256(body).hexdigest(), now)

    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    auth = S3SigV4Auth(credentials, "s3", "us-east-1")
    headers = {name: value for name, value in ours.items() if name != "authorization"}
    request = AWSRequest(method, f"http://127.0.0.1:9000{KEY}", headers, data=body)
    request.context["timestamp"] = headers["x-amz-date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert ours["authorization"].endswith(f"Signature={auth.signature(text, request)}")


def test_the_local_s3_keeps_to_conditions() -> None:
    objects = Objects()

    def put(body: bytes, **condition: str) -> Answer:
        return objects.answer(asked("PUT", body, **condition))

    assert objects.answer(asked("GET")).status == 404
    assert put(b"1", if_match='"0"').status == 404
    first = put(b"1", if_none_match="*")
    assert first.status == 200
    assert put(b"2", if_none_match="*").status == 412
    assert put(b"2", if_match='"0"').status == 412
    assert put(b"2", if_match=first.headers["ETag"]).status == 200
    assert put(b"2", x_amz_checksum_sha256="of something else").status == 400
    assert objects.answer(asked("GET")).body == b"2"
    objects.copy("/papers/daily", "/papers/copies")
    assert objects.answer(asked("GET", path="/papers/copies/2025-12-24.json")).body == b"2"


def test_the_runtime_api_gives_its_event_once() -> None:
    api = RuntimeApi()
    api.expect(b"{}")
    given = api.answer(asked("GET", path=NEXT))
    assert given is not None
    assert given.body == b"{}"
    assert api.outcome(0) is None
    api.answer(asked("POST", path="/2018-06-01/runtime/invocation/1/response"))
    assert (api.outcome(0) or {})["error"] is None
    assert api.answer(asked("GET", path=NEXT)) is None


def test_a_plan_has_requests_and_bodies_in_order(tmp_path: Path) -> None:
    source = Request("GET", "/api/daily_papers", "date=2025-12-24", {}, b"")
    store = asked("PUT", b"two", path="/papers/p/a%3Db", if_match='"1"', host="127.0.0.1")
    plan.write(tmp_path, [("source", source), ("store", store)], "/papers/p/")
    first, second = json.loads((tmp_path / plan.REQUESTS).read_bytes())
    assert first["target"] == "/api/daily_papers?date=2025-12-24"
    assert second == {
        "server": "store",
        "method": "PUT",
        "target": "a=b",
        "headers": {"if-match": '"1"'},
        "size": 3,
    }
    assert (tmp_path / plan.BODIES).read_bytes() == b"two"


def test_a_flame_graph_is_xml_with_a_title_a_box() -> None:
    root = flame.grown([(["core/a.py:<module>", "re.py:b"], 3), (["core/a.py:<module>"], 1)])
    drawn = ET.fromstring(flame.render(root, "A & B"))  # noqa: S314 (our own)
    titles = [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["a cold run (100.0%)", "core/a.py:<module> (100.0%)", "re.py:b (75.0%)"]
    assert flame.shares(root, {"Paperboy": ["core/"]}) == {"Paperboy": 0.25, "the rest": 0.75}


def test_imports_are_told_before_what_they_import() -> None:
    log = """\
import time: self [us] | cumulative | imported package
import time:         1 |          1 |     c
import time:         1 |          2 |   b
import time:         1 |          1 |   d
import time:         1 |          4 | a
import time:         1 |          1 | e
"""
    found = [(one.name, one.level, one.whole) for one in profile.imported(log)]
    assert found == [("a", 0, 4), ("b", 1, 2), ("c", 2, 1), ("d", 1, 1), ("e", 0, 1)]
