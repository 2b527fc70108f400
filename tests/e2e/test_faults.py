"""The fault matrix: each call of a run × each fault, on the packaged function.

A run is recorded first, and the cases are made of the calls that it makes. Each case begins with
the archive as it was before that run, lets one call go wrong, looks at what was said and published,
and runs again without faults: then archive and blog have to be those of the recorded run, to the
byte. By default each call meets a share of the faults, so that each call and each fault comes up;
`FAULTS=all` tries all of them, at each time that a call is made.
"""

import json
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import rie
from tests.support.faults import (
    AWS_JSON,
    SOURCE_PARAMETER,
    SOURCE_TOKEN,
    XML,
    Call,
    Fault,
    World,
    astray,
    error_xml,
    payload,
    world,
)
from tests.support.github import TOKEN, needs_github
from tests.support.servers import JSON, Answer

rie.need_package()
pytestmark = needs_github

Json = dict[str, Any]
Objects = Mapping[str, tuple[bytes, Mapping[str, str]]]

ALL = os.environ.get("FAULTS") == "all"
WORKERS = 8
# By default, a call to S3 meets one in so many of the faults, and one in so many calls times out.
SHARE = 12
BEFORE, DAY = ("2025-11-19", "2025-12-12"), "2025-12-24"
# Seconds of an invocation: a rate limit that names no time asks for 60, which is too long then.
TIMEOUT = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "45"}
OK = "ok"
# The last look at the root index only tells the archive's age: what goes wrong there is logged.
AGE_LOOK = 4


def says(call: Call, status: int, code: str, **headers: str) -> Answer:
    """Return how the service of a call says no."""
    kinds = {
        "s3": (error_xml(code, "no"), XML),
        "secret": (json.dumps({"__type": code, "message": "no"}).encode(), AWS_JSON),
        "source": (json.dumps({"error": code}).encode(), JSON),
        "github": (json.dumps({"message": code}).encode(), JSON),
    }
    body, types = kinds[call.service]
    return Answer(status, body, {**types, **headers})


def status(number: int, code: str, **headers: str) -> Callable[..., Answer]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call, _truth: says(call, number, code, **named)


def spoilt(**changes: Callable[[Answer], Any]) -> Callable[..., Answer]:
    """Return a fault that does what is asked, and changes the answer."""

    def spoil(_call: Call, truth: Callable[[], Answer]) -> Answer:
        answer = truth()
        return replace(answer, **{name: change(answer) for name, change in changes.items()})

    return spoil


def half(answer: Answer) -> int:
    return len(answer.body) // 2


def reports_failure(call: Call, _truth: Callable[[], Answer]) -> Answer:
    """Say with HTTP's success that nothing came of it."""
    if call.service == "github":
        error = {"message": "Something went wrong while executing your query."}
        return Answer(body=json.dumps({"data": None, "errors": [error]}).encode())
    return replace(says(call, 200, "InternalError"), status=200)


def had_succeeded(call: Call, truth: Callable[[], Answer]) -> Answer:
    truth()
    return says(call, 500, "InternalError")


FAULTS = [
    Fault("refused", lambda *_: Answer(reset=True), shut=True),
    Fault("reset half-way", spoilt(cut=half, reset=lambda _: True)),
    Fault("reset once", lambda *_: Answer(reset=True), once=True),
    Fault("time-out", lambda *_: Answer(delay=60), slow=True),
    Fault("slow trickle", spoilt(drip=lambda answer: 1024 / (1024 + len(answer.body)))),
    Fault("403", status(403, "AccessDenied")),
    Fault("404", status(404, "NoSuchKey")),
    Fault("404 once", status(404, "NoSuchKey"), once=True),
    Fault("409", status(409, "ConditionalRequestConflict")),
    Fault("409 once", status(409, "ConditionalRequestConflict"), once=True),
    Fault("412", status(412, "PreconditionFailed")),
    Fault("412 once", status(412, "PreconditionFailed"), once=True),
    Fault("429", status(429, "TooManyRequests")),
    Fault("429, wait 1 s, once", status(429, "TooManyRequests", Retry_After="1"), once=True),
    Fault("429, wait 1 h", status(429, "TooManyRequests", Retry_After="3600")),
    Fault("500", status(500, "InternalError")),
    Fault("503 SlowDown", status(503, "SlowDown")),
    Fault("503 SlowDown once", status(503, "SlowDown"), once=True),
    Fault("cut short", spoilt(cut=half, length=lambda answer: len(answer.body) or 10)),
    Fault("wrong type", spoilt(headers=lambda a: {**a.headers, "Content-Type": "text/html"})),
    Fault("wrong length", spoilt(body=lambda a: a.body or b"more", length=half)),
    Fault("garbage", spoilt(body=lambda _: b"\x00<garbage \xff")),
    Fault("success that reports failure", reports_failure),
    Fault("failure that had succeeded", had_succeeded),
    Fault("failure that had succeeded, once", had_succeeded, once=True),
]


