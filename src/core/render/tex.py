r"""Show simple TeX in titles and abstracts as plain text.

Authors write `93.3\%`, `\textbf{Foo}` and `Poincar\'e`. Readers see `93.3%`, `Foo` and `Poincaré`.

1. Characters that TeX reserves are text here: a `%` that is not escaped is a per cent sign, and
   `~`, `--`, `&` and `#` stay. A `$` opens math by the rule of Pandoc
   (https://pandoc.org/MANUAL.html#math), so that two prices in a sentence are no math.
2. Math, environments, and macros that are not listed here stay as they are.
3. Where TeX and other uses of a backslash disagree, the text stays as it is: `don\'t`,
   `\"quoted\"`, `http:\/\/`, `\d+`.
4. A result that lost a letter or digit, or changed their order, is not used.

pylatexenc is imported only for a text with a backslash: most days have few, and a run without
changes has none.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any
from unicodedata import category, name, normalize

from core.model.text import one_line

# A longer text is shown as it is: the parser's time is not linear for every text.
MOST_CHARACTERS = 20_000

ESCAPED = frozenset("%&#_${}")
# Macros with one argument, which is shown without the style.
STYLE_NAMES = """
emph mbox text textbf textit textmd textnormal textrm textsc textsf textsl texttt textup
ensuremath mathbb mathbf mathcal mathfrak mathit mathrm mathscr mathsf mathtt
underline uline url
"""
STYLES = frozenset(STYLE_NAMES.split())
# Declarations, as in `{\bf Foo}`.
FONT_NAMES = """
bf bfseries em it itshape mdseries normalfont rm rmfamily sc scshape sf sffamily sl slshape
tt ttfamily upshape
tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge
protect xspace
"""
FONTS = frozenset(FONT_NAMES.split())
NAMES = frozenset(["LaTeX", "TeX"])
ACCENTS = frozenset("'`\"^~=.Hbcdkruv")
# A backslash with another use has no letter after it, or a space: `\d+`, `\` code`. An accent of a
# dot needs braces, because the dot may be one of an address: `example\.com`.
LETTER = r"(?: [^\W\d_] | \\[ij]\s* )"
ACCENTED = re.compile(
    rf"""
    \\ (?: ['`"^~=] {LETTER}
        | [Hbcdkruv] \s* {LETTER}
        | ['`"^~=.Hbcdkruv] \s* \{{ {LETTER} \}}
        )
    """,
    re.VERBOSE,
)
EMPTY = {r"\~{}": "~", r"\^{}": "^"}
# The library's `today` is the day of its import. A backslash could begin a macro. The others also
# escape a character in other languages.
NO_SYMBOLS = frozenset(["today", "backslash", "textbackslash", "-", ":", ";", "!"])

# These become characters that no text has (`one_line` drops them), so that the parser sees text.
STAND_INS = {
    "%": "\ufdd0",
    "$": "\ufdd1",
    r"\'": "\ufdd2",
    r"\"": "\ufdd3",
    r"\`": "\ufdd4",
    "\\": "\ufdd5",
}
MATH = r"""
    \$\$ (?: \\. | [^$\\] )+ \$\$
  | \$ (?= [^\s$] ) (?: \\. | [^$\\] )*? (?<! \s ) \$ (?! \d )
"""
PIECE = re.compile(rf"(?P<math>{MATH}) | (?P<escape>\\.) | [%$\\]", re.VERBOSE)
CONTRACTION = re.compile(r"(?<=[A-Za-z]) \\' (?= (?:d|ll|m|re|s|t|ve)\b )", re.VERBOSE)
# No letter follows, so it is no accent: it closes a quotation, whose other mark is none either.
CLOSING_MARK = re.compile(r"""\\(['"`])(?![A-Za-z{\\])""")

UNKNOWN_AT_END = re.compile(r"\\[^\W\d_]+\Z")
MACRO = re.compile(r"\\([^\W\d_]+)")


def shown(text: str) -> str:
    r"""Return a title or an abstract on one line, with simple TeX as plain text.

    No letter or digit is lost, except in names of the macros that this module knows. In doubt the
    result is the text itself.

    >>> shown(r"93.3\% on \textbf{Foo}, by Poincar\'e")
    '93.3% on Foo, by Poincaré'
    """
    line = one_line(text)
    if "\\" not in line or len(line) > MOST_CHARACTERS:
        return line
    return _checked(line)


def is_symbol(macro: str) -> bool:
    """Return whether a macro is a character without arguments, like alpha."""
    return _symbol(macro) is not None


# A day's pages, feeds and data show the same texts.
@lru_cache(maxsize=1024)
def _checked(line: str) -> str:
    """Return the text with its TeX converted, or the text itself in doubt."""
    result = one_line(_converted(line))
    return result if result and _keeps_letters(line, result) else line


def _converted(line: str) -> str:
    """Return the text with its TeX converted, or the text itself if it cannot be parsed."""
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

    for mark in set(CLOSING_MARK.findall(line)):
        line = line.replace(f"\\{mark}", STAND_INS[f"\\{mark}"])
    line = CONTRACTION.sub(STAND_INS[r"\'"], line)
    line = PIECE.sub(_with_stand_ins, line)
    try:
        walker = LatexWalker(line, latex_context=_macros(), tolerant_parsing=False)
        nodes, _, _ = walker.get_latex_nodes()
        line = _text(nodes)
    except (LatexWalkerError, RecursionError):
        pass
    for source, stand_in in STAND_INS.items():
        line = line.replace(stand_in, source)
    return line


def _with_stand_ins(piece: re.Match[str]) -> str:
    if piece["escape"]:
        return piece[0]
    if piece["math"]:
        return piece[0].replace("%", STAND_INS["%"])
    return STAND_INS[piece[0]]


@cache
def _macros() -> Any:
    """Return the macros that have arguments, for pylatexenc's parser: no others."""
    from pylatexenc.macrospec import LatexContextDb, std_macro

    context = LatexContextDb()
    names = [*STYLES, *ACCENTS, "footnote"]
    context.add_context_category("shown", macros=[std_macro(name, "{") for name in names])
    context.set_unknown_macro_spec(std_macro("", ""))
    return context


@cache
def _library() -> Any:
    """Return pylatexenc's converter of symbols and accents."""
    from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db

    categories = ["latex-base", "advanced-symbols"]
    context = get_default_latex_context_db().filter_context(keep_categories=categories)
    return LatexNodes2Text(latex_context=context, math_mode="verbatim", keep_comments=True)


def _text(nodes: Sequence[Any], *, in_group: bool = False) -> str:
    """Return the text of pylatexenc's nodes."""
    from pylatexenc.latexwalker import LatexGroupNode, LatexMacroNode

    parts = [""]
    # Of the node before, if it is a macro: whether it was converted.
    converted: bool | None = None
    for node in nodes:
        if node.isNodeType(LatexMacroNode):
            macro = _macro(node, in_group=in_group)
            converted = macro is not None
            part = node.latex_verbatim() if macro is None else macro
        elif node.isNodeType(LatexGroupNode):
            is_argument = converted is False or parts[-1].endswith(("^", "_"))
            part = _group(node, keep_braces=is_argument, after_converted=converted is True)
            converted = False if is_argument else None
        else:
            part = node.latex_verbatim()
            converted = None
        if UNKNOWN_AT_END.search(parts[-1]) and part[:1].isalpha():
            parts.append(" ")
        if part:
            parts.append(part)
    return "".join(parts)


def _group(node: Any, *, keep_braces: bool, after_converted: bool) -> str:
    """Return a group's text, with its braces unless they are there for a macro."""
    if not node.nodelist and after_converted:
        return ""
    content = _text(node.nodelist, in_group=True)
    braced = f"{{{content}}}"
    return braced if keep_braces or braced == node.latex_verbatim() else content


def _macro(node: Any, *, in_group: bool) -> str | None:
    """Return a macro's text, or None to leave it as it is."""
    macro = node.macroname
    if macro in ESCAPED:
        return str(macro)
    if macro in STYLES or macro == "footnote":
        content = _argument(node)
        return f" [{content}]" if content is not None and macro == "footnote" else content
    if macro in ACCENTS:
        return _accented(node)
    if macro in FONTS:
        return "" if in_group or node.macro_post_space else None
    if macro == "\\":
        return _line_break(node)
    symbol = macro if macro in NAMES else _symbol(macro)
    return None if symbol is None else _spaced(symbol, node.macro_post_space)


def _argument(node: Any) -> str | None:
    """Return the text of an argument in braces."""
    from pylatexenc.latexwalker import LatexGroupNode

    (argument,) = node.nodeargd.argnlist
    if not argument.isNodeType(LatexGroupNode):
        return None
    return _text(argument.nodelist, in_group=True)


def _accented(node: Any) -> str | None:
    """Return a letter with its accent, if Unicode has it as one character."""
    source = node.latex_verbatim()
    if source in EMPTY:
        return EMPTY[source]
    if not ACCENTED.fullmatch(source):
        return None
    text: str = _library().macro_node_to_text(node)
    return text if len(text) == 1 else None


def _line_break(node: Any) -> str | None:
    r"""Return a space for a line break beside white space: elsewhere it may be an escaped `\\`."""
    source = node.parsing_state.s
    end = node.pos + node.len
    before = source[max(node.pos - 1, 0) : node.pos]
    after = source[end : end + 1]
    if after in {"*", "["}:
        # Its arguments: no page break, and space to leave.
        return None
    return " " if not before.strip() or not after.strip() else None


def _symbol(macro: str) -> str | None:
    """Return the character of a macro without arguments, like alpha or ldots."""
    spec = _library().latex_context.get_macro_spec(macro)
    if spec is None or macro in NO_SYMBOLS:
        return None
    symbol = spec.simplify_repl
    return symbol if isinstance(symbol, str) and symbol and "%" not in symbol else None


def _spaced(symbol: str, space: str) -> str:
    r"""Return a symbol and the space after it, which TeX drops.

    Authors mean that only in a word (`Stra\ss e`) and after an opening quotation mark.
    """
    joins = len(symbol) == 1 and (name(symbol, "").startswith("LATIN ") or category(symbol) == "Pi")
    return symbol if joins else symbol + space


def _keeps_letters(source: str, result: str) -> bool:
    """Return whether all letters and digits but those of known macros are there, in their order."""
    letters = iter(_letters(result))
    return all(letter in letters for letter in _letters(MACRO.sub(_unknown_name, source)))


def _unknown_name(macro: re.Match[str]) -> str:
    known = STYLES | FONTS | ACCENTS | NAMES | {"footnote"}
    return "" if macro[1] in known or is_symbol(macro[1]) else macro[0]


def _letters(text: str) -> str:
    """Return the letters and digits, without their accents."""
    return "".join(filter(str.isalnum, normalize("NFD", text)))
