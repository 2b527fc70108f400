"""Leave out of a package the data that botocore keeps for services Paperboy never calls, and texts.

Run as `python cut_botocore_data.py PACKAGE/botocore/data`. The code stays whole, and so do the
defaults, retries and partitions; the requests are the same, which a test holds. Creating a client
takes half the time, and the zipped package a third of the size. The texts are the documentation of
operations and shapes, which only the help of an interactive Python shows.

Source: https://github.com/boto/botocore/blob/develop/botocore/loaders.py
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

SERVICES = ("events", "s3", "secretsmanager", "sns", "ssm")


def cut(data: Path) -> None:
    """Delete the models and endpoints of all other services, and the texts of these."""
    for path in data.iterdir():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)
    endpoints = data / "endpoints.json"
    known = json.loads(endpoints.read_bytes())
    for partition in known["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
    endpoints.write_text(json.dumps(known), "utf-8")
    for path in data.glob("*/*/service-2.json.gz"):
        model = _without_texts(json.loads(gzip.decompress(path.read_bytes())))
        path.write_bytes(gzip.compress(json.dumps(model).encode(), mtime=0))


def _without_texts(value: Any) -> Any:
    """Return a part of a model with empty documentation; a member of that name is no text."""
    if isinstance(value, list):
        return [_without_texts(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "" if key == "documentation" and isinstance(one, str) else _without_texts(one)
        for key, one in value.items()
    }


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
