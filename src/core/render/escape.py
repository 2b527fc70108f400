"""Escape text from outside for its place: a Jekyll post, its front matter, Markdown, a link.

The rules for posts follow kramdown 2 with GFM input and Liquid, as Jekyll 4 runs them. Each escapes
as little as possible, so that text without markup stays as it is. A field is part of a line, after
a label or between two `**`, so marks that count only at the start of a line (`#`, `- `, `1. `) are
left alone. Typography (`--`, `...`, quotes) is kramdown's.

Markdown that no Jekyll reads follows CommonMark, and has no Liquid.
"""

import json
import re
from collections.abc import Callable, Iterable
from html import escape as escape_html
from html import unescape
from itertools import chain
from urllib.parse import quote

from core.model.text import one_line

BIDI_CLOSERS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c")
BIDI_CLOSERS |= dict.fromkeys("\u2066\u2067\u2068", "\u2069")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")

MARKUP = re.compile(r"[\\*_`|<>&(\[{~$]")
ALWAYS = re.compile(
    r"""
      \\ (?= [\\.*_+`<>()\[\]{}#!:|"'$=~-] | $ )    # would escape what follows
    | \|                                            # makes the line a table
    | (?<=<) < | (?<=>) >                           # guillemets
    | (?<=\]) \(                                    # the address of a link
    | (?<=\{) [{%]                                  # Liquid
    | \{ (?=:)                                      # an attribute list, an extension
    """,
    re.VERBOSE,
)
# In kramdown a name begins with any letter. Which letters these are depends on Ruby's version, so
# any character that is not ASCII counts.
TAG = re.compile(r"<(?=!|/?(?:[A-Za-z_]|[^\x00-\x7f])|[\w.-]+@)")
REFERENCE = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[\w:][\w.:-]*);", re.ASCII)
STRIKE_START = re.compile("~~(?![ ~])")
STRIKE_END = re.compile("[^ ~]~~")
INSTEAD = {"&": "&amp;", "%": "&#37;"}  # what a backslash does not escape
BRACES = str.maketrans({"{": "&#123;", "}": "&#125;"})
HTTPS = re.compile(r"https://[^/?#@\\]+([/?#]|$)", re.IGNORECASE)

# Beyond these numbers kramdown's search for closing marks takes seconds, and with more marks it
# does not end.
MOST_EMPHASIS_MARKS = 30
MOST_BRACKETS = 12
MOST_IMAGES = 3
MOST_TAGS = 100

# Source: https://spec.commonmark.org/0.31.2/ (2.4 backslash escapes and the chapters on blocks).
COMMONMARK = re.compile(
    r"""
      \\ (?= [!-/:-@\[-`{-~] | $ )       # would escape what follows
    | [*`\[\]]                          # emphasis, code, links
    | (?<![^\W_]) _ | _ (?![^\W_])      # emphasis, but not inside a word
    | ~ (?=~) | (?<=~) ~                # a fence; in GitHub's Markdown, text that is struck through
    | < (?![ ])                         # a tag, an automatic link
    | & (?= \#?\w+; )                   # a character reference
    | ^ [#+=>-]                         # a heading, a list, a line under a heading, a quotation
    | \# $                              # would belong to a heading's end
    """,
    re.VERBOSE,
)
LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])(?= |$)")

PLAIN_YAML = re.compile(r"(?:[^\W\d_]|/)(?:[\w.,;/()+&'-]| (?! ))*(?<! )")
YAML_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
SURROGATE = re.compile("[\ud800-\udfff]")

NOT_IN_URL = re.compile(r"[^A-Za-z0-9._~:/?#@!$&+,;=%-]|%(?![0-9A-Fa-f]{2})")


def markdown(text: str, *, bold: bool = False, link: bool = False) -> str:
    """Return the text as one line of Markdown that Jekyll shows as the same text.

    `bold` is for a text between two `**`, `link` for the text of a link. Bidirectional embeddings,
    overrides and isolates are dropped unless they are nested and closed within the text: they would
    change the direction of the text after it. Apart from escapes, the text is as `one_line` returns
    it.
    """
    line = one_line(_without_open_bidi(text))
    if not MARKUP.search(line):
        return line.replace("]", r"\]") if link else line
    places = set(chain.from_iterable(rule(line) for rule in RULES))
    places.update(_bold_asterisks(line) if bold else ())
    places.update((*_all(line, "["), *_all(line, "]")) if link else ())
    parts = []
    end = 0
    for place in sorted(places):
        character = line[place]
        parts += [line[end:place], INSTEAD.get(character, "\\" + character)]
        end = place + 1
    return "".join([*parts, line[end:]])


def commonmark(text: str) -> str:
    """Return the text as one line of CommonMark that shows the same text, wherever it stands.

    That may be a paragraph of its own, a heading, or the text of a link. It makes no block, and no
    markup or link; in GitHub's Markdown, addresses without `<>` are links still. Bidirectional
    controls are treated as by `markdown`.
    """
    line = one_line(_without_open_bidi(text))
    escaped = COMMONMARK.sub(r"\\\g<0>", line)
    return LIST_NUMBER.sub(r"\1\\\2", escaped)


def fold(text: str) -> str:
    """Return the text as one line of HTML, for the body of a `<details>` element in a post.

    In a block of HTML without a `markdown` attribute kramdown leaves everything as it is, and
    Liquid's braces are character references. Bidirectional controls are dropped as by `markdown`.
    """
    return escape_html(one_line(_without_open_bidi(text))).translate(BRACES)


