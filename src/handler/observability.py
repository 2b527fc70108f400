"""What a run leaves for its owner: JSON logs, and metrics in CloudWatch's embedded format.

The template's alarms and dashboard look at these metrics; `docs/operations.md` tells of them.
"""

from datetime import date

# Not from `aws_lambda_powertools` itself, which would bring its tracer; in the package it is empty.
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from core.archive import freshness
from core.archive.freshness import Age
from core.model import keys
from core.model.errors import PaperboyError
from core.model.ports import Store
from core.model.report import EditionReport, RunReport, Status
from handler import reports

# The time format by which Lambda knows the level and time of a line of JSON.
logger = Logger(service="paperboy", use_rfc3339=True)
metrics = Metrics(namespace="Paperboy")

# Each metric has this dimension alone: a second one would cost every metric again, and with none
# the metrics of two stacks would be one, where the runs of one stack hide the other's silence.
DIMENSION = "FunctionName"

COUNTERS = {
    Status.PUBLISHED: "EditionsPublished",
    Status.UNCHANGED: "EditionsUnchanged",
    Status.KEPT: "EditionsKept",
    Status.EMPTY: "EditionsEmpty",
    Status.FAILED: "EditionsFailed",
}


def log_edition(report: EditionReport) -> None:
    """Log how one day ended, as it ends: a failed or kept one is worth a warning."""
    write = logger.warning if report.status in (Status.FAILED, Status.KEPT) else logger.info
    write("edition %s", report.status, extra={"edition": reports.edition_as_json(report)})


def log_run(report: RunReport) -> None:
    """Log what went wrong after the editions; they were logged as they ended."""
    if report.error:
        logger.warning("months or latest failed", extra={"error": str(report.error)})
    if report.blog:
        write = logger.warning if report.blog.error else logger.info
        write("blog %s", report.blog.status, extra={"blog": reports.blog_as_json(report.blog)})


def archive_age(store: Store, today: date) -> Age | None:
    """Return how old the archive's newest edition is; None where there is none, or none is read.

    That the index cannot be read is no reason to fail a run; but nothing is known then, and the
    alarm takes what is missing for silence.
    """
    try:
        stored = store.get(keys.ROOT_INDEX)
    except PaperboyError as error:
        logger.warning("the newest edition is not known", extra={"error": str(error)})
        return None
    return freshness.age(stored.body if stored else None, today)


def count(report: RunReport, function: str, seconds: float, age: Age | None) -> None:
    """Count a run of a function: how its editions ended, what it took, and what readers have."""
    metrics.add_dimension(DIMENSION, function)
    _count_editions(report)
    if report.blog:
        from core.model.blog import BlogStatus

        _add("BlogCommits", report.blog.status == BlogStatus.COMMITTED)
        _add("BlogFailures", bool(report.blog.error))
    _add("RunsFailed", bool(report.errors()))
    metrics.add_metric("RunSeconds", MetricUnit.Seconds, seconds)
    if age:
        _add("DaysSinceEdition", age.days)
        _add("WeekdaysWithoutEdition", age.weekdays)
        metrics.add_metadata("newest", str(age.newest))
    metrics.flush_metrics()


def _count_editions(report: RunReport) -> None:
    statuses = [edition.status for edition in report.editions]
    for status, name in COUNTERS.items():
        _add(name, statuses.count(status))
    _add("Papers", sum(edition.papers for edition in report.editions))
    if kept := {str(e.day): e.reason for e in report.editions if e.status == Status.KEPT}:
        metrics.add_metadata(key="kept", value=kept)


def _add(name: str, number: int) -> None:
    metrics.add_metric(name, MetricUnit.Count, number)
