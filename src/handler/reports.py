"""Turn a `RunReport` into JSON, for the function's answer, its logs and the command line."""

from collections import Counter
from dataclasses import asdict

from core.model.announcement import Announced, AnnounceReport
from core.model.blog import BlogReport
from core.model.changes import Change
from core.model.errors import PaperboyError, SettingsError
from core.model.report import EditionReport, RunReport, Status
from core.model.text import MOST_NAMES, bounded, iso_utc, listed


def as_json(report: RunReport) -> dict[str, object]:
    """Return the report as JSON values; sizes are in bytes.

    `ok` is false when anything failed, the blog and announcements too.
    """
    return {
        "scheduled_time": iso_utc(report.now),
        "dry_run": report.dry_run,
        "ok": not report.errors(),
        "editions": [edition_as_json(edition) for edition in report.editions],
        "objects": [change_as_json(change) for change in report.changes],
        "error": error_as_json(report.error),
        "blog": blog_as_json(report.blog) if report.blog else None,
        "announcements": (
            announcements_as_json(report.announcements) if report.announcements else None
        ),
    }


def failure(report: RunReport) -> PaperboyError | None:
    """Return the error that a failed run ends with, None for a run whose archive is complete.

    It has the class of the first error. Its message names the first errors and says how the other
    days ended. A blog that failed does not fail the run: a second attempt would fail in the same
    way, and the next run commits what is missing.
    """
    errors = [edition.error for edition in report.editions if edition.error]
    errors += [report.error] if report.error else []
    if not errors:
        return None
    problems = [
        f"{edition.day} {_named(edition.error)}" for edition in report.editions if edition.error
    ]
    problems += [f"shared by all days {_named(report.error)}"] if report.error else []
    message = f"{len(problems)} failed: {listed(problems, separator='; ')}"
    done = [edition for edition in report.editions if edition.status != Status.FAILED]
    return type(errors[0])(f"{message}; done: {_done(done)}" if done else message)


def raised(error: Exception) -> Exception:
    """Return what the function raises instead of an error: a bounded message, without tokens.

    An error of ours keeps its class, which Step Functions matches on; any other is named in a
    `RuntimeError`. Neither has a cause.
    """
    if isinstance(error, SettingsError):
        return type(error)(bounded(listed(error.problems, separator="; ")))
    if isinstance(error, PaperboyError):
        return type(error)(bounded(str(error)))
    return RuntimeError(bounded(_named(error)))


def edition_as_json(report: EditionReport) -> dict[str, object]:
    """Return one day's report as JSON values."""
    return {
        "date": str(report.day),
        "status": str(report.status),
        "papers": report.found.papers if report.found else 0,
        "votes": report.found.votes if report.found else None,
        "before": asdict(report.before) if report.before else None,
        "reason": report.reason,
        "objects": [change_as_json(change) for change in report.changes],
        "error": error_as_json(report.error),
    }


def blog_as_json(report: BlogReport) -> dict[str, object]:
    """Return the blog's report as JSON values; the keys of its objects are paths."""
    return {
        "status": str(report.status),
        "message": report.message,
        "commit": report.commit.oid if report.commit else None,
        "url": (report.commit.url or None) if report.commit else None,
        "reason": report.reason,
        "objects": [change_as_json(change) for change in report.changes],
        "error": error_as_json(report.error),
    }


def announcements_as_json(report: AnnounceReport) -> dict[str, object]:
    """Return the report of announcements as JSON values."""
    return {
        "channels": [announced_as_json(one) for one in report.announced],
        "error": error_as_json(report.error),
    }


def announced_as_json(one: Announced) -> dict[str, object]:
    """Return how it ended to tell a channel as JSON values."""
    return {
        "name": one.name,
        "channel": str(one.channel),
        "status": str(one.status),
        "error": error_as_json(one.error),
    }


def change_as_json(change: Change) -> dict[str, object]:
    """Return the change of an object as JSON values; sizes are in bytes."""
    return {"key": change.key, "action": str(change.action), "size": change.size}


def error_as_json(error: PaperboyError | None) -> dict[str, str] | None:
    """Return the class and the message of an error."""
    return {"type": type(error).__name__, "message": str(error)} if error else None


def _done(editions: list[EditionReport]) -> str:
    """Return how some days ended: the status of each, or of many how often each status occurs."""
    if len(editions) <= MOST_NAMES:
        return ", ".join(f"{edition.day} {edition.status}" for edition in editions)
    counts = Counter(edition.status for edition in editions)
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
