"""Every S3 key and every path in the blog, and the media type and caching of each key."""

import re
from datetime import date

from core.model import dates
from core.model.objects import Artifact

LATEST_JSON = "latest.json"
LATEST_POST = "latest.md"
HOME = "index.html"
ROOT_INDEX = "index.json"
SEARCH_PAGE = "search.html"
ABOUT_PAGE = "about.html"
NOT_FOUND_PAGE = "404.html"
ROBOTS = "robots.txt"
SITEMAP = "sitemap.xml"
FIXED_SITEMAP = "sitemap/pages.xml"
# Each feed in two formats: with an entry an edition, an entry a paper, an entry a rising paper.
FEED_JSON = "feed.json"
FEED_ATOM = "feed.xml"
PAPERS_JSON = "papers.json"
PAPERS_ATOM = "papers.xml"
RISING_JSON = "rising.json"
RISING_ATOM = "rising.xml"
OPML = "feeds.opml"
# Source: https://llmstxt.org/
LLMS = "llms.txt"
RAW = "raw/"
STATIC = "static/"
VOTES = "votes/"
DAILY = "daily/"
# Private: the archive's state.
STATE = "state/"
ROOT_STATE = "state/root.json"
# Private: what was announced.
TOLD = "told/"
# The newest papers of topics, from which their pages and feeds are rendered.
TOPICS_STATE = "state/topics.json"
# The month with which an interrupted check continues.
CHECK_STATE = "state/check.json"
TOPICS_PAGE = "topics/index.html"
TOPICS_INDEX = "topics/index.json"
EDITION_SCHEMA = "schema/edition.v1.json"
MONTH_SCHEMA = "schema/month.v1.json"
WEEK_SCHEMA = "schema/week.v1.json"
SCHEMAS = (
    EDITION_SCHEMA,
    MONTH_SCHEMA,
    WEEK_SCHEMA,
    "schema/index.v1.json",
    "schema/search.v1.json",
    "schema/topic.v1.json",
    "schema/topics.v1.json",
    "schema/votes.v1.json",
)

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
MEDIA_TYPES = {
    FEED_ATOM: ATOM,
    FEED_JSON: JSON_FEED,
    PAPERS_ATOM: ATOM,
    PAPERS_JSON: JSON_FEED,
    RISING_ATOM: ATOM,
    RISING_JSON: JSON_FEED,
    "bib": "application/x-bibtex; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "gz": "application/gzip",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
}
TOPIC_FEED = re.compile(r"topics/[^/]+\.(?P<format>json|xml)")
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


def edition_bibtex(day: date) -> str:
    """Return the key of the BibTeX entries of a day's papers: `daily/2025-12-24.bib`."""
    return f"daily/{day}.bib"


def markdown_of(page: str) -> str:
    """Return the key of a page's Markdown for programs: `daily/2025-12-24.html.md`.

    Source: https://llmstxt.org/ (the page's address with `.md` appended)
    """
    return f"{page}.md"


def vote_history(day: date) -> str:
    """Return the key of a day's vote history: `votes/2025-12-24.json`."""
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


def month_bibtex(first: date) -> str:
    """Return the key of the BibTeX entries of a month's papers: `monthly/2025-11.bib`."""
    return f"monthly/{first:%Y-%m}.bib"


def week_json(monday: date) -> str:
    """Return the key of a week: `weekly/2026-W33.json`."""
    return f"weekly/{dates.iso_week(monday)}.json"


def week_post(monday: date) -> str:
    """Return the key of a week's post: `weekly/2026-W33.md`."""
    return f"weekly/{dates.iso_week(monday)}.md"


def week_page(monday: date) -> str:
    """Return the key of a week's page: `weekly/2026-W33.html`."""
    return f"weekly/{dates.iso_week(monday)}.html"


def week_bibtex(monday: date) -> str:
    """Return the key of the BibTeX entries of a week's papers: `weekly/2026-W33.bib`."""
    return f"weekly/{dates.iso_week(monday)}.bib"


def month_state(first: date) -> str:
    """Return the key of a month's state: `state/2025-11.json`."""
    return f"{STATE}{first:%Y-%m}.json"


