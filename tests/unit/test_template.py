"""The template against what it deploys: settings, events, and the promises of the README."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from handler import events
from handler.settings import LOCALES, NAMES, PREFIX, Settings, from_environment
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
RESOURCES = TEMPLATE["Resources"]
FUNCTION = RESOURCES["PaperboyFunction"]["Properties"]
VARIABLES = FUNCTION["Environment"]["Variables"]
BUCKET = RESOURCES["Bucket"]
SCHEDULE = RESOURCES["Schedule"]["Properties"]

EVENTS = sorted((REPOSITORY / "events").glob("*.json"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACEHOLDER = "<aws.scheduler.scheduled-time>"
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"
PARAMETER = "/paperboy/huggingface"
CONSTRAINTS = {"AllowedPattern", "AllowedValues", "MinValue"}
ACCEPTED = [
    ("SourceUrl", "http://127.0.0.1:8080/"),
    ("HuggingFaceSecret", ARN),
    ("HuggingFaceParameter", PARAMETER),
    ("KeyPrefix", "papers/"),
    ("KeyPrefix", "a/b-c_d/"),
    ("TimeZone", "UTC"),
    ("Author", "이름 O'Brien"),
    ("Permalink", "/posts/daily-papers-{date}/"),
    ("Math", "true"),
    ("FrontMatter", '{"pin": true}'),
    ("TopPapers", "1"),
    ("TopPapers", "1000"),
    *(("Locale", locale) for locale in LOCALES),
]
REFUSED = [
    ("SourceUrl", "file:/etc"),
    ("SourceUrl", "https://host/path"),
    ("HuggingFaceSecret", "hf_abcDEF123"),
    ("HuggingFaceSecret", PARAMETER),
    ("HuggingFaceSecret", ARN.replace("AbC123", "??????")),
    ("HuggingFaceParameter", "hf_abcDEF123"),
    ("HuggingFaceParameter", "/paperboy/*"),
    ("HuggingFaceParameter", ARN),
    ("KeyPrefix", "papers"),
    ("KeyPrefix", "/papers/"),
    ("KeyPrefix", "papers//"),
    ("KeyPrefix", "*/"),
    ("KeyPrefix", "../"),
    ("TimeZone", "Asia/Seoul "),
    ("Permalink", "posts/{date}/"),
    ("Permalink", "/posts/"),
    ("FrontMatter", "[]"),
    ("TopPapers", "0"),
    ("TopPapers", "1001"),
    ("ScheduleExpression", "0 11 * * *"),
    ("BucketName", "Papers"),
    ("BucketName", "my.papers"),
]


def environment(**values: str) -> dict[str, str]:
    """Return the function's variables in a stack with these parameters, else the defaults."""
    stack = template.Stack(TEMPLATE, {"Bucket": "bucket", **values})
    variables: dict[str, str] = stack.resolved(VARIABLES)
    return variables


def allows(name: str, value: str) -> bool:
    """Tell whether CloudFormation takes a value for a parameter."""
    return template.allows(PARAMETERS[name], value)


def test_the_sections_are_in_the_order_of_the_design() -> None:
    sections = ["Parameters", "Rules", "Conditions", "Globals", "Resources", "Outputs"]
    assert [name for name in TEMPLATE if name in sections] == sections


def test_the_function_gets_every_setting_and_no_other() -> None:
    assert list(VARIABLES) == ["PYTHONTZPATH", *(f"{PREFIX}{name}" for name in NAMES)]


def test_the_defaults_are_those_of_the_settings() -> None:
    in_s3 = Settings(store="s3://bucket/", site_url="https://bucket.s3.amazonaws.com")
    assert from_environment(environment()) == in_s3


