"""Read facts about a deployment from AWS. Nothing is changed.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
and https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
"""

from dataclasses import dataclass

from adapters.aws_clients import client
from adapters.aws_errors import settings_errors

SCHEDULE = "AWS::Scheduler::Schedule"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: its expression and time zone, and whether it is enabled."""

    name: str
    expression: str
    time_zone: str
    enabled: bool


def is_versioned(bucket: str) -> bool:
    """Return whether a bucket keeps old versions of its objects. Raises `SettingsError`."""
    with settings_errors("s3"):
        answer = client("s3").get_bucket_versioning(Bucket=bucket)
    return bool(answer.get("Status") == "Enabled")


def schedules(bucket: str) -> tuple[Schedule, ...]:
    """Return the schedules of the stack that made a bucket. Raises `SettingsError`.

    The stack is searched for in the bucket's region.
    """
    with settings_errors("cloudformation"):
        stack = client("cloudformation").describe_stack_resources(PhysicalResourceId=bucket)
        names = [
            resource["PhysicalResourceId"]
            for resource in stack["StackResources"]
            if resource["ResourceType"] == SCHEDULE
        ]
    return tuple(map(_schedule, names))


def _schedule(name: str) -> Schedule:
    with settings_errors("scheduler"):
        answer = client("scheduler").get_schedule(Name=name)
        return Schedule(
            name,
            answer["ScheduleExpression"],
            answer.get("ScheduleExpressionTimezone", "UTC"),
            answer.get("State", "ENABLED") == "ENABLED",
        )
