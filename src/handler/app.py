"""Lambda's entry point: event in, report out."""

from __future__ import annotations

import handler.cold_start  # noqa: F401 (for what it does)

# isort: split
import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import publish
from handler import bootstrap, events, reports, settings
from handler.observability import archive_age, count, log_edition, log_run, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Seconds of an invocation that are kept back, so that a run which waited in vain can still say so.
RESERVE = 5.0


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: object, context: LambdaContext) -> dict[str, object]:
    """Publish the days that the event names, and return the run's report as JSON.

    An event with an `action` is a step of a backfill or a rebuild: see `handler.actions`. Raises
    `InvalidEvent` or `SettingsError` before anything is fetched; when a day failed, an error of the
    first failure's class, after all days were tried.
    """

    def remaining() -> float:
        return context.get_remaining_time_in_millis() / 1000 - RESERVE

    # A snapshot (SnapStart) holds the generator, too: all functions that are restored from it would
    # wait the same pauses, at the same time. It takes 12 µs.
    random.seed()
    clock, left_at_first = datetime.now(UTC), remaining()
    if isinstance(event, dict) and "action" in event:
        # Imported here: the daily run has none.
        from handler import backfill_steps as actions

        return actions.perform(event, clock, remaining)
    request = events.parse(event, clock)
    chosen = settings.from_environment(os.environ)
    ports = replace(bootstrap.ports(chosen, remaining), rest=bootstrap.rest(chosen))
    logger.append_keys(dry_run=request.dry_run)
    report = publish.run(request, ports, watch=log_edition)
    log_run(report)
    if not request.dry_run:
        # Of today, not of the scheduled day: an event from long ago makes nothing fresh.
        age = archive_age(ports.store, clock.date())
        count(report, context.function_name, left_at_first - remaining(), age)
    if failure := reports.failure(report):
        raise failure
    return reports.as_json(report)
