"""Values of the configuration: how they are checked, and how messages name and show them."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from core.model.text import excerpt, shown

# A name in a table, or an index in an array.
Part: TypeAlias = str | int

# Of a pattern's character class: control characters and line breaks.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
BARE_NAME = re.compile(r"[A-Za-z0-9_-]+")
# How tokens of GitHub and of Hugging Face begin, also those that are mistyped or cut.
# Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
BEGINS_LIKE_TOKEN = re.compile(r"(gh[a-z]|github_pat|hf)_[A-Za-z0-9]", re.IGNORECASE)
# TOML's integers have 64 bits.
LEAST = -(2**63)
MOST = 2**63 - 1


def place(parts: Sequence[Part]) -> str:
    """Return the path of a value for messages: `topic[2].any[0]`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." if text else ""
            text += excerpt(part) if BARE_NAME.fullmatch(part) else shown(part)
    return text


def instead_of(value: object) -> str:
    """Return the end of a message that shows a wrong value, unless that may be a secret."""
    match value:
        case dict():
            return ", not a table"
        case list():
            return ", not an array"
        case str() if "@" in value or BEGINS_LIKE_TOKEN.search(value):
            return ""
        case bool():
            return f", not {str(value).lower()}"
        case int() if not LEAST <= value <= MOST:
            return ", not such a large number"
        case str() | int() | float():
            return f", not {shown(value)}"
    return f", not {shown(str(value))}"


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, which UTF-8 cannot express."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def matches(pattern: str) -> Callable[[object], bool]:
    """Return a function that returns whether a value is Unicode text that matches whole."""
    compiled = re.compile(pattern)

    def accepts(value: object) -> bool:
        return isinstance(value, str) and bool(compiled.fullmatch(value)) and is_unicode(value)

    return accepts
