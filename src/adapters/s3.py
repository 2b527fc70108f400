"""A store in an S3 bucket, private, with conditional writes.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, API_PutObject.html,
API_ListObjectsV2.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Lock
from typing import Any, NoReturn

from adapters.aws_errors import ERRORS, code, describe, metadata
from core.edition.limits import MOST_OF_AN_OBJECT
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, ListedObject, StoredObject
from core.model.ports import Remaining
from core.model.text import excerpt

CHUNK = 64 * 2**10
# S3 answers 409 to one of two conditional puts at the same time.
LOST_RACE = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)

Answer = Mapping[str, Any]


class S3Store:
    """Keeps each object under `prefix` (empty, or ending with a slash) in `bucket`.

    `connect` returns boto3's client of S3, which stores share. It is called at the first request,
    so that boto3 is loaded while the source is fetched. `remaining` returns how many seconds are
    left of the run: no request begins when there are none. botocore repeats requests after
    temporary errors.
    """

    def __init__(
        self, connect: Callable[[], Any], bucket: str, prefix: str, remaining: Remaining
    ) -> None:
        self._connect = connect
        self._bucket = bucket
        self._prefix = prefix
        self._remaining = remaining
        self._clock = _Clock()

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none. Raises `StoreError`.

        A missing key is 404 only with permission to list the bucket; any 403 is an error.
        """
        asked = {"Bucket": self._bucket, "Key": self._prefix + key, "ChecksumMode": "ENABLED"}
        try:
            answer = self._ask(key, self._connect().get_object, asked)
            with closing(answer["Body"]) as stream:
                body = self._read(key, stream)
        except ERRORS as error:
            if code(error) == "NoSuchKey":
                return None
            self._fail("read", key, error)
        return StoredObject(body, self._etag("read", key, answer, body))

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        """Put the object if it has not changed since it was read, and return its ETag.

        Raises `StoreConflict` and `StoreError`; after either, the object may have been put.
        """
        key = artifact.key
        asked = {
            "Bucket": self._bucket,
            "Key": self._prefix + key,
            "Body": artifact.body,
            "ContentType": artifact.media_type,
            "CacheControl": artifact.cache_control,
            "ChecksumAlgorithm": "SHA256",
            **({"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}),
        }
        try:
            answer = self._ask(key, self._connect().put_object, asked)
        except ERRORS as error:
            # Replacing an object that was deleted meanwhile is a lost race, too.
            status = metadata(error).get("HTTPStatusCode")
            if status in LOST_RACE or code(error) == "NoSuchKey":
                problem = f"was changed by another run: {describe(error)}"
                raise StoreConflict(problem, self.location(key)) from error
            self._fail("write", key, error)
        return self._etag("write", key, answer)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield all objects whose keys begin with `prefix`, in the order of keys.

        Asks for 1,000 objects at a time. Raises `StoreError`.
        """
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        pages = iter(self._connect().get_paginator("list_objects_v2").paginate(**asked))
        try:
            while page := self._ask(prefix, lambda: next(pages, {}), {}):
                # An answer that is not S3's has no objects, but does not mean that there are none.
                if "IsTruncated" not in page:
                    self._fail("list", prefix, "the answer is not a list of objects")
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self._prefix)
                    yield ListedObject(key, found["ETag"], found["Size"])
        except ERRORS as error:
            self._fail("list", prefix, error)

    def now(self) -> float:
        """Return S3's time, from its answers to this store; before the first one, the host's."""
        return self._clock.now()

    def holder(self) -> str:
        """Return no name: a process of another host cannot be checked."""
        return ""

    def is_gone(self, holder: str) -> bool:  # noqa: ARG002
        """Return False: see `holder`."""
        return False

    def location(self, key: str) -> str:
        """Return the object's S3 URL."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _ask(self, key: str, operation: Callable[..., Answer], asked: Mapping[str, Any]) -> Answer:
        """Return what S3 answers, and note its time. Raises `ERRORS`."""
        if self._remaining() <= 0:
            raise StoreError("the run's time is over", self.location(key))
        try:
            answer = operation(**asked)
        except ERRORS as error:
            self._clock.note(metadata(error))
            raise
        self._clock.note(answer.get("ResponseMetadata", {}))
        return answer

    def _read(self, key: str, stream: Any) -> bytes:
        """Return the whole body; botocore checks its length and its checksum at the end."""
        body = bytearray()
        while chunk := stream.read(CHUNK):
            body += chunk
            if len(body) > MOST_OF_AN_OBJECT:
                self._fail("read", key, f"the object has more than {MOST_OF_AN_OBJECT:,} bytes")
            if self._remaining() <= 0:
                raise StoreError("the run's time is over", self.location(key))
        return bytes(body)

    def _etag(self, verb: str, key: str, answer: Answer, body: bytes = b"") -> str:
        """Return the ETag, which an answer that is not S3's does not have."""
        if not answer.get("ETag"):
            self._fail(verb, key, f"the answer has no ETag: {excerpt(body)}")
        return str(answer["ETag"])

    def _fail(self, verb: str, key: str, problem: Exception | str) -> NoReturn:
        """Raise `StoreError` for an error of boto3, or for an answer that is not S3's."""
        where = self.location(key)
        if isinstance(problem, str):
            raise StoreError(f"S3 did not {verb}: {problem}", where)
        said = describe(problem)
        region = metadata(problem).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        if region and region != self._connect().meta.region_name:
            said += f"; the bucket is in {region}: set AWS_REGION"
        raise StoreError(f"S3 did not {verb}: {said}", where) from problem


class _Clock:
    """S3's clock: the `Date` of its answers, carried on by the host's monotonic clock.

    An answer takes time to arrive, and its `Date` has whole seconds, so each answer shows a time
    that is too early; the latest of these times is the most exact.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._lock = Lock()

    def note(self, metadata: Mapping[str, Any]) -> None:
        """Note the time of an answer, if it has one."""
        try:
            date = parsedate_to_datetime(metadata["HTTPHeaders"]["date"]).timestamp()
        except (KeyError, ValueError):
            return
        offset = date - time.monotonic()
        with self._lock:
            if self._offset is None or offset > self._offset:
                self._offset = offset

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time() if self._offset is None else time.monotonic() + self._offset