# What the run says, by the kind of the call; "|" where it depends on what the call is for. Of the
# source's secret it says Source instead of Blog.
KINDS = ("source get", "secret get", "s3 get", "s3 put", "github query", "github mutation")
AWAY = (
    "SourceUnavailable",
    "BlogUnavailable",
    "StoreError",
    "StoreError",
    *["BlogUnavailable"] * 2,
)
NO = ("SourceRejected", "SettingsError", "StoreError", "StoreError", *["BlogRejected"] * 2)
LOST = (*NO[:3], "StoreConflict", *NO[4:])
# What is looked at ahead, and could not be read, is read again when it is needed.
LOST_ONCE = (*NO[:2], "ok|StoreError", OK, *NO[4:])
SPOILT = ("PayloadError", "BlogUnavailable", "StoreError", OK, "BlogUnavailable", OK)
FINE = (OK,) * 6
SAYS = {
    "refused": AWAY,
    "reset half-way": (*AWAY[:2], "StoreError|ok", OK, "BlogUnavailable", OK),
    "reset once": FINE,
    "time-out": AWAY,
    "slow trickle": FINE,
    "403": NO,
    "404": (*NO[:2], "ok|StoreConflict|StoreError", "StoreConflict|StoreError", *NO[4:]),
    "404 once": (*NO[:2], OK, "ok|StoreError", *NO[4:]),
    "409": LOST,
    "409 once": LOST_ONCE,
    "412": LOST,
    "412 once": LOST_ONCE,
    "429": (*AWAY[:1], "BlogUnavailable", *AWAY[2:]),
    "429, wait 1 s, once": FINE,
    "429, wait 1 h": AWAY,
    "500": AWAY,
    "503 SlowDown": AWAY,
    "503 SlowDown once": FINE,
    "cut short": (*AWAY[:2], "StoreError|ok", "StoreError", "BlogUnavailable", OK),
    "wrong type": FINE,
    "wrong length": (*SPOILT[:2], "StoreError|ok", *SPOILT[3:]),
    "garbage": (*SPOILT[:2], "StoreError|ok", *SPOILT[3:]),
    "success that reports failure": (
        *("PayloadError", "BlogUnavailable", "StoreError", "StoreError"),
        *["BlogUnavailable"] * 2,
    ),
    "failure that had succeeded": (*AWAY[:5], OK),
    "failure that had succeeded, once": FINE,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One fault at one call, in a run on an archive that was empty, or not."""

    begins: str
    call: Call
    fault: Fault


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: how the run ended, what it said, and what is wrong with that."""

    case: Case
    outcome: str
    said: str
    wrong: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Start:
    """An archive before the run, and what the run makes of it: archive, blog, and calls."""

    objects: Objects
    head: str
    after: Objects
    blog: Mapping[str, bytes]
    calls: tuple[Call, ...]


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
        began = time.monotonic()
        start = self.starts[case.begins]
        self._outside.reset(start.objects, start.head)
        if case.call.service == "secret":
            self._forget_token(case.call, start)
        self._outside.begin(case.call, case.fault)
        answer = self._invoke(DAY)
        struck = self._outside.struck
        self._outside.begin()
        wrong = [f"readers find {key}" for key in astray(self._outside.bucket.bodies())]
        wrong += [] if struck else ["the call was not made"]
        again = self._invoke(DAY)
        wrong += [] if again.get("ok") else [f"a clean rerun: {again}"]
        wrong += _differences(self._outside.bucket.objects, start.after)
        wrong += [] if self._outside.blog() == start.blog else ["the blog differs"]
        outcome, said = told(answer)
        return Result(case, outcome, said, tuple(wrong), time.monotonic() - began)

    def _invoke(self, day: str) -> Json:
        event = {"date": day, "scheduled_time": f"{day}T14:00:00Z"}
        answer: Json = self._function.invoke(event)
        return answer

    def _start(self) -> Start:
        """Record a run on the archive as it is, and bring that back."""
        objects, head = dict(self._outside.bucket.objects), self._outside.head()
        self._outside.begin()
        answer = self._invoke(DAY)
        assert answer["ok"], answer
        after, blog = dict(self._outside.bucket.objects), self._outside.blog()
        calls = tuple(self._outside.calls)
        self._outside.reset(objects, head)
        return Start(objects, head, after, blog, calls)

    def _forget_token(self, secret: Call, start: Start) -> None:
        """Let the function forget the token of a secret: it is not accepted once."""
        refuse = Fault("401", status(401, "Bad credentials"), once=True)
        source = Call("source", "get", f"{DAY} page 0"), "SourceRejected"
        blog = Call("github", "query", "Look"), "BlogRejected"
        call, outcome = source if secret.name == SOURCE_PARAMETER else blog
        self._outside.begin(call, refuse)
        assert self._invoke(DAY)["errorType"] == outcome
        self._outside.reset(start.objects, start.head)


def _differences(found: Objects, expected: Objects) -> list[str]:
    different = {
        key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)
    }
    return [f"differs after a clean rerun: {key}" for key in sorted(different)]


