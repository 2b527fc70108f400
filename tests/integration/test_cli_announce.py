"""`paperboy announce`: previews, sending on demand, and greetings."""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from adapters import secrets
from adapters.directory import DirectoryStore
from core.model.announcement import ChannelName
from tests.support import sample
from tests.support.channels import BOT, CHAT, SLACK_PATH, Service, check_slack, service
from tests.support.command import Done, Paperboy
from tests.support.papers import NOW
from tests.support.servers import Answer

Run = Callable[..., Done]
DAY = "2025-12-24"
TITLE = "SemanticGen: Video Generation in Semantic Space"


@pytest.fixture(name="run")
def made_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return what runs commands beside an archive with the sample's edition."""
    monkeypatch.setattr(secrets, "_tokens", {})
    monkeypatch.setattr(DirectoryStore, "now", lambda _: NOW.timestamp())
    monkeypatch.setenv("PAPERBOY_CONFIG", sample.EMPTY_CONFIGURATION)
    monkeypatch.setenv("PAPERBOY_ANNOUNCE_LANGUAGE", "en")
    monkeypatch.setenv("PAPERBOY_ANNOUNCE_SECRETS", "file:secrets")
    (tmp_path / "secrets").mkdir()
    made = Paperboy(tmp_path, monkeypatch, capsys)
    payload = str(sample.PAYLOAD)
    assert made("run", "--date", DAY, "--payload", payload, "--quiet").status == 0
    return made


@pytest.fixture
def slack(tmp_path: Path, run: Run) -> Iterator[Service]:  # noqa: ARG001
    with service(ChannelName.SLACK) as server:
        (tmp_path / "secrets" / "slack").write_text(server.url + "\n", "ascii")
        yield server


@pytest.mark.parametrize("channel", ChannelName)
def test_a_preview_has_the_papers_and_sends_nothing(run: Run, channel: str) -> None:
    done = run("announce", "--channel", channel)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"--- {channel} ---\n\n")
    assert f"{TITLE}" in done.out
    assert "http://127.0.0.1:8000/daily/2025-12-24.html#2512.20619" in done.out


def test_without_channels_all_are_shown(run: Run) -> None:
    shown = [line for line in run("announce").out.splitlines() if line.startswith("--- ")]
    assert shown == [f"--- {name} ---" for name in ChannelName]


def test_configured_channels_are_shown(run: Run) -> None:
    done = run("announce", "--date", DAY, PAPERBOY_ANNOUNCE_CHANNELS="slack,event")
    shown = [line for line in done.out.splitlines() if line.startswith("--- ")]
    assert shown == ["--- slack ---", "--- event ---"]


def test_json_is_what_would_be_sent(run: Run) -> None:
    payloads = json.loads(run("announce", "--json").out)
    assert payloads.keys() == set(ChannelName)
    check_slack(payloads["slack"])
    assert payloads["telegram"]["parse_mode"] == "HTML"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str | None] = []
        self.tags: set[str] = set()
        self.hosts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        if tag == "section":
            self.ids.append(found.get("id"))
        if tag == "a":
            self.hosts.add((found.get("href") or "").split("/")[2])


def test_the_page_has_all_channels_and_no_other_hosts(run: Run) -> None:
    # The configured channels are no choice of what to look at, those of the options are.
    done = run("announce", "--html", PAPERBOY_ANNOUNCE_CHANNELS="slack")
    page = _Page()
    page.feed(done.out)
    assert page.ids == list(ChannelName)
    chosen = _Page()
    chosen.feed(run("announce", "--html", "--channel", "slack").out)
    assert chosen.ids == ["slack"]
    assert page.hosts == {"127.0.0.1:8000"}
    assert page.tags.isdisjoint({"script", "img", "link", "iframe"})


def test_send_sends_and_records(run: Run, tmp_path: Path, slack: Service) -> None:
    for _ in range(2):
        done = run("announce", "--date", DAY, "--channel", "slack", "--send")
        assert done == Done(0, f"slack sent: {DAY}\n", "")
    assert len(slack.taken) == 2
    record = json.loads((tmp_path / "public" / "told" / f"{DAY}.json").read_bytes())
    assert record["channels"] == {"slack": {"status": "sent"}}


def test_what_could_not_be_sent_by_hand_changes_no_record(
    run: Run, tmp_path: Path, slack: Service
) -> None:
    options = ("announce", "--channel", "slack", "--send")
    assert run(*options).status == 0
    before = (tmp_path / "public" / "told" / f"{DAY}.json").read_bytes()
    (tmp_path / "secrets" / "slack").unlink()
    done = run(*options, PAPERBOY_ANNOUNCE_SECRETS="file:nowhere")
    assert done.status == 1
    assert (tmp_path / "public" / "told" / f"{DAY}.json").read_bytes() == before
    assert len(slack.taken) == 1


