"""Several runs at once, their gets and puts in an order that a test chooses."""

import threading
from collections.abc import Callable, Iterator, Sequence

from core.model.objects import Artifact, StoredObject
from tests.support.fakes import MemoryStore

Order = Sequence[tuple[int, int]]
"""Whose turn it is, and for how many steps; after that, whoever is left, one after the other."""

Task = Callable[[MemoryStore], None]
"""What is done with a store."""


class Turns:
    """Lets one of several threads go on at a time, each to its next step."""

    def __init__(self, order: Order, threads: int) -> None:
        self._order = _steps(order)
        self._gates = [threading.Semaphore(0) for _ in range(threads)]
        self._left = set(range(threads))

    def start(self) -> None:
        """Let the first go on."""
        self._gates[self._next()].release()

    def wait(self, me: int) -> None:
        """Let whoever is next go on, and come back when it is this thread's turn."""
        following = self._next()
        if following != me:
            self._gates[following].release()
            self._gates[me].acquire()

    def enter(self, me: int) -> None:
        """Wait for the first turn."""
        self._gates[me].acquire()

    def leave(self, me: int) -> None:
        """Let the others go on without this thread."""
        self._left.remove(me)
        if self._left:
            self.start()

    def _next(self) -> int:
        return next((one for one in self._order if one in self._left), min(self._left))


class SharedStore(MemoryStore):
    """One task's view of a store that others use, too: each get and put waits for its turn."""

    def __init__(self, common: MemoryStore, turns: Turns, me: int) -> None:
        super().__init__()
        self._common, self._turns, self._me = common, turns, me

    def get(self, key: str) -> StoredObject | None:
        self._turns.wait(self._me)
        return self._common.get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        self._turns.wait(self._me)
        self._common.put(artifact, replaces=replaces)


def at_once(store: MemoryStore, tasks: Sequence[Task], order: Order) -> None:
    """Do all tasks at once, each with its view of the store; raise what the first to fail did."""
    turns, failures = Turns(order, len(tasks)), list[BaseException]()

    def do(me: int, task: Task) -> None:
        turns.enter(me)
        try:
            task(SharedStore(store, turns, me))
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failures.append(error)
        finally:
            turns.leave(me)

    threads = [threading.Thread(target=do, args=(me, task)) for me, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    turns.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _steps(order: Order) -> Iterator[int]:
    for one, steps in order:
        for _ in range(steps):
            yield one
