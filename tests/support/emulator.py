"""An AWS on loopback that runs the deployed package: functions, state machines, S3."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.rie import PACKAGE, PYTHON
from tests.support.sample import ROOT
from tests.support.servers import CREDENTIAL, LOOPBACK, REGION

BUILT = PACKAGE.parent / "template.yaml"
# The template's runtime, and the one under which the emulator runs what is in the package, and so
# Lambda's own start-up code: its workers for Python do not tell the classes of our errors.
RUNTIME, OUR_START = "Runtime: python3.13", "Runtime: provided.al2023"
# Resources that the emulator does not know: saved queries, identity providers, and alarms on
# metric math.
UNKNOWN = re.compile(
    r"^  \w+:\n    Type: (?:AWS::Logs::QueryDefinition|AWS::Athena::NamedQuery"
    r"|AWS::IAM::OIDCProvider"
    r"|AWS::CloudWatch::Alarm(?=\n(?:    .*\n)*      Metrics:))\n(?:    .*\n|\n)*",
    re.MULTILINE,
)
BOOTSTRAP = """\
#!/bin/sh
cd "$LAMBDA_TASK_ROOT" || exit 1
exec {} -m awslambdaric "$_HANDLER"
"""
EMULATOR = ROOT / "build" / "emulator" / "bin" / "ministack"
SAM = ROOT / ".venv-sam" / "bin" / "sam"
STACK = "paperboy"
WITH_ROLES = ("--capabilities", "CAPABILITY_IAM")
WITH_CODE = ("--resolve-s3", *WITH_ROLES)
STARTUP_SECONDS, DEPLOY_SECONDS = 60, 180


class Emulator:
    """The emulated AWS, and the stack in it."""

    def __init__(self, url: str, environment: Mapping[str, str], place: Path) -> None:
        self.url = url
        self.environment = environment
        self._place = place
        self.outputs: dict[str, str] = {}

    def client(self, service: str) -> Any:
        """Return a client for one of its services; the caller closes it."""
        session = boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)
        return session.client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def deploy(self, variables: Mapping[str, str], **parameters: str) -> None:
        """Deploy what was built, as README says, and remember the stack's outputs.

        `variables` are what is in `paperboy.toml` elsewhere, as variables of the function.
        """
        template = startable(self._place, variables)
        self.outputs = self._deploy(template, STACK, WITH_CODE, parameters)

    def deploy_beside(self, template: Path, stack: str, **parameters: str) -> dict[str, str]:
        """Deploy another template, as far as the emulator knows it; return the stack's outputs."""
        known = self._place / template.name
        known.write_text(UNKNOWN.sub("", template.read_text("utf-8")), "utf-8")
        return self._deploy(known, stack, WITH_ROLES, parameters)

    def deploy_folder(self, template: Path, stack: str, **parameters: str) -> None:
        """Deploy a template with the code that is beside it."""
        self._deploy(template, stack, WITH_CODE, parameters)

    def _deploy(
        self, template: Path, stack: str, options: Sequence[str], parameters: Mapping[str, str]
    ) -> dict[str, str]:
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        command = [str(SAM), "deploy", "--template-file", str(template), "--stack-name", stack]
        options = (*options, "--no-confirm-changeset", "--region", REGION, "--no-progressbar")
        done = subprocess.run(
            [*command, *options, "--parameter-overrides", *overrides],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEPLOY_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        with closing(self.client("cloudformation")) as client:
            (made,) = client.describe_stacks(StackName=stack)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in made.get("Outputs", ())}

    def printed(self, group: str) -> list[str]:
        """Wait until a function has ended, and return the lines of the log groups so named."""
        end = time.monotonic() + STARTUP_SECONDS
        with closing(self.client("logs")) as client:
            while time.monotonic() < end:
                groups = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
                names = [one["logGroupName"] for one in groups]
                found = [client.filter_log_events(logGroupName=name) for name in names]
                lines = [one["message"].rstrip() for answer in found for one in answer["events"]]
                if any(line.startswith("END ") for line in lines):
                    return lines
                time.sleep(0.2)
        raise TimeoutError(f"no function of {group} has ended")

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """Return what is stored under a prefix, by keys without it."""
        with closing(self.client("s3")) as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
            return {
                key.removeprefix(prefix): client.get_object(Bucket=bucket, Key=key)["Body"].read()
                for key in keys
            }

    def execute(self, event: Mapping[str, object]) -> dict[str, Any]:
        """Run the backfill's state machine to its end, and return how that describes it."""
        with closing(self.client("stepfunctions")) as client:
            arn = client.start_execution(
                stateMachineArn=self.outputs["BackfillStateMachine"], input=json.dumps(event)
            )["executionArn"]
            while (told := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                time.sleep(0.2)
        return dict(told)


@contextmanager
def emulator(log: Path, wait_scale: float = 1.0) -> Iterator[Emulator]:
    """Run the emulator; its state machines wait so many times as long as they say."""
    if not (EMULATOR.exists() and SAM.exists() and BUILT.exists()):
        pytest.skip("the package or the emulator is not there: run `make e2e`")
    port = _free_port()
    url = f"http://{LOOPBACK}:{port}"
    keys = {"AWS_ACCESS_KEY_ID": CREDENTIAL, "AWS_SECRET_ACCESS_KEY": CREDENTIAL}
    environment = {
        **os.environ,
        **keys,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "SAM_CLI_TELEMETRY": "0",
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "SFN_WAIT_SCALE": str(wait_scale),
    }
    with log.open("wb") as output:
        process = subprocess.Popen([EMULATOR], env=environment, stdout=output, stderr=output)
        try:
            _wait_for(port, process)
            yield Emulator(url, environment, log.parent)
        finally:
            process.terminate()
            process.wait(30)


def startable(place: Path, variables: Mapping[str, str]) -> Path:
    """Copy what was built, with what starts it and with more variables; return the template."""
    built = place / "build"
    shutil.copytree(BUILT.parent, built, symlinks=True, dirs_exist_ok=True)
    bootstrap = built / PACKAGE.name / "bootstrap"
    bootstrap.write_text(BOOTSTRAP.format(PYTHON), "utf-8")
    bootstrap.chmod(0o755)
    template = built / BUILT.name
    text = template.read_text("utf-8")
    assert RUNTIME in text
    text = text.replace(RUNTIME, OUR_START)
    text = text.replace("../../statemachine", str(ROOT / "statemachine"))
    for name, value in variables.items():
        text = re.sub(rf"^ +{name}: ''\n", "", text, flags=re.MULTILINE)
        text = re.sub(
            r"^( +)(POWERTOOLS_SERVICE_NAME:)", rf"\1{name}: {value}\n\1\2", text, flags=re.M
        )
    text = UNKNOWN.sub("", text)
    template.write_text(text, "utf-8")
    return template


def _free_port() -> int:
    with closing(socket.create_server((LOOPBACK, 0))) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the emulator ended"
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"the emulator does not listen on {port}")
