"""A client of the test GitHub that sends what the adapter sends, and says what came back."""

import base64
from collections.abc import Mapping
from typing import Any

import requests

from tests.support.github.server import TOKEN, GitHub

TIP = """query Tip($owner: String!, $name: String!, $branch: String!, $side: String!) {
  repository(owner: $owner, name: $name) {
    id nameWithOwner
    base: ref(qualifiedName: $branch) { ...tip }
    side: ref(qualifiedName: $side) { ...tip }
    pullRequests(headRefName: $side, baseRefName: "main", states: OPEN, first: 1) {
      nodes { number url headRefOid }
    }
  }
}
fragment tip on Ref {
  id name
  target {
    oid
    ... on Commit {
      committedDate message
      readme: file(path: "README.md") { oid mode type }
      folder: file(path: "docs") { type }
      nothing: file(path: "nothing") { oid }
    }
  }
}"""
COMMIT = """mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } ref { target { oid } } }
}"""
CREATE_REF = "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id name } } }"
UPDATE_REF = "mutation($input: UpdateRefInput!) { updateRef(input: $input) { ref { id } } }"
UPDATE_REFS = (
    "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"
)
DELETE_REF = "mutation($input: DeleteRefInput!) { deleteRef(input: $input) { clientMutationId } }"
CREATE_PULL_REQUEST = """mutation($input: CreatePullRequestInput!) {
  createPullRequest(input: $input) { pullRequest { number url } }
}"""
SIDE = "paperboy/daily"


class Client:
    """Sends what the adapter sends."""

    def __init__(self, server: GitHub) -> None:
        self.server = server

    def send(self, text: str, token: str = TOKEN, **variables: Any) -> requests.Response:
        return requests.post(
            f"{self.server.url}/graphql",
            json={"query": text, "variables": variables},
            headers={"Authorization": f"bearer {token}"},
            timeout=10,
        )

    def data(self, text: str, **variables: Any) -> Any:
        answer = self.send(text, **variables).json()
        assert "errors" not in answer
        return answer["data"]

    def error(self, text: str, **variables: Any) -> tuple[str, str]:
        answer = self.send(text, **variables)
        assert answer.status_code == 200
        assert list(answer.json()["data"].values()) == [None]
        (error,) = answer.json()["errors"]
        assert error["path"] == list(answer.json()["data"])
        return error["type"], error["message"]

    def tip(self, name: str = "blog") -> Any:
        found = self.data(TIP, owner="ada", name=name, branch="refs/heads/main", side=SIDE)
        return found["repository"]

    def head(self) -> str:
        return str(self.tip()["base"]["target"]["oid"])

    def create_side(self, oid: str) -> Any:
        given = {"repositoryId": self.tip()["id"], "name": f"refs/heads/{SIDE}", "oid": oid}
        return self.data(CREATE_REF, input=given)["createRef"]["ref"]

    def pull(self, head: str = SIDE) -> dict[str, Any]:
        branches = {"headRefName": head, "baseRefName": "main"}
        return {"repositoryId": self.tip()["id"], "title": "Papers", **branches}


def commit(
    head: str,
    additions: Mapping[str, bytes] | None = None,
    deletions: tuple[str, ...] = (),
    **changes: Any,
) -> dict[str, Any]:
    files = {"new.md": b"new"} if additions is None else additions
    return {
        "branch": {"repositoryNameWithOwner": "ada/blog", "branchName": "main"},
        "expectedHeadOid": head,
        "message": {"headline": "Papers", "body": "Of today"},
        "fileChanges": {
            "additions": [
                {"path": path, "contents": base64.b64encode(content).decode()}
                for path, content in files.items()
            ],
            "deletions": [{"path": path} for path in deletions],
        },
    } | changes
