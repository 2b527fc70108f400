"""Discord: a message to a webhook, with an embed a paper.

Sources: https://docs.discord.com/developers/resources/webhook#execute-webhook (2,000 characters of
content, at most 10 embeds) and
https://docs.discord.com/developers/resources/message#embed-object-embed-limits (256 characters in a
title, 4,096 in a description, 6,000 in all embeds together). Every mark of Discord's Markdown is
escaped, and no text mentions anybody.
"""

import re
from collections.abc import Callable
from typing import Any

from adapters.announce_http import Poster, hide_address
from adapters.announce_texts import cut
from core.model.announcement import ChannelName, Item, Message
from core.model.ports import Remaining

MOST_CONTENT = 2000
MOST_EMBEDS = 10
MOST_TITLE = 256
# Of all embeds, with a reserve for what Discord counts differently.
MOST_CHARACTERS = 5800
MOST_HEADING = 300
MOST_BYLINE = 150
MOST_URL = 2048
COLOR = 0xB5482A
GONE = (401, 403, 404, 410)
ADVICE = "the webhook was removed or is wrong: make a new one, and store its address"
MARKS = re.compile(r"[\\*_~`|>#+\-\[\]()<:@]")


class Discord:
    """Tells a Discord channel through the webhook with this address, which is a secret.

    `forget` is called when Discord does not accept it, so that it is read again.
    """

    def __init__(self, url: str, remaining: Remaining, forget: Callable[[], None]) -> None:
        hide_address(url)
        self._url = url
        self._poster = Poster(ChannelName.DISCORD, remaining, GONE, ADVICE, forget)

    def send(self, message: Message) -> None:
        """Send a message: see `core.model.ports.Channel`."""
        self._poster.post(self._url, payload(message))


def payload(message: Message) -> dict[str, Any]:
    """Return a message as the webhook takes it."""
    heading = f"**{cut(message.heading, MOST_HEADING, escape)}**"
    lines = [heading, cut(message.counts, MOST_HEADING, escape)]
    if message.url and len(message.url) < MOST_CONTENT - 1000:
        lines.append(f"[{escape(message.more)}](<{message.url}>)")
    items = message.items[:MOST_EMBEDS]
    most = MOST_CHARACTERS // max(len(items), 1)
    return {
        "content": "\n".join(lines),
        "embeds": [_embed(item, most) for item in items],
        "allowed_mentions": {"parse": []},
    }


def escape(text: str) -> str:
    """Return a text that Discord's Markdown shows as it is, and in which it finds no link."""
    return MARKS.sub(r"\\\g<0>", text)


def _embed(item: Item, most: int) -> dict[str, Any]:
    """Return a paper's embed, whose texts have at most so many characters."""
    title = cut(f"{item.rank}. {item.title}", min(MOST_TITLE, most // 2), escape)
    byline = cut(item.byline, MOST_BYLINE, escape)
    summary = cut(item.summary, most - MOST_TITLE - MOST_BYLINE - 1, escape)
    embed: dict[str, Any] = {"title": title, "color": COLOR}
    if len(item.url) <= MOST_URL:
        embed["url"] = item.url
    if description := "\n".join(filter(None, [byline, summary])):
        embed["description"] = description
    return embed
