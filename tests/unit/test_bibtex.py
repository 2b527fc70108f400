"""BibTeX is read back by a library: the same papers, authors and titles, whatever the texts are."""

import re
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.database import BibliographyData, Entry, parse_bytes
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from core.edition import payload
from core.model.paper import Paper
from core.render import bibtex, tex
from tests.support import recorded
from tests.support.papers import DAY, paper

ATTENTION = Paper(
    "1706.03762",
    "Attention Is All You Need",
    authors=("Ashish Vaswani", "Łukasz Kaiser", "Google"),
    published_at="2017-06-12T17:57:34.000Z",
)
ENTRY = r"""@misc{vaswani2017attention-1706.03762,
  title = {{Attention Is All You Need}},
  author = {Ashish Vaswani and {\L}ukasz Kaiser and {Google}},
  year = {2017},
  eprint = {1706.03762},
  archivePrefix = {arXiv},
  doi = {10.48550/arXiv.1706.03762},
  url = {https://arxiv.org/abs/1706.03762},
}
"""

# The library's reader of LaTeX, without typography, and with what it does not know or reads as
# another character.
CONTEXT = get_default_latex_context_db().filter_context(
    keep_categories=["latex-base", "advanced-symbols"]
)
CHARACTERS = {"textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^"}
CONTEXT.add_context_category(
    "written", macros=[MacroTextSpec(*one) for one in CHARACTERS.items()], prepend=True
)
BACK = LatexNodes2Text(latex_context=CONTEXT, math_mode="verbatim", strict_latex_spaces=True)

HOSTILE = st.text(
    st.sampled_from([*'\\{}$%&#~^_"@,=()[]` -aZ7é가𝐱α“', "\n", "\u0301", "\u202e"])
    | st.characters(exclude_categories=["Cs"])
)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.text(
    "aA.-_/ 4ä", min_size=1
)
PAPERS = st.builds(
    Paper,
    id=IDS,
    title=HOSTILE,
    authors=st.lists(HOSTILE | st.just("A and, B {"), max_size=3).map(tuple),
    published_at=st.none() | st.just("2025-12-24T00:00:00.000Z") | HOSTILE,
)


def read(data: bytes) -> BibliographyData:
    """Read a file strictly: the library raises on a key that is there twice."""
    return parse_bytes(data, "bibtex", encoding="utf-8")


def back(latex: str) -> str:
    return normalize("NFC", BACK.latex_to_text(latex))


def title(entry: Entry) -> str:
    field: str = entry.fields["title"]
    assert field.startswith("{")
    assert field.endswith("}")
    return back(field)


def family_names(entry: Entry) -> list[str]:
    people = entry.persons.get("author", [])
    return [back(" ".join(person.prelast_names + person.last_names)) for person in people]


def test_entry_of_a_paper() -> None:
    assert bibtex.entry(ATTENTION) == ENTRY


def test_file_has_each_paper_once_by_id() -> None:
    first, second = paper(1), paper(2)
    data = bibtex.render([second, first, replace(second, votes=99)])
    assert data.decode() == f"{bibtex.entry(first)}\n{bibtex.entry(second)}"
    assert data == bibtex.render([replace(first, votes=50), second])


def test_no_papers_make_an_empty_file() -> None:
    assert bibtex.render([]) == b""


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "vaswani2017attention-1706.03762"),
        ({"authors": ("Pál Erdős",)}, "erdos2017attention-1706.03762"),
        ({"authors": (r"Pál Erd\H{o}s",)}, "erdos2017attention-1706.03762"),
        ({"authors": ("Rafał Łochowski-Æß",)}, "lochowskiaess2017attention-1706.03762"),
        ({"authors": ("Robert L. Logan IV",)}, "logan2017attention-1706.03762"),
        ({"authors": ("OpenAI",)}, "openai2017attention-1706.03762"),
        ({"authors": ("김철수",)}, "anonymous2017attention-1706.03762"),
        ({"authors": ()}, "anonymous2017attention-1706.03762"),
        ({"title": r"$\pi_0$: A VLA"}, "vaswani2017pi0-1706.03762"),
        ({"title": "“3D-Gauß”, fast"}, "vaswani20173dgauss-1706.03762"),
        ({"title": "한국어 모델"}, "vaswani2017-1706.03762"),
        ({"published_at": None}, "vaswani2017attention-1706.03762"),
        ({"id": "cs/9901001", "published_at": None}, "vaswani1999attention-cs_2f_9901001"),
        ({"id": "a_b", "published_at": None}, "vaswaniattention-a_5f_b"),
        ({"id": "A-b", "published_at": None}, "vaswaniattention-_41_-b"),
    ],
)
def test_key(changes: dict[str, object], key: str) -> None:
    assert bibtex.key(replace(ATTENTION, **changes)) == key  # type: ignore[arg-type]


@given(PAPERS, PAPERS)
def test_keys_differ_even_in_case(one: Paper, other: Paper) -> None:
    keys = bibtex.key(one), bibtex.key(other)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", key) for key in keys)
    same_texts = replace(other, title=one.title, authors=one.authors, published_at="2025-12-24")
    keys = bibtex.key(replace(one, published_at="2025-12-24")), bibtex.key(same_texts)
    assert (keys[0].casefold() == keys[1].casefold()) == (one.id == other.id)


