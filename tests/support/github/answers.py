"""The test GitHub's answers as HTTP: true ones, and those of a GitHub that cannot or will not."""

import json
from http import HTTPStatus
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError

from tests.support.github.refusals import Refusal
from tests.support.servers import JSON, Answer

RATE_LIMITS = {
    "X-RateLimit-Limit": "5000",
    "X-RateLimit-Remaining": "4999",
    "X-RateLimit-Reset": "1767229200",
    "X-RateLimit-Resource": "graphql",
    "X-RateLimit-Used": "1",
}
HEADERS = JSON | RATE_LIMITS
TIMED_OUT = (
    "Something went wrong while executing your query. This may be the result of a timeout, "
    "or it could be a GitHub bug. Please include `0400:094E` when reporting this issue."
)
BAD_GATEWAY = Answer(
    HTTPStatus.BAD_GATEWAY,
    json.dumps({"data": None, "errors": [{"message": TIMED_OUT}]}).encode(),
    JSON,
)


def secondary_limit(seconds: int | None, status: int = HTTPStatus.FORBIDDEN) -> Answer:
    """Return the answer to who asks too fast; None: GitHub does not say how long to wait."""
    words = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    wait = {} if seconds is None else {"Retry-After": str(seconds)}
    return message(status, words, HEADERS | wait)


def primary_limit(reset: int, kind: str = "RATE_LIMIT") -> Answer:
    """Return the answer to who has used up an hour's points, until `reset` (seconds since 1970).

    GitHub's documents and older answers have RATE_LIMITED for the kind.
    """
    words = "API rate limit already exceeded for user ID 1."
    error = {"type": kind, "code": "graphql_rate_limit", "message": words}
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return Answer(HTTPStatus.OK, json.dumps({"errors": [error]}).encode(), HEADERS | limits)


def message(status: int, words: str, headers: dict[str, str] = HEADERS) -> Answer:
    """Return an answer from before GraphQL."""
    about = {"documentation_url": "https://docs.github.com/graphql", "status": str(int(status))}
    return Answer(status, json.dumps({"message": words} | about).encode(), headers)


def result(executed: ExecutionResult) -> Answer:
    """Return an answer of GraphQL; one to a wrong document has no `data`."""
    body: dict[str, Any] = {}
    if executed.data is not None:
        body["data"] = executed.data
    if executed.errors:
        body["errors"] = [_error(one) for one in executed.errors]
    return Answer(body=json.dumps(body).encode(), headers=HEADERS)


def is_surprise(error: GraphQLError) -> bool:
    """Tell whether an error is the test GitHub's own, and nothing that GitHub would say."""
    cause = error.original_error
    return cause is not None and not isinstance(cause, (Refusal, GraphQLError))


def _error(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if not isinstance(cause, Refusal):
        if not (error.extensions or isinstance(error, GraphQLSyntaxError)):
            # Variables that are not what their types say.
            problem = {"path": [], "explanation": error.message}
            formatted["extensions"] = {"problems": [problem]}
        return formatted
    if cause.kind:
        formatted["type"] = cause.kind
    if cause.extensions:
        formatted["extensions"] = cause.extensions
    return formatted
