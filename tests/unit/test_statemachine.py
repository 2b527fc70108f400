"""The backfill's state machine: valid, bounded, and allowed what it does."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonata import Jsonata

from adapters.step_functions import OURS
from core.model import errors
from handler import backfill_steps as actions
from handler import events
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load()
RESOURCES = TEMPLATE["Resources"]
MACHINE = RESOURCES["Backfill"]["Properties"]
FILE = REPOSITORY / "statemachine" / "backfill.asl.json"
ARN = "arn:aws:lambda:ap-northeast-2:123456789012:function:paperboy"
STACK = {
    "AWS::StackName": "papers",
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-2",
    "AWS::AccountId": "123456789012",
    "PaperboyFunction.Arn": ARN,
    "BackfillRole.Arn": "arn:aws:iam::123456789012:role/backfill",
}
LAMBDA_ERRORS = {
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
}
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST_DATA = 256 * 1024
MOST_EVENTS = 25_000
MOST_CAUSE = 32_768
# What the specification of the States Language has not, and Step Functions has.
NOT_IN_THE_SPECIFICATION = 'Field "Label" not allowed in State Machine.States.Days'


def text(**names: str) -> str:
    """Return the definition as CloudFormation makes it of the file, with these names of AWS."""
    made = template.Stack(TEMPLATE, STACK | names).resolved(MACHINE["DefinitionSubstitutions"])
    definition = FILE.read_text("utf-8")
    for name, value in made.items():
        definition = definition.replace(f"${{{name}}}", value)
    return definition


DEFINITION = json.loads(text())
STATES = DEFINITION["States"]
DAYS, MONTHS = STATES["Days"], STATES["Months"]
DAY = DAYS["ItemProcessor"]["States"]
MONTH = MONTHS["ItemProcessor"]["States"]
ALL = STATES | DAY | MONTH
TASKS = {name: state for name, state in ALL.items() if state["Type"] == "Task"}


def payload(task: dict[str, Any]) -> Any:
    return (task.get("Arguments") or task["Parameters"])["Payload"]


def next_of(state: dict[str, Any]) -> Iterator[str]:
    """Return the names of the states that may follow."""
    for part in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if "Next" in part:
            yield part["Next"]
    if "Default" in state:
        yield state["Default"]


def evaluated(value: Any, data: Any, **more: Any) -> Any:
    """Return what Step Functions makes of a field with JSONata, for a state's input."""
    if isinstance(value, dict):
        return {name: evaluated(part, data, **more) for name, part in value.items()}
    if isinstance(value, str) and value.startswith("{%"):
        found = re.fullmatch(r"\{%(.*)%\}", value, re.DOTALL)
        assert found
        expression = Jsonata.jsonata(found[1])
        expression.register_lambda("parse", json.loads)
        return expression.evaluate(None, {"states": {"input": data, **more}})
    return value


def outcome(data: dict[str, Any]) -> str:
    """Return the name of the state that ends the execution."""
    choice = STATES["Outcome"]
    for rule in choice["Choices"]:
        if evaluated(rule["Condition"], data):
            return str(rule["Next"])
    return str(choice["Default"])


def days(count: int) -> list[str]:
    return [str(date(2016, 1, 1) + timedelta(number)) for number in range(count)]


def after_days(found: list[dict[str, str]]) -> dict[str, Any]:
    """Return the state's data after the days, if these became of them, as it is counted."""
    data = {
        "from": "2025-12-01",
        "to": "2025-12-31",
        "scheduled_time": "2026-01-01T02:00:00.000Z",
        "force": False,
        "total": len(found),
        "days": found,
        "months": ["2025-12"],
    }
    counted: dict[str, Any] = evaluated(STATES["CountDays"]["Output"], data)
    return counted


def after_months(found: list[dict[str, Any]]) -> dict[str, Any]:
    data = {"from": "2025-11-01", "to": "2025-12-31", "scheduled_time": "x", "months": found}
    counted: dict[str, Any] = evaluated(STATES["CountMonths"]["Output"], data)
    return counted


