"""What only AWS can tell of a deployment: asked, never changed.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
and https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters import aws
from core.model.errors import SettingsError
from core.model.text import excerpt

CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)
ENABLED = "Enabled"
SCHEDULE, SCHEDULED = "AWS::Scheduler::Schedule", "ENABLED"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a schedule starts its target: its expression and time zone, and whether it does."""

    name: str
    expression: str
    time_zone: str
    enabled: bool


def is_versioned(bucket: str) -> bool:
    """Tell whether a bucket keeps old versions of its objects. Raises `SettingsError`."""
    answer = _ask("s3", lambda client: client.get_bucket_versioning(Bucket=bucket))
    return bool(answer.get("Status") == ENABLED)


def schedules(bucket: str) -> tuple[Schedule, ...]:
    """Return the schedules of the stack that made a bucket. Raises `SettingsError`.

    It is looked for in the region where the bucket is asked, too.
    """
    stack = _ask(
        "cloudformation",
        lambda client: client.describe_stack_resources(PhysicalResourceId=bucket),
    )
    names = [
        resource["PhysicalResourceId"]
        for resource in stack["StackResources"]
        if resource["ResourceType"] == SCHEDULE
    ]
    return tuple(map(_schedule, names))


def _schedule(name: str) -> Schedule:
    told = _ask("scheduler", lambda client: client.get_schedule(Name=name))
    expression, zone = told["ScheduleExpression"], told.get("ScheduleExpressionTimezone", "UTC")
    return Schedule(name, expression, zone, told.get("State", SCHEDULED) == SCHEDULED)


def _ask(service: str, ask: Callable[[Any], Value]) -> Value:
    make: Any = boto3.client
    try:
        with closing(make(service, aws.default_region(), config=CONFIG)) as client:
            return ask(client)
    except ClientError as error:
        said = error.response["Error"]
        problem = f"{said.get('Code', 'unknown')}: {excerpt(said.get('Message', ''))}"
        raise SettingsError(f"{service} refuses: {problem}") from error
    except (BotoCoreError, ValueError, KeyError) as error:
        raise SettingsError(f"{service} cannot be asked: {error}") from error
