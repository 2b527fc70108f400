"""What a message looks like in each channel: as text for a terminal, and as a page.

A preview is read from the very payload that the channel is sent.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from adapters import (
    announce_discord,
    announce_email,
    announce_event,
    announce_slack,
    announce_telegram,
)
from core.model.announcement import ChannelName, Message
from core.render import templates

# Of Discord's Markdown, what our messages have: bold, a link without a preview, an escape.
DISCORD = re.compile(
    r"\*\*(?P<bold>(?:\\.|[^*])+)\*\*|\[(?P<shown>(?:\\.|[^\]])+)\]\(<(?P<url>[^>]+)>\)"
)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a paragraph: a text, perhaps bold, and where it leads if it is a link."""

    text: str
    url: str = ""
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of a message; of the kind `pre`, its white space is kept."""

    spans: Sequence[Span]
    kind: str = ""

    @property
    def text(self) -> str:
        """The paragraph's text alone."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as one channel shows it."""

    channel: ChannelName
    parts: Sequence[Part]


def preview(channel: ChannelName, message: Message) -> Preview:
    """Return what a message looks like in a channel."""
    return Preview(channel, PARTS[channel](message))


def payload(channel: ChannelName, message: Message) -> Mapping[str, Any]:
    """Return what a channel is sent, without its secret."""
    return PAYLOADS[channel](message)


def as_text(shown: Preview) -> str:
    """Return a preview as text; addresses follow their texts."""
    return "\n\n".join(map(_part_as_text, shown.parts)) + "\n"


def as_page(directory: Path, language: str, heading: str, previews: Iterable[Preview]) -> str:
    """Return previews as a page of HTML, without scripts and without other hosts."""
    environment = templates.environment(directory, autoescape=True)
    return templates.fill(
        directory,
        environment,
        "announce/preview.html.j2",
        language=language,
        heading=heading,
        previews=list(previews),
    )


def _part_as_text(part: Part) -> str:
    return "".join(f"{one.text} <{one.url}>" if one.url else one.text for one in part.spans).strip()


def _slack(message: Message) -> list[Part]:
    parts = []
    for block in announce_slack.payload(message)["blocks"]:
        if block["type"] == "header":
            parts.append(Part([Span(block["text"]["text"])], "header"))
            continue
        (section,) = block["elements"]
        spans = [
            Span(one["text"], one.get("url", ""), bool(one.get("style")))
            for one in section["elements"]
        ]
        parts.append(Part(spans))
    return parts


def _discord(message: Message) -> list[Part]:
    made = announce_discord.payload(message)
    parts = [Part(_discord_spans(made["content"]))]
    for embed in made["embeds"]:
        title = Span(_unescaped(embed["title"]), embed.get("url", ""), bold=True)
        spans = [title]
        if "description" in embed:
            spans.append(Span(f"\n{_unescaped(embed['description'])}"))
        parts.append(Part(spans, "embed"))
    return parts


def _discord_spans(text: str) -> list[Span]:
    spans, end = [], 0
    for found in DISCORD.finditer(text):
        spans.append(Span(_unescaped(text[end : found.start()])))
        if found["bold"]:
            spans.append(Span(_unescaped(found["bold"]), bold=True))
        else:
            spans.append(Span(_unescaped(found["shown"]), found["url"]))
        end = found.end()
    return [*spans, Span(_unescaped(text[end:]))]


def _unescaped(text: str) -> str:
    return ESCAPED.sub(r"\1", text)


class _TelegramHtml(HTMLParser):
    """Reads a message's HTML as spans."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[Span] = []
        self._url, self._is_bold = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads, or that bold text begins."""
        if tag == "a":
            self._url = dict(attrs).get("href") or ""
        self._is_bold = self._is_bold or tag == "b"

    def handle_endtag(self, tag: str) -> None:
        """Note that a link or bold text ends."""
        if tag == "a":
            self._url = ""
        self._is_bold = self._is_bold and tag != "b"

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.spans.append(Span(data, self._url, self._is_bold))


def _telegram(message: Message) -> list[Part]:
    parts = []
    for paragraph in announce_telegram.payload(message)["text"].split("\n\n"):
        parser = _TelegramHtml()
        parser.feed(paragraph)
        parser.close()
        parts.append(Part(parser.spans))
    return parts


def _email(message: Message) -> list[Part]:
    subject = announce_email.payload(message)["Subject"]
    text = announce_email.text(message)
    return [Part([Span(subject)], "subject"), Part([Span(text.rstrip())], "pre")]


def _event(message: Message) -> list[Part]:
    entry = announce_event.payload(message)
    text = json.dumps(json.loads(entry["Detail"]), ensure_ascii=False, indent=2)
    return [Part([Span(entry["DetailType"])], "subject"), Part([Span(text)], "pre")]


PARTS: Mapping[ChannelName, Callable[[Message], list[Part]]] = {
    ChannelName.EMAIL: _email,
    ChannelName.SLACK: _slack,
    ChannelName.DISCORD: _discord,
    ChannelName.TELEGRAM: _telegram,
    ChannelName.EVENT: _event,
}
PAYLOADS: Mapping[ChannelName, Callable[[Message], Mapping[str, Any]]] = {
    ChannelName.EMAIL: announce_email.payload,
    ChannelName.SLACK: announce_slack.payload,
    ChannelName.DISCORD: announce_discord.payload,
    ChannelName.TELEGRAM: announce_telegram.payload,
    ChannelName.EVENT: announce_event.payload,
}
