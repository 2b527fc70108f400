"""What is escaped and how, what is left alone, and what always holds."""

import json
import re
import string
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.model import links
from core.model.text import NO_TEXT, one_line
from core.render import escape

Cases = dict[str, tuple[str, str]]

SOURCE = Path(__file__).parents[2] / "src"

ONE_LINE: Cases = {
    "as it is": ("A title: 100% of it", "A title: 100% of it"),
    "stripped": ("  shanghai ailab ", "shanghai ailab"),
    "spaces": ("science and technology  of china", "science and technology of china"),
    "newline": ("Exploring\n  the Frontiers", "Exploring the Frontiers"),
    "CRLF": ("a\r\nb", "a b"),
    "CR": ("a\rb", "a b"),
    "tab": ("a\tb", "a b"),
    "VT, FF, NEL": ("a\x0bb\x0cc\x85d", "a b c d"),
    "line and paragraph separator": ("a\u2028b\u2029c", "a b c"),
    "no-break and ideographic space": ("a\u00a0b\u3000c", "a b c"),
    "C0": ("a\x00b\x1bc\x1cd\x1fe", "abcde"),
    "DEL and C1": ("a\x7fb\x80c\x9fd", "abcd"),
    "a control between spaces": ("a \x00 b", "a b"),
    "lone surrogates": ("a\ud800b\udfffc", "abc"),
    "non-characters": ("a\ufffeb\uffffc\ufdd0d\U0001ffffe\U0010fffef", "abcdef"),
    "other scripts, emoji, joiners": ("한국어 🧑\u200d🔬 é\u0301", "한국어 🧑\u200d🔬 é\u0301"),
    "nothing": ("", ""),
}

ESCAPED: Cases = {
    "backslash before a mark": (r"\_a \- \' b", r"\\_a \\- \\' b"),
    "backslash before a backslash": (r"a \\ b", r"a \\\ b"),
    "backslash before a parenthesis": (r"\(x\)", r"\\(x\\)"),
    "backslash at the end": ("a\\", "a\\\\"),
    "emphasis": ("*a* b", r"\*a\* b"),
    "emphasis inside a word": ("a*b*c", r"a\*b\*c"),
    "strong": ("a **b** c", r"a \*\*b\*\* c"),
    "every asterisk, where two make emphasis": ("S* and *a*", r"S\* and \*a\*"),
    "emphasis of four asterisks": ("a ****b", r"a \*\*\*\*b"),
    "31 asterisks": ("* " * 31, " ".join([r"\*"] * 31)),
    "underscores around a word": ("an _a_ b", r"an \_a\_ b"),
    "dunder": ("the __init__ method", r"the \_\_init\_\_ method"),
    "underscores around a subscript": ("(_i) and_ b", r"(\_i) and\_ b"),
    "underscore behind a digit": ("1_a_ b", r"1\_a\_ b"),
    "underscore before a superscript": ("(_a_²", r"(\_a\_²"),
    "31 underscores": ("_ " * 31, " ".join([r"\_"] * 31)),
    "code": ("the `a` b", r"the \`a` b"),
    "code of two backticks": ("``a`` b", r"\`\`a`` b"),
    "backtick closed by a longer run": ("`a`` b", r"\`a`` b"),
    "bar": ("P(y|x)", r"P(y\|x)"),
    "backslash and bar": (r"P(y\|x)", r"P(y\\\|x)"),
    "special token": ("<|im_end|>", r"<\|im_end\|>"),
    "tag": ("the <think> tag", r"the \<think> tag"),
    "closing tag": ("until </think>", r"until \</think>"),
    "tag with attributes": ("<a href='x'>x", r"\<a href='x'>x"),
    "tag of another script": ("<한글> and <é>", r"\<한글> and \<é>"),
    "tag that begins with an underscore": ("<_a>", r"\<_a>"),
    "comment": ("a <!-- b --> c", r"a \<!-- b --> c"),
    "automatic link": ("<https://a.b/c>", r"\<https://a.b/c>"),
    "mailto": ("<mailto:a@b.c>", r"\<mailto:a@b.c>"),
    "address": ("<1.a-b@c.d>", r"\<1.a-b@c.d>"),
    "guillemets": ("a << b >> c", r"a <\< b >\> c"),
    "three": ("<<< >>>", r"<\<\< >\>\>"),
    "named reference": ("AT&amp;T &copy;", "AT&amp;amp;T &amp;copy;"),
    "decimal reference": ("&#38;", "&amp;#38;"),
    "hexadecimal reference": ("&#x26;", "&amp;#x26;"),
    "name that begins with an old name": ("&copy_b;", "&amp;copy_b;"),
    "link": ("[a](b)", r"[a]\(b)"),
    "image": ("![a](b)", r"![a]\(b)"),
    "13 brackets": ("[" * 13, r"\[" * 13),
    "four images": ("![" * 4, r"!\[" * 4),
    "struck through": ("~~a~~", r"~\~a~\~"),
    "formula": ("$$x$$", r"$\$x$\$"),
    "four dollar signs": ("$$$$", r"$\$\$\$"),
    "Liquid output": ("{{ x }}", r"{\{ x }}"),
    "Liquid tag": ("{% raw %}", "{&#37; raw %}"),
    "Liquid tag in braces": ("{{% raw %}}", r"{\{&#37; raw %}}"),
    "attribute list": ("a {:.b}", r"a \{:.b}"),
    "extension": ("{::comment}", r"\{::comment}"),
    "attribute list in braces": ("{{:.b}", r"{\{:.b}"),
    "one escape for two reasons": (r"\*a\*", r"\\\*a\\\*"),
}

