"""The template's alarms against what the function puts and logs, and against the runbook."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from core.model import errors
from core.model.blog import BlogReport, BlogStatus, Commit
from core.model.errors import BlogUnavailable, SourceUnavailable, StoreError
from core.model.report import EditionReport, RunReport, Status, Totals
from handler import observability
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
RUNBOOK = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
DAY = date(2025, 12, 24)
FUNCTION = "paperboy-PaperboyFunction-1"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:paperboy-backfill"
# What a stack makes, and its template refers to.
MADE = {
    "AWS::StackName": "paperboy",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "PaperboyFunction": FUNCTION,
    "Backfill": MACHINE,
    "FailedRuns.QueueName": "paperboy-FailedRuns-1",
    "UndeliveredSchedules.QueueName": "paperboy-UndeliveredSchedules-1",
    "FunctionLogs": "/aws/lambda/paperboy",
    "Alarms": "arn:aws:sns:eu-west-1:123456789012:paperboy-Alarms-1",
}
BLOG = {"BlogRepository": "ada/blog", "BlogParameter": "/paperboy/github"}
# Metrics of AWS's own, with their dimension and what it is here.
OF_AWS = {
    ("AWS/Lambda", "Errors"): ("FunctionName", FUNCTION),
    ("AWS/Lambda", "Throttles"): ("FunctionName", FUNCTION),
    ("AWS/States", "ExecutionsFailed"): ("StateMachineArn", MACHINE),
}
OF_QUEUES = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
QUEUES = {MADE["FailedRuns.QueueName"], MADE["UndeliveredSchedules.QueueName"]}
# What Lambda itself writes into the log.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
OF_LAMBDA = {
    "@timestamp",
    "type",
    "requestId",
    "errorMessage",
    "record.requestId",
    "record.status",
    "record.metrics.durationMs",
    "record.metrics.initDurationMs",
    "record.metrics.maxMemoryUsedMB",
}


def stack(**values: str) -> template.Stack:
    """Return a stack with these parameters, else the defaults."""
    return template.Stack(TEMPLATE, {**MADE, **values})


def made(kind: str, **values: str) -> dict[str, dict[str, Any]]:
    """Return the properties of a stack's resources of a kind, by their names in the template."""
    return {
        name: resource["Properties"]
        for name, resource in stack(**values).made("Resources").items()
        if resource["Type"] == kind
    }


def alarms(**values: str) -> dict[str, dict[str, Any]]:
    """Return a stack's alarms, by the end of their names."""
    found = made("AWS::CloudWatch::Alarm", **values).values()
    return {alarm["AlarmName"].removeprefix("paperboy-"): alarm for alarm in found}


ALL = alarms(**BLOG)
QUERIES = {query["Name"]: query for query in made("AWS::Logs::QueryDefinition", **BLOG).values()}


def section(title: str, level: int = 2) -> str:
    """Return what stands under a heading of the runbook, up to the next that is not below it."""
    marks = "#" * level
    (found,) = re.findall(
        rf"^{marks} {re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)", RUNBOOK, re.M | re.S
    )
    return str(found)


def run() -> RunReport:
    """Return the report of a run with a blog, in which everything there is went wrong."""
    source = SourceUnavailable("did not answer", DAY, "https://host")
    editions = (
        EditionReport(DAY, Status.FAILED, error=source),
        EditionReport(DAY, Status.KEPT, Totals(3), Totals(40), "3 papers instead of 40"),
    )
    commit = Commit("0" * 40, "https://github.com/ada/blog/commit/0")
    blog = BlogReport(BlogStatus.FAILED, "daily papers", commit, (), "why", BlogUnavailable("no"))
    error = StoreError("answered 503", "index.json")
    now = datetime(2025, 12, 24, 14, tzinfo=UTC)
    return RunReport(now, False, editions, error=error, blog=blog, newest=DAY)


@pytest.fixture(name="embedded")
def embedded_metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what a run and a check put, as CloudWatch reads it."""
    observability.count(run(), FUNCTION, 3.0, DAY)
    observability.count_repaired(1, FUNCTION)
    of_run, of_check = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    told = [*of_run.pop("_aws")["CloudWatchMetrics"], *of_check.pop("_aws")["CloudWatchMetrics"]]
    return {**of_check, **of_run, "_aws": {"CloudWatchMetrics": told}}


def put(embedded: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the metrics that are put, each by its namespace and name."""
    return {
        (told["Namespace"], metric["Name"])
        for told in embedded["_aws"]["CloudWatchMetrics"]
        for metric in told["Metrics"]
    }


