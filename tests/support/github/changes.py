"""What the test GitHub does to its one repository: the mutations, and when they are refused."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from tests.support.github import refusals
from tests.support.github.fields import (
    NOWHERE,
    Fields,
    PullRequest,
    Site,
    full_name,
    node_value,
)
from tests.support.github.refusals import Refusal
from tests.support.github.repository import HEADS, Entry, Repository, is_file

BAD_PARTS = {"", ".", "..", ".git"}
ELSEWHERE = "elsewhere.txt"


class ChangingSite(Site):
    """A repository on GitHub, to change."""

    def __init__(self, repository: Repository, name: str) -> None:
        super().__init__(repository, name)
        self._protected: dict[str, Refusal] = {}
        self._forbidden = False
        self._pushes: list[bool] = []
        self._lag = 0
        # Those of before the last change, and during a change.
        self._refs: dict[str, str] = {}

    def forbid(self) -> None:
        """Let the token lack the permission to write."""
        self._forbidden = True

    def protect(self, branch: str, *, ruleset: bool = True) -> None:
        """Refuse direct changes of a branch: by a ruleset, or by a classic protection rule."""
        self._protected[HEADS + branch] = (
            refusals.ruleset() if ruleset else refusals.protected(branch)
        )

    def stale(self, times: int, *, overtaken: bool = False) -> None:
        """Let another client push before each of the next commits; `overtaken`: in the midst."""
        self._pushes = [overtaken] * times

    def lag(self, queries: int) -> None:
        """Let the next queries see the branches as they were before the last change."""
        self._lag = queries

    def visible_refs(self) -> dict[str, str]:
        """Return the refs as queries see them: maybe a little late."""
        with self.repository.lock:
            if self._lag == 0:
                return super().visible_refs()
            self._lag -= 1
            return self._refs

    def push(self, files: Mapping[str, bytes | None], message: str, branch: str) -> str:
        """Commit as another client would, and return the new oid; None deletes a file."""
        contents = {path: content for path, content in files.items() if content is not None}
        with self.repository.lock:
            ref, self._refs = HEADS + branch, self.repository.refs()
            deletions = files.keys() - contents
            return self.repository.commit(ref, [self._refs[ref]], message, contents, deletions)

    def open_pull_request(
        self, head: str, base: str, title: str = "By hand", *, fork: bool = False
    ) -> PullRequest:
        """Open a pull request as another client would, maybe from a fork's branch."""
        with self.repository.lock:
            number = len(self.pull_requests) + 1
            opened = PullRequest(number, title, "", head, base, fork=fork)
            self.pull_requests.append(opened)
            return opened

    def merge(self, opened: PullRequest) -> None:
        """Merge a pull request as another client would."""
        with self.repository.lock:
            self._refs = self.repository.refs()
            self.repository.merge(opened.base, opened.head)
            self.end(opened, "MERGED")

    def end(self, opened: PullRequest, state: str = "CLOSED") -> None:
        """Close a pull request as another client would; it goes on telling where its branch was."""
        with self.repository.lock:
            opened.head_oid = self.repository.refs().get(HEADS + opened.head, "")
            opened.state = state

    def root(self) -> Fields:
        """Return the fields that a query or a mutation may start with."""
        changes = {
            "createCommitOnBranch": self._create_commit,
            "createRef": self._create_ref,
            "updateRef": self._update_ref,
            "updateRefs": self._update_refs,
            "deleteRef": self._delete_ref,
            "createPullRequest": self._create_pull_request,
        }
        fields = {name: self._mutation(change) for name, change in changes.items()}
        return {"repository": self.find} | fields

    def _mutation(self, change: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
        def changed(arguments: Fields) -> Fields:
            given = arguments["input"]
            if self._forbidden:
                raise refusals.no_permission()
            with self.repository.lock:
                self._refs = self.repository.refs()
                return {"clientMutationId": given.get("clientMutationId")} | change(given)

        return changed

    def _create_commit(self, given: Fields) -> Fields:
        ref = self._branch(given["branch"])
        expected = given["expectedHeadOid"]
        if self._pushes:
            raise self._pushed_elsewhere(ref, expected)
        if self._refs[ref] != expected:
            raise refusals.stale(expected)
        self._check_protection(ref)
        message = _message(given["message"])
        changes = given.get("fileChanges") or {}
        additions = [(one["path"], one["contents"]) for one in changes.get("additions") or []]
        deletions = [one["path"] for one in changes.get("deletions") or []]
        check_paths(expected, self.repository.tree(expected), [p for p, _ in additions], deletions)
        try:
            oid = self.repository.commit(ref, [expected], message, dict(additions), deletions)
        except subprocess.CalledProcessError:
            # Who pushes by Git itself does not wait for the lock.
            if self.repository.refs()[ref] == expected:
                raise
            raise refusals.stale(expected) from None
        return {"commit": self.commit(oid)} | self._changed(ref)

    def _changed(self, ref: str) -> Fields:
        return {"ref": lambda _: self.ref(ref, self.repository.refs())}

    def _pushed_elsewhere(self, ref: str, expected: str) -> Refusal:
        overtaken = self._pushes.pop()
        content = {ELSEWHERE: b"%d" % len(self._pushes)}
        oid = self.push(content, "Elsewhere", ref.removeprefix(HEADS))
        return refusals.overtaken(ref, oid, expected) if overtaken else refusals.stale(expected)

    def _branch(self, given: Fields) -> str:
        """Return the full name of the branch that a commit is for."""
        if given.keys() == {"id"}:
            return self._ref_of(given["id"])
        if given.keys() != {"repositoryNameWithOwner", "branchName"}:
            raise refusals.bad_branch()
        self.check_name(given["repositoryNameWithOwner"], {self.name})
        ref = full_name(given["branchName"])
        if ref not in self._refs:
            raise refusals.no_ref(given["branchName"])
        return ref

    def _ref_of(self, identifier: str) -> str:
        ref = node_value("REF", identifier)
        if ref not in self._refs:
            raise refusals.no_node(identifier)
        return ref

    def _check_protection(self, ref: str) -> None:
        if refusal := self._protected.get(ref):
            raise Refusal(refusal.kind, str(refusal))

    def _create_ref(self, given: Fields) -> Fields:
        self._check_repository(given["repositoryId"])
        ref, oid, refs = given["name"], given["oid"], self._refs
        if ref in refs:
            raise refusals.ref_exists(ref)
        self._check_commit(oid)
        # A branch cannot lie inside another one.
        inside = any(f"{one}/".startswith(f"{ref}/") or ref.startswith(f"{one}/") for one in refs)
        if inside or not self._is_branch_name(ref):
            raise refusals.bad_ref()
        self.repository.move(ref, oid, None)
        return self._changed(ref)

    def _update_ref(self, given: Fields) -> Fields:
        ref, oid = self._ref_of(given["refId"]), given["oid"]
        self._check_commit(oid)
        self._check_protection(ref)
        old = self._refs[ref]
        if not given["force"] and not self.repository.is_ancestor(old, oid):
            raise refusals.not_forward()
        self.repository.move(ref, oid, old)
        return self._changed(ref)

    def _update_refs(self, given: Fields) -> Fields:
        self._check_repository(given["repositoryId"])
        (update,) = given["refUpdates"]
        ref, oid, force = update["name"], update["afterOid"], update["force"]
        if NOWHERE in (oid, update.get("beforeOid")):
            raise NotImplementedError("the test GitHub makes and deletes no refs by updateRefs")
        old = self._refs.get(ref)
        if old != update.get("beforeOid", old):
            raise refusals.not_there()
        self._check_commit(oid)
        self._check_protection(ref)
        if not force and not self.repository.is_ancestor(old or oid, oid):
            raise refusals.not_forward()
        self.repository.move(ref, oid, old)
        return {}

    def _delete_ref(self, given: Fields) -> Fields:
        ref = self._ref_of(given["refId"])
        self._check_protection(ref)
        for opened in self._own(ref.removeprefix(HEADS), None):
            self.end(opened)
        self.repository.move(ref, None, self._refs[ref])
        return {}

    def _create_pull_request(self, given: Fields) -> Fields:
        self._check_repository(given["repositoryId"])
        owner, _, _ = self.name.partition("/")
        head, base = given["headRefName"].removeprefix(f"{owner}:"), given["baseRefName"]
        sides = {"Head": self._refs.get(HEADS + head), "Base": self._refs.get(HEADS + base)}
        lacking = [side for side, oid in sides.items() if oid is None]
        if lacking or not self.repository.log(f"{sides['Base']}..{sides['Head']}"):
            raise refusals.nothing_to_pull(head, base, lacking)
        if self._own(head, base):
            raise refusals.pull_request_exists(owner, head)
        opened = self.open_pull_request(head, base, given["title"])
        opened.body = given.get("body") or ""
        return {"pullRequest": self.pull_request(opened)}

    def _own(self, head: str, base: str | None) -> list[PullRequest]:
        return [one for one in self.matching(head, base, ["OPEN"]) if not one.fork]

    def _check_repository(self, identifier: str) -> None:
        if node_value("R", identifier) != self.name:
            raise refusals.no_node(identifier)

    def _check_commit(self, oid: str) -> None:
        if not self.repository.has_commit(oid):
            raise refusals.no_commit(oid)

    def _is_branch_name(self, ref: str) -> bool:
        return ref.startswith(HEADS) and self.repository.succeeds("check-ref-format", ref)


def check_paths(
    head: str, tree: Mapping[str, Entry], additions: list[str], deletions: list[str]
) -> None:
    """Refuse files that cannot be added to a commit's tree, or deleted from it."""
    files = {path for path, entry in tree.items() if is_file(entry)}
    if not files.issuperset(deletions):
        raise refusals.nothing_to_delete(head)
    if len({*additions, *deletions}) < len(additions) + len(deletions):
        raise refusals.bad_paths("Each path may be given once.")
    for path in additions:
        if {part.lower() for part in path.split("/")} & BAD_PARTS:
            raise refusals.bad_paths(f"The path '{path}' contains a malformed path component.")
    kept = files.difference(deletions).union(additions)
    folders = {str(parent) for path in kept for parent in PurePosixPath(path).parents}
    if clash := kept & folders:
        raise refusals.bad_paths(f"A file and a directory are both named '{min(clash)}'.")


def _message(given: Fields) -> str:
    headline, body = given["headline"], given.get("body") or ""
    if not headline.strip():
        raise refusals.no_headline()
    return f"{headline}\n\n{body}" if body else headline