UNTOUCHED = {
    "words": "Attention Is All You Need",
    "backslash before a letter": r"\textbf{x} and \alpha",
    "backslash before other marks": r"50\% \& \, \; \@ \/",
    "asterisk behind a word": "A* search and S*",
    "asterisks with spaces": "a * b * c",
    "asterisks that close nothing": "a* b *c",
    "power": "a ** b",
    "underscore in a word": "snake_case_name",
    "underscores in Korean": "가_나_다",
    "underscores in a TeX name": "x_1 and y_2",
    "underscore that opens only": "a _b",
    "one backtick": "a ` b",
    "apostrophe of TeX": "``quoted'' text",
    "backtick between spaces": "a ` b ` c",
    "unequal backticks": "a `` b ` c",
    "comparison": "a < b and c > d, 3<4, x<y",
    "less than a number": "p <0.05 and r >0.9",
    "arrow": "a -> b <- c => d",
    "ampersand": "AT&T, Q&A; R & D",
    "unknown reference": "&foo; &x",
    "reference without a semicolon": "&copy &lt",
    "brackets": "[a] [1, 2] [^1] [x][y] a] (b)",
    "abbreviation": "*[HTML]: x",
    "image mark": "![a]",
    "tilde": "~5 and ~/a",
    "tildes that close nothing": "a ~~ b",
    "formulas": "$x_1$ and $\\alpha$",
    "dollars": "US$5 $$",
    "braces": "DR^{3} {a} { { { % {",
    "closing Liquid": "}} %}",
    "block marks": "# a",
    "list marks": "- a",
    "number": "1. a",
    "quotation": "> a",
    "fence": "--- === +++ ^ :",
    "typography": "\"a\" 'b' -- --- ... (c)",
    "web address": "Code: https://github.com/a/b.git",
    "mail address": "a.b@c.de",
    "Korean": "기관: 한국과학기술원",
}

BOLD: Cases = {
    "asterisk at the end": ("A Survey of A*", r"A Survey of A\*"),
    "asterisk at the beginning": ("*Nix", r"\*Nix"),
    "asterisk inside": ("A* search", "A* search"),
    "two behind a word": ("a** b", r"a\*\* b"),
    "two before a word": ("a **b", "a **b"),
    "emphasis": ("a *b* c", r"a \*b\* c"),
    "underscore at the end": ("a_", "a_"),
    "tag": ("<think> twice", r"\<think> twice"),
    "newline": ("Agents in\n  Web Games", "Agents in Web Games"),
}

LINK: Cases = {
    "brackets": ("a [b] c", r"a \[b\] c"),
    "closing bracket": ("a] b", r"a\] b"),
    "opening bracket": ("[a", r"\[a"),
    "link": ("[a](b)", r"\[a\]\(b)"),
    "backslash before a bracket": (r"\]", r"\\\]"),
    "image": ("![a]", r"!\[a\]"),
    "words": ("Attention Is All You Need", "Attention Is All You Need"),
}

