"""What the blog's crawler stored: `_data/papers/daily-2025-12-24.json`, read and written.

The crawler had two forms. The older one has `tags` in every entry, and an organisation as it is.
The newer one has no `tags`, and an organisation with GitHub stars and comments glued on. Paperboy
writes its own days and the repaired ones in the crawler's keys too: with `tags`, as they are clean.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn
from urllib.parse import unquote

from core.model import links
from core.model.errors import PayloadError
from core.model.fields import FieldError, Fields
from core.model.paper import Edition, Paper
from core.model.text import excerpt, iso_utc, shown

PAPER_PAGE = re.compile(
    r"https?://(?:www\.)?huggingface\.co/papers/(?!date/|week/|month/)(?=.*\d)([^?#\s]+?)/?"
)
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CrawledPaper:
    """One stored entry: its text as it is stored, `None` where it is not.

    `url` is the paper's page and holds its id, `published` in the crawler's own entries the time of
    the crawl, without a zone. `tags` is None where the entry has no such key: then counts may be
    glued onto `institution`.
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
class CrawledDay:
    """One stored day in its stored order; `crawled_at` is when the votes were read, in UTC."""

    day: date
    crawled_at: datetime
    papers: tuple[CrawledPaper, ...]


def read(body: bytes, day: date, path: str) -> CrawledDay:
    """Return the day that is stored in the file at `path`.

    Raises `PayloadError`, whose path names the place, when the file is no JSON, is of another day,
    or is of a shape that the crawler never wrote.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"the file is not JSON: {excerpt(body)}", day, path) from error
    try:
        return _read_day(value, day)
    except FieldError as error:
        place = error.path.removeprefix(".")
        raise PayloadError(error.problem, day, path, path=place) from error


def render(crawled: CrawledDay) -> bytes:
    """Return the file of a day, in the crawler's own form; what is not known is left out."""
    head = {
        "date": str(crawled.day),
        "crawled_at": iso_utc(crawled.crawled_at),
        "total_papers": len(crawled.papers),
        "papers": [_entry(paper) for paper in crawled.papers],
    }
    return json.dumps(head, indent=2, ensure_ascii=False).encode()


def from_edition(
    edition: Edition, updated_at: datetime, top: int, institution: Callable[[Paper], str]
) -> CrawledDay:
    """Return the edition's top papers as a crawled day, filled right.

    `updated_at` is when the edition last changed; `institution` says who a paper is from, in the
    post's words.
    """
    papers = tuple(
        CrawledPaper(
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
    return CrawledDay(edition.day, updated_at, papers)


def institution(paper: Paper) -> str:
    """Return who a paper is from, as the crawler stored it."""
    if paper.organization:
        return paper.organization.fullname or paper.organization.name or ""
    count = paper.author_count
    return f"·{count} author{'s' * (count != 1)}" if count else ""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _read_day(value: object, day: date) -> CrawledDay:
    fields = Fields(value, "")
    stored = fields.required("date")
    if stored != str(day):
        raise FieldError("date", f"is {shown(stored)}, not {day}")
    crawled_at = _moment(fields.required("crawled_at"))
    papers = value.get("papers") if isinstance(value, dict) else None
    if not isinstance(papers, list):
        raise FieldError("papers", f"is {shown(papers)}, not a list")
    entries = zip(fields.objects("papers"), papers, strict=True)
    return CrawledDay(
        day,
        crawled_at,
        tuple(
            _read_paper(fields, entry, f"papers[{n}]") for n, (fields, entry) in enumerate(entries)
        ),
    )


def _moment(text: str) -> datetime:
    """Return a time in UTC; the crawler wrote UTC without saying so."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError("crawled_at", f"is {shown(text)}, not a time") from error


def _read_paper(fields: Fields, entry: dict[str, object], path: str) -> CrawledPaper:
    def raw(key: str) -> str | None:
        """Return a text as it is stored, but for what UTF-8 cannot hold; a blank one is absent."""
        return SURROGATE.sub("", str(entry[key])) if fields.text(key) else None

    url, title = fields.required("url"), fields.required("title")
    page = PAPER_PAGE.fullmatch(url)
    if not page:
        raise FieldError(f"{path}.url", f"is {shown(url)}, not the page of a paper")
    return CrawledPaper(
        id=unquote(page[1]),
        url=raw("url") or url,
        title=raw("title") or title,
        votes=fields.count("likes"),
        institution=raw("institution") or "",
        abstract=raw("abstract"),
        abstract_page=raw("paper_link"),
        code=raw("code_link"),
        tags=None if entry.get("tags") is None else fields.texts("tags"),
        published=raw("published"),
    )


def _entry(paper: CrawledPaper) -> dict[str, object]:
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
