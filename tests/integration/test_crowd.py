"""Several runs at once on a directory and on S3: nothing is lost, and everything follows."""

import multiprocessing
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from core.archive import rebuild
from core.archive.state import digest
from core.archive.state_json import read_root
from core.edition import vote_history
from core.model import keys
from core.model.ports import Store
from core.model.report import RunRequest
from core.render import json, votes
from tests.support.crowd import URL, at_once, in_process, real_ports, requests
from tests.support.fakes import FakeSource
from tests.support.links import Links
from tests.support.servers import s3_server

# Days at both sides of a month's edge.
DAYS = (date(2025, 11, 27), date(2025, 11, 28), date(2025, 12, 1), date(2025, 12, 2))
RUNS = 8


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "directory":
        yield DirectoryStore(tmp_path / "archive")
        return
    with s3_server("papers") as server:
        yield S3Store(cache(server.client), "papers", "site/", lambda: 60.0)


def body(store: Store, key: str) -> bytes:
    stored = store.get(key)
    assert stored, key
    return stored.body


def check(store: Store, asked: list[RunRequest]) -> None:
    """Assert that the last run of each day has it, and that all follows from the truth."""
    assert read_root(body(store, keys.ROOT_STATE)).lease is None
    for day in DAYS:
        last = max((one for one in asked if day in one.days), key=lambda one: one.now)
        stored = body(store, keys.edition_json(day))
        edition, history = json.read(stored), votes.read(body(store, keys.vote_history(day)))
        assert edition.updated_at == last.now
        assert vote_history.has_version(history, digest(stored))
        listed = {one.key for one in store.list(keys.raw_payloads(day))}
        assert {version.raw for version in history.versions} <= listed
    ports = real_ports(FakeSource({}), store)
    assert rebuild.check(ports, everything=True).count() == 0
    files = {one.key: body(store, one.key) for one in store.list("")}
    assert Links(files, URL).broken() == []


def test_threads_lose_nothing(store: Store) -> None:
    asked = requests(RUNS, DAYS)
    reports = at_once(store, asked)
    assert [error for report in reports for error in report.errors()] == []
    check(store, asked)


def test_processes_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    """Whoever comes next sees that the holder of the lease has ended, and completes its days."""
    asked, context = requests(RUNS, DAYS), multiprocessing.get_context("spawn")
    # A run that is killed is tried again by its owner, in the end.
    kills = (0, 3, 12, 0, 25, 7, 0, 30)
    started = [
        context.Process(target=in_process, args=(tmp_path, request, puts))
        for request, puts in zip(asked, kills, strict=True)
    ]
    for process in started:
        process.start()
    # Asked for, a process that has ended is reaped: until then its id is one of a process.
    while multiprocessing.active_children():
        started[0].join(0.01)
    codes = [process.exitcode for process in started]
    assert set(codes) <= {0, 9}
    assert 9 in codes
    assert [code for code, puts in zip(codes, kills, strict=True) if not puts] == [0, 0, 0]
    store = DirectoryStore(tmp_path)
    at_once(store, [one for one, code in zip(asked, codes, strict=True) if code])
    check(store, asked)