FOLD: Cases = {
    "words": ("A title: 100% of it", "A title: 100% of it"),
    "Markdown": (r"*a* _b_ `c` [d](e) \f | ~~g~~ $$h$$", r"*a* _b_ `c` [d](e) \f | ~~g~~ $$h$$"),
    "tags": ("</details><b>", "&lt;/details&gt;&lt;b&gt;"),
    "references": ("&amp; &#38;", "&amp;amp; &amp;#38;"),
    "quotes": ("\"a\" 'b'", "&quot;a&quot; &#x27;b&#x27;"),
    "Liquid output": ("{{ x }}", "&#123;&#123; x &#125;&#125;"),
    "Liquid tag": ("{% raw %}", "&#123;% raw %&#125;"),
    "attribute list": ("{:.b}", "&#123;:.b&#125;"),
    "newlines": ("a\n\n  b", "a b"),
    "open override": ("a \u202eb", "a b"),
}

BIDI: Cases = {
    "closed isolate": ("a \u2067b\u2069 c", "a \u2067b\u2069 c"),
    "closed override": ("a \u202eb\u202c c", "a \u202eb\u202c c"),
    "nested": ("\u202a\u2066a\u2069\u202c", "\u202a\u2066a\u2069\u202c"),
    "open": ("a \u202eb", "a b"),
    "closed only": ("a\u2069 b", "a b"),
    "crossed": ("\u202a\u2066a\u202c\u2069", "a"),
    "between spaces": ("a \u202e b", "a b"),
    "marks": ("a\u200e \u200fb", "a\u200e \u200fb"),
}

PLAIN = [
    "Hugging Face Daily Papers - 2025-12-24",
    "Hugging Face Papers Monthly Summary - 2025년 11월",
    "lim4349",
    "일간",
    "Daily Papers",
    "R&D (it's), a/b; c+d_e",
]
QUOTED = [
    *("yes", "No", "on", "OFF", "true", "False", "y", "N", "null", "Null", "~", ""),
    *("1", "1_000", "1,000", "0o7", "0x1F", "1e3", "+1", "-1", ".5", "1st", ".inf", ".NaN"),
    *("2025-12-24", "2025-12-24 09:15:00 +0900", "12:30:00", "=", "<<", "---", "..."),
    *("@a", "`a", "%a", "&a", "*a", "!a", "|", ">", "? a", "- a", ": a", ":a", "# a"),
    *("a: b", "a:", "a #b", "a#b", " a", "a ", "a  ", "[a]", "{a}", '"a"', "'a'", "_a", "{{ a }}"),
    *("a\nb", "a\tb", "a\\b", 'a "b"', "a\u00a0b", "🙂", "²\u2028"),
]
OTHER_VALUES: dict[str, tuple[object, str]] = {
    "true": (True, "true"),
    "false": (False, "false"),
    "none": (None, "null"),
    "int": (12, "12"),
    "float": (2.5, "2.5"),
    "float with an exponent": (1e16, "1.0e+16"),
    "small float": (1.5e-7, "1.5e-07"),
    "list": (["Daily Papers", "일간", 1], '["Daily Papers", "일간", 1]'),
    "mapping": ({"a: b": "#c"}, '{"a: b": "#c"}'),
    "characters that YAML forbids": ("a\x85\x7f\ufeff\u2028", r'"a\u0085\u007f\ufeff\u2028"'),
    "lone surrogate": ("a\ud800", '"a\ufffd"'),
}

URLS: Cases = {
    "parentheses": ("https://a.b/c_(d)", "https://a.b/c_%28d%29"),
    "spaces and controls": ("https://a.b/c d\n\x00", "https://a.b/c%20d%0A%00"),
    "quotes": ("https://a.b/'c'\"d\"", "https://a.b/%27c%27%22d%22"),
    "brackets and braces": ("a<b>[c]{{d}}", "a%3Cb%3E%5Bc%5D%7B%7Bd%7D%7D"),
    "Liquid tag": ("a{%b%}", "a%7B%25b%25%7D"),
    "other marks": ("a\\b|c^d`e*f", "a%5Cb%7Cc%5Ed%60e%2Af"),
    "Korean": ("https://a.b/한", "https://a.b/%ED%95%9C"),
    "lone surrogate": ("a\ud800", "a%EF%BF%BD"),
    "percent sign": ("a%20b%2", "a%20b%252"),
    "reference": ("https://a.b/?c&lt;d", "https://a.b/?c&lt%3Bd"),
}
SAFE_URLS = [
    "https://huggingface.co/papers/2512.20619",
    "https://arxiv.org/abs/2512.20619v1",
    "https://a.b/_c_/__d__/e~f/-/g,h;i=j+k!$l",
    "http://u:p@a.b:8080/c?d=e&f=g&copy=1#h_i_",
    "https://a.b/%ED%95%9C%20c",
]

