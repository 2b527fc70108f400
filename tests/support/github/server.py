"""The test GitHub itself: `POST /graphql`, with all that can go wrong on the way."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)
from graphql.language import FieldNode

from tests.support.github.answers import is_surprise, message, result
from tests.support.github.changes import ChangingSite
from tests.support.github.fields import Fields
from tests.support.github.repository import HEADS, Commit, Repository
from tests.support.github.schema import github_schema
from tests.support.servers import Answer, Request, http_server

TOKEN = "github_pat_testing"  # noqa: S105 (no secret)


@dataclass(frozen=True, slots=True)
class Asked(Request):
    """One request; without a GraphQL document that can be read, the rest is empty.

    `kind` is query or mutation, `fields` are what it starts with, such as createRef.
    """

    text: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
    kind: str = ""
    fields: tuple[str, ...] = ()

    def is_for(self, to: str) -> bool:
        """Tell whether this is the kind of the request, or one of its fields."""
        return to in (self.kind, *self.fields)


@dataclass(frozen=True, slots=True)
class Mishap:
    """What happens to the next request that is for `to`: instead of its effect, or after it."""

    to: str
    instead: bool = False
    answer: Answer | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


class GitHub(ChangingSite):
    """A GitHub with one repository. It knows one token, `TOKEN`.

    `to` is query, mutation, or a field that a request starts with, such as createCommitOnBranch.
    """

    def __init__(self, repository: Repository, name: str) -> None:
        super().__init__(repository, name)
        self.url = ""
        self.git = repository.path
        self.requests: list[Asked] = []
        self.surprises: list[str] = []
        self._mishaps: list[Mishap] = []

    def asked(self, to: str) -> list[Asked]:
        """Return the requests that were for `to`."""
        return [asked for asked in self.requests if asked.is_for(to)]

    def files(self, branch: str) -> dict[str, bytes]:
        """Return the content of each file of a branch by its path."""
        return self.repository.files(branch)

    def log(self, branch: str) -> list[Commit]:
        """Return the commits of a branch, the oldest first."""
        return self.repository.log(HEADS + branch)

    def answer_instead(self, *answers: Answer, to: str) -> None:
        """Give these answers to the next requests for `to`, and do nothing."""
        self._mishaps += [Mishap(to, instead=True, answer=answer) for answer in answers]

    def answer_after(self, *answers: Answer, to: str) -> None:
        """Do what the next requests for `to` ask, then give these answers."""
        self._mishaps += [Mishap(to, answer=answer) for answer in answers]

    def spoil(
        self, *, to: str, cut: int | None = None, delay: float = 0, reset: bool = False
    ) -> None:
        """Do what the next request for `to` asks, then spoil the true answer as `Answer` says."""
        changes = {"cut": cut, "delay": delay, "reset": reset}
        self._mishaps.append(Mishap(to, changes=changes))

    def answer(self, request: Request) -> Answer:
        """Note a request and answer it."""
        asked = _read(request)
        self.requests.append(asked)
        mishap = self._mishap(asked, instead=True)
        if mishap and mishap.answer:
            return mishap.answer
        truth = _turned_away(request) or self._executed(asked)
        mishap = self._mishap(asked, instead=False)
        if mishap is None:
            return truth
        return mishap.answer or replace(truth, **mishap.changes)

    def _mishap(self, asked: Asked, *, instead: bool) -> Mishap | None:
        with self.repository.lock:
            for one in self._mishaps:
                if one.instead == instead and asked.is_for(one.to):
                    self._mishaps.remove(one)
                    return one
        return None

    def _executed(self, asked: Asked) -> Answer:
        if not asked.text:
            words = "A query attribute must be specified and must be a string."
            return message(HTTPStatus.BAD_REQUEST, words)
        document, errors = _checked(asked.text)
        if document is None or errors:
            return result(ExecutionResult(None, errors))
        executed = execute_sync(
            github_schema(),
            document,
            self.root(),
            variable_values=dict(asked.variables),
            operation_name=asked.operation or None,
            field_resolver=_resolved,
        )
        if surprises := [str(one) for one in executed.errors or () if is_surprise(one)]:
            self.surprises += surprises
            return message(HTTPStatus.NOT_IMPLEMENTED, "; ".join(surprises))
        return result(executed)


@contextmanager
def github(
    directory: Path,
    repository: str = "ada/blog",
    branch: str = "main",
    files: Mapping[str, bytes] | None = None,
) -> Iterator[GitHub]:
    """Run a GitHub whose repository lies in `directory`, and has one commit on its branch.

    Raises RuntimeError at the end if it was asked what it cannot do.
    """
    github_schema()
    running = GitHub(Repository(directory / "repository.git", branch, files or {}), repository)
    with http_server(running.answer) as running.url:
        yield running
    if running.surprises:
        raise RuntimeError(f"the test GitHub cannot do this: {'; '.join(running.surprises)}")


def _read(request: Request) -> Asked:
    asked = Asked(request.method, request.path, request.query, request.headers, request.body)
    try:
        given = json.loads(request.body)
        text, variables = given["query"], given.get("variables") or {}
        definitions = parse(text).definitions
    except (ValueError, TypeError, KeyError, AttributeError):
        return asked
    except GraphQLSyntaxError:
        return replace(asked, text=text, variables=variables)
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)][:1]
    return replace(
        asked,
        text=text,
        variables=variables,
        operation=given.get("operationName") or _names(operations),
        kind="".join(one.operation.value for one in operations),
        fields=tuple(
            chosen.name.value
            for one in operations
            for chosen in one.selection_set.selections
            if isinstance(chosen, FieldNode)
        ),
    )


def _names(operations: list[OperationDefinitionNode]) -> str:
    return "".join(one.name.value for one in operations if one.name)


def _turned_away(request: Request) -> Answer | None:
    """Return the answer to a request that GraphQL does not even see."""
    if (request.method, request.path) != ("POST", "/graphql"):
        return message(HTTPStatus.NOT_FOUND, "Not Found")
    if not request.headers.get("user-agent"):
        return Answer(HTTPStatus.FORBIDDEN, b"Request forbidden by administrative rules.", {})
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token"):
        words = "This endpoint requires you to be authenticated."
        return message(HTTPStatus.UNAUTHORIZED, words)
    if token != TOKEN:
        return message(HTTPStatus.UNAUTHORIZED, "Bad credentials")
    return None


@lru_cache(maxsize=64)
def _checked(text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Read a document and check it against the schema: once, however often it is sent."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return None, [error]
    errors = validate(github_schema(), document)
    for found in errors:
        found.extensions = {"code": "invalid"}
    return document, errors


def _resolved(source: Fields, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if info.field_name not in source:
        raise NotImplementedError(f"{info.parent_type.name}.{info.field_name}")
    value = source[info.field_name]
    return value(arguments) if callable(value) else value