def told(name: str) -> str:
    """Return the key of the record of an announcement: `told/2025-12-24.json`."""
    return f"{TOLD}{name}.json"


def search_shard(first: date) -> str:
    """Return the key of a month's search shard: `search/2025-11.json`."""
    return f"search/{first:%Y-%m}.json"


def month_of_shard(key: str) -> date:
    """Return the first day of the month whose search shard has a key."""
    return date.fromisoformat(f"{key[len('search/') : -len('.json')]}-01")


def dataset_papers(day: date) -> str:
    """Return the key of a day's papers as rows: `papers/date=2025-12-24/papers.jsonl.gz`."""
    return f"papers/date={day}/papers.jsonl.gz"


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


def topic_page(topic: str) -> str:
    """Return the key of a topic's page: `topics/agents.html`."""
    return f"topics/{topic}.html"


def topic_json(topic: str) -> str:
    """Return the key of a topic's JSON Feed: `topics/agents.json`."""
    return f"topics/{topic}.json"


def topic_atom(topic: str) -> str:
    """Return the key of a topic's Atom feed: `topics/agents.xml`."""
    return f"topics/{topic}.xml"


def topic_bibtex(topic: str) -> str:
    """Return the key of the BibTeX entries of a topic's newest papers: `topics/agents.bib`."""
    return f"topics/{topic}.bib"


def topic_month_page(topic: str, first: date) -> str:
    """Return the key of the page of a topic's papers of a month: `topics/agents/2026-08.html`."""
    return f"topics/{topic}/{first:%Y-%m}.html"


def topic_month_json(topic: str, first: date) -> str:
    """Return the key of a topic's papers of a month: `topics/agents/2026-08.json`."""
    return f"topics/{topic}/{first:%Y-%m}.json"


def blog_post(day: date) -> str:
    """Return the path of a day's post in the blog: `_posts/2025-12-24-daily-papers.md`."""
    return f"{BLOG_POSTS}/{day}-daily-papers.md"


def blog_data(day: date) -> str:
    """Return the path of a day's data in the blog: `_data/papers/daily-2025-12-24.json`."""
    return f"{BLOG_DATA}/daily-{day}.json"


def blog_month_post(first: date) -> str:
    """Return the path of a month's post: `_posts/2025-11-01-monthly-papers-summary.md`."""
    return f"{BLOG_POSTS}/{first}-monthly-papers-summary.md"


def blog_week_post(monday: date) -> str:
    """Return the path of a week's post: `_posts/2026-08-10-weekly-papers-summary.md`."""
    return f"{BLOG_POSTS}/{monday}-weekly-papers-summary.md"


def month_editions(first: date) -> str:
    """Return the prefix of the keys of a month's editions: `daily/2025-11-`."""
    return f"{DAILY}{first:%Y-%m}-"


def month_histories(first: date) -> str:
    """Return the prefix of the keys of a month's vote histories: `votes/2025-11-`."""
    return f"{VOTES}{first:%Y-%m}-"


def raw_payloads(day: date) -> str:
    """Return the prefix of the keys of a day's payloads: `raw/2025-12-24/`."""
    return f"{RAW}{day}/"


def of_day(day: date) -> tuple[str, ...]:
    """Return the keys of the objects that are derived from one day."""
    page = edition_page(day)
    return edition_post(day), page, markdown_of(page), edition_bibtex(day), dataset_papers(day)


def media_type(key: str) -> str:
    """Return the media type of a key's object."""
    if key != TOPICS_INDEX and (feed := TOPIC_FEED.fullmatch(key)):
        return ATOM if feed["format"] == "xml" else JSON_FEED
    return MEDIA_TYPES.get(key) or MEDIA_TYPES[key.rpartition(".")[2]]


def artifact(key: str, body: bytes) -> Artifact:
    """Return the artifact for `key`, with the key's media type and caching."""
    return Artifact(key, body, media_type(key), _cache_control(key))


def _cache_control(key: str) -> str:
    if key.startswith((STATE, TOLD)):
        return "no-store"
    # Only static files never change: papers may be withdrawn from payloads.
    if key.startswith(STATIC):
        return FOR_EVER
    # Objects at the root are about the newest edition, or link to it.
    return AN_HOUR if "/" in key else FIVE_MINUTES
