"""The table of costs against the templates, the metrics that are put, and the documentation."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tools import bill

from core.model.blog import BlogReport, BlogStatus
from core.model.report import RunReport
from handler import observability
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATES = [template.PATH, *sorted((REPOSITORY / "infra").glob("*.yaml"))]
RESOURCES = [
    resource for path in TEMPLATES for resource in template.load(path)["Resources"].values()
]
TYPES = {resource["Type"] for resource in RESOURCES}
CHARGED = {kind for part in bill.PARTS for item in part.items for kind in item.resources}
DAY = date(2025, 12, 24)


def number(part: bill.Part, beginning: str) -> list[int]:
    """Return the numbers in the name of the one item that begins so."""
    (item,) = (item for item in part.items if item.name.startswith(beginning))
    return [int(word) for word in item.name.split() if word.isdigit()]


def test_each_type_of_resource_is_charged_for_or_free() -> None:
    assert {kind for kind in TYPES if not kind.startswith(bill.FREE_TYPES)} == CHARGED
    assert not [kind for kind in CHARGED if kind.startswith(bill.FREE_TYPES)]
    assert all(any(kind.startswith(free) for kind in TYPES) for free in bill.FREE_TYPES)


def test_alarms_are_charged_by_their_metrics() -> None:
    counts: dict[str, list[int]] = {}
    for resource in RESOURCES:
        if resource["Type"] == bill.ALARM:
            parts = resource["Properties"].get("Metrics", [{"MetricStat": {}}])
            metrics = len([part for part in parts if "MetricStat" in part])
            counts.setdefault(resource["Condition"], []).append(metrics)
    always, blog = counts.pop("HasAlarms"), counts.pop("HasBlogAlarm")
    announcements = counts.pop("HasAnnouncementAlarm")
    assert counts == {}
    alarm = number(bill.ANNOUNCEMENTS, "CloudWatch: 1 alarm")
    assert alarm == [len(announcements), sum(announcements)]
    assert number(bill.ALARMS, "CloudWatch") == [len(always), sum(always)]
    assert number(bill.BLOG, "CloudWatch: 1 alarm") == [len(blog), sum(blog)]
    for part, metrics in ((bill.ALARMS, sum(always)), (bill.BLOG, sum(blog))):
        assert part.items[0].quantity == metrics * 12


def test_metrics_are_those_that_are_put(capsys: pytest.CaptureFixture[str]) -> None:
    run = RunReport(datetime(2025, 12, 24, tzinfo=UTC), False, (), newest=DAY)
    with_blog = RunReport(run.now, False, (), blog=BlogReport(BlogStatus.UNCHANGED))
    observability.count(run, "paperboy", DAY)
    observability.count_repaired(0, "paperboy")
    observability.count(with_blog, "paperboy", DAY)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    *always, blog = [metrics(line) for line in lines]
    assert number(bill.ALWAYS, "CloudWatch: 2 metrics") == [sum(always)]
    assert number(bill.BLOG, "CloudWatch: 1 metric") == [blog]


def metrics(line: dict[str, Any]) -> int:
    """Return how many metrics a line puts; each further set of dimensions is charged again."""
    (told,) = line["_aws"]["CloudWatchMetrics"]
    return len(told["Metrics"]) * len(told["Dimensions"])


def test_there_is_one_group_of_logs() -> None:
    assert [one["Type"] for one in RESOURCES].count("AWS::Logs::LogGroup") == 1


def test_free_tiers_lower_the_bill_and_never_below_nothing() -> None:
    for part in bill.PARTS:
        for blogs in (1, bill.BLOGS):
            lowered = bill.total([part], blogs, free_tiers=True)
            assert 0 <= lowered <= bill.total([part], blogs)


def test_the_documentation_has_the_table() -> None:
    documented = (REPOSITORY / "docs" / "scale.md").read_text("utf-8")
    assert "\n".join(bill.lines()) in documented
    for parts in ([bill.ALWAYS], [bill.ALWAYS, bill.ALARMS], [bill.ALWAYS, bill.ALARMS, bill.BLOG]):
        assert f"{bill.total(parts):.2f} dollars" in documented
    assert f"{bill.total(parts, free_tiers=True) * 100:.0f} cents" in documented
