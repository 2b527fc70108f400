"""E-mail by Amazon SNS: plain text to addresses, JSON to other subscribers of the topic.

Sources: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (a subject under 100
characters, without line breaks and control characters; 262,144 bytes of message) and
https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
(a message that differs by the subscriber's protocol)
"""

import json
from typing import Any

from adapters.announce_aws import call
from adapters.announce_event import detail
from adapters.announce_texts import cut, unlinked
from core.model.announcement import ChannelName, Item, Message
from core.model.errors import AnnounceRejected
from core.model.ports import Remaining
from core.model.text import one_line

MOST_SUBJECT = 99
MOST_BYTES = 262_144
MOST_TEXT = 1000
RULE = "-" * 40


class Email:
    """Tells the subscribers of an SNS topic, by its ARN."""

    def __init__(self, topic: str, remaining: Remaining) -> None:
        self._topic, self._remaining = topic, remaining

    def send(self, message: Message) -> None:
        """Send a message: see `core.model.ports.Channel`."""
        sent = payload(message)
        # SNS counts all protocols together. Our papers need a tenth of this.
        if len(sent["Message"].encode()) > MOST_BYTES:
            raise AnnounceRejected("the message is too large for SNS", ChannelName.EMAIL)
        region = self._topic.split(":")[3]
        call(
            ChannelName.EMAIL,
            self._remaining,
            "sns",
            "publish",
            region,
            TopicArn=self._topic,
            **sent,
        )


def payload(message: Message) -> dict[str, Any]:
    """Return a message as SNS takes it, without the topic.

    The text is for `email`, and JSON for all other protocols.
    """
    document = json.dumps(detail(message), ensure_ascii=False)
    texts = {"default": document, "email": text(message)}
    return {
        "Subject": cut(one_line(message.subject), MOST_SUBJECT),
        "Message": json.dumps(texts, ensure_ascii=False),
        "MessageStructure": "json",
    }


def text(message: Message) -> str:
    """Return a message as the plain text of a mail."""
    parts = [f"{_shown(message.heading)}\n{_shown(message.counts)}"]
    parts += map(_item, message.items)
    if message.url:
        parts.append(f"{RULE}\n{message.more}:\n{message.url}")
    return "\n\n".join(parts) + "\n"


def _item(item: Item) -> str:
    """Return a paper; lines are not broken, because each mail program breaks them to its width."""
    lines = [f"{item.rank}. {_shown(item.title)}", _shown(item.byline), _shown(item.summary)]
    return "\n".join(filter(None, [*lines, item.url]))


def _shown(text: str) -> str:
    return cut(one_line(text), MOST_TEXT, unlinked)