def committed(data: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = evaluated(STATES["Commit"]["Output"], data, result={"Payload": answer})
    return done


def not_committed(data: dict[str, Any], error: str, cause: str) -> dict[str, Any]:
    (catch,) = STATES["Commit"]["Catch"]
    caught = {"Error": error, "Cause": cause}
    done: dict[str, Any] = evaluated(catch["Output"], data, errorOutput=caught)
    return done


def problems(tmp_path: Path, linter: str, *options: str, **content: Any) -> str:
    """Return what a linter, a command of this environment, says of a file with this content."""
    path = tmp_path / "linted.json"
    path.write_text(json.dumps(content), "utf-8")
    command = [str(Path(sys.executable).with_name(linter)), *options, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_a_linter_of_the_states_language_finds_it_valid(tmp_path: Path) -> None:
    told = problems(tmp_path, "statelint", "--eval-jsonata", **DEFINITION)
    assert told == f"One error:\n {NOT_IN_THE_SPECIFICATION}"


def test_the_command_line_knows_it() -> None:
    assert DEFINITION["Comment"].startswith(OURS)


@pytest.mark.parametrize("machine", [DEFINITION, DAYS["ItemProcessor"], MONTHS["ItemProcessor"]])
def test_every_state_is_reached_and_every_way_leads_to_one(machine: dict[str, Any]) -> None:
    states, found, ahead = machine["States"], set(), [machine["StartAt"]]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += next_of(states[name])
    assert found == states.keys()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_calls_the_function_and_bears_lambdas_throttling(name: str) -> None:
    task = TASKS[name]
    assert task["Resource"] == "arn:aws:states:::lambda:invoke"
    assert (task.get("Arguments") or task["Parameters"])["FunctionName"] == ARN
    assert task["TimeoutSeconds"] > RESOURCES["PaperboyFunction"]["Properties"]["Timeout"]
    retriers = task["Retry"]
    assert any(LAMBDA_ERRORS.issubset(retrier["ErrorEquals"]) for retrier in retriers)
    for retrier in retriers:
        if retrier["ErrorEquals"] == ["StoreBusy"]:
            # Another run holds the lease, for a minute at most.
            assert (retrier["IntervalSeconds"], retrier["MaxAttempts"]) == (60, 10)
            assert retrier["BackoffRate"] == 1
            continue
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["BackoffRate"] > 1
        assert 0 < retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"]
        assert 0 < retrier["MaxAttempts"] <= 6


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Plan", set()),
        ("Publish", {"SourceUnavailable", "StoreError", "StoreConflict"}),
        ("Catalog", {"StoreBusy", "StoreError", "StoreConflict"}),
        ("Rebuild", {"StoreBusy", "StoreError", "StoreConflict"}),
        ("Commit", {"BlogUnavailable", "BlogConflict", "StoreBusy", "StoreError", "StoreConflict"}),
    ],
)
def test_what_a_task_tries_again(name: str, ours: set[str]) -> None:
    retried = [error for retrier in TASKS[name]["Retry"] for error in retrier["ErrorEquals"]]
    assert set(retried) - LAMBDA_ERRORS == ours
    assert len(retried) == len(set(retried))
    for error in ours:
        assert issubclass(getattr(errors, error), errors.PaperboyError)


def test_each_task_asks_for_an_action_of_the_function() -> None:
    assert {name: payload(task)["action"] for name, task in TASKS.items() if name != "Plan"} == {
        "Publish": "edition",
        "Catalog": "catalog",
        "Rebuild": "rebuild",
        "Commit": "commit",
    }
    for name, task in TASKS.items():
        if name != "Plan":
            asked = {key.removesuffix(".$") for key in payload(task)}
            _, known = actions.ACTIONS[payload(task)["action"]]
            assert asked == {"action", "scheduled_time", *known}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"from": "2025-12-01"}, {"scheduled_time": "start", "force": False}),
        ({"from": "2025-12-01", "to": "2025-12-02", "force": True}, {"scheduled_time": "start"}),
        ({"from": "2025-12-01", "scheduled_time": "then"}, {"force": False}),
        ({"action": "rebuild", "from": "2025-12-01"}, {"scheduled_time": "start", "force": False}),
        ({"form": "2025-12-01"}, {"scheduled_time": "start", "force": False}),
    ],
)
def test_the_function_plans_from_the_whole_input(
    given: dict[str, Any], sent: dict[str, Any]
) -> None:
    context = {"Execution": {"StartTime": "start"}}
    planned = evaluated(payload(TASKS["Plan"]), given, context=context)
    assert planned == {**sent, **given, "action": "plan", "concurrency": 4}


