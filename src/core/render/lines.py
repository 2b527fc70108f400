"""JSON with an entry a line, so that two versions of an object can be compared line by line."""

import json
from collections.abc import Iterable, Mapping

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def value(of: object) -> str:
    """Return a value as JSON on one line."""
    return _ENCODER.encode(of)


def array(items: Iterable[str], indent: int) -> str:
    """Return a JSON array of items that are JSON already, one a line."""
    margin = " " * indent
    rows = f",\n{margin}".join(items)
    return f"[\n{margin}{rows}\n{margin[2:]}]" if rows else "[]"


def mapping(members: Mapping[str, str], indent: int) -> str:
    """Return a JSON object of members that are JSON already, one a line."""
    margin = " " * indent
    rows = f",\n{margin}".join(f"{value(key)}: {member}" for key, member in members.items())
    return f"{{\n{margin}{rows}\n{margin[2:]}}}" if rows else "{}"


def document(members: Mapping[str, str]) -> bytes:
    """Return a JSON document: an object of members that are JSON already, one a line."""
    return f"{mapping(members, 2)}\n".encode()
