"""What pages show, worked out before a template writes it down."""

import calendar
import json
from collections.abc import Sequence
from datetime import date

from core.edition.ranking import comparable
from core.edition.vote_history import course, risers
from core.model import dates, links
from core.model.paper import Edition, Paper
from core.model.votes import VoteRecord
from core.render import charts, escape
from core.render.templates import escaped
from core.render.words import Html

AUTHORS = 10


Row = tuple[int, Paper, str | None, Sequence[str], Sequence[str], Sequence[int], str, int]
"""A paper as a page lists it, for a template to unpack: it reads names much faster than fields.

Its rank, itself, its organisation, its first authors and the others, its votes over time and their
chart, and how many places it climbed.
"""


def of_edition(edition: Edition) -> dict[str, object]:
    """Return what the page of an edition shows above its papers, and the home page too."""
    return {
        "title": f"Hugging Face Daily Papers - {edition.day}",
        "description": "; ".join(paper.title for paper in edition.papers[:3])[:300],
        "edition": edition,
        "day": edition.day,
        "first": dates.first_of_month(edition.day),
        "total": sum(paper.votes or 0 for paper in edition.papers),
    }


def rows(edition: Edition, votes: VoteRecord) -> list[Row]:
    """Return an edition's papers as pages list them."""
    rise = risers(votes)
    return [
        _row(rank, paper, votes, rise.get(paper.id, 0))
        for rank, paper in enumerate(edition.papers, 1)
    ]


def _row(rank: int, paper: Paper, votes: VoteRecord, rise: int) -> Row:
    organization, counts = paper.organization, course(votes, paper.id)
    name = (organization.fullname or organization.name) if organization else None
    authors, others = paper.authors[:AUTHORS], paper.authors[AUTHORS:]
    course_of_votes = [count for _, count in counts]
    return rank, paper, name, authors, others, course_of_votes, charts.line(counts), rise


def names(of: Sequence[str]) -> str:
    """Return names with commas between them, for a template to escape what is no HTML yet.

    A name may be written from right to left, or hold what turns text around: not the names beside
    it. That is not so in ASCII, as most lists of authors are.
    """
    together = ", ".join(of)
    if together.isascii():
        return together
    html = map(escaped, of)
    return Html(", ".join(name if name.isascii() else f"<bdi>{name}</bdi>" for name in html))


def item_list(edition: Edition) -> Html:
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
