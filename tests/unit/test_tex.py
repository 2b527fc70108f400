"""Simple TeX in titles and abstracts is shown as text, and no letter or digit is lost."""

import re
import subprocess
import sys
from collections.abc import Iterator
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.model.text import one_line
from core.render import tex
from tests.support import recorded

CONVERTED = [
    # Characters that TeX reserves.
    (r"93.3\% of Q\&A", "93.3% of Q&A"),
    (r"jumping\_cod, \#1, \$5, \{a, b\}", "jumping_cod, #1, $5, {a, b}"),
    (r"93% of 5\%", "93% of 5%"),
    (r"~5\% -- a --- ``b'' & c # d", "~5% -- a --- ``b'' & c # d"),
    # Styles.
    (r"\textbf{Foo} bar", "Foo bar"),
    (r"\textbf {Foo} \emph{a {\em b} c}", "Foo a b c"),
    (r"\emph{\textsc{Foo}: 5\%}", "Foo: 5%"),
    (r"{\bf Foo} {\it\small bar} \bf baz", "Foo bar baz"),
    (r"\texttt{a\_b}, \mathcal{O}(n)", "a_b, O(n)"),
    (r"\textit{DnD)}, a generator", "DnD), a generator"),
    # Accents and letters.
    (r"Fr\'echet, Poincar\'{e}, G{\"o}del, M\"obius", "Fréchet, Poincaré, Gödel, Möbius"),
    (r"Bolet\'{\i}n, \'\i, \^{\i}", "Boletín, í, î"),
    (r"Erd\H{o}s, Erd\H os, \v{s}, \c c, \'Swi\k{a}tek", "Erdős, Erdős, š, ç, Świątek"),
    (r"Stra\ss e, \L{}\'od\'z, \AA ngstr\"om, \.Z", "Straße, Łódź, Ångström, \\.Z"),
    (r"\.{Z}ak, Espa\~na, \~{}5", "Żak, España, ~5"),
    # Symbols.
    (r"\alpha-divergence of \beta particles", "α-divergence of β particles"),
    (r"10\times faster, 5\pm3, \ldots", "10× faster, 5±3, …"),
    (r"\textquotedblleft a\textquotedblright\ b", "“a” b"),
    (r"\LaTeX{} and \TeX", "LaTeX and TeX"),
    # Space.
    (r"vs.\ 33.5 at 19.63\,FPS", "vs. 33.5 at 19.63 FPS"),
    (r"Foo \\ Bar", "Foo Bar"),
    ("Foo\n\t5\\%\u2028bar\x00", "Foo 5% bar"),
    # Addresses and notes.
    (r"\url{https://a.example/b\_c%20d~e}", "https://a.example/b_c%20d~e"),
    (r"Foo\footnote{Code is public}", "Foo [Code is public]"),
    # Around math.
    (r"$x\%$ of 5\%", r"$x\%$ of 5%"),
    (r"\(B_j^{\max}\%\) of 5\%", r"\(B_j^{\max}\%\) of 5%"),
    (r"$$\alpha$$ \[\beta\] \alpha", r"$$\alpha$$ \[\beta\] α"),
    (r"from $5 and 93\% to $10 or $x\%$", r"from $5 and 93% to $10 or $x\%$"),
    (r"$10/$20 5\%, 5 $ \%", "$10/$20 5%, 5 $ %"),
    (r"\textbf{a $\%$ b}", r"a $\%$ b"),
    # Beside what is not converted.
    (r"\begin{itemize}\item 5\% a\end{itemize} 5\%", r"\begin{itemize}\item 5\% a\end{itemize} 5%"),
    (r"{\name}, \foo{bar} \textbf{baz}", r"{\name}, \foo{bar} baz"),
    (r"\foo{\bf x} 10^{\alpha}y {GPT}", r"\foo{x} 10^{α}y {GPT}"),
    (r"\foo\textbf{x} \foo\alpha {\em\foo}y", r"\foo x \foo α \foo y"),
    (r"\textcolor{red}{Foo} 5\%", r"\textcolor{red}{Foo} 5%"),
]

