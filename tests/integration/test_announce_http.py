"""Slack, Discord and Telegram over HTTP: refusals, lost answers, and secrets in no message."""

from collections.abc import Callable, Iterator

import pytest

from adapters.announce_discord import Discord
from adapters.announce_slack import Slack
from adapters.announce_telegram import Telegram
from core.model import redaction
from core.model.announcement import ChannelName
from core.model.errors import (
    AnnounceError,
    AnnounceRejected,
    AnnounceUnavailable,
    AnnounceUnsure,
)
from core.model.ports import Channel
from tests.support.announcing import message
from tests.support.channels import (
    BOT,
    CHAT,
    DISCORD_PATH,
    SLACK_PATH,
    TEXT,
    TOO_FAST,
    Service,
    service,
)
from tests.support.servers import Answer

SLACK, DISCORD, TELEGRAM = ChannelName.SLACK, ChannelName.DISCORD, ChannelName.TELEGRAM
MESSAGE = message()
SECRETS = (SLACK_PATH, DISCORD_PATH, BOT, SLACK_PATH.rpartition("/")[2], BOT.partition(":")[2])


@pytest.fixture(params=[SLACK, DISCORD, TELEGRAM])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(redaction, "_secrets", frozenset())
    with service(request.param) as made:
        yield made


def channel(
    name: ChannelName, url: str, forget: Callable[[], None] = lambda: None, left: float = 60.0
) -> Channel:
    if name == TELEGRAM:
        return Telegram(url, BOT, CHAT, lambda: left, forget)
    return (Slack if name == SLACK else Discord)(url, lambda: left, forget)


def failure(made: Channel) -> AnnounceError:
    """Return the error of a message, which is without secrets, and so are its causes."""
    with pytest.raises(AnnounceError) as caught:
        made.send(MESSAGE)
    assert not [one for one in SECRETS if one in str(caught.value)]
    return caught.value


def test_a_server_that_echoes_the_address_shows_no_secret(server: Service) -> None:
    path = {SLACK: SLACK_PATH, DISCORD: DISCORD_PATH, TELEGRAM: f"/bot{BOT}/x"}[server.name]
    server.script(Answer(400, f"no {path}".encode(), TEXT), Answer(400, path[5:].encode(), TEXT))
    made = channel(server.name, server.url)
    for _ in range(2):
        error = failure(made)
        assert isinstance(error, AnnounceRejected)
        assert redaction.HIDDEN in str(error)


def test_words_of_an_address_are_no_secrets(server: Service) -> None:
    channel(server.name, server.url)
    assert not redaction.is_known("services api webhooks sendMessage hooks.slack.com T0AAAAAAA")


REMOVED = "was removed or is wrong"
CHECK = "check the bot's token and the chat's id"


@pytest.mark.parametrize("cut", [None, 3])
@pytest.mark.parametrize(
    ("server", "statuses", "advice"),
    [
        (SLACK, (403, 404, 410), REMOVED),
        (DISCORD, (401, 403, 404, 410), REMOVED),
        (TELEGRAM, (400, 401, 403, 404), CHECK),
    ],
    indirect=["server"],
)
def test_an_address_or_chat_that_is_not_there_is_told_and_read_again(
    server: Service, statuses: tuple[int, ...], advice: str, cut: int | None
) -> None:
    forgotten: list[str] = []
    for number, status in enumerate(statuses, 1):
        server.script(Answer(status, b'{"description": "gone"}', cut=cut))
        error = failure(channel(server.name, server.url, lambda: forgotten.append("x")))
        assert isinstance(error, AnnounceRejected)
        assert f"answered {status}" in str(error)
        assert advice in str(error)
        assert forgotten == ["x"] * number


def test_a_wrong_token_is_told(server: Service) -> None:
    made = (
        Telegram(server.url, BOT[:-1] + "x", CHAT, lambda: 60.0, lambda: None)
        if server.name == TELEGRAM
        else channel(server.name, server.url + "x")
    )
    error = failure(made)
    assert isinstance(error, AnnounceRejected)
    assert server.taken == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_of_the_server_is_temporary_and_not_repeated(server: Service, status: int) -> None:
    for cut in (None, 3):
        server.requests.clear()
        server.script(Answer(status, b"<html>oops", cut=cut))
        assert isinstance(failure(channel(server.name, server.url)), AnnounceUnavailable)
        assert len(server.requests) == 1


def test_a_gateway_that_waited_in_vain_is_unsure(server: Service) -> None:
    server.script(Answer(504, b"<html>Gateway time-out"))
    assert isinstance(failure(channel(server.name, server.url)), AnnounceUnsure)


def test_no_connection_is_kept(server: Service) -> None:
    channel(server.name, server.url).send(MESSAGE)
    assert server.requests[0].headers["connection"] == "close"


def test_a_server_that_is_asked_too_fast_names_its_wait(server: Service) -> None:
    server.script(TOO_FAST[server.name])
    error = failure(channel(server.name, server.url))
    assert isinstance(error, AnnounceUnavailable)
    assert error.wait == (0.65 if server.name == DISCORD else 1.0)


def test_an_answer_that_is_lost_is_unsure(server: Service) -> None:
    server.is_silent = True
    assert isinstance(failure(channel(server.name, server.url)), AnnounceUnsure)
    assert len(server.taken) == 1
    assert len(server.requests) == 1


def test_an_answer_that_does_not_come_is_unsure(server: Service) -> None:
    server.script(Answer(delay=60))
    assert isinstance(failure(channel(server.name, server.url, left=0.3)), AnnounceUnsure)


# Discord names no answer: any below 300 is right.
@pytest.mark.parametrize("server", [SLACK, TELEGRAM], indirect=True)
def test_an_unknown_answer_is_unsure(server: Service) -> None:
    server.script(Answer(200, b"<html>Log in"))
    assert isinstance(failure(channel(server.name, server.url)), AnnounceUnsure)


def test_a_redirection_is_not_followed(server: Service) -> None:
    server.script(Answer(302, b"", {"Location": server.url}))
    assert isinstance(failure(channel(server.name, server.url)), AnnounceRejected)
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", [SLACK, DISCORD, TELEGRAM])
def test_nobody_there_is_temporary(name: ChannelName) -> None:
    with service(name) as made:
        url = made.url
    error = failure(channel(name, url))
    assert isinstance(error, AnnounceUnavailable)
    assert "cannot be reached" in str(error)


def test_an_unknown_host_is_temporary() -> None:
    url = f"https://hooks.invalid{SLACK_PATH}"
    error = failure(channel(SLACK, url))
    assert isinstance(error, AnnounceUnavailable)


def test_a_server_that_refuses_encryption_got_nothing() -> None:
    # It answers plain text to the first message of TLS.
    with service(SLACK) as made:
        error = failure(channel(SLACK, made.url.replace("http:", "https:")))
    assert isinstance(error, AnnounceUnavailable)
    assert made.requests == []
