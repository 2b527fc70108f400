"""Topics in posts: a section for each, posts with nothing else, and neither by default."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.model.paper import Edition, Organization
from core.model.style import LAYOUTS, PostStyle
from core.model.topic import Match, Reason, Topic
from core.model.votes import Risen
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.papers import DAY, edition, paper

SITE = "https://papers.example"
AGENTS = Topic("agents", {"ko": "에이전트", "en": "Agents"})
RAG = Topic("rag", {"en": "RAG"})
REASONS = (Reason("agent*", "title"),)
IDS = {number: f"2512.{number:05}" for number in range(1, 6)}
# Of five papers, the first has most votes.
FIVE = edition(*(paper(number, votes=60 - number) for number in IDS))

Topics = dict[str, Sequence[Match]]


def matching(**papers: Sequence[int]) -> Topics:
    """Return the topics of papers, from the numbers of each topic's papers."""
    return {
        one: tuple(
            Match(topic, REASONS) for topic, of_topic in papers.items() if number in of_topic
        )
        for number, one in IDS.items()
    }


def render(
    of_papers: Topics,
    /,
    made: Edition = FIVE,
    rose: Sequence[Risen] = (),
    known: Sequence[Topic] = (AGENTS, RAG),
    **style: object,
) -> str:
    whole = replace(PostStyle(top=2, language="en"), **style)  # type: ignore[arg-type]
    return PostRenderer(sample.TEMPLATES, whole, SITE, known).post(made, rose, of_papers).decode()


def sections(post: str) -> list[str]:
    """Return the headings and lines of the sections of topics."""
    _, mark, rest = post.partition("\n## 📌 ")
    return [line for line in (mark + rest).splitlines() if line]


def line(number: int) -> str:
    url = f"{SITE}/daily/{DAY}.html#{IDS[number]}"
    return f"- **[Paper {number}]({url})** - 👍 {60 - number} · The Lab"


def titles(post: str) -> list[str]:
    """Return the titles of the ranked list."""
    ranked = [one for one in post.splitlines() if ". **" in one]
    return [one.replace("[", "").split("**")[1].split("]")[0] for one in ranked]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_topic_has_the_papers_below_the_top(layout: str) -> None:
    post = render(matching(agents=[1, 3, 5], rag=[3]), layout=layout, topics=True)
    assert titles(post) == ["Paper 1", "Paper 2"]
    assert sections(post) == [
        "## 📌 Agents: more papers",
        line(3),
        line(5),
        "## 📌 RAG: more papers",
        line(3),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "topics",
    [{}, matching(agents=[1, 2]), matching(others=[3, 4]), {"2512.00009": [Match("agents", ())]}],
)
def test_a_topic_without_such_papers_has_no_section(layout: str, topics: Topics) -> None:
    assert render(topics, layout=layout, topics=True) == render({}, layout=layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_switches_posts_are_as_before(layout: str) -> None:
    style = PostStyle(top=2, language="en", layout=layout)
    before = PostRenderer(sample.TEMPLATES, style, SITE).post(FIVE).decode()
    assert render(matching(agents=[1, 3]), layout=layout) == before


@pytest.mark.parametrize(
    ("language", "title", "heading"),
    [
        ("ko", {"ko": "에이전트", "en": "Agents"}, "에이전트: 그 밖의 논문"),
        ("ko", {"en": "Agents"}, "Agents: 그 밖의 논문"),
        ("en", {"ko": "에이전트"}, "에이전트: more papers"),
        ("en", {"en": "C#"}, "C#: more papers"),
        ("en", {"en": "a | b *c* _d_ {#e}"}, r"a \| b \*c\* \_d\_ {#e}: more papers"),
        ("en", {"en": "{{ x }} {title} <b>&lt;"}, r"{\{ x }} {title} \<b>&amp;lt;: more papers"),
        ("en", {"en": "a\n# b \u202e"}, "a # b: more papers"),
        ("en", {"en": "\u202e"}, "agents: more papers"),
    ],
)
def test_headings_are_titles_in_the_posts_language(
    language: str, title: dict[str, str], heading: str
) -> None:
    known = [Topic("agents", title)]
    post = render(matching(agents=[3]), known=known, language=language, topics=True)
    assert sections(post)[0] == f"## 📌 {heading}"


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, "** - 👍 3 · The Lab"),
        ({"votes": None}, "** · The Lab"),
        ({"organization": None}, "** - 👍 3"),
        ({"votes": 1234, "organization": Organization("a|b", None)}, "** - 👍 1,234 · a&#124;b"),
    ],
)
def test_the_line_of_a_paper(changes: dict[str, object], end: str) -> None:
    made = edition(paper(1), paper(2), paper(3, title="[x](y) **z**", **changes))
    title = r"\[x\]\(y) \*\*z\*\*"
    post = render(matching(agents=[3]), made, topics=True)
    assert sections(post)[1] == f"- **[{title}]({SITE}/daily/{DAY}.html#{IDS[3]}){end}"


def test_without_a_site_lines_lead_to_hugging_face() -> None:
    style = PostStyle(top=2, language="en", topics=True)
    renderer = PostRenderer(sample.TEMPLATES, style, "", [AGENTS])
    post = renderer.post(FIVE, (), matching(agents=[3])).decode()
    assert sections(post)[1].startswith("- **[Paper 3](https://huggingface.co/papers/2512.00003)")


@pytest.mark.parametrize(
    ("layout", "numbers", "line"),
    [
        ("seed", [2, 4, 5], "**3 papers** are on our topics."),
        ("seed", [4], "**1 paper** is on our topics."),
        ("brief", [2, 4, 5], "Top 2 of 3 papers on our topics, 169 votes · [All papers"),
        ("brief", [4], "1 paper on our topics, 56 votes · [All papers"),
    ],
)
def test_a_post_of_topics_has_no_other_papers(layout: str, numbers: list[int], line: str) -> None:
    topics = matching(agents=numbers, others=[1, 2, 3])
    post = render(topics, layout=layout, only_topics=True)
    assert titles(post) == [f"Paper {number}" for number in numbers[:2]]
    assert f"\n\n{line}" in post
    assert sections(post) == []
    assert "Paper 1" not in post


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_switches_together(layout: str) -> None:
    topics = matching(agents=[2, 4, 5])
    post = render(topics, layout=layout, topics=True, only_topics=True)
    assert titles(post) == ["Paper 2", "Paper 4"]
    assert sections(post) == ["## 📌 Agents: more papers", line(5)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ko", "이날은 주제에 맞는 논문이 없습니다."),
        ("en", "No paper of this day is on our topics."),
    ],
)
def test_a_day_without_topics_says_so(layout: str, language: str, sentence: str) -> None:
    post = render({}, layout=layout, language=language, only_topics=True)
    assert f"\n\n{sentence}" in post
    assert titles(post) == []
    assert "## " not in post
    assert ("/daily/2025-12-24.html)" in post) == (layout == "brief")


def test_only_papers_of_topics_rose() -> None:
    rose = [Risen(DAY, paper(number), 9) for number in (1, 2)]
    post = render(matching(agents=[2]), rose=rose, layout="brief", only_topics=True)
    assert post.partition("📈")[2].count("- **[") == 1
    assert "📈" not in render({}, rose=rose, layout="brief", only_topics=True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_math_is_on_for_titles_of_sections(layout: str) -> None:
    made = edition(paper(1), paper(2), paper(3, title="$x$"))
    for topics, math in ((matching(agents=[3]), True), (matching(), False)):
        post = render(topics, made, layout=layout, topics=True, math=True)
        assert ("\nmath: true\n" in post) is math
