"""Settings to what announcements need: channels, their secrets, and a bound on their time."""

from collections.abc import Callable
from functools import partial
from time import monotonic

from adapters.secrets import (
    DISCORD,
    SLACK,
    TELEGRAM,
    TELEGRAM_CHAT,
    forget,
    read_token,
)
from core.archive.ports import Announcing
from core.model.announcement import ChannelName
from core.model.errors import SettingsError
from core.model.ports import Channel, Remaining
from handler.configuration import root
from handler.settings import AnnounceSettings

# Seconds that the announcements of a run may take, all channels together.
SECONDS = 30.0
# What each secret is called below `AnnounceSettings.secrets`.
SLACK_NAME = "slack"
DISCORD_NAME = "discord"
TELEGRAM_NAME = "telegram-token"
CHAT_NAME = "telegram-chat"


def announcing(settings: AnnounceSettings, site_url: str, remaining: Remaining) -> Announcing:
    """Return what announcements need; their time begins now.

    A secret is read when its channel is opened. `remaining` returns what is left of the run.
    """
    end = monotonic() + SECONDS

    def left() -> float:
        return min(remaining(), end - monotonic())

    return Announcing(
        style=settings.style,
        channels=channels(settings, left),
        templates=root() / "templates",
        site=site_url,
        remaining=left,
    )


def channels(
    settings: AnnounceSettings, remaining: Remaining
) -> dict[ChannelName, Callable[[], Channel]]:
    """Return what opens each channel: it reads the secret, and raises as `read_token` does.

    Without a topic for e-mail, that is a `SettingsError`, too.
    """
    return {
        ChannelName.EMAIL: partial(_email, settings, remaining),
        ChannelName.SLACK: partial(_slack, settings, remaining),
        ChannelName.DISCORD: partial(_discord, settings, remaining),
        ChannelName.TELEGRAM: partial(_telegram, settings, remaining),
        ChannelName.EVENT: partial(_event, remaining),
    }


def _email(settings: AnnounceSettings, remaining: Remaining) -> Channel:
    from adapters.announce_email import Email

    if not settings.topic:
        problem = "deploy with Announce=true, or set PAPERBOY_ANNOUNCE_TOPIC"
        raise SettingsError(f"there is no topic for e-mail: {problem}")
    return Email(settings.topic, remaining)


def _slack(settings: AnnounceSettings, remaining: Remaining) -> Channel:
    from adapters.announce_slack import Slack

    reference = _reference(settings, SLACK_NAME)
    return Slack(read_token(SLACK, reference, remaining), remaining, partial(forget, reference))


def _discord(settings: AnnounceSettings, remaining: Remaining) -> Channel:
    from adapters.announce_discord import Discord

    reference = _reference(settings, DISCORD_NAME)
    return Discord(read_token(DISCORD, reference, remaining), remaining, partial(forget, reference))


def _telegram(settings: AnnounceSettings, remaining: Remaining) -> Channel:
    from adapters.announce_telegram import Telegram

    token, chat = _reference(settings, TELEGRAM_NAME), _reference(settings, CHAT_NAME)

    def forget_both() -> None:
        forget(token)
        forget(chat)

    return Telegram(
        settings.telegram_api,
        read_token(TELEGRAM, token, remaining),
        read_token(TELEGRAM_CHAT, chat, remaining),
        remaining,
        forget_both,
    )


def _event(remaining: Remaining) -> Channel:
    from adapters.announce_event import Event

    return Event(remaining)


def _reference(settings: AnnounceSettings, name: str) -> str:
    return f"{settings.secrets}/{name}"
