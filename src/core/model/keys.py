"""Every S3 key and every path in the blog, decided in one place, and what follows from a key."""

from collections.abc import Iterable
from datetime import date

from core.model.objects import Artifact

LATEST_JSON = "latest.json"
LATEST_POST = "latest.md"
HOME = "index.html"
ROOT_INDEX = "index.json"
SEARCH_PAGE, ABOUT_PAGE, NOT_FOUND_PAGE = "search.html", "about.html", "404.html"
ROBOTS, SITEMAP, FIXED_SITEMAP = "robots.txt", "sitemap.xml", "sitemap/pages.xml"
# Two pairs that say the same: one entry an edition, and one entry a paper.
FEED_JSON, FEED_ATOM = "feed.json", "feed.xml"
PAPERS_JSON, PAPERS_ATOM = "papers.json", "papers.xml"
RAW, STATIC, VOTES = "raw/", "static/", "votes/"
EDITION_SCHEMA = "schema/edition.v1.json"
MONTH_SCHEMA = "schema/month.v1.json"
SCHEMAS = (
    EDITION_SCHEMA,
    MONTH_SCHEMA,
    "schema/index.v1.json",
    "schema/month-index.v1.json",
    "schema/search.v1.json",
    "schema/votes.v1.json",
)

ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
MEDIA_TYPES = {
    FEED_ATOM: ATOM,
    FEED_JSON: JSON_FEED,
    PAPERS_ATOM: ATOM,
    PAPERS_JSON: JSON_FEED,
    "css": "text/css; charset=utf-8",
    "gz": "application/gzip",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
}
FIVE_MINUTES = "public, max-age=300"
AN_HOUR = "public, max-age=3600"
FOR_EVER = "public, max-age=31536000, immutable"

BLOG_POSTS = "_posts"
BLOG_DATA = "_data/papers"
BLOG_DIRECTORIES = (BLOG_POSTS, BLOG_DATA)


def edition_json(day: date) -> str:
    """Return the key of a day's edition: `daily/2025-12-24.json`."""
    return f"daily/{day}.json"


def edition_post(day: date) -> str:
    """Return the key of a day's post: `daily/2025-12-24.md`."""
    return f"daily/{day}.md"


def edition_page(day: date) -> str:
    """Return the key of a day's page: `daily/2025-12-24.html`."""
    return f"daily/{day}.html"


def vote_record(day: date) -> str:
    """Return the key of a day's vote record: `votes/2025-12-24.json`."""
    return f"{VOTES}{day}.json"


def month_json(first: date) -> str:
    """Return the key of a month: `monthly/2025-11.json`."""
    return f"monthly/{first:%Y-%m}.json"


def month_post(first: date) -> str:
    """Return the key of a month's post: `monthly/2025-11.md`."""
    return f"monthly/{first:%Y-%m}.md"


def month_page(first: date) -> str:
    """Return the key of a month's page: `monthly/2025-11.html`."""
    return f"monthly/{first:%Y-%m}.html"


def month_index(first: date) -> str:
    """Return the key of a month's index: `index/2025-11.json`."""
    return f"index/{first:%Y-%m}.json"


def search_shard(first: date) -> str:
    """Return the key of what is searched of a month: `search/2025-11.json`."""
    return f"search/{first:%Y-%m}.json"


def dataset_papers(first: date) -> str:
    """Return the key of a month's papers: `papers/month=2025-12/papers.jsonl.gz`."""
    return f"papers/month={first:%Y-%m}/papers.jsonl.gz"


def dataset_votes(first: date) -> str:
    """Return the key of its votes over time: `votes/month=2025-12/votes.jsonl.gz`."""
    return f"{VOTES}month={first:%Y-%m}/votes.jsonl.gz"


def dataset(first: date) -> tuple[str, str]:
    """Return the keys of a month's data set."""
    return dataset_papers(first), dataset_votes(first)


def month_sitemap(first: date) -> str:
    """Return the key of a month's sitemap: `sitemap/2025-11.xml`."""
    return f"sitemap/{first:%Y-%m}.xml"


def static(name: str, digest: str) -> str:
    """Return the key of a static file: `static/site.<first 16 digits of its SHA-256>.css`."""
    stem, _, suffix = name.rpartition(".")
    return f"{STATIC}{stem}.{digest[:16]}.{suffix}"


def raw_payload(day: date, digest: str) -> str:
    """Return the key of one payload: `raw/2025-12-24/<first 16 digits of its SHA-256>.json.gz`."""
    return f"{RAW}{day}/{digest[:16]}.json.gz"


def blog_post(day: date) -> str:
    """Return the path of a day's post in the blog: `_posts/2025-12-24-daily-papers.md`."""
    return f"{BLOG_POSTS}/{day}-daily-papers.md"


def blog_data(day: date) -> str:
    """Return the path of the data beside it: `_data/papers/daily-2025-12-24.json`."""
    return f"{BLOG_DATA}/daily-{day}.json"


def blog_month_post(first: date) -> str:
    """Return the path of a month's post: `_posts/2025-11-01-monthly-papers-summary.md`."""
    return f"{BLOG_POSTS}/{first}-monthly-papers-summary.md"


def of_days(days: Iterable[date]) -> list[str]:
    """Return the keys of these days' editions and vote records."""
    return [key(day) for day in days for key in (edition_json, vote_record)]


def looked_at(day: date) -> list[str]:
    """Return the keys that a run looks at for a day, whatever it finds, but for its payload's."""
    of_day = [edition_json, vote_record, edition_post, edition_page]
    of_month = [month_json, month_index, month_post, month_page, month_sitemap, search_shard]
    front = [
        FEED_JSON,
        PAPERS_JSON,
        FEED_ATOM,
        PAPERS_ATOM,
        LATEST_JSON,
        LATEST_POST,
        SITEMAP,
        HOME,
    ]
    return [*(key(day) for key in (*of_day, *of_month)), ROOT_INDEX, *front]


def comes_last(key: str) -> bool:
    """Tell whether what is written with this key comes before it: a reader of it is led there."""
    return key == HOME or (key.startswith("daily/") and key.endswith(".md"))


def media_type(key: str) -> str:
    """Return the media type of what lies under a key."""
    return MEDIA_TYPES.get(key) or MEDIA_TYPES[key.rpartition(".")[2]]


def artifact(key: str, body: bytes) -> Artifact:
    """Return the artifact for `key`, its headers following from the key."""
    return Artifact(key, body, media_type(key), _cache_control(key))


def _cache_control(key: str) -> str:
    # Not a payload, though its name tells what it holds: papers may be withdrawn from it.
    if key.startswith(STATIC):
        return FOR_EVER
    # What stands at the root is about the newest edition, or leads to it.
    return AN_HOUR if "/" in key else FIVE_MINUTES
