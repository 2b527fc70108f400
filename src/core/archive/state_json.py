"""The JSON of the archive's state, which only Paperboy writes and reads."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from core.archive.state import Lease, Manifest, ManifestEntry, MonthState, Root, RootMonth
from core.model.fields import Fields
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.period import MonthEdition
from core.model.report import Totals
from core.model.text import iso_utc
from core.model.topic import Match, Newest, Reason, TopicPaper
from core.model.votes import Rise, Rising
from core.render import json as edition_json

SCHEMA_VERSION = 1

Json = Any
"""A value of a JSON document; another shape than the one that Paperboy writes is an error."""


def render_root(root: Root) -> bytes:
    """Return the root state as UTF-8 JSON."""
    lease = root.lease
    document = {
        "schema_version": SCHEMA_VERSION,
        "serial": root.serial,
        "lease": {
            "token": lease.token,
            "until": lease.until,
            "days": list(map(str, lease.days)),
            "holder": lease.holder,
        }
        if lease
        else None,
        "release": root.release,
        "months": [
            {
                "month": f"{month.first:%Y-%m}",
                "first": str(month.oldest),
                "last": str(month.newest),
                "editions": month.editions,
                "etag": month.etag,
                "totals": _totals(month.totals),
                **({"topics": month.topics} if month.topics else {}),
            }
            for month in root.months
        ],
        "manifest": _manifest(root.manifest),
    }
    return _document(document)


def read_root(body: bytes) -> Root:
    """Return the root that `render_root` wrote. Raises ValueError when it is anything else."""
    try:
        document = _load(body)
        lease = document["lease"]
        return Root(
            serial=_count(document, "serial"),
            lease=Lease(
                str(lease["token"]),
                float(lease["until"]),
                tuple(map(date.fromisoformat, lease["days"])),
                str(lease["holder"]),
            )
            if lease
            else None,
            release=str(document["release"]),
            months=tuple(
                RootMonth(
                    date.fromisoformat(f"{month['month']}-01"),
                    date.fromisoformat(month["first"]),
                    date.fromisoformat(month["last"]),
                    _count(month, "editions"),
                    str(month["etag"]),
                    _read_totals(month["totals"]),
                    {
                        str(topic): tuple(map(int, days))
                        for topic, days in month.get("topics", {}).items()
                    },
                )
                for month in document["months"]
            ),
            manifest=_read_manifest(document["manifest"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"this is not the root state: {error!r}") from error


def render_month(month: MonthState) -> bytes:
    """Return a month's state as UTF-8 JSON."""
    return _document(
        {
            "schema_version": SCHEMA_VERSION,
            "month": f"{month.first:%Y-%m}",
            "release": month.release,
            "post_blob": month.post_blob,
            "totals": _totals(month.totals),
            "editions": list(map(_edition, month.editions)),
            "manifest": _manifest(month.manifest),
        }
    )


