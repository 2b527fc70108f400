"""SnapStart on and off again, in a deployed stack: which version runs, and what is left of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support import rie
from tests.support.emulator import RUNTIME, Emulator, emulator
from tests.support.fakes import answer, entry
from tests.support.servers import replay_huggingface

rie.need_package()

DAY = "2025-12-24"
OFF = {"SnapStart": "false"}
FIRST = {"SnapStart": "true", "SnapStartRelease": "first"}
SECOND = {"SnapStart": "true", "SnapStartRelease": "second"}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Emulator]:
    # SnapStart is for Lambda's own runtimes.
    with emulator(tmp_path / "aws.log", wait_scale=0.0, runtime=RUNTIME) as made:
        yield made


def published(aws: Emulator) -> list[tuple[str, str]]:
    """Return the versions of the function that have a snapshot, with their descriptions."""
    with closing(aws.client("lambda")) as client:
        name = aws.outputs["FunctionName"].partition(":")[0]
        versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    return [
        (one["Version"], one["Description"])
        for one in versions
        if one["SnapStart"]["OptimizationStatus"] == "On"
    ]


def scheduled(aws: Emulator) -> str:
    """Return what the schedule starts."""
    with closing(aws.client("scheduler")) as client:
        (schedule,) = client.list_schedules()["Schedules"]
        return str(client.get_schedule(Name=schedule["Name"])["Target"]["Arn"])


def run(aws: Emulator, function: str) -> tuple[str, dict[str, Any]]:
    """Invoke a function, and return which version ran, and its report."""
    with closing(aws.client("lambda")) as client:
        done = client.invoke(FunctionName=function, Payload=json.dumps({"date": DAY}))
        report = json.load(done["Payload"])
    assert "FunctionError" not in done, report
    return done["ExecutedVersion"], report


def test_what_is_deployed_runs_from_a_snapshot_until_it_is_switched_off(aws: Emulator) -> None:
    with replay_huggingface({DAY: answer(entry(1), entry(2))}) as source:
        for parameters, version, status, snapshots in (
            (OFF, "$LATEST", "published", []),
            (FIRST, "1", "unchanged", [("1", "first")]),
            # The first one's snapshot is no longer billed.
            (SECOND, "2", "unchanged", [("2", "second")]),
            (OFF, "$LATEST", "unchanged", []),
        ):
            aws.deploy(SourceUrl=source.url, Architecture="x86_64", **parameters)
            assert scheduled(aws) == aws.outputs["FunctionArn"]
            assert published(aws) == snapshots
            for function in (scheduled(aws), aws.outputs["FunctionName"]):
                ran, report = run(aws, function)
                assert (ran, report["editions"][0]["status"]) == (version, status)
                status = "unchanged"
        done = aws.execute({"from": DAY, "to": DAY})
        assert done["status"] == "SUCCEEDED", done
