"""`paperboy doctor` as a person uses it: on a directory, a stack's bucket, and with a blog."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters import secrets
from handler.cli import deployment
from handler.cli import doctor as command_doctor
from handler.cli import main as cli
from handler.settings import Settings
from tests.support import sample
from tests.support.command import Done, Paperboy, tree, write
from tests.support.github import TOKEN, github, needs_github
from tests.support.papers import answer, entry
from tests.support.servers import (
    Answer,
    ReplayServer,
    Request,
    S3Server,
    http_server,
    replay_huggingface,
    s3_server,
)

DAY, NEXT = "2025-12-24", "2025-12-29"
PAGE, JSON, POST = f"daily/{DAY}.html", f"daily/{DAY}.json", f"daily/{DAY}.md"
BUCKET = "papers"
LOCAL = {"PAPERBOY_SITE_URL": "http://127.0.0.1:8000"}
ARCHIVE = (
    *("state", "editions", "vote histories", "payloads", "weeks, months", "posts", "pages"),
    *("BibTeX", "search"),
)
XML = {"Content-Type": "text/xml"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return the answers of two days, the first of them the bundled sample, with a gap between."""
    path = tmp_path_factory.mktemp("answers") / "answer.json"
    path.write_bytes(answer(entry(1), entry(2)))
    return {DAY: sample.PAYLOAD, NEXT: path}


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, answers: Mapping[str, Path]
) -> Mapping[str, bytes]:
    """Return an archive of these days."""
    place = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for day, payload in answers.items():
            publish(day, payload)
    return tree(place / "public")


def publish(day: str, payload: Path, *options: str) -> None:
    arguments = ("--date", day, "--payload", str(payload), "--now", f"{day}T14:00:00Z")
    assert cli.main(("run", *arguments, *options)) == 0


@pytest.fixture
def source() -> Iterator[ReplayServer]:
    with replay_huggingface({}) as server:
        yield server


@pytest.fixture
def doctor(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: ReplayServer,
    published: Mapping[str, bytes],
) -> Paperboy:
    """Return the command line beside the archive, which is in `public`."""
    write(tmp_path / "public", published)
    monkeypatch.setenv("PAPERBOY_SOURCE", source.url)
    monkeypatch.setattr(secrets, "_tokens", {})
    return Paperboy(tmp_path, monkeypatch, capsys)


def files(place: Path) -> dict[str, bytes]:
    """Return what is published in a directory, without the state."""
    return files_of(tree(place))


def files_of(found: Mapping[str, bytes]) -> dict[str, bytes]:
    return {key: body for key, body in found.items() if not key.startswith("state/")}


def rows(done: Done) -> dict[str, tuple[str, str]]:
    """Return the mark and the text of each check."""
    lines = [line for line in done.out.splitlines() if line[:1] in ("✓", "✗", "–")]
    width = command_doctor.WIDTH
    return {line[2 : 2 + width].strip(): (line[0], line[3 + width :]) for line in lines}


def remedies(done: Done) -> list[str]:
    return [line.partition("→ ")[2] for line in done.out.splitlines() if "→" in line]


def checks(done: Done) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in json.loads(done.out)["checks"]}


