"""The workflows: what they may do, what they run, and that every action is pinned."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.recorded import REPOSITORY

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.y*ml"))
# They run with the permissions of the job; a new one is a decision.
ACTIONS = {
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
}
# A commit; others can move a branch or a tag.
PINNED = re.compile(r"[0-9a-f]{40}")
# What may be written, and by which workflow.
WRITES = {("deploy", "id-token")}
EVENTS = {
    "check": {"push", "pull_request", "workflow_call"},
    "audit": {"schedule", "push", "workflow_dispatch"},
    "deploy": {"workflow_dispatch"},
}
LONGEST_MINUTES = 30
STORED_KEY = re.compile(r"aws-(access-key-id|secret-access-key|session-token)|AKIA[0-9A-Z]{16}")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")

CHANGE_SET = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/samcli-deploy1/0a1b2c3d"
# The AWS CLI: it keeps its calls, and says the next status at each.
AWS = """#!/bin/sh
echo "$*" >> calls
case $2 in describe-change-set) head -n 1 statuses; sed -i 1d statuses;; esac
"""

Json = dict[str, Any]


def load(name: str) -> Json:
    """Return a workflow; its `on` is that, and not the `true` of YAML 1.1."""
    text = (GITHUB / "workflows" / f"{name}.yml").read_text("utf-8")
    workflow: Json = yaml.safe_load(re.sub(r"^on:", '"on":', text, flags=re.MULTILINE))
    return workflow


JOBS = [
    (path.stem, job)
    for path in WORKFLOWS
    for job in load(path.stem)["jobs"].values()
    if "uses" not in job
]


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


def test_the_deployment_waits_for_checks_and_approval() -> None:
    jobs = load("deploy")["jobs"]
    assert jobs["check"] == {"uses": "./.github/workflows/check.yml"}
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "check": None,
        "preview": "check",
        "apply": "preview",
    }
    environments = {name: job.get("environment") for name, job in jobs.items()}
    assert environments == {"check": None, "preview": "preview", "apply": "production"}


def test_the_preview_has_credentials_only_after_the_build() -> None:
    steps = load("deploy")["jobs"]["preview"]["steps"]
    order = [one.get("run") or one["uses"].partition("@")[0] for one in steps]
    assert order[-3:-1] == ["make package", "aws-actions/configure-aws-credentials"]
    assert order[-1].startswith(".venv-sam/bin/sam deploy --no-execute-changeset ")
    assert steps[-2]["with"]["role-to-assume"] == "${{ vars.AWS_ROLE }}"


def script(job: str) -> str:
    """Return the last script of a job of the deployment."""
    text: str = load("deploy")["jobs"][job]["steps"][-1]["run"]
    return text


def run(text: str, place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does, with the programs in `place`."""
    for program in place.iterdir():
        program.chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=place,
        env={**os.environ, "PATH": f"{place}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("printed", "output"),
    [
        (f"\nChangeset created successfully. {CHANGE_SET}\n\n", f"change-set={CHANGE_SET}\n"),
        ("\nNo changes to deploy. Stack paperboy is up to date\n", ""),
    ],
)
def test_the_preview_passes_its_change_set_on(tmp_path: Path, printed: str, output: str) -> None:
    (tmp_path / "sam").write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n", "utf-8")
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = run(script("preview").replace(".venv-sam/bin/sam", "sam"), tmp_path, **files)
    assert done.returncode == 0, done.stderr
    assert Path(files["GITHUB_OUTPUT"]).read_text("utf-8") == output
    assert printed.strip() in Path(files["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


@pytest.mark.parametrize(
    ("statuses", "ends"),
    [
        (["EXECUTE_COMPLETE"], 0),
        (["AVAILABLE", "EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE"], 0),
        (["EXECUTE_IN_PROGRESS", "EXECUTE_FAILED"], 1),
        (["OBSOLETE"], 1),
    ],
)
def test_the_deployment_follows_its_change_set(
    tmp_path: Path, statuses: list[str], ends: int
) -> None:
    (tmp_path / "statuses").write_text("\n".join(statuses) + "\n", "utf-8")
    (tmp_path / "aws").write_text(AWS, "utf-8")
    # Nothing to wait for.
    (tmp_path / "sleep").write_text("#!/bin/sh\n", "utf-8")
    done = run(script("apply"), tmp_path, CHANGE_SET=CHANGE_SET)
    assert done.returncode == ends, done.stderr
    assert done.stdout.splitlines()[-1] == statuses[-1]
    calls = (tmp_path / "calls").read_text("utf-8").splitlines()
    named = f"--change-set-name {CHANGE_SET}"
    assert calls[0] == f"cloudformation execute-change-set {named}"
    assert len([call for call in calls if f"describe-change-set {named}" in call]) == len(statuses)


def test_the_checks_are_those_of_the_project() -> None:
    jobs = load("check")["jobs"]
    assert ".ci/run" in [one.get("run") for one in jobs["check"]["steps"]]
    assert jobs["pythons"]["steps"][-1]["run"] == 'make test PYTHON="$PYTHON"'


def test_every_supported_python_is_tested() -> None:
    jobs = load("check")["jobs"]
    tested = {jobs["check"]["steps"][1]["with"]["python-version"]}
    tested |= set(jobs["pythons"]["strategy"]["matrix"]["python"])
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = int(project["requires-python"].removeprefix(">=3."))
    assert tested == {f"3.{minor}" for minor in range(oldest, oldest + 4)}


def test_all_that_is_locked_or_pinned_is_looked_after() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    kinds = {one["package-ecosystem"]: one for one in updates}
    assert kinds.keys() == {"pip", "github-actions"}
    assert {one["schedule"]["interval"] for one in updates} == {"weekly"}
    assert (REPOSITORY / kinds["pip"]["directory"].lstrip("/") / "lambda.txt").is_file()
