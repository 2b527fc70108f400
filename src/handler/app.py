"""Lambda's entry point: event in, report out."""

from __future__ import annotations

import handler.cold_start  # noqa: F401 (for its side effect)

# isort: split
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import publish
from handler import bootstrap, events, reports, settings
from handler.observability import count, log_edition, log_run, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Seconds of an invocation that are reserved, so that a run that has no time left can report.
RESERVE = 5.0


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: object, context: LambdaContext) -> dict[str, object]:
    """Publish the days that the event names, and return the run's report as JSON.

    An event with an `action` is a step of a backfill or a rebuild, or the weekly check: see
    `handler.backfill_steps`. Raises `InvalidEvent` or `SettingsError` before anything is fetched;
    when a day failed, an error of the first failure's class, after all days were tried. A blog or
    an announcement that failed is in the report, and raises nothing. What it raises has a bounded
    message without tokens: see `reports.raised`.
    """
    try:
        return _answer(event, context)
    except Exception as error:  # noqa: BLE001 (Lambda shows any exception's message)
        failure = error
    # Raised outside the `except` block, so that the error is not the context of what is raised.
    raise reports.raised(failure).with_traceback(failure.__traceback__)


def _answer(event: object, context: LambdaContext) -> dict[str, object]:
    def remaining() -> float:
        return context.get_remaining_time_in_millis() / 1000 - RESERVE

    clock, left_at_first = datetime.now(UTC), remaining()
    if isinstance(event, dict) and "action" in event:
        # Imported here, so that the daily run does not load what only these need.
        from handler import backfill_steps

        return backfill_steps.perform(event, clock, remaining, context.function_name)
    request = events.parse(event, clock)
    found = settings.from_environment(os.environ)
    ports = bootstrap.ports(found, remaining)
    logger.append_keys(dry_run=request.dry_run)
    if found.announce and not ports.announcing:
        logger.warning("nobody is told: [announce] has channels, but the stack has Announce=false")
    report = publish.run(request, ports, watch=log_edition)
    log_run(report, left_at_first - remaining(), clock.date())
    if not request.dry_run:
        count(report, context.function_name, clock.date())
    if failure := reports.failure(report):
        raise failure
    return reports.as_json(report)
