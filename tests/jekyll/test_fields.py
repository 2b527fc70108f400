"""The real Jekyll shows every field as the text that came in, and nothing is escaped needlessly."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_plus

import pytest

from core.model.text import one_line
from core.render import escape
from tests.support import jekyll, recorded

PAGE = "https://huggingface.co/papers/2512.20619"
ARXIV = "https://arxiv.org/abs/2512.20619"
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Entry(NamedTuple):
    """The three fields of a paper that come from outside."""

    title: str
    organisation: str
    abstract: str


HOSTILE = {
    "emphasis": "*a* and _b_",
    "strong": "**a** and __b__",
    "both": "***a*** and ___b___",
    "emphasis across words": "x *y z* and _y z_",
    "asterisks at both ends": "*a*b*",
    "underscores at both ends": "_a_b_",
    "one asterisk at the end": "A*",
    "only asterisks": "****",
    "only underscores": "____",
    "crossed": "*a _b* c_",
    "intraword": "a*b*c 1_2_3 a_b_c",
    "digits and underscores": "x²_a_ ½_b_²",
    "forty openers": "*a " * 40 + "_b " * 40,
    "code": "`a` ``b`` ```c```",
    "code of unequal runs": "` `` ``` `` `",
    "code with backslashes": r"`\` \`a\`",
    "TeX quotes": "``a'' and ``b''",
    "table": "a | b | c",
    "leading bar": "| a | b |",
    "escaped bar": r"a \| b \\| c",
    "token": "<|im_end|> and <|endoftext|>",
    "think": "<think> a </think>",
    "unclosed tag": "a <b c",
    "tag with attributes": "<a href='b' c=\"d\">e</a>",
    "line break": "a<br>b<br/>c",
    "block tags": "<div>a</div> <p>b <table><tr><td>c",
    "raw tags": "<script>alert(1)</script> <style>a{}</style> <pre>",
    "code tag": "<code>a|b</code>",
    "foreign tags": "<한글> <é> <_a> <a:b> <ⓐ>",
    "comment": "a <!-- b --> c <!-- d",
    "declarations": "<!DOCTYPE html> <?php x ?> <![CDATA[a]]>",
    "markdown attribute": '<span markdown="1">*a*</span>',
    "automatic links": "<http://a.b/c> <https://a.b> <ftp://a.b> <mailto:a@b.c>",
    "automatic addresses": "<a@b.c> <1@2> <-@_> <é@b>",
    "bare links": "http://a.b/c_d_e https://a.b/?c=d&e=f a@b.c",
    "guillemets": "<< a >> <<b>> <<< c >>>",
    "escaped guillemets": r"\<< a \>>",
    "references": "&amp; &lt;b&gt; &copy; &nbsp; &#38; &#x26; &#0; &#xD800;",
    "references of references": "&amp;amp; &amp;#38;",
    "half references": "&amp &lt &copy &foo; & ;",
    "references with underscores": "&copy_a_; &lt_b_; &not_it_;",
    "link": "[a](http://b.c)",
    "link with title": "[a](b \"c\") [a](<b c> 'd')",
    "image": "![a](b) ![a][b] ![c]",
    "reference links": "[a][b] [a][] [a]",
    "link definition": "[a]: http://b.c",
    "nested brackets": "[[a](b)](c) [[[a]]]",
    "escaped link": r"[a\](b) \[a](b)",
    "many brackets": "[" * 40 + "a" + "]" * 40,
    "many images": "![ *a _b " * 12,
    "footnote": "a[^1] [^1]: b",
    "abbreviation": "*[HTML]: a HTML",
    "strikethrough": "~~a~~ ~~~b~~~",
    "tildes": "~~ a ~~ ~b~ ~~~",
    "math": "$$a$$ $$ b $$ $$$$ $$$c$$$",
    "inline math": r"$x_1$ and $\alpha_{i}^{*}$ and $17.06\%$",
    "TeX delimiters": r"\(a\) \[b\] \\(c\\)",
    "TeX commands": r"\textbf{a} \emph{b_c} \& \% \_ \# \$",
    "Liquid output": "{{ page.title }} {{{ a }}} {{",
    "Liquid tags": "{% raw %} {%- if x -%} {% nothing %} {%",
    "Liquid, escaped": r"{\{ a }} {\% b %} \{{ c }} \{% d %}",
    "attribute lists": "{:.a} {: #b} *c*{:.d} {:toc}",
    "extensions": "{::comment}a{:/comment} {::nomarkdown}<b>{:/} {::options /}",
    "attribute definition": "{:a: .b}",
    "braces": "{a} {:} {%} {{}} {{:}} {{%}}",
    "backslashes": r"\ \\ \\\ \\\\",
    "backslash at the end": "a\\",
    "two at the end": "a\\\\",
    "backslash before everything": " ".join(
        "\\" + mark for mark in "\\.*_+`<>()[]{}#!:|\"'$=~-a1&%/"
    ),
    "quotes": "\"a\" 'b' \"'c'\" '80s \"\" '' a\"b",
    "quotes and marks": '*"a"* _\'b\'_ `"c" <"d"> &"e" {"f"} \\"g\\"',
    "dashes and dots": "-- --- ---- . .. ... .... (c) (tm)",
    "heading": "# a #",
    "list mark": "- a",
    "plus": "+ a",
    "numbered": "1. a",
    "quotation": "> a > b",
    "rule": "---",
    "underline": "===",
    "end of block": "^",
    "definition": ": a",
    "task": "[ ] a [x] b",
    "fence": "~~~ a",
    "newlines": "a\n\nb\n- c\n# d\n    e\n| f",
    "other line ends": "a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch",
    "trailing spaces": "a  \nb \\\nc",
    "controls": "a\x00b\x07c\x1bd\x7fe\x9ff\ud800g\ufffeh",
    "wide spaces": "a\u00a0*b*\u3000c\u2003_d_",
    "zero width": "a\u200b*b*\u200dc\ufeff_d_\u2060",
    "combining": "*\u0301a*\u0301 _ा_ <\u0301b> e\u0301_x_",
    "bidirectional": "a \u202eb\u202c \u2067c\u2069 *\u200fd*",
    "emoji": "🧑\u200d🔬 *💡* _💡_ 👍 - 👍 7",
    "votes": "a** - 👍 73",
}
FRONT_MATTER = [
    *("yes", "1_000", "0o7", "2025-12-24", "12:30:00", "~", ".inf", "=", "<<", "@a", "`a", "%a"),
    *("a: b", "a #b", "a:", "- a", "{{ a }}", "{% a %}", "---", "a\n---\nb", "", " a ", "'a'", '"'),
    *(
        "\\",
        "\x00\x1b\x7f\x85\u2028\ufeff\uffff",
        "🙂",
        "lim4349",
        "일간",
        "R&D (it's), a/b; c+d_e",
    ),
    *(True, False, None, 12, 2.5, 1e16, ["a: b", "c"], {"a: b": ["#c"]}),
]
ADDRESSES = [
    "https://a.b/_c_/__d__/e_f",
    "https://a.b/--c...d~~e~~$$f$$/:::",
    "https://a.b/?c=d&copy=e&lt;f&amp;g#h_i_",
    "https://a.b/c(d)[e]{f}{{g}}{%h%}{:.i}<j>",
    "https://a.b/c d \"e\" 'f' | ^ ` * \\ %zz %20 한국",
]


def post(entries: Iterable[Entry], *, escaped: bool = True) -> str:
    """Return a post in the layout of the blog."""
    items = (
        f"{rank}. **{title}** - 👍 {rank}\n"
        f"   - 기관: {organisation}\n"
        f"   - [HF 페이지]({PAGE})\n"
        f"   - [논문 링크]({ARXIV})\n"
        f"   - Abstract: {abstract}\n"
        for rank, (title, organisation, abstract) in enumerate(
            map(_escaped, entries) if escaped else entries, 1
        )
    )
    return "---\ntitle: Papers\n---\n\n# Papers\n\n" + "\n".join(items)


def _escaped(entry: Entry) -> Entry:
    return Entry(
        escape.markdown(entry.title, bold=True),
        escape.markdown(entry.organisation),
        escape.markdown(entry.abstract),
    )


def build(posts: Sequence[str], directory: Path) -> list[str]:
    """Return the HTML of each post, all built in one run."""
    names = [f"2025-12-24-post-{number:04}" for number in range(len(posts))]
    site = jekyll.build_site(dict(zip(names, posts, strict=True)), directory)
    return [site[name] for name in names]


def differences(entries: Sequence[Entry], html: str) -> list[str]:
    """Tell where a built post does not show these entries, and nothing else."""
    shown = jekyll.fields(html)
    if len(shown) != len(entries):
        return [f"{len(shown)} entries instead of {len(entries)}"]
    found = []
    for entry, field in zip(entries, shown, strict=True):
        texts = (field.title, field.organisation, field.abstract)
        found += [
            f"{there!r} instead of {wanted!r}"
            for wanted, there in zip(map(_visible, entry), map(_visible, texts), strict=True)
            if there != wanted
        ]
        found += [f"an element <{tag}> in {entry!r}" for tag in field.intruders]
        if field.links != (PAGE, ARXIV):
            found.append(f"links {field.links} beside {entry!r}")
    return found


def _visible(text: str) -> str:
    """Fold a text to compare it; of bidirectional controls only the closed ones are kept."""
    return jekyll.fold(one_line(BIDI.sub("", text)))


def recorded_entries(day: Path) -> list[Entry]:
    """Return a day's fields of both levels of the answer, and the summaries as abstracts."""
    found = []
    for entry in recorded.entries(day):
        paper = entry["paper"]
        organisation = paper.get("organization") or entry.get("organization") or {}
        names = organisation.get("fullname"), organisation.get("name")
        authors = f"·{len(paper['authors'])} authors"
        found.append(Entry(paper["title"], names[0] or authors, paper["summary"]))
        found.append(
            Entry(entry["title"], names[1] or authors, paper.get("ai_summary") or paper["summary"])
        )
    return found


