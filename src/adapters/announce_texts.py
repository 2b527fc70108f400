"""Texts for channels: cut to a length, and made inert for readers that look for links."""

import re
from collections.abc import Callable

from core.model.text import ELLIPSIS

WORD_JOINER = "\u2060"
# What mail programs and messengers take for a link, a name, a tag or a command.
ACTIVE = re.compile(
    r"""
      (?<=[:/@\#$]) (?=[\w/])         # https://, @name, #tag, /command, $tag
    | (?<=[^\W\d_]) (?=[@])           # ada@example.com
    | (?<=[^\s.]\.) (?=[^\W\d_]{2})   # example.com; a name may end with an emoji
    | (?<=\d\.) (?=\d+\.\d+\.\d)     # 192.0.2.1
    """,
    re.VERBOSE,
)

Escape = Callable[[str], str]


def size(text: str) -> int:
    """Return a text's length in UTF-16 code units: no service counts more for a character."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def unlinked(text: str) -> str:
    """Return a text that looks the same, but in which no link, name, tag or command is found.

    Services look for these in plain text, too. An invisible word joiner stands in between.
    """
    return ACTIVE.sub(WORD_JOINER, text)


def cut(text: str, most: int, escape: Escape = str) -> str:
    """Return a text through `escape`, cut so that it has at most so many UTF-16 code units.

    What is cut ends with "…", at a word if there is one near the end. No escape is cut in two.
    """
    whole = escape(text)
    if size(whole) <= most:
        return whole
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size(escape(text[:middle]) + ELLIPSIS) <= most:
            low = middle
        else:
            high = middle - 1
    beginning = text[:low]
    words = beginning.rpartition(" ")[0]
    kept = words if len(words) > low * 2 // 3 else beginning
    shown = escape(kept.rstrip()) + ELLIPSIS
    return shown if size(shown) <= most else ""
