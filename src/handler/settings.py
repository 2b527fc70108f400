"""The settings: the configuration file, and environment variables that begin with `PAPERBOY_`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.model.announcement import AnnounceStyle, ChannelName
from core.model.errors import ConfigurationError, SettingsError
from core.model.style import PostStyle, SiteStyle
from core.model.text import shown
from handler import configuration
from handler.configuration import (
    DEFAULT_API,
    DEFAULT_SOURCE,
    DEFAULT_TELEGRAM,
    FILE_URL,
    KEYS,
    TOPICS,
    Value,
)
from handler.variables import Reader

if TYPE_CHECKING:
    from core.model.topic import Topic

PREFIX = "PAPERBOY_"
# What belongs to the infrastructure has a variable, and no key in the file.
INFRASTRUCTURE = (
    "CONFIG",
    "STORE",
    "SITE_URL",
    "BLOG_REPOSITORY",
    "BLOG_BRANCH",
    "BLOG_SECRET",
    "SOURCE_SECRET",
    "ANNOUNCE_SECRETS",
    "ANNOUNCE_TOPIC",
)
NAMES = (*INFRASTRUCTURE, *(key.variable for key in KEYS))
DEFAULT = "default"
# In `announce.at`: the first run that publishes an edition.
FIRST = "first"
DEFAULT_BRANCH = "main"
# Common themes take a post's URL from its file's name without the date: all days would share one.
BLOG_PERMALINK = "/posts/daily-papers-{date}/"

STORE_URL = re.compile(
    rf"s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/(?!.*\.\.|(.*/)?\.(/|$))[\w.!*'()/-]*)?|{FILE_URL}",
    re.ASCII,
)
# The patterns below are in template.yaml, too.
REPOSITORY = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9_-]{0,37}[A-Za-z0-9])?/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9_.-]{1,100})?"
)
# Source: https://git-scm.com/docs/git-check-ref-format
BRANCH = re.compile(
    r"(?![-./]|refs/|HEAD$|@$)(?!.*(\.\.|//|/\.|@\{|\.lock(/|$)))"
    r"[^\x00-\x20\x7f~^:?*\[\\]{0,254}[^\x00-\x20\x7f~^:?*\[\\./]"
)
ARN = (
    r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
    r"[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6})?"
)
PARAMETER_NAME = r"((/[A-Za-z0-9_.-]+)+)?"
SECRET = re.compile(rf"{ARN}|{PARAMETER_NAME}|{FILE_URL}", re.ASCII)
# Where secrets of channels are kept: a path of parameters, or a directory.
SECRETS = re.compile(rf"((/[A-Za-z0-9_.-]+)+/?|{FILE_URL})?", re.ASCII)
PARAMETERS = "/paperboy/announce"
SNS_TOPIC = re.compile(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?", re.ASCII)
SITE_URL = re.compile(r"(https?://[^/\s?#@]+(/([A-Za-z0-9_.~-]|%[0-9A-F]{2})+)*/?)?", re.ASCII)
# The address of `paperboy serve`.
LOCAL_SITE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class BlogSettings:
    """The blog's repository on GitHub, and where the token that may write to it is kept.

    `repository` is `owner/name`, `secret` an ARN, a parameter's name or a `file:` URL, never the
    token itself. With `weekly`, weeks have posts, too. `api` is the base of GitHub's API, without a
    slash at its end.
    """

    repository: str
    secret: str
    branch: str = DEFAULT_BRANCH
    pull_requests: bool = False
    weekly: bool = False
    api: str = DEFAULT_API


@dataclass(frozen=True, slots=True)
class AnnounceSettings:
    """Announcements: how, and where the secrets of channels are kept.

    `secrets` is the beginning of the names of parameters, or a directory as a `file:` URL: Slack's
    secret is in `secrets/slack`. Where it is empty, runs tell nobody. `topic` is the ARN of the SNS
    topic for e-mail, empty without one. `telegram_api` is the base of Telegram's Bot API, without a
    slash at its end.
    """

    style: AnnounceStyle
    secrets: str = ""
    topic: str = ""
    telegram_api: str = DEFAULT_TELEGRAM


@dataclass(frozen=True, slots=True)
class Settings:
    """Where payloads come from and objects go to, both as URLs, and how posts and pages look.

    `site_url` is the address of the published site, without a slash at its end; it is empty where
    there is no site. `source_secret` says where a token for the source is kept, if there is one: an
    ARN, a parameter's name or a `file:` URL, never the token itself. `blog` is None when posts go
    into no blog, `announce` when nobody is told. `topics` are the owner's sections, in their order.
    """

    store: str
    site_url: str = LOCAL_SITE
    source: str = DEFAULT_SOURCE
    source_secret: str = ""
    style: PostStyle = field(default_factory=PostStyle)
    site: SiteStyle = field(default_factory=SiteStyle)
    blog: BlogSettings | None = None
    announce: AnnounceSettings | None = None
    topics: "tuple[Topic, ...]" = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in effect, and where it comes from: the file, a variable, or the default.

    `name` is a key of the file, or a variable of the infrastructure.
    """

    name: str
    value: Value
    origin: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and the same one by one: the keys of the file, then the infrastructure.

    The last of the keys is the array of topics, as the file has it.
    """

    settings: Settings
    keys: Sequence[Setting]
    infrastructure: Sequence[Setting]


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings of the environment, and of the file that it names: see `load`."""
    return load(environment).settings


