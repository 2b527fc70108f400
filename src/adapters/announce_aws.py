"""Send to SNS and EventBridge once: without an answer, a message is not sent again.

Source: https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
"""

from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)

from adapters import aws_clients
from adapters.aws_errors import ERRORS, code, describe, metadata
from core.model.announcement import ChannelName
from core.model.errors import (
    AnnounceError,
    AnnounceRejected,
    AnnounceUnavailable,
    AnnounceUnsure,
)
from core.model.ports import Remaining

# Seconds that a request may take: 2 to connect and 5 to read.
LONGEST = 7.0
# No connection was made.
UNSENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
# Parts of the codes of temporary errors.
BUSY = ("Throttl", "TooManyRequests", "Internal", "Unavailable")


def call(
    name: ChannelName,
    remaining: Remaining,
    service: str,
    operation: str,
    region: str = "",
    **sent: object,
) -> Mapping[str, Any]:
    """Return the answer to a request of an AWS service, in the environment's region or this one.

    Each try could be a message, so botocore makes one. A connection that is kept may be dead by the
    next edition, so it is closed. Raises `AnnounceRejected`, `AnnounceUnavailable`,
    `AnnounceUnsure`, or `SettingsError` as `aws_clients.client` does.
    """
    if remaining() < LONGEST:
        raise AnnounceUnavailable("the time for announcements is over", name)
    with closing(aws_clients.client(service, region, tries=1)) as client:
        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**sent)
        except ERRORS as error:
            raise _error(name, error) from error
    return answer


def _error(name: ChannelName, error: Exception) -> AnnounceError:
    """Return our error for one of boto3."""
    said = describe(error)
    if isinstance(error, ClientError):
        status = metadata(error).get("HTTPStatusCode", 0)
        is_busy = any(word in code(error) for word in BUSY)
        if is_busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return AnnounceUnavailable(said, name)
        return AnnounceRejected(said, name)
    if isinstance(error, UNSENT):
        return AnnounceUnavailable(f"cannot be reached: {said}", name)
    if isinstance(error, HTTPClientError):
        return AnnounceUnsure(f"no answer came: {said}", name)
    return AnnounceRejected(said, name)
