"""Text from outside: on one line, as an address, or in an error message."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from core.model.redaction import LONGEST_SECRET, redact

Item = TypeVar("Item")

EXCERPT = 120
# Of a text from outside, in bytes or characters: a page of HTML may begin with much white space.
MOST_EXAMINED = 256 * 2**10
# The most bytes of a message in a log, and of an error that Lambda reports.
MESSAGE_BYTES = 1024
MOST_NAMES = 3
ELLIPSIS = "…"

_PLANES = range(0, 0x110000, 0x10000)
# Control characters except white space, surrogates (which UTF-8 cannot hold), and Unicode's
# non-characters.
NO_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in _PLANES for last in (0xFFFE, 0xFFFF))
    + "]"
)
C0_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))
TABS_AND_LINE_BREAKS = str.maketrans("", "", "\t\n\r")


def one_line(text: str) -> str:
    """Return the text with white space folded to single spaces, and without `NO_TEXT`."""
    line = text.replace("\n", " ")
    if not line.isprintable():
        line = NO_TEXT.sub("", line)
    return " ".join(line.split())


def clean_url(text: str) -> str:
    r"""Return an address as a browser reads it: `https://a.example/\nb` is `https://a.example/b`.

    C0 controls and spaces around it, and tabs and line breaks inside it, are dropped.
    Source: https://url.spec.whatwg.org/#url-parsing (basic URL parser, steps 1 to 3)
    """
    return one_line(text.strip(C0_CONTROLS_AND_SPACE).translate(TABS_AND_LINE_BREAKS))


def excerpt(text: str | bytes, most: int = EXCERPT) -> str:
    """Return the beginning of a text for an error message: on one line, without tokens."""
    start = text[:MOST_EXAMINED]
    line = one_line(start.decode("utf-8", "replace") if isinstance(start, bytes) else start)
    line = redact(line)
    if len(start) < len(text):
        # The last word may be the first half of a token.
        line = line.rpartition(" ")[0] or line[:-LONGEST_SECRET]
    return line[:most] or "nothing"


def shown(value: object) -> str:
    """Return a value for an error message, short, in ASCII, and without tokens."""
    most = EXCERPT // 2
    text = ascii(value)
    start = text[: most + LONGEST_SECRET]
    redacted = redact(start)
    if len(start) < len(text):
        # The end may be the first half of a token.
        redacted = redacted[:-LONGEST_SECRET]
    return redacted[:most]


def listed(
    items: Sequence[Item], show: Callable[[Item], str] = str, *, separator: str = ", "
) -> str:
    """Return the first items as `show` returns them, and how many more: `a, b, c and 28 more`."""
    first = separator.join(map(show, items[:MOST_NAMES]))
    more = len(items) - MOST_NAMES
    return f"{first} and {more:,} more" if more > 0 else first


def bounded(text: str) -> str:
    """Return a text without tokens, in at most `MESSAGE_BYTES` bytes of UTF-8."""
    body = redact(text).encode("utf-8", "backslashreplace")
    if len(body) > MESSAGE_BYTES:
        body = body[: MESSAGE_BYTES - len(ELLIPSIS.encode())]
        return body.decode("utf-8", "ignore") + ELLIPSIS
    return body.decode("utf-8")


def iso_utc(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, like 2025-12-24T02:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