def test_a_whole_archive_is_right_but_for_its_gap(
    doctor: Paperboy, tmp_path: Path, source: ReplayServer, published: Mapping[str, bytes]
) -> None:
    done = doctor("doctor")
    told = rows(done)
    assert (done.status, done.err) == (0, "")
    noted = {check: mark for check, (mark, _) in told.items() if mark != "✓"}
    assert noted == dict.fromkeys(
        ("source's secret", "blog's secret", "blog", "channels", "schedule", "weekdays"), "–"
    )
    assert told["weekdays"][1] == "2 without an edition: 2025-12-25, 2025-12-26"
    assert remedies(done) == ["paperboy backfill --from 2025-12-25 --to 2025-12-26"]
    assert told["editions"] == ("✓", "2")
    assert told["posts"] == ("✓", "6 (of days, weeks and months, and of the newest edition)")
    assert files(tmp_path / "public") == files_of(published)
    assert doctor("doctor", "--strict").status == 1
    # Only yesterday is asked for, once a time.
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    assert {request.query["date"] for request in source.requests} <= {
        str(yesterday), str(yesterday - timedelta(days=1))
    }  # fmt: skip
    assert len(source.requests) == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "paperboy doctor --repair"),
        (("--out", "public"), "paperboy doctor --out public --repair"),
        (("--out", ".", "--prefix", "public"), "paperboy doctor --out . --prefix public --repair"),
    ],
)
def test_remedies_name_the_store_and_heal(
    doctor: Paperboy,
    tmp_path: Path,
    published: Mapping[str, bytes],
    options: Sequence[str],
    expected: str,
) -> None:
    (tmp_path / "public" / PAGE).unlink()
    done = doctor("doctor", *options)
    assert (done.status, done.err) == (1, "")
    assert rows(done)["pages"] == ("✗", f"1 missing: {PAGE}")
    assert remedies(done)[0] == expected
    assert doctor(*expected.split()[1:]).status == 0
    assert files(tmp_path / "public") == files_of(published)
    assert doctor("doctor", *options).status == 0


def test_repair_brings_back_what_can_be_and_examines_again(
    doctor: Paperboy, tmp_path: Path, published: Mapping[str, bytes]
) -> None:
    for key in (PAGE, POST, "index.html", f"search/{DAY[:7]}.json"):
        (tmp_path / "public" / key).unlink()
    (tmp_path / "public" / JSON).write_bytes(b"{")
    before = rows(doctor("doctor"))
    assert before["editions"] == ("✗", f"1 not readable: {JSON}")
    done = doctor("doctor", "--repair")
    assert (done.status, done.err) == (0, "")
    first, second = done.out.split("\nrepaired 5 objects\n")
    assert "✗" in first
    assert "✗" not in second
    assert files(tmp_path / "public") == files_of(published)
    again = doctor("doctor", "--repair")
    assert (again.status, again.out.endswith("\nnothing to repair\n")) == (0, True)
    assert files(tmp_path / "public") == files_of(published)


def test_what_cannot_be_brought_back_stays_wrong(doctor: Paperboy, tmp_path: Path) -> None:
    (raw,) = (tmp_path / "public" / "raw" / DAY).iterdir()
    raw.unlink()
    (tmp_path / "public" / JSON).unlink()
    done = doctor("doctor", "--repair")
    assert done.status == 1
    assert rows(done)["editions"] == ("✗", f"1 missing: {JSON}")
    again = f"paperboy backfill --from {DAY} --to {DAY} --force"
    assert again in remedies(done)
    assert doctor(*again.split()[1:], PAPERBOY_SOURCE=sample.PAYLOAD.parent.as_uri()).status == 0
    assert rows(doctor("doctor"))["editions"] == ("✓", "2")


def test_an_archive_of_other_settings_is_not_repaired(doctor: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "public" / PAGE).unlink()
    before = tree(tmp_path / "public")
    done = doctor("doctor", "--repair", PAPERBOY_SITE_URL="https://papers.example")
    assert done.error().startswith(
        "SettingsError: nothing was repaired, because the archive was made with other"
    )
    assert tree(tmp_path / "public") == before
    assert rows(done)["fixed files"][0] == "–"
    assert "Traceback" in doctor("doctor", "--repair", "--debug", PAPERBOY_LANGUAGE="en").err


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        (
            {"PAPERBOY_LANGUAGE": "en"},
            "set PAPERBOY_LANGUAGE=ko, and use the deployment's paperboy.toml and PAPERBOY_…"
            " variables; or, to turn the whole archive from 'ko' into 'en': paperboy site",
        ),
        (
            {"PAPERBOY_AUTHOR": "Ada"},
            "use the deployment's paperboy.toml and PAPERBOY_… variables;"
            " or, to render the whole archive with the present ones: paperboy site",
        ),
    ],
)
def test_settings_are_advised_before_the_command(
    doctor: Paperboy, settings: Mapping[str, str], remedy: str
) -> None:
    done = doctor("doctor", **settings)
    assert {one for one in remedies(done) if "backfill" not in one} == {remedy}


