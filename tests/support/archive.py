"""A blog's files, repaired; and a made-up blog that has every defect."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.legacy import crawler
from core.legacy.entry_fixes import Defect
from core.legacy.repair import BlogDay, RepairedDay, Repairer
from core.legacy.repaired_post import RepairedPosts
from core.model.blog import BlogFile
from core.model.paper import Edition, Organization, Paper
from core.model.style import PostStyle
from core.render.post import PostRenderer
from tests.support import sample

RENDERER = PostRenderer(sample.TEMPLATES, PostStyle())
POSTS = RepairedPosts(RENDERER)
DATA = re.compile(r"_data/papers/daily-(\d{4}-\d\d-\d\d)\.json")


def blog_days(blog: Mapping[str, bytes]) -> list[BlogDay]:
    """Return a blog's days, each with all its posts."""
    days = []
    for path, data in sorted(blog.items()):
        if found := DATA.fullmatch(path):
            posts = [
                BlogFile(name, body)
                for name, body in sorted(blog.items())
                if name.startswith(f"_posts/{found[1]}-")
            ]
            days.append(BlogDay(date.fromisoformat(found[1]), path, data, tuple(posts)))
    return days


@dataclass(frozen=True)
class Done:
    """A repaired blog, with the reports of its days."""

    blog: dict[str, bytes]
    days: list[RepairedDay]

    def fixed(self) -> Counter[Defect]:
        return sum((Counter(dict(day.fixed)) for day in self.days), Counter())

    def remaining(self) -> Counter[Defect]:
        return sum((Counter(dict(day.remaining)) for day in self.days), Counter())


def repair(
    blog: Mapping[str, bytes],
    editions: Iterable[Edition] = (),
    *,
    votes_current: bool = False,
    redirect: bool = False,
) -> Done:
    """Return the blog as it is after a repair of all its days."""
    days = blog_days(blog)
    stored = [crawler.read(day.data, day.day, day.data_path) for day in days]
    api = {edition.day: edition for edition in editions}
    repairer = Repairer(
        stored,
        api,
        POSTS,
        votes_current=votes_current,
        redirect=redirect,
        old_posts={day.day: day.posts for day in days},
    )
    after, reports = dict(blog), []
    for day in days:
        reports.append(repairer.repair(day))
        for file in reports[-1].files:
            if file.body is None:
                del after[file.path]
            else:
                after[file.path] = file.body
    return Done(after, reports)


def clean_editions(first: date, days: int) -> list[Edition]:
    """Return made-up editions of the API for so many days; weekends and 1 January have none."""
    made = []
    for day in (first + timedelta(days=n) for n in range(days)):
        empty = day.weekday() > 4 or (day.month, day.day) == (1, 1)
        made.append(Edition(day, () if empty else tuple(_papers(day))))
    return made


def _papers(day: date) -> Iterable[Paper]:
    for n in range(3 if day.day == 13 else 12):
        paper_id = f"{day:%y%m}.{day.day:02}{n:03}"
        name = ("Alpha Lab", "Beta4", "University of Gamma", None)[(day.day + n) % 4]
        yield Paper(
            id=paper_id,
            title=rf"Title {n} on $x_{n}$" if n % 5 == 0 else f"Title {n}: a | b",
            abstract=f"We show {n}. Code is at https://github.com/lab/{n}.",
            ai_keywords=("one",),
            author_count=n + 1,
            organization=Organization(name.lower(), name) if name else None,
            votes=0 if day.day == 21 else 100 - n,
            code=f"https://github.com/lab/{n}" if n % 3 else None,
            published_at=f"{day - timedelta(days=1)}T00:00:00.000Z",
            submitted_at=f"{day}T01:00:00.000Z",
        )


def crawled_blog(editions: Iterable[Edition]) -> dict[str, bytes]:
    """Return these editions as the crawler would have put them into a blog: all wrong."""
    blog: dict[str, bytes] = {}
    shown: tuple[Paper, ...] = ()
    for edition in editions:
        shown = edition.papers[:10] or shown
        day = edition.day
        if shown:
            blog[f"_data/papers/daily-{day}.json"] = _data(day, shown)
            name = f"{day}-daily-papers" + (f"-{day.toordinal()}" if day.month == 1 else "")
            blog[f"_posts/{name}.md"] = _post(day, shown)
    return blog


def _data(day: date, papers: Iterable[Paper]) -> bytes:
    entries = [_entry(day, paper, n) for n, paper in enumerate(papers)]
    head = {"date": str(day), "crawled_at": f"{day}T14:00:00.5", "papers": entries}
    return json.dumps(head, indent=2, ensure_ascii=False).encode()


def _entry(day: date, paper: Paper, n: int) -> dict[str, object]:
    footer, project = "https://github.com/huggingface", f"https://lab{n}.github.io/x/"
    abstract = (paper.abstract or "").replace(f"https://github.com/lab/{n}", "this https URL ")
    return {
        "title": paper.title.replace(" on", "\n  on"),
        "url": f"https://huggingface.co/papers/{paper.id}",
        "published": f"{day}T13:59:59.123456",
        "likes": paper.votes,
        "institution": _who(paper) + ("" if n == 9 else f"{day.day * n}{n}"),
        "paper_link": f"https://arxiv.org/abs/{paper.id}",
        "code_link": footer if n % 2 else project,
        "abstract": f"Papers arxiv:{paper.id} Submitted by x" if n == 7 else abstract,
    }


def _who(paper: Paper) -> str:
    name = paper.organization.fullname if paper.organization else None
    count = paper.author_count or 0
    return name or f"·{count} author{'s' * (count != 1)}"


def _post(day: date, papers: tuple[Paper, ...]) -> bytes:
    """Return a post as the crawler made it, of yesterday's votes on some days, dated tomorrow."""
    lines = "".join(
        f"{n}. **{entry['title']}** - 👍 {int(str(entry['likes'])) - (day.day == 5)}\n"
        f"   - 기관: {entry['institution']}\n"
        f"   - [HF 페이지]({entry['url']})\n"
        f"   - [논문 링크]({entry['paper_link']})\n"
        f"   - Abstract: {entry['abstract']}\n\n"
        for n, entry in enumerate((_entry(day, p, n) for n, p in enumerate(papers)), 1)
    )
    head = (
        f"title: Hugging Face Daily Papers - {day}\n"
        f"date: {day + timedelta(days=1)} 09:15:00 +0900\n"
        "categories: [Daily Papers, 일간]\n"
        "pin: true # stays\n"
    )
    number = f"총 **{len(papers)}개**의 논문이 수집되었습니다."
    return (
        f"---\n{head}---\n\n# Hugging Face Daily Papers - {day}\n\n{number}\n\n"
        f"## 📊 좋아요 순위\n\n{lines}"
    ).encode()
