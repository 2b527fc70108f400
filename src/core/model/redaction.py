"""Tokens in text: the process remembers the secrets that it has read, and hides them.

A token is found as it is, and also where JSON, a URL or HTML has escaped it, in part or whole.
"""

import re
from collections.abc import Sequence
from threading import Lock

HIDDEN = "[token]"
# A shorter secret, such as the "testing" of a test account, may be a word of any text.
SHORTEST_SECRET = 8
# No secret is longer, even with each of its characters escaped.
LONGEST_SECRET = 16 * 2**10

# Sources: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
# and https://huggingface.co/docs/hub/security-tokens
FORM = re.compile(r"(?:gh[opsru]_|hf_(?:oauth_)?)[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}")
# Backslashes are doubled where an escape is itself in JSON or in a `repr`, percents where it is in
# a URL.
ESCAPE = re.compile(
    r"""
      \\{1,4} u00 (?P<json> [2-7][0-9a-f])
    | \\{1,4} (?P<slash> /)
    | % (?:25){0,3} (?P<url> [2-7][0-9a-f])
    | &\#x 0{0,4} (?P<html> [2-7][0-9a-f]) ;?
    | &\# 0{0,4} (?P<decimal> [3-9][0-9] | 1[01][0-9] | 12[0-6]) ;?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# ASCII's white space and control characters: no secret has any of them.
INVISIBLE = bytes([*range(0x21), 0x7F])

_secrets: frozenset[str] = frozenset()
_changing = Lock()


def remember(secret: str) -> None:
    """Hide a secret from now on, in all threads; one under `SHORTEST_SECRET` stays visible."""
    global _secrets
    if len(secret) >= SHORTEST_SECRET:
        with _changing:
            _secrets |= {secret}


def redact(text: str) -> str:
    """Return the text with `[token]` for each known secret, and for what has a token's form.

    Pass the whole text: a text that was cut may end in half a token, which is not recognised.
    """
    plain, places = _unescaped(text)
    parts: list[str] = []
    end = 0
    for start, stop in sorted(_spans(plain)):
        if start >= end:
            parts += [text[places[end] : places[start]], HIDDEN]
        end = max(end, stop)
    return "".join([*parts, text[places[end] :]])


def looks_like_token(text: str) -> bool:
    """Return whether a text holds anything in the form of a token of GitHub or Hugging Face."""
    return FORM.search(_unescaped(text)[0]) is not None


def is_known(text: str) -> bool:
    """Return whether a text holds a secret that the process has read.

    White space, control characters and what is not ASCII are ignored: cleaning may drop them.
    """
    visible = text.encode("ascii", "ignore").translate(None, INVISIBLE).decode("ascii")
    plain = _unescaped(visible)[0]
    return any(secret in plain for secret in _secrets)


def holds_known(document: object) -> bool:
    """Return whether a decoded JSON document holds such a secret, in a value or in a key."""
    rest = [document] if _secrets else []
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            if is_known(value):
                return True
        elif isinstance(value, dict):
            rest += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            rest += value
    return False


def _unescaped(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without escapes, and where each of its characters and its end were."""
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for found in ESCAPE.finditer(text):
        parts += [text[end : found.start()], _character(found)]
        places += range(end, found.start() + 1)
        end = found.end()
    if not parts:
        return text, range(len(text) + 1)
    return "".join([*parts, text[end:]]), [*places, *range(end, len(text) + 1)]


def _character(found: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    if found["slash"]:
        return "/"
    if found["decimal"]:
        return chr(int(found["decimal"]))
    return chr(int(found["json"] or found["url"] or found["html"], 16))


def _spans(plain: str) -> list[tuple[int, int]]:
    """Return where secrets and tokens begin and end, in any order; some may overlap."""
    spans = [found.span() for found in FORM.finditer(plain)]
    for secret in _secrets:
        start = plain.find(secret)
        while start >= 0:
            spans.append((start, start + len(secret)))
            start = plain.find(secret, start + 1)
    return spans
