"""Recorded days and posts, which lie beside the project: tests that need them skip without them."""

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.edition import payload, ranking
from core.model.paper import Edition

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"

needs_recorded = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the recorded data is not there: ../shared/data"
)


def recorded_days() -> list[Path]:
    """Return the recorded API answers of about 08 UTC, oldest first."""
    return sorted((SHARED / "api").glob("*.json"))


def late_days() -> list[Path]:
    """Return those that were recorded again at about 16 UTC."""
    return sorted((SHARED / "api-late").glob("*.json"))


@cache
def editions() -> list[Edition]:
    """Return all recorded days, oldest first, as a run in the same morning published them."""
    found = []
    for path in recorded_days():
        day = date.fromisoformat(path.name[:10])
        papers = ranking.rank(payload.parse(payload.decode(path.read_bytes(), day)))
        morning = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        found.append(Edition(day, papers, updated_at=morning))
    return found


def blog_days() -> list[Path]:
    """Return what the blog's crawler stored, a file a day."""
    return sorted((SHARED / "blog" / "_data" / "papers").glob("*.json"))


def blog_posts() -> list[Path]:
    """Return the blog's posts, daily and monthly."""
    return sorted((SHARED / "blog" / "_posts").glob("*.md"))


def seed_post() -> Path:
    """Return the seed post."""
    return SHARED / "seed-2025-12-24.md"


def entries(day: Path) -> list[dict[str, Any]]:
    """Return the entries of a recorded API answer."""
    answer: list[dict[str, Any]] = json.loads(day.read_text(encoding="utf-8"))
    return answer
