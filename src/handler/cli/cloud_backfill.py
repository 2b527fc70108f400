"""Start a backfill by the deployed state machine, and show its progress."""

import argparse
import sys
import time
from datetime import date

from adapters.step_functions import RUNNING, StateMachine
from core.model.report import Status
from core.model.text import iso_utc
from handler.cli import terminal

SECONDS_BETWEEN_LOOKS = 3.0


def watch(options: argparse.Namespace, last: date) -> int:
    """Start the execution, show its progress, and return the exit code.

    An interrupt ends only the display. Raises `SettingsError`.
    """
    machine = StateMachine(options.state_machine)
    machine.check()
    event: dict[str, object] = {"from": str(options.first), "to": str(last), "force": options.force}
    if options.now:
        event["scheduled_time"] = iso_utc(options.now)
    execution = machine.start(event)
    if not options.quiet:
        print(f"started {execution}", file=sys.stderr)
    days, done = (last - options.first).days + 1, 0
    try:
        with terminal.bar(days, quiet=options.quiet) as advance:
            while (found := machine.progress(execution)).status == RUNNING:
                for _ in range(done, found.days_done):
                    advance("days")
                done = found.days_done
                time.sleep(SECONDS_BETWEEN_LOOKS)
    except KeyboardInterrupt:
        print("paperboy: the execution continues; look at it, or stop it, with", file=sys.stderr)
        print(
            f"  aws stepfunctions describe-execution --execution-arn {execution}", file=sys.stderr
        )
        print(f"  aws stepfunctions stop-execution --execution-arn {execution}", file=sys.stderr)
        return 130
    if found.status != "SUCCEEDED" or not found.output:
        print(f"paperboy: the execution ended as {found.status}: {found.cause}", file=sys.stderr)
        return 1
    if options.json:
        terminal.print_json(found.output)
    elif not options.quiet:
        summary = (f"{found.output[key]:,} {key}" for key in Status if found.output[key])
        print(f"{found.output['days']:,} days: {', '.join(summary)}")
    for failed in found.output["failed_days"]:
        print(f"paperboy: {failed['date']} failed: {failed['error']}", file=sys.stderr)
    return 1 if found.output["failed"] else 0
