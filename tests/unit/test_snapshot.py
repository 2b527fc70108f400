"""What a snapshot (SnapStart) may hold of a start: nothing that has to be fresh, or one's own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
"""

import json
import os
import random
import subprocess
import sys

import pytest

from core.model.errors import InvalidEvent
from tests.support import sample
from tests.support.context import invoke

# Remembers what is opened and read from here on. `logging` is imported before: it reads the clock,
# for times that no line of ours has.
WATCH = """
import datetime, json, logging, os, sys, time
from collections.abc import MutableMapping

seen = {"events": [], "variables": [], "clock": []}

def audit(event, arguments):
    # Modules are files, too.
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.posix_spawn")):
        seen["events"].append(event)
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        seen["events"].append(f"open {arguments[0]}")

class Variables(MutableMapping):
    def __init__(self, all): self.all = all
    def __getitem__(self, name):
        seen["variables"].append(name)
        return self.all[name]
    def __setitem__(self, name, value): self.all[name] = value
    def __delitem__(self, name): del self.all[name]
    def __iter__(self):
        seen["variables"].append("all of them")
        return iter(self.all)
    def __len__(self): return len(self.all)

def watched(name, read):
    def told(*arguments):
        seen["clock"].append(name)
        return read(*arguments)
    return told

class Clock(datetime.datetime):
    now = utcnow = classmethod(watched("datetime", lambda *_: None))

datetime.datetime = Clock
for name in dir(time):
    if name.removesuffix("_ns") in ("time", "monotonic", "perf_counter"):
        setattr(time, name, watched(name, getattr(time, name)))
os.environ = Variables(os.environ)
sys.addaudithook(audit)
"""
TOLD = "\nprint(json.dumps(seen))"
STARTING = "import handler.app"
EACH = """
import datetime, os, socket, time
open(os.devnull).close()
socket.socket().close()
os.environ.get("AWS_ACCESS_KEY_ID"), os.getenv("PAPERBOY_STORE"), dict(os.environ)
time.time(), time.monotonic_ns(), datetime.datetime.now(datetime.UTC)
"""


def seen_by(statements: str) -> dict[str, list[str]]:
    """Return what a process reads and opens by these statements."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH + statements + TOLD],
        cwd=sample.ROOT / "src",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_a_start_opens_nothing_and_reads_no_credentials_settings_or_clock() -> None:
    """So connections, credentials, settings and caches of them are of the process that runs.

    `adapters.pool`, `adapters.threads`, `adapters.secrets` and the caches of `handler.bootstrap`
    fill at their first use, and `adapters.aws` reads credentials for each service that a run asks.
    """
    seen = seen_by(STARTING)
    assert (seen["events"], seen["clock"]) == ([], [])
    assert seen["variables"], "nothing was watched"
    ours = ("PAPERBOY_", "AWS_ACCESS", "AWS_SECRET", "AWS_SESSION", "AWS_CONTAINER", "AWS_REGION")
    assert [name for name in seen["variables"] if name.startswith((*ours, "all"))] == []


def test_what_a_start_might_read_or_open_is_seen() -> None:
    seen = seen_by(EACH)
    assert {f"open {os.devnull}", "socket.__new__"} <= set(seen["events"])
    assert {"AWS_ACCESS_KEY_ID", "PAPERBOY_STORE", "all of them"} <= set(seen["variables"])
    assert seen["clock"] == ["time", "monotonic_ns", "datetime"]


def test_functions_restored_from_one_snapshot_do_not_pause_alike() -> None:
    snapshot, pauses = random.getstate(), set[float]()
    for _ in range(2):
        random.setstate(snapshot)
        with pytest.raises(InvalidEvent):
            invoke({"date": "never"})
        pauses.add(random.random())  # noqa: S311 (no secret)
    assert len(pauses) == 2
