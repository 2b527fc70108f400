"""The template against what it deploys: settings, events, permissions, and what readers reach."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest

from core.model import keys
from core.model.period import Neighbours
from core.model.style import SiteStyle
from core.render.site import SiteRenderer
from handler import events, settings
from handler.settings import Settings, from_environment
from tests.support import papers, sample, site, template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
RESOURCES = TEMPLATE["Resources"]
FUNCTION = RESOURCES["PaperboyFunction"]["Properties"]
SCHEDULES = FUNCTION["Events"]
EVENTS = REPOSITORY / "events"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
# What a stack makes, and its template refers to.
MADE = {
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com.cn",
    "AWS::StackId": "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/paperboy/0a1b2c3d",
    "Bucket": "bucket",
    "Bucket.Arn": "arn:aws-cn:s3:::bucket",
    "Distribution": "EDFDVBD6EXAMPLE",
    "Distribution.DomainName": "d111111abcdef8.cloudfront.net",
    "OriginAccess.Id": "E2QWRUHEXAMPLE",
    "SiteHeaders": "60669652-455b-4ae9-85a4-c4c02393f86c",
    "Readers": "arn:aws-cn:sns:cn-north-1:123456789012:paperboy-Readers-1",
    "PaperboyFunction": "paperboy-1",
    "PaperboyFunction.Arn": "arn:aws-cn:lambda:cn-north-1:123456789012:function:paperboy-1",
}
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"
PARAMETER = "/paperboy/token"
PARAMETER_ARN = f"arn:aws-cn:ssm:cn-north-1:123456789012:parameter{PARAMETER}"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef"
BLOG = {"BlogRepository": "lim4349/blog", "BlogToken": PARAMETER}
KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/12345678-90ab-cdef-1234-567890abcdef"
ANNOUNCE = {"Announce": "true"}
SITE = {"Site": "cloudfront"}
DOMAIN = {"SiteDomain": "papers.example.com", "SiteCertificate": CERTIFICATE}
ELSEWHERE = {"SiteUrl": "https://example.com/papers"}
ACCEPTED = [
    ("HuggingFaceToken", ARN),
    ("HuggingFaceToken", PARAMETER),
    ("BlogToken", ARN),
    ("BlogToken", PARAMETER),
    ("TokenKey", KEY),
    ("TokenKey", KEY.replace("key/", "key/mrk-")),
    ("ExistingBucket", "my-papers"),
    ("KeyPrefix", "papers/"),
    ("KeyPrefix", "a/b-c_d/"),
    ("TimeZone", "UTC"),
    ("ScheduleExpression", "cron(0 9 * * ? *)"),
    ("ScheduleExpression", "rate(12 hours)"),
    ("BlogRepository", "lim4349/lim4349.github.io"),
    ("BlogBranch", "posts/daily"),
    ("SiteDomain", "example.com"),
    ("SiteDomain", "papers.xn--3e0b707e"),
    ("SiteCertificate", CERTIFICATE),
    ("SiteUrl", "https://example.com"),
    ("SiteUrl", "https://example.com:8443/a/b-c.d"),
    ("AlarmEmail", "ada+paperboy@sub.example.co.kr"),
    ("Announce", "true"),
    ("ReaderEmail", "ada@example.com"),
    ("LogLevel", "DEBUG"),
    ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/team/boundary"),
    ("PermissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
]
REFUSED = [
    ("HuggingFaceToken", "hf_abcDEF123"),
    ("HuggingFaceToken", ARN.replace("AbC123", "??????")),
    ("HuggingFaceToken", "/paperboy/*"),
    ("HuggingFaceToken", f"{ARN}{PARAMETER}"),
    ("BlogToken", "ghp_0123456789abcdefghij"),
    ("BlogToken", ARN.removesuffix("-AbC123")),
    ("BlogToken", "paperboy"),
    ("TokenKey", KEY.rpartition("/")[2]),
    ("TokenKey", KEY.replace("key/", "alias/")),
    ("KeyPrefix", "papers"),
    ("KeyPrefix", "/papers/"),
    ("KeyPrefix", "papers//"),
    ("KeyPrefix", "*/"),
    ("KeyPrefix", "../"),
    ("TimeZone", "Asia/Seoul "),
    ("ScheduleExpression", "0 11 * * *"),
    ("ScheduleExpression", "cron(0"),
    ("BucketName", "Papers"),
    ("BucketName", "my.papers"),
    ("ExistingBucket", "my.papers"),
    ("ExistingBucket", "arn:aws:s3:::papers"),
    ("BlogRepository", "blog"),
    ("BlogRepository", "https://github.com/lim4349/blog"),
    ("BlogRepository", "lim4349/blog.git"),
    ("BlogBranch", ""),
    ("BlogBranch", "two words"),
    ("BlogBranch", "refs/heads/main"),
    ("Site", "s3"),
    ("SiteDomain", "https://example.com"),
    ("SiteDomain", "Example.com"),
    ("SiteDomain", "*.example.com"),
    ("SiteDomain", "example.com/"),
    ("SiteDomain", "-.example.com"),
    ("SiteDomain", "example"),
    ("SiteDomain", "192.0.2.1"),
    ("SiteCertificate", CERTIFICATE.replace("us-east-1", "ap-northeast-2")),
    ("SiteCertificate", CERTIFICATE.rpartition("/")[2]),
    ("SiteUrl", "http://example.com"),
    ("SiteUrl", "https://example.com/"),
    ("SiteUrl", "https://example.com?a=b"),
    ("SiteUrl", "https://user@example.com"),
    ("SiteUrl", "example.com"),
    ("AlarmEmail", "ada"),
    ("AlarmEmail", "ada@example"),
    ("AlarmEmail", "ada@example.com, bob@example.com"),
    ("AlarmEmail", "Ada <ada@example.com>"),
    ("AlarmEmail", "https://example.com"),
    ("Announce", "yes"),
    ("ReaderEmail", "ada"),
    ("ReaderEmail", "ada@example.com, bob@example.com"),
    ("LogLevel", "info"),
    ("PermissionsBoundary", "boundary"),
    ("PermissionsBoundary", "arn:aws:iam::123456789012:role/boundary"),
]
# Rules on parameters that belong together: whether a deployment with these is taken.
RULES = [
    ("ThereIsOneBucket", {}, True),
    ("ThereIsOneBucket", {"BucketName": "new"}, True),
    ("ThereIsOneBucket", {"ExistingBucket": "mine"}, True),
    ("ThereIsOneBucket", {"BucketName": "new", "ExistingBucket": "mine"}, False),
    ("TheBlogNeedsItsToken", {}, True),
    ("TheBlogNeedsItsToken", {"BlogToken": ARN}, False),
    ("TheBlogNeedsItsToken", {"BlogRepository": "a/b"}, False),
    ("TheBlogNeedsItsToken", {"BlogRepository": "a/b", "BlogToken": ARN}, True),
    ("TheBlogNeedsItsToken", BLOG, True),
    ("TheReaderNeedsAnnouncements", {}, True),
    ("TheReaderNeedsAnnouncements", {"Announce": "true"}, True),
    ("TheReaderNeedsAnnouncements", ANNOUNCE | {"ReaderEmail": "a@b.org"}, True),
    ("TheReaderNeedsAnnouncements", {"ReaderEmail": "a@b.org"}, False),
    ("TheAlarmsNeedMetrics", {"LogLevel": "ERROR"}, True),
    ("TheAlarmsNeedMetrics", {"LogLevel": "DEBUG", "AlarmEmail": "a@b.org"}, True),
    ("TheAlarmsNeedMetrics", {"LogLevel": "WARN", "AlarmEmail": "a@b.org"}, False),
    ("TheDomainNeedsItsCertificate", {}, True),
    ("TheDomainNeedsItsCertificate", DOMAIN, False),
    ("TheDomainNeedsItsCertificate", SITE, True),
    ("TheDomainNeedsItsCertificate", SITE | DOMAIN, True),
    ("TheDomainNeedsItsCertificate", SITE | {"SiteDomain": "papers.example.com"}, False),
    ("TheDomainNeedsItsCertificate", SITE | {"SiteCertificate": CERTIFICATE}, False),
]


def stack(**values: str) -> template.Stack:
    """Return a stack with these parameters, else the defaults."""
    return template.Stack(TEMPLATE, MADE | values)


def properties(name: str, **values: str) -> dict[str, Any]:
    """Return the properties of a resource that a stack has."""
    found: dict[str, Any] = stack(**values).made("Resources")[name]["Properties"]
    return found


def settings_of(**values: str) -> Settings:
    """Return the settings of the function in a stack."""
    variables = properties("PaperboyFunction", **values)["Environment"]["Variables"]
    return read_settings(variables)


def read_settings(variables: dict[str, str]) -> Settings:
    """Return the settings of variables; blank ones are as good as none."""
    return from_environment({name: value for name, value in variables.items() if value})


def allowed(**values: str) -> dict[str, dict[str, Any]]:
    """Return what the function may do, by the names of the statements."""
    (policy,) = properties("FunctionRole", **values)["Policies"]
    return {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}


def test_the_sections_are_in_the_order_of_the_design() -> None:
    sections = ["Parameters", "Rules", "Conditions", "Resources", "Outputs"]
    assert [name for name in TEMPLATE if name in sections] == sections


def test_it_can_be_read_in_ten_minutes() -> None:
    assert len(template.PATH.read_text("utf-8").splitlines()) <= 1010
    assert len(PARAMETERS) == 19


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_described_constrained_and_grouped(name: str) -> None:
    parameter = PARAMETERS[name]
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    assert parameter["Description"].endswith(".")
    assert parameter["ConstraintDescription"].startswith("must be ")
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & parameter.keys()
    assert template.allows(parameter, str(parameter["Default"]))
    assert [name in group["Parameters"] for group in interface["ParameterGroups"]].count(True) == 1
    # None is a secret itself.
    assert "NoEcho" not in parameter


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_an_accepted_parameter_is_a_valid_setting(name: str, value: str) -> None:
    assert template.allows(PARAMETERS[name], value)
    assert settings_of(**{**BLOG, **SITE, **DOMAIN, name: value})


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_parameter_refuses(name: str, value: str) -> None:
    assert not template.allows(PARAMETERS[name], value)


@pytest.mark.parametrize(("rule", "values", "taken"), RULES)
def test_parameters_that_belong_together(rule: str, values: dict[str, str], taken: bool) -> None:
    assertions = TEMPLATE["Rules"][rule]["Assertions"]
    assert all(stack(**values).resolved(one["Assert"]) for one in assertions) is taken


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("BlogRepository", settings.REPOSITORY.pattern),
        ("BlogBranch", settings.BRANCH.pattern),
        ("BlogToken", f"({settings.ARN}|{settings.PARAMETER_NAME})"),
        ("HuggingFaceToken", f"({settings.ARN}|{settings.PARAMETER_NAME})"),
    ],
)
def test_parameter_and_setting_have_one_pattern(name: str, pattern: str) -> None:
    assert PARAMETERS[name]["AllowedPattern"] == f"^{pattern}$"


def test_all_time_zones_are_allowed() -> None:
    zones = available_timezones()
    assert [zone for zone in zones if not template.allows(PARAMETERS["TimeZone"], zone)] == []


def test_the_functions_variables() -> None:
    # `sam local invoke --env-vars` sets only these; all else is in paperboy.toml.
    variables = properties("PaperboyFunction")["Environment"]["Variables"]
    assert variables == {
        "PYTHONTZPATH": "/var/task/tzdata/zoneinfo",
        "POWERTOOLS_SERVICE_NAME": "paperboy",
        "POWERTOOLS_METRICS_NAMESPACE": "Paperboy",
        "PAPERBOY_CONFIG": "",
        "PAPERBOY_SOURCE": "",
        "PAPERBOY_SOURCE_SECRET": "",
        "PAPERBOY_STORE": "s3://bucket/",
        "PAPERBOY_SITE_URL": "",
        "PAPERBOY_BLOG_REPOSITORY": "",
        "PAPERBOY_BLOG_BRANCH": "main",
        "PAPERBOY_BLOG_SECRET": "",
        "PAPERBOY_ANNOUNCE_SECRETS": "",
        "PAPERBOY_ANNOUNCE_TOPIC": "",
    }


@pytest.mark.parametrize(
    ("values", "store"),
    [
        ({}, "s3://bucket/"),
        ({"KeyPrefix": "papers/"}, "s3://bucket/papers/"),
        ({"ExistingBucket": "mine", "KeyPrefix": "papers/"}, "s3://mine/papers/"),
    ],
)
def test_bucket_and_prefix_become_the_store(values: dict[str, str], store: str) -> None:
    found = settings_of(**values)
    assert (found.store, found.site_url, found.blog) == (store, "", None)
    assert stack(**values).made("Outputs")["BucketName"]["Value"] == store.split("/")[2]


@pytest.mark.parametrize(
    ("values", "place", "action", "resource"),
    [
        ({"HuggingFaceToken": ARN}, ARN, "secretsmanager:GetSecretValue", ARN),
        ({"HuggingFaceToken": PARAMETER}, PARAMETER, "ssm:GetParameter", PARAMETER_ARN),
        (BLOG | {"BlogToken": ARN}, ARN, "secretsmanager:GetSecretValue", ARN),
        (BLOG, PARAMETER, "ssm:GetParameter", PARAMETER_ARN),
    ],
)
def test_the_function_may_read_its_one_token(
    values: dict[str, str], place: str, action: str, resource: str
) -> None:
    (statement,) = (one for name, one in allowed(**values).items() if name.startswith("ReadThe"))
    assert (statement["Effect"], statement["Action"]) == ("Allow", action)
    assert statement["Resource"] == resource
    found = settings_of(**values)
    if found.blog:
        assert (found.blog.repository, found.blog.secret) == ("lim4349/blog", place)
    else:
        assert found.source_secret == place


def test_a_key_of_ones_own_is_used_through_the_tokens_services() -> None:
    decrypt = allowed(**BLOG, TokenKey=KEY)["DecryptTokens"]
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", KEY)
    # The services of the key's region, which may not be the stack's.
    assert decrypt["Condition"]["StringEquals"]["kms:ViaService"] == [
        "ssm.ap-northeast-2.amazonaws.com.cn",
        "secretsmanager.ap-northeast-2.amazonaws.com.cn",
    ]


def test_with_announcements_the_function_may_tell_and_nothing_else() -> None:
    statements = allowed(**ANNOUNCE)
    added = {name: one for name, one in statements.items() if name not in allowed()}
    assert {one["Action"]: one["Resource"] for one in added.values()} == {
        "ssm:GetParameter": f"{PARAMETER_ARN.removesuffix('token')}announce/*",
        "sns:Publish": MADE["Readers"],
        "events:PutEvents": "arn:aws-cn:events:cn-north-1:123456789012:event-bus/default",
    }
    variables = properties("PaperboyFunction", **ANNOUNCE)["Environment"]["Variables"]
    found = read_settings(variables | {"PAPERBOY_ANNOUNCE_CHANNELS": "email"}).announce
    assert found
    assert (found.topic, found.secrets) == (MADE["Readers"], "/paperboy/announce")


def test_the_first_reader_subscribes_by_mail() -> None:
    email = {"ReaderEmail": "ada@example.com"}
    assert properties("FirstReader", **ANNOUNCE, **email) == {
        "TopicArn": MADE["Readers"],
        "Protocol": "email",
        "Endpoint": "ada@example.com",
    }
    assert "FirstReader" not in stack(**ANNOUNCE).made("Resources")
    assert "Readers" not in stack(**email).made("Resources")
    assert stack(**ANNOUNCE).made("Outputs")["ReadersTopic"]["Value"] == MADE["Readers"]


@pytest.mark.parametrize("prefix", ["", "papers/"])
def test_the_function_may_read_write_and_list_its_prefix(prefix: str) -> None:
    statements = allowed(KeyPrefix=prefix)
    objects, listing = statements["ReadAndWriteObjects"], statements["ListObjects"]
    assert objects["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert objects["Resource"] == f"arn:aws-cn:s3:::bucket/{prefix}*"
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", MADE["Bucket.Arn"])
    under = {"StringLike": {"s3:prefix": f"{prefix}*"}} if prefix else None
    assert listing.get("Condition") == under
    assert statements.keys() == {
        "ReadAndWriteObjects",
        "ListObjects",
        "WriteLogs",
        "KeepFailedRuns",
    }


def test_the_function() -> None:
    assert FUNCTION["Handler"] == "handler.app.lambda_handler"
    assert FUNCTION["Runtime"] == "python3.13"
    assert FUNCTION["Architectures"] == ["arm64"]
    assert (FUNCTION["MemorySize"], FUNCTION["Timeout"]) == (512, 300)
    assert properties("PaperboyFunction", LogLevel="DEBUG")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": {"Ref": "FunctionLogs"},
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
    }
    assert RESOURCES["FunctionLogs"]["Properties"]["RetentionInDays"] == 30
    assert RESOURCES["PaperboyFunction"]["Metadata"]["BuildMethod"] == "makefile"


def test_a_run_that_fails_is_tried_again_and_then_kept() -> None:
    failure = FUNCTION["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert FUNCTION["EventInvokeConfig"]["MaximumRetryAttempts"] == 2
    assert failure == {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedRuns", "Arn"]}}


@pytest.mark.parametrize(
    ("name", "expression", "event", "more"),
    [
        ("Daily", {"Ref": "ScheduleExpression"}, "schedule", {}),
        ("Check", "cron(30 3 ? * MON *)", "check", {}),
        ("CheckContinued", "cron(30 3 ? * SUN,TUE-SAT *)", "check", {"continue": True}),
    ],
)
def test_a_schedule_sends_its_event(
    name: str, expression: object, event: str, more: dict[str, object]
) -> None:
    schedule = SCHEDULES[name]["Properties"]
    sent = json.loads(schedule["Input"])
    expected = json.loads((EVENTS / f"{event}.json").read_bytes())
    scheduled_time = "<aws.scheduler.scheduled-time>"
    assert sent == {**expected, **more, "scheduled_time": scheduled_time}
    assert schedule["ScheduleExpression"] == expression
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
    # Without it, a second stack could not be made: the name would be taken.
    assert schedule["OmitName"] is True
    assert schedule["RoleArn"] == {"Fn::GetAtt": ["ScheduleRole", "Arn"]}
    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert schedule["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredSchedules", "Arn"]}}


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_an_example_event_is_taken(path: Path) -> None:
    event = json.loads(path.read_bytes())
    if "action" in event:
        assert event.keys() == {"action", "scheduled_time"}
    else:
        assert events.parse(event, NOW).days


def test_the_bucket_is_private_and_kept() -> None:
    bucket = properties("Bucket", **SITE)
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for name in ("Bucket", "BucketPolicy"):
        kept = RESOURCES[name]
        assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
        assert kept["UpdateReplacePolicy"] == "Retain"
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["GET", "HEAD"]


def test_the_bucket_forgets_old_versions_and_broken_uploads() -> None:
    rules = properties("Bucket")["LifecycleConfiguration"]["Rules"]
    configured = {key: value for rule in rules for key, value in rule.items()}
    assert configured["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert configured["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > 0
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    # Editions themselves are for ever.
    assert "ExpirationInDays" not in configured


@pytest.mark.parametrize(
    ("policy", "of", "resources"),
    [
        (
            "BucketPolicy",
            {"Bucket": "bucket"},
            ["arn:aws-cn:s3:::bucket", "arn:aws-cn:s3:::bucket/*"],
        ),
        ("QueuesPolicy", {"Queues": [{"Ref": "FailedRuns"}, {"Ref": "UndeliveredSchedules"}]}, "*"),
    ],
)
def test_nothing_is_sent_or_read_in_the_clear(policy: str, of: Any, resources: Any) -> None:
    found = properties(policy)
    statement = found.pop("PolicyDocument")["Statement"][0]
    assert found == of
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == resources


@pytest.mark.parametrize("name", ["FailedRuns", "UndeliveredSchedules"])
def test_queues_are_encrypted_and_keep_two_weeks(name: str) -> None:
    expected = {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 86_400}
    assert properties(name) == expected


def test_offline_settings_are_valid_and_known_to_the_template() -> None:
    offline = json.loads((REPOSITORY / "local" / "offline.json").read_bytes())["PaperboyFunction"]
    variables = properties("PaperboyFunction")["Environment"]["Variables"]
    assert offline.keys() <= variables.keys()
    found = read_settings(variables | offline)
    assert (found.source, found.store) == ("file:events/sample", "file:///tmp/public")


def test_the_outputs_tell_where_everything_is() -> None:
    outputs = stack().made("Outputs")
    values = {name: output["Value"] for name, output in outputs.items()}
    assert values["BucketName"] == "bucket"
    assert values["FunctionName"] == "paperboy-1"
    assert values["FailedRunsUrl"] == {"Ref": "FailedRuns"}
    assert values["UndeliveredSchedulesUrl"] == {"Ref": "UndeliveredSchedules"}
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())


def distribution(**values: str) -> dict[str, Any]:
    """Return the configuration of the distribution of a stack with a site."""
    config: dict[str, Any] = properties("Distribution", **SITE, **values)["DistributionConfig"]
    return config


def bucket_policy(**values: str) -> dict[str, dict[str, Any]]:
    """Return the statements of the bucket's policy by their names."""
    statements = properties("BucketPolicy", **values)["PolicyDocument"]["Statement"]
    return {one["Sid"]: one for one in statements}


