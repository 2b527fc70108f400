"""An event for programs: `EditionPublished` on the account's default EventBridge bus.

Its detail has the form of `schema/edition-published.v1.json`. Sources:
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html (how an entry's size is
counted; 262,144 bytes is the lowest limit that EventBridge has had)
"""

import json
from typing import Any

from adapters.announce_aws import call
from adapters.announce_texts import cut
from core.model.announcement import ChannelName, Item, Message
from core.model.errors import AnnounceRejected, AnnounceUnavailable
from core.model.ports import Remaining
from core.model.text import excerpt

SOURCE = "paperboy"
DETAIL_TYPE = "EditionPublished"
# What is not about an edition must start no rule for editions.
TEST_TYPE = "Test"
SCHEMA_VERSION = 1
MOST_BYTES = 262_144
MOST_TEXT = 1000
# Error codes of entries that are temporary.
BUSY = ("InternalException", "InternalFailure", "ThrottlingException")


class Event:
    """Tells the rules of the default bus in the environment's region."""

    def __init__(self, remaining: Remaining) -> None:
        self._remaining = remaining

    def send(self, message: Message) -> None:
        """Send a message: see `core.model.ports.Channel`.

        An entry that failed is in an answer with status 200.
        """
        entry = payload(message)
        if size(entry) > MOST_BYTES:
            raise AnnounceRejected("the event is too large for EventBridge", ChannelName.EVENT)
        answer = call(ChannelName.EVENT, self._remaining, "events", "put_events", Entries=[entry])
        failed = [one for one in answer.get("Entries", ()) if one.get("ErrorCode")]
        if failed or answer.get("FailedEntryCount"):
            known = failed[0] if failed else {}
            said = excerpt(f"{known.get('ErrorCode')}: {known.get('ErrorMessage')}")
            kind = AnnounceUnavailable if known.get("ErrorCode") in BUSY else AnnounceRejected
            raise kind(f"EventBridge did not take the event: {said}", ChannelName.EVENT)


def payload(message: Message) -> dict[str, str]:
    """Return a message as an entry of PutEvents; a greeting has a type of its own."""
    document = json.dumps(detail(message), ensure_ascii=False)
    kind = DETAIL_TYPE if message.day else TEST_TYPE
    return {"Source": SOURCE, "DetailType": kind, "Detail": document}


def detail(message: Message) -> dict[str, Any]:
    """Return a message as JSON values for programs; of a week, `date` is null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": message.name,
        "date": str(message.day) if message.day else None,
        "papers": message.papers,
        "votes": message.votes,
        "top": [_item(item) for item in message.items],
        "keys": dict(message.keys),
        "store": message.store,
        "site": message.site or None,
        "url": message.url,
    }


def size(entry: dict[str, str]) -> int:
    """Return an entry's size in bytes, as EventBridge counts it."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))


def _item(item: Item) -> dict[str, Any]:
    return {
        "rank": item.rank,
        "id": item.id,
        "title": cut(item.title, MOST_TEXT),
        "votes": item.votes,
        "organization": cut(item.organization, MOST_TEXT) or None,
        "summary": cut(item.summary, MOST_TEXT) or None,
        "url": item.url,
    }
