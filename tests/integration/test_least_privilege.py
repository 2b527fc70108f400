"""Every call of full runs to AWS, held against what the deployed stack's policies allow.

The calls are those of botocore, in all ways in which a run can go; what AWS itself does in the
stack's name follows from its resources.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from adapters import s3, secrets
from core.errors import PaperboyError
from tests.support import sample
from tests.support.context import invoke
from tests.support.fakes import answer, entry
from tests.support.github import TOKEN, github, needs_github
from tests.support.policies import (
    ACCOUNT,
    ARNS,
    REGION,
    STACK,
    Call,
    Deployed,
    Grant,
    listed,
    missing,
    needs,
    services_calls,
    unused,
)
from tests.support.servers import Answer, S3Server, replay_huggingface, s3_server

BUCKET, PREFIX, PARAMETER = "papers", "site/", "/paperboy/github-token"
OBJECTS = f"arn:aws:s3:::{BUCKET}"
FUNCTION_ROLE = ARNS["AWS::IAM::Role"].format(name="FunctionRole")
LOGS = ARNS["AWS::Logs::LogGroup"].format(name="FunctionLogs")
EXECUTIONS = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{STACK}-backfill"

DAY, NOW = "2025-12-24", "2025-12-24T14:00:00Z"
DAYS: dict[str, bytes | Answer] = {
    DAY: sample.PAYLOAD.read_bytes(),
    "2025-12-23": answer(*(entry(number) for number in range(1, 121))),
    "2025-12-22": answer(entry(200), entry(201)),
    "2025-12-20": b"[]",
    "2025-12-18": Answer(400, b'{"error": "no"}'),
    # Another day's papers, which the guard keeps out.
    "2025-12-16": sample.PAYLOAD.read_bytes(),
}
RUNS: list[dict[str, object]] = [
    {"date": DAY, "dry_run": True},
    {"scheduled_time": NOW, "offsets": [0, -1, -7]},
    {"scheduled_time": NOW, "offsets": [0, -1, -7]},
    {"dates": ["2025-12-16", "2025-12-20"]},
    {"date": "2025-12-18"},
    {"action": "plan", "from": "2025-12-20", "to": DAY},
    *(dict[str, object](action="edition", date=day) for day in DAYS),
    {"action": "edition", "date": DAY, "force": True},
    {"action": "catalog", "from": "2025-12", "to": "2025-12"},
    {"action": "rebuild", "month": "2025-12"},
    {"action": "commit", "from": "2025-12-20", "to": DAY, "force": True},
]
# All ways for an edition to end.
ENDS = {"published", "unchanged", "kept", "empty", "failed"}
STAR = re.compile("[*?]")
PLACES = ("", "secret", "parameter")

# What is allowed, and needed by no call.
IDLE = {Call("s3:ListBucket", OBJECTS): "it makes a missing key 404, where it would be 403"}
# Each `*` in a resource.
STARS = {
    f"{OBJECTS}/{PREFIX}*": "there are new keys with each edition; those beside the prefix are not",
    LOGS: "Lambda names the streams of the function's own group",
    "*": "X-Ray's actions have no resources",
    f"{EXECUTIONS}:*": "Step Functions names executions",
    f"{EXECUTIONS}/days:*": "Step Functions names executions; days is the map's label",
}


class Recorder:
    """Notes what botocore's clients are told to do; `count` is how often."""

    def __init__(self) -> None:
        self.calls: set[Call] = set()
        self.count = 0

    def note(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """Note one call: botocore calls this before it sends anything."""
        self.calls |= needs(model.service_model.signing_name, model.name, params)
        self.count += 1


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run an AWS with a bucket, for all clients."""
    monkeypatch.setattr(secrets, "_tokens", {})
    s3.client.cache_clear()
    with s3_server(BUCKET) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("PAPERBOY_STORE", f"s3://{BUCKET}/{PREFIX}")
        yield server
        s3.client().close()
    s3.client.cache_clear()


def recording(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return what notes the calls of all clients that are made from now on."""
    made, session = Recorder(), boto3.Session()
    session.events.register("provide-client-params", made.note)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return made


def keep(place: str) -> dict[str, str]:
    """Keep the blog's token there, if anywhere, and return the parameters of a stack with it."""
    if place == "secret":
        with closing(boto3.client("secretsmanager")) as manager:
            arn = manager.create_secret(Name="paperboy", SecretString=TOKEN)["ARN"]
        return {"BlogRepository": "ada/blog", "BlogSecret": arn}
    if place == "parameter":
        with closing(boto3.client("ssm")) as ssm:
            ssm.put_parameter(Name=PARAMETER, Value=TOKEN, Type="SecureString")
        return {"BlogRepository": "ada/blog", "BlogParameter": PARAMETER}
    return {}


def deployed(**parameters: str) -> Deployed:
    """Return a stack with everything that there can be in it, under a key prefix."""
    bucket = {"Bucket": BUCKET, "Bucket.Arn": OBJECTS, "KeyPrefix": PREFIX}
    return Deployed(**bucket, Site="cloudfront", Athena="true", **parameters)


def perform() -> set[str]:
    """Do all runs, and return how they ended: the editions of each, and the blog."""
    ended: set[str] = set()
    with replay_huggingface(DAYS) as source, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPERBOY_SOURCE", source.url)
        for event in RUNS:
            try:
                report = json.dumps(invoke({"scheduled_time": NOW, **event}))
            except PaperboyError:
                ended.add("failed")
            else:
                ended |= set(re.findall(r'"status": "(\w+)"', report))
    return ended


@needs_github
@pytest.mark.parametrize("place", PLACES)
def test_a_stack_allows_what_its_runs_do_and_nothing_else(
    place: str, aws: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog = keep(place)
    made = recording(monkeypatch)
    if blog:
        monkeypatch.setenv("PAPERBOY_BLOG_REPOSITORY", blog["BlogRepository"])
        monkeypatch.setenv("PAPERBOY_BLOG_SECRET", [*blog.values()][-1])
    aws.requests.clear()

    with github(tmp_path) as hub:
        monkeypatch.setenv("PAPERBOY_BLOG_API", hub.url)
        ended = perform()

    assert ended >= ENDS | ({"committed"} if blog else {"none"})
    # Nothing went past what notes the calls.
    assert made.count == len(aws.requests) > 100
    stack = deployed(**blog)
    needed, roles = services_calls(stack), stack.roles()
    needed[FUNCTION_ROLE] |= made.calls
    assert needed.keys() == roles.keys()
    lacking = {role: missing(roles[role], needed[role]) for role in roles}
    assert {role: calls for role, calls in lacking.items() if calls} == {}
    idle = [grant for role in roles for grant in unused(roles[role], needed[role])]
    assert {Call(grant.action, grant.resource) for grant in idle} == set(IDLE)


@pytest.mark.parametrize("place", [{}, {"BlogRepository": "ada/blog", "BlogParameter": PARAMETER}])
def test_names_are_named_and_each_star_has_its_reason(place: dict[str, str]) -> None:
    grants = [grant for grants in deployed(**place).roles().values() for grant in grants]
    assert [grant for grant in grants if STAR.search(grant.action)] == []
    assert {grant.resource for grant in grants if STAR.search(grant.resource)} == set(STARS)
    assert {grant.action.split(":")[0] for grant in grants if grant.resource == "*"} == {"xray"}


def test_each_role_is_for_one_service_of_aws() -> None:
    for name, role in deployed().of_type("AWS::IAM::Role"):
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        (service,) = listed(statement["Principal"]["Service"])
        assert service.endswith(".amazonaws.com"), name
        assert statement["Principal"].keys() == {"Service"}
        assert listed(statement["Action"]) == ["sts:AssumeRole"]


def test_buckets_queues_and_topics_let_in_services_alone_and_over_tls() -> None:
    stack = deployed()
    denied: set[str] = set()
    for name, statement in stack.resource_policies():
        if statement["Effect"] == "Deny" and statement["Principal"] == "*":
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            denied.add(name)
            continue
        assert statement["Principal"].keys() == {"Service"}, name
        # One of the account's own, which the condition names.
        conditions = " ".join(key for one in statement["Condition"].values() for key in one)
        assert re.search(r"aws:Source(Arn|Account)", conditions, re.IGNORECASE), name
        assert not [one for one in listed(statement["Action"]) if STAR.search(one)]
        for resource in listed(statement["Resource"]):
            assert resource in STARS or not STAR.search(resource)
    assert len(denied) >= 4
    assert denied == {name for name, _ in stack.resource_policies()}


GET = Call("s3:GetObject", f"{OBJECTS}/{PREFIX}latest.json")
PUT = Call("s3:PutObject", f"{OBJECTS}/{PREFIX}latest.json")
ENOUGH = [Grant("s3:GetObject", f"{OBJECTS}/*"), Grant("s3:PutObject", f"{OBJECTS}/{PREFIX}*")]
ELSEWHERE = Grant("s3:PutObject", f"{OBJECTS}/other/*")
SOMETIMES = Grant("s3:PutObject", f"{OBJECTS}/*", always=False)
TOO_MUCH = Grant("s3:DeleteObject", f"{OBJECTS}/*")


@pytest.mark.parametrize(
    ("grants", "lacking", "idle"),
    [
        (ENOUGH[:1], [PUT], []),
        ([*ENOUGH, TOO_MUCH], [], [TOO_MUCH]),
        ([ENOUGH[0], ELSEWHERE], [PUT], [ELSEWHERE]),
        ([ENOUGH[0], SOMETIMES], [PUT], [SOMETIMES]),
        ([Grant("s3:*", "*")], [], []),
    ],
)
def test_what_is_missing_and_what_is_unused_is_seen(
    grants: list[Grant], lacking: list[Call], idle: list[Grant]
) -> None:
    assert missing(grants, {GET, PUT}) == lacking
    assert unused(grants, {GET, PUT}) == idle


def test_a_call_to_a_service_that_nobody_described_is_no_silent_one() -> None:
    with pytest.raises(KeyError):
        needs("dynamodb", "GetItem", {})
    deleted = needs("s3", "DeleteObject", {"Bucket": "b", "Key": "k"})
    assert deleted == {Call("s3:DeleteObject", "arn:aws:s3:::b/k")}
