"""Fakes of the ports, and short ways to make papers, editions and payloads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

from core.blog.commits import blob_id
from core.edition import payload
from core.model import keys
from core.model.blog import BlogFile, Commit, Tip
from core.model.errors import BlogConflict, PaperboyError, SourceRejected, StoreConflict
from core.model.month import Month, MonthSpan, Neighbours
from core.model.objects import Artifact, StoredObject
from core.model.paper import Edition, Organization, Paper, Payload
from core.model.ports import Blog, Ports
from core.model.report import RunRequest
from core.model.votes import VoteRecord

DAY = date(2025, 12, 24)
NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)
# How a page of `FakeSite` writes where it leads to.
LINK = "-> "


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


class FakeRenderer:
    """Renders titles, and the time that it is told."""

    def post(self, edition: Edition) -> bytes:
        return "\n".join(paper.title for paper in edition.papers).encode()

    def data(self, edition: Edition, updated_at: datetime) -> bytes:
        votes = ",".join(f"{paper.id}:{paper.votes}" for paper in edition.papers)
        return f"{edition.day} {updated_at.isoformat()} {votes}".encode()

    def month_post(self, month: Month) -> bytes:
        days = (f"{entry.edition.day}: {len(entry.edition.papers)}" for entry in month.editions)
        return "\n".join(days).encode()


class FakeSite:
    """Renders what a page follows from, and where it leads, a line each; `release` is its own."""

    release = "1"

    def edition(self, edition: Edition, votes: VoteRecord, neighbours: Neighbours) -> bytes:
        told = [f"{paper.title}: {paper.votes}" for paper in edition.papers]
        records = [f"{at:%d %H:%M} {dict(counts)}" for at, counts in votes.records]
        near = (neighbours.previous, neighbours.next)
        return _page([*told, *records], [keys.edition_page(day) for day in near if day])

    def home(
        self,
        edition: Edition,
        votes: VoteRecord,
        days: Sequence[date],
        months: Sequence[MonthSpan],
    ) -> bytes:
        page = self.edition(edition, votes, Neighbours()).decode()
        spans = [f"{span.first:%Y-%m}: {span.editions}" for span in months]
        calendar = [keys.edition_page(day) for day in days]
        return _page([page, *spans], calendar + [keys.month_page(span.first) for span in months])

    def withdrawn(self, day: date) -> bytes:
        return _page([f"{day} was withdrawn"], [keys.HOME])

    def month(self, month: Month, neighbours: Neighbours) -> bytes:
        near = [keys.month_page(day) for day in (neighbours.previous, neighbours.next) if day]
        told = [f"{entry.digest} {entry.updated_at}" for entry in month.editions]
        return _page(told, near + [keys.edition_page(one.edition.day) for one in month.editions])

    def month_sitemap(self, month: Month) -> bytes:
        pages = [keys.edition_page(entry.edition.day) for entry in month.editions]
        return _page([], [keys.month_page(month.first), *pages])

    def sitemap(self, months: Sequence[MonthSpan]) -> bytes:
        return _page([], [keys.month_sitemap(span.first) for span in months])

    def fixed(self) -> Mapping[str, bytes]:
        return {
            keys.ABOUT_PAGE: f"release {self.release}".encode(),
            keys.static("site.css", "0" * 64): b"body {}",
        }


def _page(told: Sequence[str], links: Sequence[str]) -> bytes:
    return "\n".join([*told, *(f"{LINK}{key}" for key in links)]).encode()


class FakeFeeds:
    """Renders the newest 30 days of a feed with their titles; `atom` puts brackets around it."""

    def editions(self, stored: bytes | None, editions: Sequence[tuple[Edition, datetime]]) -> bytes:
        entries = json.loads(stored) if stored else {}
        for edition, at in editions:
            key = keys.edition_page(edition.day)
            content = [f"{paper.title}: {paper.votes}" for paper in edition.papers]
            if entries.get(key, {}).get("content") != content:
                entries[key] = {"content": content, "modified": at.isoformat()}
        return json.dumps(dict(sorted(entries.items())[-30:])).encode()

    def papers(self, stored: bytes | None, editions: Sequence[tuple[Edition, datetime]]) -> bytes:
        return self.editions(stored, editions)

    def atom(self, feed: bytes) -> bytes:
        return b"<" + feed + b">"


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


def ports(
    source: FakeSource, store: MemoryStore, pauses: int = 10, blog: Blog | None = None
) -> Ports:
    """Return the ports of a run whose posts are titles; it may pause so many times."""
    return Ports(
        source=source,
        store=store,
        renderer=FakeRenderer,
        site=FakeSite,
        feeds=FakeFeeds,
        schemas={keys.EDITION_SCHEMA: b"{}"},
        pause=Pauses(pauses),
        blog=(lambda: blog) if blog else None,
    )


def request(*days: date, **options: bool) -> RunRequest:
    """Return the request for these days, or for the day of all fakes."""
    return RunRequest(days or (DAY,), NOW, **options)
