"""HTTP for the source, GitHub and channels: one `requests` session with bounds on all it does.

Sources: https://requests.readthedocs.io/en/latest/user/advanced/ and
https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Retry
"""

from __future__ import annotations

import logging
import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ResponseError,
)
from urllib3.util import Retry, Timeout

from core import HOMEPAGE, VERSION
from core.edition.limits import MOST_BYTES
from core.model.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest, Response
    from urllib3.response import BaseHTTPResponse

    from adapters.quota import Quota
    from core.model.ports import Remaining

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
# The time-out when no time is left; 0 is not allowed.
NO_TIME = 0.001
TRIES_AGAIN = 3
BACKOFF = 0.5
CONNECTIONS = 16
# The bytes of one read. Of an error's body, no more than these are read.
CHUNK = 64 * 2**10
# The cause of a request's failure in an error message, in characters.
MOST_REASON = 300
HEADERS = {
    "User-Agent": f"paperboy/{VERSION} (+{HOMEPAGE})",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}

# Errors of a connection that was never made, of urllib3 and of requests.
NO_CONNECTION = (ConnectTimeoutError, LocationParseError, NewConnectionError, ProxyError)
TLS_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
NO_ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)

# urllib3's warnings show what a server answered, and a server may repeat the token.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class Unreachable(Exception):
    """No complete answer came: no connection, time-out, reset, or an incomplete body."""


class Unanswered(Unreachable):
    """The request was sent, or a part of it, and no complete answer came.

    `status` is that of an answer whose body is incomplete, otherwise 0.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(Exception):
    """The body has more than `MOST_BYTES`; `beginning` are the first of them."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__(f"the answer has more than {MOST_BYTES} bytes")
        self.beginning = beginning


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `headers` are found in any case; of an error, `body` may be only the beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Run:
    """The bounds of a request: the time that is left of its run, and the server's quota.

    `connect` is how many seconds a connection to each of the server's addresses may take.
    """

    remaining: Remaining
    quota: Quota | None = None
    connect: float = CONNECT_SECONDS

    def check_time(self) -> None:
        """Raise `Unanswered` when no time is left to read an answer."""
        if self.remaining() <= 0:
            raise Unanswered("the run's time is over")


# The run of the current thread's request: requests passes nothing like it to a `Retry`.
_run: ContextVar[Run] = ContextVar("run")


class BoundedRetry(Retry):
    """urllib3's retry, which gives up if it would wait longer than what is left of the run.

    Only requests that change nothing are tried again. Each further try counts for the quota.
    """

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the `Retry-After` in seconds; None if it cannot be read."""
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
        """Return the tries that are left; raise if the run ends before the next one."""
        run = _run.get()
        if response and run.quota:
            run.quota.note(response.headers)
        if error and method not in (self.allowed_methods or ()):
            raise error
        left = super().increment(method, url, response, error, _pool, _stacktrace)
        wait = (response and self.get_retry_after(response)) or left.get_backoff_time()
        if wait >= run.remaining():
            asked = f"asks to wait {wait:.0f} s"
            raise MaxRetryError(_pool, url or "", error or ResponseError(asked))
        if response:
            # urllib3 would read the whole body, however long, to use the connection again.
            response.close()
        return left

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next try, by the last answer and the quota. Raises `QuotaSpent`."""
        super().sleep(response)
        run = _run.get()
        if run.quota:
            run.quota.admit(run.remaining)


class BoundedTimeout(Timeout):
    """urllib3's time-outs of each try, limited to what is left of the run."""

    def clone(self) -> Timeout:
        """Return the time-outs of one try; urllib3 calls this at the beginning of each."""
        run = _run.get()
        left = max(run.remaining(), NO_TIME)
        return Timeout(connect=min(run.connect, left), read=min(READ_SECONDS, left))


