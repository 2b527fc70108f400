"""A feed to JSON Feed 1.1 and back: <https://www.jsonfeed.org/version/1.1/>, an entry a line."""

import json
from datetime import datetime
from functools import lru_cache

from core.model.feed import Entry, Feed
from core.model.fields import FieldError, Fields
from core.model.text import iso_utc
from core.render import lines

VERSION = "https://jsonfeed.org/version/1.1"
AUTHOR = "Paperboy"
VANISHED = "_vanished"


def render(feed: Feed) -> bytes:
    """Return the feed as UTF-8 JSON."""
    head = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "description": feed.description,
        "authors": _people((AUTHOR,)),
        "language": feed.language,
    }
    members = {key: lines.value(value) for key, value in head.items()} | {
        "items": _items(feed.entries)
    }
    # An extension, as the specification has a place for: feed readers skip it.
    extension = {VANISHED: _items(feed.vanished)} if feed.vanished else {}
    return lines.document(members | extension)


# A run looks at the same bytes up to four times: as they are stored, and to make Atom of them.
@lru_cache(maxsize=4)
def read(body: bytes) -> Feed:
    """Return the feed that `render` wrote. Raises ValueError when it is anything else."""
    try:
        feed = Fields(json.loads(body), "feed")
    except RecursionError as error:
        raise ValueError("is nested without end") from error
    if feed.text("version") != VERSION:
        raise FieldError("feed.version", f"is not {VERSION}")
    return Feed(
        title=feed.required("title"),
        description=feed.required("description"),
        language=feed.required("language"),
        home=feed.required("home_page_url"),
        url=feed.required("feed_url"),
        entries=tuple(map(_entry, feed.objects("items"))),
        vanished=tuple(map(_entry, feed.objects(VANISHED))),
    )


def _items(entries: tuple[Entry, ...]) -> str:
    return lines.array((lines.value(_item(entry)) for entry in entries), 4)


def _item(entry: Entry) -> dict[str, object]:
    item = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.content,
        "summary": entry.summary,
        "date_published": iso_utc(entry.published),
        "date_modified": iso_utc(entry.modified),
        "authors": _people(entry.authors),
        "tags": entry.tags,
    }
    return {key: value for key, value in item.items() if value}


def _entry(item: Fields) -> Entry:
    return Entry(
        id=item.required("id"),
        url=item.required("url"),
        title=item.required("title"),
        content=item.required("content_html"),
        summary=item.text("summary"),
        published=_time(item, "date_published"),
        modified=_time(item, "date_modified"),
        authors=tuple(author.required("name") for author in item.objects("authors")),
        tags=item.texts("tags"),
    )


def _people(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def _time(item: Fields, key: str) -> datetime:
    return datetime.fromisoformat(item.time(key) or item.required(key))
