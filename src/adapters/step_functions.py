"""A state machine on AWS Step Functions: start an execution, and read its progress.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adapters.aws_clients import client
from adapters.aws_errors import settings_errors
from core.model.errors import SettingsError

# The definition's comment begins like this: no other state machine is started.
OURS = "Paperboy backfill"
RUNNING = "RUNNING"
SERVICE = "Step Functions"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an execution: status, how many days are done, and its output or cause."""

    status: str
    days_done: int
    output: Mapping[str, Any] | None
    cause: str


class StateMachine:
    """The state machine with this ARN, in the ARN's region. All methods raise `SettingsError`."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = client("stepfunctions", arn.split(":")[3])

    def check(self) -> None:
        """Raise an error unless it is Paperboy's state machine."""
        with settings_errors(SERVICE):
            answer = self._client.describe_state_machine(stateMachineArn=self._arn)
        comment = ""
        with suppress(ValueError, AttributeError):
            comment = json.loads(answer["definition"]).get("Comment", "")
        if not str(comment).startswith(OURS):
            raise SettingsError(
                f"{self._arn} is not Paperboy's backfill: use the stack's output"
                " BackfillStateMachine"
            )

    def start(self, event: Mapping[str, object]) -> str:
        """Start an execution, and return its ARN."""
        with settings_errors(SERVICE):
            answer = self._client.start_execution(
                stateMachineArn=self._arn, input=json.dumps(event)
            )
        return str(answer["executionArn"])

    def progress(self, execution: str) -> Progress:
        """Return the progress of an execution."""
        with settings_errors(SERVICE):
            answer = self._client.describe_execution(executionArn=execution)
            runs = self._client.list_map_runs(executionArn=execution)["mapRuns"]
            counts = [
                self._client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
                for run in runs
            ]
        done = sum(count["succeeded"] + count["failed"] for count in counts)
        output = json.loads(answer["output"]) if answer.get("output") else None
        return Progress(answer["status"], done, output, answer.get("cause", ""))
