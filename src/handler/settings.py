"""The deployment's settings: environment variables that begin with `PAPERBOY_`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.model.style import PostStyle
from handler.variables import Reader

PREFIX = "PAPERBOY_"
NAMES = (
    "SOURCE",
    "SOURCE_SECRET",
    "STORE",
    "SITE_URL",
    "TOP",
    "LOCALE",
    "TIME_ZONE",
    "AUTHOR",
    "PERMALINK",
    "MATH",
    "FRONT_MATTER",
    "BLOG_REPOSITORY",
    "BLOG_BRANCH",
    "BLOG_SECRET",
    "BLOG_PULL_REQUESTS",
    "BLOG_API",
)
DEFAULT_SOURCE = "https://huggingface.co"
DEFAULT_API = "https://api.github.com"
DEFAULT_BRANCH = "main"
# Common themes take a post's URL from its file's name without the date: all days would share one.
BLOG_PERMALINK = "/posts/daily-papers-{date}/"
LOCALES = ("en", "ko")

# A directory or file: file:relative, file:/absolute or file:///absolute, percent-encoded.
FILE_URL = r"file:(//(localhost)?(?=/))?(?!//[^/])(?!.*%00)[^\s?#]+"
SOURCE_URL = re.compile(rf"https?://[^/\s?#@]+/?|{FILE_URL}", re.ASCII)
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
API_URL = re.compile(r"https?://[^/\s?#@]+(/[A-Za-z0-9_.~-]+)*/?", re.ASCII)
SITE_URL = re.compile(r"(https?://[^/\s?#@]+(/([A-Za-z0-9_.~-]|%[0-9A-F]{2})+)*/?)?", re.ASCII)
# The address of `paperboy serve`.
LOCAL_SITE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class BlogSettings:
    """The blog's repository on GitHub, and where the token that may write to it is kept.

    `repository` is `owner/name`, `secret` an ARN, a parameter's name or a `file:` URL, never the
    token itself. `api` is the base of GitHub's API, without a slash at its end.
    """

    repository: str
    secret: str
    branch: str = DEFAULT_BRANCH
    pull_requests: bool = False
    api: str = DEFAULT_API


@dataclass(frozen=True, slots=True)
class Settings:
    """Where payloads come from and objects go to, both as URLs, and how posts look.

    `site_url` is the address of the published site, without a slash at its end; it is empty where
    there is no site. `source_secret` says where a token for the source is kept, if there is one: an
    ARN, a parameter's name or a `file:` URL, never the token itself. `blog` is None when posts go
    into no blog.
    """

    store: str
    site_url: str = LOCAL_SITE
    source: str = DEFAULT_SOURCE
    source_secret: str = ""
    style: PostStyle = field(default_factory=PostStyle)
    blog: BlogSettings | None = None


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings; a variable that is missing or blank has its default.

    A bucket has no site by default, a directory the address of `paperboy serve`. Raises
    `SettingsError` that names every bad variable at once.
    """
    reader = Reader(environment, PREFIX, NAMES)
    blog = _blog(reader)
    store = reader.matching("STORE", STORE_URL, "", "s3://bucket/prefix or file:///directory")
    settings = Settings(
        store=store,
        site_url=reader.matching(
            "SITE_URL",
            SITE_URL,
            "" if store.startswith("s3://") else LOCAL_SITE,
            "https://host or https://host/path",
        ).rstrip("/"),
        source=reader.matching(
            "SOURCE", SOURCE_URL, DEFAULT_SOURCE, "https://host or file:///path"
        ),
        source_secret=_secret(reader, "SOURCE_SECRET", "/paperboy/huggingface"),
        style=_style(reader, BLOG_PERMALINK if blog else ""),
        blog=blog,
    )
    reader.check()
    return settings


def _style(reader: Reader, permalink: str) -> PostStyle:
    default = PostStyle()
    return PostStyle(
        top=reader.number("TOP", default.top),
        locale=reader.choice("LOCALE", default.locale, LOCALES),
        time_zone=reader.time_zone("TIME_ZONE", default.time_zone),
        author=reader.text("AUTHOR"),
        permalink=reader.permalink("PERMALINK", permalink),
        math=reader.yes("MATH"),
        front_matter=reader.front_matter("FRONT_MATTER"),
    )


def _secret(reader: Reader, name: str, example: str) -> str:
    """Return the place of a token, never the token itself."""
    form = (
        "a secret's full ARN in Secrets Manager, or an SSM parameter's name such as"
        f" {example}, or file:///path"
    )
    return reader.matching(name, SECRET, "", form)


def _blog(reader: Reader) -> BlogSettings | None:
    """Return the blog's settings, None without a repository; check all of them either way."""
    blog = BlogSettings(
        repository=reader.matching("BLOG_REPOSITORY", REPOSITORY, "", "owner/name on GitHub"),
        secret=_secret(reader, "BLOG_SECRET", "/paperboy/github"),
        branch=reader.matching("BLOG_BRANCH", BRANCH, DEFAULT_BRANCH, "a branch such as main"),
        pull_requests=reader.yes("BLOG_PULL_REQUESTS"),
        api=reader.matching(
            "BLOG_API", API_URL, DEFAULT_API, "https://api.github.com or https://host/api"
        ).rstrip("/"),
    )
    return blog if reader.together("BLOG_REPOSITORY", "BLOG_SECRET") else None
