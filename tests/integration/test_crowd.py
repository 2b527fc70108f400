"""Fifty runs at once over ten days, each event delivered twice, through stores that resist.

They leave the archive that the same events leave one after the other, and nothing is lost: in
memory, where each get and put takes its time and puts conflict for no reason, and, with the real
pages, in a directory and in S3. `CROWD=20 pytest -s tests/integration/test_crowd.py` tries so many
orders, and prints the figures of `docs/reliability.md`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from core.archive import rebuild
from core.model import keys
from core.model.ports import Store
from core.model.report import Action, RunRequest
from core.render import json as edition_json
from core.render import votes
from tests.support.crowd import (
    URL,
    Crowd,
    MakePorts,
    SlowStore,
    all_at_once,
    fake_ports,
    one_after_the_other,
    real_ports,
    requests,
)
from tests.support.fakes import NOW, FakeSource, MemoryStore
from tests.support.links import Links
from tests.support.servers import s3_server
from tests.unit.test_at_once import links

SEEDS = range(int(os.environ.get("CROWD", "1")))
RUNS = 50
# Ten days over the ends of a month and a year, without the weekend.
DAYS = tuple(
    day
    for number in range(14)
    if (day := date(2025, 12, 22) + timedelta(days=number)).weekday() < 5
)


def timeless(key: str, body: bytes) -> object:
    """Return what is compared of an object: in a feed, an entry's time is of the first to come."""
    if key in (keys.FEED_JSON, keys.PAPERS_JSON):
        return {page: said["content"] for page, said in json.loads(body).items()}
    return None if key in (keys.FEED_ATOM, keys.PAPERS_ATOM) else body


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    names = found.keys() | expected.keys()
    return sorted(
        key
        for key in names
        if key not in found
        or key not in expected
        or timeless(key, found[key]) != timeless(key, expected[key])
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_fifty_runs_at_once_leave_what_they_leave_one_after_the_other(seed: int) -> None:
    asked = requests(RUNS, DAYS, seed)
    expected, store = MemoryStore(), SlowStore(seed)
    one_after_the_other(expected, asked, fake_ports)
    crowd = all_at_once(store, asked, fake_ports, seed)
    show(crowd, store)
    assert differing(store.bodies(), expected.bodies()) == []
    assert dangling(store.bodies()) == []
    # There was a crowd, or nothing was shown.
    assert store.conflicts["lost races"] > RUNS
    assert store.conflicts["for no reason"] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_while_votes_move_nothing_that_a_run_published_is_lost(seed: int) -> None:
    """Whoever is last has the day, but all that was published stays, and all files agree."""
    asked, store = requests(RUNS, DAYS, seed), SlowStore(seed)
    ticks = count()
    crowd = all_at_once(store, asked, fake_ports, seed, lambda: next(ticks) // 10)
    bodies = store.bodies()
    show(crowd, store, unlisted=len(unlisted_payloads(bodies)))
    assert changed_by_a_rebuild(store.bodies(), fake_ports) == []
    assert dangling(bodies) == []
    # A run that gives up before it has recorded its payload finds another one in its next try.
    assert unlisted_payloads(bodies) <= crowd.left
    one_after_the_other(store, [RunRequest(DAYS, NOW + timedelta(days=20))], fake_ports)
    for day in DAYS:
        found = edition_json.read(store.bodies()[keys.edition_json(day)])
        assert sorted(paper.votes or 0 for paper in found.papers) == [5, 6, 7]
    assert bodies.keys() <= store.bodies().keys()


def show(crowd: Crowd, store: SlowStore, **more: int) -> None:
    """Print the figures of `docs/reliability.md`."""
    counted = {"begun": crowd.begun, "gave up": crowd.gave_up, **store.conflicts, **more}
    print("", counted)  # noqa: T201


def dangling(bodies: dict[str, bytes]) -> list[str]:
    """Return the links of an archive of fake pages that lead nowhere."""
    return sorted(
        f"{key} -> {link}" for key in bodies for link in links(key, bodies[key]) - bodies.keys()
    )


def unlisted_payloads(bodies: dict[str, bytes]) -> set[str]:
    """Return the payloads that no vote record tells of."""
    told = {
        version.raw
        for day in DAYS
        for version in votes.read(bodies[keys.vote_record(day)]).versions
    }
    return {key for key in bodies if key.startswith(keys.RAW)} - told


def changed_by_a_rebuild(bodies: dict[str, bytes], make: MakePorts) -> list[str]:
    """Return what is not as it follows from the editions and vote records."""
    store = MemoryStore()
    store.objects = {key: keys.artifact(key, body) for key, body in bodies.items()}
    changes = rebuild.rebuild(NOW + timedelta(days=30), make(FakeSource({}), store))
    return [change.key for change in changes if change.action != Action.UNCHANGED]


@pytest.fixture(params=["directory", "s3"])
def real_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "directory":
        yield DirectoryStore(tmp_path / "archive")
        return
    with s3_server("papers") as server:
        yield S3Store(server.service(), "papers", "site/", lambda: 60.0)


def test_a_small_crowd_of_real_runs_leaves_the_same_archive_in_real_stores(
    real_store: Store,
) -> None:
    days = DAYS[6:9]
    # At the same time, so that also the feeds, which tell times, are the same to the byte.
    asked = [replace(request, now=NOW) for request in requests(6, days, 1)]
    memory = MemoryStore()
    one_after_the_other(memory, asked, real_ports)
    all_at_once(real_store, asked, real_ports, 1)
    expected = memory.bodies()
    stored = {key: real_store.get(key) for key in expected}
    found = {key: one.body for key, one in stored.items() if one}
    assert [key for key in expected if found.get(key) != expected[key]] == []
    assert Links(found, URL).broken() == []
