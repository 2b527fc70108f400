"""A stranger's small blog, as the crawler left it: every form that it had, in our own sentences."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.support.papers import answer
from tests.support.papers import entry as recorded

AUTHOR = "Quinn O'Hara"
OLD = f"""\
title: Hugging Face Daily Papers - {{day}}
date: {{day}} 09:15:00 +0900
categories: ['Daily Papers', '일간']
tags: ['huggingface', 'papers', 'daily', 'ai']
author: {AUTHOR}
"""
BARE = f"""\
title: Hugging Face Daily Papers - {{day}}
date: {{next}} 09:15:00 +0900
categories: [Daily Papers, 일간]
tags: [huggingface, papers, daily, ai]
author: {AUTHOR}
"""
NAMED = BARE.replace("date:", "permalink: /posts/daily-papers-{day}/\ndate:", 1)
MONTHLY = b"---\ntitle: A month by hand\ndate: 2025-11-01\npin: true\n---\n\nNever filled.\n"

# By a day: how its front matter was, and the end of its post's name.
FORMS = {
    "2025-11-05": (OLD, "-1762346955"),
    "2025-11-07": (OLD, "-1762519755"),
    "2025-11-08": (BARE, "-1762606155"),
    "2025-11-09": (BARE, "-1762692555"),
    "2025-11-10": (BARE, ""),
    "2025-12-01": (BARE, ""),
    "2025-12-02": (NAMED, ""),
}
DAYS = tuple(FORMS)
FOOTER = "https://github.com/huggingface"
POST, DATA = "_posts/{}-daily-papers{}.md", "_data/papers/daily-{}.json"


def entry(number: int, institution: str = "The Lab", **changes: object) -> dict[str, Any]:
    """Return an entry as the crawler stored it lately; None leaves a key out."""
    whole: dict[str, object] = {
        "title": f"On the Number {number}",
        "url": f"https://huggingface.co/papers/2511.{number:05}",
        "published": "2025-11-05T14:22:03.081287",
        "likes": 100 - number,
        "institution": institution,
        "paper_link": f"https://arxiv.org/abs/2511.{number:05}",
        "code_link": f"https://github.com/lab/n{number}",
        "abstract": f"We count to {number} and note what we saw on the way.",
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


FRIDAY = [
    entry(20, "Google541", code_link=FOOTER),
    entry(21, "Lab of Numbers1.5k1", code_link="https://numbers.example/"),
    entry(22, "·7 authorsM"),
    entry(23, "Nowhere Labs12", abstract="Our code is at this https URL ."),
]
PAPERS: dict[str, list[dict[str, Any]]] = {
    # The older form: tags, and an organisation as it is.
    "2025-11-05": [
        entry(10, "Google", title="Counting\n  Sheep", tags=[]),
        entry(11, "Lab of Numbers", tags=["one", "two"], abstract=None, code_link=None),
        entry(12, "·1 author", tags=[], paper_link=None),
    ],
    "2025-11-07": FRIDAY,
    "2025-11-08": FRIDAY,
    "2025-11-09": FRIDAY,
    "2025-11-10": [entry(30, title="Sums of $x_1$ | a Table"), entry(31, likes=69)],
    "2025-12-01": [entry(40, "·2 authors1.5k1", likes=0), entry(41, likes=0)],
    "2025-12-02": [entry(50, abstract="Papers arxiv: 2511.00050 Submitted by us")],
}


def data(day: str, entries: Sequence[dict[str, Any]], **changes: object) -> bytes:
    """Return the data file of a day."""
    head = {"date": day, "crawled_at": f"{day}T14:59:53.965782", "total_papers": len(entries)}
    whole = head | {"papers": entries} | changes
    return json.dumps(whole, indent=2, ensure_ascii=False).encode()


def post(day: str, papers: Sequence[dict[str, Any]], head: str = NAMED) -> bytes:
    """Return the post of a day."""
    entries = "".join(_in_post(n, paper) for n, paper in enumerate(papers, 1))
    after = date.fromordinal(date.fromisoformat(day).toordinal() + 1)
    return (
        f"---\n{head.format(day=day, next=after)}---\n\n# Hugging Face Daily Papers - {day}\n\n"
        f"총 **{len(papers)}개**의 논문이 수집되었습니다.\n\n## 📊 좋아요 순위\n\n{entries}"
    ).encode()


def _in_post(rank: int, paper: dict[str, Any]) -> str:
    lines = {
        "institution": "   - 기관: {}\n",
        "url": "   - [HF 페이지]({})\n",
        "paper_link": "   - [논문 링크]({})\n",
        "abstract": "   - Abstract: {}\n",
    }
    found = "".join(line.format(paper[key]) for key, line in lines.items() if key in paper)
    return f"{rank}. **{paper['title']}** - 👍 {paper['likes']}\n{found}\n"


def post_path(day: str) -> str:
    """Return where a day's post is."""
    return POST.format(day, FORMS[day][1])


def blog() -> dict[str, bytes]:
    """Return the blog's files by their paths."""
    files = {DATA.format(day): data(day, papers) for day, papers in PAPERS.items()}
    posts = {post_path(day): post(day, PAPERS[day], FORMS[day][0]) for day in DAYS}
    others = {
        "_config.yml": b"title: Numbers\n",
        "_posts/2025-11-01-monthly-papers-summary.md": MONTHLY,
        "_posts/2025-11-06-something-else.md": b"---\ntitle: Else\n---\n",
    }
    return files | posts | others


def answers() -> dict[str, bytes]:
    """Return what the API has of these days: nothing on the weekend."""
    return {
        "2025-11-05": answer(_of_api(10), _of_api(11), _of_api(12)),
        "2025-11-07": answer(
            _of_api(20, organization={"name": "google", "fullname": "Google"}),
            _of_api(21, organization={"name": "numbers", "fullname": "Lab of Numbers"}),
            _of_api(22, authors=[{"name": f"N. {n}"} for n in range(7)]),
            _of_api(
                23,
                organization={"name": "nowhere", "fullname": "Nowhere Labs"},
                summary="Our code is at https://github.com/nowhere/labs .",
            ),
        ),
        "2025-11-08": b"[]",
        "2025-11-09": b"[]",
        "2025-11-10": answer(_of_api(30), _of_api(31)),
        "2025-12-01": answer(_of_api(40, authors=[{"name": "N."}, {"name": "M."}]), _of_api(41)),
        "2025-12-02": answer(_of_api(50)),
    }


def _of_api(number: int, **changes: object) -> dict[str, object]:
    own = next(
        paper
        for papers in PAPERS.values()
        for paper in papers
        if paper["url"].endswith(f".{number:05}")
    )
    fields = {
        "id": f"2511.{number:05}",
        "title": own["title"],
        "summary": f"We count to {number} and note what we saw on the way.",
        "upvotes": own["likes"] + 1,
    }
    return recorded(number, **fields | changes)
