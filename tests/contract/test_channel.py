"""What every channel does, the fake too: it takes a message once, or tells why it did not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import boto3
import pytest

from adapters import aws_clients
from adapters.announce_discord import Discord
from adapters.announce_email import Email
from adapters.announce_event import Event
from adapters.announce_slack import Slack
from adapters.announce_telegram import Telegram
from core.model.announcement import ChannelName, Message
from core.model.errors import AnnounceUnavailable
from core.model.ports import Channel, Remaining
from tests.support import announcing, recorded
from tests.support.channels import BOT, CHAT, FakeChannel, service
from tests.support.papers import paper
from tests.support.servers import REGION, s3_server

NAMES = ["fake", *ChannelName]


@dataclass(frozen=True)
class World:
    """A channel, and how many messages arrived."""

    channel: Channel
    arrived: Callable[[], int]


def forget() -> None:
    """Do nothing: the secret is read once."""


def http(name: ChannelName, remaining: Remaining, stack: ExitStack) -> World:
    server = stack.enter_context(service(name))
    made: Channel
    match name:
        case ChannelName.SLACK:
            made = Slack(server.url, remaining, forget)
        case ChannelName.DISCORD:
            made = Discord(server.url, remaining, forget)
        case _:
            made = Telegram(server.url, BOT, CHAT, remaining, forget)
    return World(made, lambda: len(server.taken))


def aws(name: ChannelName, remaining: Remaining, stack: ExitStack) -> World:
    server = stack.enter_context(s3_server())
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("AWS_ENDPOINT_URL", server.url)
    patch.setenv("AWS_REGION", REGION)
    aws_clients.forget_clients()
    stack.callback(aws_clients.forget_clients)
    topic = boto3.client("sns", REGION).create_topic(Name="readers")["TopicArn"]
    server.requests.clear()
    made: Channel = Email(topic, remaining) if name == ChannelName.EMAIL else Event(remaining)
    return World(made, lambda: len(server.requests))


@pytest.fixture(params=NAMES)
def open_world(request: pytest.FixtureRequest) -> Iterator[Callable[[Remaining], World]]:
    with ExitStack() as stack:

        def opened(remaining: Remaining) -> World:
            if request.param == "fake":
                fake = FakeChannel(remaining=remaining)
                return World(fake, lambda: len(fake.messages))
            name = ChannelName(request.param)
            is_aws = name in (ChannelName.EMAIL, ChannelName.EVENT)
            return (aws if is_aws else http)(name, remaining, stack)

        yield opened


@pytest.fixture
def world(open_world: Callable[[Remaining], World]) -> World:
    return open_world(lambda: 60.0)


ODD = "<b>@everyone</b> <!channel> [x](https://evil.example) *a* _b_ `c` & \\ \u202e |"
MESSAGES = {
    "sample": announcing.message(),
    "empty": announcing.message(paper(1, title="T", ai_summary=None, abstract=None, votes=None)),
    "odd": announcing.message(*(paper(number, title=ODD) for number in range(5))),
    "long": announcing.message(
        *(paper(number, title="긴 " * 2000, ai_summary="&" * 9000) for number in range(5))
    ),
    "greeting": announcing.writer().greeting(),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_arrives_once(world: World, name: str) -> None:
    world.channel.send(MESSAGES[name])
    assert world.arrived() == 1


def test_two_messages_arrive_as_two(world: World) -> None:
    message: Message = MESSAGES["sample"]
    world.channel.send(message)
    world.channel.send(message)
    assert world.arrived() == 2


@recorded.needs_recorded
def test_all_recorded_days_arrive(world: World) -> None:
    editions = [edition for edition in recorded.editions() if edition.papers]
    for edition in editions:
        world.channel.send(announcing.of_edition(edition))
    assert world.arrived() == len(editions)


def test_without_time_nothing_is_sent(open_world: Callable[[Remaining], World]) -> None:
    world = open_world(lambda: 0.0)
    with pytest.raises(AnnounceUnavailable, match="the time for announcements is over"):
        world.channel.send(MESSAGES["sample"])
    assert world.arrived() == 0
