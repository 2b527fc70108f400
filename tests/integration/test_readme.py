"""What README shows works as it is written there: the fetching, and the commands' names."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapters.recorded import RecordedSource
from core import HOMEPAGE, VERSION, publish
from core.model.report import RunRequest
from core.render import json
from handler import bootstrap
from handler.settings import NAMES, from_environment
from tests.support import sample
from tests.support.papers import DAY, NOW
from tests.support.servers import S3Server, s3_server

README = (sample.ROOT / "README.md").read_text("utf-8")
CURL_MISSING = shutil.which("curl") is None and os.environ.get("CI") != "true"


def block(language: str, beginning: str) -> str:
    """Return the code block that begins so."""
    (found,) = re.findall(rf"```{language}\n({re.escape(beginning)}.*?)```", README, re.DOTALL)
    return str(found)


@pytest.fixture
def bucket() -> Iterator[S3Server]:
    """Run S3 with an edition in README's bucket."""
    with s3_server("my-bucket") as server, closing(server.client()) as client:
        body = json.render(sample.edition())
        client.put_object(Bucket="my-bucket", Key="latest.json", Body=body)
        yield server


def run(command: list[str], **environment: str) -> str:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_boto3(bucket: S3Server) -> None:
    code = block("python", "import boto3")
    printed = run([sys.executable, "-c", code], AWS_ENDPOINT_URL_S3=bucket.url)
    assert printed.splitlines()[0] == "1 73 SemanticGen: Video Generation in Semantic Space"
    assert len(printed.splitlines()) == 3


@pytest.mark.skipif(CURL_MISSING, reason="curl is not installed")
@pytest.mark.parametrize("session", [{}, {"AWS_SESSION_TOKEN": "session"}])
def test_curl_signs_as_s3_wants_it(bucket: S3Server, session: Mapping[str, str]) -> None:
    here = f"curl --silent --connect-to ::127.0.0.1:{bucket.url.rpartition(':')[2]} "
    command = block("sh", "curl").replace("curl ", here, 1).replace("https:", "http:")
    assert run(["bash", "-c", command], **session) == sample.golden("2025-12-24.json")
    headers = bucket.requests[-1].headers
    scope, names, signature = headers["authorization"].split(", ")
    assert scope.endswith("/ap-northeast-2/s3/aws4_request")
    assert signature == f"Signature={expected_signature(headers, names.split('=')[1].split(';'))}"


def expected_signature(headers: Mapping[str, str], signed: list[str]) -> str:
    """Return the signature that AWS' own client computes for the same request."""
    assert {"x-amz-content-sha256", "x-amz-date"} <= set(signed)
    url = "http://my-bucket.s3.ap-northeast-2.amazonaws.com/latest.json"
    sent = {name: headers[name] for name in signed if name != "host"}
    request = AWSRequest("GET", url, headers=sent)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials("testing", "testing"), "s3", "ap-northeast-2")
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(to_sign, request))


def test_every_make_target_is_one() -> None:
    makefile = (sample.ROOT / "Makefile").read_text("utf-8")
    documents = [README, (sample.ROOT / "CONTRIBUTING.md").read_text("utf-8")]
    for target in set(re.findall(r"`?make ([a-z0-9]+)", "".join(documents))):
        assert f"\n{target}:" in makefile


def test_the_code_and_the_package_tell_the_same_version_and_address() -> None:
    project = tomllib.loads((sample.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["version"], project["urls"]["Homepage"]) == (VERSION, HOMEPAGE)


def test_every_setting_is_told() -> None:
    for name in NAMES:
        assert f"`PAPERBOY_{name}`" in README


def test_duckdb(tmp_path: Path) -> None:
    settings = from_environment({"PAPERBOY_STORE": f"{tmp_path.as_uri()}/public"})
    ports = replace(bootstrap.ports(settings, lambda: 60.0), source=RecordedSource(sample.PAYLOAD))
    assert publish.run(RunRequest((DAY,), NOW), ports).errors() == []
    query = block("sql", "SELECT date_trunc").replace("public/", f"{tmp_path}/public/")
    with closing(duckdb.connect()) as connection:
        ((month, papers, votes),) = connection.execute(query).fetchall()
    assert (f"{month:%Y-%m-%d}", papers, votes) == ("2025-12-01", 16, 254)