@pytest.mark.parametrize(
    ("now", "papers", "said"),
    [
        ("2025-12-24", 2, "answers; it lists 2 papers for 2025-12-23"),
        ("2025-12-24", 0, "answers; it lists no papers for 2025-12-23"),
        ("2025-12-21", 0, "answers; it lists no papers for 2025-12-20, a weekend"),
    ],
)
def test_what_the_source_answers(now: str, papers: int, said: str) -> None:
    clock = datetime.fromisoformat(now).replace(tzinfo=UTC)
    body = answer(*map(entry, range(1, papers + 1)))
    with replay_huggingface({str(clock.date() - timedelta(days=1)): body}) as source:
        settings = Settings(store="file:public", source=source.url)
        found = list(deployment.surroundings(settings, clock, look_at_blog=False))
    assert [one.found for one in found if one.check == "source"] == [said]


def test_quiet_says_nothing(doctor: Paperboy, tmp_path: Path) -> None:
    assert doctor("doctor", "--quiet").out == ""
    (tmp_path / "public" / PAGE).unlink()
    done = doctor("doctor", "--quiet")
    assert (done.status, done.out) == (1, "")


def test_json_tells_the_same(doctor: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "public" / PAGE).unlink()
    done = doctor("doctor", "--json")
    told = json.loads(done.out)
    assert (done.status, done.err, told["ok"], told["repaired"]) == (1, "", False, None)
    assert checks(done)["pages"] == {
        "check": "pages",
        "status": "wrong",
        "found": f"1 missing: {PAGE}",
        "count": 1,
        "keys": [PAGE],
        "remedy": "paperboy doctor --repair",
    }
    assert {check["status"] for check in told["checks"]} == {
        "right", "wrong", "noted", "not checked"
    }  # fmt: skip
    done = doctor("doctor", "--json", "--repair")
    told = json.loads(done.out)
    assert (done.status, told["ok"], told["repaired"]) == (0, True, 1)
    assert checks(done)["pages"]["status"] == "right"
    assert "wrong" in {check["status"] for check in told["before"]}


@pytest.mark.parametrize(
    ("environment", "check", "found"),
    [
        ({"PAPERBOY_TOP": "many"}, "settings", "PAPERBOY_TOP must be"),
        ({"PAPERBOY_STORE": "ftp://x"}, "settings", "PAPERBOY_STORE must be"),
        ({"PAPERBOY_STORE": "file:nothing"}, "editions", "missing"),
        ({"PAPERBOY_STORE": "file:public/index.json"}, "editions", "missing"),
    ],
)
def test_what_is_set_wrong_is_a_finding(
    doctor: Paperboy, environment: Mapping[str, str], check: str, found: str
) -> None:
    done = doctor("doctor", **environment)
    assert (done.status, done.err) == (1, "")
    assert rows(done)[check][0] == "✗"
    assert rows(done)[check][1].startswith(found)
    assert len(remedies(done)) == 1


@pytest.mark.parametrize(
    ("wrong", "found", "remedy"),
    [
        (Answer(403, b"{}"), "403", "check PAPERBOY_SOURCE and"),
        (Answer(body=b"<html>"), "the answer is not JSON", "check PAPERBOY_SOURCE and"),
        (Answer(429, headers={"Retry-After": "3600"}), "429", deployment.LATER),
    ],
)
def test_a_source_that_is_away_is_told_and_the_rest_is_examined(
    doctor: Paperboy, source: ReplayServer, wrong: Answer, found: str, remedy: str
) -> None:
    source.script(wrong)
    done = doctor("doctor")
    assert done.status == 1
    assert (rows(done)["source"][0], found in rows(done)["source"][1]) == ("✗", True)
    assert remedies(done)[0].startswith(remedy)
    assert all(rows(done)[check][0] == "✓" for check in ARCHIVE)


def test_recorded_answers_are_no_source_to_check(doctor: Paperboy) -> None:
    told = rows(doctor("doctor", PAPERBOY_SOURCE=sample.PAYLOAD.parent.as_uri()))
    assert told["source"] == ("–", "not checked: answers are recorded ones")


