"""Killed at any point: the packaged function ends between any two of its effects.

An effect is a put or a commit. The process is killed (SIGKILL) when so many have happened, and the
answer of the last is on its way. Readers then find nothing that leads astray, and when the lease is
over, the next run, in a new process as Lambda starts one, brings archive and blog to what they are
without a kill. `FAULTS=all` tries every moment.
"""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support import rie
from tests.support.faults import Call, World, astray, differences, payload, world
from tests.support.github import needs_github

rie.need_package()
pytestmark = needs_github

ALL = os.environ.get("FAULTS") == "all"
BEFORE, DAY = "2025-12-12", "2025-12-24"
EVENT, EARLIER = ({"date": day, "scheduled_time": f"{day}T14:00:00Z"} for day in (DAY, BEFORE))
WORKERS = 4
# By default, one in so many moments.
SHARE = 1 if ALL else 6
# Seconds of an invocation; the function keeps 5 of them back.
SHORT, SHORTEST = 12, 9
# More than what is left then, and less than the 5 after which S3 is asked again.
LATE_SECONDS = 4.5


class Killer:
    """Ends the function by a signal when so many effects have happened."""

    def __init__(self, outside: World) -> None:
        self._outside = outside
        self._alone = Lock()
        self.effects = 0
        self._after, self._signal = -1, signal.SIGKILL
        self.struck = False
        outside.watch = self._watch

    def arm(self, after: int, by: signal.Signals = signal.SIGKILL) -> None:
        """Strike after so many effects from now on; never, if negative."""
        self._after, self._signal, self.effects, self.struck = after, by, 0, False

    def _watch(self, call: Call, when: str) -> None:
        """Let one effect happen at a time, as puts are sent together; none of who is dead."""
        if not call.writes:
            return
        if when == "before":
            self._alone.acquire()
        self.effects += when == "after"
        if self.effects == self._after and not self.struck:
            self.struck = True
            os.kill(function_process(self._outside.urls["s3"]), self._signal)
        if when == "after" or self.struck:
            self._alone.release()
        if when == "before" and self.struck:
            raise ConnectionAbortedError("what was not sent has no effect")


def function_process(address: str) -> int:
    """Return the process that runs the function with this S3: not the emulator, which starts it."""
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                command = (place / "cmdline").read_bytes().split(b"\0")
                environment = (place / "environ").read_bytes()
            except OSError:
                continue
            is_ours = f"AWS_ENDPOINT_URL_S3={address}".encode() in environment.split(b"\0")
            if is_ours and command[1:3] == [b"-m", b"awslambdaric"]:
                return int(place.name)
    raise ProcessLookupError(f"no function with {address}")


@contextmanager
def running(place: Path, seconds: int = 60) -> Iterator[tuple[World, rie.Function]]:
    """Run the function before an empty bucket."""
    place.mkdir()
    with (
        world(place, {day: payload(day) for day in (BEFORE, DAY)}) as outside,
        rie.running(
            outside.settings() | {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(seconds)},
            place / "function.log",
        ) as function,
    ):
        yield outside, function


@pytest.mark.parametrize("is_first", [True, False], ids=["the first run", "one more day"])
def test_a_kill_between_any_two_effects_loses_nothing(
    is_first: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(share: int) -> tuple[int, int]:
        return killed(tmp_path / str(share), share, is_first=is_first)

    with ThreadPoolExecutor(WORKERS) as pool:
        shares = list(pool.map(work, range(WORKERS)))
    effects, kills = shares[0][0], sum(count for _, count in shares)
    assert effects > 20
    with capsys.disabled():
        print(f"\nkilled {kills} times, around {effects} effects: nothing lost")  # noqa: T201


def killed(place: Path, share: int, *, is_first: bool) -> tuple[int, int]:
    """Kill a function at its share of the moments; return how many effects a run has, and kills."""
    with running(place) as (outside, function):
        assert is_first or function.invoke(EARLIER)["ok"]
        start, head = dict(outside.bucket.objects), outside.head()
        killer = Killer(outside)
        assert function.invoke(EVENT)["ok"]
        effects, expected = killer.effects, outside.snapshot()
        moments = [*range(0, effects + 1, SHARE)][share::WORKERS]
        for number in moments:
            outside.reset(start, head)
            killer.arm(number)
            with pytest.raises(HTTPError, match="Bad Gateway"):
                function.invoke(EVENT)
            assert killer.struck, number
            killer.arm(-1)
            assert astray(outside.bucket.bodies()) == [], number
            outside.bucket.end_lease()
            again = function.invoke(EVENT)
            assert again.get("ok"), (number, again)
            assert differences(outside.snapshot(), expected) == [], number
    return effects, len(moments)


def test_nobody_writes_until_the_lease_of_a_killed_run_is_over(tmp_path: Path) -> None:
    with running(tmp_path / "lease", seconds=SHORT) as (outside, function):
        killer = Killer(outside)
        killer.arm(1)
        with pytest.raises(HTTPError, match="Bad Gateway"):
            function.invoke(EVENT)
        killer.arm(-1)

        busy = function.invoke(EVENT)

        assert busy.get("errorType") == "StoreBusy", busy
        assert killer.effects == 0
        outside.bucket.end_lease()
        assert function.invoke(EVENT)["ok"]


def test_a_run_that_lambda_ends_is_completed_by_the_next(tmp_path: Path) -> None:
    """A process that no longer moves is ended by Lambda when the function's time is over."""
    with running(tmp_path / "stopped", seconds=SHORT) as (outside, function):
        killer = Killer(outside)
        killer.arm(12, signal.SIGSTOP)
        with pytest.raises(rie.TimedOut):
            function.invoke(EVENT)
        killer.arm(-1)
        assert astray(outside.bucket.bodies()) == []
        outside.bucket.end_lease()
        assert function.invoke(EVENT)["ok"]


@pytest.mark.parametrize("late", [3, 10, 25])
def test_a_run_whose_time_is_over_begins_nothing_more(late: int, tmp_path: Path) -> None:
    with running(tmp_path / "late", seconds=SHORTEST) as (outside, function):
        begun, is_late = list[int](), Lock()

        def delay(_call: Call, when: str) -> None:
            if when == "after" and len(outside.calls) >= late and is_late.acquire(blocking=False):
                time.sleep(LATE_SECONDS - 1)
                # What is asked together with this call is answered by now.
                begun.append(len(outside.calls))
                time.sleep(1)

        outside.watch = delay
        answer: dict[str, Any] = function.invoke(EVENT)

        assert answer.get("errorType") in ("SourceUnavailable", "StoreError"), answer
        assert "the run's time is over" in answer["errorMessage"]
        assert len(outside.calls) == begun[0]
        assert astray(outside.bucket.bodies()) == []
        outside.watch = lambda _call, _when: None
        outside.bucket.end_lease()
        assert function.invoke(EVENT)["ok"]
