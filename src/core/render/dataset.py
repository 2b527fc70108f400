"""The data set: an edition's papers as rows for Athena, DuckDB and the like.

`docs/dataset.md` describes the columns. There is no file for votes over time: the table of votes
reads the vote histories.
"""

from datetime import UTC, datetime

from core.edition.raw import packed
from core.model.paper import Edition, Organization, Paper
from core.render import lines

# Some readers take these for the end of a line, though JSON need not escape them.
LINE_ENDS = {end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


def papers(edition: Edition) -> bytes:
    """Return an edition as JSON lines in UTF-8, gzipped: a row a paper, by rank."""
    rows = (_row(edition, paper, rank) for rank, paper in enumerate(edition.papers, 1))
    text = "".join(f"{lines.value(row)}\n" for row in rows)
    for end, escaped in LINE_ENDS.items():
        text = text.replace(end, escaped)
    return packed(text.encode())


def _row(edition: Edition, paper: Paper, rank: int) -> dict[str, object]:
    organization = paper.organization or Organization(None, None)
    return {
        "date": str(edition.day),
        "rank": rank,
        "id": paper.id,
        "title": paper.title,
        "abstract": paper.abstract,
        "ai_summary": paper.ai_summary,
        "ai_keywords": paper.ai_keywords,
        "authors": paper.authors,
        "author_count": paper.author_count,
        "organization": organization.fullname or organization.name,
        "organization_name": organization.name,
        "organization_fullname": organization.fullname,
        "votes": paper.votes,
        "comments": paper.comments,
        "code": paper.code,
        "project": paper.project,
        "github_stars": paper.github_stars,
        "thumbnail": paper.thumbnail,
        "published_at": _time(paper.published_at),
        "submitted_at": _time(paper.submitted_at),
        "submitter": paper.submitter,
        "source": str(edition.source),
    }


def _time(iso: str | None) -> str | None:
    """Return a time as Athena reads it: in UTC, without a zone."""
    if not iso:
        return None
    moment = datetime.fromisoformat(iso)
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.replace(tzinfo=None).isoformat(" ", "milliseconds")
