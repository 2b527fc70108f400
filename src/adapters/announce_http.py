"""Post a message to a channel's HTTP API, once, and tell what its answer means."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any

from adapters.web import Answer, TooLarge, Unanswered, Unreachable, Web
from core.model.announcement import ChannelName
from core.model.errors import (
    AnnounceError,
    AnnounceRejected,
    AnnounceUnavailable,
    AnnounceUnsure,
)
from core.model.ports import Remaining
from core.model.redaction import remember
from core.model.text import excerpt

# Seconds to wait where a channel asks to wait, but not how long.
UNNAMED_WAIT = 1.0
# Seconds that one message may take.
LONGEST = 10.0
# Seconds that a connection to each of a channel's addresses may take: they are tried in turn.
CONNECT = 2.0
# A connection that is kept may be dead by the next edition, and then nobody knows what arrived.
HEADERS = {"Connection": "close"}
# A part of an address with fewer characters may be a word of any text, and is no secret.
SHORTEST_PART = 16


def hide_address(url: str) -> None:
    """Hide an address that is a secret, and its parts: errors may show only its path."""
    path = url.partition("://")[2].partition("/")[2]
    for secret in (url, f"/{path}", path, *path.split("/")):
        if len(secret) >= SHORTEST_PART:
            remember(secret)


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts JSON to a channel within what is left of the announcements.

    `gone` are the statuses of an address that was removed, and `advice` is what the owner can do.
    `forget` is called with these, so that the secret is read again.
    """

    name: ChannelName
    remaining: Remaining
    gone: tuple[int, ...]
    advice: str
    forget: Callable[[], None]

    def post(self, url: str, document: object) -> Answer:
        """Return the answer to a message that was taken: a status below 300.

        Raises `AnnounceRejected`, `AnnounceUnavailable` or `AnnounceUnsure`.
        """
        if self.remaining() <= 0:
            raise AnnounceUnavailable("the time for announcements is over", self.name)
        end = monotonic() + LONGEST
        web = Web(lambda: min(self.remaining(), end - monotonic()), connect=CONNECT)
        try:
            answer = web.send("POST", url, json=document, headers=HEADERS)
        except Unanswered as error:
            if error.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise self._refusal(Answer(error.status, {}, b"", url)) from error
            raise AnnounceUnsure(f"no answer came: {error}", self.name) from error
        except Unreachable as error:
            raise AnnounceUnavailable(f"cannot be reached: {error}", self.name) from error
        except TooLarge as error:
            raise AnnounceUnsure(f"the answer is too large: {error}", self.name) from error
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> AnnounceError:
        """Return the error that a status of 300 or more means.

        Behind a gateway that waited in vain, the channel may have taken the message.
        """
        said = f"answered {answer.status}: {excerpt(answer.body)}"
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return AnnounceUnavailable(said, self.name, wait=_wait(answer))
        if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
            return AnnounceUnsure(said, self.name)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return AnnounceUnavailable(said, self.name)
        if answer.status in self.gone:
            self.forget()
            return AnnounceRejected(f"{said}; {self.advice}", self.name)
        return AnnounceRejected(said, self.name)


def document_of(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of an answer, empty if it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _wait(answer: Answer) -> float:
    """Return how many seconds an answer asks to wait: in a header, or in its JSON."""
    document = document_of(answer.body)
    parameters = document.get("parameters")
    inner = parameters.get("retry_after") if isinstance(parameters, dict) else None
    for value in (document.get("retry_after"), inner, answer.headers.get("retry-after")):
        try:
            return max(float(str(value)), 0.0)
        except ValueError:
            continue
    return UNNAMED_WAIT
