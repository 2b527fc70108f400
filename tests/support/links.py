"""Where an archive leads: the addresses in its files, and the keys that they mean."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

from tests.support import html

HOME = "index.html"
# What programs find their way by: the keys in them lead on.
INDEX = re.compile(r"(?:topics/)?index\.json|(?:monthly|weekly|topics/[^/]+)/[\dW-]+\.json")
KEY = re.compile(r"(?:[\w=-]+/)*[\w.-]+\.(?:bib|css|gz|html|js|json|md|txt|xml)", re.ASCII)
TOPIC_FEED = re.compile(r"topics/[^/]+\.json")
FEEDS = ("feed.json", "papers.json", "rising.json")
MARKDOWN_LINK = re.compile(r"\]\(<?([^\s()<>]+)")
SITEMAP_OF_ROBOTS = re.compile(r"^Sitemap: *(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a file of the archive: the key that it means, and the place there, if any.

    The place is as it is written; a page may name it so, or without percent-encoding.
    """

    source: str
    address: str
    key: str
    anchor: str


class Links:
    """The links of an archive, whose absolute addresses begin with `site_url`."""

    def __init__(self, files: Mapping[str, bytes], site_url: str) -> None:
        self._files, self._site_url = files, site_url
        self.pages = {key: html.parse(body) for key, body in files.items() if key.endswith(".html")}
        self._ids = {key: set(page.ids()) for key, page in self.pages.items()}
        self._of = {key: list(self._links(key)) for key in files}

    def of(self, source: str) -> list[Link]:
        """Return the links of a file that lead to this site."""
        return self._of[source]

    def broken(self) -> list[Link]:
        """Return the links that lead to no file, or to no place in one."""
        return [link for links in self._of.values() for link in links if not self._leads(link)]

    def reachable(self) -> set[str]:
        """Return the keys that somebody comes to who begins at the home page."""
        reached, todo = {HOME}, [HOME]
        while todo:
            found = {link.key for link in self.of(todo.pop())} & self._files.keys() - reached
            reached |= found
            todo += found
        return reached

    def _leads(self, link: Link) -> bool:
        if link.anchor and link.key in self.pages:
            # Source: https://html.spec.whatwg.org/multipage/browsing-the-web.html#scroll-to-fragid
            return bool({link.anchor, unquote(link.anchor)} & self._ids[link.key])
        return link.key in self._files

    def _links(self, source: str) -> Iterator[Link]:
        site, base = urlsplit(self._site_url), f"{self._site_url}/"
        for address in self._addresses(source):
            # In an index, keys stand as they are, whatever its own key is.
            target = urljoin(base if INDEX.fullmatch(source) else base + source, address)
            parts = urlsplit(target)
            if (parts.scheme, parts.netloc) == (site.scheme, site.netloc):
                path = unquote(parts.path)
                # What is on this host, but not below the site's path, means no key.
                key = path.removeprefix(f"{site.path}/") if path != site.path else ""
                yield Link(source, address, key or HOME, parts.fragment)

    def _addresses(self, source: str) -> list[str]:
        body = self._files[source]
        if source in self.pages:
            return self.pages[source].links() + self._absolute(body.decode())
        if INDEX.fullmatch(source):
            return [text for text in _texts(json.loads(body)) if KEY.fullmatch(text)]
        if source in FEEDS or TOPIC_FEED.fullmatch(source):
            return [text for text in _texts(json.loads(body)) if text.startswith(self._site_url)]
        if source.endswith((".opml", ".xml")):
            return [text for text in _xml_texts(body) if text.startswith(self._site_url)]
        if source.endswith((".html.md", "llms.txt")):
            # In Markdown, addresses may hold character references.
            return [unescape(address) for address in MARKDOWN_LINK.findall(body.decode())]
        return SITEMAP_OF_ROBOTS.findall(body.decode()) if source.endswith(".txt") else []

    def _absolute(self, text: str) -> list[str]:
        """Return the site's absolute addresses in a page, also those of Open Graph and JSON-LD."""
        return re.findall(rf"{re.escape(self._site_url)}[^\s\"'<>]*", text)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _xml_texts(body: bytes) -> Iterator[str]:
    """Yield every text and attribute of an XML document."""
    for element in ElementTree.fromstring(body).iter():  # noqa: S314 (our own)
        yield (element.text or "").strip()
        yield from element.attrib.values()
