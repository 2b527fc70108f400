"""The requests of a Paperboy run, written down, so that others can make the same.

A plan is two files of a directory: `requests.json`, a list of objects, and `bodies.bin`, in which
the bodies follow one another.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from bench.loopback import Request

REQUESTS, BODIES = "requests.json", "bodies.bin"
# What these say of an object is asked again; the rest follows from client and body.
KEPT = (
    "content-type",
    "cache-control",
    "if-match",
    "if-none-match",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha256",
)


def write(directory: Path, asked: Sequence[tuple[str, Request]], root: str) -> None:
    """Write what the servers were asked, in its order; keys are those below `root`."""
    directory.mkdir(parents=True, exist_ok=True)
    requests = [_as_json(server, request, root) for server, request in asked]
    (directory / REQUESTS).write_text(json.dumps(requests), "utf-8")
    (directory / BODIES).write_bytes(b"".join(request.body for _, request in asked))


def _as_json(server: str, request: Request, root: str) -> Mapping[str, object]:
    target = unquote(request.path).removeprefix(root) if server == "store" else request.path
    return {
        "server": server,
        "method": request.method,
        "target": f"{target}?{request.query}" if server == "source" else target,
        "headers": {name: request.headers[name] for name in KEPT if name in request.headers},
        "size": len(request.body),
    }
