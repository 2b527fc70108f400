"""A store on which several runs are interleaved, request by request, with kills and faults."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.archive.lease import LONGEST_PUT
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, ListedObject, StoredObject
from tests.support.fakes import MemoryStore

Task = Callable[["SteppingStore"], None]
"""What a run does with its view of the store."""


class Killed(BaseException):
    """The run's process has ended: nothing of it goes on."""


@dataclass(frozen=True, slots=True)
class Luck:
    """How often something happens to a run's request: a share of 1."""

    kill: float = 0.0
    error: float = 0.0
    lost_answer: float = 0.0
    conflict: float = 0.0
    suspended: float = 0.0


class SteppingStore:
    """A run's view of the store: each request waits for the run's turn."""

    def __init__(self, common: MemoryStore, dice: random.Random, luck: Luck) -> None:
        self._common, self._dice, self._luck = common, dice, luck
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self.is_over = False
        self.is_killed = False

    def get(self, key: str) -> StoredObject | None:
        self._wait()
        self._may_fail()
        return self._common.get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        checked_at = self._common.time
        self._wait()
        if self._common.time - checked_at >= LONGEST_PUT:
            raise StoreError("no answer in time", artifact.key)
        self._may_fail()
        if self._happens(self._luck.conflict):
            raise StoreConflict("409", artifact.key)
        etag = self._common.put(artifact, replaces=replaces)
        if self._happens(self._luck.lost_answer):
            # botocore has tried again a put that had succeeded, or gave up.
            raise self._dice.choice([StoreConflict, StoreError])("no answer", artifact.key)
        return etag

    def list(self, prefix: str) -> Iterator[ListedObject]:
        self._wait()
        self._may_fail()
        yield from list(self._common.list(prefix))

    def now(self) -> float:
        return self._common.time

    def holder(self) -> str:
        return ""

    def is_gone(self, holder: str) -> bool:
        return False

    def location(self, key: str) -> str:
        return key

    def start(self, task: Task) -> None:
        """Begin a task in a thread of its own; it waits for its first turn."""

        def work() -> None:
            self._go.acquire()
            try:
                task(self)
            except (Killed, StoreError):
                pass
            finally:
                self.is_over = True
                self._done.release()

        threading.Thread(target=work, daemon=True).start()

    def step(self) -> None:
        """Let the task go on to its next request, or to its end."""
        self._go.release()
        self._done.acquire()

    def _wait(self) -> None:
        if self.is_killed:
            raise Killed
        self._done.release()
        self._go.acquire()
        if self._happens(self._luck.kill):
            self.is_killed = True
            raise Killed

    def _may_fail(self) -> None:
        if self._happens(self._luck.suspended):
            self._common.time += self._dice.randint(0, 80)
        if self._happens(self._luck.error):
            raise StoreError("503", "")

    def _happens(self, share: float) -> bool:
        return self._dice.random() < share


def interleave(common: MemoryStore, tasks: list[tuple[Task, Luck]], dice: random.Random) -> None:
    """Do all tasks at once, in an order that the dice choose; time passes meanwhile."""
    running = [SteppingStore(common, dice, luck) for _, luck in tasks]
    for store, (task, _) in zip(running, tasks, strict=True):
        store.start(task)
    while running:
        common.time += dice.choice((0, 0, 0, 1))
        store = dice.choice(running)
        for _ in range(dice.choice((1, 1, 5, 40))):
            store.step()
            if store.is_over:
                running.remove(store)
                break
