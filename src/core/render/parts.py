"""What pages show, worked out before a template writes it down."""

import calendar
import json
from collections.abc import Sequence
from datetime import date

from core import catalog, links
from core.models import Edition, Paper, VoteRecord
from core.ranking import comparable
from core.render import charts, escape
from core.render.words import Html
from core.votes import course, risers

AUTHORS = 10


def of_edition(edition: Edition, votes: VoteRecord) -> dict[str, object]:
    """Return what the page of an edition shows, and the home page too."""
    rise = risers(votes)
    return {
        "title": f"Hugging Face Daily Papers - {edition.day}",
        "description": "; ".join(paper.title for paper in edition.papers[:3])[:300],
        "edition": edition,
        "day": edition.day,
        "first": catalog.first_of_month(edition.day),
        "total": sum(paper.votes or 0 for paper in edition.papers),
        "rows": [_row(paper, votes, rise.get(paper.id, 0)) for paper in edition.papers],
        "item_list": _item_list(edition),
    }


def _row(paper: Paper, votes: VoteRecord, rise: int) -> dict[str, object]:
    """Return a paper with what its place on a page shows beside it."""
    organization, counts = paper.organization, course(votes, paper.id)
    return {
        "paper": paper,
        "organization": organization and (organization.fullname or organization.name),
        "authors": paper.authors[:AUTHORS],
        "others": paper.authors[AUTHORS:],
        "course": [count for _, count in counts],
        "line": charts.line(counts),
        "rise": rise,
    }


def _item_list(edition: Edition) -> Html:
    """Return the edition as schema.org's ItemList, in JSON that HTML cannot mistake for its own.

    Source: https://schema.org/ItemList
    """
    items = [
        {
            "@type": "ListItem",
            "position": rank,
            "url": links.paper_page(paper.id),
        }
        for rank, paper in enumerate(edition.papers, 1)
    ]
    document = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": f"Hugging Face Daily Papers - {edition.day}",
        "numberOfItems": len(items),
        "itemListElement": items,
    }
    return Html(
        escape.json_in_html(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    )


def weeks(first: date) -> dict[str, object]:
    """Return a month's weeks, Monday first, with None for days of other months."""
    rows = calendar.Calendar().monthdatescalendar(first.year, first.month)
    shown = [[day if day.month == first.month else None for day in week] for week in rows]
    return {"month": f"{first:%Y-%m}", "rows": shown}


def places(editions: Sequence[Edition]) -> dict[str, date]:
    """Return the day on which each paper had most votes, by id."""
    best: dict[str, tuple[int, date]] = {}
    for edition in editions:
        for paper in edition.papers:
            there = comparable(paper.votes), edition.day
            best[paper.id] = max(best.get(paper.id, there), there)
    return {paper: day for paper, (_, day) in best.items()}


def columns(editions: Sequence[Edition]) -> list[dict[str, object]]:
    """Return a month's days with their votes, and how high their bars are."""
    votes = [sum(paper.votes or 0 for paper in edition.papers) for edition in editions]
    return [
        {"day": edition.day, "papers": len(edition.papers), "votes": count, "height": height}
        for edition, count, height in zip(editions, votes, charts.heights(votes), strict=True)
    ]


def bars(names: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return names and counts with how long their bars are, in percent."""
    shares = charts.shares([count for _, count in names])
    return [(name, count, share) for (name, count), share in zip(names, shares, strict=True)]
