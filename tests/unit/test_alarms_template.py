"""The template's alarms against what the function puts and logs, and against the runbook."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.model import errors
from core.model.announcement import Announced, AnnounceReport, ChannelName, ToldStatus
from core.model.blog import BlogReport, BlogStatus, Commit
from core.model.errors import AnnounceRejected, BlogUnavailable, SourceUnavailable, StoreError
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
EMAIL = {"AlarmEmail": "ada@example.com"}
ANNOUNCE = {"Announce": "true"}
BLOG = {"BlogRepository": "ada/blog", "BlogToken": "/paperboy/github"}
FAILED, UNDELIVERED = MADE["FailedRuns.QueueName"], MADE["UndeliveredSchedules.QueueName"]
# The dimensions of the metrics that the function puts.
OURS = ("FunctionName", FUNCTION, "service", "paperboy")
# What each alarm looks at: namespace, metric, dimensions and their values.
METRICS = {
    "failed-runs": {("AWS/Lambda", "Errors", "FunctionName", FUNCTION)},
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "lost-events": {
        ("AWS/SQS", "NumberOfMessagesSent", "QueueName", FAILED),
        ("AWS/SQS", "NumberOfMessagesSent", "QueueName", UNDELIVERED),
        ("AWS/Lambda", "DestinationDeliveryFailures", "FunctionName", FUNCTION),
        ("AWS/Lambda", "AsyncEventsDropped", "FunctionName", FUNCTION),
    },
    "freshness": {("Paperboy", "WeekdaysWithoutEdition", *OURS)},
    "blog": {("Paperboy", "BlogFailures", *OURS)},
    "announcements": {("Paperboy", "AnnouncementFailures", *OURS)},
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "backfill": {
        ("AWS/States", "ExecutionsFailed", "StateMachineArn", MACHINE),
        ("AWS/States", "ExecutionsTimedOut", "StateMachineArn", MACHINE),
    },
}
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


def stats(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an alarm's metrics, each with its period and statistic."""
    if "Metrics" not in alarm:
        return [alarm]
    parts = [one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one]
    return [{**one["Metric"], "Period": one["Period"], "Statistic": one["Stat"]} for one in parts]


ALL = alarms(**EMAIL, **BLOG, **ANNOUNCE)
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
    told = Announced("2025-12-24", ChannelName.SLACK, ToldStatus.FAILED, AnnounceRejected("no"))
    return RunReport(
        now,
        False,
        editions,
        error=error,
        blog=blog,
        newest=DAY,
        announcements=AnnounceReport([told], error),
    )


