"""A store in an S3 bucket, private, with conditional writes.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, API_PutObject.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

from adapters.web import USER_AGENT, TooLarge, Unreachable, Web
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, StoredObject
from core.model.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.aws import Service
    from adapters.web import Answer
    from core.model.ports import Remaining

TRIES = 3
READ_SECONDS = 10.0
# Several times the largest file that a day at its limits makes.
MAX_BODY = 128 * 2**20
CHECKSUM = "x-amz-checksum-sha256"
LOST_RACE = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


class S3Store:
    """Keeps each object under `prefix` (empty, or ending with a slash) in `bucket`."""

    def __init__(self, s3: Service, bucket: str, prefix: str, remaining: Remaining) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, prefix
        self._root = _root(s3, bucket)
        self._remaining = remaining
        self._web = Web(
            remaining,
            headers={"user-agent": USER_AGENT},
            tries_again=TRIES - 1,
            methods=("GET", "PUT"),
            read_seconds=READ_SECONDS,
            max_body=MAX_BODY,
        )

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none. Raises `StoreError`.

        A missing key is 404 only for who may list the bucket; any 403 is an error.
        """
        answer = self._ask("read", key, "GET", {"x-amz-checksum-mode": "ENABLED"}, b"")
        if _is_missing_key(answer):
            return None
        if answer.status != HTTPStatus.OK or "etag" not in answer.headers:
            self._refuse("read", key, answer)
        # What comes is checked against the checksum that each put of ours had. Other tools put
        # objects in parts, whose checksum is one of checksums: it ends with a dash and a number.
        expected = answer.headers.get(CHECKSUM, "")
        if expected and "-" not in expected and expected != _checksum(answer.body):
            self._fail("read", key, "what came does not have the object's checksum")
        return StoredObject(answer.body, answer.headers["etag"])

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Put the object if nobody else did since. Raises `StoreConflict` and `StoreError`."""
        headers = {
            "content-type": artifact.media_type,
            "cache-control": artifact.cache_control,
            CHECKSUM: _checksum(artifact.body),
            "x-amz-sdk-checksum-algorithm": "SHA256",
            **({"if-match": replaces} if replaces else {"if-none-match": "*"}),
        }
        answer = self._ask("write", artifact.key, "PUT", headers, artifact.body)
        # Replacing what was deleted meanwhile is a lost race, too.
        if answer.status in LOST_RACE or (replaces and _is_missing_key(answer)):
            where = self.location(artifact.key)
            raise StoreConflict(f"was changed meanwhile: {_field(answer, 'Code')}", where)
        if answer.status != HTTPStatus.OK or "etag" not in answer.headers:
            self._refuse("write", artifact.key, answer)

    def location(self, key: str) -> str:
        """Return the object's S3 URL."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _ask(
        self, verb: str, key: str, method: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        # Begin nothing when the run's time is over: S3 may be why it is.
        if self._remaining() <= 0:
            raise StoreError("the run's time is over", self.location(key))
        url = f"{self._root}/{quote(self._prefix + key, safe='/~')}"
        try:
            return self._web.send(method, url, self._s3.signed(method, url, headers, body), body)
        except (Unreachable, TooLarge) as error:
            self._fail(verb, key, str(error), error)

    def _refuse(self, verb: str, key: str, answer: Answer) -> NoReturn:
        problem = f"{_field(answer, 'Code')}: {_field(answer, 'Message')}"
        if answer.status == HTTPStatus.OK and "etag" not in answer.headers:
            problem = f"the answer has no ETag: {problem}"
        region = answer.headers.get("x-amz-bucket-region")
        if region and region != self._s3.scope.region:
            problem += f"; the bucket is in {region}: set AWS_REGION"
        self._fail(verb, key, problem)

    def _fail(self, verb: str, key: str, problem: str, cause: Exception | None = None) -> NoReturn:
        where = self.location(key)
        raise StoreError(f"S3 did not {verb}: {excerpt(problem)}", where) from cause


def _root(s3: Service, bucket: str) -> str:
    """Return a bucket's address: its own host, where AWS' certificate is for that, too."""
    if not s3.is_aws or "." in bucket:
        return f"{s3.url}/{bucket}"
    scheme, _, host = s3.url.partition("://")
    return f"{scheme}://{bucket}.{host}"


def _checksum(body: bytes) -> str:
    return b64encode(sha256(body).digest()).decode()


def _is_missing_key(answer: Answer) -> bool:
    """Tell a missing key from a missing bucket, and from the 404 of whoever is not S3."""
    return answer.status == HTTPStatus.NOT_FOUND and _field(answer, "Code") == "NoSuchKey"


def _field(answer: Answer, name: str) -> str:
    """Return what S3's XML says in an element; it has no elements within."""
    text = answer.body.decode("utf-8", "replace")
    found = text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]
    return found or ("unknown" if name == "Code" else excerpt(text))
