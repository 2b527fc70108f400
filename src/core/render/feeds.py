"""Editions to feeds: JSON Feed 1.1, and Atom (RFC 4287) from it, with the texts of a locale.

A pair of feeds has an entry an edition, another an entry a paper, the third an entry a rising
paper. `templates/feed.xml.j2` makes Atom from the JSON, so both have the same content.
Source: https://www.jsonfeed.org/version/1.1/
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2.environment import Environment

from core.model import keys, links
from core.model.paper import Edition
from core.model.style import DEFAULT_TITLE, SiteStyle
from core.model.text import iso_utc
from core.model.topic import Topic, TopicPaper
from core.model.votes import VoteHistory
from core.render import lines, templates
from core.render.entries import Entry, EntryWriter, stable_id
from core.render.paper_texts import topic_title

VERSION = "https://jsonfeed.org/version/1.1"
AUTHOR = "Paperboy"
DAILY_PAPERS = "Hugging Face Daily Papers"
TEMPLATE = "feed.xml.j2"
OPML_TEMPLATE = "feeds.opml.j2"
# How many of the newest editions each pair of feeds has.
EDITIONS_IN_FEED = 30
EDITIONS_IN_PAPERS_FEED = 2
EDITIONS_IN_RISING = 10
ENTRIES_OF_TOPIC = 50
# The members that every item has.
ITEM = ("id", "url", "title", "content_html", "date_published", "date_modified")
# The member of a feed of rising papers with the days of its editions, and of its items with theirs.
EXTENSION = "_paperboy"
# The time of a feed without entries.
NEVER = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A pair of feeds: the name of its texts in the locale, its keys, its id, and its topic."""

    words: str
    json: str
    atom: str
    id: str
    topic: str = ""


BY_EDITION = _Kind(
    "editions", keys.FEED_JSON, keys.FEED_ATOM, stable_id(f"{links.HUGGING_FACE}#editions")
)
BY_PAPER = _Kind(
    "papers", keys.PAPERS_JSON, keys.PAPERS_ATOM, stable_id(f"{links.HUGGING_FACE}#papers")
)
BY_RISING = _Kind(
    "rising", keys.RISING_JSON, keys.RISING_ATOM, stable_id(f"{links.HUGGING_FACE}#rising")
)
KINDS = (BY_EDITION, BY_PAPER, BY_RISING)


def _of_topic(topic: Topic) -> _Kind:
    """Return the pair of feeds of a topic."""
    address = stable_id(f"{links.HUGGING_FACE}#topic={topic.id}")
    return _Kind("topic", keys.topic_json(topic.id), keys.topic_atom(topic.id), address, topic.id)


