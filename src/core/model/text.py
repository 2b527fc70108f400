"""Text from outside: on one line, as an address, or in an error message."""

import re
from datetime import UTC, datetime

EXCERPT = 120

_PLANES = range(0, 0x110000, 0x10000)
# Controls but white space, surrogates (which UTF-8 cannot hold), and Unicode's non-characters.
NO_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in _PLANES for last in (0xFFFE, 0xFFFF))
    + "]"
)
C0_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))
TABS_AND_LINE_BREAKS = str.maketrans("", "", "\t\n\r")


def one_line(text: str) -> str:
    """Return the text with white space folded to single spaces, and without what is no text."""
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


def excerpt(text: str | bytes) -> str:
    """Return the beginning of a text for an error message: on one line, without controls."""
    start = text[: 4 * EXCERPT]
    shown = one_line(start.decode("utf-8", "replace") if isinstance(start, bytes) else start)
    return shown[:EXCERPT] or "nothing"


def shown(value: object) -> str:
    """Return a value for an error message, short and in ASCII."""
    return ascii(value)[: EXCERPT // 2]


def iso_utc(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, like 2025-12-24T02:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
