"""Runs at once, in any order of their gets and puts: all files tell the same in the end."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from core import publish
from core.models import Artifact, StoredObject
from core.render import json
from core.render import month as month_json
from tests.support.fakes import (
    DAY,
    FakeRenderer,
    FakeSource,
    MemoryStore,
    answer,
    entry,
    ports,
    request,
)

YESTERDAY = DAY - timedelta(days=1)
RUNS = (
    (DAY, answer(entry(1), entry(2))),
    (DAY, answer(entry(1, upvotes=9), entry(2))),
    (YESTERDAY, answer(entry(3))),
)


class Turns:
    """Lets one thread at a time go on, in the order that it is told; then whoever is left."""

    def __init__(self, order: Sequence[int], threads: int) -> None:
        self._order = list(order)
        self._waiting = dict.fromkeys(range(threads), False)
        self._turn = threading.Condition()

    def wait(self, me: int) -> None:
        """Wait until it is this thread's turn."""
        with self._turn:
            self._waiting[me] = True
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._next() == me)
            self._waiting[me] = False
            if self._order and self._order[0] == me:
                self._order.pop(0)

    def leave(self, me: int) -> None:
        """Let the others go on without this thread."""
        with self._turn:
            del self._waiting[me]
            self._order = [other for other in self._order if other != me]
            self._turn.notify_all()

    def _next(self) -> int | None:
        if not all(self._waiting.values()):
            return None
        return self._order[0] if self._order else min(self._waiting)


class SharedStore(MemoryStore):
    """One run's view of a store that others use, too: each get and put waits for its turn."""

    def __init__(self, common: MemoryStore, turns: Turns, me: int) -> None:
        super().__init__()
        self._common, self._turns, self._me = common, turns, me

    def get(self, key: str) -> StoredObject | None:
        self._turns.wait(self._me)
        return self._common.get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        self._turns.wait(self._me)
        self._common.put(artifact, replaces=replaces)


def run_at_once(order: Sequence[int], before: Sequence[tuple[date, bytes]]) -> MemoryStore:
    """Run all of `RUNS` at once, their steps in this order, and return what is stored.

    `before` was published before them: an answer that comes back brings its files' ETags back.
    """
    common, turns = MemoryStore(), Turns(order, len(RUNS))
    for day, body in before:
        publish.run(request(day), ports(FakeSource({day: body}), common))
    failures: list[object] = []

    def run(me: int, day: date, body: bytes) -> None:
        mine = replace(ports(FakeSource({day: body}), common), store=SharedStore(common, turns, me))
        try:
            failures.extend(publish.run(request(day), mine).errors())
        finally:
            turns.leave(me)

    threads = [threading.Thread(target=run, args=(me, *RUNS[me])) for me in range(len(RUNS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return common


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, len(RUNS) - 1), min_size=10, max_size=60),
    st.lists(st.sampled_from(RUNS), max_size=2),
)
def test_all_files_tell_the_same(order: list[int], before: list[tuple[date, bytes]]) -> None:
    stored = run_at_once(order, before).bodies()
    for day in (DAY, YESTERDAY):
        edition = json.read(stored[f"daily/{day}.json"])
        titles = "\n".join(paper.title for paper in edition.papers)
        assert stored[f"daily/{day}.md"].decode() == titles
    assert stored["latest.json"] == stored[f"daily/{DAY}.json"]
    assert stored["latest.md"] == stored[f"daily/{DAY}.md"]
    month = month_json.read(stored["monthly/2025-12.json"])
    for listed in month.editions:
        body = stored[f"daily/{listed.edition.day}.json"]
        assert listed.digest == sha256(body).hexdigest()
        assert [p.votes for p in listed.edition.papers] == [p.votes for p in json.read(body).papers]
    assert [listed.edition.day for listed in month.editions] == [YESTERDAY, DAY]
    assert stored["monthly/2025-12.md"] == FakeRenderer().month_post(month)
    assert len([key for key in stored if key.startswith("raw/")]) == len(RUNS)
