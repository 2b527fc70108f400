"""Warm runs: call one handler with each event that comes in, and answer what it cost.

In, as JSON, a line each: an event, or `{"bare": {"day": D, "keys": [K, …]}}` for nothing but a
run's requests, made by Paperboy's own adapters. Out: `{"cpu": seconds, "wall": seconds}`.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench import talk

Handler = Callable[[object, object], object]
PATIENCE = 120.0


class Context:
    """What Lambda tells a handler about its invocation."""

    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    memory_limit_in_mb = 512
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        """Return the whole time-out: a bench run is far from it."""
        return 120_000


def main() -> None:
    """Answer until nothing more comes."""
    answers = os.fdopen(os.dup(1), "w")
    # What the handler logs would stand between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    handler = load()

    def call(event: dict[str, Any]) -> dict[str, float]:
        if "bare" in event:
            return cost(bare(**event["bare"]))
        return cost(lambda: handler(event, Context()))

    talk.answer_all(call, answers)


def load() -> Handler:
    """Import the handler from its package."""
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def bare(day: str, keys: list[str]) -> Callable[[], None]:
    """Return what asks the source for the day and the store for the keys, and does no more."""
    from handler import bootstrap, settings

    ports = bootstrap.ports(settings.from_environment(os.environ), lambda: PATIENCE)

    def ask() -> None:
        ports.source.fetch(date.fromisoformat(day))
        for key in keys:
            ports.store.get(key)

    return ask


def cost(work: Callable[[], object]) -> dict[str, float]:
    """Do the work, and return its seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


if __name__ == "__main__":
    main()
