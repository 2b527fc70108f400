"""Feeds, read as feed readers do: by JSON, XML and HTML parsers that know nothing of Paperboy."""

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM = "{http://www.w3.org/2005/Atom}"
BLOCKS = {"p", "li", "br"}

Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees of HTML: its lines, its links, and the names of its tags."""

    lines: list[str]
    links: list[tuple[str, str | None]]
    tags: set[str]


def items(feed: bytes) -> list[dict[str, Any]]:
    """Return the items of a JSON feed."""
    found: list[dict[str, Any]] = json.loads(feed)["items"]
    return found


def item(feed: bytes) -> dict[str, Any]:
    """Return the only item of a JSON feed."""
    (only,) = items(feed)
    return only


def without_extension(feed: bytes) -> dict[str, Any]:
    """Return a JSON feed without what only Paperboy reads, which Atom lacks."""
    document: dict[str, Any] = json.loads(feed)
    for part in (document, *document["items"]):
        part.pop("_paperboy", None)
    return document


def as_json(feed: bytes) -> dict[str, Any]:
    """Return an Atom feed in the words of JSON Feed, as far as the two say the same."""
    root = ElementTree.fromstring(feed)  # noqa: S314 - our own
    links = {(link.get("rel"), link.get("type")): link.get("href") for link in _all(root, "link")}
    url = links.get(("alternate", "application/feed+json"))
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _text(root, "title"),
        "home_page_url": links["alternate", "text/html"],
        **({"feed_url": url} if url else {}),
        "description": _text(root, "subtitle"),
        "authors": _authors(root),
        "language": root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        "items": [_item(entry) for entry in _all(root, "entry")],
    }


def shown(html: str) -> Shown:
    """Return what a reader sees of HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).split("\n"))
    return Shown(list(filter(None, lines)), reader.links, reader.tags)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self.tags.add(tag)
        self.links += attrs
        self.text += ["\n"] if tag in BLOCKS else []

    def handle_data(self, data: str) -> None:
        self.text.append(data.replace("\n", " "))


def _item(entry: Element) -> dict[str, Any]:
    """Return an entry as an item, without what it does not say."""
    (link,) = _all(entry, "link")
    said = {
        "id": _text(entry, "id"),
        "url": link.get("href"),
        "title": _text(entry, "title"),
        "content_html": _text(entry, "content"),
        "summary": _text(entry, "summary"),
        "date_published": _text(entry, "published"),
        "date_modified": _text(entry, "updated"),
        "authors": _authors(entry),
        "tags": [category.get("term") for category in _all(entry, "category")],
    }
    return {key: value for key, value in said.items() if value}


def _authors(element: Element) -> list[dict[str, str | None]]:
    return [{"name": _text(author, "name")} for author in _all(element, "author")]


def _all(element: Element, name: str) -> list[Element]:
    return element.findall(ATOM + name)


def _text(element: Element, name: str) -> str | None:
    return element.findtext(ATOM + name)