@pytest.mark.parametrize("count", [1, 2])
def test_the_plan_is_kept_as_lists(count: int) -> None:
    dates, months = days(40)[-count:], ["2016-01", "2016-02"][-count:]
    plan = {"dates": dates, "months": months, "pace": 4}
    context = {"Execution": {"StartTime": "start"}}
    data = evaluated(
        STATES["Plan"]["Output"], {"from": "x"}, context=context, result={"Payload": plan}
    )
    assert data == {
        "rebuild": False,
        "from": dates[0],
        "to": dates[-1],
        "scheduled_time": "start",
        "force": False,
        "pace": 4,
        "total": count,
        "days": dates,
        "months": months,
    }


def test_it_is_the_same_in_every_partition() -> None:
    elsewhere = text(**{"AWS::Partition": "aws-cn"})
    assert "arn:aws:states" not in elsewhere
    assert elsewhere.count('"arn:aws-cn:states:::lambda:invoke"') == len(TASKS)


def test_it_ends_after_a_day() -> None:
    # Ten years of days at the pace of the source, and as much again.
    hours = 2 * events.MOST_DAYS * 4 / DAYS["MaxConcurrency"] / 3600
    assert hours < DEFINITION["TimeoutSeconds"] / 3600 == 24


def test_days_are_a_distributed_map_that_is_bounded() -> None:
    config = DAYS["ItemProcessor"]["ProcessorConfig"]
    assert config == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert DAYS["MaxConcurrency"] == 4
    assert DAYS["ToleratedFailurePercentage"] == 20
    assert DAYS["MaxConcurrency"] <= actions.MOST_AT_ONCE
    # The plan's pace and the outcome's limit are of the same numbers.
    assert "'concurrency': 4" in payload(STATES["Plan"])
    assert STATES["Outcome"]["Choices"][0]["Condition"].count("> 20 *") == 1


def test_a_day_that_fails_is_told_and_waits_as_any_other() -> None:
    (catch,) = DAY["Publish"]["Catch"]
    assert catch == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}
    assert DAY["Failed"]["Next"] == DAY["Publish"]["Next"] == "Pause"
    assert DAY["Failed"]["Parameters"]["wait.$"] == "$.pace"
    assert DAY["Publish"]["ResultSelector"]["wait.$"] == "$.Payload.wait"
    assert DAY["Pause"]["SecondsPath"] == "$.wait"


def test_a_month_that_fails_is_told_with_what_the_error_says() -> None:
    (catch,) = MONTH["Rebuild"]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    data = {
        "month": "2025-12",
        "failure": {"Error": "PayloadError", "Cause": '{"errorMessage": "not \\"gzip\\""}'},
    }
    told = evaluated(MONTH["NotRebuilt"]["Output"], data)
    assert told == {"month": "2025-12", "error": "PayloadError", "message": 'not "gzip"'}
    data["failure"] = {"Error": "States.Timeout", "Cause": "too late " * 100}
    assert len(evaluated(MONTH["NotRebuilt"]["Output"], data)["message"]) == 500


@pytest.mark.parametrize("error", ["", "SourceUnavailable", max(LAMBDA_ERRORS, key=len)])
def test_as_many_days_as_allowed_fit_into_the_states_data(error: str) -> None:
    became = {"error": error} if error else {"status": "published"}
    found = [{"date": day, **became} for day in days(events.MOST_DAYS)]
    months = [f"{year}-{month:02}" for year in range(2016, 2027) for month in range(1, 13)]
    data = {
        "rebuild": False,
        "from": "2016-01-01",
        "to": "2026-01-01",
        "scheduled_time": "2026-01-01T02:00:00.000Z",
        "force": False,
        "pace": 32,
        "total": len(found),
        "days": found,
        "months": months,
    }
    assert len(json.dumps(data)) < MOST_DATA
    counted = after_days(found)
    done = committed(counted, {"status": "none"})
    assert len(json.dumps(done)) < MOST_DATA
    cause = evaluated(STATES["TooManyFailed"]["Cause"], done)
    assert len(cause) < MOST_CAUSE


