"""JSON with an entry a line, so that two versions of an object compare line by line."""

import json
from collections.abc import Iterable, Mapping


def value(of: object) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(of, ensure_ascii=False)


def array(items: Iterable[str], indent: int) -> str:
    """Return a JSON array of items that are JSON already, one a line."""
    margin = " " * indent
    rows = ",\n".join(f"{margin}{item}" for item in items)
    return f"[\n{rows}\n{margin[2:]}]" if rows else "[]"


def mapping(members: Mapping[str, str], indent: int) -> str:
    """Return a JSON object of members that are JSON already, one a line."""
    margin = " " * indent
    rows = ",\n".join(f"{margin}{value(key)}: {member}" for key, member in members.items())
    return f"{{\n{rows}\n{margin[2:]}}}" if rows else "{}"


def document(members: Mapping[str, str]) -> bytes:
    """Return such an object as the bytes of a whole JSON document."""
    return f"{mapping(members, 2)}\n".encode()
