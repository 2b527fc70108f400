"""The part of a month that is searched in the browser: a shard of JSON, an edition a line.

The schema is `schema/search.v1.json`. A shard holds no votes, and papers stand in the order of
their ids, so that it changes only when papers do.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from core.model.paper import Edition, Paper
from core.render import lines

SCHEMA_VERSION = 1
EDITION = re.compile(r'^    "(\d{4}-\d\d-\d\d)": (\[.*\]),?$', re.MULTILINE)

Shard = Mapping[str, str]
"""A month's editions, as JSON by their days."""


def render(first: date, shard: Shard) -> bytes:
    """Return the shard of the month that begins on `first`, as UTF-8 JSON."""
    return lines.document(
        {
            "schema_version": lines.value(SCHEMA_VERSION),
            "month": lines.value(f"{first:%Y-%m}"),
            "editions": lines.mapping(dict(sorted(shard.items())), 4),
        }
    )


def read(first: date, body: bytes) -> Shard:
    """Return the shard that `render` wrote, without reading its papers: there may be thousands.

    Raises ValueError when it is anything else.
    """
    shard = dict(EDITION.findall(body.decode()))
    of_the_month = all(day.startswith(f"{first:%Y-%m}-") for day in shard)
    if not of_the_month or render(first, shard) != body:
        raise ValueError("this is not the month's shard")
    return shard


def with_editions(shard: Shard, editions: Iterable[Edition]) -> Shard:
    """Return the shard with these editions in it."""
    return {**shard, **{str(edition.day): _edition(edition) for edition in editions}}


def _edition(edition: Edition) -> str:
    papers = sorted(edition.papers, key=lambda paper: paper.id, reverse=True)
    return lines.value([_paper(paper) for paper in papers])


def _paper(paper: Paper) -> dict[str, object]:
    organization = paper.organization
    return {
        "id": paper.id,
        "title": paper.title,
        "authors": paper.authors,
        "organization": (organization.fullname or organization.name) if organization else None,
        "ai_summary": paper.ai_summary,
        "ai_keywords": paper.ai_keywords,
    }
