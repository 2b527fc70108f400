"""GitHub's GraphQL API as pure functions: what to ask, and what an answer means.

Sources: https://docs.github.com/graphql/reference/mutations#createcommitonbranch,
https://docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from core.model.blog import BlogFile
from core.model.errors import BlogConflict, BlogError, BlogRejected, BlogUnavailable
from core.model.text import excerpt

# Seconds that GitHub asks for between two writes, and after a rate limit without a time.
WRITE_INTERVAL = 1.0
UNNAMED_WAIT = 60.0

PERMISSIONS = "the token needs Contents: write, and Pull requests: write for pull requests"
HINTS = {
    "FORBIDDEN": PERMISSIONS,
    "INSUFFICIENT_SCOPES": PERMISSIONS,
    "NOT_FOUND": "check the repository's name, and that the token has access to it",
}
RATE_LIMITS = ("RATE_LIMIT", "RATE_LIMITED")
RATE_LIMIT = re.compile("rate limit", re.IGNORECASE)
# The types of these errors differ or are not documented, so their messages are matched.
LOST_RACE = re.compile(
    "but expected|not a fast.forward|already exists|requested for deletion", re.IGNORECASE
)
PROTECTED = re.compile("protected branch|repository rule|through a pull request", re.IGNORECASE)

COMMIT = """\
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}"""
CREATE_BRANCH = """\
mutation CreateBranch($input: CreateRefInput!) {
  createRef(input: $input) { ref { id } }
}"""
MOVE_BRANCH = """\
mutation MoveBranch($input: UpdateRefInput!) {
  updateRef(input: $input) { ref { id } }
}"""
RESTART_BRANCH = """\
mutation RestartBranch($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}"""
DELETE_BRANCH = """\
mutation DeleteBranch($input: DeleteRefInput!) {
  deleteRef(input: $input) { clientMutationId }
}"""
PROPOSE = """\
mutation Propose($input: CreatePullRequestInput!) {
  createPullRequest(input: $input) { pullRequest { url } }
}"""
PULL_REQUESTS = """\
    side: ref(qualifiedName: $side) { ...branch }
    pullRequests(
      headRefName: $sideName, baseRefName: $baseName, first: 100,
      orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      nodes { url state headRefOid isCrossRepository }
    }"""


def look(
    repository: str, branch: str, side: str | None, paths: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """Return a query and its variables: a branch's tip, and the ids of its files.

    With `side`, the same of that branch, and the newest pull requests from it.
    """
    owner, _, name = repository.partition("/")
    variables = {"owner": owner, "name": name, "base": f"refs/heads/{branch}"}
    if side:
        variables |= {"side": f"refs/heads/{side}", "sideName": side, "baseName": branch}
    variables |= {f"path{number}": path for number, path in enumerate(paths)}
    parameters = ", ".join(f"${variable}: String!" for variable in variables)
    files = "\n    ".join(f"file{n}: file(path: $path{n}) {{ oid }}" for n in range(len(paths)))
    query = f"""\
query Look({parameters}) {{
  repository(owner: $owner, name: $name) {{
    id
    nameWithOwner
    base: ref(qualifiedName: $base) {{ ...branch }}
{PULL_REQUESTS if side else ""}
  }}
}}
fragment branch on Ref {{
  id
  target {{
    oid
    ... on Commit {{ oid {files} }}
  }}
}}"""
    return query, variables


def commit(
    repository: str, branch: str, parent: str, message: str, files: Sequence[BlogFile]
) -> dict[str, object]:
    """Return the input of `COMMIT`; the message's first line is the headline."""
    headline, _, body = message.partition("\n")
    additions = [
        {"path": file.path, "contents": b64encode(file.body).decode()}
        for file in files
        if file.body is not None
    ]
    deletions = [{"path": file.path} for file in files if file.body is None]
    return {
        "branch": {"repositoryNameWithOwner": repository, "branchName": branch},
        "expectedHeadOid": parent,
        "message": {"headline": headline, "body": body.strip()},
        "fileChanges": {"additions": additions, "deletions": deletions},
    }


