"""Values for the templates of pages: rows of papers, calendars, the geometry of charts."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from core.edition.ranking import comparable
from core.edition.vote_history import course, rising
from core.model import dates, links
from core.model.paper import Edition, Paper
from core.model.votes import VoteHistory

AUTHORS = 10
# In units of the charts' SVG.
LINE_WIDTH = 64
LINE_HEIGHT = 16
BAR_HEIGHT = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A paper as a page lists it.

    `authors` are the first ones, `others` the rest; `line` are the points of its votes over time,
    `votes` the first and the last of these; `rise` is how many places it has climbed.
    """

    rank: int
    paper: Paper
    organization: str | None
    authors: Sequence[str]
    others: Sequence[str]
    line: str
    votes: tuple[int, int] | None
    rise: int


def of_edition(edition: Edition) -> dict[str, object]:
    """Return the values above the papers of an edition, on its own page and on the home page."""
    return {
        "title": f"Hugging Face Daily Papers - {edition.day}",
        "description": "; ".join(paper.title for paper in edition.papers[:3])[:300],
        "edition": edition,
        "day": edition.day,
        "first": dates.first_of_month(edition.day),
        "total": sum(paper.votes or 0 for paper in edition.papers),
    }


def rows(edition: Edition, history: VoteHistory) -> list[Row]:
    """Return an edition's papers as pages list them."""
    found = rising(history)
    rises = {rise.paper_id: rise.places for rise in found.papers} if found else {}
    return [
        _row(rank, paper, course(history, paper.id), rises.get(paper.id, 0))
        for rank, paper in enumerate(edition.papers, 1)
    ]


def _row(rank: int, paper: Paper, votes: Sequence[tuple[datetime, int]], rise: int) -> Row:
    organization = paper.organization
    return Row(
        rank=rank,
        paper=paper,
        organization=(organization.fullname or organization.name) if organization else None,
        authors=paper.authors[:AUTHORS],
        others=paper.authors[AUTHORS:],
        line=vote_line(votes),
        votes=(votes[0][1], votes[-1][1]) if votes else None,
        rise=rise,
    )


def names(of: Sequence[str]) -> Markup:
    """Return names as HTML with commas between them.

    Each name that is not in ASCII is isolated: it may be written from right to left.
    """
    together = ", ".join(of)
    if together.isascii():
        return Markup.escape(together)
    isolated = Markup("<bdi>{}</bdi>")
    return Markup(", ").join(name if name.isascii() else isolated.format(name) for name in of)


def item_list(edition: Edition) -> Markup:
    """Return the edition as schema.org's ItemList, in JSON that is safe inside HTML.

    Source: https://schema.org/ItemList
    """
    items = [
        {"@type": "ListItem", "position": rank, "url": links.paper_page(paper.id)}
        for rank, paper in enumerate(edition.papers, 1)
    ]
    document = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": f"Hugging Face Daily Papers - {edition.day}",
        "numberOfItems": len(items),
        "itemListElement": items,
    }
    return htmlsafe_json_dumps(document, separators=(",", ":"))


def weeks(first: date) -> dict[str, object]:
    """Return a month's weeks, Monday first, with None for days of other months."""
    rows = calendar.Calendar().monthdatescalendar(first.year, first.month)
    shown = [[day if day.month == first.month else None for day in week] for week in rows]
    return {"month": f"{first:%Y-%m}", "rows": shown}


def best_days(editions: Sequence[Edition]) -> dict[str, date]:
    """Return the day on which each paper had most votes, by its id."""
    best: dict[str, tuple[int, date]] = {}
    for edition in editions:
        for paper in edition.papers:
            here = comparable(paper.votes), edition.day
            best[paper.id] = max(best.get(paper.id, here), here)
    return {paper: day for paper, (_, day) in best.items()}


def columns(editions: Sequence[Edition]) -> list[dict[str, object]]:
    """Return a month's days with their votes, and how high their bars are."""
    votes = [sum(paper.votes or 0 for paper in edition.papers) for edition in editions]
    return [
        {"day": edition.day, "papers": len(edition.papers), "votes": count, "height": height}
        for edition, count, height in zip(editions, votes, bar_heights(votes), strict=True)
    ]


def bars(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return names and counts with how long their bars are, in percent of the longest."""
    shares = _shares([count for _, count in counts], 100)
    return [(name, count, share) for (name, count), share in zip(counts, shares, strict=True)]


def vote_line(votes: Sequence[tuple[datetime, int]]) -> str:
    """Return the points of a paper's votes over time, as `1,15 32,8 63,1`.

    The line fills 64 by 16 units with a margin of one, from the least votes to the most. It is
    empty for fewer than two records.
    """
    if len(votes) < 2:
        return ""
    start = votes[0][0]
    end = votes[-1][0]
    counts = [count for _, count in votes]
    least = min(counts)
    span = (max(counts) - least) or 1
    points = (
        (
            1 + (LINE_WIDTH - 2) * ((at - start) / (end - start)),
            LINE_HEIGHT - 1 - (LINE_HEIGHT - 2) * (count - least) / span,
        )
        for at, count in votes
    )
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)


def bar_heights(counts: Sequence[int]) -> list[int]:
    """Return how high bars are for these counts, of 80 units; one above 0 is at least 1."""
    return _shares(counts, BAR_HEIGHT)


def _shares(counts: Sequence[int], whole: int) -> list[int]:
    most = max(counts, default=0)
    return [max(1, round(whole * count / most)) if count else 0 for count in counts]
