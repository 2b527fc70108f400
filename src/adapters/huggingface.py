"""The source on the web: Hugging Face's Daily Papers API.

Source: https://huggingface.co/docs/hub/api and `GET /api/daily_papers?date=D&limit=100&p=0`
"""

import json
from datetime import date
from http import HTTPStatus

import requests

from adapters import http
from adapters.quota import Quota, QuotaSpent
from core import HOMEPAGE, VERSION
from core.errors import PayloadError, SourceRejected, SourceUnavailable
from core.models import Payload
from core.payload import decode, join
from core.ports import Remaining
from core.text import excerpt

PATH = "/api/daily_papers"
# The largest page that the API gives.
PAGE = 100
# Far more than any day has: beyond it the pages do not end, and reading on is no help.
MAX_PAGES = 10
USER_AGENT = f"paperboy/{VERSION} (+{HOMEPAGE})"
TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class HuggingFaceSource:
    """Fetches a day's payload, page after page, within what is left of the run and the quota.

    Sources of one process that ask the same API share a quota.
    """

    def __init__(
        self, base_url: str, token: str, remaining: Remaining, quota: Quota | None = None
    ) -> None:
        self._url = base_url.rstrip("/") + PATH
        self._remaining = remaining
        self._web = http.session(USER_AGENT, token, remaining, quota=quota or Quota())

    def fetch(self, day: date) -> Payload:
        """Return the day's pages as one payload.

        Raises `SourceUnavailable`, `SourceRejected` or `PayloadError`.
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
        try:
            answer, body = http.get(self._web, self._url, parameters, self._remaining)
        except (http.Unreachable, QuotaSpent) as error:
            raise SourceUnavailable(str(error), day, self._url) from error
        except http.TooLarge as error:
            problem = f"{error}: {excerpt(error.beginning)}"
            raise PayloadError(problem, day, self._url) from error
        _check_status(answer, body, day)
        return decode(body, day, answer.url)


def _check_status(answer: requests.Response, body: bytes, day: date) -> None:
    status = answer.status_code
    if status == HTTPStatus.OK:
        return
    problem = f"answered {status}: {_complaint(answer, body)}"
    if status in TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SourceUnavailable(problem, day, answer.url)
    raise SourceRejected(problem, day, answer.url)


def _complaint(answer: requests.Response, body: bytes) -> str:
    """Return what an error answer says, in whichever of the API's forms it says it."""
    wait = answer.headers.get("Retry-After")
    said = excerpt(answer.headers.get("X-Error-Message") or _error_field(body) or body)
    return f"{said} (asks to wait {excerpt(wait)} s)" if wait else said


def _error_field(body: bytes) -> str | None:
    """Return what `{"error": text | list}` or `{"errors": [{"message"}]}` says."""
    try:
        error = json.loads(body)
        error = error["error"] if "error" in error else error["errors"][0]["message"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return None
    return error if isinstance(error, str) else json.dumps(error)
