"""What a reader of the fakes' archive is led to, beginning at what stands at its root."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from core.model import keys
from core.model.objects import Artifact
from core.render import json as edition_json
from tests.support.fakes import LINK, MemoryStore

FEEDS = (keys.FEED_JSON, keys.FEED_ATOM, keys.PAPERS_JSON, keys.PAPERS_ATOM)


@lru_cache(maxsize=4096)
def entries(key: str, body: bytes) -> frozenset[str]:
    """Return the keys that an object lists: a feed's pages, an index's editions or months."""
    if key in FEEDS:
        return frozenset(json.loads(body.strip(b"<>")))
    if key == keys.ROOT_INDEX:
        return frozenset(_root_entries(json.loads(body)))
    if key.startswith("index/"):
        return frozenset(_keys_in(json.loads(body)["editions"]))
    if key.startswith("sitemap"):
        return frozenset(_links(body))
    return frozenset()


@lru_cache(maxsize=4096)
def links(key: str, body: bytes) -> frozenset[str]:
    """Return all keys that an object leads to."""
    if key.endswith(".html"):
        return frozenset(_links(body))
    if key == keys.ROOT_INDEX:
        return entries(key, body) | frozenset(_keys_in([json.loads(body)["latest"]]))
    if key.startswith("index/"):
        return entries(key, body) | frozenset(_month_links(json.loads(body)))
    return entries(key, body)


def reached(stored: Mapping[str, bytes]) -> set[str]:
    """Return the keys that a reader finds from what stands at the root, by going on and on."""
    found, left = set[str](), {key for key in stored if "/" not in key}
    while left:
        found |= left
        left = {to for key in left if key in stored for to in links(key, stored[key])} - found
    return found


def dead(stored: Mapping[str, bytes], names: Iterable[str] | None = None) -> set[str]:
    """Return the keys that these objects, else all that is reached, lead to in vain."""
    leading = reached(stored) if names is None else names
    return {to for key in leading if key in stored for to in links(key, stored[key])} - set(stored)


class StrictStore(MemoryStore):
    """A store that sees to it that no put leads a reader astray, or takes from a list."""

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        before = self.objects.get(artifact.key)
        super().put(artifact, replaces=replaces)
        assert dead(self.bodies()) == set(), artifact.key
        if before:
            assert _lost(artifact.key, before.body, artifact.body) == set(), artifact.key


def _lost(key: str, before: bytes, after: bytes) -> set[str]:
    if key == keys.LATEST_JSON:
        return {str(day) for day in [_day(before)] if day > _day(after)}
    return set(entries(key, before) - entries(key, after))


def _day(body: bytes) -> date:
    return edition_json.read_day(body)


def _links(body: bytes) -> Iterator[str]:
    lines = body.decode().splitlines()
    return (line.removeprefix(LINK) for line in lines if line.startswith(LINK))


def _root_entries(root: dict[str, object]) -> Iterator[str]:
    yield from _keys_in(root["months"])
    yield from _texts(root["files"])


def _month_links(index: dict[str, object]) -> Iterator[str]:
    yield from _keys_in([index])
    near = (index[side] for side in ("previous", "next"))
    yield from (keys.edition_page(date.fromisoformat(str(day))) for day in near if day)


def _keys_in(entries: object) -> Iterator[str]:
    """Yield the keys of objects among the values of entries: they have a suffix."""
    assert isinstance(entries, list)
    values = (value for entry in entries for name, value in entry.items() if name in KEYS)
    for value in values:
        yield from _texts(value)


KEYS = ("index", "json", "page", "post", "search", "sitemap", "raw", "earlier_raw", "vote_record")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield str(value)
