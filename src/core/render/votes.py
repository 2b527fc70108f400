"""Vote record to JSON and back: what every paper had, keyed by the run's scheduled time.

The schema is `schema/votes.v1.json`. Each record, and each version, stands on one line.
"""

import json
from datetime import date, datetime

from core.model.fields import UTC_TIME, FieldError, Fields
from core.model.text import iso_utc
from core.model.votes import Version, VoteRecord
from core.render import lines

SCHEMA_VERSION = 1


def render(record: VoteRecord) -> bytes:
    """Return the record as UTF-8 JSON."""
    records = {iso_utc(at): lines.value(votes) for at, votes in record.records}
    return lines.document(
        {
            "schema_version": lines.value(SCHEMA_VERSION),
            "date": lines.value(str(record.day)),
            "records": lines.mapping(records, 4),
            "versions": lines.array(map(lines.value, map(_version, record.versions)), 4),
        }
    )


def read(body: bytes) -> VoteRecord:
    """Return the record that `render` wrote. Raises ValueError when it is anything else."""
    fields = Fields(json.loads(body), "votes")
    if fields.count("schema_version") != SCHEMA_VERSION:
        raise FieldError("votes.schema_version", f"is not {SCHEMA_VERSION}")
    records = fields.object("records")
    known = ((_time(at), _votes(records.object(at))) for at in records)
    versions = map(_read_version, fields.objects("versions"))
    return VoteRecord(date.fromisoformat(fields.required("date")), tuple(known), tuple(versions))


def _version(version: Version) -> dict[str, str | None]:
    return {"at": iso_utc(version.at), "sha256": version.digest, "raw": version.raw}


def _read_version(version: Fields) -> Version:
    digest, raw = version.required("sha256"), version.text("raw")
    return Version(_time(version.required("at")), digest, raw)


def _time(text: str) -> datetime:
    if not UTC_TIME.fullmatch(text):
        raise FieldError(f"votes: {text}", "is not a time in UTC")
    return datetime.fromisoformat(text)


def _votes(record: Fields) -> dict[str, int]:
    return {paper: votes for paper in record if (votes := record.count(paper)) is not None}
