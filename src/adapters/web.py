"""One way to ask over HTTP: one pool of connections, each request bounded in tries, time and size.

Source: https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Retry
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ResponseError
from urllib3.util import Retry, Timeout

from adapters.pool import pool
from core import HOMEPAGE, VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from urllib3.response import BaseHTTPResponse

    from adapters.quota import Quota
    from core.model.ports import Remaining

USER_AGENT = f"paperboy/{VERSION} (+{HOMEPAGE})"
# What an API is asked for.
JSON = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
NO_TIME = 0.001
TRIES_AGAIN = 3
BACKOFF = 0.5
MAX_BODY = 16 * 2**20
CHUNK = 64 * 2**10
# What stands in an answer where a server repeats the token that it was sent.
HIDDEN = "[token]"


class Unreachable(Exception):
    """No whole answer came: time-out, reset, or a body cut short."""


class TooLarge(Exception):
    """The body has more bytes than may be; `beginning` is some of them."""

    def __init__(self, max_body: int, beginning: bytes) -> None:
        super().__init__(f"the answer has more than {max_body} bytes")
        self.beginning = beginning


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `headers` by names in any case, the body whole, or its beginning if an error's."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class BoundedRetry(Retry):
    """urllib3's retry, but it never sleeps longer than what is left of the run: it gives up.

    Each further try is one more request to the quota, if there is one.
    """

    def __init__(
        self, *args: Any, remaining: Remaining, quota: Quota | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._remaining, self._quota = remaining, quota

    def new(self, **kwargs: Any) -> Self:
        """Return the retry that is left after one try, with the same run's time and quota."""
        return super().new(remaining=self._remaining, quota=self._quota, **kwargs)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the `Retry-After` in seconds; one that nobody can read asks for nothing."""
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):
            return None

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        """Return what is left after this try; raise when its wait is longer than the run."""
        if response and self._quota:
            self._quota.note(response.headers)
        left = super().increment(method, url, response, error, _pool, _stacktrace)
        wait = (response and self.get_retry_after(response)) or left.get_backoff_time()
        if wait >= self._remaining():
            raise MaxRetryError(_pool, url or "", error or ResponseError(f"asks for {wait:.0f} s"))
        if response:
            # urllib3 would read all of it, however long, to use the connection again.
            response.close()
        return left

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next try, as the last answer and the quota ask. Raises `QuotaSpent`."""
        super().sleep(response)
        if self._quota:
            self._quota.admit(self._remaining)


class BoundedTimeout(Timeout):
    """urllib3's time-outs of each try, cut to what is left of the run by then."""

    def __init__(self, read_seconds: float, remaining: Remaining) -> None:
        super().__init__(connect=CONNECT_SECONDS, read=read_seconds)
        self._read_seconds, self._remaining = read_seconds, remaining

    def clone(self) -> Timeout:
        """Return the time-outs of one try; urllib3 asks at the beginning of each."""
        left = max(self._remaining(), NO_TIME)
        return Timeout(connect=min(CONNECT_SECONDS, left), read=min(self._read_seconds, left))


class Web:
    """Asks with what is left of a run, a token or none, and a quota, if there is one.

    What may pass is tried again so many times, for these methods. Redirections are not followed:
    nobody whom we ask has any, so one is an answer that we reject.
    """

    def __init__(
        self,
        remaining: Remaining,
        *,
        headers: Mapping[str, str] = JSON,
        token: str = "",
        tries_again: int = TRIES_AGAIN,
        methods: Collection[str] = ("GET",),
        read_seconds: float = READ_SECONDS,
        max_body: int = MAX_BODY,
        quota: Quota | None = None,
    ) -> None:
        self._remaining, self._token, self._quota = remaining, token, quota
        self._read_seconds, self._max_body = read_seconds, max_body
        # Only what was asked for packed: any other is packed as it was stored.
        self._unpacks = "Accept-Encoding" in headers
        self._headers = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        self._retry = BoundedRetry(
            total=tries_again,
            status_forcelist=(429, *range(500, 600)),
            allowed_methods=methods,
            backoff_factor=BACKOFF,
            backoff_jitter=BACKOFF,
            raise_on_status=False,
            remaining=remaining,
            quota=quota,
        )

    def get(self, url: str, parameters: Mapping[str, str | int]) -> Answer:
        """Return the answer to a GET with these parameters in its query; raises as `send` does."""
        return self.send("GET", f"{url}?{urlencode(parameters)}")

    def post(self, url: str, document: object) -> Answer:
        """Return the answer to a POST of a JSON document; raises as `send` does."""
        body = json.dumps(document).encode()
        return self.send("POST", url, {"Content-Type": "application/json"}, body)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Return the answer to a request; what it says does not hold our token, if that has it.

        Raises `Unreachable`, `TooLarge` when the unpacked body is over `max_body`, or `QuotaSpent`.
        """
        if self._quota:
            self._quota.admit(self._remaining)
        try:
            response = pool(url.partition(":")[0]).urlopen(
                method,
                url,
                body=body,
                headers={**self._headers, **(headers or {})},
                retries=self._retry,
                timeout=BoundedTimeout(self._read_seconds, self._remaining),
                redirect=False,
                preload_content=False,
            )
            return self._answer(response, url)
        except (HTTPError, ValueError) as error:
            over = "the run's time is over: " if self._remaining() <= 0 else ""
            raise Unreachable(f"{over}{_reason(error)}") from error

    def _answer(self, response: BaseHTTPResponse, url: str) -> Answer:
        """Read an answer, as long as there is time. Raises `Unreachable` and `TooLarge`."""
        if self._quota:
            self._quota.note(response.headers)
        body = bytearray()
        try:
            while chunk := self._next(response):
                body += chunk
                if len(body) > self._max_body:
                    raise TooLarge(self._max_body, self._without_token(bytes(body[:CHUNK])))
                if response.status != HTTPStatus.OK and len(body) >= CHUNK:
                    break
        finally:
            # One that was read to its end is in the pool again; any other is of no more use.
            response.close()
        headers = response.headers
        if self._token:
            for name, value in headers.items():
                headers[name] = value.replace(self._token, HIDDEN)
        return Answer(response.status, headers, self._without_token(bytes(body)), url)

    def _next(self, response: BaseHTTPResponse) -> bytes:
        """Return what comes next of a body, and let it take no longer than the run."""
        left = self._remaining()
        if left < self._read_seconds and response.length_remaining != 0:
            if left <= 0:
                raise Unreachable("the run's time is over")
            if socket := getattr(response.connection, "sock", None):
                socket.settimeout(left)
        return response.read1(CHUNK, decode_content=self._unpacks)

    def _without_token(self, body: bytes) -> bytes:
        """Return a body without our token, which some servers repeat."""
        return body.replace(self._token.encode(), HIDDEN.encode()) if self._token else body


def _reason(error: BaseException) -> str:
    """Return the innermost cause in its own words, without the libraries' wrapping."""
    while getattr(error, "reason", None) is not None:
        error = error.reason  # type: ignore[attr-defined]
    return str(error)
