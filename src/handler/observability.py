"""Logs of a run as JSON, and metrics in CloudWatch's embedded format.

The template's alarms and dashboard use these metrics; `docs/operations.md` describes them.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from core.model import dates
from core.model.blog import BlogStatus
from core.model.report import EditionReport, RunReport, Status
from core.model.text import bounded
from handler import reports


def line(record: Mapping[str, object]) -> str:
    """Return a log record as a line of JSON, whose texts are bounded and without tokens."""
    return json.dumps(_bounded(record), ensure_ascii=False, separators=(",", ":"))


def _bounded(value: object) -> object:
    """Return a value as JSON has it, each text through `bounded`; other objects become texts."""
    if isinstance(value, Mapping):
        return {bounded(str(key)): _bounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value]
    if value is None or isinstance(value, int | float):
        return value
    return bounded(str(value))


# Lambda reads the level and time of a line of JSON only if the time has this format.
logger = Logger(service="paperboy", use_rfc3339=True, json_serializer=line)
metrics = Metrics(namespace="Paperboy")

# Each metric has only this dimension. With a second one, every metric would be charged twice.
# Without any, two stacks would share their metrics, and the runs of one stack would hide that the
# other has none.
DIMENSION = "FunctionName"
# How a day ends that the guard refuses to publish.
GUARDED = (Status.KEPT, Status.REFUSED)

COUNTERS = {
    "EditionsPublished": (Status.PUBLISHED, Status.UPDATED),
    "EditionsUnchanged": (Status.UNCHANGED,),
    "EditionsKept": GUARDED,
    "EditionsSuperseded": (Status.SUPERSEDED,),
    "EditionsEmpty": (Status.EMPTY,),
    "EditionsFailed": (Status.FAILED,),
}


def log_edition(report: EditionReport) -> None:
    """Log how one day ended: as a warning if it failed, or if the guard refused it."""
    is_bad = report.status in (Status.FAILED, *GUARDED)
    write = logger.warning if is_bad else logger.info
    write("edition %s", report.status, extra={"edition": reports.edition_as_json(report)})


def log_run(report: RunReport) -> None:
    """Log the run's errors and the blog; the editions have been logged before."""
    if report.error:
        logger.warning("objects shared by all days failed", extra={"error": str(report.error)})
    if report.blog:
        write = logger.warning if report.blog.error else logger.info
        write("blog %s", report.blog.status, extra={"blog": reports.blog_as_json(report.blog)})


def count(report: RunReport, function: str, seconds: float, today: date) -> None:
    """Count a run of a function: how its editions ended, its duration, and its newest edition.

    `today` is the day by the clock, not the scheduled one, so that the run of an old event does not
    look fresh. Without the newest edition, the freshness alarm counts the hour as bad.
    """
    metrics.add_dimension(DIMENSION, function)
    statuses = [edition.status for edition in report.editions]
    for name, counted in COUNTERS.items():
        _add(name, sum(status in counted for status in statuses))
    _add("Papers", sum(edition.found.papers for edition in report.editions if edition.found))
    if kept := {str(e.day): e.reason for e in report.editions if e.status in GUARDED}:
        metrics.add_metadata(key="kept", value=kept)
    if report.blog:
        _add("BlogCommits", report.blog.status == BlogStatus.COMMITTED)
        _add("BlogFailures", bool(report.blog.error))
    _add("RunsFailed", bool(report.errors()))
    metrics.add_metric("RunSeconds", MetricUnit.Seconds, seconds)
    if report.newest:
        _add("DaysSinceEdition", max(0, (today - report.newest).days))
        _add("WeekdaysWithoutEdition", weekdays_without(report.newest, today))
        metrics.add_metadata("newest", str(report.newest))
    metrics.flush_metrics()


def count_repaired(objects: int, function: str) -> None:
    """Count the objects that a check wrote again."""
    metrics.add_dimension(DIMENSION, function)
    _add("ObjectsRepaired", objects)
    metrics.flush_metrics()


def weekdays_without(newest: date, today: date) -> int:
    """Return how many weekdays have passed since the newest edition.

    Today is not over, so it does not count: its edition may still come.
    """
    between = range(1, (today - newest).days)
    return sum(not dates.is_weekend(newest + timedelta(days=number)) for number in between)


def _add(name: str, number: int) -> None:
    metrics.add_metric(name, MetricUnit.Count, number)
