"""A store in an S3 bucket, private, with conditional writes.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import logging
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from core.errors import SettingsError, StoreConflict, StoreError
from core.models import Artifact, StoredObject
from core.text import excerpt

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from core.ports import Remaining

TRIES = 3
CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": TRIES},
    # We ask for SHA-256 at each put; the default would add another checksum.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# They log each request's headers when somebody switches on all debug messages: with them, the token
# of the role's session.
for _name in ("botocore.auth", "botocore.endpoint"):
    logging.getLogger(_name).setLevel(logging.INFO)
LOST_RACE = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


@cache
def client() -> S3Client:
    """Return the process' one S3 client: making it is the dearest step of a cold start.

    Raises `SettingsError` when the environment's AWS settings do not make one.
    """
    try:
        return boto3.client("s3", config=CONFIG)
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"no S3 client can be made: {error}") from error


class S3Store:
    """Keeps each object under `prefix` (empty, or ending with a slash) in `bucket`."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str, remaining: Remaining) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix
        self._remaining = remaining

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none. Raises `StoreError`.

        A missing key is 404 only for who may list the bucket; any 403 is an error.
        """
        self._check_time(key)
        try:
            # What comes is checked against the checksum that each put of ours had.
            answer = self._s3.get_object(
                Bucket=self._bucket, Key=self._prefix + key, ChecksumMode="ENABLED"
            )
            return StoredObject(answer["Body"].read(), answer["ETag"])
        except ClientError as error:
            if _is_missing_key(error):
                return None
            self._fail("read", key, error)
        except (BotoCoreError, HTTPError, KeyError) as error:
            self._fail("read", key, error)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Put the object if nobody else did since. Raises `StoreConflict` and `StoreError`."""
        self._check_time(artifact.key)
        condition = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
        try:
            self._s3.put_object(
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
            if _status(error) in LOST_RACE or (replaces and _is_missing_key(error)):
                where = self.location(artifact.key)
                raise StoreConflict(f"was changed meanwhile: {_code(error)}", where) from error
            self._fail("write", artifact.key, error)
        except (BotoCoreError, HTTPError) as error:
            self._fail("write", artifact.key, error)

    def location(self, key: str) -> str:
        """Return the object's S3 URL."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _check_time(self, key: str) -> None:
        """Begin nothing when the run's time is over: S3 may be why it is."""
        if self._remaining() <= 0:
            raise StoreError("the run's time is over", self.location(key))

    def _fail(self, verb: str, key: str, error: Exception) -> NoReturn:
        problem = str(error)
        if isinstance(error, ClientError):
            problem = f"{_code(error)}: {error.response['Error'].get('Message', '')}"
        where = self.location(key)
        raise StoreError(f"S3 did not {verb}: {excerpt(problem)}", where) from error


def _is_missing_key(error: ClientError) -> bool:
    """Tell a missing key from a missing bucket, which is 404 as well."""
    return _status(error) == HTTPStatus.NOT_FOUND and _code(error) != "NoSuchBucket"


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "unknown")
