"""Every S3 key, decided in one place, with the media type and the caching that belong to it."""

from datetime import date

from core.models import Artifact

LATEST_JSON = "latest.json"
LATEST_POST = "latest.md"
SCHEMA = "schema/edition.v1.json"

MEDIA_TYPES = {
    "gz": "application/gzip",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
AN_HOUR = "public, max-age=3600"
FIVE_MINUTES = "public, max-age=300"


def edition_json(day: date) -> str:
    """Return the key of a day's edition: `daily/2025-12-24.json`."""
    return f"daily/{day}.json"


def edition_post(day: date) -> str:
    """Return the key of a day's post: `daily/2025-12-24.md`."""
    return f"daily/{day}.md"


def raw_payload(day: date, digest: str) -> str:
    """Return the key of one payload: `raw/2025-12-24/<first 16 digits of its SHA-256>.json.gz`."""
    return f"raw/{day}/{digest[:16]}.json.gz"


def is_raw(key: str) -> bool:
    """Tell whether a key is that of a payload."""
    return key.startswith("raw/")


def artifact(key: str, body: bytes) -> Artifact:
    """Return the artifact for `key`, its headers following from the key."""
    cache_control = FIVE_MINUTES if key in (LATEST_JSON, LATEST_POST) else AN_HOUR
    return Artifact(key, body, MEDIA_TYPES[key.rpartition(".")[2]], cache_control)
