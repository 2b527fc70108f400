"""Logs of a run as JSON, and metrics in CloudWatch's embedded format.

The template's alarms use these metrics, and its saved queries these logs; `docs/operations.md`
describes both. The variables `POWERTOOLS_SERVICE_NAME` and `POWERTOOLS_METRICS_NAMESPACE` name the
service and the namespace, and Lambda's logging configuration sets the level.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from core.model import dates
from core.model.announcement import AnnounceReport
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
logger = Logger(use_rfc3339=True, json_serializer=line)
metrics = Metrics()

# Powertools adds the dimension `service`. Without this one, two stacks would share their metrics,
# and the runs of one stack would hide that the other has none.
DIMENSION = "FunctionName"
# How a day ends that the guard refuses to publish.
GUARDED = (Status.KEPT, Status.REFUSED)

COUNTERS = {
    "published": (Status.PUBLISHED, Status.UPDATED),
    "unchanged": (Status.UNCHANGED,),
    "kept": GUARDED,
    "superseded": (Status.SUPERSEDED,),
    "empty": (Status.EMPTY,),
    "failed": (Status.FAILED,),
}


def log_edition(report: EditionReport) -> None:
    """Log how one day ended: as a warning if it failed, or if the guard refused it."""
    is_bad = report.status in (Status.FAILED, *GUARDED)
    write = logger.warning if is_bad else logger.info
    write("edition %s", report.status, extra={"edition": reports.edition_as_json(report)})


def log_run(report: RunReport, seconds: float, today: date) -> None:
    """Log the run's errors, the blog, and a summary; the editions have been logged before.

    `today` is the day by the clock, not the scheduled one, so that the run of an old event does not
    look fresh.
    """
    if report.error:
        logger.warning("objects shared by all days failed", extra={"error": str(report.error)})
    if report.blog:
        write = logger.warning if report.blog.error else logger.info
        write("blog %s", report.blog.status, extra={"blog": reports.blog_as_json(report.blog)})
    if report.announcements:
        log_announcements(report.announcements)
    logger.info("run ended", extra={"run": _summary(report, seconds, today)})


def log_announcements(report: AnnounceReport) -> None:
    """Log each channel that was told, or could not be told; nothing if nothing was due."""
    for one in report.announced:
        write = logger.warning if one.error else logger.info
        document = reports.announced_as_json(one)
        write("announcement %s", one.status, extra={"announcement": document})
    if report.error:
        document = {"error": reports.error_as_json(report.error)}
        logger.warning("announcements failed", extra={"announcement": document})


def _summary(report: RunReport, seconds: float, today: date) -> dict[str, object]:
    """Return how the editions of a run ended, how old the newest one is, and the run's duration."""
    statuses = [edition.status for edition in report.editions]
    counts = {name: sum(map(statuses.count, counted)) for name, counted in COUNTERS.items()}
    return {
        "newest": str(report.newest) if report.newest else None,
        "weekdays": weekdays_without(report.newest, today) if report.newest else None,
        **counts,
        "papers": sum(edition.found.papers for edition in report.editions if edition.found),
        "blog": str(report.blog.status) if report.blog else None,
        "seconds": round(seconds, 3),
    }


def count(report: RunReport, function: str, today: date) -> None:
    """Put the metrics of a function's run: the newest edition's age, and what failed after that.

    That is whether the blog failed, and how many channels did, or gave no answer. `today` is the
    day by the clock, as for `log_run`. Without the newest edition, the run puts no metric for the
    freshness alarm.
    """
    values: dict[str, int] = {}
    if report.newest:
        values["WeekdaysWithoutEdition"] = weekdays_without(report.newest, today)
    if report.blog:
        values["BlogFailures"] = bool(report.blog.error)
    if report.announcements:
        values["AnnouncementFailures"] = report.announcements.problems()
    _put(function, values)


def count_repaired(objects: int, function: str) -> None:
    """Count the objects that a check wrote again."""
    _put(function, {"ObjectsRepaired": objects})


def weekdays_without(newest: date, today: date) -> int:
    """Return how many weekdays have passed since the newest edition.

    Today is not over, so it does not count: its edition may still come.
    """
    between = range(1, (today - newest).days)
    return sum(not dates.is_weekend(newest + timedelta(days=number)) for number in between)


def _put(function: str, values: Mapping[str, int]) -> None:
    """Write one line with these metrics, if there are any."""
    if not values:
        return
    metrics.add_dimension(DIMENSION, function)
    for name, number in values.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    metrics.flush_metrics()
