"""Keep a process within the source's rate limit.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ and Hugging Face's
`RateLimit: "api";r=<left>;t=<seconds>`; without a token it allows 500 requests in 300 seconds.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.model.ports import Remaining

LIMIT = 450
WINDOW = 300.0
POLICY = '"api"'
# Five digits are more than a day: a longer number is not a wait that makes sense.
PARAMETER = re.compile(r";\s*([rt])=(\d{1,5})\s*(?=;|$)", re.ASCII)
# With no more than this left no request is sent: other threads' requests may be on their way.
RESERVE = 20
# With no more than this left, new requests wait, because other runs need some.
LITTLE = 50
# The most that "t" can be too small by: it is in whole seconds.
ROUNDING = 1.0
# Resets that are at most so many seconds apart are the same reset.
SAME = 10.0


class QuotaSpent(Exception):
    """The rate limit allows the next request in `wait` seconds, when the run is over."""

    def __init__(self, wait: float) -> None:
        super().__init__(
            f"its rate limit allows no request for {wait:.0f} s, longer than what is left of the"
            " run: try again then, or start fewer runs at the same time"
        )
        self.wait = wait


class Quota:
    """Counts requests and reads the `RateLimit` headers; all threads of a process share one.

    It lasts longer than a run; `admitted` counts all of its requests. `sleep` may return early, as
    `threading.Event.wait` does.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=LIMIT)
        self._left, self._reset = inf, -inf
        self.admitted = 0

    def admit(self, remaining: Remaining) -> None:
        """Wait until one request may be sent, and count it.

        Raises `QuotaSpent`, at once, when that takes longer than what is left of the run.
        """
        while (wait := self._take()) > 0:
            if wait >= remaining():
                raise QuotaSpent(wait)
            self._sleep(wait)

    def note(self, headers: Mapping[str, str]) -> None:
        """Note an answer's `RateLimit`; one that cannot be read is ignored."""
        if (said := _said(headers.get("RateLimit", ""))) is None:
            return
        left, seconds = said
        with self._lock:
            now = self._clock()
            reset = now + seconds + ROUNDING
            if now < self._reset and abs(reset - self._reset) <= SAME:
                # Answers can arrive out of order, and requests may be on their way: the smaller
                # number is right.
                self._left, self._reset = min(left, self._left), max(reset, self._reset)
            elif reset > self._reset:
                self._left, self._reset = left, reset

    def idle(self) -> float:
        """Return how many seconds to wait before the next request, usually 0."""
        with self._lock:
            return self._wait(self._clock(), LITTLE)

    def _take(self) -> float:
        """Count a request and return 0, or return how many seconds it has to wait."""
        with self._lock:
            now = self._clock()
            if not (wait := self._wait(now, RESERVE)):
                self._sent.append(now)
                self._left -= 1
                self.admitted += 1
            return wait

    def _wait(self, now: float, reserve: int) -> float:
        full = len(self._sent) == LIMIT
        slot = self._sent[0] + WINDOW if full else now
        reset = self._reset if self._left <= reserve else now
        return max(slot - now, reset - now, 0.0)


def _said(field: str) -> tuple[int, int] | None:
    """Return how many requests are left, and for how many seconds, if a field says both."""
    policies = field.split(",")
    for policy in policies:
        if len(policies) == 1 or policy.split(";")[0].strip() == POLICY:
            values = dict(PARAMETER.findall(policy))
            if values.keys() == {"r", "t"}:
                return int(values["r"]), int(values["t"])
    return None
