"""The deployed state machine, run for real on loopback: maps, retries, waits, and the blog."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import publish
from core.model.report import RunRequest
from handler import bootstrap
from handler.cli.arguments import moment
from handler.settings import from_environment
from tests.support import rie, sample
from tests.support.command import PAPERBOY
from tests.support.emulator import Emulator, emulator
from tests.support.github import TOKEN, GitHub, github, needs_github
from tests.support.papers import answer, entry
from tests.support.servers import Allowance, Answer, ReplayServer, mishaps, replay_huggingface

rie.need_package()
pytestmark = needs_github

BUCKET, PREFIX, PARAMETER = "papers", "ai/", "/paperboy/github"
FIRST, COUNT, NOW = date(2025, 11, 20), 60, "2026-02-01T02:00:00Z"
DAYS = [FIRST + timedelta(days=number) for number in range(COUNT)]
RANGE = {"from": str(DAYS[0]), "to": str(DAYS[-1]), "scheduled_time": NOW}
SITE = "https://papers.example"
# A time-out heals at the second try: one that lasts takes minutes until all tries are over.
LASTING = {
    "500": Answer(500, b'{"error": "oops"}'),
    "429": Answer(429, b"<html>Too many requests"),
    "garbage": Answer(body=b"<html>Hello"),
    "reset": Answer(reset=True),
}
HEALING = {"time-out": Answer(delay=60)}
SEED, SHARE = 11, 0.1


def payload(day: date) -> bytes:
    """Return a day's answer; weekends are empty."""
    number = (day - FIRST).days
    return b"[]" if day.weekday() > 4 else answer(entry(2 * number), entry(2 * number + 1))


WEEKDAYS = [day for day in DAYS if day.weekday() < 5]
SILENT = WEEKDAYS[7]
BAD = [day for day in DAYS if mishaps(SEED, SHARE, kinds=LASTING)(str(day), 0) and day != SILENT]


@pytest.fixture(scope="module")
def replayed() -> Iterator[ReplayServer]:
    answers = {str(day): payload(day) for day in DAYS}
    with replay_huggingface(answers, Allowance(quota=5000)) as server:
        yield server


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    with github(tmp_path_factory.mktemp("hub"), files={"README.md": b"mine"}) as server:
        yield server


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, replayed: ReplayServer, hub: GitHub
) -> Iterator[Emulator]:
    """Deploy once into an AWS whose state machines do not wait."""
    log = tmp_path_factory.mktemp("aws") / "aws.log"
    with emulator(log, wait_scale=0.0) as made:
        deploy(made, replayed, hub)
        yield made


@pytest.fixture
def source(replayed: ReplayServer) -> ReplayServer:
    """Return the source, which tells the truth and was asked nothing."""
    replayed.mishap = lambda _day, _before: None
    replayed.requests.clear()
    return replayed


@pytest.fixture
def aws(deployed: Emulator) -> Emulator:
    """Return the AWS, with an empty bucket."""
    with closing(deployed.client("s3")) as client:
        for key in deployed.objects(BUCKET):
            client.delete_object(Bucket=BUCKET, Key=key)
    return deployed


def deploy(made: Emulator, source: ReplayServer, hub: GitHub | None = None) -> None:
    variables, blog = {"PAPERBOY_SOURCE": source.url}, dict[str, str]()
    if hub:
        with closing(made.client("ssm")) as client:
            client.put_parameter(Name=PARAMETER, Value=TOKEN, Type="SecureString")
        variables["PAPERBOY_BLOG_API"] = hub.url
        blog = {"BlogRepository": "ada/blog", "BlogToken": PARAMETER}
    made.deploy(
        variables,
        BucketName=BUCKET,
        KeyPrefix=PREFIX,
        SiteUrl=SITE,
        AlarmEmail="ada@example.com",
        **blog,
    )


def by_single_runs(place: Path, days: list[date]) -> dict[str, bytes]:
    """Return the archive that a run a day makes."""
    answers = place / "answers"
    answers.mkdir(parents=True)
    for day in days:
        (answers / f"{day}.json").write_bytes(payload(day))
    store = place / "whole"
    names = {"STORE": store.as_uri(), "SOURCE": answers.as_uri(), "SITE_URL": SITE}
    # A blog's address is in its posts.
    names["PERMALINK"] = "/posts/daily-papers-{date}/"
    settings = from_environment({f"PAPERBOY_{name}": value for name, value in names.items()})
    ports = bootstrap.ports(settings, lambda: 60.0)
    for day in days:
        assert publish.run(RunRequest((day,), moment(NOW)), ports).errors() == []
    found = (path for path in store.rglob("*") if path.is_file() and path.parent.name != "state")
    return unpacked({str(path.relative_to(store)): path.read_bytes() for path in found})


def unpacked(objects: dict[str, bytes]) -> dict[str, bytes]:
    """Return objects without their packing: each zlib has its own way."""
    return {
        key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in objects.items()
    }


def archive(aws: Emulator) -> dict[str, bytes]:
    """Return what is published, without the state, which has each store's own ETags."""
    objects = unpacked(aws.objects(BUCKET, PREFIX))
    return {key: body for key, body in objects.items() if not key.startswith("state/")}


