"""Month to JSON and back: its summary, and what the next edition needs to bring it up to date.

The schema is `schema/month.v1.json`. Each paper stands on one line.
"""

import json
from datetime import date, datetime
from functools import lru_cache

from core.edition.payload import read_organization
from core.edition.summary import summarize
from core.model.fields import FieldError, Fields
from core.model.month import Month, MonthEdition
from core.model.paper import Edition, Origin, Paper
from core.model.text import iso_utc
from core.render import lines
from core.render.json import organization_as_json

SCHEMA_VERSION = 1


def render(month: Month) -> bytes:
    """Return the month as UTF-8 JSON."""
    summary = summarize(month)
    head = {
        "schema_version": SCHEMA_VERSION,
        "month": f"{month.first:%Y-%m}",
        "days": summary.days,
        "count": summary.papers,
        "votes": summary.votes,
        "mean_votes": summary.mean,
    }
    top = [{"rank": rank} | _paper(paper) for rank, paper in enumerate(summary.top, 1)]
    keywords = [{"keyword": name, "count": count} for name, count in summary.keywords]
    organizations = [
        {"organization": name, "count": count} for name, count in summary.organizations
    ]
    return lines.document(
        {key: lines.value(value) for key, value in head.items()}
        | {
            "top": lines.array(map(lines.value, top), 4),
            "keywords": lines.array(map(lines.value, keywords), 4),
            "organizations": lines.array(map(lines.value, organizations), 4),
            "editions": lines.array(map(_edition, month.editions), 4),
        }
    )


# A run looks at the same bytes up to four times, 5 ms each at the end of a month.
@lru_cache(maxsize=4)
def read(body: bytes) -> Month:
    """Return the month that `render` wrote. Raises ValueError when it is anything else."""
    month = Fields(json.loads(body), "month")
    if month.count("schema_version") != SCHEMA_VERSION:
        raise FieldError("month.schema_version", f"is not {SCHEMA_VERSION}")
    first = date.fromisoformat(f"{month.required('month')}-01")
    return Month(first, tuple(map(_read_edition, month.objects("editions"))))


def _edition(entry: MonthEdition) -> str:
    """Return an edition as JSON, its papers one a line."""
    head = {
        "date": str(entry.edition.day),
        "source": str(entry.edition.source),
        "sha256": entry.digest,
        "updated_at": iso_utc(entry.updated_at),
        "raw": entry.raw,
        "vote_record_sha256": entry.record,
        "count": len(entry.edition.papers),
        "votes": sum(paper.votes or 0 for paper in entry.edition.papers),
    }
    papers = lines.array(map(lines.value, map(_paper, entry.edition.papers)), 6)
    return f'{lines.value(head)[:-1]}, "papers": {papers}}}'


def _paper(paper: Paper) -> dict[str, object]:
    return {
        "id": paper.id,
        "title": paper.title,
        "votes": paper.votes,
        "organization": organization_as_json(paper.organization),
        "ai_keywords": paper.ai_keywords,
    }


def _read_edition(entry: Fields) -> MonthEdition:
    papers = tuple(map(_read_paper, entry.objects("papers")))
    if not papers:
        raise FieldError("month.editions", "holds one without papers")
    day, source = date.fromisoformat(entry.required("date")), Origin(entry.required("source"))
    updated_at = datetime.fromisoformat(entry.time("updated_at") or entry.required("updated_at"))
    digest, raw = entry.required("sha256"), entry.texts("raw")
    record = entry.text("vote_record_sha256")
    return MonthEdition(Edition(day, papers, source), digest, updated_at, raw, record)


def _read_paper(paper: Fields) -> Paper:
    return Paper(
        id=paper.required("id"),
        title=paper.required("title"),
        ai_keywords=paper.texts("ai_keywords"),
        organization=read_organization(paper),
        votes=paper.count("votes"),
    )