UNCHANGED = [
    "",
    "no TeX: 5% of $x$ ~ {y} -- ``z''",
    r"(\ie, Foo) \eg \thisbench, {\foo}",
    r"\cite{foo2024}, \ref{a}, \label{b}, \href{https://a.example}{here}",
    r"\frac{1}{2} \sqrt{2} 10\textsuperscript{2} \hspace{2pt} \today",
    r"\input{/etc/passwd} \include{a} \verb|a|",
    r"under \20 USD",
    r"C:\new\table \d+ \w* \. \u00e9 \n",
    r"don\'t, the model\'s, they\'re",
    r"say \"answer\" and \"even\"",
    r"\`code\` \*bold\* \- \! \: \;",
    r"http:\/\/a.example, example\.com",
    r"a\\b, \\[2pt] c",
    r"\textbf{} {\bf}",
    r"\emph word",
    r"\tilde{O}(n) \hat{x}",
    # What cannot be parsed.
    r"{ 5\%",
    r"} 5\%",
    r"\( 5\%",
    r"\begin{a} 5\%",
    r"5\% \end{a}",
    r"5\% \textbf",
    r"\textbf{" * 5000 + "}" * 5000,
    "{" * 9000 + r"\%" + "}" * 9000,
    r"\%" * tex.MOST_CHARACTERS,
]

LETTERS = ["a", "Ä", "é", "7", "가", "𝐱", "ı"]
MARKS = [*r"\{}$%&#~^_'`\".,-[]()| ", "\\\\", "\n", "\ufdd0", "\u0301"]
MACROS = [rf"\{name}" for name in [*tex.STYLES, *tex.FONTS, "alpha", "ss", "i", "foo", "item"]]
ACCENTS = [rf"\{name}" for name in tex.ACCENTS]
OTHERS = [r"\textbf{", r"\footnote{", r"\begin{a}", r"\end{a}", r"\(", r"\)", r"\cite{"]
TEX = st.lists(st.sampled_from(LETTERS + MARKS + MACROS + ACCENTS + OTHERS)).map("".join)


@pytest.mark.parametrize(("source", "text"), CONVERTED)
def test_simple_tex_becomes_text(source: str, text: str) -> None:
    assert tex.shown(source) == text


@pytest.mark.parametrize("source", UNCHANGED, ids=lambda text: text[:30])
def test_doubtful_tex_stays(source: str) -> None:
    assert tex.shown(source) == source


def test_backslash_at_the_end_stays() -> None:
    assert tex.shown("5\\% \\") == "5% \\"


@given(st.lists(st.sampled_from([pair for pair in CONVERTED if "$" not in pair[0]]), max_size=4))
def test_parts_are_converted_independently(parts: list[tuple[str, str]]) -> None:
    source = " ; ".join(source for source, _ in parts)
    assert tex.shown(source) == " ; ".join(text for _, text in parts)


@given(TEX | st.text())
@example("\\")
@example(r"\c")
@example(r"{\'\'\i}")
def test_no_letter_is_lost(source: str) -> None:
    text = tex.shown(source)
    assert text == one_line(text)
    assert bool(text) == bool(one_line(source))
    assert keeps_letters(source, text)


@given(TEX.filter(lambda text: "\\" not in text))
def test_text_without_backslash_stays(source: str) -> None:
    assert tex.shown(source) == one_line(source)


@recorded.needs_recorded
def test_recorded_texts_keep_their_letters() -> None:
    sources = {text for text in recorded_texts() if "\\" in text}
    assert len(sources) > 50
    for source in sources:
        text = tex.shown(source)
        assert keeps_letters(source, text)
        assert r"\%" not in text
        assert tex.shown(text) == text


@recorded.needs_recorded
def test_recorded_texts_without_backslash_stay() -> None:
    for source in recorded_texts():
        if "\\" not in source:
            assert tex.shown(source) == one_line(source)


@pytest.mark.parametrize(("text", "imported"), [("5% of $x$ {y}", False), (r"5\%", True)])
def test_only_a_backslash_imports_the_parser(text: str, imported: bool) -> None:
    code = (
        "import sys\n"
        "from core.render import tex\n"
        "tex.shown(sys.argv[1])\n"
        "print('pylatexenc' in sys.modules)"
    )
    command = [sys.executable, "-c", code, text]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == str(imported)


def recorded_texts() -> Iterator[str]:
    for day in [*recorded.recorded_days(), *recorded.late_days()]:
        for entry in recorded.entries(day):
            paper = entry["paper"]
            yield from (paper[key] for key in ("title", "summary") if paper.get(key))


def keeps_letters(source: str, text: str) -> bool:
    """Return whether the text has the source's letters outside of macros' names, in their order."""
    rest = iter(letters(text))
    return all(letter in rest for letter in letters(re.sub(r"\\[^\W\d_]+", " ", source)))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, normalize("NFD", one_line(text))))
