"""Runs at once, in any order of their gets and puts, leave what runs one after the other leave.

`AT_ONCE=5000 pytest tests/unit/test_at_once.py` tries that many orders.
"""

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from itertools import permutations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import publish
from core.archive import rebuild
from core.model import keys
from core.model.objects import Artifact
from core.model.ports import Ports
from core.model.report import Action, RunRequest
from core.render import json as edition_json
from core.render import month as month_json
from tests.support.fakes import LINK, NOW, FakeSource, MemoryStore, answer, entry, ports
from tests.support.turns import Order, at_once

EXAMPLES = int(os.environ.get("AT_ONCE", "200"))
# Both sides of two months' ends, days beside one another, and days with others between them.
OCT_30, OCT_31, NOV_1, NOV_14, NOV_30, DEC_1, DEC_2, DEC_24 = DAYS = (
    *(date(2025, 10, day) for day in (30, 31)),
    *(date(2025, 11, day) for day in (1, 14, 30)),
    *(date(2025, 12, day) for day in (1, 2, 24)),
)
FRONT = ("index.html", "index.json", "sitemap.xml", "feed.json", "papers.json")
KEY = (".json", ".html", ".md", ".xml", ".css", ".gz")

Days = tuple[date, ...]
Run = tuple[Days, int]
"""The days of a run, and its number: the hour it is scheduled for, and the votes that it finds."""

BEFORE = 0
"""The number of the run that has published the days that are there before."""


class WatchedStore(MemoryStore):
    """Remembers each link on a reader's way from the front that led nowhere after a put."""

    def __init__(self) -> None:
        super().__init__()
        self.dangling: list[tuple[str, str, str]] = []

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        super().put(artifact, replaces=replaces)
        way = [key for key in FRONT if key in self.objects]
        seen = set(way)
        for page in way:
            for key in links(page, self.objects[page].body) - seen:
                seen.add(key)
                if key in self.objects:
                    way.append(key)
                else:
                    self.dangling.append((artifact.key, page, key))


@lru_cache(maxsize=20_000)
def links(key: str, body: bytes) -> frozenset[str]:
    """Return the keys that an object leads to."""
    if key in FRONT or key.startswith("index/"):
        if key.endswith(".json"):
            return frozenset(_keys(json.loads(body)))
    elif not key.endswith((".html", ".xml")):
        return frozenset()
    lines = body.decode().split("\n")
    return frozenset(line.removeprefix(LINK) for line in lines if line.startswith(LINK))


