"""The first sentence of an abstract: where it ends, and where it does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.render.sentences import MOST_CHARACTERS, first_sentence
from tests.support.recorded import entries, needs_recorded, recorded_days

WORDS = "word " * 100


@pytest.mark.parametrize(
    "first",
    [
        "We read.",
        "Do we read?",
        "We read!",
        "We read ...",
        "We read…",
        'We call it "reading."',
        "We call it “reading”.",
        "We read (and write).",
        "We read (and write.)",
        "We read (a lot. Then more) and write.",
        "Smith et al. show it.",
        "As in Smith et al. (2017), we read.",
        "As in Smith et al. 2017, we read.",
        "It holds for some, e.g. GPT-4 and others.",
        "It holds for some (e.g. GPT-4).",
        "One model, i.e. Llama, reads.",
        "People vs. Models is a question.",
        "Fig. 3 and Figs. 4 show it, by Eq. (5) of Sec. 6.",
        "See No. 5.",
        "It is 3.5 times faster than version 2.0.",
        "We make it 3D.",
        "We read on the Web, in img2img.py and at https://a.example/b.",
        "The work of J. Schmidhuber is known.",
        "The work of Dr. Schmidhuber is known.",
        "It is cheap w.r.t. A and two others.",
        "1. We read.",
        "It reads ... and writes.",
        'It asks "why?" and answers.',
        "Yahoo! and others read.",
        "We use GPT-4.",
        "We reach 93.1.",
        "We read, write, etc.",
        "We call the function f(x).",
        "The interval is [0, 1).",
        "논문을 읽습니다.",
        "我们阅读。",
        "読みますか？",
    ],
)
@pytest.mark.parametrize(
    "rest",
    ["", " We write.", " “No,” we write.", " vLLM writes.", " 3D is next.", " 그리고 씁니다."],
)
def test_a_sentence_ends_with_its_mark(first: str, rest: str) -> None:
    assert first_sentence(first + rest) == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", ""),
        ("  We read.  ", "We read."),
        ("No mark at all", "No mark at all"),
        ("It was done by Smith et al. We do it, too.", "It was done by Smith et al."),
        ("It was done by Smith et al. “We” do, too.", "It was done by Smith et al."),
        ("我们阅读。我们写作。", "我们阅读。"),
        (WORDS, "word " * 59 + "word…"),
        (f"{WORDS}. We read.", "word " * 59 + "word…"),
        (f"{'word, ' * 100}", "word, " * 49 + "word…"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("一" * 400, "一" * 299 + "…"),
    ],
)
def test_what_is_too_long_is_cut(text: str, first: str) -> None:
    assert first_sentence(text) == first


@given(st.text(st.sampled_from(list("aB1 .?!…()\"'。\\$")) | st.characters(), max_size=400))
def test_it_is_the_beginning_of_any_text(text: str) -> None:
    found = first_sentence(text)
    assert len(found) <= MOST_CHARACTERS
    assert text.strip().startswith(found) or text.strip().startswith(found.removesuffix("…"))
    assert bool(found) == bool(text.strip())


@needs_recorded
def test_recorded_abstracts_have_whole_sentences() -> None:
    abstracts = [
        " ".join(one["paper"]["summary"].split()) for d in recorded_days() for one in entries(d)
    ]
    found = [first_sentence(abstract) for abstract in abstracts]
    assert min(map(len, found)) > 20
    # A sentence of over three hundred characters is rare.
    assert sum(first.endswith("…") for first in found) < len(found) / 30
    wrong = re.compile(r"\b(?:e\.g|i\.e|al|vs|Fig|Eq|[A-Z])\.$")
    assert [first for first in found if wrong.search(first)] == []
    assert [first for first in found if not re.search(r"[.?!…][\"'”’)]*$", first)] == []