def test_the_key_prefix_is_part_of_the_store() -> None:
    settings = from_environment(environment(KeyPrefix="papers/"))
    assert settings.store == "s3://bucket/papers/"


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_is_described_constrained_and_grouped(name: str) -> None:
    parameter = PARAMETERS[name]
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    assert parameter["Description"].endswith(".")
    assert parameter["ConstraintDescription"].startswith("must be ")
    assert CONSTRAINTS & parameter.keys()
    assert allows(name, str(parameter["Default"]))
    assert [name in group["Parameters"] for group in interface["ParameterGroups"]].count(True) == 1
    assert name in interface["ParameterLabels"]


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_what_a_parameter_allows_is_a_valid_setting(name: str, value: str) -> None:
    assert allows(name, value)
    assert from_environment(environment(**{name: value}))


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_parameter_refuses(name: str, value: str) -> None:
    assert not allows(name, value)


def test_all_locales_and_time_zones_are_allowed() -> None:
    assert set(PARAMETERS["Locale"]["AllowedValues"]) == set(LOCALES)
    assert [zone for zone in available_timezones() if not allows("TimeZone", zone)] == []


def test_no_parameter_is_a_secret_itself() -> None:
    assert [name for name, parameter in PARAMETERS.items() if "NoEcho" in parameter] == []
    assert [name for name in PARAMETERS if "Token" in name] == []


@pytest.mark.parametrize(
    ("name", "place", "action", "resource"),
    [
        ("HuggingFaceSecret", ARN, "secretsmanager:GetSecretValue", ARN),
        (
            "HuggingFaceParameter",
            PARAMETER,
            "ssm:GetParameter",
            f"arn:aws-cn:ssm:cn-north-1:123456789012:parameter{PARAMETER}",
        ),
    ],
)
def test_with_a_token_for_the_source_the_function_may_read_that_one(
    name: str, place: str, action: str, resource: str
) -> None:
    known = {
        "AWS::Partition": "aws-cn",
        "AWS::Region": "cn-north-1",
        "AWS::AccountId": "123456789012",
    }
    stack = template.Stack(TEMPLATE, {**known, name: place})
    (policy,) = stack.resolved(RESOURCES["FunctionRole"]["Properties"]["Policies"])
    wanted = {
        "Sid": "ReadTheSourcesToken",
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
    }
    statements = policy["PolicyDocument"]["Statement"]
    assert [one for one in statements if one["Sid"].startswith("ReadThe")] == [wanted]
    assert from_environment(environment(**{name: place})).source_secret == place


@pytest.mark.parametrize(
    ("secret", "parameter", "allowed"),
    [("", "", True), (ARN, "", True), ("", PARAMETER, True), (ARN, PARAMETER, False)],
)
def test_the_source_has_one_place_of_its_token(secret: str, parameter: str, allowed: bool) -> None:
    (assertion,) = TEMPLATE["Rules"]["TheSourceHasOneToken"]["Assertions"]
    stack = template.Stack(
        TEMPLATE, {"HuggingFaceSecret": secret, "HuggingFaceParameter": parameter}
    )
    assert stack.resolved(assertion["Assert"]) is allowed


def test_the_schedule_sends_the_event_of_that_name() -> None:
    sent = json.loads(SCHEDULE["Target"]["Input"])
    event = json.loads((REPOSITORY / "events" / "schedule.json").read_bytes())
    assert sent["scheduled_time"] == PLACEHOLDER
    assert {**sent, "scheduled_time": event["scheduled_time"]} == event