ANCHORS: Cases = {
    "arXiv id": ("2512.20619v1", "2512.20619v1"),
    "what stays": ("Az09-_.!~", "Az09-_.!~"),
    "what ends a link in Markdown": ("*'()", "%2A%27%28%29"),
    "old arXiv id": ("hep-th/9901001", "hep-th%2F9901001"),
    "white space": ("a b\tc\nd\u3000e", "a%20b%09c%0Ad%E3%80%80e"),
    "quotes and tags": ('"<>&', "%22%3C%3E%26"),
    "percent sign": ("100% %20", "100%25%20%2520"),
    "parts of an address": ("a#b?c=d;e:f@g+h,i$j", "a%23b%3Fc%3Dd%3Be%3Af%40g%2Bh%2Ci%24j"),
    "brackets": ("[]{}|\\^`", "%5B%5D%7B%7D%7C%5C%5E%60"),
    "Korean": ("한", "%ED%95%9C"),
    "emoji": ("🙂", "%F0%9F%99%82"),
    "lone surrogate": ("a\ud800", "a%EF%BF%BD"),
}
ESCAPABLE = "\\.*_+`<>()[]{}#!:|\"'$=~-"
ESCAPE = re.compile(r"\\([" + re.escape(ESCAPABLE) + r"])|&amp;|&#37;")
MARKS = st.sampled_from(
    [*"\\*_`|<>&()[]{}~$%:!#; aB1가", "&amp;", "{{", "{%", "**", "\n", "\u202e"]
)
HOSTILE = st.lists(MARKS, max_size=20).map("".join)
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def table(cases: Cases) -> Iterable[object]:
    return [pytest.param(*case, id=name) for name, case in cases.items()]


@pytest.mark.parametrize(("text", "line"), table(ONE_LINE))
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(("text", "markdown"), table(ESCAPED))
def test_markup_is_escaped(text: str, markdown: str) -> None:
    assert escape.markdown(text) == markdown


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in UNTOUCHED.items()])
def test_what_is_no_markup_is_untouched(text: str) -> None:
    assert escape.markdown(text) == text


@pytest.mark.parametrize(("text", "markdown"), table(BOLD))
def test_bold(text: str, markdown: str) -> None:
    assert escape.markdown(text, bold=True) == markdown


@pytest.mark.parametrize(("text", "markdown"), table(LINK))
def test_link(text: str, markdown: str) -> None:
    assert escape.markdown(text, link=True) == markdown


@pytest.mark.parametrize(("text", "html"), table(FOLD))
def test_fold(text: str, html: str) -> None:
    assert escape.fold(text) == html


@pytest.mark.parametrize(("text", "markdown"), table(BIDI))
def test_bidirectional_controls(text: str, markdown: str) -> None:
    assert escape.markdown(text) == markdown


@pytest.mark.parametrize("text", PLAIN)
def test_plain_front_matter(text: str) -> None:
    assert escape.front_matter(text) == text


@pytest.mark.parametrize("text", QUOTED, ids=ascii)
def test_quoted_front_matter(text: str) -> None:
    assert json.loads(escape.front_matter(text)) == text


@pytest.mark.parametrize(
    ("value", "written"), [pytest.param(*case, id=name) for name, case in OTHER_VALUES.items()]
)
def test_other_front_matter(value: object, written: str) -> None:
    assert escape.front_matter(value) == written


def test_front_matter_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        escape.front_matter(float("inf"))


