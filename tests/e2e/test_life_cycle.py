"""A deployment's life, by the commands of README, on an AWS on loopback.

The emulator does not check permissions, sends no e-mail and has no real CloudFront;
docs/first-hour-on-aws.md lists what to try on AWS.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tools import configure

from tests.support import rie, sample
from tests.support.emulator import SAM, STACK, Emulator, emulator, startable
from tests.support.recorded import REPOSITORY
from tests.support.servers import REGION, ReplayServer, replay_huggingface

rie.need_package()

DAY = "2025-12-24"
EVENT = json.dumps({"date": DAY})
# Nothing sends the signal that it waits for, so its creation fails, after that of the bucket.
BROKEN = """
  Handle:
    Type: AWS::CloudFormation::WaitConditionHandle
  Broken:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Bucket
    Properties:
      Handle:
        Ref: Handle
      Timeout: '1'
"""
SECONDS = 300


@pytest.fixture(scope="module")
def source() -> Iterator[ReplayServer]:
    with replay_huggingface({DAY: sample.PAYLOAD.read_bytes()}) as server:
        yield server


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Emulator]:
    with emulator(tmp_path / "aws.log") as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, source: ReplayServer) -> Path:
    """Return a checkout that is built, as far as SAM and `make configure` need it."""
    place = tmp_path / "project"
    place.mkdir()
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy2(REPOSITORY / name, place / name)
    (place / ".aws-sam").mkdir()
    startable(place / ".aws-sam", {"PAPERBOY_SOURCE": source.url})
    return place


def sam(aws: Emulator, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of SAM with the region set, and nobody to answer a question."""
    return subprocess.run(
        [str(SAM), *words],
        cwd=project,
        env={**aws.environment, "AWS_REGION": REGION},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def done(aws: Emulator, project: Path, *words: str) -> str:
    """Run a command of SAM that succeeds, and return what it prints."""
    found = sam(aws, project, *words)
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
    return found.stdout


def stack(aws: Emulator) -> dict[str, Any] | None:
    """Return how CloudFormation describes the stack, None if it is not there."""
    with closing(aws.client("cloudformation")) as client:
        try:
            (found,) = client.describe_stacks(StackName=STACK)["Stacks"]
        except ClientError:
            return None
    assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return dict(found)


def parameters(aws: Emulator) -> dict[str, str]:
    found = stack(aws)
    assert found
    return {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}


def outputs(aws: Emulator) -> dict[str, str]:
    found = stack(aws)
    assert found
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def buckets(aws: Emulator) -> set[str]:
    """Return the buckets but that of SAM."""
    with closing(aws.client("s3")) as client:
        names = {one["Name"] for one in client.list_buckets()["Buckets"]}
    return {name for name in names if not name.startswith("aws-sam-cli")}


def schedule(aws: Emulator) -> set[str]:
    """Return the expressions of the stack's schedules."""
    with closing(aws.client("scheduler")) as client:
        names = [one["Name"] for one in client.list_schedules()["Schedules"]]
        return {client.get_schedule(Name=name)["ScheduleExpression"] for name in names}


def run(aws: Emulator, project: Path) -> dict[str, Any]:
    """Run the function for the day, and return how that ended."""
    report = json.loads(
        done(aws, project, "remote", "invoke", "PaperboyFunction", "--event", EVENT)
    )
    assert "editions" in report, report
    (edition,) = report["editions"]
    return dict(edition)


def configured(project: Path, **values: str) -> None:
    """Answer `make configure`; questions without an answer keep their value."""
    texts = {question.text: question.name for question in configure.QUESTIONS}

    def answer(prompt: str) -> str:
        return values.get(texts[prompt.rpartition(" [")[0]], "")

    configure.configure(project, answer, again=False)


def test_deploy_change_remove_and_bring_back(aws: Emulator, project: Path) -> None:
    done(aws, project, "deploy")

    bucket = outputs(aws)["BucketName"]
    assert run(aws, project)["status"] == "published"
    archive = aws.objects(bucket)
    assert f"daily/{DAY}.json" in archive

    # A parameter on the command line stays when the next deployment does not name it.
    done(aws, project, "deploy", "--parameter-overrides", "SiteUrl=https://papers.example")
    done(aws, project, "deploy")
    assert parameters(aws)["SiteUrl"] == "https://papers.example"

    configured(project, ScheduleExpression="09:00", AlarmEmail="ada@example.com")
    done(aws, project, "deploy", "--config-file", configure.LOCAL)
    assert "cron(0 9 * * ? *)" in schedule(aws)
    assert parameters(aws)["AlarmEmail"] == "ada@example.com"
    # The file has every parameter.
    assert parameters(aws)["SiteUrl"] == ""
    assert outputs(aws)["BucketName"] == bucket
    assert "AlarmsTopic" in outputs(aws)

    done(aws, project, "delete", "--no-prompts")
    assert stack(aws) is None
    assert buckets(aws) == {bucket}
    assert aws.objects(bucket) == archive

    text = (project / configure.LOCAL).read_text("utf-8")
    again = text.replace('ExistingBucket = ""', f'ExistingBucket = "{bucket}"')
    (project / configure.LOCAL).write_text(again, "utf-8")
    done(aws, project, "deploy", "--config-file", configure.LOCAL)
    assert outputs(aws)["BucketName"] == bucket
    assert buckets(aws) == {bucket}
    assert run(aws, project)["status"] == "unchanged"
    # Pages and feeds may differ by settings; what was fetched does not.
    kept = {key for key in archive if key.startswith(("daily/", "raw/", "votes/"))}
    assert {key: aws.objects(bucket)[key] for key in kept} == {key: archive[key] for key in kept}


def test_a_first_deployment_that_fails_can_be_repeated(aws: Emulator, project: Path) -> None:
    template = project / ".aws-sam" / "build" / "template.yaml"
    good = template.read_text("utf-8")
    template.write_text(good.replace("\nResources:\n", f"\nResources:{BROKEN}", 1), "utf-8")

    failed = sam(aws, project, "deploy")

    assert failed.returncode != 0
    assert "Broken" in failed.stdout + failed.stderr
    assert stack(aws) is None
    assert buckets(aws) == set()

    template.write_text(good, "utf-8")
    done(aws, project, "deploy")
    assert buckets(aws) == {outputs(aws)["BucketName"]}


def test_an_update_that_fails_changes_nothing(aws: Emulator, project: Path) -> None:
    done(aws, project, "deploy")
    bucket = outputs(aws)["BucketName"]
    run(aws, project)
    archive = aws.objects(bucket)
    template = project / ".aws-sam" / "build" / "template.yaml"
    text = template.read_text("utf-8")
    template.write_text(text.replace("\nResources:\n", f"\nResources:{BROKEN}", 1), "utf-8")

    failed = sam(aws, project, "deploy", "--parameter-overrides", "SiteUrl=https://papers.example")

    assert failed.returncode != 0
    assert "Broken" in failed.stdout + failed.stderr
    assert aws.objects(bucket) == archive
    with closing(aws.client("cloudformation")) as client:
        (found,) = client.describe_stacks(StackName=STACK)["Stacks"]
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    with closing(aws.client("lambda")) as client:
        name = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}["FunctionName"]
        variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert not variables.get("PAPERBOY_SITE_URL")