def test_without_a_site_nothing_of_it_is_made() -> None:
    made = stack().made("Resources")
    assert [one["Type"] for one in made.values() if "::CloudFront::" in one["Type"]] == []
    assert [name for name, one in bucket_policy().items() if one["Effect"] == "Allow"] == []
    assert stack().made("Outputs").keys().isdisjoint({"SiteUrl", "SiteDnsTarget"})


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, ""),
        (ELSEWHERE, "https://example.com/papers"),
        (SITE, "https://d111111abcdef8.cloudfront.net"),
        (SITE | DOMAIN, "https://papers.example.com"),
        (SITE | ELSEWHERE, "https://example.com/papers"),
        (SITE | DOMAIN | ELSEWHERE, "https://example.com/papers"),
    ],
)
def test_function_and_outputs_tell_one_address(values: dict[str, str], url: str) -> None:
    variables = properties("PaperboyFunction", **values)["Environment"]["Variables"]
    assert variables["PAPERBOY_SITE_URL"] == url
    outputs = stack(**values).made("Outputs")
    assert outputs.get("SiteUrl", {}).get("Value") == (url if "Site" in values else None)
    target = (
        MADE["Distribution.DomainName"] if "Site" in values and "SiteDomain" in values else None
    )
    assert outputs.get("SiteDnsTarget", {}).get("Value") == target