def test_what_became_of_the_days_is_counted() -> None:
    statuses = ["published"] * 3 + ["unchanged"] * 2
    statuses += ["updated", "kept", "refused", "superseded", "empty"]
    found = [
        {"date": day, "status": status}
        for day, status in zip(days(len(statuses)), statuses, strict=True)
    ]
    failed = {"date": "2025-12-24", "error": "PayloadError"}
    data = committed(after_days([*found, failed]), {"status": "none", "commit": None, "url": None})
    assert data["result"] == {
        "from": "2025-12-01",
        "to": "2025-12-31",
        "days": 11,
        "published": 3,
        "updated": 1,
        "unchanged": 2,
        "kept": 1,
        "refused": 1,
        "superseded": 1,
        "empty": 1,
        "failed": 1,
        "failed_days": [failed],
        "blog": None,
    }
    assert outcome(data) == "Done"
    assert STATES["Done"]["InputPath"] == "$.result"


def test_a_day_that_nobody_tells_of_has_failed() -> None:
    data = after_days([{"date": "2025-12-24", "status": "kept"}])
    lost = evaluated(
        STATES["CountDays"]["Output"],
        {"total": 2, "days": [{"date": "2025-12-24", "status": "kept"}], "months": ["2025-12"]},
    )
    assert (data["result"]["failed"], lost["result"]["failed"]) == (0, 1)


@pytest.mark.parametrize(("failed", "end"), [(0, "Done"), (2, "Done"), (3, "TooManyFailed")])
def test_too_many_failed_days_fail_the_execution(failed: int, end: str) -> None:
    found: list[dict[str, str]] = [
        {"date": day, "error": "SourceUnavailable"} for day in days(failed)
    ]
    found += [{"date": "2025-12-24", "status": "published"}] * (10 - failed)
    data = committed(after_days(found), {"status": "none"})
    assert outcome(data) == end
    cause = evaluated(STATES["TooManyFailed"]["Cause"], data)
    assert cause.startswith(f"{failed} of 10 days failed, more than the 20 % that are tolerated.")
    assert "Start it again with the same input" in cause
    assert cause.count("(SourceUnavailable)") == failed


def test_only_some_of_many_failed_days_are_named() -> None:
    found = [{"date": day, "error": "SourceUnavailable"} for day in days(60)]
    cause = evaluated(STATES["TooManyFailed"]["Cause"], after_days(found))
    assert cause.count("(SourceUnavailable)") == 50
    assert cause.endswith("(SourceUnavailable), …")


def test_a_commit_is_told() -> None:
    answer = {"status": "committed", "commit": "0" * 40, "url": "https://github.com/a/b"}
    data = committed(after_days([{"date": "2025-12-24", "status": "published"}]), answer)
    assert data["result"]["blog"] == answer
    assert outcome(data) == "Done"


@pytest.mark.parametrize("cause", ['{"errorMessage": "no \\"write\\""}', 'no "write"'])
def test_a_commit_that_fails_fails_the_execution_under_its_own_name(cause: str) -> None:
    data = after_days([{"date": "2025-12-24", "status": "published"}])
    data = not_committed(data, "BlogRejected", cause)
    assert data["result"]["blog"] == {"error": "BlogRejected", "message": 'no "write"'}
    assert STATES["Commit"]["Catch"][0]["Next"] == STATES["Commit"]["Next"] == "Outcome"
    assert outcome(data) == "BlogFailed"
    assert evaluated(STATES["BlogFailed"]["Error"], data) == "BlogRejected"
    told = evaluated(STATES["BlogFailed"]["Cause"], data)
    assert "(0 of 1 days failed)" in told
    assert 'no "write"' in told


def test_the_catalog_goes_on_until_it_is_done() -> None:
    counted = after_days([{"date": "2025-12-24", "status": "published"}])
    assert (counted["catalog"]["next"], counted["last_month"]) == ("2025-12", "2025-12")
    assert payload(STATES["Catalog"])["from.$"] == "$.catalog.next"
    assert payload(STATES["Catalog"])["to.$"] == "$.last_month"
    assert STATES["Catalog"]["ResultPath"] == "$.catalog"
    (done,) = STATES["CatalogDone"]["Choices"]
    assert done == {"Variable": "$.catalog.next", "IsNull": True, "Next": "Commit"}
    assert STATES["CatalogDone"]["Default"] == "Catalog"


