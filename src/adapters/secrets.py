"""Read the tokens of the blog, the source and channels, once a process; never show them.

A token is in Secrets Manager, in SSM's Parameter Store, or in a file. AWS is asked through
https://docs.aws.amazon.com/powertools/python/latest/utilities/parameters/
"""

import logging
import os
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import NoReturn
from urllib.parse import unquote_to_bytes, urlsplit

from adapters import files
from core.model.errors import (
    AnnounceUnavailable,
    BlogUnavailable,
    SettingsError,
    SourceUnavailable,
)
from core.model.ports import Remaining
from core.model.redaction import remember

# Hugging Face's are shorter than GitHub's, of the same letters.
# Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,255}")
# The address of a webhook; without encryption only on the same computer.
WEBHOOK = re.compile(r"(?:https://[^\s/?#@]+|http://127\.0\.0\.1(?::[0-9]+)?)/[!-~]{1,1000}")
# A chat's number, or the name of a public one.
CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64}")
BOT = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
# Of a file with a token and white space around it.
MOST_BYTES = 4 * 2**10
# AWS' error codes.
CODE = re.compile(r"[A-Za-z]\w*", re.ASCII)
# These errors are temporary.
BUSY = ("Throttl", "TooManyRequests", "LimitExceeded", "RequestTimeout", "Internal", "Unavailable")
MISSING = ("ResourceNotFoundException", "ParameterNotFound")
# KMS refuses with several codes; one of these words is in the code or in the message.
NO_KEY = ("decryptionfailure", "invalidkeyid", "kms")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose token is kept in a secret.

    `secret` is its name in messages, `unavailable` the error of a token that may be readable later.
    `form` matches the token, and `kind` says what it is. What is not secret is not hidden.
    """

    secret: str
    unavailable: type[AnnounceUnavailable] | type[BlogUnavailable] | type[SourceUnavailable]
    form: re.Pattern[str] = TOKEN
    kind: str = "a token"
    is_secret: bool = True


BLOG = Owner("the blog's secret", BlogUnavailable)
SOURCE = Owner("the source's secret", SourceUnavailable)
SLACK = Owner("Slack's secret", AnnounceUnavailable, WEBHOOK, "a webhook's address")
DISCORD = Owner("Discord's secret", AnnounceUnavailable, WEBHOOK, "a webhook's address")
TELEGRAM = Owner("Telegram's secret", AnnounceUnavailable, BOT, "a bot's token")
TELEGRAM_CHAT = Owner("Telegram's chat", AnnounceUnavailable, CHAT, "a chat's id", is_secret=False)

_tokens: dict[str, str] = {}
# Each thread of a backfill asks the source.
_reading = Lock()


def read_token(owner: Owner, reference: str, remaining: Remaining) -> str:
    """Return the token that is kept at `reference`, which is read once and then remembered.

    `reference` is the ARN of a secret in Secrets Manager, the name of an SSM parameter, which
    begins with a slash, or a `file:` URL. Raises `SettingsError` when there is no token that can be
    read, and the owner's `unavailable` after a temporary error. No exception holds what was read.
    """
    with _reading:
        if reference not in _tokens:
            if remaining() <= 0:
                raise owner.unavailable("the run's time is over")
            token = _checked(owner, _read(owner, reference), reference)
            if owner.is_secret:
                remember(token)
            _tokens[reference] = token
        return _tokens[reference]


def forget(reference: str) -> None:
    """Read the token at `reference` again next time: it was refused, and may be replaced."""
    _tokens.pop(reference, None)


def _read(owner: Owner, reference: str) -> object:
    """Return the value that is kept there."""
    if reference.startswith("file:"):
        return _file(owner, reference)
    if reference.startswith(("arn:", "/")):
        return _ask(owner, reference)
    # The reference is not shown: it may be a token.
    raise SettingsError(f"{owner.secret} is neither an ARN, nor a parameter's name, nor a file")


def _file(owner: Owner, reference: str) -> str:
    path = Path(os.fsdecode(unquote_to_bytes(urlsplit(reference).path)))
    try:
        # A token is ASCII. A decoder's error would hold the file's content.
        return files.read(path, MOST_BYTES).decode("ascii", "replace")
    except OSError as error:
        problem = f"{owner.secret} cannot be read: {error.strerror} ({reference})"
        raise SettingsError(problem) from error


def _ask(owner: Owner, reference: str) -> object:
    """Return the current value of a parameter, or of a secret in its ARN's region."""
    # Imported here: a token in a file needs no AWS.
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    from adapters.aws_clients import client

    # At level DEBUG this logger writes whole answers, and so the token.
    logging.getLogger("botocore.parsers").setLevel(logging.INFO)
    try:
        if reference.startswith("arn:"):
            secrets = client("secretsmanager", reference.split(":")[3])
            return SecretsProvider(boto3_client=secrets).get(reference, force_fetch=True)
        ssm = SSMProvider(boto3_client=client("ssm"))
        return ssm.get(reference, decrypt=True, force_fetch=True)
    except SettingsError as error:
        problem = f"{owner.secret} cannot be read: {error} ({reference})"
        raise SettingsError(problem) from error
    except GetParameterError as error:
        cause = error.__cause__ or error.__context__
    # Raised outside the `except` block: the error above may hold the token, and would be the
    # context of this one.
    _refuse(owner, reference, cause)


