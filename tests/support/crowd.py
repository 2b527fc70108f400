"""Several runs at once on a real store, in threads or in processes, some of which are killed."""

import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

from adapters.directory import DirectoryStore
from core import publish
from core.archive.ports import Ports
from core.model import keys
from core.model.objects import Artifact
from core.model.ports import Store
from core.model.report import RunReport, RunRequest
from tests.support import fakes, sample
from tests.support.fakes import SITE as URL
from tests.support.fakes import FakeSource
from tests.support.papers import NOW, answer, entry

__all__ = ["URL", "at_once", "in_process", "real_ports", "requests", "source"]


def requests(runs: int, days: Sequence[date]) -> list[RunRequest]:
    """Return runs of two days each, an hour apart, in no order."""
    made = []
    for number in range(runs):
        own = days[number % len(days)], days[(number + 1) % len(days)]
        made.append(RunRequest(own, NOW + timedelta(hours=number)))
    random.Random(1).shuffle(made)  # noqa: S311 (no secret)
    return made


def source(request: RunRequest) -> FakeSource:
    """Return what a run finds: three papers a day, with more votes the later it is."""
    hours = (request.now - NOW) // timedelta(hours=1)
    papers = [entry(number, upvotes=10 * hours + number) for number in (1, 2, 3)]
    return FakeSource({day: answer(*papers) for day in request.days})


def real_ports(papers: FakeSource, store: Store) -> Ports:
    """Return the ports of a run that waits as long as it has to."""
    schemas = {key: (sample.ROOT / key).read_bytes() for key in keys.SCHEMAS}
    made = fakes.ports(papers, store)
    return replace(made, schemas=schemas, pause=_pause, token=lambda: os.urandom(8).hex())


def at_once(store: Store, asked: Sequence[RunRequest]) -> list[RunReport]:
    """Do runs in threads that begin together."""
    together = Barrier(len(asked))

    def run(request: RunRequest) -> RunReport:
        together.wait(timeout=60)
        return publish.run(request, real_ports(source(request), store))

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(run, asked))


class _Killing(DirectoryStore):
    """A directory whose process ends at a put."""

    def __init__(self, root: Path, puts: int) -> None:
        super().__init__(root)
        self._left = puts

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        self._left -= 1
        if self._left == 0:
            os._exit(9)
        return super().put(artifact, replaces=replaces)


def in_process(root: Path, request: RunRequest, puts: int) -> None:
    """Do a run in this process, which ends at so many puts; 0 is never."""
    store = _Killing(root, puts) if puts else DirectoryStore(root)
    report = publish.run(request, real_ports(source(request), store))
    os._exit(len(report.errors()))


def _pause(attempt: int, at_least: float = 0.0) -> bool:
    time.sleep(random.uniform(at_least, at_least + 0.02 * min(attempt, 5)))  # noqa: S311
    return True