@pytest.fixture(name="embedded")
def embedded_metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what a run and a check put, as CloudWatch reads it."""
    observability.count(run(), FUNCTION, DAY)
    observability.count_repaired(1, FUNCTION)
    of_run, of_check = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    told = [*of_run.pop("_aws")["CloudWatchMetrics"], *of_check.pop("_aws")["CloudWatchMetrics"]]
    return {**of_check, **of_run, "_aws": {"CloudWatchMetrics": told}}


def put(embedded: dict[str, Any]) -> set[str]:
    """Return the names of the metrics that are put, all in one namespace with our dimensions."""
    told = embedded["_aws"]["CloudWatchMetrics"]
    for one in told:
        ((*names,),) = one["Dimensions"]
        dimensions = [part for name in sorted(names) for part in (name, embedded[name])]
        assert (one["Namespace"], tuple(dimensions)) == ("Paperboy", OURS)
    return {metric["Name"] for one in told for metric in one["Metrics"]}


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_looks_at_its_metrics(embedded: dict[str, Any], name: str) -> None:
    found = set()
    for metric in stats(ALL[name]):
        dimensions = [part for one in metric["Dimensions"] for part in (one["Name"], one["Value"])]
        found.add((metric["Namespace"], metric["MetricName"], *dimensions))
    assert found == METRICS[name]
    ours = {metric for namespace, metric, *_ in found if namespace == "Paperboy"}
    assert ours <= put(embedded)


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_tells_that_it_comes_and_ends(name: str) -> None:
    alarm = ALL[name]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [MADE["Alarms"]]
    assert alarm["AlarmDescription"].endswith(f" What to do: docs/operations.md#{name}")
    assert len(alarm["AlarmDescription"]) <= 1024
    assert alarm.get("ActionsEnabled", True)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize("name", ALL)
def test_only_freshness_tells_of_missing_data(name: str) -> None:
    expected = ("missing", [MADE["Alarms"]]) if name == "freshness" else ("notBreaching", [])
    alarm = ALL[name]
    assert (alarm["TreatMissingData"], alarm.get("InsufficientDataActions", [])) == expected


@pytest.mark.parametrize("name", ALL)
def test_an_alarm_looks_no_further_back_than_cloudwatch_does(name: str) -> None:
    alarm = ALL[name]
    (period,) = {metric["Period"] for metric in stats(alarm)}
    periods = alarm["EvaluationPeriods"]
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    assert period * periods <= (604_800 if period >= 3600 else 86_400)
    assert 1 <= alarm["DatapointsToAlarm"] <= periods


@pytest.mark.parametrize("name", [name for name, alarm in ALL.items() if "Metrics" in alarm])
def test_metric_math_returns_the_sum_alone(name: str) -> None:
    expression, *parts = ALL[name]["Metrics"]
    assert expression["Expression"] == "SUM(METRICS())"
    assert expression.get("ReturnData", True)
    assert not [part for part in parts if part["ReturnData"]]


def test_what_each_alarm_comes_at() -> None:
    found = {
        name: (
            {(metric["Statistic"], metric["Period"]) for metric in stats(alarm)},
            alarm["EvaluationPeriods"],
            alarm["DatapointsToAlarm"],
            alarm["Threshold"],
        )
        for name, alarm in ALL.items()
    }
    assert found == {
        "failed-runs": ({("Sum", 3600)}, 48, 2, 2),
        "lost-events": ({("Sum", 3600)}, 24, 1, 1),
        "freshness": ({("Minimum", 3600)}, 26, 26, 2),
        "blog": ({("Sum", 3600)}, 48, 2, 1),
        "announcements": ({("Sum", 3600)}, 48, 2, 1),
        "backfill": ({("Sum", 3600)}, 24, 1, 1),
    }


def test_a_run_a_day_is_enough_for_freshness() -> None:
    alarm = ALL["freshness"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] > 24 * 3600
    assert alarm["Period"] * alarm["EvaluationPeriods"] < 36 * 3600


def test_there_are_alarms_only_with_an_address() -> None:
    assert alarms(**BLOG) == made("AWS::SNS::Topic", **BLOG) == {}
    assert "AlarmsTopic" not in stack(**BLOG).made("Outputs")
    assert stack(**EMAIL).made("Outputs")["AlarmsTopic"]["Value"] == MADE["Alarms"]
    assert alarms(**EMAIL).keys() == ALL.keys() - {"announcements", "blog"}
    assert len(ALL) <= 6


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
    assert set(names) == put(embedded)
    assert len(names) == len(set(names))


def test_the_runbook_names_the_queries_that_are_saved() -> None:
    names = re.findall(r"^\| `(\w+)` \|", section("Where to look"), re.M)
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
    observability.log_run(report, 3.0, DAY)
    formatter = observability.logger.registered_formatter
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    # As `inject_lambda_context` adds it to each line.
    known = {"function_request_id", *OF_LAMBDA, *flat(embedded), *flat(lines[0])}
    known |= {field for line in lines[1:] for field in flat(line)}
    assert fields(query["QueryString"]) - known == set()


def test_only_this_stacks_alarms_may_publish_and_not_in_the_clear() -> None:
    (policy,) = made("AWS::SNS::TopicPolicy", **EMAIL).values()
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
    assert made("AWS::SNS::Subscription") == made("AWS::SNS::TopicPolicy") == {}
    (subscription,) = made("AWS::SNS::Subscription", **EMAIL).values()
    assert subscription == {
        "TopicArn": MADE["Alarms"],
        "Protocol": "email",
        "Endpoint": "ada@example.com",
    }
