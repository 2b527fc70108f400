"""The test GitHub itself: it answers like GitHub, so that tests of the blog can rely on it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.github import (
    TOKEN,
    GitHub,
    github,
    needs_github,
)
from tests.support.github.client import (
    COMMIT,
    CREATE_PULL_REQUEST,
    CREATE_REF,
    DELETE_REF,
    SIDE,
    TIP,
    UPDATE_REF,
    UPDATE_REFS,
    Client,
    commit,
)

pytestmark = needs_github

FILES = {"README.md": b"# Blog\n", 'docs/\xfc "1".md': b"\x00\r\n"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHub]:
    with github(tmp_path, files=FILES) as running:
        yield running


@pytest.fixture
def client(server: GitHub) -> Client:
    return Client(server)


def git(server: GitHub, *arguments: str) -> str:
    command = ["git", f"--git-dir={server.git}", *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def test_a_query_tells_what_git_holds(server: GitHub, client: Client) -> None:
    tip = client.tip()
    assert tip["nameWithOwner"] == "ada/blog"
    assert tip["side"] is None
    assert tip["pullRequests"] == {"nodes": []}
    assert tip["base"]["name"] == "main"
    target = tip["base"]["target"]
    assert target["oid"] == git(server, "rev-parse", "main")
    assert target["readme"] == {
        "oid": git(server, "rev-parse", "main:README.md"),
        "mode": 0o100644,
        "type": "blob",
    }
    assert (target["folder"], target["nothing"]) == ({"type": "tree"}, None)
    assert (target["committedDate"], target["message"]) == (
        "2026-01-01T00:00:00Z",
        "Initial commit",
    )


def test_a_commit_is_in_git(server: GitHub, client: Client) -> None:
    head = client.head()
    given = commit(head, {"_posts/é.md": b"1\n", "new.md": b""}, ("README.md",))
    done = client.data(COMMIT, input=given)["createCommitOnBranch"]
    made = git(server, "rev-parse", "main")
    assert done["commit"] == {"oid": made, "url": f"https://github.com/ada/blog/commit/{made}"}
    assert done["ref"]["target"]["oid"] == made
    docs = 'docs/ü "1".md'
    assert server.files("main") == {"_posts/é.md": b"1\n", "new.md": b"", docs: FILES[docs]}
    first, last = server.log("main")
    assert (last.parents, last.headline, last.body) == ((first.oid,), "Papers", "Of today")
    assert git(server, "fsck", "--strict") == ""


def test_requests_are_noted(server: GitHub, client: Client) -> None:
    client.data(COMMIT, input=commit(client.head()))
    query, mutation = server.requests
    assert (query.operation, query.kind, query.fields) == ("Tip", "query", ("repository",))
    assert (mutation.operation, mutation.kind) == ("Commit", "mutation")
    assert mutation.variables["input"]["message"]["headline"] == "Papers"
    assert mutation.headers["authorization"] == f"bearer {TOKEN}"
    assert server.asked("createCommitOnBranch") == server.asked("mutation") == [mutation]


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"expectedHeadOid": "0" * 40}, "STALE_DATA", "did not.  Pull and try again."),
        ({"deletions": ("gone.md",)}, "NOT_FOUND", "does not exist as of commit oid `"),
        ({"deletions": ("docs",)}, "NOT_FOUND", "does not exist as of commit oid `"),
        ({"additions": {"/a": b""}}, "UNPROCESSABLE", "'/a' contains a malformed"),
        ({"additions": {"a/../b": b""}}, "UNPROCESSABLE", "malformed path component"),
        ({"additions": {"a/.GIT/b": b""}}, "UNPROCESSABLE", "malformed path component"),
        ({"additions": {"": b""}}, "UNPROCESSABLE", "malformed path component"),
        ({"additions": {"README.md/a": b""}}, "UNPROCESSABLE", "both named 'README.md'"),
        ({"additions": {"docs": b""}}, "UNPROCESSABLE", "both named 'docs'"),
        (
            {"additions": {"README.md": b""}, "deletions": ("README.md",)},
            "UNPROCESSABLE",
            "given once",
        ),
        ({"message": {"headline": " "}}, "UNPROCESSABLE", "headline"),
        ({"branch": {"id": "REF_x"}}, "NOT_FOUND", "global id of 'REF_x'"),
        ({"branch": {"branchName": "main"}}, "UNPROCESSABLE", "its repository and its name"),
        (
            {"branch": {"branchName": "x", "repositoryNameWithOwner": "ada/blog"}},
            "NOT_FOUND",
            "to a Ref with the name 'x'",
        ),
    ],
)
def test_a_commit_is_refused(
    server: GitHub, client: Client, changes: dict[str, Any], kind: str, words: str
) -> None:
    given = commit(client.head(), **changes)
    found, message = client.error(COMMIT, input=given)
    assert found == kind
    assert words in message
    assert len(server.log("main")) == 1


@pytest.mark.parametrize(
    ("text", "changes", "extensions"),
    [
        ("{ nobody }", {}, ["code"]),
        ("{ repository(", {}, []),
        ("{ repository(owner: 1) { id } }", {}, ["code"]),
        (COMMIT, {"expectedHeadOid": None}, ["problems"]),
        (COMMIT, {"expectedHeadOid": "main"}, ["problems"]),
        (COMMIT, {"fileChanges": {"additions": [{"path": "a", "contents": "?"}]}}, ["problems"]),
    ],
)
def test_what_the_schema_does_not_allow(
    client: Client, text: str, changes: Any, extensions: list[str]
) -> None:
    answer = client.send(text, input=commit("0" * 40, **changes)).json()
    assert "data" not in answer
    assert "type" not in answer["errors"][0]
    assert list(answer["errors"][0].get("extensions", {})) == extensions


def test_a_branch_by_its_id(server: GitHub, client: Client) -> None:
    base = client.tip()["base"]
    given = commit(base["target"]["oid"], branch={"id": base["id"]})
    client.data(COMMIT, input=given)
    assert "new.md" in server.files("main")


def test_an_unknown_and_a_renamed_repository(server: GitHub, client: Client) -> None:
    names = {"owner": "ada", "name": "old", "branch": "main", "side": SIDE}
    unknown = ("NOT_FOUND", "Could not resolve to a Repository with the name 'ada/old'.")
    assert client.error(TIP, **names) == unknown
    server.renamed_from("ada/old")
    assert client.tip("old")["nameWithOwner"] == "ada/blog"
    given = commit(
        client.head(), branch={"repositoryNameWithOwner": "ada/old", "branchName": "main"}
    )
    assert client.error(COMMIT, input=given) == unknown


def test_a_branch_and_its_pull_request(server: GitHub, client: Client) -> None:
    ref = client.create_side(client.head())
    assert ref["name"] == SIDE
    assert client.error(CREATE_PULL_REQUEST, input=client.pull()) == (
        "UNPROCESSABLE",
        f"No commits between main and {SIDE}",
    )
    client.data(COMMIT, input=commit(client.head(), branch={"id": ref["id"]}))
    opened = client.data(CREATE_PULL_REQUEST, input=client.pull())["createPullRequest"]
    expected = {"number": 1, "url": "https://github.com/ada/blog/pull/1"}
    assert opened == {"pullRequest": expected}
    head = git(server, "rev-parse", SIDE)
    assert client.tip()["pullRequests"] == {"nodes": [expected | {"headRefOid": head}]}
    assert client.error(CREATE_PULL_REQUEST, input=client.pull()) == (
        "UNPROCESSABLE",
        f"A pull request already exists for ada:{SIDE}.",
    )
    server.merge(server.pull_requests[0])
    assert server.files("main") == server.files(SIDE)
    assert client.tip()["pullRequests"] == {"nodes": []}


def test_a_fork_may_have_a_branch_of_the_same_name(server: GitHub, client: Client) -> None:
    client.create_side(client.head())
    server.push({"a": b""}, "By hand", SIDE)
    server.open_pull_request(SIDE, "main", fork=True)
    assert [one["number"] for one in client.tip()["pullRequests"]["nodes"]] == [1]
    client.data(CREATE_PULL_REQUEST, input=client.pull())
    assert [one.fork for one in server.pull_requests] == [True, False]


def test_a_pull_request_without_its_branch(client: Client) -> None:
    kind, message = client.error(CREATE_PULL_REQUEST, input=client.pull("nothing"))
    assert kind == "UNPROCESSABLE"
    assert message.startswith("Head sha can't be blank, No commits between main and nothing")


def test_refs_are_made_moved_and_deleted(server: GitHub, client: Client) -> None:
    first = client.head()
    second = server.push({"a": b"1"}, "By hand", "main")
    ref = client.create_side(second)["id"]
    repository = client.tip()["id"]
    for name, words in {
        f"refs/heads/{SIDE}": f'A ref named "refs/heads/{SIDE}" already exists in the repository.',
        "refs/heads/paperboy": "Ref cannot be created.",
        f"refs/heads/{SIDE}/x": "Ref cannot be created.",
        "refs/heads/a..b": "Ref cannot be created.",
        "x": "Ref cannot be created.",
    }.items():
        given = {"repositoryId": repository, "name": name, "oid": first}
        assert client.error(CREATE_REF, input=given) == ("UNPROCESSABLE", words)
    backward = {"refId": ref, "oid": first}
    assert client.error(UPDATE_REF, input=backward) == (
        "UNPROCESSABLE",
        "Update is not a fast forward",
    )
    client.data(UPDATE_REF, input=backward | {"force": True})
    assert git(server, "rev-parse", SIDE) == first
    client.data(UPDATE_REF, input={"refId": ref, "oid": second})
    opened = server.open_pull_request(SIDE, "main")
    client.data(DELETE_REF, input={"refId": ref})
    assert (client.tip()["side"], opened.state) == (None, "CLOSED")
    assert client.error(DELETE_REF, input={"refId": ref})[0] == "NOT_FOUND"


def test_a_ref_is_moved_from_where_it_is(server: GitHub, client: Client) -> None:
    first = client.head()
    second = server.push({"a": b"1"}, "By hand", "main")
    client.create_side(second)

    def given(before: str, after: str, force: bool = True) -> dict[str, Any]:
        update = {"name": f"refs/heads/{SIDE}", "beforeOid": before, "afterOid": after}
        return {"repositoryId": client.tip()["id"], "refUpdates": [update | {"force": force}]}

    (error,) = client.send(UPDATE_REFS, input=given(first, first)).json()["errors"]
    assert "type" not in error
    assert "Something went wrong" in error["message"]
    assert client.error(UPDATE_REFS, input=given(second, first, force=False)) == (
        "UNPROCESSABLE",
        "Update is not a fast forward",
    )
    assert git(server, "rev-parse", SIDE) == second
    client.data(UPDATE_REFS, input=given(second, first))
    assert git(server, "rev-parse", SIDE) == first


def test_what_was_closed_tells_where_its_branch_was(server: GitHub, client: Client) -> None:
    first = client.head()
    client.create_side(first)
    opened = server.open_pull_request(SIDE, "main")
    server.end(opened)
    second = server.push({"a": b"1"}, "By hand", SIDE)
    server.open_pull_request(SIDE, "main")
    found = client.data(
        """{ repository(owner: "ada", name: "blog") {
          pullRequests(first: 9, orderBy: {field: CREATED_AT, direction: DESC}) {
            nodes { state headRefOid }
          }
        } }"""
    )["repository"]["pullRequests"]["nodes"]
    assert found == [
        {"state": "OPEN", "headRefOid": second},
        {"state": "CLOSED", "headRefOid": first},
    ]


def test_a_hundred_files_in_one_query(server: GitHub, client: Client) -> None:
    server.push({f"_posts/{n}.md": b"%d" % n for n in range(99)}, "Many", "main")
    files = "".join(f'f{n}: file(path: "_posts/{n}.md") {{ oid }}' for n in range(100))
    text = '{ repository(owner: "ada", name: "blog") { ref(qualifiedName: "main") { target {'
    found = client.data(f"{text} ... on Commit {{ {files} }} }} }} }} }}")
    target = found["repository"]["ref"]["target"]
    assert target.pop("f99") is None
    assert len({entry["oid"] for entry in target.values()}) == 99
