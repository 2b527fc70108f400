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

from tests.support import rie
from tests.support.recorded import REPOSITORY

rie.need_package()

OURS = {"adapters", "core", "handler", "events", "schema", "templates"}
LIBRARIES = {
    *("aws_lambda_powertools", "boto3", "botocore", "certifi", "charset_normalizer", "dateutil"),
    *("idna", "jinja2", "jmespath", "markupsafe", "requests", "s3transfer", "six.py"),
    *("typing_extensions.py", "tzdata", "urllib3"),
}
MACHINE_CODE = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
UNCHECKED_HASH = 1
REGIONS = ["us-east-1", "ap-northeast-2", "us-gov-west-1", "cn-north-1"]
PRINT_ENDPOINT = """
import sys, boto3
print(boto3.client("s3", region_name=sys.argv[1]).meta.endpoint_url)
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


def test_it_holds_no_machine_code() -> None:
    assert [path for path in files() if path.read_bytes().startswith(MACHINE_CODE)] == []


def test_all_its_bytecode_is_there_and_is_never_checked() -> None:
    sources = {path for path in files() if path.suffix == ".py"}
    compiled = {path for path in files() if path.suffix == ".pyc"}
    assert {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled} == sources
    assert {path.suffixes[0] for path in compiled} == {".cpython-313"}
    assert {path.read_bytes()[4] for path in compiled} == {UNCHECKED_HASH}


@pytest.mark.parametrize("region", REGIONS)
def test_what_was_cut_from_botocore_does_not_change_where_s3_is(region: str) -> None:
    command = [str(rie.PYTHON), "-B", "-c", PRINT_ENDPOINT, region]
    packaged = subprocess.run(command, cwd=rie.PACKAGE, capture_output=True, text=True, check=True)
    with closing(boto3.client("s3", region_name=region)) as whole:
        assert packaged.stdout.strip() == whole.meta.endpoint_url


def test_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files():
            archive.write(path, path.relative_to(rie.PACKAGE))
    size, zipped = sum(path.stat().st_size for path in files()), len(packed.getvalue())
    with capsys.disabled():
        print(f"\npackage: {size / 1e6:.1f} MB, zipped {zipped / 1e6:.1f} MB")  # noqa: T201 (a figure to read)
    largest_that_starts_well = 10_000_000
    assert zipped < largest_that_starts_well
