"""Many runs and one blog at once."""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.github import GitHub as Web
from adapters.github import GitHubBranch, GitHubPullRequest
from core import publish
from core.model.objects import Artifact, StoredObject
from core.model.report import RunReport, RunRequest
from tests.support.fakes import FakeSource, MemoryBlog, MemoryStore, ports
from tests.support.github import TOKEN, GitHub, github, needs_github
from tests.support.papers import answer, entry

Days = tuple[date, ...]

README = {"README.md": b"mine"}
SIDE = "paperboy/main"
# Days before and after a New Year, whose months are over when they are backfilled.
LATER = datetime(2026, 2, 5, 14, tzinfo=UTC)
DAYS = [date(2025, 12, 18) + timedelta(days=n) for n in range(28)]
SOURCE = FakeSource({day: answer(entry(n), entry(n + 50)) for n, day in enumerate(DAYS, 1)})


class SharedStore(MemoryStore):
    """A store for many threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def get(self, key: str) -> StoredObject | None:
        with self._lock:
            return super().get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        with self._lock:
            return super().put(artifact, replaces=replaces)


class OtherClient:
    """Somebody who pushes to a branch whenever the runs have waited so many times.

    To a pull request's branch as long as that is open.
    """

    def __init__(self, server: GitHub, branch: str, every: int) -> None:
        self._server, self._branch, self._every = server, branch, every
        self._lock, self._waited = threading.Lock(), 0
        self.pushed: dict[str, bytes] = {}

    def pause(self, attempt: int, at_least: float = 0.0) -> bool:
        """Wait shortly, with jitter, whatever is asked for: the test GitHub is in no danger."""
        time.sleep(random.uniform(0, min(0.4, 0.05 * 2**attempt)))  # noqa: S311 (no secret)
        with self._lock:
            self._waited += 1
            if self._waited % self._every == 0 and self._is_open():
                file = {f"theirs/{len(self.pushed)}.md": b"%d" % self._waited}
                self._server.push(dict(file), "Elsewhere", self._branch)
                self.pushed |= file
        return True

    def _is_open(self) -> bool:
        pulls = [one.state for one in self._server.pull_requests if one.head == self._branch]
        return self._branch == "main" or "OPEN" in pulls


def run_at_once(
    server: GitHub, runs: Sequence[Days], client: OtherClient, kind: type[GitHubBranch]
) -> list[RunReport]:
    store, start = SharedStore(), threading.Barrier(len(runs))

    def run(days: Days) -> RunReport:
        start.wait()
        web = Web(server.url, TOKEN, "ada/blog", lambda: 60.0)
        blog = kind(web, "main", client.pause)
        mine = replace(ports(SOURCE, store, blog=blog), pause=client.pause)
        return publish.run(RunRequest(days, LATER), mine)

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(run, runs))


def run_in_turn(runs: Sequence[Days]) -> Mapping[str, bytes]:
    """Return the blog's files after the same runs, one after another."""
    store, blog = MemoryStore(), MemoryBlog(README)
    for days in runs:
        assert publish.run(RunRequest(days, LATER), ports(SOURCE, store, blog=blog)).errors() == []
    return blog.files


def check(server: GitHub, branch: str, client: OtherClient, runs: Sequence[Days]) -> None:
    """Check that the branch holds what it has to, commit upon commit."""
    commits = server.log(branch)
    assert [one.parents for one in commits] == [(), *((one.oid,) for one in commits[:-1])]
    assert server.files(branch) == {**run_in_turn(runs), **client.pushed}
    assert [one.headline for one in commits].count("Elsewhere") == len(client.pushed) > 0
    lines = [line for one in commits for line in one.body.splitlines()]
    days = {day for run in runs for day in run}
    told = sorted(line[:10] for line in lines if line[10:11] == ":")
    # Before a pull request is open, a run tells what it proposes, also what others committed there.
    assert (told if branch == "main" else sorted(set(told))) == sorted(map(str, days))


@needs_github
def test_runs_at_once_while_another_client_pushes(tmp_path: Path) -> None:
    runs: list[Days] = [(day,) for day in DAYS[9:18]]
    runs += [tuple(DAYS[n : n + 3]) for n in (9, 12, 13)]
    with github(tmp_path, files=README) as server:
        client = OtherClient(server, "main", every=10)
        reports = run_at_once(server, runs, client, GitHubBranch)
        assert [error for report in reports for error in report.errors()] == []
        check(server, "main", client, runs)


@needs_github
@pytest.mark.parametrize("ended", [False, True])
def test_runs_at_once_share_one_pull_request(tmp_path: Path, ended: bool) -> None:
    """Also where the last one was closed, and its branch is still there."""
    runs: list[Days] = [(day,) for day in (*DAYS[:5], DAYS[0])]
    with github(tmp_path, files=README) as server:
        client = OtherClient(server, SIDE, every=5)
        if ended:
            run_at_once(server, [(DAYS[9],)], client, GitHubPullRequest)
            server.end(server.pull_requests[0])
        reports = run_at_once(server, runs, client, GitHubPullRequest)
        assert [error for report in reports for error in report.errors()] == []
        assert [opened.state for opened in server.pull_requests] == ["CLOSED"] * ended + ["OPEN"]
        assert server.files("main") == README
        check(server, SIDE, client, runs)
