"""SnapStart as an option of the template: what starts the function then, and what it costs."""

import re
from typing import Any

import pytest
from bench import memory

from tests.support import template
from tests.support.policies import Deployed

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
ON = {"SnapStart": "true", "SnapStartRelease": "2026-11-26"}
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:PaperboyFunction"
LIVE = f"{FUNCTION}:live"
OF_SNAPSHOTS = ("AWS::Lambda::Version", "AWS::Lambda::Alias")


def properties(stack: Deployed, kind: str) -> list[dict[str, Any]]:
    """Return the properties of a stack's resources of a type."""
    return [found for _, found in stack.of_type(kind)]


def started(stack: Deployed) -> set[str]:
    """Return what schedule and state machine start, and what their roles may invoke."""
    (schedule,) = properties(stack, "AWS::Scheduler::Schedule")
    (machine,) = properties(stack, "AWS::StepFunctions::StateMachine")
    called = re.findall(r"'FunctionName': '([^']+)'", str(stack.definition(machine)))
    assert len(called) == 5
    allowed = {
        grant.resource
        for grants in stack.roles().values()
        for grant in grants
        if grant.action == "lambda:InvokeFunction"
    }
    return {schedule["Target"]["Arn"], *called, *allowed}


def test_without_it_all_starts_the_function_and_nothing_of_it_is_there() -> None:
    stack = Deployed()
    (function,) = properties(stack, "AWS::Lambda::Function")
    (invocation,) = properties(stack, "AWS::Lambda::EventInvokeConfig")
    assert started(stack) == {FUNCTION}
    assert [*stack.of_type(*OF_SNAPSHOTS)] == []
    assert function["SnapStart"] == {"ApplyOn": "None"}
    assert invocation["Qualifier"] == "$LATEST"


def test_with_it_all_starts_the_version_that_has_a_snapshot() -> None:
    stack = Deployed(**ON)
    (function,) = properties(stack, "AWS::Lambda::Function")
    (version,) = properties(stack, "AWS::Lambda::Version")
    (alias,) = properties(stack, "AWS::Lambda::Alias")
    assert started(stack) == {LIVE}
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert version["FunctionName"] == alias["FunctionName"] == "PaperboyFunction"
    assert alias["FunctionVersion"] == {"Fn::GetAtt": ["Snapshot", "Version"]}
    assert LIVE.endswith(f":{alias['Name']}")


def test_a_run_by_hand_is_one_of_what_the_schedule_runs() -> None:
    known = {"PaperboyFunction": "paperboy-1", "PaperboyFunction.Arn": FUNCTION, "Live": LIVE}
    told = [template.Stack(TEMPLATE, {**known, **values}).made("Outputs") for values in ({}, ON)]
    names = [outputs["FunctionName"]["Value"] for outputs in told]
    arns = [outputs["FunctionArn"]["Value"] for outputs in told]
    assert (names, arns) == (["paperboy-1", "paperboy-1:live"], [FUNCTION, LIVE])


def test_a_run_that_fails_is_tried_again_and_kept_as_without_it() -> None:
    both = properties(Deployed(**ON), "AWS::Lambda::EventInvokeConfig")
    qualifiers = [one.pop("Qualifier") for one in both]
    assert sorted(qualifiers) == ["$LATEST", "live"]
    assert both[0] == both[1]
    assert TEMPLATE["Resources"]["LiveFailures"]["DependsOn"] == "Live"


def test_a_new_release_is_a_new_version_and_the_old_one_goes() -> None:
    """CloudFormation makes a version anew when its description changes, and then deletes the old.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
    """
    first, second = Deployed(**ON), Deployed(**{**ON, "SnapStartRelease": "2026-11-27"})
    versions = [properties(stack, "AWS::Lambda::Version")[0] for stack in (first, second)]
    functions = [properties(stack, "AWS::Lambda::Function")[0] for stack in (first, second)]
    assert [one["Description"] for one in versions] == ["2026-11-26", "2026-11-27"]
    # Lambda publishes none of a function that has not changed since the last.
    assert functions[0]["Description"] != functions[1]["Description"]
    assert not {"DeletionPolicy", "UpdateReplacePolicy"} & TEMPLATE["Resources"]["Snapshot"].keys()


@pytest.mark.parametrize(
    ("start", "release", "allowed"),
    [("false", "", True), ("false", "1", True), ("true", "1", True), ("true", "", False)],
)
def test_a_snapshot_needs_its_release(start: str, release: str, allowed: bool) -> None:
    (assertion,) = TEMPLATE["Rules"]["TheSnapshotNeedsItsRelease"]["Assertions"]
    stack = template.Stack(TEMPLATE, {"SnapStart": start, "SnapStartRelease": release})
    assert stack.resolved(assertion["Assert"]) is allowed


@pytest.mark.parametrize(
    ("release", "allowed"),
    [("2026-11-26", True), ("v1.2_3", True), ("12:30", True), ("x" * 65, False), ("a b", False)],
)
def test_names_of_a_release(release: str, allowed: bool) -> None:
    assert template.allows(PARAMETERS["SnapStartRelease"], release) is allowed


def test_a_description_has_room_for_a_release() -> None:
    longest = Deployed(SnapStart="true", SnapStartRelease="x" * 64)
    (function,) = properties(longest, "AWS::Lambda::Function")
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    assert len(function["Description"]) <= 256


def test_its_cost_is_stated_as_the_benchmark_has_it() -> None:
    gigabytes = TEMPLATE["Globals"]["Function"]["MemorySize"] / memory.GIGABYTE
    kept = gigabytes * memory.SECONDS_A_YEAR * memory.CACHE
    restored = gigabytes * memory.RUNS_A_DAY * memory.DAYS_A_YEAR * memory.RESTORE
    told = re.search(r"some (\d+) dollars a year", PARAMETERS["SnapStart"]["Description"])
    assert told
    assert int(told[1]) == round(kept + restored)
