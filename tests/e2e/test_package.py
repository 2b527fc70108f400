"""What `sam build` packs: what runs, for any processor, and nothing else."""

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path

import boto3
import pytest
from tools.cut_botocore_data import SERVICES

from tests.support import rie, template
from tests.support.recorded import REPOSITORY
from tests.support.servers import s3_server

rie.need_package()

OURS = {
    *("adapters", "core", "handler", "events", "schema", "templates"),
    *("compiled_templates", "paperboy.toml"),
}
LIBRARIES = {
    *("aws_lambda_powertools", "boto3", "botocore", "certifi", "charset_normalizer", "dateutil"),
    *("idna", "jinja2", "jmespath", "markupsafe", "pylatexenc", "requests", "s3transfer", "six.py"),
    *("typing_extensions.py", "tzdata", "urllib3"),
}
MACHINE_CODE = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
UNCHECKED_HASH = 1
# From its file: to look for it in the package `tzdata` takes longer than to read it.
PRINT_ZONE = """
import sys
from datetime import datetime
from zoneinfo import ZoneInfo
print(datetime(2026, 1, 1, tzinfo=ZoneInfo(sys.argv[1])).utcoffset())
assert "tzdata" not in sys.modules, "it was looked for in the package"
"""
PRINT_TOKENS = """
import sys
from adapters import secrets
for reference in sys.argv[1:]:
    print(secrets.read_token(secrets.BLOG, reference, lambda: 60.0))
"""


def files() -> Iterator[Path]:
    return (path for path in rie.PACKAGE.rglob("*") if path.is_file())


def test_it_holds_ours_and_the_libraries() -> None:
    top = {path.name for path in rie.PACKAGE.iterdir()} - {"__pycache__"}
    assert {name for name in top if not name.endswith(".dist-info")} == OURS | LIBRARIES


@pytest.mark.parametrize(
    ("source", "packaged"),
    [
        *((f"src/{name}", name) for name in ("adapters", "core", "handler")),
        *(("templates", "templates"), ("schema", "schema"), ("events/sample", "events/sample")),
    ],
)
def test_it_holds_exactly_our_files(source: str, packaged: str) -> None:
    assert rie.our_files(rie.PACKAGE / packaged) == rie.our_files(REPOSITORY / source)


def test_it_holds_the_configuration() -> None:
    packaged = (rie.PACKAGE / "paperboy.toml").read_bytes()
    assert packaged == (REPOSITORY / "paperboy.toml").read_bytes()


def test_it_holds_no_other_events() -> None:
    assert [path.name for path in (rie.PACKAGE / "events").iterdir()] == ["sample"]


def test_it_holds_the_locked_versions() -> None:
    lock = (REPOSITORY / "requirements" / "lambda.txt").read_text("utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    packaged = {
        found.name.lower().replace("_", "-"): found.version
        for found in distributions(path=[str(rie.PACKAGE)])
    }
    assert packaged == locked


def test_it_holds_the_data_of_three_services() -> None:
    data = rie.PACKAGE / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == set(SERVICES)


def test_it_holds_no_machine_code() -> None:
    assert [path for path in files() if path.read_bytes().startswith(MACHINE_CODE)] == []


def test_all_its_bytecode_is_there_and_is_never_checked() -> None:
    sources = {path for path in files() if path.suffix == ".py"}
    compiled = {path for path in files() if path.suffix == ".pyc"}
    assert {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled} == sources
    assert {path.suffixes[0] for path in compiled} == {".cpython-313"}
    assert {path.read_bytes()[4] for path in compiled} == {UNCHECKED_HASH}


def test_it_has_time_zones_where_the_template_says_so() -> None:
    function = template.load()["Resources"]["PaperboyFunction"]["Properties"]
    variables = function["Environment"]["Variables"]
    place = rie.PACKAGE / variables["PYTHONTZPATH"].removeprefix("/var/task/")
    assert rie.script(PRINT_ZONE, "Asia/Seoul", PYTHONTZPATH=str(place)).split() == ["9:00:00"]
    with pytest.raises(subprocess.CalledProcessError):
        rie.script(PRINT_ZONE, "Asia/Nowhere", PYTHONTZPATH=str(place))


def test_the_token_is_read_from_both_of_its_places() -> None:
    with s3_server() as server:
        with closing(boto3.client("secretsmanager", endpoint_url=server.url)) as manager:
            arn = manager.create_secret(Name="paperboy", SecretString="one")["ARN"]
        with closing(boto3.client("ssm", endpoint_url=server.url)) as ssm:
            ssm.put_parameter(Name="/paperboy/token", Value="two", Type="SecureString")
        tokens = rie.script(PRINT_TOKENS, arn, "/paperboy/token", AWS_ENDPOINT_URL=server.url)
    assert tokens.split() == ["one", "two"]


def test_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files():
            archive.write(path, path.relative_to(rie.PACKAGE))
    size, zipped = sum(path.stat().st_size for path in files()), len(packed.getvalue())
    with capsys.disabled():
        print(f"\npackage: {size / 1e6:.1f} MB, zipped {zipped / 1e6:.1f} MB")  # noqa: T201 (a figure to read)
    assert zipped <= 8_000_000
