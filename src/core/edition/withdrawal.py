"""Remove withdrawn papers from editions and payloads; a mark in the edition's JSON names them."""

import json
from dataclasses import replace

from core.model.paper import WHOLE, Edition, Payload
from core.model.report import Candidate
from core.model.text import one_line


def without(candidate: Candidate, withdrawn: tuple[str, ...]) -> Candidate:
    """Return a candidate without these papers, its payload too, and with the mark."""
    if not withdrawn:
        return candidate
    edition = edition_without(candidate.edition, withdrawn)
    payload = payload_without(candidate.payload, withdrawn) if candidate.payload else None
    return replace(candidate, edition=edition, payload=payload)


def edition_without(edition: Edition, withdrawn: tuple[str, ...]) -> Edition:
    """Return an edition without these papers, and with the mark."""
    papers = tuple(paper for paper in edition.papers if paper.id not in withdrawn)
    return replace(edition, papers=() if WHOLE in withdrawn else papers, withdrawn=withdrawn)


def payload_without(payload: Payload, withdrawn: tuple[str, ...]) -> Payload:
    """Return a payload without the entries of these papers; the rest is written as JSON again."""
    if WHOLE in withdrawn:
        entries: tuple[object, ...] = ()
    else:
        entries = tuple(entry for entry in payload.entries if _id(entry) not in withdrawn)
    if len(entries) == len(payload.entries):
        return payload
    body = json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace")
    return replace(payload, body=body, entries=entries)


def _id(entry: object) -> object:
    paper = entry.get("paper") if isinstance(entry, dict) else None
    name = paper.get("id") if isinstance(paper, dict) else None
    return one_line(name) if isinstance(name, str) else None
