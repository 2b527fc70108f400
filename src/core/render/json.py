"""Edition to JSON and back: schema version 1, the contract with everyone who fetches it.

The schema is `schema/edition.v1.json`. Absent values are null, absent lists empty; the order of
keys is fixed. Each value is on one line, so that two versions of a day can be compared by lines.
"""

from datetime import date, datetime

from core.edition.limits import check_edition
from core.edition.payload import read_organization
from core.model import links
from core.model.fields import FieldError, Fields, read_document
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.text import iso_utc
from core.render import lines

SCHEMA_VERSION = 1


def render(edition: Edition) -> bytes:
    """Return the edition as UTF-8 JSON."""
    head: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "date": str(edition.day),
        "source": str(edition.source),
        "source_url": links.day_page(edition.day),
        "updated_at": iso_utc(edition.updated_at) if edition.updated_at else None,
        "count": len(edition.papers),
    }
    if edition.withdrawn:
        head["withdrawn"] = edition.withdrawn
    papers = (_lines(_paper(paper, rank), 6) for rank, paper in enumerate(edition.papers, 1))
    body = ",\n".join(f"    {{\n{members}\n    }}" for members in papers)
    array = f"[\n{body}\n  ]" if body else "[]"
    return f'{{\n{_lines(head, 2)},\n  "papers": {array}\n}}\n'.encode()


def read(body: bytes) -> Edition:
    """Return the edition that `render` wrote.

    Raises `ValueError` when it is anything else, or beyond a limit of `core.edition.limits`.
    """
    document = read_document(body, "edition", SCHEMA_VERSION)
    papers = tuple(_read_paper(paper) for paper in document.objects("papers"))
    withdrawn = document.texts("withdrawn")
    if not papers and not withdrawn:
        raise FieldError("edition.papers", "is empty")
    updated_at = document.time("updated_at")
    edition = Edition(
        day=date.fromisoformat(document.required("date")),
        papers=papers,
        source=Origin(document.required("source")),
        withdrawn=withdrawn,
        updated_at=datetime.fromisoformat(updated_at) if updated_at else None,
    )
    check_edition(edition)
    return edition


def _lines(values: dict[str, object], indent: int) -> str:
    """Return an object's members, one a line."""
    margin = " " * indent
    return ",\n".join(f'{margin}"{key}": {lines.value(of)}' for key, of in values.items())


def _paper(paper: Paper, rank: int) -> dict[str, object]:
    return {
        "rank": rank,
        "id": paper.id,
        "title": paper.title,
        "abstract": paper.abstract,
        "ai_summary": paper.ai_summary,
        "ai_keywords": paper.ai_keywords,
        "authors": paper.authors,
        "author_count": paper.author_count,
        "organization": organization_as_json(paper.organization),
        "votes": paper.votes,
        "comments": paper.comments,
        "links": {
            "page": links.paper_page(paper.id),
            "abstract": links.abstract(paper.id),
            "pdf": links.pdf(paper.id),
            "code": paper.code,
            "project": paper.project,
        },
        "github_stars": paper.github_stars,
        "thumbnail": paper.thumbnail,
        "media": paper.media,
        "published_at": paper.published_at,
        "submitted_at": paper.submitted_at,
        "submitter": paper.submitter,
    }


def organization_as_json(organization: Organization | None) -> dict[str, str | None] | None:
    """Return an organisation's names, or None."""
    if organization is None:
        return None
    return {"name": organization.name, "fullname": organization.fullname}


def _read_paper(paper: Fields) -> Paper:
    addresses = paper.object("links")
    return Paper(
        id=paper.required("id"),
        title=paper.required("title"),
        abstract=paper.text("abstract"),
        ai_summary=paper.text("ai_summary"),
        ai_keywords=paper.texts("ai_keywords"),
        authors=paper.texts("authors"),
        author_count=paper.count("author_count"),
        organization=read_organization(paper),
        votes=paper.count("votes"),
        comments=paper.count("comments"),
        code=addresses.url("code"),
        project=addresses.url("project"),
        github_stars=paper.count("github_stars"),
        thumbnail=paper.url("thumbnail"),
        media=paper.urls("media"),
        published_at=paper.time("published_at"),
        submitted_at=paper.time("submitted_at"),
        submitter=paper.text("submitter"),
    )
