"""An archive to look at: a month of days and some before it, some of them published again later.

The days are recorded ones; where these are missing, they are made from the bundled sample, so that
the browser has something to show on any machine.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from core import publish
from core.model.report import RunRequest
from handler import bootstrap
from handler.cli.arguments import file_url
from handler.settings import from_environment
from tests.support import recorded, sample
from tests.support.fakes import FakeSource

SITE_URL = "https://papers.example"
MORNING, AFTERNOON, NIGHT = time(8, tzinfo=UTC), time(16, tzinfo=UTC), time(23, tzinfo=UTC)
# Enough for a paper to overtake many others.
BOOST = 60
DAYS = (
    "2026-06-15",
    "2026-07-09",
    "2026-07-15",
    "2026-08-05",
    "2026-08-14",
    "2026-08-17",
    "2026-08-18",
    "2026-08-19",
    "2026-08-20",
    "2026-08-21",
)
AGAIN = ("2026-08-14", "2026-08-19", "2026-08-20", "2026-08-21")
MADE_PAPERS = 24


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the archive's past: a day, its scheduled time, and what the source answered."""

    day: date
    now: datetime
    payload: bytes


def month() -> list[Run]:
    """Return the runs that make the archive, in the order of their days."""
    return sorted(_runs(), key=lambda run: run.now)


def publish_archive(
    place: Path,
    runs: Iterable[Run],
    site_url: str = SITE_URL,
    configuration: str = sample.EMPTY_CONFIGURATION,
) -> Path:
    """Publish the runs' days below a directory, as the command line does; return the archive."""
    archive = place / "public"
    names = {
        "PAPERBOY_CONFIG": configuration,
        "PAPERBOY_STORE": file_url(str(archive)),
        "PAPERBOY_SITE_URL": site_url,
    }
    settings = from_environment(names)
    for run in runs:
        ports = bootstrap.ports(settings, lambda: 60.0)
        answering = replace(ports, source=FakeSource({run.day: run.payload}))
        report = publish.run(RunRequest((run.day,), run.now), answering)
        assert not report.errors()
    return archive


def _runs() -> Iterator[Run]:
    for name in DAYS:
        day = date.fromisoformat(name)
        first = payload(day, "api", 0)
        yield Run(day, datetime.combine(day, MORNING), first)
        if name in AGAIN:
            later = payload(day, "api-late", 1)
            yield Run(day, datetime.combine(day, AFTERNOON), later)
            yield Run(day, datetime.combine(day, NIGHT), with_risers(later))


def payload(day: date, directory: str, turn: int) -> bytes:
    """Return a day's recorded answer, or a made one; later turns have other votes."""
    for place in (directory, "api"):
        path = recorded.SHARED / place / f"{day}.json"
        if path.is_file():
            return path.read_bytes()
    return _made(day, turn)


def with_risers(payload: bytes) -> bytes:
    """Return the payload with more votes for most papers, and many for the one with fewest."""
    entries: list[dict[str, Any]] = json.loads(payload)
    lowest = min(entries, key=lambda entry: int(entry["paper"]["upvotes"]))
    lowest["paper"]["upvotes"] += BOOST
    for number, entry in enumerate(entries):
        entry["paper"]["upvotes"] += number * 5 % 9
    return json.dumps(entries, ensure_ascii=False).encode()


def _made(day: date, turn: int) -> bytes:
    """Return a day made of the sample's papers, with ids, titles and votes of its own."""
    samples: list[dict[str, Any]] = json.loads(sample.PAYLOAD.read_bytes())
    entries = (deepcopy(samples[number % len(samples)]) for number in range(MADE_PAPERS))
    made = [_renamed(entry, number, day, turn) for number, entry in enumerate(entries)]
    return json.dumps(made, ensure_ascii=False).encode()


def _renamed(entry: dict[str, Any], number: int, day: date, turn: int) -> Mapping[str, object]:
    paper = entry["paper"]
    paper["id"] = f"{day:%y%m}.{day:%d}{number:03}"
    paper["title"] = entry["title"] = f"{paper['title']}, Part {number + day.day}"
    paper["upvotes"] = (number * 37 + day.day) % 97 + turn * (number % 5)
    paper["submittedOnDailyAt"] = f"{day}T01:20:51.117Z"
    return entry