@pytest.mark.parametrize(("address", "encoded"), table(URLS))
def test_url(address: str, encoded: str) -> None:
    assert escape.url(address) == encoded


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://a.b/c d", "https://a.b/c%20d"),
        ("HTTPS://a.b", "HTTPS://a.b"),
        ("http://a.b/", ""),
        ("javascript:alert(1)", ""),
        ("https://a@b.c/", ""),
        ("https:///a", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_https_is_an_address(address: str | None, linked: str) -> None:
    assert escape.https(address) == linked


@pytest.mark.parametrize("address", SAFE_URLS)
def test_ordinary_urls_are_untouched(address: str) -> None:
    assert escape.url(address) == address


@pytest.mark.parametrize(("text", "written"), table(ANCHORS))
def test_anchor(text: str, written: str) -> None:
    assert escape.anchor(text) == written


@given(ANY_TEXT)
def test_one_line_is_one_line_of_text(text: str) -> None:
    line = one_line(text)
    assert line == one_line(line)
    assert line == " ".join(line.split())
    assert line.encode().decode() == line


@given(st.text(string.ascii_letters + string.digits + " .,;?/가나다한글é"))
def test_plain_words_are_untouched(text: str) -> None:
    assert escape.markdown(text) == escape.markdown(text, bold=True) == one_line(text)


@given(HOSTILE | ANY_TEXT, st.booleans())
@example("&#37;", False)
def test_nothing_but_escapes_is_added(text: str, bold: bool) -> None:
    markdown = escape.markdown(text, bold=bold)
    instead = {"&amp;": "&", "&#37;": "%"}
    read = ESCAPE.sub(lambda found: instead.get(found[0], found[1]), markdown)
    without_bidi = one_line(re.sub("[\u202a-\u202e\u2066-\u2069]", "", text))
    assert read in (one_line(text), without_bidi)


@given(HOSTILE | ANY_TEXT)
def test_a_fold_is_one_line_of_the_very_text(text: str) -> None:
    html = escape.fold(text)
    assert not re.search(r"[<>{}\"']|&(?!#?\w+;)", html)
    without_bidi = one_line(re.sub("[\u202a-\u202e\u2066-\u2069]", "", text))
    assert unescape(html) in (one_line(text), without_bidi)


@given(HOSTILE, st.booleans())
def test_no_bracket_ends_a_links_text(text: str, bold: bool) -> None:
    markdown = escape.markdown(text, bold=bold, link=True)
    assert not re.search(r"[][]", re.sub(r"\\.", "", markdown))


@given(HOSTILE, st.booleans())
def test_no_liquid_and_no_table_is_left(text: str, bold: bool) -> None:
    markdown = escape.markdown(text, bold=bold)
    assert not re.search(r"\{[{%]", markdown)
    assert not re.search(r"(?<!\\)\|", markdown)


@given(HOSTILE, st.booleans())
def test_a_line_is_escaped_like_its_text(text: str, bold: bool) -> None:
    markdown = escape.markdown(text, bold=bold)
    assert escape.markdown(f" {text}\n", bold=bold) == markdown


@given(st.text() | HOSTILE | st.sampled_from([*PLAIN, *QUOTED]))
@settings(max_examples=300)
def test_yaml_reads_front_matter_back(text: str) -> None:
    assert yaml.safe_load(f"key: {escape.front_matter(text)}\n") == {"key": text}


@given(ANY_TEXT | HOSTILE)
@example("a\x1c b\n")
def test_a_line_is_all_words_of_a_text(text: str) -> None:
    assert one_line(text) == " ".join(NO_TEXT.sub("", text).split())


@given(st.text() | st.text("0123456789.v/"))
def test_a_papers_addresses_need_no_escape(paper_id: str) -> None:
    page = links.paper_page(paper_id)
    assert page == escape.url(page) == f"{links.HUGGING_FACE}/{quote(paper_id)}"
    assert (
        escape.anchor(paper_id) == escape.url(escape.anchor(paper_id)) == quote(paper_id, safe="!")
    )


@given(ANY_TEXT | HOSTILE)
def test_urls_hold_nothing_else(address: str) -> None:
    encoded = escape.url(address)
    assert re.fullmatch(r"(?:[A-Za-z0-9._~:/?#@!$&+,;=-]|%[0-9A-Fa-f]{2})*", encoded)
    assert escape.url(encoded) == encoded


@given(st.text() | HOSTILE, st.text() | HOSTILE)
def test_anchors_are_words_and_differ_as_their_texts(text: str, other: str) -> None:
    assert re.fullmatch(r"(?:[\w.!~-]|%[0-9A-F]{2})*", escape.anchor(text), re.ASCII)
    assert unquote(escape.anchor(text)) == text
    assert (escape.anchor(text) == escape.anchor(other)) == (text == other)
