"""GitHub's answers as values: what each means, how long it asks to wait, and what we ask."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import pytest

from adapters import github_protocol as protocol
from core.model.blog import BlogFile
from core.model.errors import BlogConflict, BlogError, BlogRejected, BlogUnavailable

REPOSITORY = "ada/blog"
NOON = "Wed, 24 Dec 2025 12:00:00 GMT"
AT_NOON = 1_766_577_600
USED_UP = {"x-ratelimit-remaining": "0", "date": NOON}
NEW_TOKEN = "expired or revoked: store a new one in the secret"  # noqa: S105 (no secret)
NEEDS = "the token needs Contents: write, and Pull requests: write for pull requests"
PULL = "let Paperboy open pull requests (BlogPullRequests=true)"
ADDRESS = "check the API's address"
STALE = 'Expected branch to point to "1" but it did not.  Pull and try again.'


def error(
    status: int = 200, headers: Mapping[str, str] | None = None, body: object = b""
) -> BlogError:
    """Return the error that an answer means."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BlogError) as caught:
        protocol.interpret(status, headers or {}, raw, REPOSITORY)
    assert caught.value.repository == REPOSITORY
    return caught.value


def refused(kind: str | None, message: str, **fields: object) -> dict[str, object]:
    """Return the body of an answer whose first error is this."""
    about = {"type": kind} if kind else {}
    return {"data": None, "errors": [{**about, "message": message, **fields}]}


def test_the_data_of_an_answer() -> None:
    assert protocol.interpret(200, {}, b'{"data": {"a": [1]}}', REPOSITORY) == {"a": [1]}
    assert protocol.interpret(200, {}, b'{"data": {"a": 1}, "errors": []}', "") == {"a": 1}


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected", "wait", "words"),
    [
        (401, {}, {"message": "Bad credentials"}, BlogRejected, 0, NEW_TOKEN),
        (401, {"retry-after": "5"}, b"", BlogRejected, 0, NEW_TOKEN),
        (403, {}, {"message": "Resource not accessible"}, BlogRejected, 0, NEEDS),
        (404, {}, {"message": "Not Found"}, BlogRejected, 0, ADDRESS),
        (301, {"location": "https://else.where"}, b"", BlogRejected, 0, ADDRESS),
        (400, {}, b"<html>", BlogRejected, 0, ADDRESS),
        (403, {"retry-after": "7"}, b"", BlogUnavailable, 7, "asks to wait 7 s"),
        (429, {"retry-after": "7"}, b"", BlogUnavailable, 7, "asks to wait 7 s"),
        (429, {"retry-after": "-7"}, b"", BlogUnavailable, 0, "asks to wait 0 s"),
        (429, {"retry-after": NOON}, b"", BlogUnavailable, 60, "asks to wait 60 s"),
        (429, {"retry-after": "nan"}, b"", BlogUnavailable, 60, "asks to wait 60 s"),
        (429, {"retry-after": "9" * 400}, b"", BlogUnavailable, 60, "asks to wait 60 s"),
        (429, {}, b"", BlogUnavailable, 60, "asks to wait 60 s"),
        (403, {}, {"message": "You have exceeded a secondary Rate Limit."},
         BlogUnavailable, 60, "secondary Rate Limit. (asks to wait 60 s)"),
        (403, USED_UP | {"x-ratelimit-reset": str(AT_NOON + 90)}, b"", BlogUnavailable, 90,
         "asks to wait 90 s"),
        (403, USED_UP | {"x-ratelimit-remaining": "1"}, b"", BlogRejected, 0, NEEDS),
        (502, {}, b"<html>Bad Gateway", BlogUnavailable, 0, "GitHub answered 502: <html>Bad"),
        (504, {}, b"", BlogUnavailable, 0, "504"),
        (503, {"retry-after": "9"}, b"", BlogUnavailable, 9, "503"),
    ],
)  # fmt: skip
def test_another_status_than_200(
    status: int,
    headers: dict[str, str],
    body: object,
    expected: type[BlogError],
    wait: float,
    words: str,
) -> None:
    found = error(status, headers, body)
    assert (type(found), found.wait) == (expected, wait)
    assert words in str(found)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (USED_UP | {"x-ratelimit-reset": str(AT_NOON + 90)}, 90),
        (USED_UP | {"x-ratelimit-reset": str(AT_NOON - 90)}, 0),
        (USED_UP | {"x-ratelimit-reset": str(AT_NOON + 90), "retry-after": "7"}, 7),
        (USED_UP, 60),
        (USED_UP | {"x-ratelimit-reset": "soon"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(AT_NOON)}, 60),
        (USED_UP | {"x-ratelimit-reset": str(AT_NOON), "date": "today"}, 60),
        ({}, 60),
    ],
)
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("RATE_LIMIT", "in words nobody knows"),
        ("RATE_LIMITED", "in words nobody knows"),
        ("NEWLY_NAMED", "API rate limit already exceeded"),
        (None, "API rate limit already exceeded"),
    ],
)
def test_an_hour_that_is_used_up(
    headers: dict[str, str], wait: float, kind: str | None, message: str
) -> None:
    found = error(200, headers, refused(kind, message))
    assert (type(found), found.wait) == (BlogUnavailable, wait)


