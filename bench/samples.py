"""Days to measure with, made from the bundled sample: always the same bytes.

Their papers are like recorded ones in size; their words are drawn anew, so that they do not pack
better than real ones.
"""

import json
import random
import re
from datetime import date, timedelta
from functools import cache
from typing import Any

from bench.measuring import ROOT

SAMPLE_DAY = "2025-12-24"
SAMPLE = ROOT / "events" / "sample" / f"{SAMPLE_DAY}.json"
# A Thursday; the days before it, a week before it and after it are weekdays, too.
NEWEST = date(2026, 6, 25)
# Words of a title, an abstract and an AI summary, and keywords: medians of recorded papers.
TITLE, ABSTRACT, AI_SUMMARY, KEYWORDS = 11, 210, 29, 9


def weekdays_until(newest: date, count: int) -> list[date]:
    """Return so many weekdays, oldest first; `newest` is the last, if it is one."""
    calendar = (newest - timedelta(days=number) for number in range(2 * count + 2))
    weekdays = [day for day in calendar if day.weekday() < 5]
    return weekdays[:count][::-1]


def payload(day: date, papers: int, turn: int = 0) -> bytes:
    """Return the API's answer of so many papers; each `turn` has more votes."""
    sample = [_sample()[number % len(_sample())] for number in range(papers)]
    entries = json.loads(json.dumps(sample).replace(SAMPLE_DAY, str(day)))
    for number, entry in enumerate(entries):
        _draw(entry, day, number)
        entry["paper"]["upvotes"] = number * 37 % 97 + turn * (1 + number % 5)
    return json.dumps(entries, ensure_ascii=False).encode()


def _draw(entry: dict[str, Any], day: date, number: int) -> None:
    """Give an entry an id and texts of its own."""
    dice = random.Random(f"{day} {number}")  # noqa: S311 (no secret)

    def text(count: int) -> str:
        return " ".join(dice.choices(words(), k=count)).capitalize()

    paper = entry["paper"]
    paper["id"] = f"{day:%y%m}.{day.day * 1000 + number:05}"
    paper["title"] = entry["title"] = text(TITLE)
    paper["summary"] = entry["summary"] = text(ABSTRACT)
    paper["ai_summary"] = text(AI_SUMMARY)
    paper["ai_keywords"] = [text(2).lower() for _ in range(KEYWORDS)]


@cache
def _sample() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(SAMPLE.read_bytes())
    return entries


@cache
def words() -> list[str]:
    """Return the words of the sample's abstracts, in order."""
    text = " ".join(entry["summary"] for entry in _sample())
    return sorted(set(re.findall(r"[a-z][a-z-]+", text)))
