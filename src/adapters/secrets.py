"""The token that may write to the blog: read where it is kept, once a process, and never shown."""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from core.errors import BlogUnavailable, SettingsError
from core.ports import Remaining

# Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,255}")

_tokens: dict[str, str] = {}


def read_token(reference: str, remaining: Remaining) -> str:
    """Return the token that is kept at `reference`, from the first reading on without asking.

    `reference` is the ARN of a secret in Secrets Manager, the name of an SSM parameter, which
    begins with a slash, or a `file:` URL. Raises `SettingsError` when no token can be had from
    there, and `BlogUnavailable` when it may be had later. No exception holds what was read.
    """
    if reference not in _tokens:
        if remaining() <= 0:
            raise BlogUnavailable("the run's time is over")
        _tokens[reference] = _checked(_read(reference), reference)
    return _tokens[reference]


def forget(reference: str) -> None:
    """Read the token at `reference` anew next time: GitHub refused it, and it may be replaced."""
    _tokens.pop(reference, None)


def _read(reference: str) -> str | bytes:
    if reference.startswith("file:"):
        return _file(reference)
    # Not needed on a desk.
    from adapters import aws_secrets

    if reference.startswith("arn:"):
        return aws_secrets.secret(reference)
    if reference.startswith("/"):
        return aws_secrets.parameter(reference)
    # It is not shown: it may be a token.
    raise SettingsError("the blog's secret is neither an ARN, nor a parameter's name, nor a file")


def _file(reference: str) -> str:
    path = Path(os.fsdecode(unquote_to_bytes(urlsplit(reference).path)))
    try:
        # What is not ASCII is no token either; a decoder's error would hold the file.
        return path.read_text("ascii", "replace")
    except OSError as error:
        problem = f"the blog's secret cannot be read: {error.strerror} ({reference})"
        raise SettingsError(problem) from error


def _checked(value: str | bytes, reference: str) -> str:
    """Return the token without white space around it."""
    text = value.strip()
    if isinstance(text, str) and TOKEN.fullmatch(text):
        return text
    problem = f"the blog's secret {_fault(text)}: keep the token there alone, as plain text"
    raise SettingsError(f"{problem} ({reference})")


def _fault(text: str | bytes) -> str:
    """Tell what is wrong with what is no token, without showing any of it."""
    if not text:
        return "is empty"
    if isinstance(text, bytes):
        return "is binary"
    if text[0] in '{["':
        return "holds JSON"
    if len(text.split()) > 1:
        return "holds more than one word"
    return "holds something else than a token"