@pytest.mark.parametrize(
    ("body", "expected", "wait", "words"),
    [
        (refused("STALE_DATA", STALE), BlogConflict, 1, "Expected branch to point to"),
        (refused("STALE_DATA", "in words nobody knows"), BlogConflict, 1, "nobody"),
        (refused("UNPROCESSABLE", "Ref refs/heads/main is at 1 but expected 2"),
         BlogConflict, 1, "is at"),
        (refused("UNPROCESSABLE", "Update is not a fast forward"), BlogConflict, 1, "fast forward"),
        (refused("UNPROCESSABLE", 'A ref named "x" already exists in the repository.'),
         BlogConflict, 1, "already exists"),
        (refused("UNPROCESSABLE", "A pull request already exists for ada:x."),
         BlogConflict, 1, "already exists"),
        (refused("NOT_FOUND", "A path was requested for deletion which does not exist"),
         BlogConflict, 1, "deletion"),
        (refused("FORBIDDEN", "Resource not accessible by personal access token",
                 extensions={"saml_failure": False}), BlogRejected, 0, NEEDS),
        (refused("INSUFFICIENT_SCOPES", "Your token has not been granted"),
         BlogRejected, 0, NEEDS),
        (refused("FORBIDDEN", "Repository rule violations found\n\nChanges must be made"),
         BlogRejected, 0, PULL),
        (refused("BRANCH_PROTECTION_RULE_VIOLATION", "protected branch 'main' check failed"),
         BlogRejected, 0, PULL),
        (refused("X", "Changes must be made through a pull request."), BlogRejected, 0, PULL),
        (refused("NOT_FOUND", "Could not resolve to a Repository"), BlogRejected, 0,
         "check the repository's name, and that the token has access to it"),
        (refused("UNPROCESSABLE", "A commit needs a headline."), BlogRejected, 0,
         "A commit needs a headline. (ada/blog)"),
        (refused(None, "Field 'x' doesn't exist", extensions={"code": "undefinedField"}),
         BlogRejected, 0, "doesn't exist (ada/blog)"),
        (refused(None, "Something went wrong while executing your query."),
         BlogUnavailable, 0, "Something went wrong"),
        ({"errors": ["only words"]}, BlogUnavailable, 0, "only words"),
        ({"errors": [None]}, BlogUnavailable, 0, "None"),
        ({"errors": [{"message": ["no", "text"], "type": []}]}, BlogRejected, 0, "no"),
        ({"message": "You have exceeded a secondary rate limit."}, BlogUnavailable, 60, "wait 60"),
        ({"data": None}, BlogUnavailable, 0, "is incomplete"),
        ({"data": {}}, BlogUnavailable, 0, "is incomplete"),
        ({"data": {"repository": None}}, BlogUnavailable, 0, "is incomplete"),
        ({}, BlogUnavailable, 0, "is incomplete"),
        ([], BlogUnavailable, 0, "is incomplete"),
        (b"", BlogUnavailable, 0, "is incomplete"),
        (b'{"data": {"a": 1}', BlogUnavailable, 0, "is incomplete"),
        (b"\xff\xfe", BlogUnavailable, 0, "is incomplete"),
        (b"[" * 200_000, BlogUnavailable, 0, "is incomplete"),
        (b"<html>Unicorn!</html>", BlogUnavailable, 0, "<html>Unicorn!"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_data(
    body: object, expected: type[BlogError], wait: float, words: str
) -> None:
    found = error(body=body)
    assert (type(found), found.wait) == (expected, wait)
    assert words in str(found)
    assert len(str(found)) < 500


def test_an_error_beside_data_is_an_error() -> None:
    body = refused("STALE_DATA", STALE) | {"data": {"createCommitOnBranch": None}}
    assert isinstance(error(body=body), BlogConflict)


def test_a_long_message_is_cut() -> None:
    assert len(str(error(502, {}, b"x" * 10_000_000))) < 500


def test_a_look_names_everything_by_variables() -> None:
    hostile = ['_posts/"}}{{.md', "a b\n#", "한국어"]
    query, variables = protocol.look('ada/"}', 'a"b', None, hostile)
    assert variables == {
        "owner": "ada",
        "name": '"}',
        "base": 'refs/heads/a"b',
        "path0": hostile[0],
        "path1": hostile[1],
        "path2": hostile[2],
    }
    assert not any(value in query for value in variables.values() if value != "ada")
    assert query.startswith(
        "query Look($owner: String!, $name: String!, $base: String!, $path0: String!, "
        "$path1: String!, $path2: String!) {"
    )
    assert "file2: file(path: $path2) { oid }" in query
    assert "pullRequests" not in query


def test_a_look_for_a_pull_request() -> None:
    query, variables = protocol.look(REPOSITORY, "main", "paperboy/main", [])
    assert variables == {
        "owner": "ada",
        "name": "blog",
        "base": "refs/heads/main",
        "side": "refs/heads/paperboy/main",
        "sideName": "paperboy/main",
        "baseName": "main",
    }
    assert "pullRequests" in query
    assert "file0" not in query


@pytest.mark.parametrize(
    ("message", "headline", "body"),
    [
        ("daily papers: x\n\none\ntwo\n", "daily papers: x", "one\ntwo"),
        ("한국어\n\n\n본문", "한국어", "본문"),
        ("only this", "only this", ""),
        ("only this\n", "only this", ""),
    ],
)
def test_a_commit_has_a_headline_and_a_body(message: str, headline: str, body: str) -> None:
    made: Any = protocol.commit(REPOSITORY, "main", "0", message, [])
    assert made["message"] == {"headline": headline, "body": body}


def test_a_commit_adds_and_deletes_whatever_bytes() -> None:
    files = [BlogFile("a", bytes(range(256))), BlogFile("b", None), BlogFile("c", b"")]
    made: Any = protocol.commit(REPOSITORY, "main", "0123", "x", files)
    assert made["branch"] == {"repositoryNameWithOwner": REPOSITORY, "branchName": "main"}
    assert made["expectedHeadOid"] == "0123"
    changes = made["fileChanges"]
    assert changes["deletions"] == [{"path": "b"}]
    assert [(one["path"], b64decode(one["contents"])) for one in changes["additions"]] == [
        ("a", bytes(range(256))),
        ("c", b""),
    ]
    assert json.dumps(made)


@pytest.mark.parametrize("answer", [{"a": {"b": None}}, {"a": None}, {}, {"a": "text"}, None])
def test_an_answer_that_lacks_what_was_asked_for_is_to_be_looked_at_again(answer: object) -> None:
    with pytest.raises(BlogUnavailable, match=r"has no a\.b"):
        protocol.dig(answer, "a", "b")
    assert protocol.dig({"a": {"b": "c"}}, "a", "b") == "c"
