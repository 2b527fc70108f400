"""Killed at any point: the packaged function ends between every two of its effects in turn.

An effect is a put or a commit. The process is killed (SIGKILL) when one has happened and its answer
is on its way; before the first one, too. What readers find then leads nowhere astray, and the next
run, in a new process as Lambda starts one, brings archive and blog to what they are without a kill.

Likewise when the function stands still at one of its puts: while S3 does not answer, it ends by
itself before its time is over; when nothing in it moves any more, Lambda ends the process.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Lock, Semaphore, get_ident
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support import rie
from tests.support.faults import Call, World, astray, payload, world
from tests.support.github import needs_github

rie.need_package()
pytestmark = needs_github

Json = dict[str, Any]
State = tuple[frozenset[tuple[str, bytes]], bool]
"""Which objects there were, and whether the blog was as before."""
BEFORE, DAY = "2025-12-12", "2025-12-24"
WORKERS = 4
# More than what is left of an invocation of 13 s when 5 s are kept back; less than 13.
LATE_SECONDS = 8.5
EVENT, EARLIER = ({"date": day, "scheduled_time": f"{day}T14:00:00Z"} for day in (DAY, BEFORE))


class Killer:
    """Kills the function when so many effects have happened."""

    def __init__(self, outside: World) -> None:
        self._outside = outside
        self._alone = Lock()
        self.after, self.effects, self.killed = -1, 0, False
        outside.watch = self._watch

    def arm(self, after: int) -> None:
        """Kill after so many effects from now on; never, if negative."""
        self.after, self.effects, self.killed = after, 0, False

    def _watch(self, call: Call, when: str) -> None:
        """Let one effect happen at a time, as puts are sent together; none of who is dead."""
        if not call.writes:
            return
        if when == "before":
            self._alone.acquire()
        self.effects += when == "after"
        dies = self.effects == self.after and not self.killed
        if dies:
            os.kill(function_process(self._outside.urls["s3"]), signal.SIGKILL)
        self.killed = self.killed or dies
        if when == "after" or self.killed:
            self._alone.release()
        if when == "before" and self.killed:
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
            ours = f"AWS_ENDPOINT_URL_S3={address}".encode() in environment.split(b"\0")
            if ours and command[1:3] == [b"-m", b"awslambdaric"]:
                return int(place.name)
    raise ProcessLookupError(f"no function with {address}")


@contextmanager
def running(place: Path, **settings: str) -> Iterator[tuple[World, rie.Function]]:
    """Run the function before an empty bucket."""
    place.mkdir()
    with (
        world(place, {day: payload(day) for day in (BEFORE, DAY)}) as outside,
        rie.running(outside.settings() | settings, place / "function.log") as function,
    ):
        yield outside, function


@pytest.mark.parametrize("empty", [True, False], ids=["the first run", "one more day"])
def test_killed_between_every_two_effects(
    empty: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(share: int) -> tuple[int, set[State]]:
        return killed(tmp_path / str(share), share, empty=empty)

    with ThreadPoolExecutor(WORKERS) as pool:
        shares = list(pool.map(work, range(WORKERS)))
    effects = shares[0][0]
    seen = set().union(*(states for _, states in shares))
    # Each time, archive and blog were one effect further.
    assert len(seen) == effects + 1 > 20
    with capsys.disabled():
        print(f"\nkilled {effects + 1} times, around {effects} effects: nothing lost")  # noqa: T201


def killed(place: Path, share: int, *, empty: bool) -> tuple[int, set[State]]:
    """Kill a function at its share of the moments; return how many effects a run has.

    With them, what was there at those moments.
    """
    seen = set[State]()
    with running(place) as (outside, function):
        assert empty or function.invoke(EARLIER)["ok"]
        start, head = dict(outside.bucket.objects), outside.head()
        killer = Killer(outside)
        report = function.invoke(EVENT)
        assert report["ok"], report
        effects = killer.effects
        objects, blog = outside.bucket.objects, outside.blog()
        for number in range(share, effects + 1, WORKERS):
            outside.reset(start, head)
            killer.arm(number)
            with pytest.raises(HTTPError, match="Bad Gateway"):
                function.invoke(EVENT)
            assert killer.killed, number
            found = outside.bucket.bodies()
            assert astray(found) == [], number
            seen.add((frozenset(found.items()), outside.head() == head))
            killer.arm(-1)
            again = function.invoke(EVENT)
            assert again.get("ok"), (number, again)
            assert outside.bucket.objects == objects, number
            assert outside.blog() == blog, number
    return effects, seen


@pytest.mark.parametrize("late", [10, 40, 80])
def test_a_run_whose_time_is_over_begins_nothing_more(late: int, tmp_path: Path) -> None:
    """The time that is kept back, 5 s, begins while one of the calls is answered."""
    with running(tmp_path / "late", AWS_LAMBDA_FUNCTION_TIMEOUT="13") as (outside, function):
        begun, late_one = list[int](), Lock()
        outside.watch = lambda _, when: _delay(outside, late, when, begun, late_one)
        answer = function.invoke(EVENT)
        assert answer["errorType"] in ("SourceUnavailable", "StoreError", "BlogUnavailable")
        assert "the run's time is over" in answer["errorMessage"]
        # What had begun until then ends; after that, nothing is even asked.
        assert len(outside.calls) == begun[0]
        assert astray(outside.bucket.bodies()) == []


def _delay(outside: World, late: int, when: str, begun: list[int], late_one: Any) -> None:
    """Answer late, and note what had begun by then: what is looked at together with that."""
    if when == "after" and len(outside.calls) >= late and late_one.acquire(blocking=False):
        outside.wait(LATE_SECONDS - 2)
        begun.append(len(outside.calls))
        outside.wait(2)


HUNG, DONE, FROZEN = "not done until after the next run", "done, and unanswered", "frozen"
HOWS = (FROZEN, HUNG, FROZEN, DONE)
ENDS = {HUNG: "StoreError", DONE: "StoreError", FROZEN: "TimedOut"}
TIMEOUT = 12
# How often a run stands still, for each archive.
MOMENTS = 8
LONGEST_SECONDS = 30.0


class Hanger:
    """Leaves the function without an answer from one of its effects on; or freezes it then.

    What it still asks for is done when the hanger is released.
    """

    def __init__(self, outside: World) -> None:
        self._outside = outside
        self._how, self._number, self._effects = HUNG, 0, 0
        self._released, self._late = Event(), Semaphore(0)
        self._hung, self._lock = set[int](), Lock()
        outside.watch = self._watch

    def arm(self, how: str, number: int) -> None:
        """Begin at the effect of this number from now on, the first being 1."""
        self._how, self._number, self._effects = how, number, 0
        self._released.clear()

    def disarm(self) -> None:
        """Let what others ask for pass; what hangs, hangs on."""
        self._number = 0

    def release(self) -> None:
        """Let what hangs go on, and wait for its end."""
        hung = len(self._hung)
        self._released.set()
        for _ in range(hung):
            assert self._late.acquire(timeout=LONGEST_SECONDS)
        self._hung.clear()

    def _watch(self, call: Call, when: str) -> None:
        if get_ident() in self._hung:
            self._late.release()
            return
        if not self._number:
            return
        with self._lock:
            self._effects += call.writes and when == ("before" if self._how == HUNG else "after")
            if self._effects < self._number:
                return
        if self._how == FROZEN:
            os.kill(function_process(self._outside.urls["s3"]), signal.SIGSTOP)
            return
        self._hung.add(get_ident())
        self._released.wait(LONGEST_SECONDS)
        if when == "after":
            self._late.release()


@pytest.mark.parametrize("empty", [True, False], ids=["the first run", "one more day"])
def test_a_run_that_stands_still_ends_by_itself_or_is_ended_by_lambda(
    empty: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(share: int) -> list[str]:
        return stood_still(tmp_path / str(share), share, empty=empty)

    with ThreadPoolExecutor(WORKERS) as pool:
        ends = Counter(end for share in pool.map(work, range(WORKERS)) for end in share)
    assert ends == Counter(ENDS[how] for how, _ in moments(0))
    with capsys.disabled():
        print(f"\nstood still, and ended: {dict(ends)}; nothing lost")  # noqa: T201


def stood_still(place: Path, share: int, *, empty: bool) -> list[str]:
    """Let a function stand still at its share of the moments; return how its runs ended."""
    ends = []
    with running(place, AWS_LAMBDA_FUNCTION_TIMEOUT=str(TIMEOUT)) as (outside, function):
        assert empty or function.invoke(EARLIER)["ok"]
        start, head = dict(outside.bucket.objects), outside.head()
        outside.begin()
        assert function.invoke(EVENT)["ok"]
        effects = sum(call.writes for call in outside.calls)
        objects, blog = outside.bucket.objects, outside.blog()
        hanger = Hanger(outside)
        for how, number in moments(effects)[share::WORKERS]:
            outside.reset(start, head)
            hanger.arm(how, number)
            ends.append(end_of_a_run(function))
            assert ends[-1] == ENDS[how], (how, number)
            hanger.disarm()
            assert astray(outside.bucket.bodies()) == [], (how, number)
            again = function.invoke(EVENT)
            assert again.get("ok"), (how, number, again)
            hanger.release()
            assert outside.bucket.objects == objects, (how, number)
            assert outside.blog() == blog, (how, number)
    return ends


def end_of_a_run(function: rie.Function) -> str:
    """Return which error a run ends with, or Lambda's time-out."""
    try:
        return str(function.invoke(EVENT).get("errorType"))
    except rie.TimedOut:
        return "TimedOut"