def test_the_schedule_retries_its_delivery() -> None:
    target = SCHEDULE["Target"]
    assert SCHEDULE["ScheduleExpression"] == {"Ref": "ScheduleExpression"}
    assert SCHEDULE["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
    assert SCHEDULE["FlexibleTimeWindow"] == {"Mode": "OFF"}
    # A name of its own would be the same in every stack, and a second stack could not be made.
    assert "Name" not in SCHEDULE
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredSchedules", "Arn"]}}


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_each_event_is_one_that_the_function_takes(path: Path) -> None:
    assert events.parse(json.loads(path.read_bytes()), NOW).days


def test_the_function() -> None:
    function = TEMPLATE["Globals"]["Function"] | FUNCTION
    assert function["Handler"] == "handler.app.lambda_handler"
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert PARAMETERS["Architecture"]["Default"] == "arm64"
    assert (function["MemorySize"], function["Timeout"]) == (512, 900)
    assert function["Tracing"] == "Active"
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": "FunctionLogs"}}
    assert "ReservedConcurrentExecutions" not in function
    assert RESOURCES["PaperboyFunction"]["Metadata"]["BuildMethod"] == "makefile"
    logs = RESOURCES["FunctionLogs"]["Properties"]
    assert logs["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_a_run_that_fails_is_tried_again_and_then_kept() -> None:
    invocation = FUNCTION["EventInvokeConfig"]
    failure = invocation["DestinationConfig"]["OnFailure"]
    assert invocation["MaximumRetryAttempts"] == 2
    assert failure == {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedRuns", "Arn"]}}


def test_the_function_may_get_and_put_under_its_prefix_and_nothing_else() -> None:
    (policy,) = RESOURCES["FunctionRole"]["Properties"]["Policies"]
    objects, listing = policy["PolicyDocument"]["Statement"][:2]
    assert objects["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert objects["Resource"] == {"Fn::Sub": "${Bucket.Arn}/${KeyPrefix}*"}
    assert listing["Action"] == "s3:ListBucket"
    assert listing["Resource"] == {"Fn::GetAtt": ["Bucket", "Arn"]}
    under_prefix = {"StringLike": {"s3:prefix": {"Fn::Sub": "${KeyPrefix}*"}}}
    assert listing["Condition"]["Fn::If"][:2] == ["HasKeyPrefix", under_prefix]


def test_the_bucket_is_private_and_kept() -> None:
    bucket = BUCKET["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert (BUCKET["DeletionPolicy"], BUCKET["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_bucket_forgets_old_versions_and_broken_uploads() -> None:
    rules = BUCKET["Properties"]["LifecycleConfiguration"]["Rules"]
    settings = {key: value for rule in rules for key, value in rule.items()}
    assert settings["NoncurrentVersionExpiration"] == {"NoncurrentDays": {"Ref": "OldVersionDays"}}
    assert settings["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > 0
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    # Editions themselves are for ever.
    assert "ExpirationInDays" not in settings


def test_the_bucket_is_readable_from_pages() -> None:
    (rule,) = BUCKET["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["GET", "HEAD"]


@pytest.mark.parametrize("name", ["Bucket", "FailedRuns", "UndeliveredSchedules"])
def test_nothing_is_sent_or_read_in_the_clear(name: str) -> None:
    policies = [
        resource["Properties"]
        for resource in RESOURCES.values()
        if resource["Type"] in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy")
    ]
    (policy,) = [
        found
        for found in policies
        if {"Ref": name} in (found.get("Bucket"), *found.get("Queues", []))
    ]
    (statement,) = template.Stack(TEMPLATE, {}).resolved(policy["PolicyDocument"]["Statement"])
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {"Fn::GetAtt": [name, "Arn"]} in (statement["Resource"], *statement["Resource"])


@pytest.mark.parametrize("name", ["FailedRuns", "UndeliveredSchedules"])
def test_a_queue_is_encrypted(name: str) -> None:
    assert RESOURCES[name]["Properties"]["SqsManagedSseEnabled"] is True


def test_offline_settings_are_valid_and_known_to_the_template() -> None:
    offline = json.loads((REPOSITORY / "local" / "offline.json").read_bytes())
    assert offline.keys() == {"PaperboyFunction"}
    assert offline["PaperboyFunction"].keys() <= VARIABLES.keys()
    settings = from_environment(environment() | offline["PaperboyFunction"])
    assert (settings.source, settings.store) == ("file:events/sample", "file:///tmp/public")


def test_the_outputs_tell_where_everything_is() -> None:
    known = {"Bucket": "papers", "KeyPrefix": "ai/", "PaperboyFunction": "paperboy-1"}
    outputs = template.Stack(TEMPLATE, known).made("Outputs")
    values = {name: output["Value"] for name, output in outputs.items()}
    assert values["BucketName"] == "papers"
    assert values["FunctionName"] == "paperboy-1"
    assert values["LatestJson"] == "s3://papers/ai/latest.json"
    assert values["FailedRunsUrl"] == {"Ref": "FailedRuns"}
    assert values["UndeliveredSchedulesUrl"] == {"Ref": "UndeliveredSchedules"}
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())
