"""A store in an S3 bucket, private, with conditional writes.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import StoreConflict, StoreError
from core.models import Artifact, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRIES = 3
CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": TRIES},
    # The checksums that we send and ask for are enough.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


@cache
def client() -> S3Client:
    """Return the process' one S3 client: making it is the dearest step of a cold start."""
    return boto3.client("s3", config=CONFIG)


class S3Store:
    """Keeps each object under `prefix` (empty, or ending with a slash) in `bucket`."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str = "") -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none. Raises `StoreError`.

        A missing key is 404 only for who may list the bucket; any 403 is an error.
        """
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + key)
            return StoredObject(answer["Body"].read(), answer["ETag"])
        except ClientError as error:
            if _code(error) == "NoSuchKey":
                return None
            self._fail("read", key, error)
        except BotoCoreError as error:
            self._fail("read", key, error)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        """Put the object if nobody else did since. Raises `StoreConflict` and `StoreError`."""
        condition = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
        try:
            answer = self._s3.put_object(
                Bucket=self._bucket,
                Key=self._prefix + artifact.key,
                Body=artifact.body,
                ContentType=artifact.media_type,
                CacheControl=artifact.cache_control,
                ChecksumAlgorithm="SHA256",
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            # Replacing what was deleted meanwhile is a lost race, too.
            if _code(error) in CONFLICTS or (replaces and _code(error) == "NoSuchKey"):
                raise StoreConflict(
                    f"was changed meanwhile: {_code(error)}", self.location(artifact.key)
                ) from error
            self._fail("write", artifact.key, error)
        except BotoCoreError as error:
            self._fail("write", artifact.key, error)
        return answer["ETag"]

    def location(self, key: str) -> str:
        """Return the object's S3 URL."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _fail(self, verb: str, key: str, error: Exception) -> NoReturn:
        problem = str(error)
        if isinstance(error, ClientError):
            problem = f"{_code(error)}: {error.response['Error'].get('Message', '')}"
        raise StoreError(f"S3 did not {verb}: {problem}", self.location(key)) from error


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "unknown")