def moments(effects: int) -> list[tuple[str, int]]:
    """Return how a run stands still, and at which of its puts, from the first to the last."""
    numbers = [1 + (effects - 2) * number // (MOMENTS - 1) for number in range(MOMENTS)]
    return [(HOWS[at % len(HOWS)], number) for at, number in enumerate(numbers)]


@pytest.mark.parametrize(
    ("service", "error"), [("source", "SourceUnavailable"), ("github", "BlogUnavailable")]
)
def test_a_run_that_source_or_blog_keep_waiting_ends_by_itself(
    service: str, error: str, tmp_path: Path
) -> None:
    released = Event()
    with running(tmp_path / service, AWS_LAMBDA_FUNCTION_TIMEOUT=str(TIMEOUT)) as made:
        outside, function = made
        assert function.invoke(EARLIER)["ok"]
        before = function_process(outside.urls["s3"])
        outside.watch = partial(_hang, service, released)
        answer = function.invoke(EVENT)
        released.set()
        assert answer["errorType"] == error, answer
        assert function_process(outside.urls["s3"]) == before
        assert astray(outside.bucket.bodies()) == []
        assert function.invoke(EVENT)["ok"]


def _hang(service: str, released: Event, call: Call, _when: str) -> None:
    if call.service == service:
        released.wait(LONGEST_SECONDS)
