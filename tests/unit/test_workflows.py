"""The project's own workflows: what they may do, what they run, and that nothing in them floats."""

import re
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


def load(name: str) -> Json:
    """Return a workflow; its `on` is that, and not the `true` of YAML 1.1."""
    text = (GITHUB / "workflows" / f"{name}.yml").read_text("utf-8")
    workflow: Json = yaml.safe_load(re.sub(r"^on:", '"on":', text, flags=re.MULTILINE))
    return workflow


JOBS = [(path.stem, job) for path in WORKFLOWS for job in load(path.stem)["jobs"].values()]


@pytest.mark.parametrize("name", EVENTS)
def test_a_workflow_reads_and_takes_no_stored_key(name: str) -> None:
    workflow = load(name)
    assert workflow["name"] == name
    assert set(workflow["on"]) == EVENTS[name]
    assert workflow["permissions"] == {"contents": "read"}
    assert not STORED_KEY.search(str(workflow))
    assert "secrets" not in " ".join(EXPRESSION.findall(str(workflow)))


def test_these_are_the_workflows() -> None:
    assert {path.name for path in WORKFLOWS} == {f"{name}.yml" for name in EVENTS}


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_may_no_more_than_it_has_to(name: str, job: Json) -> None:
    granted = job.get("permissions", {})
    written = {(name, what) for what, level in granted.items() if level != "read"}
    assert written <= WRITES
    assert "environment" in job or not written
    assert 0 < job["timeout-minutes"] <= LONGEST_MINUTES
    # Not whatever is the latest.
    assert re.search(r"-\d", job["runs-on"])


@pytest.mark.parametrize("step", [step for _, job in JOBS for step in job["steps"]])
def test_a_step_is_pinned_and_safe(step: Json) -> None:
    # GitHub fills expressions into a script's text, and a branch's name may be one.
    assert not EXPRESSION.search(step.get("run", ""))
    if "uses" in step:
        action, _, version = step["uses"].partition("@")
        assert action in ACTIONS
        assert PINNED.fullmatch(version)
        # The checkout would keep the job's token.
        assert action != "actions/checkout" or step["with"]["persist-credentials"] is False


def test_the_deployment_has_credentials_only_after_the_build() -> None:
    steps = load("deploy")["jobs"]["deploy"]["steps"]
    order = [one.get("run") or one["uses"].partition("@")[0] for one in steps]
    assert order[-3:-1] == ["make package", "aws-actions/configure-aws-credentials"]
    assert order[-1].startswith(".venv-sam/bin/sam deploy ")
    assert steps[-2]["with"]["role-to-assume"] == "${{ vars.AWS_ROLE }}"


def test_the_checks_are_those_of_the_project() -> None:
    steps = load("check")["jobs"]["check"]["steps"]
    assert ".ci/run" in [one.get("run") for one in steps]


def test_all_that_is_locked_or_pinned_is_looked_after() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    kinds = {one["package-ecosystem"]: one for one in updates}
    assert kinds.keys() == {"pip", "github-actions"}
    assert {one["schedule"]["interval"] for one in updates} == {"weekly"}
    assert (REPOSITORY / kinds["pip"]["directory"].lstrip("/") / "lambda.txt").is_file()
