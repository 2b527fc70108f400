"""A local S3, as far as the contenders use it: get and put, conditional, with checksums.

The tests have moto, whose answers take several times as long as a put of the contenders does; these
take a fraction, so that a contender's wall time is its own.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import md5, sha256
from http import HTTPStatus
from urllib.parse import unquote

from bench.loopback import Answer, Request

XML = {"Content-Type": "application/xml"}
MODIFIED = {"Last-Modified": "Wed, 24 Dec 2025 14:00:00 GMT"}
CHECKSUM = "x-amz-checksum-sha256"
STREAMED = "aws-chunked"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object, with its ETag and what it was put with."""

    body: bytes
    etag: str
    media_type: str
    checksum: str


class Objects:
    """The objects of all buckets, by their paths: `/bucket/key`."""

    def __init__(self) -> None:
        self._objects: dict[str, Stored] = {}

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        path = unquote(request.path)
        stored = self._objects.get(path)
        if request.method == "PUT":
            return self._put(path, request, stored)
        if request.method != "GET":
            return _error(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented")
        if stored is None:
            return _error(HTTPStatus.NOT_FOUND, "NoSuchKey")
        return Answer(body=stored.body, headers=_told(stored, request))

    def copy(self, old: str, new: str) -> None:
        """Copy the objects under one path to another, which then has no others."""
        objects = self._objects.items()
        copies = {
            new + path.removeprefix(old): stored
            for path, stored in objects
            if path.startswith(f"{old}/")
        }
        others = {path: one for path, one in objects if not path.startswith(f"{new}/")}
        self._objects = others | copies

    def _put(self, path: str, request: Request, stored: Stored | None) -> Answer:
        headers, body = request.headers, request.body
        if STREAMED in headers.get("content-encoding", "") or "transfer-encoding" in headers:
            return _error(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented")
        if error := _lost_race(headers.get("if-match"), "if-none-match" in headers, stored):
            return error
        checksum = headers.get(CHECKSUM, "")
        if checksum and checksum != b64encode(sha256(body).digest()).decode():
            return _error(HTTPStatus.BAD_REQUEST, "BadDigest")
        etag = f'"{md5(body, usedforsecurity=False).hexdigest()}"'
        self._objects[path] = Stored(body, etag, headers.get("content-type", ""), checksum)
        return Answer(headers={"ETag": etag})


def _lost_race(expected: str | None, expects_none: bool, stored: Stored | None) -> Answer | None:
    if expects_none and stored:
        return _error(HTTPStatus.PRECONDITION_FAILED, "PreconditionFailed")
    if expected and stored is None:
        return _error(HTTPStatus.NOT_FOUND, "NoSuchKey")
    if expected and stored and stored.etag.strip('"') != expected.strip('"'):
        return _error(HTTPStatus.PRECONDITION_FAILED, "PreconditionFailed")
    return None


def _told(stored: Stored, request: Request) -> dict[str, str]:
    headers = {"ETag": stored.etag, "Content-Type": stored.media_type, **MODIFIED}
    if stored.checksum and "x-amz-checksum-mode" in request.headers:
        headers[CHECKSUM] = stored.checksum
    return headers


def _error(status: HTTPStatus, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{status.phrase}</Message></Error>"
    return Answer(status, body.encode(), XML)
