"""The catalog for programs: the root index and the months' indexes, to JSON and back.

The schemas are `schema/index.v1.json` and `schema/month-index.v1.json`. Each month, and each
edition, stands on one line.
"""

import json
from datetime import date

from core.archive import catalog
from core.model import keys
from core.model.fields import FieldError, Fields
from core.model.month import Month, MonthEdition, MonthSpan, Neighbours, RootIndex
from core.model.text import iso_utc
from core.render import lines

SCHEMA_VERSION = 1


def render_root(root: RootIndex) -> bytes:
    """Return the root index, of at least one month, as UTF-8 JSON."""
    newest = root.months[-1].newest
    latest = {
        "date": str(newest),
        "json": keys.edition_json(newest),
        "page": keys.edition_page(newest),
    }
    return lines.document(
        {
            "schema_version": lines.value(SCHEMA_VERSION),
            "latest": lines.value(latest),
            "months": lines.array((lines.value(_span(span)) for span in root.months), 4),
            "files": lines.array(map(lines.value, root.files), 4),
            "release": lines.value(root.release),
        }
    )


def read_root(body: bytes) -> RootIndex:
    """Return the root index that `render_root` wrote. Raises ValueError when it is no such."""
    root = _document(body, "index")
    spans = tuple(map(_read_span, root.objects("months")))
    return RootIndex(spans, root.texts("files"), root.text("release") or "")


def render_month(month: Month, edges: Neighbours) -> bytes:
    """Return a month's index; the edges are the nearest editions of the months around it."""
    first = month.first
    head = {
        "schema_version": SCHEMA_VERSION,
        "month": f"{first:%Y-%m}",
        "previous": edges.previous and str(edges.previous),
        "next": edges.next and str(edges.next),
        "json": keys.month_json(first),
        "post": keys.month_post(first),
        "page": keys.month_page(first),
        "search": keys.search_shard(first),
        "sitemap": keys.month_sitemap(first),
        "papers": keys.dataset_papers(first),
        "votes": keys.dataset_votes(first),
    }
    editions = (lines.value(_edition(entry)) for entry in month.editions)
    return lines.document(
        {key: lines.value(of) for key, of in head.items()} | {"editions": lines.array(editions, 4)}
    )


def read_links(body: bytes) -> dict[date, Neighbours]:
    """Return the editions that a month's index lists, oldest first, each with its neighbours.

    Raises ValueError when it is no index that `render_month` wrote.
    """
    index = _document(body, "index")
    days = [date.fromisoformat(entry.required("date")) for entry in index.objects("editions")]
    around = (index.text(key) for key in ("previous", "next"))
    edges = Neighbours(*(date.fromisoformat(day) if day else None for day in around))
    return catalog.links(days, edges)


def read_digests(body: bytes) -> dict[date, tuple[str, str | None]]:
    """Return the digests of the editions that a month's index lists, and of their vote records.

    Raises ValueError likewise.
    """
    return {
        date.fromisoformat(one.required("date")): (
            one.required("sha256"),
            one.text("vote_record_sha256"),
        )
        for one in _document(body, "index").objects("editions")
    }


def _document(body: bytes, name: str) -> Fields:
    document = Fields(json.loads(body), name)
    if document.count("schema_version") != SCHEMA_VERSION:
        raise FieldError(f"{name}.schema_version", f"is not {SCHEMA_VERSION}")
    return document


def _span(span: MonthSpan) -> dict[str, object]:
    return {
        "month": f"{span.first:%Y-%m}",
        "first": str(span.oldest),
        "last": str(span.newest),
        "editions": span.editions,
        "index": keys.month_index(span.first),
        "page": keys.month_page(span.first),
        "search": keys.search_shard(span.first),
    }


def _read_span(month: Fields) -> MonthSpan:
    return MonthSpan(
        date.fromisoformat(f"{month.required('month')}-01"),
        date.fromisoformat(month.required("first")),
        date.fromisoformat(month.required("last")),
        month.count("editions") or 0,
    )


def _edition(entry: MonthEdition) -> dict[str, object]:
    edition = entry.edition
    top = edition.papers[0]
    return {
        "date": str(edition.day),
        "source": str(edition.source),
        "count": len(edition.papers),
        "votes": sum(paper.votes or 0 for paper in edition.papers),
        "top": {"id": top.id, "title": top.title, "votes": top.votes},
        "updated_at": iso_utc(entry.updated_at),
        "json": keys.edition_json(edition.day),
        "sha256": entry.digest,
        "post": keys.edition_post(edition.day),
        "page": keys.edition_page(edition.day),
        "vote_record": keys.vote_record(edition.day),
        "vote_record_sha256": entry.record,
        "raw": entry.raw[-1] if entry.raw else None,
        "earlier_raw": entry.raw[:-1],
    }