def test_recorded_answers_need_no_secret(doctor: Paperboy) -> None:
    settings = {"PAPERBOY_SOURCE_SECRET": "file:nowhere"}
    told = rows(doctor("doctor", PAPERBOY_SOURCE=sample.PAYLOAD.parent.as_uri(), **settings))
    assert told["source's secret"] == ("–", "not checked: answers are recorded ones")


def test_the_sources_secret_is_read_and_its_token_is_sent(
    doctor: Paperboy, tmp_path: Path, source: ReplayServer
) -> None:
    (tmp_path / "token").write_text("hf_x", "ascii")
    place = (tmp_path / "token").as_uri()
    done = doctor("doctor", PAPERBOY_SOURCE_SECRET=place)
    told = rows(done)
    assert told["source's secret"] == ("✓", f"holds a token ({place})")
    assert told["source"][0] == "✓"
    assert [request.headers["authorization"] for request in source.requests] == ["Bearer hf_x"]
    assert "hf_x" not in done.out + done.err


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (
            Answer(400, b'{"__type": "ParameterNotFound"}'),
            "correct PAPERBOY_SOURCE_SECRET, or the secret",
        ),
        (Answer(body=b"<html>"), deployment.LATER),
    ],
)
def test_a_sources_secret_that_cannot_be_read_is_told(
    doctor: Paperboy, source: ReplayServer, answer: Answer, remedy: str
) -> None:
    with http_server(lambda _: answer) as url:
        settings = {"PAPERBOY_SOURCE_SECRET": "/paperboy/huggingface", "AWS_ENDPOINT_URL_SSM": url}
        done = doctor("doctor", **settings)
    told = rows(done)
    assert (done.status, told["source's secret"][0]) == (1, "✗")
    assert "the source's secret" in told["source's secret"][1]
    assert told["source"] == ("–", "not checked: its secret cannot be read")
    assert remedies(done)[0].startswith(remedy)
    assert source.requests == []
    assert all(told[check][0] == "✓" for check in ARCHIVE)


def test_a_directory_that_cannot_be_read_is_told(doctor: Paperboy, tmp_path: Path) -> None:
    root = tmp_path / "public" / "state" / "root.json"
    root.unlink()
    root.symlink_to("root.json")
    done = doctor("doctor")
    assert (done.status, rows(done)["store"][0]) == (1, "✗")
    assert remedies(done) == ["name a directory that you can read"]
    assert "editions" not in rows(done)


def blog_settings(tmp_path: Path, url: str) -> dict[str, str]:
    (tmp_path / "token").write_text(TOKEN, "ascii")
    return {
        "PAPERBOY_BLOG_REPOSITORY": "ada/blog",
        "PAPERBOY_BLOG_SECRET": (tmp_path / "token").as_uri(),
        "PAPERBOY_BLOG_API": url,
        # As without a blog, so that posts are what they were.
        "PAPERBOY_PERMALINK": "",
    }


@needs_github
def test_the_blogs_secret_and_on_request_its_branch_are_looked_at(
    doctor: Paperboy, tmp_path: Path
) -> None:
    with github(tmp_path) as site:
        settings = blog_settings(tmp_path, site.url)
        told = rows(doctor("doctor", **settings))
        assert told["blog's secret"][0] == "✓"
        assert (told["blog"][0], site.requests) == ("–", [])
        told = rows(doctor("doctor", "--blog", **settings))
        assert told["blog"][0] == "✓"
        assert told["blog"][1].startswith("ada/blog, main is at ")
        assert {asked.kind for asked in site.requests} == {"query"}
        done = doctor("doctor", "--blog", **settings, PAPERBOY_BLOG_BRANCH="gone")
        assert (done.status, rows(done)["blog"][0]) == (1, "✗")
        (tmp_path / "token").write_text("github_pat_wrong", "ascii")
        secrets.forget(settings["PAPERBOY_BLOG_SECRET"])
        done = doctor("doctor", "--blog", **settings)
        assert (done.status, rows(done)["blog"][0]) == (1, "✗")
        assert "github_pat_wrong" not in done.out + done.err


