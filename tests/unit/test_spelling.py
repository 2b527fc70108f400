"""Spelling variants: which names count as one, which do not, and which spelling is shown."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition.spelling import fold, most_frequent
from tests.support.recorded import entries, needs_recorded, recorded_days


@pytest.mark.parametrize(
    "names",
    [
        ("LLM", "llm", "LLMs", "llms", "LLMS", "ＬＬＭ"),
        ("GPU", "GPUs", "gpus"),
        ("API", "apis"),
        ("LM", "LMs", "lms"),
        ("KV cache", "KV-cache", "kv_cache", "KV  Cache", "KV caches", "KV‑cache", " kv–caches "),
        ("world model", "World-Models"),
        ("rollout trajectory", "rollout trajectories"),
        ("movie", "movies"),
        ("inductive bias", "Inductive Biases"),
        ("lens", "lenses"),
        ("loss", "losses"),
        ("class", "classes"),
        ("mesh", "meshes"),
        ("search", "searches"),
        ("niche", "niches"),
        ("box", "boxes"),
        ("size", "sizes"),
        ("base", "bases"),
        ("phase", "phases"),
        ("ablation analysis", "ablation analyses"),
        ("hypothesis", "hypotheses"),
        ("matrix", "matrices"),
        ("index", "indices", "indexes"),
        ("vertex", "vertices"),
        ("axis", "axes"),
        ("rubric", "rubrics"),
        ("F1-score", "F1 scores"),
        ("Mixture-of-Experts", "mixture of experts"),
        ("University of Wisconsin - Madison", "University of Wisconsin-Madison"),
        ("Straße", "STRASSE"),
        ("거대 언어 모델", "거대-언어-모델"),
        ("Σ", "σ", "ς"),
    ],
)
def test_variants_count_as_one(names: tuple[str, ...]) -> None:
    assert len({fold(name) for name in names}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("bias", "bia"),
        ("corpus", "corpu", "corps"),
        ("basis", "basi", "base"),
        ("process", "proces"),
        ("series", "sery", "serie"),
        ("news", "new"),
        ("k-means", "k-mean"),
        ("SMILES", "smile"),
        ("FPS", "FP"),
        ("SDS", "SD"),
        ("PaSa", "PaS", "Pa"),
        ("atlas", "atla"),
        ("chaos", "chao"),
        ("lens", "len"),
        ("Google", "Googles Lab"),
        ("model", "modeling", "modal"),
        ("model s", "models"),
        ("posttraining", "post-training"),
        ("GPT-4", "GPT-4o", "GPT-41"),
        ("C", "C++", "C#"),
        ("café", "cafe"),
        ("-", "_", "- -"),
        ("a", "b"),
    ],
)
def test_different_names_stay_apart(names: tuple[str, ...]) -> None:
    assert len({fold(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], []),
        (["LLM"], ["LLM"]),
        (["llm", "LLM", "llm"], ["llm"]),
        (["LLMs", "LLM", "LLMs"], ["LLMs"]),
        (["llm", "LLM"], ["LLM"]),
        (["Models", "model", "Model"], ["Model"]),
        (["b", "a", "B", "b"], ["a", "b"]),
    ],
)
def test_the_most_frequent_spelling_is_shown(names: list[str], shown: list[str]) -> None:
    assert sorted(most_frequent(names).values()) == shown
    assert most_frequent(names) == most_frequent(reversed(names))


@given(st.lists(st.text(st.sampled_from("aesixhL- _ß") | st.characters(), max_size=9)))
def test_each_name_has_one_of_its_spellings(names: list[str]) -> None:
    shown = most_frequent(names)
    counts = Counter(names)
    for name in names:
        found = shown[fold(name)]
        assert fold(found) == fold(name)
        assert counts[found] >= counts[name]


@needs_recorded
def test_recorded_keywords_merge_by_their_words() -> None:
    keywords = {
        keyword
        for day in recorded_days()
        for one in entries(day)
        for keyword in one["paper"].get("ai_keywords") or []
    }
    merged = defaultdict(set)
    for keyword in keywords:
        merged[fold(keyword)].add(keyword)
    assert len(keywords) > 5000
    assert len(merged) < len(keywords) - 100
    # What was read and judged: names that are one differ in case, gaps and a plural alone.
    for variants in merged.values():
        letters = ["".join(filter(str.isalnum, one.casefold())) for one in variants]
        shortest = min(letters, key=len)
        assert all(one.startswith(shortest[:-1]) for one in letters), variants
        assert all(len(one) <= len(shortest) + 2 for one in letters), variants
