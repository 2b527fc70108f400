"""Describe errors of AWS and boto3 in one line, for our own errors.

Source: https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from core.model.errors import SettingsError
from core.model.text import excerpt

# ValueError: an invalid endpoint. HTTPError: an incomplete body.
ERRORS = (ClientError, BotoCoreError, ResponseParserError, HTTPError, ValueError)


def code(error: Exception) -> str:
    """Return AWS' code of an error, such as AccessDenied; empty where AWS did not answer."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else ""


def metadata(error: Exception) -> Mapping[str, Any]:
    """Return an error answer's status, headers and request id.

    Empty where AWS did not answer.
    """
    return error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}


def describe(error: Exception) -> str:
    """Return AWS' code, message and request id, or boto3's message where AWS did not answer."""
    if not isinstance(error, ClientError):
        return excerpt(str(error))
    about = metadata(error)
    name = excerpt(code(error)) if code(error) else f"HTTP {about.get('HTTPStatusCode')}"
    message = excerpt(str(error.response["Error"].get("Message", "")))
    request_id = about.get("RequestId")
    request = f" (request id {excerpt(request_id)})" if request_id else ""
    return f"{name}: {message}{request}"


@contextmanager
def settings_errors(service: str) -> Iterator[None]:
    """Raise `SettingsError` if AWS refuses a request or does not answer.

    For commands, whose user can correct the cause.
    """
    try:
        yield
    except ClientError as error:
        raise SettingsError(f"{service} refuses: {describe(error)}") from error
    except ERRORS as error:
        raise SettingsError(f"{service} cannot be reached: {describe(error)}") from error
    except KeyError as error:
        raise SettingsError(f"{service}'s answer has no {error}") from error
