"""Topics: where terms match, which papers have a topic, and why."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.paper import WHOLE, Edition, Organization, Paper
from core.model.topic import FIELDS, Match, Reason, Topic
from core.topics.rules import Rules, is_empty, normalised
from core.topics.trial import Trial, best

BARE = Paper("2512.00001", "")


def topic(identifier: str = "t", **rules: object) -> Topic:
    """Return a topic with these rules."""
    return Topic(identifier, {"ko": "T", "en": "T"}, **rules)  # type: ignore[arg-type]


def reasons(rule: Topic, paper: Paper) -> list[tuple[str, str]]:
    """Return why a paper has a topic; nothing if it has not."""
    matches = Rules([rule]).matches(paper)
    return [(one.term, one.field) for match in matches for one in match.reasons]


def has(rule: Topic, paper: Paper) -> bool:
    """Return whether a paper has a topic."""
    return bool(Rules([rule]).matches(paper))


CASES = [
    # Words, and what may stand around them.
    ("agent", "An agent", True),
    ("agent", "AGENT: a study", True),
    ("agent", "(agent)", True),
    ("agent", "agents", False),
    ("agent", "reagent", False),
    ("agent", "agent2", False),
    ("agent", "2agent", False),
    ("agent", "agent_based", True),
    ("agent", "", False),
    ("agent", "reagent, then an agent", True),
    ("agent", "agents of an agent", True),
    ("aa", "aaa aa", True),
    ("aa aa", "aaa aa aa", True),
    ("ana", "banana ana", True),
    ("ana", "banana", False),
    # Ends that are open.
    ("agent*", "agents", True),
    ("agent*", "Agentic", True),
    ("agent*", "agent", True),
    ("agent*", "reagents", False),
    ("agent-*", "agent-based", True),
    ("agent *", "agent-based", True),
    ("agent-*", "agents", False),
    ("agent-*", "an agent", False),
    ("agent-*", "an agent.", False),
    ("A**", "the A* algorithm", True),
    ("A**", "the A algorithm", False),
    # Separators.
    ("tool use", "tool-use", True),
    ("tool-use", "tool use", True),
    ("tool_use", "Tool \n\t Use", True),
    ("tool‑use", "tool–use", True),
    ("tool‐use", "tool\u00a0use", True),
    ("tool use", "tooluse", False),
    ("tool use", "tool—use", False),
    ("tool use", "tool--use", True),
    ("-tool-", "a tool", True),
    (" tool ", "tool", True),
    # Edges that are no letters or digits.
    ("C++", "in C++17", True),
    ("C++", "C++", True),
    ("C++", "ObjC++", False),
    ("+x", "a+x", True),
    ("+x", "+xy", False),
    (".NET", "ASP.NET", True),
    ("3D", "3D-aware", True),
    ("3D", "3DGS", False),
    ("3D", "13D", False),
    ("π0", "π0 and π0.5", True),
    # Letters of other scripts, and forms of letters.
    ("에이전트", "멀티에이전트를", True),
    ("한국어", "한국어의", True),
    ("GPT", "GPT를", False),
    ("GPT*", "GPT를", True),
    ("한국어 LLM", "한국어 LLM은", False),
    ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165", True),
    ("学習", "深層学習の", True),
    ("々", "人々", True),
    ("ロボット", "ﾛﾎﾞｯﾄの", True),
    ("ひらがな", "xひらがなx", True),
    ("ー", "データ", True),
    ("σ", "σ-algebra", True),
    ("ΟΔΟΣ", "οδος", True),
    ("σ", "σ1", False),
    ("агент", "Агента", False),
    ("агент*", "Агента", True),
    ("café", "CAFÉ", True),
    ("café", "cafe", False),
    ("cafe", "café", False),
    ("caf", "café", False),
    ("cafe\u0301", "café", True),
    ("x", "x\u0331", True),
    ("fine", "ﬁne", True),
    ("ﬁne", "FINE", True),
    ("iv", "Ⅳ", True),
    ("Ⅳ", "type IV", True),
    ("ＬＬＭ", "llm", True),
    ("LLM", "ＬＬＭ", True),
    ("agent＊", "agents", True),
    ("i̇stanbul", "İstanbul", True),
    ("strasse", "Straße", True),
    ("STRASSE", "straße", True),
    ("²", "x2", False),
    ("x²", "x2", True),
]


@pytest.mark.parametrize(("term", "text", "matches"), CASES)
def test_where_a_term_matches(term: str, text: str, matches: bool) -> None:
    assert has(topic(any=(term,)), replace(BARE, title=text)) is matches


@pytest.mark.parametrize("term", ["", " ", "*", "＊", "-", "_-–‑", "- *", "**", " * "])
def test_a_term_of_separators_is_empty(term: str) -> None:
    assert is_empty(term)
    with pytest.raises(ValueError, match="is empty"):
        Rules([topic(any=("agent", term))])


PAPER = Paper(
    "2512.00001",
    "Agents that use tools",
    abstract="We teach agents to use a robot arm.",
    ai_summary=None,
    ai_keywords=("tool use", "robot", "arm"),
    authors=("Ada Lovelace", "Kaiming He", "Ｊｏｓé García-López"),
    organization=Organization("nvidia", "NVIDIA Corporation"),
    votes=5,
)
RULES = [
    (topic(any=("agents",)), [("agents", "title")]),
    (topic(any=(" Agents ",)), [("Agents", "title")]),
    (topic(any=("robot",)), [("robot", "abstract")]),
    (topic(any=("robot",), fields=("ai_keywords", "abstract")), [("robot", "ai_keywords")]),
    (topic(any=("robot",), fields=("title", "ai_summary")), []),
    (topic(any=("tool use robot",)), []),
    (topic(any=("video", "robot", "agents")), [("robot", "abstract"), ("agents", "title")]),
    (topic(any=("video",)), []),
    (topic(organizations=("NVIDIA",)), [("NVIDIA", "organization")]),
    (topic(organizations=("nvidia-corporation",)), [("nvidia-corporation", "organization")]),
    (topic(organizations=("Corporation",)), []),
    (topic(organizations=("nvidia*",)), []),
    (topic(authors=("kaiming he",)), [("kaiming he", "authors")]),
    (topic(authors=("José García López",)), [("José García López", "authors")]),
    (topic(authors=("Kaiming",)), []),
    (topic(authors=("Kaiming He, Ada Lovelace",)), []),
    (topic(any=("robot",), all=("arm", "agent*")), [
        ("robot", "abstract"), ("arm", "abstract"), ("agent*", "title")
    ]),
    (topic(any=("robot",), all=("arm", "video")), []),
    (topic(any=("video",), all=("arm",)), []),
    (topic(any=("robot",), none=("arm",)), []),
    (topic(any=("robot",), none=("video",)), [("robot", "abstract")]),
    (topic(any=("robot",), none=("agents",), fields=("abstract",)), []),
    (topic(any=("arm",), none=("tools",), fields=("ai_keywords",)), [("arm", "ai_keywords")]),
    (topic(organizations=("NVIDIA",), none=("robot",)), []),
    (topic(any=("robot",), min_votes=5), [("robot", "abstract")]),
    (topic(any=("robot",), min_votes=6), []),
    (
        topic(any=("robot",), authors=("Kaiming He",), organizations=("NVIDIA",), all=("arm",)),
        [
            *(("robot", "abstract"), ("NVIDIA", "organization")),
            *(("Kaiming He", "authors"), ("arm", "abstract")),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_why_a_paper_has_a_topic(rule: Topic, expected: list[tuple[str, str]]) -> None:
    assert reasons(rule, PAPER) == expected


def test_unknown_votes_count_as_none() -> None:
    unknown = replace(PAPER, votes=None)
    assert has(topic(any=("robot",)), unknown)
    assert not has(topic(any=("robot",), min_votes=1), unknown)


def test_topics_keep_their_order() -> None:
    rules = Rules(
        [topic("b", any=("robot",)), topic("no", any=("video",)), topic("a", any=("arm",))]
    )
    assert [one.id for one in rules.topics] == ["b", "no", "a"]
    assert rules.matches(PAPER) == (
        Match("b", (Reason("robot", "abstract"),)),
        Match("a", (Reason("arm", "abstract"),)),
    )


def test_a_paper_without_texts_has_no_topic() -> None:
    rule = topic(any=("*x", "a"), organizations=("a",), authors=("a",))
    assert reasons(rule, BARE) == []
    assert reasons(rule, replace(BARE, organization=Organization(None, None))) == []
    assert reasons(rule, replace(BARE, title=" -_ ", ai_keywords=("", "–"))) == []


def test_one_of_664_authors() -> None:
    names = tuple(f"Author Number-{number}" for number in range(664))
    paper = replace(BARE, authors=names)
    assert reasons(topic(authors=("author number 663",)), paper) == [
        ("author number 663", "authors")
    ]
    assert reasons(topic(authors=("author number 66",)), replace(BARE, authors=names[70:])) == []


def test_near_misses_name_what_excludes() -> None:
    rules = Rules(
        [
            topic("a", any=("robot",), none=("video", "arm", "tool*")),
            topic("b", any=("robot",), none=("video",)),
            topic("c", any=("video",), none=("arm",)),
            topic("d", any=("robot",), none=("arm",), min_votes=6),
        ]
    )
    missed = (Reason("arm", "abstract"), Reason("tool*", "title"))
    assert rules.near_misses(PAPER) == (Match("a", missed),)
    assert [match.topic for match in rules.matches(PAPER)] == ["b"]


# Properties.

ALPHABET = st.sampled_from([*"aAbé1+*.- _ßｆ가나々デΣ\n", "ﬁ", "İ", "\u0301", "\u1100", "\u1161"])
WORDS = st.text(ALPHABET, max_size=6)
TERMS = st.lists(
    st.text(ALPHABET, min_size=1, max_size=4).filter(lambda term: not is_empty(term)), max_size=3
)
PAPERS = st.builds(
    Paper,
    st.just("2512.00001"),
    st.text(ALPHABET, max_size=12),
    abstract=st.none() | st.text(ALPHABET, max_size=20),
    ai_summary=st.none() | st.text(max_size=20),
    ai_keywords=st.lists(WORDS, max_size=3).map(tuple),
    authors=st.lists(WORDS, max_size=3).map(tuple),
    organization=st.none() | st.builds(Organization, st.none() | WORDS, st.none() | WORDS),
    votes=st.none() | st.integers(0, 3),
)
# Of the letters in the alphabet.
UNSPACED = re.compile("[\u1100-\u11ff\uac00-\ud7a3\u30a0-\u30ff々]")
LISTS = ("any", "organizations", "authors", "all", "none")
TOPICS = st.builds(
    Topic,
    st.just("t"),
    st.just({"en": "T"}),
    **{name: TERMS.map(tuple) for name in LISTS},
    fields=st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple),
    min_votes=st.integers(0, 3),
)


@given(TOPICS, PAPERS)
def test_none_only_removes(rule: Topic, paper: Paper) -> None:
    rules, without = Rules([rule]), Rules([replace(rule, none=())])
    found = rules.matches(paper)
    assert found in ((), without.matches(paper))
    assert bool(rules.near_misses(paper)) is (found != without.matches(paper))
    assert rules.matches(paper) == found


@given(TOPICS, PAPERS)
def test_a_term_is_found_in_the_first_field(rule: Topic, paper: Paper) -> None:
    for term, field in reasons(replace(rule, organizations=(), authors=()), paper):
        single = topic(any=(term,))
        first = next(one for one in rule.fields if has(replace(single, fields=(one,)), paper))
        assert field == first


@given(TOPICS, PAPERS, st.randoms(use_true_random=False))
def test_the_order_of_terms_is_irrelevant(rule: Topic, paper: Paper, dice: Random) -> None:
    def shuffled(terms: Sequence[str]) -> tuple[str, ...]:
        return tuple(dice.sample(terms, len(terms)))

    other = replace(
        rule,
        any=shuffled(rule.any),
        organizations=shuffled(rule.organizations),
        authors=shuffled(rule.authors),
        all=shuffled(rule.all),
        none=shuffled(rule.none),
    )
    assert sorted(reasons(other, paper)) == sorted(reasons(rule, paper))


@given(st.text(), st.text(min_size=1, max_size=9))
def test_a_term_matches_itself_in_any_text(text: str, term: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    if not is_empty(term):
        assert has(topic(any=(term,)), replace(BARE, title=text, ai_keywords=(text, term)))


@given(st.text(ALPHABET, max_size=30), TERMS)
def test_a_term_matches_where_the_specification_says(text: str, terms: list[str]) -> None:
    for term in terms:
        assert has(topic(any=(term,)), replace(BARE, title=text)) is specified(term, text)


def specified(term: str, text: str) -> bool:
    """Return whether a term matches, by looking at each place one by one."""
    field = normalised(text)
    wanted = normalised(term).strip(" ")
    is_open = wanted[-1] == "*"
    wanted = wanted[:-1] if is_open else wanted
    for start in range(len(field)):
        end = start + len(wanted)
        if field[start:end] != wanted:
            continue
        before, after = field[:start][-1:], field[end:][:1]
        is_continued = continues(before, wanted[0]) or (
            not is_open and continues(after, wanted[-1])
        )
        if not is_continued:
            return True
    return False


def continues(beside: str, edge: str) -> bool:
    return beside.isalnum() and edge.isalnum() and not UNSPACED.fullmatch(edge)


# The trial of topics.


def test_a_trial_counts_chosen_and_missed() -> None:
    rule = topic(any=("robot",), none=("arm",))
    other = replace(PAPER, id="2512.00002", abstract="A robot.", ai_keywords=(), votes=3)
    monday, sunday = date(2024, 12, 30), date(2024, 12, 29)
    trial = Trial([rule])
    trial.add(Edition(sunday, (PAPER, other)))
    trial.add(Edition(monday, (replace(other, votes=None), BARE)))
    assert (trial.days, trial.papers) == ([sunday, monday], 4)
    assert trial.weeks() == [(2024, 52), (2025, 1)]
    assert trial.by_week("t") == {(2024, 52): 1, (2025, 1): 1}
    assert [(one.day, one.rank, one.terms) for one in trial.chosen["t"]] == [
        (sunday, 2, ("robot",)),
        (monday, 1, ("robot",)),
    ]
    assert [(one.paper.id, one.terms) for one in trial.missed["t"]] == [(PAPER.id, ("arm",))]


def test_a_trial_leaves_out_what_was_withdrawn() -> None:
    rule = topic(any=("robot",))
    trial = Trial([rule])
    trial.add(Edition(date(2025, 12, 24), (PAPER,), withdrawn=(PAPER.id,)))
    trial.add(Edition(date(2025, 12, 25), (PAPER,), withdrawn=(WHOLE,)))
    assert (trial.chosen["t"], trial.papers) == ([], 0)


def test_the_best_have_most_votes() -> None:
    trial = Trial([topic(any=("robot",))])
    votes: Sequence[Sequence[int | None]] = [(9, 1, 1), (9, None, 4)]
    for number, counts in enumerate(votes, 1):
        papers = tuple(replace(PAPER, votes=count) for count in counts)
        trial.add(Edition(date(2025, 12, number), papers))
    found = [(one.day.day, one.rank) for one in best(trial.chosen["t"], 5)]
    assert found == [(2, 1), (1, 1), (2, 3), (1, 2), (1, 3)]
