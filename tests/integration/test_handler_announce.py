"""The handler with announcements: what it tells, logs and counts, and secrets in nothing."""

import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from adapters import secrets
from adapters.directory import DirectoryStore
from core import publish
from core.model import redaction
from core.model.announcement import AnnounceStyle, ChannelName
from core.model.report import RunReport
from handler import bootstrap
from handler.observability import logger
from handler.settings import AnnounceSettings
from tests.support import fakes, loaded, sample
from tests.support.announcing import announcing
from tests.support.channels import BOT, CHAT, DISCORD_PATH, SLACK_PATH, Service, service
from tests.support.context import invoke
from tests.support.fakes import FakeSource
from tests.support.papers import DAY, NOW, answer, entry
from tests.support.servers import Answer

SLACK, DISCORD, TELEGRAM = ChannelName.SLACK, ChannelName.DISCORD, ChannelName.TELEGRAM
EVENT = {"date": str(DAY), "scheduled_time": f"{DAY}T14:00:00Z"}
LATER = {**EVENT, "scheduled_time": f"{DAY}T20:00:00Z"}
SECRETS = (SLACK_PATH, DISCORD_PATH, BOT, SLACK_PATH[-24:], DISCORD_PATH[-32:], BOT[-35:])
SOURCE = sample.ROOT / "src"