def front_matter(value: object) -> str:
    """Return a value as YAML for a line of front matter, after `key: `.

    A text that YAML 1.1 reads as that text stays plain; any other is a JSON string, in which U+FFFD
    replaces lone surrogates, which YAML cannot express. Other values are JSON too; numbers have to
    be finite. Liquid does not run over front matter.
    """
    if isinstance(value, str) and PLAIN_YAML.fullmatch(value) and value.lower() not in YAML_WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text = NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", SURROGATE.sub("\ufffd", text))
    if isinstance(value, float) and "." not in text:
        return text.replace("e", ".0e")  # YAML 1.1 takes 1e+16 for a text
    return text


def url(text: str) -> str:
    """Return the address, percent-encoded for a link in a post or in HTML.

    It keeps `A-Z a-z 0-9 - . _ ~ : / ? # @ ! $ & + , ; =` and `%XX`, except a `;` that would end a
    character reference; everything else is encoded in UTF-8.
    """
    encoded = NOT_IN_URL.sub(_percent_encoded, text)
    if "&" not in encoded:
        return encoded
    return REFERENCE.sub(lambda found: found[0][:-1] + "%3B", encoded)


def https(address: str | None) -> str:
    """Return an https address as by `url`; any other address is empty.

    An address with a user name is none: a browser loads no picture from it, and what a reader takes
    for the host may not be the host.
    """
    return url(address) if address and HTTPS.match(address) else ""


def anchor(text: str) -> str:
    """Return a text as an element's id and as the fragment of a link to it.

    It is percent-encoded, and needs no further escape in HTML and Markdown.
    """
    return quote(SURROGATE.sub("\ufffd", text), safe="!")


def _percent_encoded(found: re.Match[str]) -> str:
    octets = SURROGATE.sub("\ufffd", found[0]).encode()
    return "".join(f"%{octet:02X}" for octet in octets)


def _without_open_bidi(text: str) -> str:
    if text.isascii():
        return text
    awaited: list[str] = []
    for control in BIDI.findall(text):
        if control in BIDI_CLOSERS:
            awaited.append(BIDI_CLOSERS[control])
        elif not awaited or awaited.pop() != control:
            return BIDI.sub("", text)
    return BIDI.sub("", text) if awaited else text


# A rule returns the places of the characters that have to be escaped in a line.


def _always(line: str) -> Iterable[int]:
    """Find what is markup anywhere in a line."""
    return (found.start() for found in ALWAYS.finditer(line))


def _tags(line: str) -> Iterable[int]:
    """Find the beginnings of tags, comments and automatic links: names after `<`, before a `>`.

    If there are too many of them, they count without a `>`.
    """
    last = len(line) if line.count("<") > MOST_TAGS else max(line.rfind(">"), 0)
    return (found.start() for found in TAG.finditer(line, 0, last))


def _references(line: str) -> Iterable[int]:
    """Find the ampersands of character references."""
    return (at.start() for at in REFERENCE.finditer(line) if unescape(at[0]) != at[0])


def _asterisks(line: str) -> Iterable[int]:
    """Find all asterisks if two of them could make emphasis."""
    return _all(line, "*") if _has_emphasis(line, "*") else ()


def _underscores(line: str) -> Iterable[int]:
    """Find all underscores if two of them could make emphasis."""
    return _all(line, "_") if _has_emphasis(line, "_") else ()


def _bold_asterisks(line: str) -> Iterable[int]:
    """Find all asterisks if one of them would touch or end the `**` around the line."""
    inner_end = re.search(r"[^ ]\*\*", line)
    return _all(line, "*") if inner_end or "*" in (line[:1], line[-1:]) else ()


def _backticks(line: str) -> Iterable[int]:
    """Find the runs of backticks that a later run, as long or longer, would close."""
    longest = 0
    for run in reversed(list(re.finditer("`+", line))):
        length = run.end() - run.start()
        alone = line[max(run.start() - 1, 0) : run.end() + 1] == " ` "
        if length <= longest and not alone:
            yield from range(*run.span())
        longest = max(longest, length)


def _tildes(line: str) -> Iterable[int]:
    """Find the tildes that follow another if some text is struck through."""
    start = STRIKE_START.search(line)
    return _all(line, "~~", 1) if start and STRIKE_END.search(line, start.end()) else ()


def _dollars(line: str) -> Iterable[int]:
    """Find the dollar signs that follow another if there is a formula between two pairs."""
    return _all(line, "$$", 1) if line.count("$$") > 1 else ()


def _brackets(line: str) -> Iterable[int]:
    """Find all opening brackets if there are too many."""
    too_many = line.count("[") > MOST_BRACKETS or line.count("![") > MOST_IMAGES
    return _all(line, "[") if too_many else ()


RULES: tuple[Callable[[str], Iterable[int]], ...] = (
    _always,
    _tags,
    _references,
    _asterisks,
    _underscores,
    _backticks,
    _tildes,
    _dollars,
    _brackets,
)


def _all(line: str, mark: str, offset: int = 0) -> Iterable[int]:
    """Return the place of each `mark`, overlapping ones too, plus `offset`."""
    return (place + offset for place in range(len(line)) if line.startswith(mark, place))


def _has_emphasis(line: str, mark: str) -> bool:
    """Return whether kramdown could find emphasis: a run that may open it before one that closes.

    Three marks in a row may be one mark and two, so they are taken to open and to close.
    """
    if line.count(mark) > MOST_EMPHASIS_MARKS:
        return True
    opened = False
    for run in re.finditer(re.escape(mark) + "+", line):
        before = line[: run.start()][-1:]
        after = line[run.end() :][:1]
        many = run.end() - run.start() > 2
        inside = mark == "_" and before.isalpha()
        followed = mark == "_" and (after.isalpha() or after.isdecimal())
        closes = before not in ("", " ") and not followed
        opened = opened or many
        if opened and (closes or many):
            return True
        opened = opened or (after not in ("", " ") and not inside)
    return False
