"""Week or month to JSON: the public catalog of its editions, and their sums.

The schemas are `schema/week.v1.json` and `schema/month.v1.json`. Each edition is on one line.
"""

from core.edition.summary import summarize
from core.model import keys
from core.model.paper import Paper
from core.model.period import Kind, MonthEdition, Period
from core.model.text import iso_utc
from core.render import lines
from core.render.json import organization_as_json

SCHEMA_VERSION = 1


def render(period: Period) -> bytes:
    """Return the week or month as UTF-8 JSON; editions that are not shown are left out."""
    summary = summarize(period)
    head = {
        "schema_version": SCHEMA_VERSION,
        **_names(period),
        "days": summary.days,
        "count": summary.papers,
        "votes": summary.votes,
        "mean_votes": summary.mean,
    }
    tables = {
        "top": [_paper(paper, rank) for rank, paper in enumerate(summary.top, 1)],
        "keywords": [{"keyword": name, "count": count} for name, count in summary.keywords],
        "organizations": [
            {"organization": name, "count": count} for name, count in summary.organizations
        ],
        "editions": [_edition(entry) for entry in period.editions if entry.is_shown],
    }
    return lines.document(
        {key: lines.value(value) for key, value in head.items()}
        | {key: lines.array(map(lines.value, rows), 4) for key, rows in tables.items()}
    )


def objects(period: Period) -> dict[str, str]:
    """Return the keys of the period's objects by what they are."""
    first = period.first
    if period.kind == Kind.WEEK:
        return {
            "json": keys.week_json(first),
            "post": keys.week_post(first),
            "page": keys.week_page(first),
            "bibtex": keys.week_bibtex(first),
        }
    return {
        "json": keys.month_json(first),
        "post": keys.month_post(first),
        "page": keys.month_page(first),
        "bibtex": keys.month_bibtex(first),
        "search": keys.search_shard(first),
    }


def _names(period: Period) -> dict[str, str]:
    """Return the name of the period and the keys of its other objects."""
    others = {what: key for what, key in objects(period).items() if what != "json"}
    if period.kind == Kind.MONTH:
        return {"month": period.name, **others}
    return {
        "week": period.name,
        "first": str(period.first),
        "last": str(period.last),
        **others,
    }


def _paper(paper: Paper, rank: int) -> dict[str, object]:
    return {
        "rank": rank,
        "id": paper.id,
        "title": paper.title,
        "votes": paper.votes,
        "organization": organization_as_json(paper.organization),
        "ai_keywords": paper.ai_keywords,
    }


def _edition(entry: MonthEdition) -> dict[str, object]:
    edition = entry.edition
    top = edition.papers[0]
    return {
        "date": str(edition.day),
        "source": str(edition.source),
        "count": len(edition.papers),
        "votes": sum(paper.votes or 0 for paper in edition.papers),
        "top": {"id": top.id, "title": top.title, "votes": top.votes},
        "updated_at": iso_utc(edition.updated_at) if edition.updated_at else None,
        "json": keys.edition_json(edition.day),
        "sha256": entry.digest,
        "post": keys.edition_post(edition.day),
        "page": keys.edition_page(edition.day),
        "vote_history": keys.vote_history(edition.day),
        "vote_history_sha256": entry.history_digest or None,
        "papers": keys.dataset_papers(edition.day),
        "raw": entry.raw,
    }