def load(environment: Mapping[str, str]) -> Loaded:
    """Return the settings and where each comes from.

    A variable overrides the file's key, and what neither has is the default. A variable that is
    blank is not set. A bucket has no site by default, a directory the address of `paperboy serve`.
    Raises `SettingsError` that names every bad variable and key at once; it is a
    `ConfigurationError` if the file is wrong.
    """
    reader = Reader(environment, PREFIX, NAMES)
    file = configuration.read(reader.text("CONFIG"))
    infrastructure = _infrastructure(reader)
    has_blog = reader.together("BLOG_REPOSITORY", "BLOG_SECRET")
    found = dict(_keys(reader, file))
    if file.problems:
        raise ConfigurationError([*file.problems, *reader.problems])
    if found["post.only_topics"].value and not found[TOPICS.path].value:
        origin = found["post.only_topics"].origin
        problem = "post.only_topics needs a [[topic]]: add one, or remove the key"
        reader.problems.append(f"{origin}: {problem}")
    reader.problems += _unknown_topics(found)
    if reader.problems:
        raise SettingsError(reader.problems)
    if has_blog and not found["permalink"].value:
        found["permalink"] = Setting("permalink", BLOG_PERMALINK, DEFAULT)
    if found["site.language"].value is None:
        found["site.language"] = Setting("site.language", found["language"].value, DEFAULT)
    if found["announce.language"].value is None:
        found["announce.language"] = Setting("announce.language", found["language"].value, DEFAULT)
    keys = {name: setting.value for name, setting in found.items()}
    values = {name: str(setting.value) for name, setting in infrastructure.items()}
    infrastructure["CONFIG"] = Setting("CONFIG", file.name, infrastructure["CONFIG"].origin)
    return Loaded(
        _settings(keys, values, has_blog=has_blog),
        list(found.values()),
        [Setting(PREFIX + name, one.value, one.origin) for name, one in infrastructure.items()],
    )


def _keys(reader: Reader, file: configuration.File) -> Iterator[tuple[str, Setting]]:
    """Yield each key's value, and where it comes from."""
    for key in KEYS:
        override = reader.override(key)
        if override is not None:
            setting = Setting(key.path, override, PREFIX + key.variable)
        elif key.path in file.values:
            setting = Setting(key.path, file.values[key.path], Path(file.name).name)
        else:
            setting = Setting(key.path, key.default, DEFAULT)
        yield key.path, setting
    topics = file.values.get(TOPICS.path)
    origin = Path(file.name).name if topics else DEFAULT
    yield TOPICS.path, Setting(TOPICS.path, topics or [], origin)