def blog_entries(day: Path) -> list[Entry]:
    """Return the fields of what the blog's crawler stored."""
    papers = json.loads(day.read_text(encoding="utf-8")).get("papers", [])
    fields = ([paper.get(key) for key in ("title", "institution", "abstract")] for paper in papers)
    return [Entry(*texts) for texts in fields if all(texts)]


@pytest.fixture(scope="module")
def hostile_html(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return a page for each hostile text, which is all three fields of its only entry."""
    posts = [post([Entry(text, text, text)]) for text in HOSTILE.values()]
    return dict(zip(HOSTILE, build(posts, tmp_path_factory.mktemp("hostile")), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_fields(name: str, hostile_html: dict[str, str]) -> None:
    text = HOSTILE[name]
    assert differences([Entry(text, text, text)], hostile_html[name]) == []


@recorded.needs_recorded
def test_only_what_is_shown_wrong_is_escaped(tmp_path: Path) -> None:
    days = recorded.recorded_days()
    entries = [entry for day in days for entry in recorded_entries(day)]
    entries += [entry for day in recorded.blog_days() for entry in blog_entries(day)]
    plain = [Entry(*map(one_line, entry)) for entry in entries]
    plain = [entry for entry in plain if "{%" not in "".join(entry)]  # would stop the whole run
    built = build([post([entry], escaped=False) for entry in plain], tmp_path)
    for entry, html in zip(plain, built, strict=True):
        assert (_escaped(entry) == entry) == (differences([entry], html) == []), entry


def test_front_matter(tmp_path: Path) -> None:
    keys = [f"key{number}" for number in range(len(FRONT_MATTER))]
    lines = [
        f"{key}: {escape.front_matter(v)}\n" for key, v in zip(keys, FRONT_MATTER, strict=True)
    ]
    outputs = [f"<i>{{{{ page.{key} | jsonify | url_encode }}}}</i>\n" for key in keys]
    page = f"---\n{''.join(lines)}---\n<script>\n{''.join(outputs)}</script>\n"
    [html] = build([page], tmp_path)
    read = [json.loads(unquote_plus(value)) for value in re.findall("<i>(.*)</i>", html)]
    assert read == FRONT_MATTER


def test_addresses(tmp_path: Path) -> None:
    links = [(escape.url(address), ARXIV) for address in ADDRESSES]
    posts = [post([Entry("a", "b", "c")]).replace(PAGE, address) for address, _ in links]
    shown = [jekyll.fields(html) for html in build(posts, tmp_path)]
    assert shown == [[jekyll.Field("a", "b", "c", pair, intruders=())] for pair in links]