def check_metric(
    embedded: dict[str, Any], metric: tuple[str, str], dimension: tuple[str, str]
) -> None:
    """Fail unless a metric is one that exists, with this dimension and no other."""
    if metric[0] == "Paperboy":
        assert metric in put(embedded)
        told = embedded["_aws"]["CloudWatchMetrics"]
        assert [one["Dimensions"] for one in told] == [[[dimension[0]]]] * 2
        assert embedded[dimension[0]] == dimension[1]
    elif metric == OF_QUEUES:
        assert dimension[0] == "QueueName"
        assert dimension[1] in QUEUES
    else:
        assert OF_AWS[metric] == dimension


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_looks_at_a_metric_that_there_is(embedded: dict[str, Any], name: str) -> None:
    alarm = ALL[name]
    (dimension,) = alarm["Dimensions"]
    metric = alarm["Namespace"], alarm["MetricName"]
    check_metric(embedded, metric, (dimension["Name"], dimension["Value"]))


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_tells_the_topic_and_what_to_do(name: str) -> None:
    alarm = ALL[name]
    assert alarm["AlarmActions"] == [MADE["Alarms"]]
    assert alarm["AlarmDescription"].endswith(f" What to do: docs/operations.md#{name}")
    assert len(alarm["AlarmDescription"]) <= 1024
    assert alarm.get("ActionsEnabled", True)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize("name", ALL)
def test_only_silence_breaches_by_missing_data(name: str) -> None:
    expected = "breaching" if name == "freshness" else "notBreaching"
    assert ALL[name]["TreatMissingData"] == expected


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_looks_no_further_back_than_cloudwatch_does(name: str) -> None:
    alarm = ALL[name]
    period, periods = alarm["Period"], int(alarm["EvaluationPeriods"])
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    assert period * periods <= (604_800 if period >= 3600 else 86_400)
    assert 1 <= int(alarm["DatapointsToAlarm"]) <= periods


def test_what_each_alarm_comes_at() -> None:
    settings = {
        name: (alarm["Statistic"], alarm["Period"], int(alarm["EvaluationPeriods"]),
               int(alarm["DatapointsToAlarm"]), int(alarm["Threshold"]))
        for name, alarm in ALL.items()
    }  # fmt: skip
    assert settings == {
        "freshness": ("Minimum", 3600, 26, 26, 2),
        "errors": ("Sum", 3600, 1, 1, 2),
        "failed-runs": ("Maximum", 300, 1, 1, 1),
        "undelivered-schedules": ("Maximum", 300, 1, 1, 1),
        "throttles": ("Sum", 300, 1, 1, 1),
        "duration": ("Maximum", 3600, 24, 1, 240),
        "kept": ("Sum", 3600, 24, 1, 1),
        "blog": ("Sum", 3600, 48, 2, 1),
        "backfill": ("Sum", 300, 1, 1, 1),
    }


def test_freshness_follows_its_parameters() -> None:
    alarm = alarms(FreshnessWeekdays="3", SilenceHours="74")["freshness"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == ("3", "74")
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]
    # Somebody who was told of silence wants to hear that it is over.
    assert alarm["OKActions"] == [MADE["Alarms"]]


def test_one_run_of_the_default_schedule_may_fail_without_an_alarm() -> None:
    hours = re.fullmatch(r"cron\(0 ([\d,]+) .*\)", PARAMETERS["ScheduleExpression"]["Default"])
    assert hours
    first, *others = sorted(map(int, hours[1].split(",")))
    runs = [first, *others, first + 24]
    longest = max(later - earlier for earlier, later in pairwise(runs))
    assert 2 * longest < PARAMETERS["SilenceHours"]["Default"]


def test_the_duration_alarm_comes_before_lambda_ends_a_run() -> None:
    limit = TEMPLATE["Globals"]["Function"]["Timeout"]
    assert limit / 2 <= ALL["duration"]["Threshold"] <= limit * 0.9


def test_without_a_blog_there_is_no_alarm_for_it() -> None:
    assert alarms().keys() == ALL.keys() - {"blog"}
    # So many cost nothing.
    assert len(ALL) <= 10


