"""Vote history to JSON and back: one line, which query engines read as one row of a table.

The schema is `schema/votes.v1.json`.
"""

from datetime import date, datetime

from core.model.fields import UTC_TIME, FieldError, Fields, read_document
from core.model.text import iso_utc
from core.model.votes import Version, VoteHistory
from core.render import lines

SCHEMA_VERSION = 1


def render(history: VoteHistory) -> bytes:
    """Return the history as one line of UTF-8 JSON; votes that are not known are null."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "date": str(history.day),
        "records": {iso_utc(at): dict(votes) for at, votes in history.records},
        "versions": [
            {"at": iso_utc(version.at), "sha256": version.digest, "raw": version.raw}
            for version in history.versions
        ],
    }
    return f"{lines.value(document)}\n".encode()


def read(body: bytes) -> VoteHistory:
    """Return the history that `render` wrote. Raises `ValueError` when it is anything else."""
    history = read_document(body, "votes", SCHEMA_VERSION)
    records = history.object("records")
    return VoteHistory(
        day=date.fromisoformat(history.required("date")),
        records=tuple((_time(at), _votes(records.object(at))) for at in records),
        versions=tuple(map(_version, history.objects("versions"))),
    )


def _version(version: Fields) -> Version:
    return Version(
        at=_time(version.required("at")),
        digest=version.required("sha256"),
        raw=version.text("raw"),
    )


def _time(text: str) -> datetime:
    if not UTC_TIME.fullmatch(text):
        raise FieldError(f"votes: {text}", "is not a time in UTC")
    return datetime.fromisoformat(text)


def _votes(record: Fields) -> dict[str, int | None]:
    return {paper: record.count(paper) for paper in record}
