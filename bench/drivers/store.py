"""An archive in a directory: how runs bring days to it, and what they read and write."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from adapters.directory import DirectoryStore
from core.edition.payload import decode
from core.model.objects import Artifact, StoredObject
from core.model.paper import Payload
from core.model.ports import Ports
from core.model.report import RunRequest
from core.publish import edition_of, run
from core.render import json, jsonfeed
from core.render import month as month_json
from handler import bootstrap
from handler.settings import Settings

SITE = "https://papers.example"
PATIENCE = 3600.0


class CountingStore:
    """A directory that counts by key what is read and written, in times and bytes."""

    def __init__(self, root: Path) -> None:
        self._root, self._directory = root, DirectoryStore(root)
        self._before: dict[str, bytes | None] = {}
        self.gets, self.read = Counter[str](), Counter[str]()
        self.puts, self.written = Counter[str](), Counter[str]()

    def get(self, key: str) -> StoredObject | None:
        """Return the object, and count it."""
        stored = self._directory.get(key)
        self.gets[key] += 1
        self.read[key] += len(stored.body) if stored else 0
        return stored

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Put the artifact, and count it."""
        if artifact.key not in self._before:
            # Of what is read only, nothing is kept: it would be most of a rebuild's memory.
            before = (self._root / artifact.key).read_bytes() if replaces else None
            self._before[artifact.key] = before
        self._directory.put(artifact, replaces=replaces)
        self.puts[artifact.key] += 1
        self.written[artifact.key] += len(artifact.body)

    def location(self, key: str) -> str:
        """Return the path of the file."""
        return self._directory.location(key)

    def take_back(self) -> None:
        """Bring the directory back to what was there before the first put."""
        for key in self.puts:
            path, body = self._root / key, self._before[key]
            path.unlink() if body is None else path.write_bytes(body)


class Answers:
    """A source that has these answers, and nothing for other days."""

    def __init__(self, bodies: Mapping[date, bytes]) -> None:
        self._bodies = bodies

    def fetch(self, day: date) -> Payload:
        """Return the day's payload."""
        return decode(self._bodies.get(day, b"[]"), day)


def ports(root: Path) -> Ports:
    """Return what runs work with that publish into a directory; they have no source yet."""
    place = root.as_uri()
    return bootstrap.ports(Settings(store=place, site_url=SITE, source=place), lambda: PATIENCE)


def publish(bodies: Mapping[date, bytes], ports: Ports, now: datetime) -> None:
    """Publish these answers in one run. Raises what fails."""
    report = run(RunRequest(tuple(sorted(bodies)), now), replace(ports, source=Answers(bodies)))
    for error in report.errors():
        raise error


def forget() -> None:
    """Forget what was read and made: each run of a function begins without."""
    for kept in (month_json.read, jsonfeed.read, json.read, json.render, edition_of):
        kept.cache_clear()
