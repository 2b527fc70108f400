"""What becomes of tokens when all goes wrong: nothing that comes out holds one.

What came out is: what was printed, every message that was logged by anybody, the report, the error
with all that led to it, what was published and committed, and the environment.
"""

import gzip
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters import github_protocol, secrets, web
from adapters.aws_clients import forget_clients
from adapters.recorded import RecordedSource
from core.model.errors import PayloadError
from core.model.redaction import remember
from handler.observability import logger
from tests.support import command, sample
from tests.support.canaries import (
    BLOG,
    BLOG_FAULTS,
    BLOG_TOKEN,
    BUCKET,
    CANARIES,
    MISTAKES,
    MOST,
    NAMES,
    RAW_FAULTS,
    SECRET_FAULTS,
    SESSION_TOKEN,
    SOURCE,
    SOURCE_FAULTS,
    SOURCE_TOKEN,
    STORE_FAULTS,
    TITLES,
    TOKENLESS,
    TOKENS,
    World,
    chain,
    silent,
)
from tests.support.context import invoke
from tests.support.github import github, needs_github
from tests.support.raw import raw_server
from tests.support.servers import Answer, http_server, replay_huggingface, s3_server

pytestmark = needs_github

DAY = "2025-12-24"
EVENT = {"date": DAY, "scheduled_time": f"{DAY}T14:00:00Z"}
PLACES = ("secret", "parameter", "file")
# What is logged when a token cannot be had.
FAILED = {BLOG: "blog failed", SOURCE: "edition failed"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Run all servers for a function that holds every canary, and does not wait."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(web, "MOST_BYTES", MOST)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION_TOKEN)
    forget_clients(account=True)
    # As GitHub's own one would, the test GitHub has to know it.
    monkeypatch.setattr("tests.support.github.server.TOKEN", BLOG_TOKEN)
    days: dict[str, bytes | Answer] = {DAY: sample.PAYLOAD.read_bytes()}
    with (
        replay_huggingface(days) as source,
        s3_server(BUCKET) as aws,
        github(tmp_path, files={"README.md": b"mine"}) as hub,
    ):
        made = World(source, aws, hub, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        for name, value in {
            "SOURCE": source.url,
            "STORE": (tmp_path / "public").as_uri(),
            "BLOG_REPOSITORY": "ada/blog",
            "BLOG_API": hub.url,
        }.items():
            made.set(name, value)
        for setting, token in TOKENS.items():
            made.keep(setting, "file", token)
        yield made
    forget_clients(account=True)


Said = Callable[[], str]


@pytest.fixture
def said(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Return what runs the function, and returns everything that came out."""

    def run() -> str:
        # Made for the world, not by the run.
        caplog.clear()
        capsys.readouterr()
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger=logger.name or "")
        told = []
        try:
            told.append(json.dumps(invoke(EVENT)))
        except Exception as error:  # noqa: BLE001 (a bug's traceback is logged, too)
            told += traceback.format_exception(error)
            told += chain(error)
        formatter = logger.registered_formatter
        told += [formatter.format(record) for record in caplog.records]
        printed = capsys.readouterr()
        return "\n".join([*told, caplog.text, printed.out, printed.err, world.published()])

    return run


@pytest.mark.parametrize("place", PLACES)
def test_a_run_that_goes_well_does_not_tell(place: str, world: World, said: Said) -> None:
    for setting, token in TOKENS.items():
        world.keep(setting, place, token)
    world.use_s3()
    told = said()
    assert '"status": "committed"' in told
    silent(told)
    # The canaries were there: they reached whom they are for.
    assert f"Bearer {SOURCE_TOKEN}" in [
        one.headers["authorization"] for one in world.source.requests
    ]
    assert f"Bearer {BLOG_TOKEN}" in [one.headers["authorization"] for one in world.hub.requests]
    assert SESSION_TOKEN in [one.headers.get("x-amz-security-token") for one in world.aws.requests]


@pytest.mark.parametrize("fault", SOURCE_FAULTS)
def test_the_source_fails(fault: str, world: World, said: Said) -> None:
    world.source.script(*[SOURCE_FAULTS[fault]] * 9)
    told = said()
    assert "edition failed" in told
    silent(told)


def repeat(fault: str) -> Callable[[str], bytes]:
    """Return what a server answers that repeats the header `Authorization`."""
    return lambda authorization: RAW_FAULTS[fault].replace("{}", authorization).encode()


@pytest.mark.parametrize("fault", RAW_FAULTS)
def test_the_source_is_not_http(fault: str, world: World, said: Said) -> None:
    with raw_server(repeat(fault)) as url:
        world.set("SOURCE", url)
        told = said()
    assert "edition failed" in told
    silent(told)


@pytest.mark.parametrize("fault", RAW_FAULTS)
def test_github_is_not_http(fault: str, world: World, said: Said) -> None:
    with raw_server(repeat(fault)) as url:
        world.set("BLOG_API", url)
        told = said()
    assert "blog failed" in told
    silent(told)


@pytest.mark.parametrize("title", TITLES)
def test_a_title_holds_a_token(title: str, world: World, said: Said) -> None:
    world.use_s3()
    forged = f'[{{"paper": {{"id": "2512.00001", "title": {TITLES[title]}}}}}]'
    world.source.script(Answer(body=forged.encode()))
    told = said()
    assert "PayloadError: the answer holds a token that Paperboy knows" in told
    silent(told)


@pytest.mark.parametrize("to", ["query", "mutation"])
@pytest.mark.parametrize("fault", BLOG_FAULTS)
def test_the_blog_fails(fault: str, to: str, world: World, said: Said) -> None:
    world.hub.answer_instead(*[BLOG_FAULTS[fault]] * 999, to=to)
    told = said()
    assert "blog failed" in told
    silent(told)


@pytest.mark.parametrize("fault", STORE_FAULTS)
def test_the_store_fails(fault: str, world: World, said: Said) -> None:
    world.use_s3()
    with http_server(lambda _: STORE_FAULTS[fault]) as url:
        world.patch.setenv("AWS_ENDPOINT_URL_S3", url)
        told = said()
    assert "StoreError" in told
    silent(told)


@pytest.mark.parametrize(("setting", "failed"), FAILED.items())
@pytest.mark.parametrize("place", ["secret", "parameter"])
@pytest.mark.parametrize("fault", SECRET_FAULTS)
def test_a_secret_cannot_be_read(
    setting: str, failed: str, place: str, fault: str, world: World, said: Said
) -> None:
    world.keep(setting, place, TOKENS[setting])
    with http_server(lambda _: SECRET_FAULTS[fault]) as url:
        for service in ("SECRETS_MANAGER", "SSM"):
            world.patch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
        told = said()
    assert failed in told
    silent(told)


@pytest.mark.parametrize(("setting", "failed"), FAILED.items())
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", TOKENLESS)
def test_what_is_kept_is_no_token(
    setting: str, failed: str, place: str, fault: str, world: World, said: Said
) -> None:
    world.keep(setting, place, TOKENLESS[fault])
    told = said()
    assert failed in told
    assert "store the token alone" in told
    silent(told)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_token_stands_where_none_belongs(name: str, world: World, said: Said) -> None:
    world.set(name, MISTAKES[name])
    told = said()
    assert f"PAPERBOY_{name} " in told
    silent(told)


@pytest.mark.parametrize("broken", [(github_protocol, "interpret"), (requests.Session, "send")])
def test_a_bug_crashes_the_run(broken: tuple[Any, str], world: World, said: Said) -> None:
    def bug(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    world.patch.setattr(*broken, bug)
    told = said()
    assert "RuntimeError: a bug" in told
    silent(told)


ARGUMENTS = ("run", "--date", DAY, "--now", f"{DAY}T14:00:00Z")


@pytest.mark.parametrize("options", [("--debug",), ("--debug", "--json")])
@pytest.mark.parametrize(
    "fault", ["none", "source", "blog", "mistake"], ids=lambda fault: f"fault={fault}"
)
def test_the_command_line_does_not_tell(
    options: tuple[str, ...], fault: str, world: World, tmp_path: Path
) -> None:
    if fault == "source":
        world.source.script(*[SOURCE_FAULTS["echo in the body"]] * 9)
    elif fault == "blog":
        world.hub.answer_instead(*[BLOG_FAULTS["echo in an error"]] * 9, to="query")
    elif fault == "mistake":
        world.set("BLOG_SECRET", BLOG_TOKEN)
    done = command.paperboy(*ARGUMENTS, *options, cwd=tmp_path)
    assert done.status == (0 if fault == "none" else 1)
    assert ("Traceback" in done.err) == (fault != "none")
    silent(done.out + done.err + world.published())


@pytest.mark.parametrize("options", [(), ("--debug",), ("--json",)])
@pytest.mark.parametrize("setting", ["SOURCE", "BLOG_API"])
def test_commands_hide_what_is_not_http(
    options: tuple[str, ...],
    setting: str,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = command.Paperboy(tmp_path, monkeypatch, capfd)
    told = ""
    for fault in RAW_FAULTS:
        with raw_server(repeat(fault)) as url:
            done = run(*ARGUMENTS, *options, **{f"PAPERBOY_{setting}": url})
        assert done.status == 1
        told += done.out + done.err
    assert "[token]" in told
    silent(told + world.published())


@pytest.mark.parametrize("fault", ["status line", "chunk size", "no header"])
def test_no_library_logs_a_token(fault: str, world: World, tmp_path: Path) -> None:
    # Lambda has a root handler from the beginning; here nothing imports boto3's settings.
    script = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG);"
        "from handler.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    with raw_server(repeat(fault)) as url:
        world.set("SOURCE", url)
        done = subprocess.run(
            [sys.executable, "-c", script, *ARGUMENTS],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "paperboy: Source" in done.stderr
    silent(done.stdout + done.stderr)


@pytest.mark.parametrize("packed", [False, True])
def test_a_recorded_payload_holds_a_token(packed: bool, world: World, tmp_path: Path) -> None:
    forged = json.dumps([{"paper": {"id": "2512.00001", "title": BLOG_TOKEN}}]).encode()
    (tmp_path / "answer.json").write_bytes(gzip.compress(forged) if packed else forged)
    remember(BLOG_TOKEN)
    with pytest.raises(PayloadError, match="holds a token that Paperboy knows") as caught:
        RecordedSource(tmp_path / "answer.json").fetch(date.fromisoformat(DAY))
    silent("".join(chain(caught.value)) + world.published())


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_no_token_is_in_the_environment(token: str, world: World, said: Said) -> None:
    seen: list[str] = []
    truth = requests.Session.send

    def exchange(*arguments: Any, **content: Any) -> Any:
        seen.append(repr(dict(os.environ)) + Path("/proc/self/environ").read_text("utf-8"))
        return truth(*arguments, **content)

    world.patch.setattr(requests.Session, "send", exchange)
    said()
    # The source's page, and the blog's query and mutation.
    assert [token in environment for environment in seen] == [False] * 3
    kept = NAMES.values()
    left = [path for path in world.place.rglob("*") if path.is_file() and path.name not in kept]
    assert [path for path in left if token.encode() in path.read_bytes()] == []


def test_a_canary_would_be_found() -> None:
    for canary in CANARIES:
        with pytest.raises(AssertionError, match=canary[:10]):
            silent(f"Authorization: Bearer {canary}")