def test_the_channels_secrets_are_read(doctor: Paperboy, tmp_path: Path) -> None:
    settings = {
        "PAPERBOY_ANNOUNCE_CHANNELS": "slack,event,email",
        "PAPERBOY_ANNOUNCE_SECRETS": tmp_path.as_uri(),
    }
    (tmp_path / "slack").write_text("https://hooks.slack.example/services/T0/B0/c2VjcmV0", "ascii")
    done = doctor("doctor", **settings)
    lines = [line for line in done.out.splitlines() if " channels " in line]
    assert done.status == 1
    assert [line[0] for line in lines] == ["✗", "✓"]
    assert "email: there is no topic for e-mail" in lines[0]
    assert lines[1].endswith("slack, event can be told; nothing was sent")
    assert "docs/announce.md says what each channel needs" in remedies(done)
    told = rows(doctor("doctor", PAPERBOY_ANNOUNCE_CHANNELS="slack"))
    assert told["channels"] == ("–", "not checked: PAPERBOY_ANNOUNCE_SECRETS is not set")


def test_a_secret_that_cannot_be_read_is_told(doctor: Paperboy, tmp_path: Path) -> None:
    settings = blog_settings(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "token").unlink()
    done = doctor("doctor", "--blog", **settings)
    assert (done.status, rows(done)["blog's secret"][0], rows(done)["blog"][0]) == (1, "✗", "–")
    assert remedies(done)[0] == "correct PAPERBOY_BLOG_SECRET, or the secret that it names"


def test_a_blog_that_is_not_set_cannot_be_looked_at(doctor: Paperboy) -> None:
    done = doctor("doctor", "--blog")
    assert (done.status, rows(done)["blog"]) == (1, ("✗", "no blog is set"))


class Stack:
    """CloudFormation and EventBridge Scheduler, as they tell of the stack that made a bucket."""

    def __init__(self) -> None:
        self.resources = {"papers-Daily-1": "AWS::Scheduler::Schedule", BUCKET: "AWS::S3::Bucket"}
        self.state = "ENABLED"
        self.refusal: Answer | None = None
        self.asked: list[str] = []

    def answer(self, request: Request) -> Answer:
        self.asked.append(f"{request.method} {request.path}")
        if self.refusal:
            return self.refusal
        if request.path.startswith("/schedules/"):
            told = {"Name": request.path.rpartition("/")[2], "State": self.state} | {
                "ScheduleExpression": "cron(0 11,23 * * ? *)",
                "ScheduleExpressionTimezone": "Asia/Seoul",
            }
            return Answer(body=json.dumps(told).encode())
        members = "".join(
            f"<member><PhysicalResourceId>{name}</PhysicalResourceId>"
            f"<ResourceType>{kind}</ResourceType></member>"
            for name, kind in self.resources.items()
        )
        root, result = "DescribeStackResourcesResponse", "DescribeStackResourcesResult"
        body = f"<{root}><{result}><StackResources>{members}</StackResources></{result}></{root}>"
        return Answer(body=body.encode(), headers=XML)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    made = Stack()
    with http_server(made.answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SCHEDULER", url)
        yield made


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Path]) -> Iterator[S3Server]:
    """Run a bucket with an archive under a prefix."""
    with s3_server(BUCKET) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        monkeypatch.setenv("PAPERBOY_SITE_URL", LOCAL["PAPERBOY_SITE_URL"])
        for day, payload in answers.items():
            publish(day, payload, "--bucket", BUCKET, "--prefix", "ai")
        server.requests.clear()
        yield server


IN_S3 = ("doctor", "--bucket", BUCKET, "--prefix", "ai")


