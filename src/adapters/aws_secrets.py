"""AWS' two places for a secret: Secrets Manager, and SSM's Parameter Store.

Sources: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
and https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

import logging
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from core.errors import BlogUnavailable, PaperboyError, SettingsError
from core.text import excerpt

TRIES = 3
# Shorter than S3's: this stands before the blog's own work.
CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": TRIES}
)
BUSY = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "RequestTimeout", "LimitExceeded")
MISSING = ("ResourceNotFoundException", "ParameterNotFound")
NO_KEY = ("DecryptionFailure", "InvalidKeyId", "KMS")

# It logs each answer whole when somebody switches on all debug messages.
logging.getLogger("botocore.parsers").setLevel(logging.INFO)


def secret(arn: str) -> str | bytes:
    """Return the current value of the secret with this full ARN: text, or bytes if it is binary.

    It is asked for in the ARN's own region. Raises `SettingsError` and `BlogUnavailable`.
    """
    return _translated(_secret, arn, "secretsmanager:GetSecretValue")


def parameter(name: str) -> str | bytes:
    """Return the value of the SSM parameter of this name, decrypted.

    Raises `SettingsError` and `BlogUnavailable`.
    """
    return _translated(_parameter, name, "ssm:GetParameter")


def _secret(arn: str) -> str | bytes:
    region = arn.split(":")[3]
    with closing(boto3.client("secretsmanager", region_name=region, config=CONFIG)) as client:
        answer = client.get_secret_value(SecretId=arn)
    return answer["SecretBinary"] if "SecretBinary" in answer else answer["SecretString"]


def _parameter(name: str) -> str:
    with closing(boto3.client("ssm", config=CONFIG)) as client:
        return client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def _translated(read: Callable[[str], str | bytes], place: str, action: str) -> str | bytes:
    """Return what is read; `action` is what the function's policy must allow for it."""
    try:
        return read(place)
    except ClientError as error:
        raise _refusal(error, place, action) from error
    except (HTTPClientError, NoConnection) as error:
        raise BlogUnavailable(
            f"the blog's secret cannot be asked for: {error} ({place})"
        ) from error
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"the blog's secret cannot be asked for: {error} ({place})") from error
    except (ResponseParserError, KeyError):
        # Not as a cause, nor as a context: it may quote the answer, and so the token.
        pass
    raise BlogUnavailable(f"AWS' answer does not hold the blog's secret ({place})")


def _refusal(error: ClientError, place: str, action: str) -> PaperboyError:
    code = error.response["Error"].get("Code", "unknown")
    message = error.response["Error"].get("Message", "")
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    problem = f"the blog's secret cannot be read: {code}: {excerpt(message)} ({place})"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or any(word in code for word in BUSY):
        return BlogUnavailable(problem)
    return SettingsError(problem + _advice(code, message, action))


def _advice(code: str, message: str, action: str) -> str:
    """Tell what a person can do about a refusal; one by KMS comes under several codes."""
    if code in MISSING:
        return "; make it, or mend its name, account and region"
    if any(word in f"{code} {message}" for word in NO_KEY):
        return "; the policy of its KMS key must let the function's role decrypt"
    if code.startswith("AccessDenied"):
        return f"; the function's policy must allow {action} on it"
    return ""