class FeedRenderer:
    """Renders feeds with the templates and locales in `directory`.

    `site_url` is the site's address, without a slash at its end; it is empty where there is no
    site: then entries link to Hugging Face's pages. With the default title, feeds are called after
    Hugging Face's list.
    """

    def __init__(
        self,
        directory: Path,
        language: str,
        site_url: str,
        style: SiteStyle,
        topics: Sequence[Topic] = (),
    ) -> None:
        text = templates.words(directory, language)
        self._words = text["feed"]
        self._title = DAILY_PAPERS if style.title == DEFAULT_TITLE else style.title
        self._threshold = style.rising
        self.language = language
        self._site = site_url
        self._directory = directory
        self._environment = environment(directory)
        self._writer = EntryWriter(text, site_url, self._fill)
        self._topics = {topic.id: topic for topic in topics}
        self._kinds = (*KINDS, *map(_of_topic, topics))

    def editions(
        self, days: Collection[date], editions: Mapping[date, Edition], stored: bytes | None
    ) -> bytes:
        """Return the JSON feed that has an entry for each of these days, newest first.

        A day's entry comes from `editions`, or else from the stored feed. Raises `ValueError` when
        neither has it, or when the stored feed is needed and is not Paperboy's, and `RenderError`.
        """
        lacking = any(day not in editions for day in days)
        known = self._entries(stored) if stored is not None and lacking else {}
        items = []
        for day in sorted(days, reverse=True):
            if day in editions:
                items.append(_item(self._writer.edition(editions[day])))
            elif day in known:
                items.append(known[day])
            else:
                raise ValueError(f"the feed has no {day}")
        return self._document(BY_EDITION, items)

    def days(self, stored: bytes) -> frozenset[date]:
        """Return the days whose entries a stored feed of editions has.

        Raises `ValueError` when it is not such a feed, or one of another site or language.
        """
        return frozenset(self._entries(stored))

    def papers(self, found: Sequence[tuple[Edition, VoteHistory]]) -> bytes:
        """Return the JSON feed with an entry for each paper of these editions, newest day first.

        Papers of a day are in the order of their ranks. Votes are left out: an entry changes only
        when its paper does. Raises `RenderError`.
        """
        newest_first = sorted(found, key=lambda one: one[0].day, reverse=True)
        return self._document(
            BY_PAPER,
            [
                _item(entry)
                for edition, history in newest_first
                for entry in self._writer.papers(edition, history)
            ],
        )

    def rising(
        self,
        days: Collection[date],
        found: Mapping[date, tuple[Edition, VoteHistory]],
        stored: bytes | None,
    ) -> bytes:
        """Return the JSON feed that has an entry for each paper of these days that is rising.

        A paper is in it once it has gained as many votes as the style says since it was first seen.
        Its entry is dated by the record of that time, and has the votes of that record, so later
        votes do not change it. Entries are newest first. A day's entries come from `found`, or else
        from the stored feed. Raises `ValueError` when neither has the day, or when the stored feed
        is needed and is not this site's, and `RenderError`.
        """
        lacking = set(days) - found.keys()
        known: dict[date, list[dict[str, Any]]] = {}
        if stored is not None and lacking:
            known = self._rising_entries(stored)
        if unknown := lacking - known.keys():
            raise ValueError(f"the feed of rising papers has no {min(unknown)}")
        items = []
        newest_first = sorted(set(days), reverse=True)
        for day in newest_first:
            items += self._risen(*found[day]) if day in found else known[day]
        # Entries of the same time stay in the order of their days and ids.
        items.sort(key=lambda item: datetime.fromisoformat(item["date_published"]), reverse=True)
        return self._rising_document(newest_first, items)

    def rising_days(self, stored: bytes) -> frozenset[date]:
        """Return the days that a stored feed of rising papers covers, also those without entries.

        Raises `ValueError` when it is not such a feed, or one of another site, language or
        threshold.
        """
        return frozenset(self._rising_entries(stored))

    def topic(self, topic: Topic, papers: Sequence[TopicPaper]) -> bytes:
        """Return the JSON feed with an entry for each of a topic's newest papers.

        A paper of several editions has one entry, of the first. Days are newest first, and papers
        of a day by id, descending, so that neither votes nor later editions change the feed. Raises
        `RenderError`.
        """
        first = {one.paper.id: one for one in sorted(papers, key=lambda one: one.day, reverse=True)}
        ordered = sorted(first.values(), key=lambda one: (one.day, one.paper.id), reverse=True)
        entries = self._writer.topic(topic.id, ordered[:ENTRIES_OF_TOPIC])
        return self._document(_of_topic(topic), map(_item, entries))

    def opml(self) -> bytes:
        """Return the list of the Atom feeds as OPML, for feed readers to import.

        Its addresses are relative where there is no site. Raises `RenderError`.
        Source: http://opml.org/spec2.opml (subscription lists)
        """
        return self._fill(
            OPML_TEMPLATE,
            title=self._title,
            home=self._place(keys.HOME),
            feeds=[
                {
                    "title": self._head(kind)["title"],
                    "description": self._head(kind)["description"],
                    "address": self._place(kind.atom),
                }
                for kind in self._kinds
            ],
            language=self.language,
        ).encode()

    def atom(self, feed: bytes) -> bytes:
        """Return the Atom feed with the content of a JSON feed of this renderer.

        Raises `ValueError` when it is not one, and `RenderError`.
        """
        read = _read(feed)
        for kind in self._kinds:
            head = self._head(kind)
            if {key: read.get(key) for key in head} == head:
                break
        else:
            raise ValueError("this is not a feed of Paperboy")
        items = read["items"]
        return self._fill(
            TEMPLATE,
            feed=head,
            id=kind.id,
            address=f"{self._site}/{kind.atom}" if self._site else "",
            updated=max((item["date_modified"] for item in items), default=NEVER),
            entries=items,
        ).encode()

    def _head(self, kind: _Kind) -> dict[str, object]:
        """Return the members of a JSON feed before its items."""
        words = self._words[kind.words]
        topic = self._topics.get(kind.topic)
        named = topic_title(topic, self.language) if topic else ""
        title = words["title"].format(title=self._title, topic=named)
        head: dict[str, object] = {"version": VERSION, "title": title}
        if self._site:
            head["home_page_url"] = f"{self._site}/{keys.HOME}"
            head["feed_url"] = f"{self._site}/{kind.json}"
        else:
            head["home_page_url"] = links.HUGGING_FACE
        head["description"] = words["description"].format(votes=self._threshold, topic=named)
        head["authors"] = _people([AUTHOR])
        head["language"] = self.language
        return head

    def _place(self, key: str) -> str:
        return f"{self._site}/{key}" if self._site else key

    def _document(
        self, kind: _Kind, items: Iterable[Mapping[str, object]], **more: object
    ) -> bytes:
        """Return a JSON feed; `more` are members between its head and its items."""
        members = {key: lines.value(value) for key, value in (self._head(kind) | more).items()}
        return lines.document(members | {"items": lines.array(map(lines.value, items), 4)})

    def _rising_document(
        self, days: Iterable[date], items: Iterable[Mapping[str, object]]
    ) -> bytes:
        """Return the feed of rising papers of these days."""
        extension = {EXTENSION: {"editions": [str(day) for day in days]}}
        return self._document(BY_RISING, items, **extension)

    def _risen(self, edition: Edition, history: VoteHistory) -> list[dict[str, Any]]:
        """Return the items of an edition's papers that have gained enough votes."""
        extension = {EXTENSION: {"edition": str(edition.day)}}
        entries = self._writer.rising(edition, history, self._threshold)
        return [_item(entry) | extension for entry in entries]

    def _entries(self, stored: bytes) -> dict[date, dict[str, object]]:
        """Return the items of a stored feed of editions by their days."""
        items = _read(stored)["items"]
        if self._document(BY_EDITION, items) != stored:
            raise ValueError("this is not this site's feed of editions")
        return {datetime.fromisoformat(item["date_published"]).date(): item for item in items}

    def _rising_entries(self, stored: bytes) -> dict[date, list[dict[str, Any]]]:
        """Return the items of a stored feed of rising papers by the days that it covers."""
        feed = _read(stored)
        items = feed["items"]
        try:
            covered = [date.fromisoformat(day) for day in feed[EXTENSION]["editions"]]
            of_items = [date.fromisoformat(item[EXTENSION]["edition"]) for item in items]
        except (KeyError, TypeError) as error:
            raise ValueError("the feed of rising papers does not name its editions") from error
        if self._rising_document(covered, items) != stored or not set(of_items) <= set(covered):
            raise ValueError("this is not this site's feed of rising papers")
        entries: dict[date, list[dict[str, Any]]] = {day: [] for day in covered}
        for day, item in zip(of_items, items, strict=True):
            entries[day].append(item)
        return entries

    def _fill(self, template: str, **values: object) -> str:
        return templates.fill(self._directory, self._environment, template, **values)


def environment(directory: Path) -> Environment:
    """Return the environment of the feeds' templates."""
    # XML and HTML are escaped alike.
    return templates.environment(directory, autoescape=True)


def language(feed: bytes) -> str:
    """Return the language of a JSON feed. Raises `ValueError` when it is not Paperboy's."""
    return str(_read(feed).get("language", ""))


def _read(feed: bytes) -> dict[str, Any]:
    """Return a JSON feed, whose items have all members of `ITEM`."""
    try:
        read = json.loads(feed)
    except RecursionError as error:
        raise ValueError("the feed is nested too deep") from error
    items = read.get("items") if isinstance(read, dict) else None
    if not isinstance(items, list) or not all(map(_is_item, items)):
        raise ValueError("this is not a feed of Paperboy")
    return dict(read)


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ITEM)


def _item(entry: Entry) -> dict[str, object]:
    """Return an entry as an item of a JSON feed, without empty members."""
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


def _people(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in names]
