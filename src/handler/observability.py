"""What a run leaves for its owner: JSON logs, and metrics in CloudWatch's embedded format."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from core.models import EditionReport, RunReport, Status
from handler import reports

# The time format by which Lambda knows the level and time of a line of JSON.
logger = Logger(service="paperboy", use_rfc3339=True)
metrics = Metrics(namespace="Paperboy", service="paperboy")

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


def count(report: RunReport) -> None:
    """Count a run: each way for an edition to end, the papers that were read, and its failure."""
    statuses = [edition.status for edition in report.editions]
    for status, name in COUNTERS.items():
        metrics.add_metric(name, MetricUnit.Count, statuses.count(status))
    papers = sum(edition.papers for edition in report.editions)
    metrics.add_metric("Papers", MetricUnit.Count, papers)
    if report.blog:
        from core.commits import BlogStatus

        committed = report.blog.status == BlogStatus.COMMITTED
        metrics.add_metric("BlogCommits", MetricUnit.Count, int(committed))
        metrics.add_metric("BlogFailures", MetricUnit.Count, int(bool(report.blog.error)))
    metrics.add_metric("RunsFailed", MetricUnit.Count, int(bool(report.errors())))
    if kept := {str(e.day): e.reason for e in report.editions if e.status == Status.KEPT}:
        metrics.add_metadata(key="kept", value=kept)
    metrics.flush_metrics()
