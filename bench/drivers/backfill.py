"""`count ARGUMENTS …` runs the command line, and prints what it did with the store, as JSON.

`alone DIRECTORY FIRST LAST NOW` publishes the days without it, each as a run of its own. The source
is `PAPERBOY_SOURCE`.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from unittest import mock

from bench.drivers.store import PATIENCE
from core.model.objects import Artifact, StoredObject
from core.model.ports import Remaining, Store
from core.model.report import RunRequest
from core.publish import run
from handler import bootstrap, events
from handler.cli import main as cli
from handler.settings import Settings


class CountedStore:
    """A store that counts what all threads read and write, in times and bytes."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self.counts = Counter(gets=0, puts=0, read=0, written=0)

    def get(self, key: str) -> StoredObject | None:
        """Return the object, and count it."""
        stored = self._store.get(key)
        self._count(gets=1, read=len(stored.body) if stored else 0)
        return stored

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        """Put the artifact, and count it."""
        self._store.put(artifact, replaces=replaces)
        self._count(puts=1, written=len(artifact.body))

    def location(self, key: str) -> str:
        """Return the path of the file."""
        return self._store.location(key)

    def _count(self, **counts: int) -> None:
        with self._lock:
            self.counts.update(counts)


def count(arguments: Sequence[str]) -> int:
    """Run the command line, print what it did with its store, and return its exit code."""
    stores: list[CountedStore] = []
    open_store = bootstrap.store

    def counted(url: str, remaining: Remaining) -> Store:
        stores.append(CountedStore(open_store(url, remaining)))
        return stores[-1]

    with mock.patch.object(bootstrap, "store", counted):
        status = cli.main(arguments)
    (store,) = stores
    print(json.dumps(store.counts))
    return status


def alone(root: Path, days: Sequence[date], now: datetime) -> None:
    """Publish the days, one by one. Raises what fails."""
    settings = Settings(store=root.as_uri(), source=os.environ["PAPERBOY_SOURCE"])
    ports = bootstrap.ports(settings, lambda: PATIENCE)
    for day in days:
        for error in run(RunRequest((day,), now), ports).errors():
            raise error


def main(task: str, *arguments: str) -> int:
    """Do one of the two; return the exit code."""
    if task == "count":
        return count(arguments)
    root, first, last, now = arguments
    days = events.days_between(date.fromisoformat(first), date.fromisoformat(last))
    alone(Path(root), days, datetime.fromisoformat(now))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
