"""Fakes of the ports, and short ways to make papers, editions and payloads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path

from core.archive.ports import Ports
from core.edition import payload
from core.model import keys
from core.model.blog import BlogFile, Commit, Tip, blob_id
from core.model.errors import BlogConflict, PaperboyError, SourceRejected, StoreConflict
from core.model.objects import Artifact, ListedObject, StoredObject
from core.model.paper import Edition, Organization, Paper, Payload
from core.model.ports import Blog, PaperSource, Store
from core.model.report import RunRequest
from core.model.style import PostStyle
from core.render.feeds import FeedRenderer
from core.render.post import PostRenderer
from core.render.site import SiteRenderer

DAY = date(2025, 12, 24)
NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = "https://papers.example"


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
    """Keeps objects in a dictionary, and the order of what was put and got.

    `time` is its clock. `gone` has the holders whose processes have ended; the fake's own holder is
    `holder_name`.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Artifact] = {}
        self.puts: list[str] = []
        self.gets: list[str] = []
        self.time = NOW.timestamp()
        self.holder_name = ""
        self.gone: set[str] = set()

    def get(self, key: str) -> StoredObject | None:
        self.gets.append(key)
        return self._stored(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        stored = self._stored(artifact.key)
        if (stored.etag if stored else None) != replaces:
            raise StoreConflict("was changed meanwhile", artifact.key)
        self.puts.append(artifact.key)
        self.objects[artifact.key] = artifact
        return _etag(artifact.body)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        for key in sorted(self.objects):
            if key.startswith(prefix):
                body = self.objects[key].body
                yield ListedObject(key, _etag(body), len(body))

    def now(self) -> float:
        return self.time

    def holder(self) -> str:
        return self.holder_name

    def is_gone(self, holder: str) -> bool:
        return holder in self.gone

    def location(self, key: str) -> str:
        return f"memory:{key}"

    def bodies(self) -> dict[str, bytes]:
        """Return everything that is stored."""
        return {key: artifact.body for key, artifact in self.objects.items()}

    def _stored(self, key: str) -> StoredObject | None:
        artifact = self.objects.get(key)
        return StoredObject(artifact.body, _etag(artifact.body)) if artifact else None


class Pauses:
    """A pause that takes no time, so many times; `taken` has the seconds that were asked for."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.taken: list[float] = []

    def __call__(self, attempt: int, at_least: float = 0.0) -> bool:
        self.taken.append(at_least)
        return len(self.taken) <= self._times


class MemoryBlog:
    """A branch in memory: its commits, newest last, each with all files and its message."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.commits: list[tuple[str, dict[str, bytes]]] = [("start", dict(files or {}))]
        self.looks = 0

    def tip(self, paths: Sequence[str]) -> Tip:
        self.looks += 1
        found = {path: blob_id(self.files[path]) for path in paths if path in self.files}
        return Tip(str(len(self.commits)), {path: oid or "" for path, oid in found.items()})

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        if tip.oid != str(len(self.commits)):
            raise BlogConflict("the branch moved", "ada/blog")
        after = dict(self.files)
        if any(file.body is None and file.path not in after for file in files):
            raise BlogConflict("a file to remove is not there", "ada/blog")
        for file in files:
            if file.body is None:
                del after[file.path]
            else:
                after[file.path] = file.body
        self.commits.append((message, after))
        return Commit(str(len(self.commits)), "memory:commit")

    @property
    def files(self) -> dict[str, bytes]:
        """Return what the branch holds now."""
        return self.commits[-1][1]

    @property
    def messages(self) -> list[str]:
        """Return the messages of the commits that were made here."""
        return [message for message, _ in self.commits[1:]]


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
        author_count=2,
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


@cache
def _renderers() -> tuple[PostRenderer, SiteRenderer, FeedRenderer]:
    return (
        PostRenderer(TEMPLATES, PostStyle(locale="en")),
        SiteRenderer(TEMPLATES, "en", SITE),
        FeedRenderer(TEMPLATES, "en", SITE),
    )


def ports(
    source: PaperSource,
    store: Store,
    pauses: int = 10,
    blog: Blog | None = None,
    release: str = "release 1",
) -> Ports:
    """Return the ports of a run with the real renderers; it may pause so many times."""
    post, site, feeds = _renderers()
    tokens = count(1)
    return Ports(
        source=source,
        store=store,
        renderer=lambda: post,
        site=lambda: site,
        feeds=lambda: feeds,
        release=lambda: release,
        schemas={keys.EDITION_SCHEMA: b"{}"},
        pause=Pauses(pauses),
        token=lambda: f"token {id(store)} {next(tokens)}",
        blog=(lambda: blog) if blog else None,
    )


def request(*days: date, **options: bool) -> RunRequest:
    """Return the request for these days, or for the day of all fakes."""
    return RunRequest(days or (DAY,), NOW, **options)
