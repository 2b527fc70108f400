"""Short ways to make papers, editions, months, vote histories and answers of the API."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from core.archive.state import in_brief
from core.model import dates
from core.model.paper import Edition, Organization, Paper
from core.model.period import Kind, MonthEdition, Period
from core.model.votes import VoteHistory

DAY = date(2025, 12, 24)
NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)


def paper(number: int = 1, **changes: object) -> Paper:
    """Return a paper with everything; `number` makes its id, title and votes its own."""
    whole = Paper(
        id=f"2512.{number:05}",
        title=f"Paper {number}",
        abstract=f"What paper {number} says.",
        ai_summary="A sentence.",
        ai_keywords=("one", "two"),
        authors=("Ada", "Grace"),
        author_count=2,
        organization=Organization("lab", "The Lab"),
        votes=number,
        comments=1,
        code="https://github.com/lab/code",
        project="https://lab.example/",
        github_stars=5,
        thumbnail="https://cdn.example/1.png",
        media=("https://cdn.example/1.mp4",),
        published_at="2025-12-23T00:00:00.000Z",
        submitted_at="2025-12-24T00:00:00.000Z",
        submitter="ada",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def edition(*papers: Paper, day: date = DAY, updated_at: datetime | None = None) -> Edition:
    """Return an edition of these papers, in this order."""
    return Edition(day, papers, updated_at=updated_at)


def history(
    *votes: Mapping[str, int | None], day: date = DAY, start: datetime = NOW
) -> VoteHistory:
    """Return a vote history with these records, an hour apart."""
    records = ((start + timedelta(hours=number), one) for number, one in enumerate(votes))
    return VoteHistory(day, tuple(records))


def month(*editions: Edition, published_at: datetime | None = NOW) -> Period:
    """Return the month of these editions, in brief as states have them; digests are numbers."""
    first = editions[0].day.replace(day=1)
    entries = (
        MonthEdition(in_brief(one), f"{number:064x}", published_at=published_at)
        for number, one in enumerate(editions)
    )
    return Period(Kind.MONTH, first, tuple(entries))


def week(*editions: Edition, published_at: datetime | None = NOW) -> Period:
    """Return the week of these editions; their digests are numbers."""
    entries = month(*editions, published_at=published_at).editions
    return Period(Kind.WEEK, dates.monday_of(editions[0].day), entries)


def entry(number: int = 1, **paper_changes: object) -> dict[str, object]:
    """Return an entry of the API that has what every shape has; None removes a field."""
    fields: dict[str, object] = {
        "id": f"2512.{number:05}",
        "title": f"Paper {number}",
        "summary": f"What paper {number} says.",
        "authors": [{"name": "Ada", "hidden": False}],
        "upvotes": number,
        "publishedAt": "2025-12-23T00:00:00.000Z",
    } | paper_changes
    return {"paper": {key: value for key, value in fields.items() if value is not None}}


def answer(*entries: object) -> bytes:
    """Return the body of an answer that holds these entries."""
    return json.dumps(entries).encode()
