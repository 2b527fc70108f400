"""The fault matrix: each call of a run × each fault, on the packaged function.

A run is recorded first, and the cases are made of the calls that it makes. Each case begins with
the archive as it was before that run, lets one call go wrong, looks at what was said and published,
lets the lease be over and runs again without faults: then archive and blog have to be those of the
recorded run, to the byte. By default each call meets a share of the faults, so that each call and
each fault comes up; `FAULTS=all` tries all of them, at each time that a call is made.
"""

import json
import os
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.support import rie
from tests.support.faults import (
    AWS_JSON,
    Call,
    Fault,
    Objects,
    World,
    astray,
    differences,
    payload,
    s3_error,
    world,
)
from tests.support.github import TOKEN, needs_github
from tests.support.servers import JSON, Answer

rie.need_package()
pytestmark = needs_github

ALL = os.environ.get("FAULTS") == "all"
WORKERS = 6
# By default, a call to S3 meets one in so many of the faults.
SHARE = 14
BEFORE, DAY = ("2025-11-19", "2025-12-12"), "2025-12-24"
# Seconds of an invocation: a rate limit that names no time asks for 60, which is too long then.
TIMEOUT = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "45"}
OK = "ok"


def status(number: int, code: str, **headers: str) -> Callable[..., Answer]:
    """Return a fault that says no in the way of the call's service, and does nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def refuse(call: Call, _truth: Callable[[], Answer]) -> Answer:
        aws = Answer(number, json.dumps({"__type": code, "message": "no"}).encode(), AWS_JSON)
        said = {
            "s3": s3_error(number, code),
            "secret": aws,
            "source": Answer(number, json.dumps({"error": code}).encode(), JSON),
            "github": Answer(number, json.dumps({"message": code}).encode(), JSON),
        }[call.service]
        return replace(said, headers={**said.headers, **named})

    return refuse


def spoilt(**changes: Callable[[Answer], Any]) -> Callable[..., Answer]:
    """Return a fault that does what is asked, and changes the answer."""

    def spoil(_call: Call, truth: Callable[[], Answer]) -> Answer:
        answer = truth()
        return replace(answer, **{name: change(answer) for name, change in changes.items()})

    return spoil


def half(answer: Answer) -> int:
    return len(answer.body) // 2


def had_succeeded(call: Call, truth: Callable[[], Answer]) -> Answer:
    truth()
    return status(500, "InternalError")(call, truth)


def says_html(_call: Call, _truth: Callable[[], Answer]) -> Answer:
    return Answer(
        body=b"<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"}
    )


KINDS = (
    "source get",
    "secret get",
    "s3 get",
    "s3 put",
    "s3 list",
    "github query",
    "github mutation",
)
# How a run ends for each kind of a call, by what the fault comes to.
AWAY = ("SourceUnavailable", "BlogUnavailable", *["StoreError"] * 3, *["BlogUnavailable"] * 2)
NO = ("SourceRejected", "SettingsError", *["StoreError"] * 3, *["BlogRejected"] * 2)
# A conditional put that is lost is read again: it may have been ours, or another run was faster.
LOST = (*NO[:3], "StoreError|StoreConflict|StoreBusy", *NO[4:])
LOST_ONCE = (*NO[:3], OK, *NO[4:])
MISSING = (*NO[:2], "ok|StoreError|StoreConflict|StoreBusy", LOST[3], *NO[4:])
SPOILT = ("PayloadError", "BlogUnavailable", *["StoreError"] * 3, *["BlogUnavailable"] * 2)
FINE = (OK,) * len(KINDS)
SUCCEEDED = (*AWAY[:3], "ok|StoreError", *AWAY[4:6], "ok|BlogUnavailable")
# A put is answered by its ETag, which is in the head: the body does not matter.
BODY = (*SPOILT[:3], "ok|StoreError", SPOILT[4], "BlogUnavailable", "ok|BlogUnavailable")

FAULTS = [
    (Fault("refused", lambda *_: Answer(reset=True), shut=True), AWAY),
    (Fault("reset half-way", spoilt(cut=half, reset=lambda _: True)), (*AWAY[:2], *BODY[2:])),
    (Fault("reset once", lambda *_: Answer(reset=True), once=True), FINE),
    (Fault("time-out", lambda *_: Answer(delay=60), slow=True), AWAY),
    (Fault("slow trickle", spoilt(drip=lambda a: 1024 / (1024 + len(a.body)))), FINE),
    (Fault("403", status(403, "AccessDenied")), NO),
    (Fault("404", status(404, "NoSuchKey")), MISSING),
    (Fault("409", status(409, "ConditionalRequestConflict")), LOST),
    (Fault("409 once", status(409, "ConditionalRequestConflict"), once=True), LOST_ONCE),
    (Fault("412", status(412, "PreconditionFailed")), LOST),
    (Fault("412 once", status(412, "PreconditionFailed"), once=True), LOST_ONCE),
    (Fault("429", status(429, "TooManyRequests")), AWAY),
    (Fault("429, wait 1 s", status(429, "TooManyRequests", Retry_After="1"), once=True), FINE),
    (Fault("429, wait 1 h", status(429, "TooManyRequests", Retry_After="3600")), AWAY),
    (Fault("500", status(500, "InternalError")), AWAY),
    (Fault("503 SlowDown", status(503, "SlowDown")), AWAY),
    (Fault("503 SlowDown once", status(503, "SlowDown"), once=True), FINE),
    (
        Fault("cut short", spoilt(cut=half, length=lambda a: len(a.body) or 10)),
        (*AWAY[:2], *BODY[2:]),
    ),
    (
        Fault("wrong type", spoilt(headers=lambda a: {**a.headers, "Content-Type": "text/html"})),
        FINE,
    ),
    (Fault("garbage", spoilt(body=lambda _: b"\x00<garbage \xff")), BODY),
    (Fault("HTML with 200", says_html), SPOILT),
    (Fault("failure that had succeeded", had_succeeded), SUCCEEDED),
    (Fault("failure that had succeeded, once", had_succeeded, once=True), FINE),
]
SAYS = {fault.name: dict(zip(KINDS, ends, strict=True)) for fault, ends in FAULTS}


@dataclass(frozen=True, slots=True)
class Case:
    """One fault at one call, in a run on an archive that was empty, or not."""

    begins: str
    call: Call
    fault: Fault

    def __str__(self) -> str:
        return f"{self.fault.name} at {self.call} ({self.begins})"


@dataclass(frozen=True, slots=True)
class Start:
    """An archive before the run, and what the run makes of it, with its calls."""

    objects: Objects
    head: str
    after: Mapping[str, object]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: how the run ended, and what is wrong with that."""

    case: Case
    outcome: str
    wrong: tuple[str, ...]