def test_each_alarm_has_its_heading_and_each_heading_its_alarm() -> None:
    under = section("Alarms")
    assert re.findall(r"^### (.+)$", under, re.M) == list(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_heading_says_what_it_means_how_to_look_and_what_to_do(name: str) -> None:
    under = section(name, level=3)
    assert re.findall(r"^\*\*(\w+)\.\*\* \S", under, re.M) == ["Means", "Look", "Do"]
    queries = {query.removeprefix("paperboy/") for query in QUERIES}
    assert queries & set(re.findall(r"`(\w+)`", under)), "names no saved query"


def test_the_runbook_names_the_metrics_that_are_put(embedded: dict[str, Any]) -> None:
    names = re.findall(r"^\| `(\w+)` \|", section("Metrics"), re.M)
    assert {("Paperboy", name) for name in names} == put(embedded)
    assert len(names) == len(set(names))


def test_the_runbook_names_the_queries_that_are_saved() -> None:
    names = re.findall(r"^\| `(\w+)` \|", section("Looking"), re.M)
    assert {f"paperboy/{name}" for name in names} == QUERIES.keys()


def test_the_runbook_names_parameters_outputs_and_errors_that_there_are() -> None:
    names = set(re.findall(r"`([A-Z][A-Za-z]+)[=`]", section("Alarms")))
    assert names - PARAMETERS.keys() - TEMPLATE["Outputs"].keys() - vars(errors).keys() == set()


def test_links_of_the_runbook_lead_somewhere() -> None:
    headings = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", RUNBOOK, re.M)
    }
    links = re.findall(r"\]\(#([^)]+)\)", RUNBOOK)
    assert links
    assert set(links) <= headings


def flat(value: Any, name: str = "") -> Iterator[str]:
    """Yield the names by which Logs Insights knows the values of a line of JSON."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flat(part, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from flat(part, f"{name}.{number}")
    else:
        yield name


def fields(query: str) -> set[str]:
    """Return the fields that a query reads, without those that it makes."""
    text = re.sub(r'"[^"]*"', "", query)
    text = re.sub(r"\bas (\w+)", "", text)
    words = set(re.findall(r"@?[A-Za-z_][\w.]*", text))
    made_here = set(re.findall(r"\bas (\w+)", query))
    language = {"fields", "filter", "sort", "limit", "desc", "in", "or", "ispresent", "coalesce"}
    return words - language - made_here


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_fields_that_are_logged(
    embedded: dict[str, Any], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    query = QUERIES[name]
    assert query["LogGroupNames"] == [MADE["FunctionLogs"]]
    report = run()
    for edition in report.editions:
        observability.log_edition(edition)
    observability.log_run(report)
    formatter = observability.logger.registered_formatter
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    # As `inject_lambda_context` adds it to each line.
    known = {"function_request_id", *OF_LAMBDA, *flat(embedded), *flat(lines[0])}
    known |= {field for line in lines[1:] for field in flat(line)}
    assert fields(query["QueryString"]) - known == set()


def test_the_dashboard_shows_metrics_and_alarms_that_there_are(embedded: dict[str, Any]) -> None:
    arns = {f"{name}.Arn": name for name in TEMPLATE["Resources"]}
    (dashboard,) = made("AWS::CloudWatch::Dashboard", **arns).values()
    assert dashboard["DashboardName"] == "paperboy-eu-west-1"
    shown = set()
    for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
        assert widget["x"] + widget["width"] <= 24
        for metric in widget["properties"].get("metrics", []):
            check_metric(embedded, (metric[0], metric[1]), (metric[2], metric[3]))
            shown.add((metric[0], metric[1]))
        for name in widget["properties"].get("alarms", []):
            assert TEMPLATE["Resources"][name]["Type"] == "AWS::CloudWatch::Alarm"
            assert "Condition" not in TEMPLATE["Resources"][name]
    assert put(embedded) <= shown
    # A dashboard of at most 50 metrics is free.
    assert len(shown) <= 50


def test_only_this_stacks_alarms_may_publish_and_not_in_the_clear() -> None:
    (policy,) = made("AWS::SNS::TopicPolicy").values()
    assert policy["Topics"] == [MADE["Alarms"]]
    publish, deny = policy["PolicyDocument"]["Statement"]
    assert (publish["Effect"], publish["Action"]) == ("Allow", "sns:Publish")
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    source = publish["Condition"]["ArnLike"]["aws:SourceArn"]
    prefix = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"
    assert source == f"{prefix}paperboy-*"
    assert all(f"{prefix}{alarm['AlarmName']}".startswith(source[:-1]) for alarm in ALL.values())
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_mail_is_sent_to_who_asks_for_it() -> None:
    assert made("AWS::SNS::Subscription") == {}
    (subscription,) = made("AWS::SNS::Subscription", AlarmEmail="ada@example.com").values()
    assert subscription == {
        "TopicArn": MADE["Alarms"],
        "Protocol": "email",
        "Endpoint": "ada@example.com",
    }