def differences(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Return the keys of objects that are not the same, or are on one side only."""
    return sorted(key for key in found | expected if found.get(key) != expected.get(key))


def output(execution: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(execution["output"])
    return told


def test_what_failed_comes_with_the_second_start(
    aws: Emulator, source: ReplayServer, hub: GitHub, tmp_path: Path
) -> None:
    lasting = mishaps(SEED, SHARE, kinds=LASTING)
    source.mishap = lambda day, before: (
        (HEALING["time-out"] if before == 0 else None)
        if day == str(SILENT)
        else lasting(day, before)
    )
    assert len(BAD) in range(3, 10)

    first = aws.execute(RANGE)

    assert first["status"] == "SUCCEEDED"
    told = output(first)
    published = len([day for day in WEEKDAYS if day not in BAD])
    assert [one["date"] for one in told["failed_days"]] == [str(day) for day in BAD]
    assert {one["error"] for one in told["failed_days"]} <= {"SourceUnavailable", "PayloadError"}
    assert (told["days"], told["published"], told["failed"]) == (COUNT, published, len(BAD))
    assert len(hub.log("main")) == 2

    source.mishap = lambda _day, _before: None
    source.requests.clear()
    second = output(aws.execute(RANGE))

    assert (second["failed"], second["failed_days"]) == (0, [])
    assert second["published"] == len([day for day in BAD if day in WEEKDAYS])
    assert second["unchanged"] == published
    asked = {request.query["date"] for request in source.requests}
    assert asked == {str(day) for day in DAYS if day in BAD or day not in WEEKDAYS}
    assert differences(archive(aws), by_single_runs(tmp_path, DAYS)) == []
    assert len(hub.log("main")) == 3
    posts = [path for path in hub.files("main") if path.startswith("_posts/")]
    assert len([path for path in posts if "daily" in path]) == len(WEEKDAYS)

    again = output(aws.execute(RANGE))

    assert (again["published"], again["unchanged"]) == (0, len(WEEKDAYS))
    assert again["blog"]["status"] == "unchanged"


def test_the_source_is_asked_no_faster_than_it_allows(tmp_path: Path) -> None:
    answers = {str(day): payload(day) for day in DAYS}
    with (
        replay_huggingface(answers, Allowance()) as source,
        emulator(tmp_path / "aws.log") as made,
    ):
        deploy(made, source)
        done = made.execute(RANGE | {"to": str(DAYS[23])})
    assert output(done)["days"] == 24
    times = sorted(request.at for request in source.requests)
    # After the first few at once, a day comes when another has had its pause: 500 in 300 s.
    assert len(times) == 24
    assert all(later - times[n] >= 0.6 * 8 for n, later in enumerate(times[12:]))


def test_months_are_rendered_again_without_the_source(aws: Emulator, source: ReplayServer) -> None:
    aws.execute(RANGE)
    whole = archive(aws)
    source.requests.clear()
    with closing(aws.client("s3")) as client:
        for key in ("daily/2025-12-24.html", "daily/2025-12-24.json", "monthly/2025-12.html"):
            client.put_object(Bucket=BUCKET, Key=PREFIX + key, Body=b"broken")
    done = aws.execute(RANGE | {"action": "rebuild"})
    assert done["status"] == "SUCCEEDED", done
    assert source.requests == []
    assert differences(archive(aws), whole) == []


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"from": "2025-12-24", "to": "2025-12-23"}, "InvalidEvent"),
        ({"from": "2001-01-01"}, "InvalidEvent"),
        ({"to": "2025-12-23"}, "InvalidEvent"),
        ({"from": "2025-12-24", "action": "delete"}, "InvalidEvent"),
    ],
)
def test_wrong_input_fails_at_once(
    aws: Emulator, source: ReplayServer, event: dict[str, object], error: str
) -> None:
    done = aws.execute(event)
    assert (done["status"], done.get("error")) == ("FAILED", error)
    assert source.requests == []


def test_too_many_failures_fail_the_whole(aws: Emulator, source: ReplayServer) -> None:
    source.mishap = lambda day, _: Answer(body=b"<html>") if day < "2025-12-10" else None
    done = aws.execute(RANGE)
    assert done["status"] == "FAILED"
    assert "20 of 60" in done["cause"]
    # What came is there all the same.
    assert "daily/2025-12-24.html" in archive(aws)


def test_the_command_line_starts_it_and_tells_its_result(
    aws: Emulator, source: ReplayServer, tmp_path: Path
) -> None:
    arn = aws.outputs["BackfillStateMachine"]
    options = ["--from", str(DAYS[0]), "--to", str(DAYS[9]), "--now", NOW, "--state-machine", arn]
    environment = {**os.environ, **aws.environment, "PYTHONPATH": str(sample.ROOT / "src")}
    done = subprocess.run(
        [*PAPERBOY, "backfill", *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "10 days: 7 published, 3 empty\n"), done.stderr
    assert done.stderr.startswith("started arn:aws:states:")
    assert len(source.requests) == 10
