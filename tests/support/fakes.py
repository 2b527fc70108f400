"""Fakes of the ports, and short ways to make papers, editions and payloads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
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
from core.model.paper import Payload
from core.model.ports import Blog, PaperSource, Store
from core.model.report import RunRequest
from core.model.style import PostStyle, SiteStyle
from core.model.topic import Topic
from core.render.feeds import FeedRenderer
from core.render.post import PostRenderer
from core.render.site import SiteRenderer
from core.topics.rules import Rules
from tests.support.papers import DAY, NOW

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
            raise StoreConflict("was changed by another run", artifact.key)
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


@cache
def _renderers(
    layout: str, topics: tuple[Topic, ...]
) -> tuple[PostRenderer, SiteRenderer, FeedRenderer]:
    return (
        PostRenderer(TEMPLATES, PostStyle(language="en", layout=layout), SITE, topics),
        SiteRenderer(TEMPLATES, SiteStyle(language="en"), SITE, topics),
        FeedRenderer(TEMPLATES, "en", SITE, SiteStyle(), topics),
    )


def ports(
    source: PaperSource,
    store: Store,
    pauses: int = 10,
    blog: Blog | None = None,
    release: str = "release 1",
    layout: str = "seed",
    topics: tuple[Topic, ...] = (),
) -> Ports:
    """Return the ports of a run with the real renderers; it may pause so many times."""
    post, site, feeds = _renderers(layout, topics)
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
        topics=(lambda: Rules(topics)) if topics else None,
    )


def request(*days: date, **options: bool) -> RunRequest:
    """Return the request for these days, or for the day of all fakes."""
    return RunRequest(days or (DAY,), NOW, **options)
