"""`paperboy backfill`: many days, on this computer from a replay, and by a state machine."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import boto3
import pytest
from moto import mock_aws

from core import publish
from core.model.report import RunRequest
from handler import bootstrap
from handler.cli import arguments
from handler.settings import from_environment
from tests.support import sample
from tests.support.command import PAPERBOY, Paperboy, tree
from tests.support.papers import answer, entry
from tests.support.servers import Allowance, Answer, ReplayServer, mishaps, replay_huggingface

FIRST, COUNT = date(2025, 11, 20), 60
DAYS = [FIRST + timedelta(days=number) for number in range(COUNT)]
NOW = "2026-02-01T02:00:00Z"
RANGE = ("--from", str(DAYS[0]), "--to", str(DAYS[-1]), "--now", NOW)


def payload(day: date) -> bytes:
    """Return a day's answer; weekends are empty."""
    number = (day - FIRST).days
    return b"[]" if day.weekday() > 4 else answer(entry(2 * number), entry(2 * number + 1))


PAYLOADS: dict[str, bytes | Answer] = {str(day): payload(day) for day in DAYS}
WEEKDAYS = [day for day in DAYS if day.weekday() < 5]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    return Paperboy(tmp_path, monkeypatch, capsys)


@pytest.fixture
def source() -> Iterator[ReplayServer]:
    with replay_huggingface(PAYLOADS, Allowance()) as server:
        yield server


