"""The source's token, from its secret into requests: when it is read, and what if it cannot be."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest

from adapters import secrets
from core.model.errors import PaperboyError, SettingsError, SourceRejected, SourceUnavailable
from tests.support import command, sample
from tests.support.context import invoke
from tests.support.papers import answer, entry
from tests.support.servers import Answer, ReplayServer, S3Server, replay_huggingface, s3_server

DAY, OTHER = "2025-12-24", "2025-12-23"
EVENT = {"dates": [DAY, OTHER], "scheduled_time": f"{DAY}T14:00:00Z"}
PARAMETER = "/paperboy/huggingface"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """Run the API, and let the function publish from there into a directory."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setenv("PAPERBOY_STORE", (tmp_path / "public").as_uri())
    days: dict[str, bytes | Answer] = {
        DAY: sample.PAYLOAD.read_bytes(), OTHER: answer(entry(1), entry(2))
    }  # fmt: skip
    with replay_huggingface(days) as server:
        monkeypatch.setenv("PAPERBOY_SOURCE", server.url)
        yield server


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run an AWS, and let the source's secret be one of its parameters, which is not there yet."""
    with s3_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("PAPERBOY_SOURCE_SECRET", PARAMETER)
        yield server


def keep(aws: S3Server, token: str) -> None:
    with closing(boto3.client("ssm")) as ssm:
        ssm.put_parameter(Name=PARAMETER, Value=token, Type="SecureString", Overwrite=True)
    aws.requests.clear()


def sent(source: ReplayServer) -> list[str | None]:
    return [request.headers.get("authorization") for request in source.requests]


def test_a_process_reads_it_once(source: ReplayServer, aws: S3Server) -> None:
    keep(aws, "hf_one")
    for _ in range(2):
        assert invoke(EVENT)["ok"]
    assert sent(source) == ["Bearer hf_one"] * 4
    assert len(aws.requests) == 1


def test_a_token_that_was_replaced_is_read_anew_once_the_old_one_is_refused(
    source: ReplayServer, aws: S3Server
) -> None:
    keep(aws, "hf_old")
    assert invoke(EVENT)["ok"]
    keep(aws, "hf_new")
    source.requests.clear()
    source.script(Answer(401, b'{"error": "Invalid credentials"}'))
    with pytest.raises(SourceRejected, match="401: Invalid credentials"):
        invoke(EVENT)
    # The other day of that run has the new one already.
    assert sent(source) == ["Bearer hf_old", "Bearer hf_new"]
    assert invoke(EVENT)["ok"]
    assert len(aws.requests) == 1


@pytest.mark.parametrize(
    ("scripted", "kind", "said"),
    [
        (None, SettingsError, "the source's secret cannot be read: ParameterNotFound"),
        (
            Answer(400, b'{"__type": "AccessDeniedException"}'),
            SettingsError,
            "policy must allow ssm:GetParameter on it",
        ),
        (
            Answer(body=b"\x00<garbage \xff"),
            SourceUnavailable,
            "AWS' answer does not hold the source's secret",
        ),
    ],
    ids=["missing", "denied", "garbage"],
)
def test_without_it_the_days_fail_and_nothing_is_asked(
    scripted: Answer | None,
    kind: type[PaperboyError],
    said: str,
    source: ReplayServer,
    aws: S3Server,
    tmp_path: Path,
) -> None:
    if scripted:
        aws.script(scripted, scripted)
    with pytest.raises(kind, match=said) as caught:
        invoke(EVENT)
    assert str(caught.value).startswith("2 failed: ")
    assert PARAMETER in str(caught.value)
    assert source.requests == []
    assert not (tmp_path / "public" / "latest.json").exists()
    keep(aws, "hf_one")
    assert invoke(EVENT)["ok"]


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    "event",
    [
        {"action": "plan", "from": OTHER, "to": DAY},
        {"action": "catalog", "from": "2025-12", "to": "2025-12"},
        {"action": "rebuild", "month": "2025-12"},
        {"action": "commit", "from": OTHER, "to": DAY},
    ],
    ids=lambda event: str(event["action"]),
)
def test_a_step_that_asks_for_nothing_reads_nothing(
    event: dict[str, object], aws: S3Server
) -> None:
    invoke({"scheduled_time": f"{DAY}T14:00:00Z", **event})
    assert aws.requests == []


def test_at_a_desk_it_is_a_file(source: ReplayServer, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("hf_desk\n", "ascii")
    settings = {"PAPERBOY_SOURCE_SECRET": "file:token.txt"}
    done = command.paperboy("run", "--date", DAY, "--json", cwd=tmp_path, **settings)
    assert (done.status, json.loads(done.out)["ok"]) == (0, True)
    assert sent(source) == ["Bearer hf_desk"]
    assert "hf_desk" not in done.out + done.err
    (tmp_path / "token.txt").unlink()
    done = command.paperboy("run", "--date", DAY, cwd=tmp_path, **settings)
    assert "SettingsError: the source's secret cannot be read: No such file" in done.err
    payload = str(sample.PAYLOAD)
    done = command.paperboy("run", "--date", DAY, "--payload", payload, cwd=tmp_path, **settings)
    assert done.status == 0