class Worker:
    """One warm function, with an outside of its own."""

    def __init__(self, outside: World, function: rie.Function) -> None:
        self._outside, self._function = outside, function
        self.starts = {"empty": self._start()}
        for day in BEFORE:
            assert self._invoke(day)["ok"], day
        self.starts["filled"] = self._start()

    def tried(self, case: Case) -> Result:
        """Run a case, and run again without the fault."""
        start, outside = self.starts[case.begins], self._outside
        outside.reset(start.objects, start.head)
        if case.call.service == "secret":
            self._forget_token(start)
        outside.begin(case.call, case.fault)
        answer = self._invoke(DAY)
        struck = outside.struck
        outside.begin()
        wrong = list(_misreported(case, answer))
        wrong += [f"readers find {key}" for key in astray(outside.bucket.bodies())]
        wrong += [] if struck else ["the call was not made"]
        outside.bucket.end_lease()
        again = self._invoke(DAY)
        wrong += [] if again.get("ok") else [f"a clean rerun: {again}"]
        wrong += [f"differs: {key}" for key in differences(outside.snapshot(), start.after)]
        return Result(case, _outcome(answer), tuple(wrong))

    def _invoke(self, day: str) -> dict[str, Any]:
        event = {"date": day, "scheduled_time": f"{day}T14:00:00Z"}
        answer: dict[str, Any] = self._function.invoke(event)
        return answer

    def _start(self) -> Start:
        """Record a run on the archive as it is, and bring that back."""
        objects, head = dict(self._outside.bucket.objects), self._outside.head()
        self._outside.begin()
        answer = self._invoke(DAY)
        assert answer.get("ok"), answer
        made = Start(objects, head, self._outside.snapshot(), tuple(self._outside.calls))
        self._outside.reset(objects, head)
        return made

    def _forget_token(self, start: Start) -> None:
        """Let the function forget the token: it is not accepted once."""
        refuse = Fault("401", status(401, "Bad credentials"), once=True)
        self._outside.begin(Call("github", "query", "Look"), refuse)
        assert _outcome(self._invoke(DAY)) == "BlogRejected"
        self._outside.reset(start.objects, start.head)


