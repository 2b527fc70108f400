"""A month's search shard, which the browser searches: JSON with an edition a line.

The schema is `schema/search.v1.json`. Papers are ordered by id, so that lines differ only where
papers or their votes do. Titles and summaries are as readers see them.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date

from core.model.paper import Edition, Paper
from core.render import lines, tex
from core.render.sentences import first_sentence

SCHEMA_VERSION = 1
EDITION = re.compile(rb'^    "(\d{4}-\d\d-\d\d)": (\[.*\]),?$', re.MULTILINE)


def render(
    first: date, days: Collection[date], editions: Mapping[date, Edition], stored: bytes | None
) -> bytes:
    """Return the shard of the month that begins on `first`, with these days, as UTF-8 JSON.

    A day's line comes from `editions`, or else from the stored shard. Raises `ValueError` when
    neither has it, or when the stored shard is needed and is not the month's.
    """
    lacking = any(day not in editions for day in days)
    known = _read(first, stored) if stored is not None and lacking else {}
    made = {}
    for day in days:
        if day in editions:
            made[day] = _edition(editions[day])
        elif day in known:
            made[day] = known[day]
        else:
            raise ValueError(f"the shard has no {day}")
    return _document(first, made)


def days(stored: bytes, first: date) -> frozenset[date]:
    """Return the days that a stored shard has.

    Raises `ValueError` when it is not the shard of the month that begins on `first`.
    """
    return frozenset(_read(first, stored))


def papers(shard: bytes) -> dict[date, list[Paper]]:
    """Return a shard's papers by their days, with ids, titles, authors and summaries only."""
    editions = json.loads(shard)["editions"]
    return {
        date.fromisoformat(day): [
            Paper(
                paper["id"],
                paper["title"],
                authors=tuple(paper["authors"]),
                ai_summary=paper["summary"],
            )
            for paper in listed
        ]
        for day, listed in editions.items()
    }


def _read(first: date, body: bytes) -> dict[date, bytes]:
    """Return a shard's lines by their days, without reading the thousands of papers in them."""
    known = {date.fromisoformat(day.decode()): line for day, line in EDITION.findall(body)}
    of_the_month = all(day.replace(day=1) == first for day in known)
    if not of_the_month or _document(first, known) != body:
        raise ValueError("this is not the month's shard")
    return known


def _document(first: date, editions: Mapping[date, bytes]) -> bytes:
    """Return the shard of these lines as `lines.document` would write it."""
    head = (
        f'{{\n  "schema_version": {SCHEMA_VERSION},\n  "month": "{first:%Y-%m}",\n  "editions": {{'
    )
    rows = [f'\n    "{day}": '.encode() + editions[day] for day in sorted(editions)]
    end = b"\n  }\n}\n" if rows else b"}\n}\n"
    return head.encode() + b",".join(rows) + end


def _edition(edition: Edition) -> bytes:
    papers = sorted(edition.papers, key=lambda paper: paper.id, reverse=True)
    return lines.value([_paper(paper) for paper in papers]).encode()


def _paper(paper: Paper) -> dict[str, object]:
    organization = paper.organization
    return {
        "id": paper.id,
        "title": tex.shown(paper.title),
        "authors": paper.authors,
        "organization": (organization.fullname or organization.name) if organization else None,
        "summary": _summary(paper),
        "ai_keywords": paper.ai_keywords,
        "votes": paper.votes,
        "code": paper.code is not None,
    }


def _summary(paper: Paper) -> str | None:
    """Return the AI summary, or else the first sentence of the abstract."""
    if paper.ai_summary:
        return tex.shown(paper.ai_summary)
    return first_sentence(tex.shown(paper.abstract)) if paper.abstract else None
