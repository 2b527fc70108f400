"""Payload to papers: every shape that Hugging Face's Daily Papers API has had since 2024.

Source: `GET https://huggingface.co/api/daily_papers?date=YYYY-MM-DD&limit=100&p=0`, a JSON array of
entries. Optional fields are absent when unset; unknown ones are ignored.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import NoReturn

from core.edition.limits import (
    LimitError,
    check_day,
    check_levels,
    check_paper,
    check_papers,
    check_size,
    check_values,
)
from core.edition.ranking import comparable
from core.model.errors import PayloadError
from core.model.fields import FieldError, Fields
from core.model.paper import Organization, Paper, Payload
from core.model.text import excerpt, shown

BOM = b"\xef\xbb\xbf"


def decode(body: bytes, day: date, url: str = "") -> Payload:
    """Return the payload whose bytes are `body`: one JSON array.

    Raises `PayloadError` with a short excerpt when it is anything else, or when it has too many
    values or levels.
    """
    try:
        check_values(body)
        entries = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        check_levels(entries)
    except LimitError as error:
        raise PayloadError(str(error), day, url) from error
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"the answer is not JSON: {excerpt(body)}", day, url) from error
    if not isinstance(entries, list):
        raise PayloadError(f"the answer is not a JSON array: {excerpt(body)}", day, url)
    return Payload(day, url, body, tuple(entries))


def join(pages: Sequence[Payload]) -> Payload:
    """Return a day's pages as one payload: one array, in which each entry keeps its bytes.

    Raises `PayloadError` when it is larger than a payload may be: it could not be read again.
    """
    full = [page for page in pages if page.entries] or pages[:1]
    if len(full) == 1:
        return full[0]
    arrays = (page.body.removeprefix(BOM).strip() for page in full)
    body = b"[" + b",".join(array[1:-1] for array in arrays) + b"]"
    day, url = full[0].day, full[0].url
    try:
        check_size("the day", len(body))
        check_values(body)
    except LimitError as error:
        raise PayloadError(str(error), day, url) from error
    return Payload(day, url, body, tuple(entry for page in full for entry in page.entries))


def parse(payload: Payload) -> tuple[Paper, ...]:
    """Return the payload's papers in the source's order, each id once.

    Raises `PayloadError`, whose path names the place, when an entry has no id or title, when a
    known field has an unknown type, or when the day is beyond a limit of `core.edition.limits`.
    """
    best: dict[str, Paper] = {}
    place = ""
    try:
        check_papers(len(payload.entries))
        for number, value in enumerate(payload.entries):
            place = f"[{number}]"
            paper = _paper(Fields(value, place), place)
            check_paper(paper)
            if paper.id not in best or _worth(paper) > _worth(best[paper.id]):
                best[paper.id] = paper
        place = ""
        check_day(best.values())
    except FieldError as error:
        raise PayloadError(error.problem, payload.day, payload.url, path=error.path) from error
    except LimitError as error:
        raise PayloadError(str(error), payload.day, payload.url, path=place) from error
    return tuple(best.values())


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _paper(entry: Fields, place: str) -> Paper:
    """Return the paper of one entry; `paper` takes precedence for fields that are in both."""
    paper = entry.object("paper")
    authors = _authors(paper)
    return Paper(
        id=_id(paper, place),
        title=paper.text("title") or entry.text("title") or paper.required("title"),
        abstract=paper.text("summary") or entry.text("summary"),
        ai_summary=paper.text("ai_summary"),
        ai_keywords=paper.texts("ai_keywords"),
        authors=authors,
        author_count=len(authors) or None,
        organization=read_organization(paper) or read_organization(entry),
        votes=paper.count("upvotes"),
        comments=entry.count("numComments"),
        code=paper.url("githubRepo"),
        project=paper.url("projectPage"),
        github_stars=paper.count("githubStars"),
        thumbnail=entry.url("thumbnail"),
        media=_media(entry, paper),
        published_at=paper.time("publishedAt"),
        submitted_at=paper.time("submittedOnDailyAt"),
        submitter=_submitter(entry, paper),
    )


def _id(paper: Fields, place: str) -> str:
    """Return the paper's id, which is shown where its title has no visible character."""
    text = paper.required("id")
    if not any(map(str.isalnum, text)):
        raise FieldError(f"{place}.paper.id", f"is {shown(text)}, without a letter or digit")
    return text


def _authors(paper: Fields) -> tuple[str, ...]:
    """Return all names in order, hidden ones too, as Hugging Face counts them."""
    return paper.texts_of("authors", "name")


def read_organization(entry: Fields) -> Organization | None:
    """Return an entry's organisation, or None if it has neither name."""
    fields = entry.object("organization")
    name = fields.text("name")
    fullname = fields.text("fullname")
    return Organization(name, fullname) if name or fullname else None


def _media(entry: Fields, paper: Fields) -> tuple[str, ...]:
    """Return the media addresses; until June 2024 there was one, under another name."""
    single = entry.url("mediaUrl")
    return paper.urls("mediaUrls") or entry.urls("mediaUrls") or ((single,) if single else ())


def _submitter(entry: Fields, paper: Fields) -> str | None:
    """Return the submitter's user name, which the source has under two keys."""
    user = paper.object("submittedOnDailyBy").text("user")
    return user or entry.object("submittedBy").text("name")


def _worth(paper: Paper) -> tuple[int, int, int]:
    """Return the values that rank two entries of one paper: votes, comments, fields present."""
    optional = (
        paper.abstract,
        paper.ai_summary,
        paper.authors,
        paper.organization,
        paper.code,
        paper.project,
        paper.media,
        paper.submitted_at,
    )
    return comparable(paper.votes), comparable(paper.comments), sum(map(bool, optional))
