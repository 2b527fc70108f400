"""Values for the templates of pages: rows of papers, calendars, the geometry of charts."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from core.edition.ranking import comparable
from core.edition.vote_history import MOST_RISING, course
from core.model import links
from core.model.paper import Edition, Paper
from core.model.topic import Reason, TopicPaper
from core.model.votes import Rise, Rising, VoteHistory
from core.render import bibtex, citation, paper_texts, tex
from core.render.sentences import first_sentence

# Papers with a summary on the home page: the lead and five more.
SUMMARIES = 6
AUTHORS = 6
# The one host of all thumbnails in the recorded answers. The pages' policy allows no other, so that
# a thumbnail from elsewhere is not shown. The policies in `template.yaml` and of `paperboy serve`
# name it, too.
IMAGE_HOST = "cdn-thumbnails.huggingface.co"
# In units of the charts' SVG.
LINE_WIDTH = 64
LINE_HEIGHT = 16
BAR_HEIGHT = 80
# In a topic's chart.
MONTHS = 12
# Why a paper has a topic: the most terms that are named.
MOST_TERMS = 4


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic's id, and its title in all languages as HTML."""

    id: str
    title: Markup


TopicLinks = Mapping[str, Sequence[TopicLink]]
"""The topics of papers by the papers' ids."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paper as one line, with its title and organisation as they are shown.

    `coins` is its citation in COinS. It is empty on pages of weeks and months, which have no
    authors: a citation without them would be wrong. `topics` are those that it has.
    """

    rank: int
    paper: Paper
    title: str
    organization: str | None
    rise: Rise | None
    coins: str
    topics: Sequence[TopicLink]


@dataclass(frozen=True, slots=True)
class Row(Line):
    """A paper as a page shows it in full.

    `summary` is its AI summary, or the first sentence of its abstract. `authors` are the first
    ones, `others` the rest. `line` are the points of its votes over time, `votes` the first and the
    last of these. `bibtex` is the key of its BibTeX entry.
    """

    summary: str
    abstract: str
    authors: tuple[str, ...]
    others: tuple[str, ...]
    line: str
    votes: tuple[int, int] | None
    bibtex: str


@dataclass(frozen=True, slots=True)
class Gain:
    """A paper that rises: its edition's day, its title as shown, its rise, and since when.

    `is_of_page` is whether `since` is on the page's own day.
    """

    day: date
    title: str
    rise: Rise
    since: datetime
    is_of_page: bool


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A paper on a topic's page.

    `terms` are the first terms that matched, each with the fields where it did; `others` is how
    many more matched.
    """

    rank: int
    paper: Paper
    title: str
    organization: str | None
    summary: str
    terms: Sequence[tuple[str, Sequence[str]]]
    others: int


def of_edition(edition: Edition) -> dict[str, object]:
    """Return the values above the papers of an edition, on its own page and on the home page."""
    return {
        "title": f"Hugging Face Daily Papers - {edition.day}",
        "description": "; ".join(tex.shown(paper.title) for paper in edition.papers[:3])[:300],
        "edition": edition,
        "day": edition.day,
        "total": sum(paper.votes or 0 for paper in edition.papers),
    }


def rows(
    papers: Sequence[Paper], history: VoteHistory, found: Rising | None, topics: TopicLinks
) -> list[Row]:
    """Return the first papers of an edition as a page shows them in full."""
    rises = _rises(found)
    return [
        _row(
            rank,
            paper,
            course(history, paper.id),
            rises.get(paper.id),
            topics.get(paper.id, ()),
        )
        for rank, paper in enumerate(papers, 1)
    ]


def lines(
    papers: Sequence[Paper], start: int, found: Rising | None, topics: TopicLinks
) -> list[Line]:
    """Return papers as lines, the first of them with rank `start`."""
    rises = _rises(found)
    return [
        Line(
            rank,
            paper,
            tex.shown(paper.title),
            organization(paper),
            rises.get(paper.id),
            citation.coins(paper) if paper.authors else "",
            topics.get(paper.id, ()),
        )
        for rank, paper in enumerate(papers, start)
    ]


def topic_days(papers: Sequence[TopicPaper]) -> list[tuple[date, list[TopicLine]]]:
    """Return the papers of a topic by day, the newest day first, and by rank within a day."""
    newest = sorted(papers, key=lambda one: (-one.day.toordinal(), one.rank))
    return [
        (day, list(map(_topic_line, of_day)))
        for day, of_day in groupby(newest, lambda one: one.day)
    ]


def gains(found: Sequence[tuple[Edition, Rising]], day: date) -> list[Gain]:
    """Return the papers that gained most votes in all these editions, each once.

    `day` is the page's.
    """
    rises = [
        _gain(rising, rise, paper, day)
        for edition, rising in found
        for rise in rising.papers
        for paper in edition.papers
        if paper.id == rise.paper_id
    ]
    rises.sort(key=lambda one: one.rise.votes, reverse=True)
    once: dict[str, Gain] = {}
    for one in rises:
        once.setdefault(one.rise.paper_id, one)
    return list(once.values())[:MOST_RISING]


def organization(paper: Paper) -> str | None:
    """Return the name of a paper's organisation."""
    known = paper.organization
    return (known.fullname or known.name) if known else None


