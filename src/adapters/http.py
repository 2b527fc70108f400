"""One way to GET and POST JSON: bounded in tries, time and size.

Source: https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Retry
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ResponseError
from urllib3.util import Retry, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest
    from urllib3.response import BaseHTTPResponse

    from adapters.quota import Quota
    from core.ports import Remaining

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
    """The body has more than `MAX_BODY` bytes; `beginning` is some of them."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__(f"the answer has more than {MAX_BODY} bytes")
        self.beginning = beginning


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

    def __init__(self, remaining: Remaining) -> None:
        super().__init__(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._remaining = remaining

    def clone(self) -> Timeout:
        """Return the time-outs of one try; urllib3 asks at the beginning of each."""
        left = max(self._remaining(), NO_TIME)
        return Timeout(connect=min(CONNECT_SECONDS, left), read=min(READ_SECONDS, left))


class Session(requests.Session):
    """A session that keeps to a quota, if there is one, and does not follow redirections."""

    def __init__(self, token: str, remaining: Remaining, quota: Quota | None) -> None:
        super().__init__()
        self._token, self._remaining, self._quota = token, remaining, quota

    def without_token(self, answer: requests.Response, body: bytes) -> bytes:
        """Return a body without our token, which some servers repeat; the same for the headers.

        What an answer says goes into errors and logs.
        """
        if not self._token:
            return body
        for name, value in answer.headers.items():
            answer.headers[name] = value.replace(self._token, HIDDEN)
        return body.replace(self._token.encode(), HIDDEN.encode())

    def send(self, request: PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request when the quota admits it. Raises `QuotaSpent` if that is too late."""
        if not self._quota:
            return super().send(request, **kwargs)
        self._quota.admit(self._remaining)
        answer = super().send(request, **kwargs)
        self._quota.note(answer.headers)
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """Return none: the API has no redirections, so one is an answer that we reject.

        requests would read the bodies of redirections whole first.
        """
        return None


def session(
    user_agent: str,
    token: str,
    remaining: Remaining,
    *,
    tries_again: int = TRIES_AGAIN,
    quota: Quota | None = None,
) -> Session:
    """Return a session that tries again what may pass, so many times, and says who asks.

    Every try keeps to the quota: where that takes too long, the session raises `QuotaSpent`.
    """
    retry = BoundedRetry(
        total=tries_again,
        status_forcelist=(429, *range(500, 600)),
        allowed_methods=("GET",),
        backoff_factor=BACKOFF,
        backoff_jitter=BACKOFF,
        raise_on_status=False,
        remaining=remaining,
        quota=quota,
    )
    made = Session(token, remaining, quota)
    made.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
    made.auth = _bearer(token)
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    return made


def get(
    web: Session, url: str, parameters: dict[str, str | int], remaining: Remaining
) -> tuple[requests.Response, bytes]:
    """Return the answer to a GET and its body: whole, or the beginning if it is an error's.

    Raises `Unreachable`, `TooLarge` when the unpacked body is over `MAX_BODY`, or `QuotaSpent`.
    """
    return _exchange(web, "GET", url, remaining, params=parameters)


def post(
    web: Session, url: str, document: object, remaining: Remaining
) -> tuple[requests.Response, bytes]:
    """Return the answer to a POST of a JSON document and its body, likewise.

    It is not tried again here: whether it had an effect, only the caller can find out.
    """
    return _exchange(web, "POST", url, remaining, json=document)


def _exchange(
    web: Session, method: str, url: str, remaining: Remaining, **content: Any
) -> tuple[requests.Response, bytes]:
    timeout: Any = BoundedTimeout(remaining)  # requests' types know only numbers
    body = bytearray()
    try:
        with web.request(method, url, timeout=timeout, stream=True, **content) as answer:
            while chunk := answer.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > MAX_BODY:
                    raise TooLarge(web.without_token(answer, bytes(body[:CHUNK])))
                if answer.status_code != HTTPStatus.OK:
                    break
                if remaining() <= 0:
                    raise Unreachable("the run's time is over")
            return answer, web.without_token(answer, bytes(body))
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise Unreachable(_reason(error)) from error


def _bearer(token: str) -> Callable[[PreparedRequest], PreparedRequest]:
    """Return how a request is signed: with the token or not at all, whatever ~/.netrc holds."""

    def sign(request: PreparedRequest) -> PreparedRequest:
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _reason(error: BaseException) -> str:
    """Return the innermost cause in its own words, without the libraries' wrapping."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    while getattr(error, "reason", None) is not None:
        error = error.reason  # type: ignore[attr-defined]
    return str(error)
