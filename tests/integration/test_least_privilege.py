"""Every call of full runs to AWS, held against what the deployed stack's policies allow.

The calls are the requests of runs, in all ways in which one can go; what AWS itself does in the
stack's name follows from its resources.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import boto3
import pytest

from adapters import secrets
from adapters.s3 import S3Store
from core.model.announcement import ChannelName
from core.model.errors import PaperboyError
from tests.support import sample
from tests.support.channels import BOT, CHAT, service
from tests.support.context import invoke
from tests.support.github import TOKEN, github, needs_github
from tests.support.papers import answer, entry
from tests.support.policies import (
    ACCOUNT,
    ARNS,
    REGION,
    STACK,
    Call,
    Deployed,
    listed,
    missing,
    needs,
    services_calls,
    unused,
)
from tests.support.servers import Answer, Request, S3Server, replay_huggingface, s3_server

BUCKET, PREFIX = "papers", "site/"
PARAMETER, OTHER_PARAMETER = "/paperboy/github-token", "/paperboy/huggingface"
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
    {"action": "check"},
    {"action": "check", "continue": True},
]
# All ways for an edition to end.
ENDS = {"published", "unchanged", "refused", "empty", "failed"}
STAR = re.compile("[*?]")
PLACES = ("", "secret", "parameter")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-90ab-cdef-1234-567890abcdef"
IN_PARAMETERS = {
    "BlogRepository": "ada/blog",
    "BlogToken": PARAMETER,
    "HuggingFaceToken": OTHER_PARAMETER,
}
VARIABLES = ("PAPERBOY_BLOG_REPOSITORY", "PAPERBOY_BLOG_SECRET", "PAPERBOY_SOURCE_SECRET")

# Each `*` in a resource.
STARS = {
    f"{OBJECTS}/{PREFIX}*": "there are new keys with each edition; those beside the prefix are not",
    LOGS: "Lambda names the streams of the function's own group",
    f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/paperboy/announce/*": "each channel has its name",
    f"{EXECUTIONS}:*": "Step Functions names executions",
    f"{EXECUTIONS}/days:*": "Step Functions names executions; days is the map's label",
}


SERVICES = {"secretsmanager": "secretsmanager", "AmazonSSM": "ssm", "AWSEvents": "events"}


def asked(request: Request) -> set[Call]:
    """Return what a request to AWS has to be allowed."""
    target = request.headers.get("x-amz-target")
    if target:
        service, _, operation = target.partition(".")
        return needs(SERVICES[service], operation, json.loads(request.body))
    if request.method == "POST":
        form = dict(parse_qsl(request.body.decode()))
        return needs("sns", form["Action"], form)
    bucket, _, key = unquote(request.path).removeprefix("/").partition("/")
    if not key:
        return needs("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": request.query["prefix"]})
    sent = {"Bucket": bucket, "Key": key}
    sent |= {"IfMatch": request.headers["if-match"]} if "if-match" in request.headers else {}
    return needs("s3", {"GET": "GetObject", "PUT": "PutObject"}[request.method], sent)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run an AWS with a bucket, for all clients."""
    monkeypatch.setattr(secrets, "_tokens", {})
    with s3_server(BUCKET) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("PAPERBOY_STORE", f"s3://{BUCKET}/{PREFIX}")
        yield server


def keep(place: str) -> dict[str, str]:
    """Keep both tokens there, if anywhere, and return the parameters of a stack with them."""
    if place == "secret":
        with closing(boto3.client("secretsmanager")) as manager:
            arns = [
                manager.create_secret(Name=name, SecretString=token)["ARN"]
                for name, token in (("blog", TOKEN), ("source", "hf_x"))
            ]
        return {
            "BlogRepository": "ada/blog", "BlogToken": arns[0], "HuggingFaceToken": arns[1]
        }  # fmt: skip
    if place == "parameter":
        with closing(boto3.client("ssm")) as ssm:
            for name, token in ((PARAMETER, TOKEN), (OTHER_PARAMETER, "hf_x")):
                ssm.put_parameter(Name=name, Value=token, Type="SecureString")
        return IN_PARAMETERS
    return {}


def deployed(**parameters: str) -> Deployed:
    """Return a stack with everything that there can be in it, under a key prefix."""
    bucket = {"Bucket": BUCKET, "Bucket.Arn": OBJECTS, "KeyPrefix": PREFIX}
    email = {"AlarmEmail": "ada@example.com", "ReaderEmail": "bob@example.com"}
    return Deployed(**bucket, **email, Site="cloudfront", Announce="true", **parameters)


