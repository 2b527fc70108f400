"""Telegram: a message of a bot to a chat, as HTML.

Source: https://core.telegram.org/bots/api#sendmessage (4,096 characters after its tags and
references are read), https://core.telegram.org/bots/api#html-style (the tags that it knows) and
https://core.telegram.org/bots/api#making-requests (`ok`, `description`, `parameters`)
"""

from collections.abc import Callable
from html import escape
from http import HTTPStatus
from typing import Any

from adapters.announce_http import Poster, document_of, hide_address
from adapters.announce_texts import cut, size, unlinked
from core.model.announcement import ChannelName, Item, Message
from core.model.errors import AnnounceUnsure
from core.model.ports import Remaining
from core.model.redaction import remember
from core.model.text import excerpt

MOST_CHARACTERS = 4096
MOST_HEADING = 200
MOST_TITLE = 300
MOST_BYLINE = 150
MOST_URL = 1000
# Telegram answers 400 for a chat that it does not know.
GONE = (400, 401, 403, 404)
ADVICE = "check the bot's token and the chat's id, and that the bot is a member that may post there"


class Telegram:
    """Tells a chat; the bot's token is a secret, and part of each address.

    `api` is the base of the Bot API, without a slash at its end. `forget` is called when Telegram
    does not accept token or chat, so that both are read again.
    """

    def __init__(
        self,
        api: str,
        token: str,
        chat: str,
        remaining: Remaining,
        forget: Callable[[], None],
    ) -> None:
        remember(token)
        remember(token.partition(":")[2])
        self._url = f"{api}/bot{token}/sendMessage"
        hide_address(self._url)
        self._chat = chat
        self._poster = Poster(ChannelName.TELEGRAM, remaining, GONE, ADVICE, forget)

    def send(self, message: Message) -> None:
        """Send a message: see `core.model.ports.Channel`."""
        answer = self._poster.post(self._url, {"chat_id": self._chat, **payload(message)})
        document = document_of(answer.body)
        if answer.status != HTTPStatus.OK or document.get("ok") is not True:
            said = excerpt(answer.body)
            raise AnnounceUnsure(f"an unknown answer: {said}", ChannelName.TELEGRAM)


def payload(message: Message) -> dict[str, Any]:
    """Return a message as the Bot API takes it, without the chat."""
    head = f"<b>{_shown(message.heading, MOST_HEADING)}</b>\n{_shown(message.counts, MOST_TITLE)}"
    tail = _link(message.url, escape(message.more)) if message.url else ""
    fixed = MOST_HEADING + MOST_TITLE + len(message.more) + 10
    most = (MOST_CHARACTERS - fixed) // max(len(message.items), 1) - 2
    parts = [head, *(_item(item, most) for item in message.items), tail]
    return {
        "text": "\n\n".join(filter(None, parts)),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


def _item(item: Item, most: int) -> str:
    """Return a paper, in at most so many characters after its tags and references are read."""
    number = f"{item.rank}. "
    title = _cut(item.title, min(MOST_TITLE, most // 2))
    byline = _cut(item.byline, min(MOST_BYLINE, most // 4))
    left = most - size(number) - size(title) - size(byline) - 2
    summary = _cut(item.summary, left) if left > 0 else ""
    lines = [f"{number}{_link(item.url, f'<b>{escape(title)}</b>')}", escape(byline)]
    return "\n".join(filter(None, [*lines, escape(summary)]))


def _link(url: str, content: str) -> str:
    return f'<a href="{escape(url)}">{content}</a>' if len(url) <= MOST_URL else content


def _cut(text: str, most: int) -> str:
    return cut(text, most, unlinked)


def _shown(text: str, most: int) -> str:
    return escape(_cut(text, most))
