"""Text that is escaped for CommonMark is that text, wherever it stands: by a CommonMark parser."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.model.text import one_line
from core.render import escape

ESCAPED = {
    "nothing to escape": ("A title: 100% of x < 5 & y, ~3x (v2)!", None),
    "emphasis": ("S* and **b**", r"S\* and \*\*b\*\*"),
    "underscores": ("_a_ b_ _c", r"\_a\_ b\_ \_c"),
    "an underscore in a word": ("snake_case_2", None),
    "code": ("`a`", r"\`a\`"),
    "a link": ("[a](b) [c]: d", r"\[a\](b) \[c\]: d"),
    "an image": ("![a](b)", r"!\[a\](b)"),
    "a tag": ("<b>c</b>", r"\<b>c\</b>"),
    "an address": ("<https://a.b> <a@b.c>", r"\<https://a.b> \<a@b.c>"),
    "a comment": ("<!-- a -->", r"\<!-- a -->"),
    "less than": ("a < b, a<", r"a < b, a\<"),
    "references": ("&amp; &#35; &#x23; &c, R&D;", r"\&amp; \&#35; \&#x23; &c, R\&D;"),
    "TeX": (r"\alpha \{x\}", r"\alpha \\{x\\}"),
    "a backslash at the end": ("a\\", r"a\\"),
    "a heading": ("## a", r"\## a"),
    "the end of a heading": ("C #", r"C \#"),
    "a quotation": ("> a", r"\> a"),
    "lists": ("- a", r"\- a"),
    "a list with a plus": ("+ a", r"\+ a"),
    "a numbered list": ("1. a", r"1\. a"),
    "a numbered list with a bracket": ("12) a", r"12\) a"),
    "a number": ("1.5 times", None),
    "a line under a heading": ("===", r"\==="),
    "a break": ("---", r"\---"),
    "a fence": ("~~~ a", r"\~\~\~ a"),
    "text struck through": ("~~a~~", r"\~\~a\~\~"),
    "no Liquid": ("{{ a }} {% b %}", None),
    "lines": (" a\n\n  b\x00\u2028", "a b"),
    "an open embedding": ("a\u202eb", "ab"),
}


@pytest.mark.parametrize("name", ESCAPED)
def test_what_is_escaped(name: str) -> None:
    text, escaped = ESCAPED[name]
    assert escape.commonmark(text) == (text if escaped is None else escaped)


PLACES = {
    "paragraph": "{}\n\nafter\n",
    "heading": "## {}\n\nafter\n",
    "list": "- {}\n- after\n",
    "label": "- Votes: {} (3)\n",
    "link": "[{}](https://a.b)\n",
    "link in a numbered list": "1. [{}](https://a.b): 3\n",
    "second line": "before\n{}\n",
}
PARSERS = (
    MarkdownIt("commonmark"),
    MarkdownIt("commonmark").enable(["table", "strikethrough"]),
)


def clean(text: str) -> str:
    """Return the text that a reader sees, without white space and what no text holds."""
    return one_line(escape.BIDI.sub("", text))


MARKS = st.text("\\*_`[]<>&#!|~+-=.():;0123456789aé ²\t\n\"'^${}%/@") | st.lists(
    st.sampled_from(["&amp;", "&#3;", "](", "<b>", "<!--", "```", "~~~", "[^1]: ", "1. ", "---"])
).map("".join)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=100)
@given(text=(MARKS | st.text()).filter(lambda text: clean(text)))
@example("| a | b |")
@example("[a]: https://a.b")
def test_text_is_the_same_text(place: str, text: str) -> None:
    expected = shapes(place, "x")
    for escaped, plain in zip(shapes(place, escape.commonmark(text)), expected, strict=True):
        assert escaped[0] == plain[0]
        assert list(map(clean, escaped[1])) == [line.replace("x", clean(text)) for line in plain[1]]


def shapes(place: str, text: str) -> list[tuple[list[str], list[str]]]:
    """Return the kinds of tokens in a place, and its texts, as each parser sees them."""
    found = []
    for parser in PARSERS:
        kinds: list[str] = []
        texts: list[str] = []
        for token in parser.parse(PLACES[place].format(text)):
            kinds.append(token.type)
            inner = token.children or []
            kinds += [child.type for child in inner if child.type != "text"]
            texts.append("".join(child.content for child in inner))
        found.append((kinds, texts))
    return found
