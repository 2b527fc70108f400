"""Many runs at once, in threads, through a store that makes them wait and conflict."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from core import publish
from core.model import keys
from core.model.errors import StoreConflict
from core.model.objects import Artifact, StoredObject
from core.model.ports import Ports, Store
from core.model.report import RunRequest
from core.model.style import PostStyle
from handler import bootstrap
from tests.support import fakes, sample
from tests.support.fakes import NOW, FakeSource, MemoryStore, answer, entry

URL = "https://papers.example"
DELIVERIES = 2
# A run that gave up is delivered again, as Lambda does it, and then by the owner of its queue.
TRIES = 5
LONGEST, CONFLICTS = 0.004, 0.05
NEVER = threading.Event()

MakePorts = Callable[[FakeSource, Store], Ports]


class SlowStore(MemoryStore):
    """Lets others go first for up to some milliseconds at each get and put, and conflicts."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance, self._lock = Random(seed), threading.Lock()  # noqa: S311 (no secret)
        self.conflicts: Counter[str] = Counter()

    def get(self, key: str) -> StoredObject | None:
        self._dawdle()
        with self._lock:
            return super().get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        self._dawdle()
        with self._lock:
            if self._chance.random() < CONFLICTS:
                self.conflicts["for no reason"] += 1
                raise StoreConflict("another request is under way", artifact.key)
            try:
                super().put(artifact, replaces=replaces)
            except StoreConflict:
                self.conflicts["lost races"] += 1
                raise

    def _dawdle(self) -> None:
        with self._lock:
            longest = self._chance.uniform(0, LONGEST)
        NEVER.wait(longest)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of a crowd: how often a run was begun and one gave up, and what these had found."""

    begun: int
    gave_up: int
    left: frozenset[str]
    """The keys of payloads that runs found which gave up."""


def requests(runs: int, days: Sequence[date], seed: int) -> list[RunRequest]:
    """Return runs of one to three days each, each day in as many; no two at the same time."""
    chance = Random(seed)  # noqa: S311 (no secret)
    made = []
    for number in range(runs):
        own = {days[number % len(days)], *chance.sample(days, chance.randint(0, 2))}
        made.append(RunRequest(tuple(sorted(own)), NOW + timedelta(hours=number)))
    return made


def papers_of(day: date, seen: int = 0) -> bytes:
    """Return what the source says of a day: three papers, with more votes the later it is seen."""
    number = 10 * (day.toordinal() % 1000)
    return answer(*(entry(number + one, upvotes=5 + one * (1 + seen)) for one in range(3)))


def source(days: Sequence[date], seen: int = 0) -> FakeSource:
    """Return a source that says this of these days."""
    return FakeSource({day: papers_of(day, seen) for day in days})


def one_after_the_other(store: Store, asked: Sequence[RunRequest], make: MakePorts) -> None:
    """Do the runs in their order."""
    for request in asked:
        assert publish.run(request, make(source(request.days), store)).errors() == []


def all_at_once(
    store: Store,
    asked: Sequence[RunRequest],
    make: MakePorts,
    seed: int,
    seen: Callable[[], int] = lambda: 0,
) -> Crowd:
    """Deliver each event twice, all at once in any order, and those that gave up once more."""
    events = [*asked] * DELIVERIES
    Random(seed).shuffle(events)  # noqa: S311 (no secret)
    begun = gave_up = 0
    left: set[str] = set()
    for _ in range(TRIES):
        together = threading.Barrier(len(events))

        def deliver(request: RunRequest, together: threading.Barrier = together) -> bool:
            together.wait(timeout=60)
            papers = source(request.days, seen())
            errors = publish.run(request, make(papers, store)).errors()
            assert all(isinstance(error, StoreConflict) for error in errors), errors
            if errors:
                left.update(_payloads(papers))
            return not errors

        with ThreadPoolExecutor(len(events)) as pool:
            ended = list(pool.map(deliver, events))
        begun += len(events)
        events = [event for event, whole in zip(events, ended, strict=True) if not whole]
        gave_up += len(events)
        if not events:
            return Crowd(begun, gave_up, frozenset(left))
    raise AssertionError(f"{len(events)} events gave up {TRIES} times")


def _payloads(papers: FakeSource) -> list[str]:
    """Return the keys of what a source answers."""
    found = {day: papers.fetch(day).body for day in papers.answers}
    return [keys.raw_payload(day, sha256(body).hexdigest()) for day, body in found.items()]


def fake_ports(papers: FakeSource, store: Store) -> Ports:
    """Return the ports of a run that waits a moment between attempts."""
    return replace(fakes.ports(papers, MemoryStore()), store=store, pause=_pause)


def real_ports(papers: FakeSource, store: Store) -> Ports:
    """Return the same with the real renderers."""
    return replace(
        fake_ports(papers, store),
        renderer=lambda: bootstrap.renderer(PostStyle()),
        site=lambda: bootstrap.site("en", URL),
        feeds=lambda: bootstrap.feeds("en", URL),
        schemas={key: (sample.ROOT / key).read_bytes() for key in keys.SCHEMAS},
    )


def _pause(attempt: int, at_least: float = 0.0) -> bool:
    assert not at_least, "only a blog asks for a pause of its own"
    NEVER.wait(Random().uniform(0, LONGEST * 2**attempt))  # noqa: S311 (no secret)
    return True