def is_picture(url: str | None) -> bool:
    """Return whether the pages' policy allows a picture: it comes from the source's own host."""
    return url is not None and url.startswith(f"https://{IMAGE_HOST}/")


def _rises(found: Rising | None) -> dict[str, Rise]:
    return {rise.paper_id: rise for rise in found.papers} if found else {}


def _gain(rising: Rising, rise: Rise, paper: Paper, day: date) -> Gain:
    since = rising.since.astimezone(UTC)
    return Gain(rising.day, tex.shown(paper.title), rise, since, since.date() == day)


def _topic_line(one: TopicPaper) -> TopicLine:
    paper = one.paper
    terms = _terms(one.reasons)
    return TopicLine(
        rank=one.rank,
        paper=paper,
        title=paper.title or paper.id,
        organization=organization(paper),
        summary=paper.ai_summary or "",
        terms=terms[:MOST_TERMS],
        others=len(terms[MOST_TERMS:]),
    )


def _terms(reasons: Sequence[Reason]) -> list[tuple[str, Sequence[str]]]:
    """Return each term that matched, with its fields."""
    fields: dict[str, list[str]] = {}
    for reason in reasons:
        fields.setdefault(paper_texts.plain(reason.term), []).append(reason.field)
    return [(term, tuple(dict.fromkeys(found))) for term, found in fields.items()]


def _row(
    rank: int,
    paper: Paper,
    votes: Sequence[tuple[datetime, int]],
    rise: Rise | None,
    topics: Sequence[TopicLink],
) -> Row:
    abstract = tex.shown(paper.abstract or "")
    authors = tuple(map(tex.shown, paper.authors))
    title = tex.shown(paper.title)
    return Row(
        rank=rank,
        paper=paper,
        title=title,
        organization=organization(paper),
        rise=rise,
        summary=tex.shown(paper.ai_summary) if paper.ai_summary else first_sentence(abstract),
        abstract=abstract,
        authors=authors[:AUTHORS],
        others=authors[AUTHORS:],
        line=vote_line(votes),
        votes=(votes[0][1], votes[-1][1]) if votes else None,
        bibtex=bibtex.key(replace(paper, title=title)),
        coins=citation.coins(paper),
        topics=topics,
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
    """Return a month's weeks: the Monday of each, and its days, None for those of other months."""
    rows = calendar.Calendar().monthdatescalendar(first.year, first.month)
    shown = [
        (week[0], [day if day.month == first.month else None for day in week]) for week in rows
    ]
    return {"first": first, "rows": shown}


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


def months(counts: Mapping[date, int], newest: date) -> list[dict[str, object]]:
    """Return the twelve months up to a day with their papers, and how high their bars are."""
    last = newest.year * 12 + newest.month - 1
    firsts = [date(month // 12, month % 12 + 1, 1) for month in range(last - MONTHS + 1, last + 1)]
    papers = [counts.get(first, 0) for first in firsts]
    return [
        {"first": first, "papers": count, "height": height}
        for first, count, height in zip(firsts, papers, bar_heights(papers), strict=True)
    ]


def bars(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return names and counts with how long their bars are, in percent of the longest."""
    shares = _shares([count for _, count in counts], 100)
    return [(name, count, share) for (name, count), share in zip(counts, shares, strict=True)]


def vote_line(votes: Sequence[tuple[datetime, int]]) -> str:
    """Return the points of a paper's votes over time, as `1,15 32,8 63,1`.

    The line fills 64 by 16 units with a margin of one, from the least votes to the most. It is
    empty for fewer than three records: two are told by a number.
    """
    if len(votes) < 3:
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
