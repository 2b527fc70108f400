r"""BibTeX of papers: one `@misc` entry each, as LaTeX, BibTeX and biber read it.

* The whole title is in braces of its own (`title = {{…}}`), like in the exports of INSPIRE and ADS:
  a bibliography style may make other capitals small, and no rule tells `Gaussian` from `Deep`.
* Characters become LaTeX commands; those without one stay, in UTF-8. BibTeX counts braces even
  after a backslash, so a brace of a text becomes `\textbraceleft` or `\textbraceright`.
* Math in a title stays math if it has only well-known commands. All else is text: a title cannot
  run a command of its own.
* A name that is not a person's is in braces: BibTeX would take it apart.

Titles are those that readers see (`tex.shown`), as the search data has them. Converting a title
twice can give another one, and so another key.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from unicodedata import normalize

from pylatexenc.latexencode import (
    RULE_DICT,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

from core.model.paper import Paper
from core.render import citation, tex

# Not as the library has them: it puts reserved characters into braces, and a quotation mark would
# come back as two apostrophes.
CHARACTERS = {ord(reserved): rf"\{reserved}" for reserved in "%&#$_"} | {
    ord("{"): r"{\textbraceleft}",
    ord("}"): r"{\textbraceright}",
    ord('"'): '"',
}
MATH = re.compile(rf"{tex.MATH} | \\\( .+? \\\)", re.VERBOSE)
# What is between the marks of math that is kept. It has no escaped braces, so that TeX and BibTeX
# count the same ones, and no `^^`, which is another way to write a backslash.
PLAIN_MATH = re.compile(
    r"""
    (?: \\ (?: [A-Za-z]+ | [,;:!%#&_\ ] )
      | [\w\ (){}\[\]+*/=<>|,.:;!'-]
      | \^ (?! \^ )
    )+
    """,
    re.VERBOSE | re.ASCII,
)
# What the library leaves as it is: most names and titles have nothing else.
PLAIN = re.compile(r"[A-Za-z0-9 .,:;()/?!'+=*-]*")
COMMAND = re.compile(r"\\([A-Za-z]+)")
MATH_COMMANDS = frozenset(["bar", "dot", "frac", "hat", "mathbf", "mathrm", "sqrt", "tilde", "vec"])

SUFFIXES = frozenset(["jr", "jr.", "sr", "sr.", "ii", "iii", "iv"])
ORGANISATIONS = frozenset(["ai", "collaboration", "consortium", "group", "lab", "labs", "team"])

# Letters that Unicode does not decompose.
LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
NOT_IN_NAME = re.compile("[^a-z0-9]+")
NOT_IN_KEY = re.compile("[^a-z0-9.-]")
MOST_OF_A_WORD = 40
NOBODY = "anonymous"


def render(papers: Iterable[Paper]) -> bytes:
    """Return a BibTeX file of the papers, each once, by id: votes do not change it."""
    by_id = {paper.id: paper for paper in papers}
    return "\n".join(entry(by_id[each]) for each in sorted(by_id)).encode()


# A paper is in the lists of its day, week and month, and seldom changes.
@lru_cache(maxsize=2048)
def entry(paper: Paper) -> str:
    """Return one paper's entry, with a line break at its end."""
    authors = [_author(name) for author in paper.authors if (name := tex.shown(author))]
    identifier = citation.arxiv_id(paper)
    fields = {
        "title": f"{{{_title(paper.title)}}}",
        "author": " and ".join(authors),
        "year": citation.year(paper),
        "eprint": identifier,
        "archivePrefix": identifier and "arXiv",
        "doi": citation.doi(paper),
        "url": citation.address(paper),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{key(paper)},\n{''.join(lines)}}}\n"


def key(paper: Paper) -> str:
    """Return a key like `vaswani2017attention-1706.03762`. Different ids have different keys.

    It has only small ASCII letters, digits, and `.`, `-` and `_`, and does not change with votes.
    """
    family = _family(tex.shown(paper.authors[0])) if paper.authors else ""
    words = map(_ascii, paper.title.split())
    first_word = next(filter(None, words), "")
    # The first hyphen is before the id: there is none in the parts before.
    return f"{_ascii(family) or NOBODY}{citation.year(paper) or ''}{first_word}-{_id(paper.id)}"


def _title(title: str) -> str:
    """Return a title as LaTeX, with its math if that is harmless."""
    parts = []
    end = 0
    for math in MATH.finditer(title):
        parts += [_latex(title[end : math.start()]), _math(math[0])]
        end = math.end()
    return "".join([*parts, _latex(title[end:])])


def _math(math: str) -> str:
    """Return math as it is, or as text if it may be more than math."""
    body = math.strip("$") if math.startswith("$") else math[2:-2]
    commands = COMMAND.findall(body)
    known = all(command in MATH_COMMANDS or tex.is_symbol(command) for command in commands)
    return math if known and PLAIN_MATH.fullmatch(body) and _is_balanced(body) else _latex(math)


def _is_balanced(text: str) -> bool:
    depth = 0
    for brace in re.findall("[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _latex(text: str) -> str:
    return text if PLAIN.fullmatch(text) else str(_encoder().unicode_to_latex(text))


@cache
def _encoder() -> UnicodeToLatexEncoder:
    rule = UnicodeToLatexConversionRule(RULE_DICT, CHARACTERS, replacement_latex_protection="none")
    return UnicodeToLatexEncoder(
        conversion_rules=[rule, "defaults"],
        replacement_latex_protection="braces-almost-all",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )


def _author(name: str) -> str:
    """Return a name as BibTeX reads it: `First Last`, `Last, Jr, First`, or `{Organisation}`."""
    words = name.split()
    if _is_whole(words):
        return f"{{{_latex(name)}}}"
    if words[-1].casefold() in SUFFIXES:
        first, last, suffix = " ".join(words[:-2]), words[-2], words[-1]
        return _latex(f"{last}, {suffix}, {first}") if first else _latex(f"{last}, {suffix}")
    return _latex(name)


def _is_whole(words: list[str]) -> bool:
    """Return whether BibTeX must not take a name apart: an organisation, or an odd name."""
    return (
        len(words) == 1
        or words[-1].casefold() in ORGANISATIONS
        or any("," in word or word.casefold() == "and" for word in words)
    )


def _family(name: str) -> str:
    """Return the last word of a name that is no suffix."""
    words = name.split()
    if len(words) > 1 and words[-1].casefold() in SUFFIXES:
        return words[-2]
    return words[-1] if words else ""


def _ascii(word: str) -> str:
    """Return a word's letters and digits for a key: `Erdős` is `erdos`."""
    folded = normalize("NFKD", word.casefold().translate(LATIN))
    return NOT_IN_NAME.sub("", folded)[:MOST_OF_A_WORD]


def _id(paper_id: str) -> str:
    """Return an id for a key. Other characters become their number, so no two ids are the same."""
    return NOT_IN_KEY.sub(lambda character: f"_{ord(character[0]):x}_", paper_id)
