"""Every S3 key and every path in the blog, decided in one place, and what follows from a key."""

from datetime import date

from core.models import Artifact

LATEST_JSON = "latest.json"
LATEST_POST = "latest.md"
EDITION_SCHEMA = "schema/edition.v1.json"
MONTH_SCHEMA = "schema/month.v1.json"
SCHEMAS = (EDITION_SCHEMA, MONTH_SCHEMA)

MEDIA_TYPES = {
    "gz": "application/gzip",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
AN_HOUR = "public, max-age=3600"
FIVE_MINUTES = "public, max-age=300"

BLOG_POSTS = "_posts"
BLOG_DATA = "_data/papers"
BLOG_DIRECTORIES = (BLOG_POSTS, BLOG_DATA)


def edition_json(day: date) -> str:
    """Return the key of a day's edition: `daily/2025-12-24.json`."""
    return f"daily/{day}.json"


def edition_post(day: date) -> str:
    """Return the key of a day's post: `daily/2025-12-24.md`."""
    return f"daily/{day}.md"


def month_json(first: date) -> str:
    """Return the key of a month: `monthly/2025-11.json`."""
    return f"monthly/{first:%Y-%m}.json"


def month_post(first: date) -> str:
    """Return the key of a month's post: `monthly/2025-11.md`."""
    return f"monthly/{first:%Y-%m}.md"


def raw_payload(day: date, digest: str) -> str:
    """Return the key of one payload: `raw/2025-12-24/<first 16 digits of its SHA-256>.json.gz`."""
    return f"raw/{day}/{digest[:16]}.json.gz"


def is_raw(key: str) -> bool:
    """Tell whether a key is that of a payload."""
    return key.startswith("raw/")


def blog_post(day: date) -> str:
    """Return the path of a day's post in the blog: `_posts/2025-12-24-daily-papers.md`."""
    return f"{BLOG_POSTS}/{day}-daily-papers.md"


def blog_data(day: date) -> str:
    """Return the path of the data beside it: `_data/papers/daily-2025-12-24.json`."""
    return f"{BLOG_DATA}/daily-{day}.json"


def blog_month_post(first: date) -> str:
    """Return the path of a month's post: `_posts/2025-11-01-monthly-papers-summary.md`."""
    return f"{BLOG_POSTS}/{first}-monthly-papers-summary.md"


def artifact(key: str, body: bytes) -> Artifact:
    """Return the artifact for `key`, its headers following from the key."""
    cache_control = FIVE_MINUTES if key in (LATEST_JSON, LATEST_POST) else AN_HOUR
    return Artifact(key, body, MEDIA_TYPES[key.rpartition(".")[2]], cache_control)
