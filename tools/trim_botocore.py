"""Cut botocore's descriptions of AWS, in a package, to the services that Paperboy calls.

Run as `python trim_botocore.py PACKAGE/botocore/data`. Of some 400 services S3 is kept whole; of
those that may hold the blog's token, one operation each is.

Source: https://github.com/boto/botocore/blob/develop/botocore/loaders.py
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

WHOLE = "s3"
ONE_OPERATION = {"secretsmanager": "GetSecretValue", "ssm": "GetParameter"}
KEPT_FILES = ("endpoint-rule-set-1.json.gz", "service-2.sdk-extras.json")
PACKED_MODEL = "service-2.json.gz"
MODEL = "service-2.json"


def trim(data: Path) -> None:
    """Trim botocore's directory `data`, whose layout is that of an untouched botocore."""
    for directory in data.iterdir():
        if directory.is_dir() and directory.name not in (WHOLE, *ONE_OPERATION):
            shutil.rmtree(directory)
    for service, operation in ONE_OPERATION.items():
        (version,) = (data / service).iterdir()
        _trim_service(version, operation)
    # A seventh of a cold start: botocore reads the addresses of all services to find those of S3.
    _trim_endpoints(data / "endpoints.json")


def cut(model: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """Return a service's model with one operation, and the shapes that it needs."""
    kept = model["operations"][operation]
    shapes: dict[str, Any] = {}
    waiting = list(_named(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _named(shapes[name])
    return {**model, "operations": {operation: kept}, "shapes": shapes}


def _named(description: object) -> Iterator[str]:
    """Yield the names of the shapes that a description refers to, at any depth."""
    if isinstance(description, dict):
        for key, value in description.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(description, list):
        for part in description:
            yield from _named(part)


def _trim_service(version: Path, operation: str) -> None:
    model = cut(json.loads(gzip.decompress((version / PACKED_MODEL).read_bytes())), operation)
    for file in version.iterdir():
        if file.name not in KEPT_FILES:
            file.unlink()
    (version / MODEL).write_text(json.dumps(model), "utf-8")


def _trim_endpoints(path: Path) -> None:
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {
            name: services[name] for name in services if name in (WHOLE, *ONE_OPERATION)
        }
    path.write_text(json.dumps(endpoints), "utf-8")


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
