"""The packaged function with a blog: its token in AWS, its repository on the test GitHub."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3

from tests.e2e import world
from tests.e2e.world import World
from tests.support import sample
from tests.support.github import TOKEN, GitHub, github
from tests.support.servers import REGION, S3Server, s3_server

DAY = "2025-12-24"
README = {"README.md": b"mine"}
PARAMETER = "/paperboy/github-token"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Secrets:
    """AWS' two places for the token, and the requests to them."""

    server: S3Server

    def keep(self, place: str, token: str) -> str:
        """Keep the token there, and return how it is referred to."""
        if place == "parameter":
            with closing(boto3.client("ssm", REGION, endpoint_url=self.server.url)) as ssm:
                ssm.put_parameter(Name=PARAMETER, Value=token, Type="SecureString", Overwrite=True)
            return PARAMETER
        manager = boto3.client("secretsmanager", REGION, endpoint_url=self.server.url)
        with closing(manager):
            return manager.create_secret(Name="paperboy", SecretString=token)["ARN"]

    def reads(self) -> list[str]:
        """Return which actions were asked for, each time the token was read."""
        actions = [request.headers.get("x-amz-target", "") for request in self.server.requests]
        return [action for action in actions if ".Get" in action]


@dataclass(frozen=True, slots=True)
class BlogWorld:
    """A function that runs with a blog."""

    world: World
    github: GitHub
    secrets: Secrets
    log: Path

    def invoke(self, event: Json) -> Json:
        """Return what the function answers; neither that nor its log holds a token."""
        answer: Json = self.world.function.invoke(event)
        said = json.dumps(answer) + self.log.read_text("utf-8")
        assert TOKEN not in said
        return answer

    def asked(self) -> str:
        """Return what GitHub was asked since this was asked last: a letter for each request."""
        kinds = "".join(asked.kind[:1] or "?" for asked in self.github.requests)
        self.github.requests.clear()
        return kinds

    def headlines(self, branch: str = "main") -> list[str]:
        """Return the headlines of a branch's commits after its first."""
        return [commit.headline for commit in self.github.log(branch)[1:]]


@contextmanager
def running(
    directory: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    place: str = "parameter",
    token: str = TOKEN,
    days: Mapping[str, bytes] = MappingProxyType({DAY: sample.PAYLOAD.read_bytes()}),
) -> Iterator[BlogWorld]:
    """Run the function with a blog on GitHub, and its token in one of AWS' places."""
    with s3_server() as aws, github(directory, files=README) as hub:
        secrets = Secrets(aws)
        about = variables(aws, hub, secrets.keep(place, token))
        with world.running(days, directory, **about | dict(settings)) as made:
            yield BlogWorld(made, hub, secrets, directory / "function.log")


def variables(aws: S3Server, hub: GitHub, secret: str) -> dict[str, str]:
    """Return the environment variables that say where the blog and its token are."""
    return {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": aws.url,
        "AWS_ENDPOINT_URL_SSM": aws.url,
        "PAPERBOY_BLOG_REPOSITORY": "ada/blog",
        "PAPERBOY_BLOG_SECRET": secret,
        "PAPERBOY_BLOG_API": hub.url,
    }