def test_a_domain_has_its_certificate() -> None:
    without, own = distribution(), distribution(**DOMAIN)
    assert "Aliases" not in without
    assert without["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert own["Aliases"] == ["papers.example.com"]
    assert own["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


@pytest.mark.parametrize(("prefix", "path"), [("", ""), ("a/b-c_d/", "/a/b-c_d")])
def test_the_site_reads_its_prefix_but_no_state(prefix: str, path: str) -> None:
    (origin,) = distribution(KeyPrefix=prefix)["Origins"]
    statements = bucket_policy(**SITE, KeyPrefix=prefix)
    cloudfront = {"Service": "cloudfront.amazonaws.com"}
    bucket = f"{MADE['Bucket.Arn']}/{prefix}"
    source = "arn:aws-cn:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE"
    assert origin["OriginPath"] == path
    assert statements["TheSiteReads"] == {
        "Sid": "TheSiteReads",
        "Effect": "Allow",
        "Principal": cloudfront,
        "Action": "s3:GetObject",
        "Resource": f"{bucket}*",
        "Condition": {"StringEquals": {"AWS:SourceArn": source}},
    }
    # A denial wins over what is allowed.
    assert statements["NoSiteReadsTheState"] == {
        "Sid": "NoSiteReadsTheState",
        "Effect": "Deny",
        "Principal": cloudfront,
        "Action": "s3:GetObject",
        "Resource": [f"{bucket}state/*", f"{bucket}told/*"],
    }
    assert keys.ROOT_STATE.startswith("state/")


def test_the_owner_of_a_bucket_is_told_what_to_add() -> None:
    mine = {"ExistingBucket": "mine", "KeyPrefix": "ai/"}
    made = stack(**SITE, **mine)
    ours = json.dumps(list(bucket_policy(**SITE, KeyPrefix="ai/").values())[1:])
    told = made.made("Outputs")["BucketPolicyStatements"]["Value"]
    assert json.loads(told) == json.loads(ours.replace(":::bucket/", ":::mine/"))
    assert made.made("Resources").keys().isdisjoint({"Bucket", "BucketPolicy"})
    for values in (SITE, mine):
        assert "BucketPolicyStatements" not in stack(**values).made("Outputs")


@pytest.mark.parametrize(("values", "name"), [({}, "bucket"), ({"ExistingBucket": "mine"}, "mine")])
def test_the_distribution_signs_what_it_asks_the_bucket(values: dict[str, str], name: str) -> None:
    (origin,) = distribution(**values)["Origins"]
    assert origin["DomainName"] == f"{name}.s3.cn-north-1.amazonaws.com.cn"
    assert origin["OriginAccessControlId"] == MADE["OriginAccess.Id"]
    assert properties("OriginAccess", **SITE)["OriginAccessControlConfig"] == {
        "Name": "0a1b2c3d",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }


def test_readers_only_read_and_over_https() -> None:
    config = distribution(KeyPrefix="papers/")
    behavior = config["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["ResponseHeadersPolicyId"] == MADE["SiteHeaders"]
    assert config["DefaultRootObject"] == keys.HOME
    (missing,) = config["CustomErrorResponses"]
    # Both are below the origin's path, which they must not repeat.
    assert missing["ResponsePagePath"] == f"/{keys.NOT_FOUND_PAGE}"
    assert (missing["ErrorCode"], missing["ResponseCode"]) == (403, 404)


def test_the_headers_that_keep_readers_safe() -> None:
    config = properties("SiteHeaders", **SITE)["ResponseHeadersPolicyConfig"]
    safe = config["SecurityHeadersConfig"]
    assert all(header.pop("Override") is True for header in safe.values())
    policy = safe.pop("ContentSecurityPolicy")["ContentSecurityPolicy"]
    pages = SiteRenderer(sample.TEMPLATES, SiteStyle(pictures=True), site.URL)
    page = pages.edition(papers.edition(papers.paper()), papers.history(), Neighbours())
    (in_page,) = site.attributes(page, "meta[@http-equiv='Content-Security-Policy']", "content")
    # A page cannot say who may frame it.
    assert policy == f"{in_page}; frame-ancestors 'none'"
    assert safe == {
        "ContentTypeOptions": {},
        "FrameOptions": {"FrameOption": "DENY"},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer"},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": 31536000,
            "IncludeSubdomains": False,
        },
    }
    assert config["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert config["CorsConfig"]["AccessControlAllowMethods"] == {"Items": ["GET", "HEAD"]}
    assert config["CorsConfig"]["AccessControlAllowCredentials"] is False
