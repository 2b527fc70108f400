"""Posts in the layout "brief": golden files whole, and what a paper shows in each case."""

from dataclasses import replace
from datetime import date

import pytest

from core.model.paper import Edition, Organization, Paper
from core.model.style import PostStyle
from core.model.votes import Risen
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.papers import edition, paper

SITE = "https://papers.example"
FRIDAY = date(2025, 12, 19)
ROSE = [
    Risen(FRIDAY, paper(2, title="Up [a lot]"), 1031),
    Risen(FRIDAY, paper(1, title="\u202e"), 2),
]


def render(made: Edition, *rose: Risen, site: str = "", **style: object) -> str:
    brief = replace(PostStyle(layout="brief", language="en"), **style)  # type: ignore[arg-type]
    return PostRenderer(sample.TEMPLATES, brief, site).post(made, rose).decode()


def lines(post: str, start: str) -> list[str]:
    return [line.strip() for line in post.splitlines() if line.lstrip().startswith(start)]


def sample_edition() -> Edition:
    """Return the sample's edition with AI summaries and stars, which its day did not have yet."""
    made = sample.edition()
    changes: dict[int, dict[str, object]] = {
        1: {"ai_summary": "Policies of *layers* are optimised first.", "github_stars": 1234},
        3: {"ai_summary": r"A tree of 27 abilities gains 3.5\% (a|b)."},
    }
    papers = [
        replace(one, **changes.get(number, {}))  # type: ignore[arg-type]
        for number, one in enumerate(made.papers)
    ]
    return replace(made, papers=tuple(papers))


@pytest.mark.parametrize(
    ("language", "site", "rose"), [("ko", SITE, ROSE), ("en", "", [])], ids=["ko", "en"]
)
def test_the_sample_gives_the_golden_file(language: str, site: str, rose: list[Risen]) -> None:
    made = render(sample_edition(), *rose, site=site, language=language, math=True)
    assert made == sample.golden(f"2025-12-24.brief.{language}.md")


@pytest.mark.parametrize(
    ("top", "votes", "headline"),
    [
        (2, [3, 2, 1], "Top 2 of 3 papers, 6 votes"),
        (3, [3, 2, 1], "3 papers, 6 votes"),
        (10, [1], "1 paper, 1 vote"),
        (10, [0], "1 paper, 0 votes"),
        (2, [1200, None, 34], "Top 2 of 3 papers, 1,234 votes"),
        (10, [None, None], "2 papers"),
    ],
)
def test_the_headline(top: int, votes: list[int | None], headline: str) -> None:
    made = edition(*(paper(n, votes=count) for n, count in enumerate(votes, 1)))
    post = render(made, top=top)
    assert f"\n\n{headline} · [All papers of the day](" in post
    assert len(lines(post, "- [Code")) == min(top, len(votes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["AI summary: A sentence.", "<details><summary>Abstract</summary>What it says.</"]),
        (
            {"ai_summary": None, "abstract": "One. Two."},
            ["From the abstract: One.", "<details><summary>Abstract</summary>One. Two.</"],
        ),
        ({"ai_summary": None, "abstract": "One."}, ["From the abstract: One."]),
        ({"ai_summary": None, "abstract": None}, []),
        (
            {"ai_summary": r"\textbf{A} 3\%", "abstract": r"\emph{B} {{ c }}"},
            [
                "AI summary: A 3%",
                "<details><summary>Abstract</summary>B &#123;&#123; c &#125;&#125;</",
            ],
        ),
    ],
)
def test_summary_first_and_abstract_folded(changes: dict[str, object], expected: list[str]) -> None:
    post = render(edition(paper(1, **({"abstract": "What it says."} | changes))))
    found = lines(post, "AI summary") + lines(post, "From") + lines(post, "<details")
    assert [line.removesuffix("details>") for line in found] == expected


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "- Institution: The Lab"),
        ({"organization": Organization("lab", None)}, "- Institution: lab"),
        ({"organization": None}, "- Authors: Ada, Grace"),
        ({"organization": None, "authors": ("A", "B", "C"), "author_count": 9},
         "- Authors: A, B, C and 6 more"),
        ({"organization": None, "authors": tuple("ABCD")}, "- Authors: A, B, C and 1 more"),
        ({"organization": None, "authors": ("{names} {count}", "_b_", "c", "d")},
         r"- Authors: {names} {count}, \_b\_, c and 1 more"),
        ({"organization": None, "authors": (), "author_count": 1234}, "- Authors: 1,234 authors"),
        ({"organization": None, "authors": (), "author_count": None}, None),
    ],
)  # fmt: skip
def test_who_it_is_from(changes: dict[str, object], line: str | None) -> None:
    post = render(edition(paper(1, **changes)))
    assert lines(post, "- Inst") + lines(post, "- Auth") == ([line] if line else [])


