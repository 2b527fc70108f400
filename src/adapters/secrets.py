"""Tokens of the blog and of the source: read where they are kept, once a process, never shown."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import unquote_to_bytes, urlsplit

from core.model.errors import BlogUnavailable, SettingsError, SourceUnavailable
from core.model.ports import Remaining

# Hugging Face's are shorter than GitHub's, of the same letters.
# Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,255}")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose token is kept in a secret.

    `secret` is how messages name it, `unavailable` the error of a token that may be had later.
    """

    secret: str
    unavailable: type[BlogUnavailable] | type[SourceUnavailable]


BLOG = Owner("the blog's secret", BlogUnavailable)
SOURCE = Owner("the source's secret", SourceUnavailable)

_tokens: dict[str, str] = {}
# Each thread of a backfill asks the source.
_reading = Lock()


def read_token(owner: Owner, reference: str, remaining: Remaining) -> str:
    """Return the token that is kept at `reference`, from the first reading on without asking.

    `reference` is the ARN of a secret in Secrets Manager, the name of an SSM parameter, which
    begins with a slash, or a `file:` URL. Raises `SettingsError` when no token can be had from
    there, and the owner's `unavailable` when it may be had later. No exception holds what was read.
    """
    with _reading:
        if reference not in _tokens:
            if remaining() <= 0:
                raise owner.unavailable("the run's time is over")
            _tokens[reference] = _checked(owner, _read(owner, reference, remaining), reference)
        return _tokens[reference]


def forget(reference: str) -> None:
    """Read the token at `reference` anew next time: it was refused, and it may be replaced."""
    _tokens.pop(reference, None)


def _read(owner: Owner, reference: str, remaining: Remaining) -> str | bytes:
    if reference.startswith("file:"):
        return _file(owner, reference)
    # Not needed on a desk.
    from adapters import aws_secrets

    if reference.startswith("arn:"):
        return aws_secrets.secret(owner, reference, remaining)
    if reference.startswith("/"):
        return aws_secrets.parameter(owner, reference, remaining)
    # It is not shown: it may be a token.
    raise SettingsError(f"{owner.secret} is neither an ARN, nor a parameter's name, nor a file")


def _file(owner: Owner, reference: str) -> str:
    path = Path(os.fsdecode(unquote_to_bytes(urlsplit(reference).path)))
    try:
        # What is not ASCII is no token either; a decoder's error would hold the file.
        return path.read_text("ascii", "replace")
    except OSError as error:
        problem = f"{owner.secret} cannot be read: {error.strerror} ({reference})"
        raise SettingsError(problem) from error


def _checked(owner: Owner, value: str | bytes, reference: str) -> str:
    """Return the token without white space around it."""
    text = value.strip()
    if isinstance(text, str) and TOKEN.fullmatch(text):
        return text
    problem = f"{owner.secret} {_fault(text)}: keep the token there alone, as plain text"
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
