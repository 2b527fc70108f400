"""The blog's branch on GitHub: committed to directly, or through a pull request.

Source: https://docs.github.com/graphql/reference/mutations#createcommitonbranch
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from secrets import token_hex
from typing import Any, TypeVar

from adapters import github_protocol as protocol
from adapters.web import TooLarge, Unreachable, Web
from core.blog.commits import different
from core.model.blog import BlogFile, Commit, Tip
from core.model.errors import BlogConflict, BlogError, BlogRejected, BlogUnavailable
from core.model.ports import Pause, Remaining
from core.model.redaction import holds_known

# The most files in one query, and in one commit.
PORTION = 100
SIDE_BRANCH = "paperboy"

Json = dict[str, Any]
Item = TypeVar("Item")


class GitHub:
    """GitHub's GraphQL API for one repository.

    `forget_token` is called when GitHub does not accept the token, so that it is read again.
    """

    def __init__(
        self,
        api: str,
        token: str,
        repository: str,
        remaining: Remaining,
        forget_token: Callable[[], None] = lambda: None,
    ) -> None:
        self.repository = repository
        self._forget_token = forget_token
        self._url = f"{api.rstrip('/')}/graphql"
        self._remaining = remaining
        self._web = Web(remaining, token=token)

    def ask(self, query: str, variables: Json) -> Json:
        """Return the data of GitHub's answer.

        Raises `BlogConflict`, `BlogRejected` or `BlogUnavailable`; after `BlogUnavailable`, a
        mutation may have taken effect.
        """
        if self._remaining() <= 0:
            raise BlogUnavailable("the run's time is over", self.repository)
        document = {"query": query, "variables": variables}
        try:
            answer = self._web.post(self._url, document)
        except Unreachable as error:
            raise BlogUnavailable(f"GitHub: {error}", self.repository) from error
        except TooLarge as error:
            raise BlogRejected(f"GitHub: {error}", self.repository) from error
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._forget_token()
        data = protocol.interpret(answer.status, answer.headers, answer.body, self.repository)
        if holds_known(data):
            problem = "GitHub's answer holds a token that Paperboy knows: check the API's address"
            raise BlogRejected(problem, self.repository)
        return data

    def change(self, mutation: str, **fields: object) -> Json:
        """Return the answer to a mutation with these fields of its input. Raises like `ask`."""
        return self.ask(mutation, {"input": fields})


class GitHubBranch:
    """Commits directly to a branch."""

    def __init__(self, github: GitHub, branch: str, pause: Pause) -> None:
        self._github = github
        self._branch = branch
        self._pause = pause
        self._repository: Json = {}

    def tip(self, paths: Sequence[str]) -> Tip:
        """Return the branch's tip. Raises `BlogConflict`, `BlogRejected` or `BlogUnavailable`."""
        return self._tip("base", paths, self._look(paths))

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        """Put the files onto the tip that was read last; raises like `tip`.

        Too many files for one commit go onto a branch of their own, as several commits. Then this
        branch moves to the last of them in one step.
        """
        if len(files) <= PORTION:
            return self._commit(self._branch, tip.oid, message, files)
        side = f"{SIDE_BRANCH}/{token_hex(6)}"
        made = self._make_branch(side, tip.oid)
        try:
            last = self._commit_portions(side, tip.oid, message, files)
            self._breathe()
            base = self._repository["base"]["id"]
            self._github.change(protocol.MOVE_BRANCH, refId=base, oid=last.oid)
        finally:
            # The result of this does not matter: the commit or its error is reported.
            with suppress(BlogError):
                self._github.change(protocol.DELETE_BRANCH, refId=made)
        return last

    def _look(self, paths: Sequence[str], side: str | None = None) -> list[Json]:
        """Return the repository in GitHub's answer to each portion of the paths."""
        looks = []
        for portion in _portions(paths) or [[]]:
            query = protocol.look(self._github.repository, self._branch, side, portion)
            looks.append(self._github.ask(*query)["repository"])
        self._repository = looks[-1]
        if not self._repository["base"]:
            problem = f"there is no branch {self._branch}: create it, or name another"
            raise BlogRejected(problem, self._github.repository)
        return looks

    def _tip(self, role: str, paths: Sequence[str], looks: Sequence[Json], url: str = "") -> Tip:
        """Return the tip of the branch that has a role in these answers."""
        oids = {look[role] and protocol.dig(look, role, "target", "oid") for look in looks}
        if len(oids) > 1:
            raise BlogConflict("the branch changed while it was read", self._github.repository)
        targets = [look[role]["target"] for look in looks]
        files = [targets[n // PORTION].get(f"file{n % PORTION}") for n in range(len(paths))]
        blobs = {path: file["oid"] for path, file in zip(paths, files, strict=True) if file}
        return Tip(targets[0]["oid"], blobs, url)

    def _commit(self, branch: str, parent: str, message: str, files: Sequence[BlogFile]) -> Commit:
        # The name in GitHub's answer: a renamed repository can be read by its old name, but takes
        # commits only by its new one.
        repository = self._repository["nameWithOwner"]
        fields = protocol.commit(repository, branch, parent, message, files)
        made = self._github.change(protocol.COMMIT, **fields)
        commit = protocol.dig(made, "createCommitOnBranch", "commit")
        return Commit(protocol.dig(commit, "oid"), protocol.dig(commit, "url"))

    def _commit_portions(
        self, branch: str, parent: str, message: str, files: Sequence[BlogFile]
    ) -> Commit:
        """Put the files onto a branch as several commits, one upon the other."""
        headline, _, body = message.partition("\n")
        portions = _portions(files)
        for number, portion in enumerate(portions, 1):
            part = f"{headline} ({number} of {len(portions)})" if len(portions) > 1 else headline
            self._breathe()
            last = self._commit(branch, parent, f"{part}\n{body}", portion)
            parent = last.oid
        return last

    def _make_branch(self, name: str, oid: str) -> str:
        """Return the id of a new branch."""
        repository = self._repository["id"]
        made = self._github.change(
            protocol.CREATE_BRANCH, repositoryId=repository, name=f"refs/heads/{name}", oid=oid
        )
        branch: str = protocol.dig(made, "createRef", "ref", "id")
        return branch

    def _breathe(self) -> None:
        """Wait as long as GitHub asks for between two writes."""
        if not self._pause(1, protocol.WRITE_INTERVAL):
            raise BlogUnavailable("the run's time is over", self._github.repository)


class GitHubPullRequest(GitHubBranch):
    """Commits to a branch of its own, and opens a pull request from there.

    As long as the pull request is open, later commits join it. When it is merged or closed, the
    branch restarts at the target's tip. Runs at the same time lose no commit: the branch moves
    forward only, except for the restart, which names the commit that it replaces.
    """

    _begun: Tip | None = None

    def tip(self, paths: Sequence[str]) -> Tip:
        """Return the tip of the open pull request, or the tip that the next one begins with.

        In the second case its files are those of the target branch: what differs has to be
        proposed.
        """
        looks = self._look(paths, self._side)
        url = self._find("OPEN", "url")[:1]
        over = self._find("CLOSED", "headRefOid") + self._find("MERGED", "headRefOid")
        side = self._tip("side", paths, looks) if self._repository["side"] else None
        self._begun = side if side and (url or side.oid not in over) else None
        if self._begun and url:
            return replace(self._begun, url=url[0])
        base = self._tip("base", paths, looks)
        return replace(base, oid=self._begun.oid) if self._begun else base

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        """Put the files onto the tip that was read last, and return the pull request's URL."""
        begun = self._begun or self._begin(tip)
        lacking, oid = files if tip.url else different(files, begun), tip.oid
        if lacking:
            oid = self._commit_portions(self._side, oid, message, lacking).oid
        return Commit(oid, tip.url or self._propose(message))

    @property
    def _side(self) -> str:
        return f"{SIDE_BRANCH}/{self._branch}"

    def _find(self, state: str, field: str) -> list[str]:
        """Return a field of the pull requests from our branch, but not from a fork's namesake."""
        found = self._repository["pullRequests"]["nodes"]
        own = (one for one in found if not one["isCrossRepository"])
        return [one[field] for one in own if one["state"] == state]

    def _begin(self, tip: Tip) -> Tip:
        """Create our branch at the tip, or restart it there; return the tip."""
        side = self._repository["side"]
        if not side:
            self._make_branch(self._side, tip.oid)
        elif (old := side["target"]["oid"]) != tip.oid:
            name = f"refs/heads/{self._side}"
            update = {"name": name, "beforeOid": old, "afterOid": tip.oid, "force": True}
            self._github.change(
                protocol.RESTART_BRANCH, repositoryId=self._repository["id"], refUpdates=[update]
            )
        return tip

    def _propose(self, message: str) -> str:
        """Return the URL of a new pull request, or of one that was opened meanwhile."""
        self._breathe()
        headline, _, body = message.partition("\n")
        try:
            made = self._github.change(
                protocol.PROPOSE,
                repositoryId=self._repository["id"],
                baseRefName=self._branch,
                headRefName=self._side,
                title=headline,
                body=body.strip(),
            )
        except BlogConflict:
            self._look([], self._side)
            if theirs := self._find("OPEN", "url"):
                return theirs[0]
            raise
        url: str = protocol.dig(made, "createPullRequest", "pullRequest", "url")
        return url


def _portions(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + PORTION] for start in range(0, len(items), PORTION)]
