"""Slack: a message to an incoming webhook, as Block Kit.

The papers are in rich text, whose elements are text or a link and hold no markup: a title cannot
mention a channel, be formatted, or lead elsewhere. Sources:
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://docs.slack.dev/reference/block-kit/blocks (at most 50 blocks; 150 characters in a header,
3,000 in a text), https://docs.slack.dev/reference/block-kit/blocks/rich-text-block and
https://docs.slack.dev/messaging/formatting-message-text (what `&`, `<` and `>` mean elsewhere)
"""

from collections.abc import Callable
from typing import Any

from adapters.announce_http import Poster, hide_address
from adapters.announce_texts import cut
from core.model.announcement import ChannelName, Item, Message
from core.model.errors import AnnounceUnsure
from core.model.ports import Remaining
from core.model.text import excerpt

MOST_HEADER = 150
# Slack cuts the notification's text.
MOST_NOTIFICATION = 300
MOST_TITLE = 300
MOST_SUMMARY = 400
MOST_BYLINE = 150
MOST_URL = 3000
# Statuses of a webhook that was removed, whose channel is archived, or that is wrong.
GONE = (403, 404, 410)
ADVICE = "the webhook was removed or is wrong: make a new one, and store its address"

OK = b"ok"

Block = dict[str, Any]


class Slack:
    """Tells a Slack channel through the incoming webhook with this address, which is a secret.

    `forget` is called when Slack does not accept it, so that it is read again.
    """

    def __init__(self, url: str, remaining: Remaining, forget: Callable[[], None]) -> None:
        hide_address(url)
        self._url = url
        self._poster = Poster(ChannelName.SLACK, remaining, GONE, ADVICE, forget)

    def send(self, message: Message) -> None:
        """Send a message: see `core.model.ports.Channel`."""
        answer = self._poster.post(self._url, payload(message))
        if answer.body.strip() != OK:
            said = excerpt(answer.body)
            raise AnnounceUnsure(f"an unknown answer: {said}", ChannelName.SLACK)


def payload(message: Message) -> dict[str, Any]:
    """Return a message as the webhook takes it.

    `text` is what notifications show; with blocks, Slack shows it nowhere else.
    """
    blocks: list[Block] = [{"type": "header", "text": _plain(message.heading, MOST_HEADER)}]
    blocks.append(_rich([_text(cut(message.counts, MOST_SUMMARY))]))
    blocks += map(_item, message.items)
    if message.url:
        blocks.append(_rich([_link(message.url, message.more)]))
    return {
        "text": cut(message.subject, MOST_NOTIFICATION, _escape),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _item(item: Item) -> Block:
    elements = [_text(f"{item.rank}. "), _link(item.url, cut(item.title, MOST_TITLE), bold=True)]
    if item.byline:
        elements.append(_text(f"\n{cut(item.byline, MOST_BYLINE)}"))
    if item.summary:
        elements.append(_text(f"\n{cut(item.summary, MOST_SUMMARY)}"))
    return _rich(elements)


def _rich(elements: list[Block]) -> Block:
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "elements": [section]}


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _link(url: str, text: str, *, bold: bool = False) -> Block:
    style = {"style": {"bold": True}} if bold else {}
    if len(url) > MOST_URL:
        return {**_text(text), **style}
    return {"type": "link", "url": url, "text": text, **style}


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": cut(text, most), "emoji": False}


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