def test_the_week_of_a_day_is_shown_and_sent(run: Run, tmp_path: Path, slack: Service) -> None:
    assert f"Paperboy 2025-W52: {TITLE}" in run("announce", "--channel", "email", "--week").out
    done = run("announce", "--date", DAY, "--week", "--channel", "slack", "--send")
    assert done == Done(0, "slack sent: 2025-W52\n", "")
    assert len(slack.taken) == 1
    assert (tmp_path / "public" / "told" / "2025-W52.json").exists()
    error = run("announce", "--week", "--date", "2024-01-01", "--channel", "slack").error()
    assert "there is no edition of 2024-W01 in public" in error


def test_what_was_sent_by_hand_is_not_sent_by_a_run(run: Run, slack: Service) -> None:
    run("announce", "--channel", "slack", "--send")
    names = {"PAPERBOY_ANNOUNCE_CHANNELS": "slack"}
    options = ("--payload", str(sample.PAYLOAD), "--now", f"{DAY}T20:00:00Z")
    done = run("run", "--date", DAY, *options, **names)
    assert done.status == 0
    assert len(slack.taken) == 1


def test_a_run_tells_once(run: Run, slack: Service) -> None:
    options = ("--payload", str(sample.PAYLOAD), "--now", f"{DAY}T20:00:00Z")
    names = {"PAPERBOY_ANNOUNCE_CHANNELS": "slack"}
    outs = [run("run", "--date", DAY, *options, **names).out for _ in range(2)]
    assert f"slack sent: {DAY}" in outs[0]
    assert "slack" not in outs[1]
    assert len(slack.taken) == 1


def test_a_run_tells_nobody_where_no_secrets_are_named(run: Run, slack: Service) -> None:
    options = ("--payload", str(sample.PAYLOAD), "--now", f"{DAY}T20:00:00Z")
    names = {"PAPERBOY_ANNOUNCE_CHANNELS": "slack", "PAPERBOY_ANNOUNCE_SECRETS": ""}
    done = run("run", "--date", DAY, *options, **names)
    assert (done.status, done.err) == (0, "")
    assert "slack" not in done.out
    assert slack.requests == []


def test_a_test_sends_a_greeting_without_a_record(run: Run, tmp_path: Path, slack: Service) -> None:
    done = run("announce", "--channel", "slack", "--test")
    assert done == Done(0, "slack sent: test\n", "")
    assert slack.taken[0]["text"] == "Paperboy: a test"
    assert not (tmp_path / "public" / "told").exists()


def test_telegram_needs_token_and_chat(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "secrets"
    with service(ChannelName.TELEGRAM) as server:
        (place / "telegram-token").write_text(BOT, "ascii")
        names = {"PAPERBOY_ANNOUNCE_TELEGRAM_API": server.url}
        error = run("announce", "--channel", "telegram", "--test", **names).error()
        assert "Telegram's chat cannot be read: No such file" in error
        (place / "telegram-chat").write_text(CHAT, "ascii")
        assert run("announce", "--channel", "telegram", "--test", **names).status == 0
        assert len(server.taken) == 1


def test_a_removed_webhook_is_told_without_its_address(run: Run, slack: Service) -> None:
    slack.script(Answer(410, b"channel_is_archived"))
    done = run("announce", "--channel", "slack", "--test")
    assert done.out == "slack failed: test\n"
    error = done.error()
    assert "answered 410: channel_is_archived; the webhook was removed or is wrong" in error
    assert SLACK_PATH not in error


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--send",), "nobody is told: name a --channel, or set [announce] channels"),
        (("--test",), "nobody is told: name a --channel, or set [announce] channels"),
        (("--date", "2025-12-23"), "there is no edition of 2025-12-23 in public"),
        (("--out", "empty"), "there are no editions in empty"),
        (("--channel", "email", "--test"), "there is no topic for e-mail: deploy with Announce"),
        (("--channel", "slack", "--test"), "Slack's secret cannot be read: No such file"),
    ],
)
def test_problems(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    assert problem in run("announce", *arguments).error()


@pytest.mark.parametrize(
    "secret", ["xoxb-1234567890-abcdefghij", "http://hooks.example/x", "two words", ""]
)
def test_a_secret_of_another_form_is_not_shown(run: Run, tmp_path: Path, secret: str) -> None:
    (tmp_path / "secrets" / "slack").write_text(secret, "ascii")
    error = run("announce", "--channel", "slack", "--test").error()
    assert "store the webhook's address alone, as plain text" in error
    assert not secret or secret not in error


@pytest.mark.parametrize(
    "options", [("--test", "--date", DAY), ("--send", "--test"), ("--week", "--channel", "event")]
)
def test_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    assert run("announce", *options).status == 2


def test_an_unknown_channel_is_told_the_known_ones(run: Run) -> None:
    done = run("announce", "--channel", "fax")
    assert done.status == 2
    assert all(name in done.err for name in ChannelName)
    assert "ChannelName" not in done.err


def test_the_help_teaches(run: Run) -> None:
    out = run("announce", "--help").out
    for words in ("--send", "--test", "--html", "/paperboy/announce/slack", "examples:"):
        assert words in out