def read_month(body: bytes, first: date) -> MonthState:
    """Return the state of this month that `render_month` wrote. Raises like `read_root`."""
    try:
        document = _load(body)
        if document["month"] != f"{first:%Y-%m}":
            raise ValueError(f"this is the state of {document['month']}")
        return MonthState(
            first,
            tuple(map(_read_edition, document["editions"])),
            str(document["release"]),
            str(document["post_blob"]),
            _read_totals(document["totals"]),
            _read_manifest(document["manifest"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is not the state of {first:%Y-%m}: {error!r}") from error


def _document(document: Mapping[str, object]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _load(body: bytes) -> dict[str, Json]:
    document: dict[str, Json] = json.loads(body)
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version is not {SCHEMA_VERSION}")
    return document


def _count(values: Json, key: str) -> int:
    count = Fields(values, "state").count(key)
    if count is None:
        raise ValueError(f"{key} is missing")
    return count


def _manifest(manifest: Manifest) -> dict[str, dict[str, str]]:
    return {
        key: {"sha256": entry.digest, "etag": entry.etag} for key, entry in sorted(manifest.items())
    }


def _read_manifest(document: Json) -> Manifest:
    return {
        key: ManifestEntry(str(entry["sha256"]), str(entry["etag"]))
        for key, entry in document.items()
    }


def _edition(entry: MonthEdition) -> dict[str, object]:
    edition = entry.edition
    return {
        "date": str(edition.day),
        "source": str(edition.source),
        "withdrawn": edition.withdrawn,
        "updated_at": _iso(edition.updated_at),
        "published_at": _iso(entry.published_at),
        "sha256": entry.digest,
        "etag": entry.etag,
        "history_sha256": entry.history_digest,
        "history_etag": entry.history_etag,
        "rising": _rising(entry.rising),
        "overnight": _rising(entry.overnight),
        "raw": entry.raw,
        "post_blob": entry.post_blob,
        "topics": {
            paper: {match.topic: _reasons(match.reasons) for match in matches}
            for paper, matches in entry.topics.items()
        },
        "papers": list(map(_paper, edition.papers)),
    }


def _read_edition(entry: Json) -> MonthEdition:
    return MonthEdition(
        edition=Edition(
            date.fromisoformat(entry["date"]),
            tuple(map(_read_paper, entry["papers"])),
            Origin(entry["source"]),
            tuple(entry["withdrawn"]),
            _time(entry["updated_at"]),
        ),
        digest=str(entry["sha256"]),
        etag=str(entry["etag"]),
        history_digest=str(entry["history_sha256"]),
        history_etag=str(entry["history_etag"]),
        published_at=_time(entry["published_at"]),
        rising=_read_rising(entry["rising"], entry["date"]),
        overnight=_read_rising(entry["overnight"], entry["date"]),
        raw=tuple(entry["raw"]),
        post_blob=str(entry["post_blob"]),
        topics={
            str(paper): tuple(
                Match(topic, _read_reasons(reasons)) for topic, reasons in matches.items()
            )
            for paper, matches in entry["topics"].items()
        },
    )


def render_newest(newest: Newest) -> bytes:
    """Return the newest papers of topics as UTF-8 JSON."""
    topics = {topic: list(map(_topic_paper, papers)) for topic, papers in newest.items()}
    return _document({"schema_version": SCHEMA_VERSION, "topics": topics})


def read_newest(body: bytes) -> dict[str, tuple[TopicPaper, ...]]:
    """Return the newest papers that `render_newest` wrote. Raises like `read_root`."""
    try:
        topics = _load(body)["topics"]
        return {topic: tuple(map(_read_topic_paper, papers)) for topic, papers in topics.items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"these are not the newest papers of topics: {error!r}") from error


def _topic_paper(one: TopicPaper) -> dict[str, object]:
    return {
        "date": str(one.day),
        "rank": one.rank,
        "published_at": iso_utc(one.published_at),
        "reasons": _reasons(one.reasons),
        "authors": one.paper.authors,
        "summary": one.paper.ai_summary,
        **_paper(one.paper),
    }


def _read_topic_paper(one: Json) -> TopicPaper:
    return TopicPaper(
        date.fromisoformat(one["date"]),
        int(one["rank"]),
        replace(_read_paper(one), authors=tuple(one["authors"]), ai_summary=one["summary"]),
        _read_reasons(one["reasons"]),
        datetime.fromisoformat(one["published_at"]),
    )


def _reasons(reasons: Iterable[Reason]) -> list[tuple[str, str]]:
    return [(reason.term, reason.field) for reason in reasons]


def _read_reasons(reasons: Json) -> tuple[Reason, ...]:
    return tuple(Reason(str(term), str(field)) for term, field in reasons)


def _paper(paper: Paper) -> dict[str, object]:
    return {
        "id": paper.id,
        "title": paper.title,
        "votes": paper.votes,
        "organization": edition_json.organization_as_json(paper.organization),
        "ai_keywords": paper.ai_keywords,
    }


def _read_paper(paper: Json) -> Paper:
    organization = paper["organization"]
    return Paper(
        id=paper["id"],
        title=paper["title"],
        votes=Fields(paper, "paper").count("votes"),
        organization=Organization(organization["name"], organization["fullname"])
        if organization
        else None,
        ai_keywords=tuple(paper["ai_keywords"]),
    )


def _rising(rising: Rising | None) -> dict[str, object] | None:
    if rising is None:
        return None
    return {
        "since": iso_utc(rising.since),
        "until": iso_utc(rising.until),
        "papers": {rise.paper_id: [rise.votes, rise.places] for rise in rising.papers},
    }


def _read_rising(rising: Json, day: str) -> Rising | None:
    if rising is None:
        return None
    return Rising(
        date.fromisoformat(day),
        datetime.fromisoformat(rising["since"]),
        datetime.fromisoformat(rising["until"]),
        tuple(
            Rise(paper, int(votes), int(places))
            for paper, (votes, places) in rising["papers"].items()
        ),
    )


def _totals(totals: Totals | None) -> dict[str, object] | None:
    return {"papers": totals.papers, "votes": totals.votes} if totals else None


def _read_totals(totals: Json) -> Totals | None:
    return Totals(_count(totals, "papers"), _count(totals, "votes")) if totals else None


def _iso(moment: datetime | None) -> str | None:
    return iso_utc(moment) if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
