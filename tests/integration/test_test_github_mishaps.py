"""All that can go wrong with the test GitHub, when it is told to: who is refused, what is lost."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.github import (
    BAD_GATEWAY,
    TOKEN,
    GitHub,
    github,
    needs_github,
    primary_limit,
    secondary_limit,
)
from tests.support.github.client import (
    COMMIT,
    DELETE_REF,
    TIP,
    UPDATE_REF,
    Client,
    commit,
)

pytestmark = needs_github


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHub]:
    with github(tmp_path) as running:
        yield running


@pytest.fixture
def client(server: GitHub) -> Client:
    return Client(server)


@pytest.mark.parametrize(
    ("overtaken", "words"), [(False, "Pull and try again."), (True, "Ref refs/heads/main is at ")]
)
def test_another_client_is_faster(
    server: GitHub, client: Client, overtaken: bool, words: str
) -> None:
    server.stale(2, overtaken=overtaken)
    for _ in range(2):
        assert words in client.error(COMMIT, input=commit(client.head()))[1]
    client.data(COMMIT, input=commit(client.head()))
    assert [one.headline for one in server.log("main")[1:]] == ["Elsewhere"] * 2 + ["Papers"]


def test_queries_may_lag(server: GitHub, client: Client) -> None:
    head = client.head()
    made = server.push({"README.md": None}, "By hand", "main")
    server.lag(1)
    assert [client.head(), client.head()] == [head, made]
    assert "README.md" not in server.files("main")


def test_a_token_without_permission_reads_only(server: GitHub, client: Client) -> None:
    server.forbid()
    given = commit(client.head())
    (error,) = client.send(COMMIT, input=given).json()["errors"]
    assert error["type"] == "FORBIDDEN"
    assert error["message"] == "Resource not accessible by personal access token"
    assert error["extensions"] == {"saml_failure": False}


@pytest.mark.parametrize(
    ("ruleset", "kind"), [(True, "FORBIDDEN"), (False, "BRANCH_PROTECTION_RULE_VIOLATION")]
)
def test_a_protected_branch(server: GitHub, client: Client, ruleset: bool, kind: str) -> None:
    server.protect("main", ruleset=ruleset)
    base = client.tip()["base"]
    given = commit(base["target"]["oid"])
    moved = {"refId": base["id"], "oid": base["target"]["oid"], "force": True}
    for found, message in (
        client.error(COMMIT, input=given),
        client.error(UPDATE_REF, input=moved),
        client.error(DELETE_REF, input={"refId": base["id"]}),
    ):
        assert found == kind
        assert "Changes must be made through a pull request." in message
    side = client.create_side(base["target"]["oid"])
    client.data(COMMIT, input=given | {"branch": {"id": side["id"]}})


@pytest.mark.parametrize("token", ["", "expired"])
def test_another_token(server: GitHub, client: Client, token: str) -> None:
    answer = client.send(TIP, token=token)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Bad credentials"
    without = requests.post(f"{server.url}/graphql", json={"query": TIP}, timeout=10)
    assert without.status_code == 401


def test_what_is_no_request_for_graphql(server: GitHub, client: Client) -> None:
    assert requests.get(f"{server.url}/graphql", timeout=10).status_code == 404
    assert client.send("").status_code == 400


@pytest.mark.parametrize(
    ("answer", "status", "headers", "body"),
    [
        (secondary_limit(7), 403, {"retry-after": "7"}, "secondary rate limit"),
        (secondary_limit(7, 429), 429, {"retry-after": "7"}, "secondary rate limit"),
        (secondary_limit(None), 403, {"x-ratelimit-remaining": "4999"}, "secondary rate limit"),
        (
            primary_limit(1_767_229_999),
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767229999"},
            '"RATE_LIMIT"',
        ),
        (primary_limit(1, "RATE_LIMITED"), 200, {"x-ratelimit-reset": "1"}, '"RATE_LIMITED"'),
        (BAD_GATEWAY, 502, {}, "Something went wrong"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_not_the_true_one(
    server: GitHub, client: Client, answer: Any, status: int, headers: Any, body: str, after: bool
) -> None:
    given = commit(client.head())
    give = server.answer_after if after else server.answer_instead
    give(answer, to="mutation")
    client.tip()
    answered = client.send(COMMIT, input=given)
    assert answered.status_code == status
    assert answered.headers.items() >= headers.items()
    assert body in answered.text
    assert len(server.log("main")) == (2 if after else 1)
    assert client.send(COMMIT, input=given).status_code == 200


@pytest.mark.parametrize("spoiled", [{"cut": 20}, {"reset": True}])
def test_an_answer_that_does_not_arrive(
    server: GitHub, client: Client, spoiled: dict[str, Any]
) -> None:
    given = commit(client.head())
    server.spoil(to="createCommitOnBranch", **spoiled)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.send(COMMIT, input=given)
    assert len(server.log("main")) == 2
    assert client.error(COMMIT, input=given)[0] == "STALE_DATA"


def test_an_answer_that_comes_too_late_does_not_hold_up_the_end(tmp_path: Path) -> None:
    start = time.monotonic()
    with github(tmp_path) as server:
        given = commit(server.log("main")[0].oid)
        server.spoil(to="mutation", delay=60)
        with pytest.raises(requests.ReadTimeout):
            requests.post(
                f"{server.url}/graphql",
                data=json.dumps({"query": COMMIT, "variables": {"input": given}}),
                headers={"Authorization": f"bearer {TOKEN}"},
                timeout=0.3,
            )
        assert len(server.log("main")) == 2
    assert time.monotonic() - start < 30


def test_what_it_cannot_do_is_an_error_of_the_test(tmp_path: Path) -> None:
    text = '{ repository(owner: "ada", name: "blog") { stargazerCount } }'
    with (
        pytest.raises(RuntimeError, match=r"cannot do this: Repository\.stargazerCount"),
        github(tmp_path) as server,
    ):
        assert Client(server).send(text).status_code == 501


def test_many_clients_at_once(server: GitHub) -> None:
    def add(number: int) -> int:
        client, tries = Client(server), 0
        while True:
            tries += 1
            given = commit(client.head(), {f"{number}.md": b"%d" % number})
            if "errors" not in client.send(COMMIT, input=given).json():
                return tries

    with ThreadPoolExecutor(10) as pool:
        tries = sum(pool.map(add, range(10)))
    assert len(server.log("main")) == 11
    assert len(server.asked("createCommitOnBranch")) == tries
    assert server.files("main").keys() >= {f"{number}.md" for number in range(10)}
