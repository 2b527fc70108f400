"""Read what the blog's crawler stored: `_data/papers/daily-2025-12-24.json`.

The crawler wrote two forms. In the older one every entry has `tags`, and the organisation is
right. In the newer one entries have no `tags`, and GitHub stars and comment counts are appended to
the organisation. Paperboy writes its own days, and repaired ones, with `tags`.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NoReturn
from urllib.parse import unquote

from core.edition import limits
from core.edition.limits import LimitError
from core.model.errors import PayloadError
from core.model.fields import FieldError, Fields
from core.model.text import clean_url, excerpt, one_line, shown
from core.render.blog_data import StoredDay, StoredPaper

PAPER_PAGE = re.compile(
    r"https?://(?:www\.)?huggingface\.co/papers/(?!date/|week/|month/)(?=.*\d)([^?#\s]+?)/?"
)
SURROGATE = re.compile("[\ud800-\udfff]")


def read(body: bytes, day: date, path: str) -> StoredDay:
    """Return the day that is stored in the file at `path`.

    Raises `PayloadError`, whose path names the place, when the file is not JSON, belongs to another
    day, has a shape that the crawler never wrote, or is beyond a limit of `core.edition.limits`.
    """
    try:
        limits.check_values(body)
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        limits.check_levels(value)
    except LimitError as error:
        raise PayloadError(str(error), day, path) from error
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"the file is not JSON: {excerpt(body)}", day, path) from error
    try:
        stored = _read_day(value, day)
        _check_limits(stored)
    except FieldError as error:
        place = error.path.removeprefix(".")
        raise PayloadError(error.problem, day, path, path=place) from error
    except LimitError as error:
        raise PayloadError(str(error), day, path) from error
    return stored


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _read_day(value: object, day: date) -> StoredDay:
    fields = Fields(value, "")
    stored = fields.required("date")
    if stored != str(day):
        raise FieldError("date", f"is {shown(stored)}, not {day}")
    crawled_at = _moment(fields.required("crawled_at"))
    papers = value.get("papers") if isinstance(value, dict) else None
    if not isinstance(papers, list):
        raise FieldError("papers", f"is {shown(papers)}, not a list")
    entries = zip(fields.objects("papers"), papers, strict=True)
    read_papers = (
        _read_paper(entry_fields, entry, f"papers[{number}]")
        for number, (entry_fields, entry) in enumerate(entries)
    )
    return StoredDay(day, crawled_at, tuple(read_papers))


def _check_limits(stored: StoredDay) -> None:
    """Raise `LimitError` for a day, or an entry, that is beyond a limit."""
    limits.check_papers(len(stored.papers))
    for number, paper in enumerate(stored.papers):
        for name, text, most in _texts(paper):
            limits.check_text(f"papers[{number}].{name}", text, most)
        limits.check_items(f"papers[{number}].tags", paper.tags or ())
    limits.check_texts_of_day(text for paper in stored.papers for _, text, _ in _texts(paper))


def _texts(paper: StoredPaper) -> Iterator[tuple[str, str | None, int]]:
    """Yield all texts of an entry: its name in the file, the text, and the most characters."""
    yield "id", paper.id, limits.MOST_ID
    yield "url", paper.url, limits.MOST_ADDRESS
    yield "title", paper.title, limits.MOST_TEXT
    yield "institution", paper.institution, limits.MOST_TEXT
    yield "abstract", paper.abstract, limits.MOST_TEXT
    yield "paper_link", paper.abstract_page, limits.MOST_ADDRESS
    yield "code_link", paper.code, limits.MOST_ADDRESS
    yield "published", paper.published, limits.MOST_TIME
    for tag in paper.tags or ():
        yield "tags", tag, limits.MOST_TEXT


def _moment(text: str) -> datetime:
    """Return a time in UTC; the crawler wrote UTC times without a zone."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError("crawled_at", f"is {shown(text)}, not a time") from error


def _read_paper(fields: Fields, entry: dict[str, object], path: str) -> StoredPaper:
    def stored(key: str) -> str | None:
        """Return a text as stored, without what UTF-8 cannot hold; a blank text is absent."""
        return SURROGATE.sub("", str(entry[key])) if fields.text(key) else None

    url, title = fields.required("url"), fields.required("title")
    page = PAPER_PAGE.fullmatch(one_line(clean_url(str(entry["url"]))))
    if not page:
        raise FieldError(f"{path}.url", f"is {shown(url)}, not the page of a paper")
    return StoredPaper(
        id=unquote(page[1]),
        url=stored("url") or url,
        title=stored("title") or title,
        votes=fields.count("likes"),
        institution=stored("institution") or "",
        abstract=stored("abstract"),
        abstract_page=stored("paper_link"),
        code=stored("code_link"),
        tags=None if entry.get("tags") is None else fields.texts("tags"),
        published=stored("published"),
    )
