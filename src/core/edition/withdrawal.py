"""What was withdrawn stays out: an edition's JSON tells it, and whoever brings it respects it."""

import json as json_text
from dataclasses import replace

from core.archive.seen import readable
from core.model.objects import StoredObject
from core.model.paper import WHOLE, Edition, Payload
from core.model.report import Draft
from core.model.text import one_line
from core.render import json


def withdrawn(stored: StoredObject | None) -> tuple[str, ...]:
    """Return the ids of papers that were withdrawn from a stored edition, or `WHOLE`."""
    edition = readable(stored, json.read)
    return edition.withdrawn if edition else ()


def without(draft: Draft, ids: tuple[str, ...]) -> Draft:
    """Return a draft without these papers, its payload too, and with the mark of it."""
    if not ids:
        return draft
    edition = edition_without(draft.edition, ids)
    payload = payload_without(draft.payload, ids) if draft.payload else None
    return replace(draft, edition=edition, payload=payload)


def edition_without(edition: Edition, ids: tuple[str, ...]) -> Edition:
    """Return an edition without these papers, marked so."""
    papers = tuple(paper for paper in edition.papers if paper.id not in ids)
    return replace(edition, papers=papers, withdrawn=ids)


def payload_without(payload: Payload, ids: tuple[str, ...]) -> Payload:
    """Return a payload without the entries of these papers; what is left is written anew."""
    entries = tuple(entry for entry in payload.entries if _id(entry) not in ids)
    if len(entries) == len(payload.entries):
        return payload
    body = json_text.dumps(entries, ensure_ascii=False).encode("utf-8", "replace")
    return replace(payload, body=body, entries=entries)


def is_left_in(payload: Payload, ids: tuple[str, ...]) -> bool:
    """Tell whether a payload has papers that were withdrawn."""
    if WHOLE in ids:
        return bool(payload.entries)
    return payload_without(payload, ids) is not payload


def _id(entry: object) -> object:
    paper = entry.get("paper") if isinstance(entry, dict) else None
    name = paper.get("id") if isinstance(paper, dict) else None
    return one_line(name) if isinstance(name, str) else None
