"""Days to measure with, made from the bundled sample: always the same bytes.

The sample's summaries are short, ours are as long as real abstracts are: the median of 1,000 real
papers is 1,445 characters, and 8 authors.
"""

import json
from copy import deepcopy
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DAY = "2025-12-24"
DAY_BEFORE, WEEK_BEFORE = "2025-12-23", "2025-12-17"
SAMPLE = ROOT / "events" / "sample" / f"{DAY}.json"
ABSTRACT = 1400


def payload(papers: int, authors: int | None = None, turn: int = 0) -> bytes:
    """Return an API answer of so many papers, each by so many authors (default: the sample's).

    Each `turn` has other votes, and so another order.
    """
    entries = [_entry(number, authors, turn) for number in range(papers)]
    return json.dumps(entries, ensure_ascii=False).encode()


def moved(payload: bytes, day: str, ids: str) -> bytes:
    """Return the sample's papers as another day's, whose ids begin otherwise, with `2511.` say."""
    return payload.replace(DAY.encode(), day.encode()).replace(b'"2512.', f'"{ids}'.encode())


@cache
def _sample() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(SAMPLE.read_bytes())
    return entries


def _entry(number: int, authors: int | None, turn: int) -> dict[str, Any]:
    sample = _sample()
    entry = deepcopy(sample[number % len(sample)])
    paper = entry["paper"]
    paper["id"] = f"2512.{10000 + number}"
    paper["title"] = entry["title"] = f"{paper['title']}, Part {number + 1}"
    paper["summary"] = entry["summary"] = _abstract(number)
    paper["upvotes"] = (number * 37 + turn * 11) % 97
    if authors is not None:
        paper["authors"] = [
            {**author, "name": f"{author['name']} {place}"}
            for place, author in enumerate(islice(cycle(_authors()), authors), 1)
        ]
    return entry


def _abstract(number: int) -> str:
    """Return the sample's summaries, from this paper's on, up to an abstract's length."""
    sample = _sample()
    texts = (entry["summary"] for entry in islice(cycle(sample), number % len(sample), None))
    text = ""
    while len(text) < ABSTRACT:
        text += f"{next(texts)}\n"
    return text


def _authors() -> list[dict[str, Any]]:
    return [author for entry in _sample() for author in entry["paper"]["authors"]]
