"""Weekdays of an archive, with papers like recorded ones in size: always the same bytes.

Unlike the days of `bench.days`, each has its own papers, with AI summaries and keywords, and words
drawn anew, so that they cannot be packed better than real ones.
"""

import json
import random
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from bench import days

# The days before it, and a week before it, are weekdays, too, and so is the day after; its month
# has most of its editions.
NEWEST = date(2026, 6, 25)
# The medians of recorded papers since September 2025 are titles of 75, abstracts of 1,459 and AI
# summaries of 199 characters, with 9 keywords and 8 authors.
TITLE, ABSTRACT, AI_SUMMARY, KEYWORDS = 11, 210, 29, 9

# The default schedule's times, in UTC, and for how many days it reads a day again.
TIMES, AGAIN = (time(2, tzinfo=UTC), time(14, tzinfo=UTC)), (0, 1, 7)


def runs(day: date) -> list[datetime]:
    """Return the times of the runs that read a day, in order."""
    return [datetime.combine(day + timedelta(later), at) for later in AGAIN for at in TIMES]


def until(newest: date, count: int) -> list[date]:
    """Return so many weekdays, oldest first; `newest` is the last, if it is one."""
    calendar = (newest - timedelta(days=number) for number in range(2 * count + 2))
    weekdays = [day for day in calendar if day.weekday() < 5]
    return weekdays[:count][::-1]


def payload(day: date, papers: int, turn: int = 0) -> bytes:
    """Return the day's API answer with so many papers; each `turn` has more votes."""
    entries = json.loads(_sample(papers).replace(days.DAY, str(day)))
    for number, entry in enumerate(entries):
        _draw(entry, day, number)
        entry["paper"]["upvotes"] = number * 37 % 97 + turn * (1 + number % 5)
    return json.dumps(entries, ensure_ascii=False).encode()


def _draw(entry: dict[str, object], day: date, number: int) -> None:
    """Give an entry an id and texts of its own."""
    dice = random.Random(f"{day} {number}")  # noqa: S311 (no secret)

    def text(words: int) -> str:
        return " ".join(dice.choices(_words(), k=words)).capitalize()

    paper = entry["paper"]
    assert isinstance(paper, dict)  # noqa: S101 (for mypy)
    paper["id"] = f"{day:%y%m}.{day.day * 1000 + number:05}"
    paper["title"] = entry["title"] = text(TITLE)
    paper["summary"] = entry["summary"] = text(ABSTRACT)
    paper["ai_summary"] = text(AI_SUMMARY)
    paper["ai_keywords"] = [text(2).lower() for _ in range(KEYWORDS)]


@cache
def _sample(papers: int) -> str:
    return days.payload(papers).decode()


@cache
def _words() -> list[str]:
    entries = json.loads(days.SAMPLE.read_bytes())
    text = " ".join(entry["summary"] for entry in entries)
    return sorted(set(re.findall(r"[a-z][a-z-]+", text)))
