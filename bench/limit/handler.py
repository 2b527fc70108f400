"""The limit: a Paperboy run's requests from the standard library's sockets, signed by hand.

`PLAN` names the directory of the requests: see `bench.plan`. A connection is kept for each server.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hmac
import json
import os
import socket
import time
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

REGION = os.environ.get("AWS_REGION", "us-east-1")
SCOPE = f"{REGION}/s3/aws4_request"
CHECKSUM = "x-amz-checksum-sha256"
BAD_REQUEST, NOT_FOUND = 400, 404


class Connection:
    """A connection that is kept open; it understands answers that tell their length."""

    def __init__(self, url: str) -> None:
        self.host = url.removeprefix("http://")
        host, _, port = self.host.partition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def ask(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        """Return the body of the answer. Raises `OSError` for an error that is not a 404."""
        told = {"host": self.host, **headers, "content-length": str(len(body))}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {told[name]}" for name in told)]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        status = int(self._answers.readline().split()[1])
        length = 0
        while (line := self._answers.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = self._answers.read(length)
        if status >= BAD_REQUEST and status != NOT_FOUND:
            raise OSError(f"{method} {target}: {status}")
        return answer


def signed(
    method: str, path: str, headers: dict[str, str], digest: str, now: time.struct_time
) -> dict[str, str]:
    """Return the headers with those of Signature Version 4; `digest` is the body's SHA-256."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", now)
    headers = {**headers, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    told = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{method}\n{path}\n\n{told}\n{names}\n{digest}"
    day = stamp[:8]
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{day}/{SCOPE}\n{sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (day, *SCOPE.split("/")):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.digest(key, text.encode(), sha256).hex()
    who = f"{os.environ['AWS_ACCESS_KEY_ID']}/{day}/{SCOPE}"
    said = f"AWS4-HMAC-SHA256 Credential={who}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": said}


def lambda_handler(_event: object, _context: object) -> dict[str, Any]:
    """Make the requests, one after the other."""
    plan = Path(os.environ["PLAN"])
    asked = json.loads((plan / "requests.json").read_bytes())
    bodies = BytesIO((plan / "bodies.bin").read_bytes())
    source = Connection(os.environ["SOURCE"])
    store = Connection(os.environ["AWS_ENDPOINT_URL_S3"])
    for request in asked:
        body = bodies.read(request["size"])
        if request["server"] == "source":
            source.ask("GET", request["target"], {})
        else:
            ask_store(store, request, body)
    return {"requests": len(asked)}


def ask_store(store: Connection, request: dict[str, Any], body: bytes) -> None:
    """Get or put an object, as the plan has it."""
    path = quote(f"/{os.environ['BUCKET']}/{os.environ['PREFIX']}/{request['target']}")
    digest = sha256(body)
    headers = {"host": store.host, **request["headers"]}
    if CHECKSUM in headers:
        headers[CHECKSUM] = b64encode(digest.digest()).decode()
    headers = signed(request["method"], path, headers, digest.hexdigest(), time.gmtime())
    store.ask(request["method"], path, headers, body)
