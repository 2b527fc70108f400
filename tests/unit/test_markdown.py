"""The Jekyll post: golden files whole, and what each setting changes."""

import json
from dataclasses import replace

import pytest
import yaml

from core.model.paper import Edition, Organization
from core.model.style import PostStyle
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.papers import DAY, NOW, edition, paper

SEED = PostStyle(author="lim4349")
BLOG = PostStyle(
    top=3,
    language="en",
    time_zone="America/New_York",
    permalink="/posts/daily-papers-{date}/",
    math=True,
    front_matter='{"pin": true, "lang": "en", "note": "a: b"}',
)


def render(made: Edition, **style: object) -> str:
    renderer = PostRenderer(sample.TEMPLATES, replace(PostStyle(), **style))  # type: ignore[arg-type]
    return renderer.post(made).decode()


def front_matter(post: str) -> dict[str, object]:
    head = yaml.safe_load(post.split("---\n")[1])
    assert isinstance(head, dict)
    return head


@pytest.mark.parametrize(
    ("style", "name"), [(SEED, "2025-12-24.ko.md"), (BLOG, "2025-12-24.en.md")]
)
def test_the_sample_gives_the_golden_files(style: PostStyle, name: str) -> None:
    post = PostRenderer(sample.TEMPLATES, style).post(sample.edition())
    assert post.decode() == sample.golden(name)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Seoul", "2025-12-24 09:15:00 +0900"),
        ("UTC", "2025-12-24 00:15:00 +0000"),
        ("America/New_York", "2025-12-23 19:15:00 -0500"),
        ("Asia/Kathmandu", "2025-12-24 06:00:00 +0545"),
    ],
)
def test_the_date_is_0015_utc(zone: str, shown: str) -> None:
    assert f"\ndate: {shown}\n" in render(edition(paper()), time_zone=zone)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ({}, {}),
        ({"author": "lim4349"}, {"author": "lim4349"}),
        ({"author": "yes: #1"}, {"author": "yes: #1"}),
        ({"permalink": "/papers/{date}/"}, {"permalink": "/papers/2025-12-24/"}),
        ({"front_matter": '{"pin": true, "x": [1]}'}, {"pin": True, "x": [1]}),
        ({"math": True}, {}),
    ],
)
def test_front_matter(style: dict[str, object], expected: dict[str, object]) -> None:
    head = front_matter(render(edition(paper()), **style))
    fixed = {"title", "date", "categories", "tags"}
    assert {key: value for key, value in head.items() if key not in fixed} == expected


@pytest.mark.parametrize(
    ("text", "math"),
    [
        ("costs $5 and $10", False),
        ("plain", False),
        ("a $x^2$ b", True),
        (r"up to $17.06\%$", True),
        (r"the \alpha of it", True),
        (r"\(x\)", True),
        (r"50\% off", False),
    ],
)
def test_math_is_on_where_the_text_holds_tex(text: str, math: bool) -> None:
    for made in (paper(abstract=text), paper(title=text)):
        assert front_matter(render(edition(made), math=True)).get("math", False) is math


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "   - 기관: The Lab"),
        ({"organization": Organization("lab", None)}, "   - 기관: lab"),
        ({"organization": None}, "   - 기관: ·2 authors"),
        ({"organization": None, "author_count": 1}, "   - 기관: ·1 author"),
        ({"organization": None, "author_count": None}, None),
    ],
)
def test_who_it_is_from(changes: dict[str, object], line: str | None) -> None:
    lines = [
        line
        for line in render(edition(paper(1, **changes))).splitlines()
        if line.startswith("   - 기")
    ]
    assert lines == ([line] if line else [])


def test_a_paper_with_nothing_has_only_its_links() -> None:
    bare = paper(1, abstract=None, organization=None, author_count=None, votes=None)
    assert render(edition(bare)).split("순위\n\n")[1] == (
        "1. **Paper 1**\n"
        "   - [HF 페이지](https://huggingface.co/papers/2512.00001)\n"
        "   - [논문 링크](https://arxiv.org/abs/2512.00001)\n"
        "\n"
    )


def test_an_invisible_title_becomes_the_id() -> None:
    assert "1. **2512.00001** - 👍 1\n" in render(edition(paper(1, title="\u202e")))


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (10, 10), (100, 12)])
def test_the_top_papers_are_shown_and_counted(top: int, shown: int) -> None:
    post = render(edition(*(paper(n) for n in range(1, 13))), top=top)
    assert post.count("👍") == shown
    assert f"총 **{shown}개**의" in post


def test_markup_is_escaped_for_where_it_lands() -> None:
    hostile = paper(id="2512.1/../)x", title="**bold** {{ x }} |", abstract="<b>&amp; {% raw %}")
    post = render(edition(hostile))
    assert "{{" not in post
    assert "{%" not in post
    assert r"\<b>" in post
    assert "(https://huggingface.co/papers/2512.1/../%29x)" in post


def test_extra_front_matter_comes_last() -> None:
    post = render(edition(paper()), author="a", front_matter=json.dumps({"z": 1, "b": 2}))
    assert post.split("---\n")[1].splitlines()[-3:] == ["author: a", "z: 1", "b: 2"]


def test_the_blogs_data_has_the_posts_papers() -> None:
    made = edition(
        paper(3), paper(2, organization=None, code=None, votes=None), paper(1), updated_at=NOW
    )
    stored = json.loads(PostRenderer(sample.TEMPLATES, PostStyle(top=2, language="en")).data(made))
    assert {key: value for key, value in stored.items() if key != "papers"} == {
        "date": "2025-12-24",
        "crawled_at": "2025-12-24T14:00:00Z",
        "total_papers": 2,
    }
    first, second = stored["papers"]
    assert first == {
        "title": "Paper 3",
        "url": "https://huggingface.co/papers/2512.00003",
        "published": "2025-12-23T00:00:00.000Z",
        "likes": 3,
        "institution": "The Lab",
        "paper_link": "https://arxiv.org/abs/2512.00003",
        "code_link": "https://github.com/lab/code",
        "abstract": "What paper 3 says.",
        "tags": ["one", "two"],
    }
    assert set(first) - set(second) == {"likes", "code_link"}
    assert second["institution"] == "·2 authors"


def test_labels_are_above_the_list() -> None:
    layout = PostRenderer(sample.TEMPLATES, PostStyle(language="en")).layout
    post = layout.fill(DAY, [paper(title="$x$")], math=True, labels=["One.", "Two."]).decode()
    assert "**1 paper** was collected.\n\nOne.\n\nTwo.\n\n##" in post
    assert front_matter(post)["math"] is True