@contextmanager
def channels(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run all channels, keep their secrets, and let runs announce in them."""
    with (
        service(ChannelName.SLACK) as slack,
        service(ChannelName.DISCORD) as discord,
        service(ChannelName.TELEGRAM) as telegram,
        closing(boto3.client("ssm")) as ssm,
        closing(boto3.client("sns")) as sns,
    ):
        kept = {
            "slack": slack.url, "discord": discord.url, "telegram-token": BOT, "telegram-chat": CHAT
        }  # fmt: skip
        for name, value in kept.items():
            ssm.put_parameter(Name=f"/paperboy/announce/{name}", Value=value, Type="SecureString")
        topic = sns.create_topic(Name="Readers")["TopicArn"]
        patch.setenv("PAPERBOY_ANNOUNCE_CHANNELS", ",".join(ChannelName))
        patch.setenv("PAPERBOY_ANNOUNCE_SECRETS", "/paperboy/announce")
        patch.setenv("PAPERBOY_ANNOUNCE_TOPIC", topic)
        patch.setenv("PAPERBOY_ANNOUNCE_TELEGRAM_API", telegram.url)
        # Else the editions are no news.
        patch.setattr(S3Store, "now", lambda _: datetime.fromisoformat(NOW).timestamp())
        yield
        # The first run publishes two editions that are news.
        assert [len(one.taken) for one in (slack, discord, telegram)] == [2, 2, 2]


def perform() -> set[str]:
    """Do all runs, and return how they ended: the editions of each, the blog, and channels."""
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
    parameters = keep(place)
    for name, value in zip(VARIABLES, parameters.values(), strict=bool(parameters)):
        monkeypatch.setenv(name, value)
    with github(tmp_path) as hub, channels(monkeypatch):
        aws.requests.clear()
        monkeypatch.setenv("PAPERBOY_BLOG_API", hub.url)
        ended = perform()

    assert "sent" in ended
    assert ended >= ENDS | ({"committed"} if parameters else {"none"})
    assert len(aws.requests) > 50
    stack = deployed(**parameters)
    needed, roles = services_calls(stack), stack.roles()
    needed[FUNCTION_ROLE] |= set().union(*map(asked, aws.requests))
    assert needed.keys() == roles.keys()
    lacking = {role: missing(roles[role], needed[role]) for role in roles}
    assert {role: calls for role, calls in lacking.items() if calls} == {}
    assert [grant for role in roles for grant in unused(roles[role], needed[role])] == []


@pytest.mark.parametrize("service", ["ssm", "secretsmanager"])
def test_only_the_tokens_services_use_their_key(service: str) -> None:
    used = Call("kms:Decrypt", KEY, via=f"{service}.{REGION}.amazonaws.com")
    grants = deployed(**IN_PARAMETERS, TokenKey=KEY).roles()[FUNCTION_ROLE]
    assert missing(grants, {used}) == []
    others = {replace(used, via=f"s3.{REGION}.amazonaws.com"), replace(used, resource=KEY[:-1])}
    assert missing(grants, others) == sorted(others)
    assert missing(deployed(**IN_PARAMETERS).roles()[FUNCTION_ROLE], {used}) == [used]


def test_an_existing_bucket_is_used_as_it_is() -> None:
    stack = deployed(ExistingBucket="mine")
    assert list(stack.of_type("AWS::S3::Bucket", "AWS::S3::BucketPolicy")) == []
    grants = stack.roles()[FUNCTION_ROLE]
    mine = Call("s3:GetObject", f"arn:aws:s3:::mine/{PREFIX}latest.json")
    assert missing(grants, {mine}) == []
    assert missing(grants, {replace(mine, resource=f"{OBJECTS}/{PREFIX}latest.json")})


def test_a_boundary_limits_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    limited = [
        role.get("PermissionsBoundary")
        for _, role in deployed(PermissionsBoundary=boundary).of_type("AWS::IAM::Role")
    ]
    assert limited == [boundary] * 3
    assert not [
        role for _, role in deployed().of_type("AWS::IAM::Role") if "PermissionsBoundary" in role
    ]


@pytest.mark.parametrize("place", [{}, IN_PARAMETERS])
def test_names_are_named_and_each_star_has_its_reason(place: dict[str, str]) -> None:
    grants = [grant for grants in deployed(**place).roles().values() for grant in grants]
    assert [grant for grant in grants if STAR.search(grant.action)] == []
    assert {grant.resource for grant in grants if STAR.search(grant.resource)} == set(STARS)


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
        if statement["Effect"] == "Deny":
            continue
        assert statement["Principal"].keys() == {"Service"}, name
        # One of the account's own, which the condition names.
        conditions = " ".join(key for one in statement["Condition"].values() for key in one)
        assert re.search(r"aws:Source(Arn|Account)", conditions, re.IGNORECASE), name
        assert not [one for one in listed(statement["Action"]) if STAR.search(one)]
        for resource in listed(statement["Resource"]):
            assert resource in STARS or not STAR.search(resource)
    assert len(denied) == 4
    assert denied == {name for name, _ in stack.resource_policies()}