def test_a_bucket_its_versions_and_its_schedule_are_read_only(
    doctor: Paperboy, bucket: S3Server, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in Lambda, and for Paperboy itself: boto3 would not look there.
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    done = doctor(*IN_S3, **LOCAL)
    told = rows(done)
    assert (done.status, done.err) == (0, "")
    assert told["versions"] == ("✓", "the bucket keeps old versions")
    assert told["schedule"] == ("✓", "cron(0 11,23 * * ? *) Asia/Seoul")
    assert all(told[check][0] == "✓" for check in ARCHIVE)
    assert bucket.writes() == []
    assert stack.asked == ["POST /", "GET /schedules/papers-Daily-1"]


def test_what_is_broken_in_a_bucket_is_repaired_there(
    doctor: Paperboy, bucket: S3Server, stack: Stack, published: Mapping[str, bytes]
) -> None:
    client = bucket.client()
    client.delete_object(Bucket=BUCKET, Key=f"ai/{PAGE}")
    client.put_object(Bucket=BUCKET, Key=f"ai/{JSON}", Body=b"{")
    done = doctor(*IN_S3, **LOCAL)
    assert f"paperboy doctor --bucket {BUCKET} --prefix ai --repair" in remedies(done)
    done = doctor(*IN_S3, "--repair", **LOCAL)
    assert (done.status, "repaired 2 objects" in done.out) == (0, True)
    for key in (PAGE, JSON):
        found = client.get_object(Bucket=BUCKET, Key=f"ai/{key}")["Body"].read()
        assert found == published[key]
    client.close()
    assert stack.asked


@pytest.mark.parametrize(
    ("resources", "state", "found"),
    [
        ({}, "ENABLED", "the bucket's stack has none"),
        (None, "DISABLED", "disabled: cron(0 11,23 * * ? *) Asia/Seoul"),
    ],
)
def test_a_schedule_that_does_not_start_anything_is_wrong(
    doctor: Paperboy,
    bucket: S3Server,
    stack: Stack,
    resources: dict[str, str] | None,
    state: str,
    found: str,
) -> None:
    stack.state = state
    stack.resources = stack.resources if resources is None else resources
    done = doctor(*IN_S3, **LOCAL)
    assert (done.status, rows(done)["schedule"]) == (1, ("✗", found))
    assert bucket.requests


def test_what_may_not_be_asked_is_not_checked(
    doctor: Paperboy, bucket: S3Server, stack: Stack
) -> None:
    denied = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
    stack.refusal = Answer(403, f"<ErrorResponse>{denied}</ErrorResponse>".encode(), XML)
    bucket.script(Answer(403, denied.encode(), XML))
    done = doctor(*IN_S3, **LOCAL)
    assert done.status == 0
    assert rows(done)["versions"][0] == "–"
    assert rows(done)["schedule"] == (
        "–", "not checked: cloudformation refuses: AccessDenied: not you"
    )  # fmt: skip


def test_a_bucket_without_versions_is_wrong(
    doctor: Paperboy, bucket: S3Server, stack: Stack
) -> None:
    client = bucket.client()
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    client.close()
    done = doctor(*IN_S3, **LOCAL)
    assert (done.status, rows(done)["versions"][0]) == (1, "✗")
    assert remedies(done)[0].startswith(f"aws s3api put-bucket-versioning --bucket {BUCKET} ")
    assert stack.asked


def test_a_bucket_that_may_not_be_read_is_wrong(
    doctor: Paperboy, bucket: S3Server, stack: Stack
) -> None:
    done = doctor("doctor", "--bucket", "elsewhere")
    assert (done.status, done.err) == (1, "")
    assert "NoSuchBucket" in rows(done)["store"][1]
    assert remedies(done)[-1].startswith("check its name and region")
    assert (rows(done)["versions"][0], bool(stack.asked), bucket.writes()) == ("–", True, [])


def test_colours_are_for_terminals(doctor: Paperboy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in doctor("doctor").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "\x1b[32m✓\x1b[0m settings" in doctor("doctor").out
    assert "\x1b" not in doctor("doctor", NO_COLOR="1").out


def test_help_teaches(doctor: Paperboy) -> None:
    done = doctor("doctor", "--help")
    assert (done.status, done.err) == (0, "")
    taught = ("--repair", "--strict", "--blog", "--json", "--bucket", "examples:", "exit code")
    assert all(word in done.out for word in taught)
    assert os.environ["PAPERBOY_SOURCE"]