def told(answer: Json) -> tuple[str, str]:
    """Return how a run ended, in a word, and what it said."""
    return (OK, "") if answer.get("ok") else (answer["errorType"], answer["errorMessage"])


def cases(starts: Mapping[str, Start]) -> list[Case]:
    """Return the cases: of the second run, and what the first run asks beside that."""
    names: dict[tuple[str, str], Case] = {}
    made = []
    for begins in ("filled", "empty"):
        for call in starts[begins].calls:
            known = (call.kind, call.name) in names and names[call.kind, call.name].begins != begins
            if known or not (ALL or call.nth == 1):
                continue
            names[call.kind, call.name] = Case(begins, call, FAULTS[0])
            made += [
                Case(begins, call, fault) for fault in FAULTS if _is_due(len(names), call, fault)
            ]
    first_of_kind = {case.call.kind: case for case in reversed(made)}
    slow = next(fault for fault in FAULTS if fault.slow)
    made += [] if ALL else [replace(case, fault=slow) for case in first_of_kind.values()]
    # The slowest first, so that no worker is left alone with them.
    return sorted(made, key=lambda case: not case.fault.slow)


def _is_due(number: int, call: Call, fault: Fault) -> bool:
    if ALL or (call.service != "s3" and not fault.slow):
        return True
    return not fault.slow and (number + FAULTS.index(fault)) % SHARE == 0


def work(place: Path, todo: "queue.Queue[Case]", results: list[Result], ready: Any) -> None:
    """Try cases, until there are none, on a function of this thread's own."""
    days = {day: payload(day) for day in (*BEFORE, DAY)}
    place.mkdir()
    with (
        world(place, days) as outside,
        rie.running(outside.settings() | TIMEOUT, place / "function.log") as function,
    ):
        worker = Worker(outside, function)
        ready(worker.starts)
        while True:
            try:
                case = todo.get_nowait()
            except queue.Empty:
                break
            results.append(worker.tried(case))
    logged = (place / "function.log").read_text("utf-8")
    assert TOKEN not in logged
    assert SOURCE_TOKEN not in logged


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Try all cases, on several functions at once: most of the time, one waits."""
    todo: queue.Queue[Case] = queue.Queue()
    place, results, once = tmp_path_factory.mktemp("faults"), list[Result](), threading.Lock()
    expected: list[Case] = []
    failures: list[BaseException] = []

    def ready(starts: Mapping[str, Start]) -> None:
        with once:
            if not expected:
                expected.extend(cases(starts))
                for case in expected:
                    todo.put(case)

    def guarded(number: int) -> None:
        try:
            work(place / str(number), todo, results, ready)
        except BaseException as error:  # noqa: BLE001 (told by the test's own thread)
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(results) == len(expected) > 0
    return results


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_and_leaves_nothing_behind(fault: Fault, matrix: list[Result]) -> None:
    found = [result for result in matrix if result.case.fault.name == fault.name]
    assert found
    wrong = [(str(one.case.call), one.outcome, *one.wrong) for one in found if one.wrong]
    assert wrong == [], "\n".join(map(str, wrong))
    unexpected = [(str(one.case.call), one.outcome, one.said) for one in found if not _is_told(one)]
    assert unexpected == [], "\n".join(map(str, unexpected))


def _is_told(result: Result) -> bool:
    """Tell whether the run ended as it should, and named what it was about."""
    call, said = result.case.call, result.said
    if (call.name, call.nth) == ("index.json", AGE_LOOK):
        return result.outcome == OK
    expected = SAYS[result.case.fault.name][KINDS.index(call.kind)]
    if call.name == SOURCE_PARAMETER:
        expected = expected.replace("Blog", "Source")
    if result.outcome not in expected.split("|"):
        return False
    about = {"source": DAY, "secret": call.name, "github": "ada/blog", "s3": "s3://"}
    quiet = result.outcome == OK
    return quiet or (about[call.service].lower() in said.lower() and "Traceback" not in said)


def test_each_call_and_each_fault_came_up(
    matrix: list[Result], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = {(one.case.call.kind, one.case.call.name) for one in matrix}
    assert {kind for kind, _ in calls} == {*KINDS}
    outcomes = Counter(one.outcome for one in matrix)
    with capsys.disabled():
        print(  # noqa: T201 (a figure to read)
            f"\nfault matrix: {len(matrix)} cases of {len(calls)} calls and {len(FAULTS)} faults;"
            f" {sum(bool(one.wrong) for one in matrix)} left something wrong; ended: "
            + ", ".join(f"{name} {count}" for name, count in outcomes.most_common())
        )