def _refuse(owner: Owner, reference: str, cause: BaseException | None) -> NoReturn:
    """Raise our error for an error of boto3; a message that is not AWS' is not shown."""
    from botocore.exceptions import BotoCoreError

    from adapters.aws_errors import code, describe, metadata

    if isinstance(cause, BotoCoreError):
        problem = f"{owner.secret} cannot be read: {describe(cause)} ({reference})"
        raise owner.unavailable(problem) from cause
    if not isinstance(cause, Exception) or not CODE.fullmatch(code(cause)):
        # An error without a code is not from the service, and may have anything in its message.
        raise owner.unavailable(f"AWS' answer does not hold {owner.secret} ({reference})")
    problem = f"{owner.secret} cannot be read: {describe(cause)} ({reference})"
    is_down = metadata(cause).get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    if is_down or any(word in code(cause) for word in BUSY):
        raise owner.unavailable(problem) from cause
    raise SettingsError(problem + _advice(reference, code(cause), str(cause))) from cause


def _advice(reference: str, code: str, message: str) -> str:
    """Return what the user can do about a refusal."""
    if code in MISSING:
        return "; create it, or correct its name, account and region"
    if any(word in f"{code} {message}".casefold() for word in NO_KEY):
        return "; the policy of its KMS key, or the role's own, must allow kms:Decrypt with it"
    if code.startswith("AccessDenied"):
        is_secret = reference.startswith("arn:")
        action = "secretsmanager:GetSecretValue" if is_secret else "ssm:GetParameter"
        return f"; the function's policy must allow {action} on it"
    return ""


def _checked(owner: Owner, value: object, reference: str) -> str:
    """Return the token without white space around it."""
    if not isinstance(value, str | bytes):
        raise owner.unavailable(f"AWS' answer does not hold {owner.secret} ({reference})")
    text = value.strip()
    if isinstance(text, str) and owner.form.fullmatch(text):
        return text
    what = owner.kind.partition(" ")[2]
    problem = f"{owner.secret} {_fault(owner, text)}: store the {what} alone, as plain text"
    raise SettingsError(f"{problem} ({reference})")


def _fault(owner: Owner, text: str | bytes) -> str:
    """Return what is wrong with a value that is not a token, without showing any of it."""
    if not text:
        return "is empty"
    if isinstance(text, bytes):
        return "is binary"
    if text[0] in '{["':
        return "holds JSON"
    if len(text.split()) > 1:
        return "holds more than one word"
    return f"does not hold {owner.kind}"