def _keys(value: object) -> Iterator[str]:
    """Yield the keys that JSON names: the indexes as values, the fake feeds as fields."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)
    elif isinstance(value, str) and value.endswith(KEY):
        yield value


def do(run: Run, store: MemoryStore) -> None:
    """Publish the days of a run: two papers each, and the more votes the later the run."""
    days, number = run
    source = FakeSource({day: answer(*_entries(DAYS.index(day), number)) for day in days})
    asked = RunRequest(days, NOW + timedelta(hours=number))
    assert publish.run(asked, _ports(store, source)).errors() == []


def _entries(place: int, number: int) -> Iterator[dict[str, object]]:
    return (entry(10 * place + one, upvotes=3 + (number + 1) * one) for one in (1, 2))


def _ports(store: MemoryStore, source: FakeSource | None = None) -> Ports:
    return ports(source or FakeSource({}), store, pauses=100)


@lru_cache(maxsize=5_000)
def one_after_the_other(runs: tuple[Run, ...]) -> dict[str, bytes]:
    store = MemoryStore()
    for run in runs:
        do(run, store)
    return store.bodies()


def all_at_once(runs: tuple[Run, ...], before: Days, order: Order) -> dict[str, bytes]:
    """Do the runs at once, and return what is stored; no link led nowhere at any moment."""
    store = WatchedStore()
    if before:
        do((before, BEFORE), store)
    at_once(store, [partial(do, run) for run in runs], order)
    assert store.dangling == []
    return store.bodies()


def _numbered(runs: list[Days]) -> tuple[Run, ...]:
    return tuple((days, number) for number, days in enumerate(runs, 1))


def _split(drawn: tuple[list[date], list[int]]) -> tuple[Run, ...]:
    """Return runs of so many of the days each; no two have one in common."""
    days, sizes = list(drawn[0]), drawn[1]
    return _numbered([tuple(sorted(days.pop() for _ in range(size))) for size in sizes])


SOME_DAYS = st.lists(st.sampled_from(DAYS), unique=True, max_size=4).map(sorted).map(tuple)
APART = st.tuples(st.permutations(DAYS), st.lists(st.integers(1, 2), min_size=2, max_size=3)).map(
    _split
)
OF_ONE_DAY = st.lists(SOME_DAYS, min_size=2, max_size=3).map(
    lambda runs: _numbered([tuple(sorted({DEC_2, *days[:2]})) for days in runs])
)
ORDERS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([1, 2, 3, 5, 8, 13, 20, 40])), max_size=40
)
# Whoever brings the first day of a month into the root index is not who brings that day.
OTHERS_FIRST = (((NOV_1,), 1), ((DEC_24,), 2), ((DEC_2,), 3))


@settings(max_examples=EXAMPLES, deadline=None)
@given(APART, SOME_DAYS, ORDERS)
@example(OTHERS_FIRST, (), [(2, 30)])
def test_runs_for_different_days_leave_the_same_bytes(
    runs: tuple[Run, ...], before: Days, order: Order
) -> None:
    there = ((before, BEFORE),) if before else ()
    expected = one_after_the_other(there + runs)
    found = all_at_once(runs, before, order)
    assert _differing(found, expected) == []
    assert _differing(one_after_the_other(there + runs[::-1]), expected) == []


def _differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    names = found.keys() | expected.keys()
    return sorted(key for key in names if found.get(key) != expected.get(key))


# Of runs for the same day, the last to put its JSON wins that day, whatever it finds. What tells of
# several days may have one run's edition here and another's there, and a feed may give the winner
# the time of the other run. All else is what one of the orders leaves.
FROM_SEVERAL = ("feed.", "papers.", "papers/", "index", "sitemap", "monthly/", "search/", "daily/")


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(OF_ONE_DAY, SOME_DAYS, ORDERS)
def test_of_runs_for_the_same_day_all_files_tell_the_same(
    runs: tuple[Run, ...], before: Days, order: Order
) -> None:
    stored = all_at_once(runs, before, order)
    there = ((before, BEFORE),) if before else ()
    either = [one_after_the_other(there + some) for some in permutations(runs)]
    assert all(stored.keys() == bodies.keys() for bodies in either)
    for key in stored:
        if not key.startswith(FROM_SEVERAL):
            assert stored[key] in [bodies[key] for bodies in either]
    for first in {day.replace(day=1) for days, _ in runs for day in days}:
        for one in month_json.read(stored[keys.month_json(first)]).editions:
            body = stored[keys.edition_json(one.edition.day)]
            assert one.digest == sha256(body).hexdigest()
            papers = edition_json.read(body).papers
            assert stored[keys.edition_post(one.edition.day)] == _post(body)
            assert [(p.id, p.votes) for p in one.edition.papers] == [
                (p.id, p.votes) for p in papers
            ]
    assert stored["latest.json"] == stored[keys.edition_json(_newest(stored))]
    assert stored["latest.md"] == _post(stored["latest.json"])
    assert _changed_by_a_rebuild(stored) == []


def _post(body: bytes) -> bytes:
    return "\n".join(paper.title for paper in edition_json.read(body).papers).encode()


def _newest(stored: dict[str, bytes]) -> date:
    return max(day for day in DAYS if keys.edition_json(day) in stored)


def _changed_by_a_rebuild(stored: dict[str, bytes]) -> list[str]:
    """Return what is not as it follows from the editions: posts, pages, indexes, feeds, the front.

    A rebuild reads the stored editions, and renders all the rest anew.
    """
    store = MemoryStore()
    store.objects = {key: keys.artifact(key, body) for key, body in stored.items()}
    changes = rebuild.rebuild(NOW, _ports(store))
    return [change.key for change in changes if change.action != Action.UNCHANGED]
