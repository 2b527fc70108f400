"""The project's own workflows: what they may do, what they run, and that nothing in them floats."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.recorded import REPOSITORY

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.y*ml"))
# Those of others run with what the job may do; a new one is a decision.
ACTIONS = {
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
}
# A release, or a commit; a branch or `v4` is moved by others.
PINNED = re.compile(r"v\d+\.\d+\.\d+|[0-9a-f]{40}")
# What may be written, and by which workflow.
WRITES = {("deploy", "id-token")}
EVENTS = {
    "check": {"push", "pull_request"},
    "audit": {"schedule", "push", "workflow_dispatch"},
    "deploy": {"workflow_dispatch"},
}
LONGEST_MINUTES = 30
STORED_KEY = re.compile(r"aws-(access-key-id|secret-access-key|session-token)|AKIA[0-9A-Z]{16}")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")

Json = dict[str, Any]


def load(path: Path) -> Json:
    """Return a workflow; its `on` is that, and not the `true` of YAML 1.1."""
    text = re.sub(r"^on:", '"on":', path.read_text("utf-8"), flags=re.MULTILINE)
    workflow: Json = yaml.safe_load(text)
    return workflow


def faults(workflow: Json) -> list[str]:
    """Return what is wrong with a workflow, a few words each."""
    name = workflow["name"]
    found = [f"runs on {event}" for event in set(workflow["on"]) - EVENTS.get(name, set())]
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("may do more than read, in all jobs")
    for job in workflow["jobs"].values():
        found += job_faults(name, job)
    if STORED_KEY.search(str(workflow)) or "secrets" in " ".join(EXPRESSION.findall(str(workflow))):
        found.append("takes a stored key")
    return found


def job_faults(workflow: str, job: Json) -> Iterator[str]:
    granted = job.get("permissions", {})
    if not isinstance(granted, dict):
        yield f"may {granted}"
        granted = {}
    for what, level in granted.items():
        if level != "read" and (workflow, what) not in WRITES:
            yield f"may {level} {what}"
    if not 0 < job.get("timeout-minutes", 360) <= LONGEST_MINUTES:
        yield "has no short time-out"
    if "id-token" in granted and "environment" not in job:
        yield "deploys outside an environment"
    if not re.search(r"-\d", job["runs-on"]):
        yield "runs on whatever is latest"
    for step in job["steps"]:
        yield from step_faults(step)


def step_faults(step: Json) -> Iterator[str]:
    # GitHub fills expressions into a script's text, which anybody's branch name then is part of.
    if EXPRESSION.search(step.get("run", "")):
        yield "fills something into a script"
    action, _, version = step.get("uses", "").partition("@")
    if action and action not in ACTIONS:
        yield f"uses {action}"
    if action and not PINNED.fullmatch(version):
        yield f"uses {action} as it may be tomorrow"
    if (
        action == "actions/checkout"
        and step.get("with", {}).get("persist-credentials") is not False
    ):
        yield "leaves its token in the checkout"


def test_these_are_the_workflows() -> None:
    assert {load(path)["name"] for path in WORKFLOWS} == EVENTS.keys()
    assert all(load(path)["name"] == path.stem for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_and_does_no_more_than_it_has_to(path: Path) -> None:
    workflow = load(path)
    assert faults(workflow) == []
    assert set(workflow["on"]) == EVENTS[path.stem]


Spoil = Callable[[Json], object]


def step(workflow: Json, uses: str) -> Json:
    """Return the step of the deployment that uses an action."""
    steps = workflow["jobs"]["deploy"]["steps"]
    found: Json = next(one for one in steps if one.get("uses", "").startswith(uses))
    return found


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda w: w["on"].update(pull_request_target=None), "runs on pull_request_target"),
        (lambda w: w["on"].update(push=None), "runs on push"),
        (lambda w: w.pop("permissions"), "may do more than read, in all jobs"),
        (lambda w: w.update(permissions="write-all"), "may do more than read, in all jobs"),
        (lambda w: w["jobs"]["deploy"].update(permissions="write-all"), "may write-all"),
        (
            lambda w: w["jobs"]["deploy"]["permissions"].update(contents="write"),
            "may write contents",
        ),
        (lambda w: w["jobs"]["deploy"].pop("timeout-minutes"), "has no short time-out"),
        (lambda w: w["jobs"]["deploy"].pop("environment"), "deploys outside an environment"),
        (
            lambda w: w["jobs"]["deploy"].update({"runs-on": "ubuntu-latest"}),
            "runs on whatever is latest",
        ),
        (
            lambda w: w["jobs"]["deploy"]["steps"].append({"run": "echo ${{ github.head_ref }}"}),
            "fills something into a script",
        ),
        (
            lambda w: w["jobs"]["deploy"].update(env={"TOKEN": "${{ secrets.TOKEN }}"}),
            "takes a stored key",
        ),
        (
            lambda w: step(w, "aws-actions/")["with"].update({"aws-access-key-id": "x"}),
            "takes a stored key",
        ),
        (
            lambda w: step(w, "actions/checkout").update(uses="actions/checkout@v4"),
            "uses actions/checkout as it may be tomorrow",
        ),
        (
            lambda w: step(w, "actions/checkout").update(uses="someone/checkout@v1.0.0"),
            "uses someone/checkout",
        ),
        (
            lambda w: step(w, "actions/checkout").pop("with"),
            "leaves its token in the checkout",
        ),
    ],
)
def test_what_is_wrong_is_seen(spoil: Spoil, fault: str) -> None:
    workflow = load(GITHUB / "workflows" / "deploy.yml")
    assert isinstance(workflow["on"], dict)
    spoiled = copy.deepcopy(workflow)
    spoil(spoiled)
    assert faults(spoiled) == [fault]


def test_the_deployment_has_credentials_only_after_the_build() -> None:
    steps = load(GITHUB / "workflows" / "deploy.yml")["jobs"]["deploy"]["steps"]
    order = [one.get("run") or one["uses"].partition("@")[0] for one in steps]
    assert order[-3:-1] == ["make package", "aws-actions/configure-aws-credentials"]
    assert order[-1].startswith(".venv-sam/bin/sam deploy ")
    assert steps[-2]["with"]["role-to-assume"] == "${{ vars.AWS_ROLE }}"


def test_the_checks_are_those_of_the_project() -> None:
    steps = load(GITHUB / "workflows" / "check.yml")["jobs"]["check"]["steps"]
    assert ".ci/run" in [one.get("run") for one in steps]


def test_all_that_is_locked_or_pinned_is_looked_after() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    kinds = {one["package-ecosystem"]: one for one in updates}
    assert kinds.keys() == {"pip", "github-actions"}
    assert {one["schedule"]["interval"] for one in updates} == {"weekly"}
    assert (REPOSITORY / kinds["pip"]["directory"].lstrip("/") / "lambda.txt").is_file()
