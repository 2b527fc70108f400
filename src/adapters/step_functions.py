"""A state machine on AWS Step Functions: started, and looked at while it runs.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from core.model.errors import SettingsError
from core.model.text import excerpt

# How the definition's comment begins: no other state machine is started.
OURS = "Paperboy backfill"
RUNNING = "RUNNING"

Value = TypeVar("Value")


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
        self._client = _asked(lambda: boto3.client("stepfunctions", region_name=arn.split(":")[3]))

    def check(self) -> None:
        """See that it is Paperboy's."""
        told = _asked(lambda: self._client.describe_state_machine(stateMachineArn=self._arn))
        comment = ""
        with suppress(ValueError, AttributeError):
            comment = json.loads(told["definition"]).get("Comment", "")
        if not str(comment).startswith(OURS):
            raise SettingsError(
                f"{self._arn} is not Paperboy's backfill: take BackfillStateMachine of the stack's"
                " outputs"
            )

    def start(self, event: Mapping[str, object]) -> str:
        """Start an execution, and return its ARN."""
        answer = _asked(
            lambda: self._client.start_execution(stateMachineArn=self._arn, input=json.dumps(event))
        )
        return str(answer["executionArn"])

    def progress(self, execution: str) -> Progress:
        """Return how an execution stands."""
        told = _asked(lambda: self._client.describe_execution(executionArn=execution))
        runs = _asked(lambda: self._client.list_map_runs(executionArn=execution))["mapRuns"]
        done = 0
        for run in runs:
            describe = partial(self._client.describe_map_run, mapRunArn=run["mapRunArn"])
            counts = _asked(describe)
            done += counts["itemCounts"]["succeeded"] + counts["itemCounts"]["failed"]
        output = json.loads(told["output"]) if told.get("output") else None
        return Progress(told["status"], done, output, told.get("cause", ""))


def _asked(ask: Callable[[], Value]) -> Value:
    try:
        return ask()
    except ClientError as error:
        said = error.response["Error"]
        problem = f"{said.get('Code', 'unknown')}: {excerpt(said.get('Message', ''))}"
        raise SettingsError(f"Step Functions refuses: {problem}") from error
    except BotoCoreError as error:
        raise SettingsError(f"Step Functions cannot be asked: {error}") from error
