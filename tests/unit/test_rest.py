"""What a warm process takes from an earlier run: only what would be made again, to the byte."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import publish
from core.archive.rest import MOST, Rest
from core.archive.seen import Look, Outcomes
from core.model import keys
from core.model.report import Keep, RunReport
from tests.support.fakes import (
    DAY,
    FakeSource,
    MemoryStore,
    answer,
    entry,
    ports,
    request,
)

ONE, OTHER = answer(entry(1), entry(2)), answer(entry(1, upvotes=9), entry(2))
SAME_EDITION = answer(entry(1, followers=1), entry(2))
DERIVED = "latest.json"


class Counted:
    """Derives what follows from a fact, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, fact: str, look: Look) -> Outcomes:
        self.count += 1
        look("feed.json")
        return {DERIVED: fact.encode()}


def put(store: MemoryStore, key: str, body: bytes) -> None:
    store.objects[key] = keys.artifact(key, body)


CHANGES: list[tuple[str, Callable[[MemoryStore], object], str, tuple[str, ...], int]] = [
    ("nothing", lambda _: None, "a", ("step",), 1),
    ("the facts", lambda _: None, "b", ("step",), 2),
    ("the step", lambda _: None, "a", ("other",), 2),
    ("what it looked at", lambda store: put(store, "feed.json", b"new"), "a", ("step",), 2),
    ("what it made", lambda store: put(store, DERIVED, b"else"), "a", ("step",), 2),
    ("what it made is gone", lambda store: store.objects.pop(DERIVED), "a", ("step",), 2),
    ("what has nothing to do with it", lambda store: put(store, "x.json", b"x"), "a", ("step",), 1),
]


@pytest.mark.parametrize(
    ("change", "facts", "step", "count"), [one[1:] for one in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_it_is_made_again_when_anything_changed(
    change: Callable[[MemoryStore], object], facts: str, step: tuple[str, ...], count: int
) -> None:
    store, rest = MemoryStore(), Rest()
    derive = Counted()
    put(store, DERIVED, b"a")
    assert rest.made(("step",), "a", partial(derive, "a"), store.get) == {DERIVED: b"a"}
    change(store)
    assert rest.made(step, facts, partial(derive, facts), store.get) == {DERIVED: facts.encode()}
    assert derive.count == count


def test_why_something_stays_is_asked_each_time() -> None:
    store, rest, count = MemoryStore(), Rest(), 0
    put(store, DERIVED, b"a")

    def derive(_: Look) -> Outcomes:
        nonlocal count
        count += 1
        return {DERIVED: b"a", "monthly/2025-12.json": Keep("it has no editions")}

    for _ in range(2):
        rest.made(("step",), "a", derive, store.get)
    assert count == 2


def test_it_does_not_grow_without_end() -> None:
    store, rest = MemoryStore(), Rest()
    for number in range(3 * MOST):
        rest.made((str(number),), "a", partial(Counted(), "a"), store.get)
    assert len(rest._made) <= MOST


def run(
    body: bytes, store: MemoryStore, rest: Rest | None, hours: int, day: date = DAY
) -> RunReport:
    asked = request(day)
    asked = replace(asked, now=asked.now + timedelta(hours=hours))
    return publish.run(asked, replace(ports(FakeSource({day: body}), store), rest=rest))


RUNS = st.tuples(
    st.sampled_from([ONE, OTHER, SAME_EDITION, b"[]"]),
    st.integers(0, 4),
    st.sampled_from(["", "daily/2025-12-24.md", "index.html", "votes/2025-12-24.json"]),
)


@given(st.lists(RUNS, min_size=2, max_size=6))
@example([(ONE, 1, ""), (ONE, 0, ""), (ONE, 2, "")])
@example([(ONE, 1, ""), (OTHER, 0, ""), (OTHER, 2, "")])
@example([(ONE, 0, "votes/2025-12-24.json"), (ONE, 0, ""), (SAME_EDITION, 1, "")])
@settings(max_examples=100, deadline=None)
def test_a_process_that_stays_leaves_what_new_ones_leave(
    runs: list[tuple[bytes, int, str]],
) -> None:
    stays, new, rest = MemoryStore(), MemoryStore(), Rest()
    for body, hours, lost in runs:
        reports = run(body, stays, rest, hours), run(body, new, None, hours)
        assert reports[0] == reports[1]
        assert stays.bodies() == new.bodies()
        for store in (stays, new):
            store.objects.pop(lost, None)


def test_an_edition_that_can_be_read_again_is_searched_again() -> None:
    store, rest = MemoryStore(), Rest()
    before, shard = DAY - timedelta(days=1), keys.search_shard(DAY)
    for day in (before, DAY):
        run(ONE, store, rest, 0, day)
    there, key = store.bodies(), keys.edition_json(before)
    store.objects.pop(shard)
    put(store, key, b"{")
    run(ONE, store, rest, 0)
    assert store.bodies()[shard] != there[shard]
    put(store, key, there[key])
    run(ONE, store, rest, 0)
    assert store.bodies() == there
