"""Messages and announcements for tests."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from core.announce.message import Writer
from core.archive.ports import Announcing, Ports
from core.model.announcement import AnnounceStyle, ChannelName, Message
from core.model.paper import Edition, Paper
from core.model.ports import Channel
from tests.support import fakes, papers, sample
from tests.support.fakes import SITE, TEMPLATES

ALL = tuple(ChannelName)
STYLE = AnnounceStyle(channels=ALL, language="en", time_zone="UTC")


def writer(style: AnnounceStyle = STYLE, site: str = SITE) -> Writer:
    """Return a writer of messages."""
    return Writer(TEMPLATES, style, site, "s3://papers/")


def message(*found: Paper, style: AnnounceStyle = STYLE, site: str = SITE) -> Message:
    """Return the message of an edition of these papers, else of the sample's."""
    edition = papers.edition(*found) if found else sample.edition()
    return writer(style, site).edition(edition, {})


def of_edition(edition: Edition, style: AnnounceStyle = STYLE) -> Message:
    """Return the message of an edition."""
    return writer(style).edition(edition, {})


def announcing(
    ports: Ports,
    style: AnnounceStyle = STYLE,
    left: Callable[[], float] = lambda: 60.0,
    *,
    channels: Mapping[str, Channel],
) -> Ports:
    """Return the ports of a run that announces in these channels."""
    names = tuple(ChannelName(name) for name in channels)
    opened = {ChannelName(name): _opening(channel) for name, channel in channels.items()}
    made = Announcing(replace(style, channels=names), opened, TEMPLATES, fakes.SITE, left)
    return replace(ports, announcing=lambda: made)


def _opening(channel: Channel) -> Callable[[], Channel]:
    return lambda: channel
