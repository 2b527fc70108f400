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

# How the definition's comment begins: no other state machine is started.
OURS = "Paperboy backfill"
RUNNING = "RUNNING"
SERVICE = "Step Functions"


@dataclass(frozen=True, slots=True)
class Progress:
    """How an execution stands: its status, the days that are done, and what it says at its end."""

    status: str
    days_done: int
    output: Mapping[str, Any] | None
    cause: str


class StateMachine:
    """The state machine with this ARN, in the ARN's region. All raise `SettingsError`."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = client("stepfunctions", arn.split(":")[3])

    def check(self) -> None:
        """See that it is Paperboy's."""
        with settings_errors(SERVICE):
            answer = self._client.describe_state_machine(stateMachineArn=self._arn)
        comment = ""
        with suppress(ValueError, AttributeError):
            comment = json.loads(answer["definition"]).get("Comment", "")
        if not str(comment).startswith(OURS):
            raise SettingsError(
                f"{self._arn} is not Paperboy's backfill: take BackfillStateMachine of the stack's"
                " outputs"
            )

    def start(self, event: Mapping[str, object]) -> str:
        """Start an execution, and return its ARN."""
        with settings_errors(SERVICE):
            answer = self._client.start_execution(
                stateMachineArn=self._arn, input=json.dumps(event)
            )
        return str(answer["executionArn"])

    def progress(self, execution: str) -> Progress:
        """Return how an execution stands."""
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