CODE, PROJECT = "[Code ★ 5](https://github.com/lab/code)", "[Project](https://lab.example/)"
ELSEWHERE = (
    "[arXiv](https://arxiv.org/abs/2512.00001)"
    " · [Hugging Face](https://huggingface.co/papers/2512.00001)"
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, f"{CODE} · {PROJECT} · {ELSEWHERE}"),
        ({"github_stars": 12345}, f"{CODE.replace('5', '12,345', 1)} · {PROJECT} · {ELSEWHERE}"),
        ({"github_stars": None}, f"{CODE.replace(' ★ 5', '')} · {PROJECT} · {ELSEWHERE}"),
        ({"code": None, "project": None}, ELSEWHERE),
        ({"code": "http://github.com/lab/code", "project": "javascript:alert(1)"}, ELSEWHERE),
        ({"code": None, "project": "https://a@b.example/"}, ELSEWHERE),
        ({"code": None, "project": "https://a.example/)](x) {{ y }}"},
         f"[Project](https://a.example/%29%5D%28x%29%20%7B%7B%20y%20%7D%7D) · {ELSEWHERE}"),
    ],
)  # fmt: skip
def test_only_https_is_linked(changes: dict[str, object], expected: str) -> None:
    post = render(edition(paper(1, **changes)))
    assert lines(post, "- [") == [f"- {expected}"]


@pytest.mark.parametrize(
    ("site", "paper_url", "day_url"),
    [
        ("", "https://huggingface.co/papers/2512.00002", "https://huggingface.co/papers/date/"),
        (SITE, f"{SITE}/daily/2025-12-19.html#2512.00002", f"{SITE}/daily/"),
    ],
)
def test_what_rose_links_to_its_day(site: str, paper_url: str, day_url: str) -> None:
    post = render(edition(paper(1)), *ROSE, site=site)
    assert f"[All papers of the day]({day_url}2025-12-24" in post
    section = post.partition("\n## 📈 ")[2].splitlines()
    assert section[0] == "Papers of 2025-12-19 that gained votes overnight"
    assert section[2] == rf"- **[Up \[a lot\]]({paper_url})** - 👍 +1,031"
    assert section[3].startswith("- **[2512.00001](")
    assert "📈" not in render(edition(paper(1)), site=site)


def test_the_seed_leaves_out_what_rose() -> None:
    assert render(edition(paper(1)), *ROSE, layout="seed") == render(
        edition(paper(1)), layout="seed", site=SITE
    )


@pytest.mark.parametrize(
    ("changes", "math"),
    [
        ({}, False),
        ({"title": "$x$"}, True),
        ({"ai_summary": "$x$"}, True),
        ({"abstract": "$x$"}, True),
        ({"title": r"\textbf{Bold}"}, False),
    ],
)
def test_math_is_on_where_shown_text_has_tex(changes: dict[str, object], math: bool) -> None:
    made = edition(paper(1, **changes))
    assert ("\nmath: true\n" in render(made, math=True)) is math
    assert "\nmath: true\n" not in render(made)


def test_a_paper_with_nothing_has_only_its_links() -> None:
    bare = Paper("2512.00001", "")
    post = render(edition(bare)).partition("upvoted\n\n")[2]
    assert post == (
        f"1. **[2512.00001](https://huggingface.co/papers/2512.00001)**\n\n   - {ELSEWHERE}\n\n"
    )
