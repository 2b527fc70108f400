"""A cold start: find the handler as Lambda does, call it with one event, print its report, end.

`_HANDLER` and `LAMBDA_TASK_ROOT` say which, as in Lambda; the event is the first argument.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable

Handler = Callable[[object, object], object]


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


def load() -> Handler:
    """Import the handler from its package."""
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


if __name__ == "__main__":
    print(json.dumps(load()(json.loads(sys.argv[1]), Context())), flush=True)
    # Lambda freezes a process that has answered: taking it apart is no part of a run.
    os._exit(0)