def files(place: Path) -> dict[str, bytes]:
    """Return what is published: the state tells how many commits there were, too."""
    return {key: body for key, body in tree(place).items() if not key.startswith("state/")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the archive that a run a day makes."""
    place = tmp_path_factory.mktemp("whole")
    for day in DAYS:
        (place / f"{day}.json").write_bytes(payload(day))
    settings = {"PAPERBOY_STORE": f"{place.as_uri()}/public", "PAPERBOY_SOURCE": place.as_uri()}
    ports = bootstrap.ports(from_environment(settings), lambda: 60.0)
    for day in DAYS:
        now = arguments.moment(NOW)
        assert publish.run(RunRequest((day,), now), ports).errors() == []
    return files(place / "public")


@pytest.mark.parametrize("threads", ["1", "8"])
def test_it_makes_the_archive_that_single_runs_make(
    run: Paperboy, source: ReplayServer, tmp_path: Path, whole: dict[str, bytes], threads: str
) -> None:
    done = run("backfill", *RANGE, "--threads", threads, PAPERBOY_SOURCE=source.url)
    assert (done.status, done.err) == (0, "")
    assert done.out == f"60 days: {len(WEEKDAYS)} published, {60 - len(WEEKDAYS)} empty\n"
    assert files(tmp_path / "public") == whole
    assert len(source.requests) == COUNT


def test_the_second_time_does_what_is_missing(
    run: Paperboy, source: ReplayServer, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    kinds = {"500": Answer(500), "garbage": Answer(body=b"<html>"), "reset": Answer(reset=True)}
    source.mishap = mishaps(7, 0.1, kinds=kinds)
    bad = [day for day in DAYS if source.mishap(str(day), 0)]
    assert len(bad) in range(3, 10)
    done = run("backfill", *RANGE, "--json", PAPERBOY_SOURCE=source.url)
    told = json.loads(done.out)
    assert done.status == 1
    assert [one["date"] for one in told["failed_days"]] == [str(day) for day in bad]
    assert (told["days"], told["failed"]) == (COUNT, len(bad))
    assert 0 < len(done.err.splitlines()) <= len(bad)
    source.mishap = lambda _day, _before: None
    source.requests.clear()
    done = run("backfill", *RANGE, PAPERBOY_SOURCE=source.url)
    assert (done.status, done.err) == (0, "")
    asked = {request.query["date"] for request in source.requests}
    assert asked == {str(day) for day in DAYS if day in bad or day not in WEEKDAYS}
    assert files(tmp_path / "public") == whole


def test_a_source_that_refuses_ends_it(run: Paperboy, source: ReplayServer) -> None:
    source.mishap = lambda _day, _before: Answer(401, b'{"error": "no such token"}')
    done = run("backfill", *RANGE, "--threads", "1", PAPERBOY_SOURCE=source.url)
    # A day that waits for its thread may have begun when the fifth one fails.
    failed = len(source.requests)
    assert failed in (5, 6)
    assert done.out == f"60 days: {failed} failed, {COUNT - failed} not tried\n"
    refused, ended = done.err.splitlines()
    assert refused.startswith("paperboy: SourceRejected: answered 401: no such token (")
    assert f"{failed} days: {DAYS[0]} to {DAYS[failed - 1]})" in refused
    assert f"5 days in a row had no answer; {COUNT - failed} days not tried" in ended
    assert done.status == 1


def test_a_wrong_setting_ends_it(run: Paperboy, source: ReplayServer) -> None:
    secret = {"PAPERBOY_SOURCE_SECRET": "file:nothing.txt"}
    done = run("backfill", *RANGE, "--threads", "1", PAPERBOY_SOURCE=source.url, **secret)
    assert (done.status, source.requests) == (1, [])
    wrong, ended = done.err.splitlines()
    assert "the source's secret cannot be read" in wrong
    assert "days not tried: correct the setting" in ended


@pytest.mark.parametrize(("option", "lines"), [((), 1), (("--verbose",), 61), (("--quiet",), 0)])
def test_how_much_is_printed(
    run: Paperboy, source: ReplayServer, option: tuple[str, ...], lines: int
) -> None:
    done = run("backfill", *RANGE, *option, PAPERBOY_SOURCE=source.url)
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) == lines


def test_with_force_all_is_fetched_again(run: Paperboy, source: ReplayServer) -> None:
    for expected in (COUNT, 2 * COUNT):
        assert run("backfill", *RANGE, "--force", PAPERBOY_SOURCE=source.url).status == 0
        assert len(source.requests) == expected


def test_the_sources_limit_is_kept(run: Paperboy, monkeypatch: pytest.MonkeyPatch) -> None:
    allowance, waited = Allowance(quota=40, window=1), list[float]()
    real = Event.wait

    def wait(self: Event, timeout: float | None = None) -> bool:
        waited.append(timeout or 0)
        return real(self, timeout)

    monkeypatch.setattr(Event, "wait", wait)
    with replay_huggingface(PAYLOADS, allowance) as server:
        done = run("backfill", *RANGE, PAPERBOY_SOURCE=server.url)
    assert (done.status, allowance.refused) == (0, 0)
    assert waited != []


def test_who_interrupts_finds_a_whole_archive_and_goes_on(
    tmp_path: Path, source: ReplayServer, whole: dict[str, bytes]
) -> None:
    source.mishap = lambda day, _: Answer(delay=3) if day == str(DAYS[30]) else None
    environment = {
        **os.environ,
        "PYTHONPATH": str(sample.ROOT / "src"),
        "PAPERBOY_SOURCE": source.url,
    }
    command = [*PAPERBOY, "backfill", *RANGE]
    # A shell lets what it runs in the background ignore the signal.
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listen,
    ) as begun:
        while not any(request.query["date"] == str(DAYS[30]) for request in source.requests):
            assert begun.poll() is None
            time.sleep(0.01)
        begun.send_signal(signal.SIGINT)
        _, said = begun.communicate(timeout=60)
    assert begun.returncode == 130
    assert (
        "days; every file that was written is complete; run the same command again to continue"
        in said
    )
    assert "Traceback" not in said
    there = files(tmp_path / "public")
    assert 0 < len([key for key in there if key.startswith("daily/")]) < len(WEEKDAYS)
    assert {key: body for key, body in there.items() if whole.get(key) != body} == {}
    source.mishap = lambda _day, _before: None
    again = subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60)
    assert again.returncode == 0
    assert files(tmp_path / "public") == whole


NOBODY = "arn:aws:states:ap-northeast-2:123456789012:stateMachine:nobody"
MACHINE = ("--from", "2025-12-24", "--state-machine", NOBODY)


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        (("--from", "2025-12-24", "--to", "2025-12-23"), 1, "from 2025-12-24 is after to"),
        (("--from", "2023-05-03"), 1, "2023-05-03 in from"),
        (("--from", "2025-12-24", "--to", "2999-01-01"), 1, "at most 3,700"),
        (("--from", "2025-12-24", "--threads", "33"), 2, "--threads: at most 32"),
        (("--to", "2025-12-24"), 2, "--from"),
        (("--from", "yesterday"), 2, "is not a day"),
        (("--from", "2025-12-24", "--state-machine", "paperboy"), 2, "not the ARN"),
        (("--from", "2025-12-24", "--out", "a", "--bucket", "bucket"), 2, "not allowed"),
        ((*MACHINE, "--bucket", "papers"), 2, "--bucket is not allowed with --state-machine"),
        ((*MACHINE, "--out", "a"), 2, "--out is not allowed with --state-machine"),
        ((*MACHINE, "--prefix", "p"), 2, "--prefix is not allowed with --state-machine"),
        ((*MACHINE, "--threads", "2"), 2, "--threads is not allowed with --state-machine"),
    ],
)
def test_wrong_usage_is_told(
    run: Paperboy, options: tuple[str, ...], status: int, problem: str
) -> None:
    done = run("backfill", *options)
    assert done.status == status
    assert problem in done.err
    assert "Traceback" not in done.err


ROLE = "arn:aws:iam::123456789012:role/unit"
OURS = (sample.ROOT / "statemachine" / "backfill.asl.json").read_text("utf-8")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


def machine(definition: str) -> str:
    """Make a state machine in moto, and return its ARN."""
    with closing(boto3.client("stepfunctions", region_name="ap-northeast-2")) as client:
        made = client.create_state_machine(name="backfill", definition=definition, roleArn=ROLE)
        return str(made["stateMachineArn"])


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "definition",
    ['{"Comment": "Payroll", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', "[]", "{}"],
)
def test_a_state_machine_that_is_not_ours_is_not_started(run: Paperboy, definition: str) -> None:
    arn = machine(definition)
    done = run("backfill", *RANGE, "--state-machine", arn)
    assert done.error().startswith(f"SettingsError: {arn} is not Paperboy's backfill")
    with closing(boto3.client("stepfunctions", region_name="ap-northeast-2")) as client:
        assert client.list_executions(stateMachineArn=arn)["executions"] == []


@pytest.mark.usefixtures("aws")
def test_a_state_machine_that_is_not_there_is_told(run: Paperboy) -> None:
    done = run("backfill", *RANGE, "--state-machine", NOBODY)
    assert done.error().startswith(
        "SettingsError: Step Functions refuses: StateMachineDoesNotExist"
    )