def _outcome(answer: Mapping[str, Any]) -> str:
    return OK if answer.get("ok") else str(_error(answer)["type"])


def _error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the error that a run raised, or that it reports of its blog."""
    if "errorType" in answer:
        return {"type": answer["errorType"], "message": answer["errorMessage"]}
    error: Mapping[str, Any] = answer["blog"]["error"]
    return error


def _misreported(case: Case, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a run's report: its error's class, or what that names."""
    outcome = _outcome(answer)
    said = "" if outcome == OK else _error(answer)["message"]
    if outcome not in SAYS[case.fault.name][case.call.kind].split("|"):
        yield f"ended with {outcome}: {said}"
    about = {"source": DAY, "secret": case.call.name, "github": "ada/blog", "s3": "s3://"}
    if outcome != OK and (about[case.call.service] not in said or "Traceback" in said):
        yield f"names nothing: {said}"


def cases(starts: Mapping[str, Start]) -> list[Case]:
    """Return the cases: of the second run, and what the first run asks beside that."""
    known: set[tuple[str, str]] = set()
    made: list[Case] = []
    for begins in ("filled", "empty"):
        calls = [call for call in starts[begins].calls if (call.kind, call.name) not in known]
        for number, call in enumerate(sorted(calls)):
            if ALL or call.nth == 1:
                made += [
                    Case(begins, call, fault)
                    for at, (fault, _) in enumerate(FAULTS)
                    if _is_due(number + at, call, fault)
                ]
        known |= {(call.kind, call.name) for call in calls}
    if not ALL:
        # A time-out takes long: one for each kind of call.
        slow = next(fault for fault, _ in FAULTS if fault.slow)
        first_of_kind = {case.call.kind: case for case in reversed(made)}
        made += [replace(case, fault=slow) for case in first_of_kind.values()]
    # The slowest first, so that no worker is left alone with them.
    return sorted(made, key=lambda case: not case.fault.slow)


def _is_due(number: int, call: Call, fault: Fault) -> bool:
    if fault.name == "404" and call.kind == "s3 get" and call.name.startswith("daily/"):
        # S3 never says that of an edition that is there.
        return False
    if ALL:
        return True
    return not fault.slow and (call.service != "s3" or number % SHARE == 0)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Try all cases, on several functions at once: most of the time, one waits."""
    todo: queue.Queue[Case] = queue.Queue()
    place, once, results = tmp_path_factory.mktemp("faults"), threading.Lock(), list[Result]()
    expected: list[Case] = []

    def work(number: int) -> None:
        own = place / str(number)
        own.mkdir()
        days = {day: payload(day) for day in (*BEFORE, DAY)}
        log = own / "function.log"
        with (
            world(own, days) as outside,
            rie.running(outside.settings() | TIMEOUT, log) as function,
        ):
            worker = Worker(outside, function)
            with once:
                if not expected:
                    expected.extend(cases(worker.starts))
                    for case in expected:
                        todo.put(case)
            while not todo.empty():
                try:
                    results.append(worker.tried(todo.get_nowait()))
                except queue.Empty:
                    break
        assert TOKEN not in log.read_text("utf-8")

    with ThreadPoolExecutor(WORKERS) as pool:
        for ended in [pool.submit(work, number) for number in range(WORKERS)]:
            ended.result()
    assert len(results) == len(expected) > 0
    return results


@pytest.mark.parametrize("fault", SAYS)
def test_a_fault_is_told_and_leaves_nothing_behind(fault: str, matrix: list[Result]) -> None:
    found = [result for result in matrix if result.case.fault.name == fault]
    assert found
    wrong = [f"{result.case}: {what}" for result in found for what in result.wrong]
    assert wrong == [], "\n".join(wrong)


def test_each_kind_of_call_came_up(
    matrix: list[Result], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = {(one.case.call.kind, one.case.call.name) for one in matrix}
    assert {kind for kind, _ in calls} == {*KINDS}
    outcomes = Counter(one.outcome for one in matrix).most_common()
    with capsys.disabled():
        print(  # noqa: T201 (a figure to read)
            f"\nfault matrix: {len(matrix)} cases of {len(calls)} calls and {len(FAULTS)} faults;"
            f" ended: {', '.join(f'{name} {count}' for name, count in outcomes)}"
        )