def interpret(
    status: int, headers: Mapping[str, str], body: bytes, repository: str
) -> dict[str, Any]:
    """Return the data of an answer; `headers` are looked up in any case.

    Raises `BlogConflict`, `BlogRejected` or `BlogUnavailable`, as GitHub documents its answers.
    """
    document = _document(body)
    if status != HTTPStatus.OK:
        raise _refusal(status, headers, document, body, repository)
    errors = document.get("errors")
    if isinstance(errors, list) and errors:
        raise _error(errors[0], headers, repository)
    data = document.get("data")
    if RATE_LIMIT.search(str(document.get("message", ""))):
        raise _limited(excerpt(body), _wait(headers), repository)
    if not isinstance(data, dict) or not data or None in data.values():
        raise BlogUnavailable(f"GitHub's answer is incomplete: {excerpt(body)}", repository)
    return data


def dig(data: object, *keys: str) -> Any:
    """Return the value of an answer under nested keys.

    Raises `BlogUnavailable` if it is missing: by GitHub's schema it may be null, and a later answer
    may have it.
    """
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    if data is None:
        raise BlogUnavailable(f"GitHub's answer has no {'.'.join(keys)}")
    return data


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _refusal(
    status: int, headers: Mapping[str, str], document: dict[str, Any], body: bytes, repository: str
) -> BlogError:
    """Return the error that another status than 200 means."""
    said = f"GitHub answered {status}: {excerpt(str(document.get('message') or '') or body)}"
    if status == HTTPStatus.UNAUTHORIZED:
        hint = "the token is wrong, expired or revoked: store a new one in the secret"
        return BlogRejected(f"{said}; {hint}", repository)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return BlogUnavailable(said, repository, wait=_wait(headers) or 0.0)
    wait = _wait(headers)
    if wait is not None or status == HTTPStatus.TOO_MANY_REQUESTS or RATE_LIMIT.search(said):
        return _limited(said, wait, repository)
    hint = PERMISSIONS if status == HTTPStatus.FORBIDDEN else "check the API's address"
    return BlogRejected(f"{said}; {hint}", repository)


def _error(error: object, headers: Mapping[str, str], repository: str) -> BlogError:
    """Return the error that the first of an answer's `errors` means."""
    fields = error if isinstance(error, dict) else {}
    kind, message = fields.get("type"), excerpt(str(fields.get("message", error)))
    if kind == "STALE_DATA" or LOST_RACE.search(message):
        return BlogConflict(message, repository, wait=WRITE_INTERVAL)
    if kind in RATE_LIMITS or RATE_LIMIT.search(message):
        return _limited(message, _wait(headers), repository)
    if PROTECTED.search(message):
        hint = "the branch is protected: let Paperboy open pull requests (BlogPullRequests=true)"
        return BlogRejected(f"{message}; {hint}", repository)
    # A failure of GitHub itself: "Something went wrong while executing your query."
    if kind is None and "extensions" not in fields:
        return BlogUnavailable(message, repository)
    hint = HINTS.get(str(kind), "")
    return BlogRejected(f"{message}; {hint}" if hint else message, repository)


def _limited(said: str, wait: float | None, repository: str) -> BlogUnavailable:
    wait = UNNAMED_WAIT if wait is None else wait
    return BlogUnavailable(f"{said} (asks to wait {wait:.0f} s)", repository, wait=wait)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds an answer asks to wait, if it does.

    A rate limit's reset is a time of GitHub's clock, so it is compared with that clock.
    """
    try:
        if after := headers.get("retry-after"):
            return float(max(int(after), 0))
        if headers.get("x-ratelimit-remaining") == "0":
            now = parsedate_to_datetime(headers["date"]).timestamp()
            return max(int(headers["x-ratelimit-reset"]) - now, 0.0)
    except (KeyError, ValueError, OverflowError):
        return UNNAMED_WAIT
    return None
