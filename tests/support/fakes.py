"""Fakes of the ports, and short ways to make papers, editions and payloads."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

from core import payload
from core.errors import PaperboyError, SourceRejected, StoreConflict
from core.models import Artifact, Edition, Organization, Paper, Payload, RunRequest, StoredObject
from core.publish import Ports

DAY = date(2025, 12, 24)
NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)


class FakeSource:
    """Answers with the bodies it was given; a day with an error raises it."""

    def __init__(self, answers: Mapping[date, bytes | PaperboyError]) -> None:
        self.answers = dict(answers)

    def fetch(self, day: date) -> Payload:
        answer = self.answers.get(day)
        if answer is None:
            raise SourceRejected("no such day", day, "fake")
        if isinstance(answer, PaperboyError):
            raise answer
        return payload.decode(answer, day, "fake")


class MemoryStore:
    """Keeps objects in a dictionary, and the order of what was put."""

    def __init__(self) -> None:
        self.objects: dict[str, Artifact] = {}
        self.puts: list[str] = []
        self.gets: list[str] = []

    def get(self, key: str) -> StoredObject | None:
        self.gets.append(key)
        return self._stored(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        stored = self._stored(artifact.key)
        if (stored.etag if stored else None) != replaces:
            raise StoreConflict("was changed meanwhile", artifact.key)
        self.puts.append(artifact.key)
        self.objects[artifact.key] = artifact

    def location(self, key: str) -> str:
        return f"memory:{key}"

    def bodies(self) -> dict[str, bytes]:
        """Return everything that is stored."""
        return {key: artifact.body for key, artifact in self.objects.items()}

    def _stored(self, key: str) -> StoredObject | None:
        artifact = self.objects.get(key)
        return StoredObject(artifact.body, _etag(artifact.body)) if artifact else None


def _etag(body: bytes) -> str:
    return sha256(body).hexdigest()


def paper(number: int = 1, **changes: object) -> Paper:
    """Return a paper with everything; `number` makes its id, title and votes its own."""
    whole = Paper(
        id=f"2512.{number:05}",
        title=f"Paper {number}",
        abstract=f"What paper {number} says.",
        ai_summary="A sentence.",
        ai_keywords=("one", "two"),
        authors=("Ada", "Grace"),
        organization=Organization("lab", "The Lab"),
        votes=number,
        comments=1,
        code="https://github.com/lab/code",
        project="https://lab.example/",
        github_stars=5,
        thumbnail="https://cdn.example/1.png",
        media=("https://cdn.example/1.mp4",),
        published_at="2025-12-23T00:00:00.000Z",
        submitted_at="2025-12-24T00:00:00.000Z",
        submitter="ada",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def edition(*papers: Paper, day: date = DAY) -> Edition:
    """Return an edition of these papers, in this order."""
    return Edition(day, papers)


def entry(number: int = 1, **paper_changes: object) -> dict[str, object]:
    """Return an entry of the API that has what every shape has; None removes a field."""
    fields: dict[str, object] = {
        "id": f"2512.{number:05}",
        "title": f"Paper {number}",
        "summary": f"What paper {number} says.",
        "authors": [{"name": "Ada", "hidden": False}],
        "upvotes": number,
        "publishedAt": "2025-12-23T00:00:00.000Z",
    } | paper_changes
    return {"paper": {key: value for key, value in fields.items() if value is not None}}


def answer(*entries: object) -> bytes:
    """Return the body of an answer that holds these entries."""
    return json.dumps(entries).encode()


def ports(source: FakeSource, store: MemoryStore, pauses: int = 10) -> Ports:
    """Return the ports of a run whose post is its titles; it may pause so many times."""
    left = iter([True] * pauses)
    return Ports(
        source=source,
        store=store,
        render_post=lambda edition: "\n".join(p.title for p in edition.papers).encode(),
        schema=b"{}",
        pause=lambda _: next(left, False),
    )


def request(*days: date, **options: bool) -> RunRequest:
    """Return the request for these days, or for the day of all fakes."""
    return RunRequest(days or (DAY,), NOW, **options)
