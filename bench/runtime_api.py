"""Lambda's Runtime API, as far as one invocation needs it: `awslambdaric` asks it for its event.

A process that asks for a second event is left waiting, as Lambda freezes it until there is one.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import threading
import time
from http import HTTPStatus

from bench.loopback import Answer, Request

NEXT = "/2018-06-01/runtime/invocation/next"
RESPONSE = "/response"
EVENT_HEADERS = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "52fdfc07-2182-454f-963f-5f0f9a621d72",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:bench",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
}
TIME_OUT = 120.0
MILLISECONDS = 1000


class RuntimeApi:
    """Gives an event to the next process that asks for one, and keeps what becomes of it."""

    def __init__(self) -> None:
        self._event: bytes | None = None
        self._ended = threading.Event()
        self._outcome: dict[str, object] = {}

    def expect(self, event: bytes) -> None:
        """Have this event for the next process."""
        self._ended.clear()
        self._event = event

    def outcome(self, seconds: float) -> dict[str, object] | None:
        """Return when the answer came (`at`, monotonic) and its `error`; None if it is not there.

        Waits for it so long.
        """
        return self._outcome if self._ended.wait(seconds) else None

    def answer(self, request: Request) -> Answer | None:
        """Answer a runtime."""
        if request.path == NEXT:
            event, self._event = self._event, None
            return None if event is None else Answer(body=event, headers=_headers())
        is_response = request.path.endswith(RESPONSE)
        error = None if is_response else request.body.decode("utf-8", "replace")
        self._outcome = {"at": time.monotonic(), "error": error}
        self._ended.set()
        return Answer(HTTPStatus.ACCEPTED)


def _headers() -> dict[str, str]:
    deadline = int((time.time() + TIME_OUT) * MILLISECONDS)
    return {**EVENT_HEADERS, "Lambda-Runtime-Deadline-Ms": str(deadline)}
