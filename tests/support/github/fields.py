"""What the test GitHub tells of its one repository: the fields that a query may ask for.

A field is a value, or a function of its arguments. One that is not here is an error of the test
GitHub, which its server reports as such.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.support.github import refusals
from tests.support.github.repository import HEADS, Entry, Repository

Fields = dict[str, Any]
SITE = "https://github.com"
NOWHERE = "0" * 40


@dataclass(slots=True)
class PullRequest:
    """One pull request from branch `head` into `base`; `state` is OPEN, CLOSED or MERGED.

    `fork`: the branch is that of another repository, and only named the same. `head_oid` is where
    the branch was in the end.
    """

    number: int
    title: str
    body: str
    head: str
    base: str
    state: str = "OPEN"
    fork: bool = False
    head_oid: str = ""


class Site:
    """A repository on GitHub with its names and pull requests, to read."""

    def __init__(self, repository: Repository, name: str) -> None:
        self.repository = repository
        self.name = name
        self.pull_requests: list[PullRequest] = []
        self._old_names: set[str] = set()

    def renamed_from(self, name: str) -> None:
        """Let the repository have had this name once: queries still find it, changes do not."""
        self._old_names.add(name)

    def find(self, arguments: Fields) -> Fields:
        """Return the repository for a query's `owner` and `name`."""
        name = f"{arguments['owner']}/{arguments['name']}"
        known = {self.name, *(self._old_names if arguments["followRenames"] else ())}
        self.check_name(name, known)
        refs = self.visible_refs()
        return {
            "__typename": "Repository",
            "id": node_id("R", self.name),
            "nameWithOwner": self.name,
            "url": f"{SITE}/{self.name}",
            "defaultBranchRef": lambda _: self.ref(self.repository.default(), refs),
            "ref": lambda given: self.ref(full_name(given["qualifiedName"]), refs),
            "pullRequests": self._pull_requests,
        }

    def check_name(self, name: str, known: set[str]) -> None:
        """Refuse a repository that is not among the known ones; case does not matter."""
        if name.lower() not in {one.lower() for one in known}:
            raise refusals.no_repository(name)

    def visible_refs(self) -> dict[str, str]:
        """Return the refs as queries see them."""
        return self.repository.refs()

    def ref(self, name: str, refs: Mapping[str, str]) -> Fields | None:
        """Return a ref by its full name, None where there is none."""
        oid = refs.get(name)
        if oid is None:
            return None
        return {
            "id": node_id("REF", name),
            "name": name.removeprefix(HEADS),
            "prefix": HEADS,
            "target": lambda _: self.commit(oid),
        }

    def commit(self, oid: str) -> Fields:
        """Return a commit; nothing of it is looked up before it is asked for."""
        one, tree = partial(self.repository.one, oid), partial(self.repository.tree, oid)
        return {
            "__typename": "Commit",
            "oid": oid,
            "url": f"{SITE}/{self.name}/commit/{oid}",
            "committedDate": lambda _: _moment(one().seconds),
            "message": lambda _: one().message,
            "messageHeadline": lambda _: one().headline,
            "messageBody": lambda _: one().body,
            "file": lambda given: _tree_entry(given["path"], tree()),
        }

    def pull_request(self, found: PullRequest) -> Fields:
        """Return the fields of a pull request."""
        return {
            "id": node_id("PR", str(found.number)),
            "number": found.number,
            "url": f"{SITE}/{self.name}/pull/{found.number}",
            "title": found.title,
            "body": found.body,
            "state": found.state,
            "headRefName": found.head,
            "baseRefName": found.base,
            "headRefOid": lambda _: (
                found.head_oid or self.repository.refs().get(HEADS + found.head, NOWHERE)
            ),
            "isCrossRepository": found.fork,
        }

    def matching(self, head: str | None, base: str | None, states: list[str]) -> list[PullRequest]:
        """Return the pull requests between these branches, oldest first; None and [] are any."""
        return [
            one
            for one in self.pull_requests
            if head in (None, one.head)
            and base in (None, one.base)
            and (not states or one.state in states)
        ]

    def _pull_requests(self, arguments: Fields) -> Fields:
        known = {"headRefName", "baseRefName", "states", "first", "orderBy"}
        if unknown := arguments.keys() - known:
            raise NotImplementedError(f"the test GitHub ignores {unknown} of pullRequests")
        if "first" not in arguments:
            raise refusals.no_bounds("pullRequests")
        found = self.matching(
            arguments.get("headRefName"),
            arguments.get("baseRefName"),
            arguments.get("states") or [],
        )
        if order := arguments.get("orderBy"):
            if order["field"] != "CREATED_AT":
                raise NotImplementedError(f"the test GitHub does not order by {order['field']}")
            found = found[:: -1 if order["direction"] == "DESC" else 1]
        nodes = [self.pull_request(one) for one in found[: arguments["first"]]]
        return {"nodes": nodes, "totalCount": len(found)}


def node_id(kind: str, value: str) -> str:
    """Return an opaque id, like a node's on GitHub."""
    return f"{kind}_{base64.urlsafe_b64encode(value.encode()).decode()}"


def node_value(kind: str, identifier: str) -> str:
    """Return what an id of this kind was made of; refuses any other."""
    found, _, encoded = identifier.partition("_")
    try:
        value = base64.urlsafe_b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        found = ""
    if found != kind:
        raise refusals.no_node(identifier)
    return value


def full_name(branch: str) -> str:
    """Return a branch's full name; a qualified name already is one."""
    return branch if branch.startswith("refs/") else HEADS + branch


def _tree_entry(path: str, tree: Mapping[str, Entry]) -> Fields | None:
    entry = tree.get(path)
    if entry is None:
        return None
    return {
        "oid": entry.oid,
        "path": path,
        "name": path.rpartition("/")[2],
        "type": entry.kind,
        "mode": int(entry.mode, 8),
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