class _Session(requests.Session):
    """A session that all threads share: it follows no redirections and keeps no cookies.

    No API here has redirections, so a redirection is rejected like another unexpected answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.headers.update(HEADERS)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        retries = BoundedRetry(
            total=TRIES_AGAIN,
            status_forcelist=(429, *range(500, 600)),
            allowed_methods=("GET",),
            backoff_factor=BACKOFF,
            backoff_jitter=BACKOFF,
            raise_on_status=False,
        )
        adapter = HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retries)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, _: Response) -> None:
        """Return no target. With one, requests reads the whole body, however long it is."""


SESSION = _Session()


class Web:
    """Sends requests within what is left of a run, with a token and a quota, if there are any.

    A GET is tried again after a temporary failure; a POST is not. Answers are not redacted: a
    server may repeat the token in them. The messages of `Unreachable` are without tokens. A POST
    that the server may have got raises `Unanswered`. `connect` is as in `Run`.
    """

    def __init__(
        self,
        remaining: Remaining,
        *,
        token: str = "",
        quota: Quota | None = None,
        connect: float = CONNECT_SECONDS,
    ) -> None:
        self._run = Run(remaining, quota, connect)
        self._token = token

    def get(self, url: str, parameters: Mapping[str, str | int]) -> Answer:
        """Return the answer to a GET with these parameters in its query.

        Raises `Unreachable`, `QuotaSpent`, or `TooLarge` when the unpacked body is over
        `MOST_BYTES`.
        """
        return self.send("GET", url, params=parameters)

    def post(self, url: str, document: object) -> Answer:
        """Return the answer to a POST of a JSON document; raises as `get` does."""
        return self.send("POST", url, json=document)

    def send(self, method: str, url: str, **content: Any) -> Answer:
        """Return the answer to a request, `content` as requests takes it; raises as `get` does."""
        if self._run.quota:
            self._run.quota.admit(self._run.remaining)
        token = _run.set(self._run)
        status = 0
        try:
            response = SESSION.request(
                method,
                url,
                auth=self._authorize,
                timeout=BoundedTimeout(),  # type: ignore[arg-type]  # undocumented, but allowed
                stream=True,
                allow_redirects=False,
                **content,
            )
            status = response.status_code
            with response:
                return self._answer(response)
        # requests' own errors are OSErrors.
        except (OSError, HTTPError, ValueError) as error:
            over = "the run's time is over: " if self._run.remaining() <= 0 else ""
            problem = f"{over}{_reason(error)}"
            is_unsent = _is_unsent(error)
            raise (Unreachable(problem) if is_unsent else Unanswered(problem, status)) from error
        finally:
            _run.reset(token)

    def _authorize(self, request: PreparedRequest) -> PreparedRequest:
        """Add the token, if there is one. Without this, requests would read the user's netrc."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _answer(self, response: Response) -> Answer:
        """Read an answer, as long as there is time. Raises `Unreachable` and `TooLarge`."""
        if self._run.quota:
            self._run.quota.note(response.headers)
        self._run.check_time()
        body = bytearray()
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            self._run.check_time()
            body += chunk
            if len(body) > MOST_BYTES:
                raise TooLarge(bytes(body[:CHUNK]))
            if response.status_code != HTTPStatus.OK and len(body) >= CHUNK:
                break
        return Answer(response.status_code, response.headers, bytes(body), response.url)


def _is_unsent(error: BaseException) -> bool:
    """Return whether a request failed before any of it was sent: there was no connection.

    TLS refuses a connection before that; only its end can come later.
    """
    cause = _cause(error)
    if isinstance(cause, NO_CONNECTION) or isinstance(error, NO_ADDRESS):
        return True
    return any(
        isinstance(one, ssl.SSLError) and not isinstance(one, TLS_ENDED)
        for one in (cause, *cause.args)
    )


def _reason(error: BaseException) -> str:
    """Return the message of the innermost cause, without tokens."""
    return excerpt(str(_cause(error)), MOST_REASON)


def _cause(error: BaseException) -> BaseException:
    """Return the innermost cause of an error, which requests and urllib3 wrap."""
    if isinstance(error, requests.RequestException) and error.args:
        error = error.args[0] if isinstance(error.args[0], Exception) else error
    while isinstance(getattr(error, "reason", None), BaseException):
        error = error.reason  # type: ignore[attr-defined]
    return error
