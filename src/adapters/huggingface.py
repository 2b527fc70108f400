"""The source on the web: Hugging Face's Daily Papers API.

Source: https://huggingface.co/docs/hub/api and `GET /api/daily_papers?date=D&limit=100&p=0`
"""

import json
from collections.abc import Callable
from datetime import date
from http import HTTPStatus

from adapters.known_tokens import refuse_known_tokens
from adapters.quota import Quota, QuotaSpent
from adapters.web import Answer, TooLarge, Unreachable, Web
from core.edition.payload import decode, join
from core.model.errors import PayloadError, SourceRejected, SourceUnavailable
from core.model.paper import Payload
from core.model.ports import Remaining
from core.model.text import excerpt

PATH = "/api/daily_papers"
# The largest page that the API gives.
PAGE = 100
# Far more than any day has: more pages mean that the API repeats itself.
MAX_PAGES = 10
TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class HuggingFaceSource:
    """Fetches a day's payload, page after page, within what is left of the run and the quota.

    Sources of one process that ask the same API share a quota. `read_token` is called at the first
    request; it returns the token to send, empty for none. `forget_token` is called when the API
    does not accept the token, so that the next request reads it again.
    """

    def __init__(
        self,
        base_url: str,
        remaining: Remaining,
        quota: Quota | None = None,
        *,
        read_token: Callable[[], str] = lambda: "",
        forget_token: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = base_url.rstrip("/") + PATH
        self._remaining = remaining
        self._quota = quota or Quota()
        self._read_token, self._forget_token = read_token, forget_token
        self._web: Web | None = None

    def fetch(self, day: date) -> Payload:
        """Return the day's pages as one payload.

        Raises `SourceUnavailable`, `SourceRejected` or `PayloadError`, and `SettingsError` when
        the token cannot be read.
        """
        pages: list[Payload] = []
        while len(pages) < MAX_PAGES:
            page = self._page(day, len(pages))
            pages.append(page)
            if len(page.entries) != PAGE:
                return join(pages)
        raise PayloadError(f"more than {MAX_PAGES} pages of {PAGE} papers", day, self._url)

    def _page(self, day: date, number: int) -> Payload:
        parameters: dict[str, str | int] = {"date": str(day), "limit": PAGE, "p": number}
        web = self._session()
        try:
            answer = web.get(self._url, parameters)
        except (Unreachable, QuotaSpent) as error:
            raise SourceUnavailable(str(error), day, self._url) from error
        except TooLarge as error:
            problem = f"{error}: {excerpt(error.beginning)}"
            raise PayloadError(problem, day, self._url) from error
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._forget()
        _check_status(answer, day)
        return refuse_known_tokens(decode(answer.body, day, answer.url))

    def _session(self) -> Web:
        """Return the session with the token; a run without requests reads no token."""
        if not self._web:
            token = self._read_token()
            self._web = Web(self._remaining, token=token, quota=self._quota)
        return self._web

    def _forget(self) -> None:
        self._forget_token()
        self._web = None


def _check_status(answer: Answer, day: date) -> None:
    status = answer.status
    if status == HTTPStatus.OK:
        return
    problem = f"answered {status}: {_complaint(answer)}"
    if status in TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SourceUnavailable(problem, day, answer.url)
    raise SourceRejected(problem, day, answer.url)


def _complaint(answer: Answer) -> str:
    """Return the message of an error answer, in any of the API's forms."""
    wait = answer.headers.get("Retry-After")
    said = answer.headers.get("X-Error-Message") or _error_field(answer.body) or answer.body
    said = excerpt(said)
    return f"{said} (asks to wait {excerpt(wait)} s)" if wait else said


def _error_field(body: bytes) -> str | None:
    """Return the message in `{"error": text | list}` or `{"errors": [{"message"}]}`."""
    try:
        error = json.loads(body)
        error = error["error"] if "error" in error else error["errors"][0]["message"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return None
    return error if isinstance(error, str) else json.dumps(error)