@pytest.mark.parametrize(
    ("author", "family"),
    [
        ("Ashish Vaswani", "Vaswani"),
        ("Łukasz Mądry", "Mądry"),
        ("Joost van Amersfoort", "van Amersfoort"),
        ("Jian liu", "liu"),
        ("Robert L. Logan IV", "Logan"),
        ("Sammy Davis Jr.", "Davis"),
        ("NVIDIA", "NVIDIA"),
        ("Gemini Robotics Team", "Gemini Robotics Team"),
        ("Black and Decker", "Black and Decker"),
        ("Doe, Jane", "Doe, Jane"),
        ("others", "others"),
        ("Curly {Brace", "{Brace"),
        ("김철수", "김철수"),
        (r"Henri Poincar\'e", "Poincaré"),
    ],
)
def test_family_name(author: str, family: str) -> None:
    data = bibtex.render([paper(authors=("Ada Lovelace", author, "Grace Hopper"))])
    (entry,) = read(data).entries.values()
    assert family_names(entry) == ["Lovelace", family, "Hopper"]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("GPT-4 for R&D: 5% #1_a", r"GPT-4 for R\&D: 5\% \#1\_a"),
        ('Gödel\'s α “x” – "y"', None),
        ("a } b { c \\ d ~ e ^ f", None),
        ("한국어 🤗 ș", "한국어 🤗 ș"),
        (r"$\pi_0$ and $O(n^{2})$", r"$\pi_0$ and $O(n^{2})$"),
        (r"\(\frac{1}{2}\) of $93\%$", r"\(\frac{1}{2}\) of $93\%$"),
        ("from $5 to $10", r"from \$5 to \$10"),
    ],
)
def test_title_is_latex(text: str, latex: str | None) -> None:
    (entry,) = read(bibtex.render([paper(title=text)])).entries.values()
    assert title(entry) == text
    if latex is not None:
        assert entry.fields["title"] == f"{{{latex}}}"


@pytest.mark.parametrize(
    "math",
    [
        r"$\input{x}$",
        r"$\write18{x}$",
        r"$^^5cinput{x}$",
        r"$\{x}$",
        r"$x}{$",
        r"\(\def\x{y}\)",
        r"\($\)",
        r"$$\end{document}$$",
        r"$\catcode`\%=12$",
    ],
)
def test_title_runs_no_commands(math: str) -> None:
    field = read(bibtex.render([paper(title=math)])).entries.popitem()[1].fields["title"]
    commands = set(re.findall(r"\\([A-Za-z]+|.)", field))
    assert commands <= {*"$%&#_", "textbackslash", "textbraceleft", "textbraceright"} | {
        "textasciicircum"
    }
    assert not re.search(r"(?<!\\)[$^%]", field)


def test_odd_id_has_no_eprint() -> None:
    (entry,) = read(bibtex.render([paper(id="odd id/{1}")])).entries.values()
    assert not {"eprint", "archiveprefix", "doi"} & {name.lower() for name in entry.fields}
    assert entry.fields["url"] == "https://huggingface.co/papers/odd%20id/%7B1%7D"


@given(st.lists(PAPERS, max_size=4))
@example([Paper("\\", "{", authors=("}", "a and", "and b", ",", "%"))])
def test_any_texts_are_read_back(papers: list[Paper]) -> None:
    data = bibtex.render(papers)
    ids = sorted({one.id for one in papers})
    entries = read(data).entries
    assert len(entries) == len(ids)
    last = {one.id: one for one in papers}
    for each, entry in zip(ids, entries.values(), strict=True):
        assert back(entry.fields["url"]).isascii()
        names = [name for name in map(tex.shown, last[each].authors) if name]
        assert len(entry.persons.get("author", [])) == len(names)
        assert _is_balanced(entry.fields.get("title", ""))


def _is_balanced(text: str) -> bool:
    depths = [text[:end].count("{") - text[:end].count("}") for end in range(len(text) + 1)]
    return min(depths) == 0 == depths[-1]


@recorded.needs_recorded
@pytest.mark.parametrize("day", recorded.recorded_days(), ids=lambda day: day.name)
def test_recorded_days_are_read_back(day: Path) -> None:
    found = payload.parse(payload.decode(day.read_bytes(), DAY))
    papers = {one.id: replace(one, title=tex.shown(one.title)) for one in found}
    entries = read(bibtex.render(papers.values())).entries
    assert len({key.casefold() for key in entries}) == len(papers)
    for entry in entries.values():
        original = papers[entry.fields["eprint"]]
        assert title(entry) == normalize("NFC", original.title)
        assert len(family_names(entry)) == len(original.authors)
        for family, author in zip(family_names(entry), original.authors, strict=True):
            assert author.endswith(family) or bibtex.SUFFIXES & set(author.lower().split())
        assert entry.fields["year"] == f"20{original.id[:2]}"
