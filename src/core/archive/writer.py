"""Compare-and-swap: the one way in which Paperboy writes objects.

Compare, then write: the same bytes are never put again. And a write says which version it replaces,
so of two runs at once the slower one looks again, and nothing is lost.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import groupby
from typing import Generic, TypeVar

from core.archive.rest import Rest
from core.archive.seen import Look, Outcomes, Read, Reader, Seen, Step, body_of
from core.model import keys
from core.model.errors import StoreConflict
from core.model.objects import StoredObject
from core.model.ports import Pause, Ports, Store, Together, one_by_one
from core.model.report import Action, Change, Keep
from core.model.retry import persist

ATTEMPTS = 8
CHANGED = "follows from what others changed meanwhile, again and again"

Value = TypeVar("Value")
Facts = TypeVar("Facts")

Decide = Callable[[StoredObject | None], bytes | Keep]
"""Says what an object's bytes should be, given what is stored, or that it stays as it is."""


class Writer(Reader):
    """Writes to a store, and remembers what became of each object, also when a run fails."""

    def __init__(
        self,
        store: Store,
        pause: Pause,
        seen: Seen | None = None,
        together: Together = one_by_one,
        rest: Rest | None = None,
    ) -> None:
        """`seen` is what the run's other writers saw, and see."""
        super().__init__(store, seen or Seen(), together)
        self._pause, self._rest = pause, rest
        self._before: dict[str, bytes | None] = {}
        self._after: dict[str, bytes] = {}

    @classmethod
    def of(cls, ports: Ports, seen: Seen | None = None) -> "Writer":
        """Return a writer to the ports' store."""
        return cls(ports.store, ports.pause, seen, ports.together, ports.rest)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What became of each object since it was first looked at, in the order of writing."""
        written = (key for key in self._before if key in self._after)
        return tuple(_change(key, self._before[key], self._after[key]) for key in written)

    def insist(self, attempt: Callable[[int], Value]) -> Value:
        """Return what `attempt` returns; it is called again, with 2, 3 …, after a lost race.

        Raises `StoreConflict` when the race is lost too often or there is no time left.
        """
        return persist(attempt, {StoreConflict: ATTEMPTS}, self._pause)

    def put(self, key: str, stored: StoredObject | None, outcome: bytes | Keep) -> bytes | Keep:
        """Bring an object from what is `stored` to the outcome, and return that.

        Raises `StoreConflict` when another object is there by now.
        """
        self._before.setdefault(key, body_of(stored))
        if isinstance(outcome, Keep):
            return outcome
        if _differs(stored, outcome):
            # Before, as it may fail and have succeeded, and after, as others look meanwhile.
            self.seen.put(key)
            self.store.put(keys.artifact(key, outcome), replaces=stored.etag if stored else None)
            self.seen.put(key, outcome)
        self._after[key] = outcome
        return outcome

    def swap(
        self, key: str, stored: StoredObject | None, wanted: bytes | Keep, decide: Decide
    ) -> bytes | Keep:
        """Bring the object under `key` to what is `wanted`; after a lost race, `decide` anew.

        `stored` is what the caller read there, and judged. Returns the decision that won. Raises
        `StoreConflict` as `insist` does.
        """

        def attempt(number: int) -> bytes | Keep:
            if number == 1:
                return self.put(key, stored, wanted)
            self.seen.look_anew([key])
            there = self.look(key)
            return self.put(key, there, decide(there))

        return self.insist(attempt)

    def follow(
        self,
        gather: Callable[[Read], Facts],
        derive: Callable[[Facts, Look], Outcomes],
        at: Collection[str] = (),
        of: Collection[str] = (),
        given: object = "",
    ) -> Outcomes:
        """Bring objects to what follows from facts that `gather` reads from the store.

        The facts are gathered from what this run knows, and another run may change them meanwhile.
        Who changes a fact looks at what follows from it after that, and whoever has written
        anything gathers all its facts once more in the end (see `settle`), so that the last of them
        leaves facts and followers in step. `at` are names that `derive` is known to look at, `of`
        those that `gather` is known to read: they are looked at together. `given` tells what else
        makes a difference, None that this cannot be told. Raises `StoreConflict`.
        """
        following = _Following(self, gather, derive, at, of, given)
        following.again()
        self.settle_step()
        return following.outcomes

    def bring(
        self,
        gather: Callable[[Read], Facts],
        derive: Callable[[Facts, Look], Outcomes],
        at: Collection[str],
        of: Collection[str],
        *,
        given: object,
        again: Callable[[], object],
        afresh: bool,
    ) -> Outcomes:
        """Do what `follow` does, once; `afresh` for another try. Raises `StoreConflict`."""
        if afresh:
            self.seen.look_anew()
        self.look_ahead(at, of)
        facts = gather(self.fact)
        if self._rest and given is not None:
            derived = partial(derive, facts)
            outcomes = self._rest.made((*at, *of), (given, facts), derived, self.look)
        else:
            outcomes = derive(facts, self.look)
        self.look_ahead(outcomes)
        stored = {key: self.look(key) for key in outcomes}
        left = {key for key in outcomes if not _differs(stored[key], outcomes[key])}
        unsure = {key: body_of(stored[key]) for key in left & self.seen.stale.keys()}
        self._put_all(outcomes, stored)
        self.watch(gather, facts, again, unsure)
        return outcomes

    def watch(
        self,
        gather: Callable[[Read], object],
        facts: object,
        again: Callable[[], object],
        left: Mapping[str, bytes | None],
    ) -> None:
        """Remember what this run has made of what, and what makes it again."""
        self.seen.asked |= dict.fromkeys(left)
        self.seen.steps.append(Step(gather, facts, again, left))

    def settle_step(self) -> None:
        """Settle what was done, unless that is for the end."""
        if not self.seen.at_the_end:
            self.settle()

    def settle(self) -> None:
        """Do again what follows from facts that others have changed, until they stand still.

        Who has written nothing, owes nothing: whoever changed something looks after it. Raises
        `StoreConflict` when the facts change too often.
        """

        def attempt(_: int) -> None:
            self.seen.look_anew()
            read, steps = self.now(self.seen.asked), self.seen.steps
            moved = dict.fromkeys(step.again for step in steps if step.has_moved(read))
            self.seen.steps = [step for step in steps if step.again not in moved]
            puts = self.seen.puts
            for again in moved:
                again()
            if self.seen.puts != puts:
                raise StoreConflict(CHANGED, next(iter(self.seen.asked)))

        if self.seen.puts:
            self.insist(attempt)
        self.seen.steps.clear()
        self.seen.asked.clear()

    def _put_all(self, outcomes: Outcomes, stored: Mapping[str, StoredObject | None]) -> None:
        """Put what differs: what is new first, as nothing leads there yet; what leads on, last."""

        def place(key: str) -> tuple[bool, bool]:
            return keys.comes_last(key), stored[key] is not None

        order = sorted(outcomes, key=place)
        for key in order:
            self._before.setdefault(key, body_of(stored[key]))
        for _, names in groupby(order, key=place):
            self.together([partial(self.put, key, stored[key], outcomes[key]) for key in names])


class _Following(Generic[Facts]):
    """Objects that follow from facts, brought once more whenever these have changed.

    Not two functions that call each other: they would keep what they hold, such as a month of
    files, until the garbage collector comes.
    """

    def __init__(
        self,
        writer: Writer,
        gather: Callable[[Read], Facts],
        derive: Callable[[Facts, Look], Outcomes],
        at: Collection[str],
        of: Collection[str],
        given: object,
    ) -> None:
        self.outcomes: Outcomes = {}
        self._writer, self._given = writer, given
        self._gather, self._derive, self._at, self._of = gather, derive, at, of

    def again(self) -> None:
        """Bring the objects to what follows now. Raises `StoreConflict`."""
        self.outcomes = self._writer.insist(self._bring)

    def _bring(self, number: int) -> Outcomes:
        return self._writer.bring(
            self._gather,
            self._derive,
            self._at,
            self._of,
            given=self._given,
            again=self.again,
            afresh=number > 1,
        )


def _differs(stored: StoredObject | None, outcome: bytes | Keep) -> bool:
    return not isinstance(outcome, Keep) and not (stored and stored.body == outcome)


def _change(key: str, before: bytes | None, after: bytes) -> Change:
    if before is None:
        return Change(key, Action.CREATED, len(after))
    action = Action.UNCHANGED if after == before else Action.UPDATED
    return Change(key, action, len(after), len(before))
