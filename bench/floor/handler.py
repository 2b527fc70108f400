"""The floor: what the usual libraries cost that make a Paperboy run's requests, and do no more.

`PLAN` names the directory of the requests: see `bench.plan`. The bodies are fixed.
"""

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import jinja2  # noqa: F401 (to import it is what is measured)
import requests
from aws_lambda_powertools import Logger, Metrics  # noqa: F401 (likewise)
from botocore.exceptions import ClientError

PARAMETERS = {
    "content-type": "ContentType",
    "cache-control": "CacheControl",
    "if-match": "IfMatch",
    "if-none-match": "IfNoneMatch",
}

s3 = boto3.client("s3")
web = requests.Session()


def lambda_handler(_event: object, _context: object) -> dict[str, Any]:
    """Make the requests, one after the other."""
    plan = Path(os.environ["PLAN"])
    asked = json.loads((plan / "requests.json").read_bytes())
    bodies = BytesIO((plan / "bodies.bin").read_bytes())
    for request in asked:
        body = bodies.read(request["size"])
        if request["server"] == "source":
            web.get(os.environ["SOURCE"] + request["target"], timeout=20).raise_for_status()
        else:
            ask_store(request, body)
    return {"requests": len(asked)}


def ask_store(request: dict[str, Any], body: bytes) -> None:
    """Get or put an object; one that is not there is fine."""
    place: dict[str, Any] = {
        "Bucket": os.environ["BUCKET"],
        "Key": f"{os.environ['PREFIX']}/{request['target']}",
    }
    if request["method"] == "PUT":
        told = request["headers"].items()
        place |= {PARAMETERS[name]: value for name, value in told if name in PARAMETERS}
        s3.put_object(Body=body, ChecksumAlgorithm="SHA256", **place)
        return
    try:
        s3.get_object(**place)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