def _infrastructure(reader: Reader) -> dict[str, Setting]:
    """Return the variables without a key by their names."""
    store = reader.matching("STORE", STORE_URL, "", "s3://bucket/prefix or file:///directory")
    site_url = reader.matching(
        "SITE_URL",
        SITE_URL,
        "" if store.startswith("s3://") else LOCAL_SITE,
        "https://host or https://host/path",
    )
    values = {
        "CONFIG": "",
        "STORE": store,
        "SITE_URL": site_url.rstrip("/"),
        "BLOG_REPOSITORY": reader.matching(
            "BLOG_REPOSITORY", REPOSITORY, "", "owner/name on GitHub"
        ),
        "BLOG_BRANCH": reader.matching(
            "BLOG_BRANCH", BRANCH, DEFAULT_BRANCH, "a branch such as main"
        ),
        "BLOG_SECRET": _secret(reader, "BLOG_SECRET", "/paperboy/github"),
        "SOURCE_SECRET": _secret(reader, "SOURCE_SECRET", "/paperboy/huggingface"),
        "ANNOUNCE_SECRETS": reader.matching(
            "ANNOUNCE_SECRETS",
            SECRETS,
            "",
            f"the beginning of parameters' names such as {PARAMETERS}, or file:///directory",
        ).rstrip("/"),
        "ANNOUNCE_TOPIC": reader.matching("ANNOUNCE_TOPIC", SNS_TOPIC, "", "an SNS topic's ARN"),
    }
    return {
        name: Setting(name, value, PREFIX + name if reader.text(name) else DEFAULT)
        for name, value in values.items()
    }


def _secret(reader: Reader, name: str, example: str) -> str:
    """Return the place of a token, never the token itself."""
    form = (
        "a secret's full ARN in Secrets Manager, or an SSM parameter's name such as"
        f" {example}, or file:///path"
    )
    return reader.matching(name, SECRET, "", form)


def _settings(
    keys: Mapping[str, Any], infrastructure: Mapping[str, str], *, has_blog: bool
) -> Settings:
    """Return the settings that these values make; all of them have been checked."""
    blog = BlogSettings(
        repository=infrastructure["BLOG_REPOSITORY"],
        secret=infrastructure["BLOG_SECRET"],
        branch=infrastructure["BLOG_BRANCH"],
        pull_requests=keys["blog.pull_requests"],
        weekly=keys["blog.weekly"],
        api=keys["blog.api"].rstrip("/"),
    )
    return Settings(
        store=infrastructure["STORE"],
        site_url=infrastructure["SITE_URL"],
        source=keys["source.url"],
        source_secret=infrastructure["SOURCE_SECRET"],
        style=PostStyle(
            top=keys["top"],
            language=keys["language"],
            time_zone=keys["time_zone"],
            author=keys["author"],
            permalink=keys["permalink"],
            math=keys["math"],
            front_matter=json.dumps(keys["front_matter"], ensure_ascii=False),
            layout=keys["post.layout"],
            topics=keys["post.topics"],
            only_topics=keys["post.only_topics"],
        ),
        site=SiteStyle(
            title=keys["title"],
            language=keys["site.language"],
            pictures=keys["site.pictures"],
            publisher=keys["site.publisher"],
            contact=keys["site.contact"],
            rising=keys["rising.votes"],
        ),
        blog=blog if has_blog else None,
        announce=_announce(keys, infrastructure) if keys["announce.channels"] else None,
        topics=_topics(keys[TOPICS.path]),
    )


def _announce(keys: Mapping[str, Any], infrastructure: Mapping[str, str]) -> AnnounceSettings:
    at = keys["announce.at"]
    return AnnounceSettings(
        AnnounceStyle(
            channels=tuple(map(ChannelName, keys["announce.channels"])),
            at=None if at == FIRST else time.fromisoformat(at),
            time_zone=keys["time_zone"],
            language=keys["announce.language"],
            top=keys["announce.top"],
            topics=tuple(keys["announce.topics"]),
            weekly=keys["announce.weekly"],
            title=keys["title"],
        ),
        secrets=infrastructure["ANNOUNCE_SECRETS"],
        topic=infrastructure["ANNOUNCE_TOPIC"],
        telegram_api=keys["announce.telegram_api"].rstrip("/"),
    )


def _unknown_topics(found: Mapping[str, Setting]) -> list[str]:
    """Return a problem for each announced topic that the file does not have."""
    named = found["announce.topics"]
    wanted: Any = named.value
    tables: Any = found[TOPICS.path].value
    known = [table["id"] for table in tables]
    return [
        f"{named.origin}: announce.topics has {shown(one)}, which is not the id of a [[topic]]"
        for one in wanted
        if one not in known
    ]


def _topics(tables: Sequence[Mapping[str, Any]]) -> "tuple[Topic, ...]":
    """Return the topics of the file's tables, which have been checked."""
    if not tables:
        return ()
    # Imported here, because most files have no topics.
    from handler import topics

    return topics.made(tables)
