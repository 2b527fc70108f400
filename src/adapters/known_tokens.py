"""Refuse payloads that hold a token: the published objects would show it."""

from core.model.errors import PayloadError
from core.model.paper import Payload
from core.model.redaction import holds_known


def refuse_known_tokens(payload: Payload) -> Payload:
    """Return the payload. Raises `PayloadError` when it holds a secret that the process knows."""
    if holds_known(list(payload.entries)):
        problem = "the answer holds a token that Paperboy knows: nothing of it is published"
        raise PayloadError(problem, payload.day, payload.url)
    return payload