Services = dict[ChannelName, Service]


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Run three channels that the function tells, with their secrets in files."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setattr(redaction, "_secrets", frozenset())
    monkeypatch.setattr(DirectoryStore, "now", lambda _: NOW.timestamp())
    with ExitStack() as stack:
        made = {name: stack.enter_context(service(name)) for name in (SLACK, DISCORD, TELEGRAM)}
        place = tmp_path / "secrets"
        place.mkdir()
        kept = {"slack": made[SLACK].url, "discord": made[DISCORD].url}
        for name, value in {**kept, "telegram-token": BOT, "telegram-chat": CHAT}.items():
            (place / name).write_text(value, "ascii")
        for name, value in {
            "SOURCE": sample.PAYLOAD.as_uri(),
            "STORE": (tmp_path / "public").as_uri(),
            "ANNOUNCE_CHANNELS": "slack,discord,telegram",
            "ANNOUNCE_SECRETS": place.as_uri(),
            "ANNOUNCE_TELEGRAM_API": made[TELEGRAM].url,
        }.items():
            monkeypatch.setenv(f"PAPERBOY_{name}", value)
        yield made


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return what was logged about announcements."""
    formatter = logger.registered_formatter
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    return [line for line in lines if "announcement" in line]


def counted(capsys: pytest.CaptureFixture[str]) -> float:
    """Return how many failures were counted."""
    (line,) = capsys.readouterr().out.splitlines()
    found: float = json.loads(line)["AnnouncementFailures"][0]
    return found


def test_a_run_tells_each_channel_once_and_reports_it(
    services: Services, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    report = invoke(EVENT)
    assert json.loads(json.dumps(report)) == report
    channels = report["announcements"]["channels"]  # type: ignore[index]
    assert [(one["channel"], one["status"]) for one in channels] == [
        *(("slack", "sent"), ("discord", "sent"), ("telegram", "sent"))
    ]
    assert [line["announcement"] for line in logged(caplog)] == channels
    assert counted(capsys) == 0
    assert invoke(LATER)["announcements"] == {"channels": [], "error": None}
    assert [len(one.taken) for one in services.values()] == [1, 1, 1]


def test_a_channel_that_fails_fails_no_invocation(
    services: Services, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    services[SLACK].script(Answer(410, b"channel_is_archived"))
    report = invoke(EVENT)
    assert report["ok"] is False
    assert report["error"] is None
    warnings = [line for line in logged(caplog) if line["level"] == "WARNING"]
    assert [line["announcement"]["channel"] for line in warnings] == ["slack"]
    assert counted(capsys) == 1

    # The next run tries again, and only this channel.
    assert invoke(LATER)["ok"] is True
    assert counted(capsys) == 0
    assert [len(one.taken) for one in services.values()] == [1, 1, 1]


def test_a_message_without_an_answer_is_counted_and_not_sent_again(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    services[SLACK].is_silent = True
    report = invoke(EVENT)
    assert report["ok"] is True
    assert counted(capsys) == 1
    invoke(LATER)
    assert counted(capsys) == 0
    assert len(services[SLACK].requests) == 1


def test_channels_of_a_stack_that_may_not_tell_are_a_warning(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PAPERBOY_ANNOUNCE_SECRETS", "")
    assert invoke(EVENT)["announcements"] is None
    assert "nobody is told: [announce] has channels" in caplog.text
    assert [one.requests for one in services.values()] == [[], [], []]


OWN = {SLACK: SLACK_PATH, DISCORD: DISCORD_PATH, TELEGRAM: f"/bot{BOT}/sendMessage"}


@pytest.mark.parametrize("status", [200, 400, 404, 500, None])
def test_no_secret_is_logged_reported_or_stored(
    status: int | None,
    services: Services,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, one in services.items():
        echo = Answer(status, f"no {OWN[name]}".encode()) if status else Answer(reset=True)
        one.script(echo)
    caplog.set_level(logging.DEBUG)
    report = json.dumps(invoke(EVENT))
    formatter = logger.registered_formatter
    printed = capsys.readouterr()
    lines = [formatter.format(record) for record in caplog.records]
    files = [path.read_text("utf-8", "replace") for path in (tmp_path / "public").rglob("*.json")]
    said = "\n".join([report, caplog.text, printed.out, printed.err, *lines, *files])
    assert [secret for secret in SECRETS if secret in said] == []
    assert all(one.requests for one in services.values())


def test_forty_runs_at_once_tell_a_channel_once(services: Services, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "public")
    source = FakeSource({DAY: answer(entry(1), entry(2))})
    publish.run(fakes.request(), fakes.ports(source, store))
    settings = AnnounceSettings(
        AnnounceStyle((SLACK, DISCORD)), secrets=(tmp_path / "secrets").as_uri()
    )
    opened = bootstrap.announcing(settings, "", lambda: 60.0).channels
    channels = {str(name): opened[name]() for name in (SLACK, DISCORD)}
    together = Barrier(40)

    def tell(_: int) -> RunReport:
        together.wait(timeout=60)
        made = fakes.ports(source, DirectoryStore(tmp_path / "public"), pauses=10_000)
        return publish.run(fakes.request(), announcing(made, channels=channels))

    with ThreadPoolExecutor(40) as pool:
        reports = list(pool.map(tell, range(40)))
    assert [error for report in reports for error in report.errors()] == []
    assert [len(services[name].taken) for name in (SLACK, DISCORD)] == [1, 1]


def test_announcements_have_half_a_minute_of_the_run_at_most() -> None:
    settings = AnnounceSettings(AnnounceStyle((SLACK,)))
    assert 0 < bootstrap.announcing(settings, "", lambda: 900.0).remaining() <= 30
    assert bootstrap.announcing(settings, "", lambda: 5.0).remaining() == 5.0


def test_only_what_announcements_need_is_loaded(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERBOY_ANNOUNCE_CHANNELS", "slack")
    _, modules = loaded.run(Path(sys.executable), SOURCE, {}, EVENT)
    # By the clock of that process, the edition is no news.
    assert {name for name in modules if "announce" in name and name.startswith("adapters")} == set()
    assert "core.announce.tell" in modules
    assert modules.isdisjoint({"boto3", "requests"})
    assert services[SLACK].requests == []

    monkeypatch.setenv("PAPERBOY_ANNOUNCE_CHANNELS", "")
    _, modules = loaded.run(Path(sys.executable), SOURCE, {}, EVENT)
    assert not {name for name in modules if "announce" in name} - {"core.model.announcement"}