def test_months_are_counted_too() -> None:
    failed = {"month": "2025-11", "error": "PayloadError", "message": "broken (raw/x.json.gz)"}
    rebuilt = {"month": "2025-12", "editions": 22, "changed": 3}
    data = committed(after_months([failed, rebuilt]), {"status": "none"})
    assert data["result"] == {
        "from": "2025-11-01",
        "to": "2025-12-31",
        "months": 2,
        "rebuilt": 1,
        "editions": 22,
        "changed": 3,
        "failed": 1,
        "failed_months": [failed],
        "blog": None,
    }
    assert outcome(data) == "TooManyFailed"
    cause = evaluated(STATES["TooManyFailed"]["Cause"], data)
    assert cause.startswith("1 of 2 months failed")
    assert "2025-11 (PayloadError: broken (raw/x.json.gz))" in cause
    assert after_months([failed])["result"]["editions"] == 0


def test_as_many_months_as_allowed_fit_into_the_states_data() -> None:
    failed = {"month": "2025-11", "error": "PayloadError", "message": "x" * 500}
    data = after_months([failed] * 122)
    assert len(json.dumps(data)) < MOST_DATA
    assert len(evaluated(STATES["TooManyFailed"]["Cause"], data)) < MOST_CAUSE


def test_months_of_ten_years_fit_into_one_executions_history() -> None:
    # One lease at a time.
    assert MONTHS["MaxConcurrency"] == 1
    # Entered, exited, the iteration's own two, and three for each of so many attempts.
    events_a_month = 2 + 2 + 3 * 24
    assert 122 * events_a_month < MOST_EVENTS


def test_an_unknown_action_is_refused() -> None:
    absent, rebuild = STATES["Action"]["Choices"]
    assert (absent["Variable"], absent["IsPresent"]) == ("$.action", False)
    assert (rebuild["Variable"], rebuild["StringEquals"]) == ("$.action", "rebuild")
    assert STATES[STATES["Action"]["Default"]]["Error"] == errors.InvalidEvent.__name__


def test_the_machine_is_the_files() -> None:
    assert REPOSITORY / MACHINE["DefinitionUri"] == FILE
    assert MACHINE["Type"] == "STANDARD"
    assert MACHINE["Role"] == {"Fn::GetAtt": ["BackfillRole", "Arn"]}
    used = set(re.findall(r"\$\{(\w+)\}", FILE.read_text("utf-8")))
    assert used == MACHINE["DefinitionSubstitutions"].keys()
    assert TEMPLATE["Outputs"]["BackfillStateMachine"]["Value"] == {"Ref": "Backfill"}


def test_the_role_may_call_the_function_and_start_the_machine_and_nothing_else() -> None:
    made = template.Stack(TEMPLATE, STACK).made("Resources")
    role, machine = made["BackfillRole"]["Properties"], made["Backfill"]["Properties"]
    (policy,) = role["Policies"]
    call, start, follow, redrive = policy["PolicyDocument"]["Statement"]
    states = "arn:aws:states:ap-northeast-2:123456789012"
    assert call["Action"] == "lambda:InvokeFunction"
    assert call["Resource"] == ARN
    assert start["Action"] == "states:StartExecution"
    assert start["Resource"] == f"{states}:stateMachine:{machine['Name']}"
    assert follow["Action"] == ["states:DescribeExecution", "states:StopExecution"]
    executions = f"{states}:execution:{machine['Name']}"
    assert follow["Resource"] == [f"{executions}:*", f"{executions}/days:*"]
    assert redrive["Action"] == "states:RedriveExecution"
    assert redrive["Resource"] == f"{executions}/days:*"
    assert {one["Effect"] for one in (call, start, follow, redrive)} == {"Allow"}
    # One with a name would need another capability than samconfig.toml gives.
    assert role.keys().isdisjoint({"RoleName", "ManagedPolicyArns"})
