"""The data that the blog stores beside a post: `_data/papers/daily-2025-12-24.json`.

Its members are those of the crawler that wrote to the blog before.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from core.model import dates, links
from core.model.paper import Edition, Paper
from core.model.text import iso_utc


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """One stored entry: its text as it is stored, `None` where there is none.

    `url` is the paper's page, and holds its id. In the crawler's own entries, `published` is the
    time of the crawl, without a zone. `tags` is None if the entry has no such key: then counts may
    be appended to `institution`.
    """

    id: str
    url: str
    title: str
    votes: int | None = None
    institution: str = ""
    abstract: str | None = None
    abstract_page: str | None = None
    code: str | None = None
    tags: tuple[str, ...] | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class StoredDay:
    """One stored day in its stored order; `crawled_at` is when the votes were read, in UTC."""

    day: date
    crawled_at: datetime
    papers: tuple[StoredPaper, ...]


def from_edition(edition: Edition, top: int, institution: Callable[[Paper], str]) -> StoredDay:
    """Return the edition's `top` papers as they are stored.

    `institution` returns a paper's organisation, or its number of authors, as the post has it.
    The day's `crawled_at` is when the edition was updated; before it is published, it is the time
    of its post.
    """
    papers = tuple(
        StoredPaper(
            id=paper.id,
            url=links.paper_page(paper.id),
            title=paper.title,
            votes=paper.votes,
            institution=institution(paper),
            abstract=paper.abstract,
            abstract_page=links.abstract(paper.id),
            code=paper.code,
            tags=paper.ai_keywords,
            published=paper.published_at,
        )
        for paper in edition.papers[:top]
    )
    updated_at = edition.updated_at or dates.post_time(edition.day)
    return StoredDay(edition.day, updated_at, papers)


def institution(paper: Paper) -> str:
    """Return a paper's organisation, or its number of authors, as the crawler stored it."""
    if paper.organization:
        return paper.organization.fullname or paper.organization.name or ""
    count = paper.author_count
    return f"·{count} author{'s' * (count != 1)}" if count else ""


def render(day: StoredDay) -> bytes:
    """Return the file of a day; values that are not known are left out."""
    document = {
        "date": str(day.day),
        "crawled_at": iso_utc(day.crawled_at),
        "total_papers": len(day.papers),
        "papers": [_entry(paper) for paper in day.papers],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def _entry(paper: StoredPaper) -> dict[str, object]:
    entry = {
        "title": paper.title,
        "url": paper.url,
        "published": paper.published,
        "likes": paper.votes,
        "institution": paper.institution or None,
        "paper_link": paper.abstract_page,
        "code_link": paper.code,
        "abstract": paper.abstract,
        "tags": paper.tags,
    }
    return {key: value for key, value in entry.items() if value is not None}
