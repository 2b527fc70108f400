"""The composition root: settings to the ports of one run.

What only some runs need (a blog, a secret, the renderers) is imported when it is needed.
"""

import os
import random
import time
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import uuid4

from core.archive.ports import Announcing, Ports, no_pause
from core.model import keys
from core.model.ports import Blog, PaperSource, Pause, Remaining, Store, Together, one_by_one
from core.model.redaction import remember
from core.model.style import PostStyle, SiteStyle
from core.render.release import release
from handler.configuration import root
from handler.settings import AnnounceSettings, BlogSettings, Settings

if TYPE_CHECKING:
    from adapters.quota import Quota
    from core.model.topic import Topic
    from core.render.feeds import FeedRenderer
    from core.render.post import PostRenderer
    from core.render.site import SiteRenderer
    from core.topics.rules import Rules

# The environment variables that hold secrets of AWS.
AWS_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
# Seconds between two months, where a task works on many: other runs may take the lease then.
MONTH_PAUSE = 3.0


def ports(settings: Settings, remaining: Remaining) -> Ports:
    """Return the ports of a run; `remaining` returns how many seconds it has left."""
    is_local = settings.store.startswith("file:")
    for name in AWS_SECRETS:
        remember(os.environ.get(name, ""))
    return Ports(
        source=source(settings, remaining),
        store=store(settings.store, remaining),
        renderer=lambda: renderer(settings.style, settings.site_url, settings.topics),
        site=lambda: site(settings.site, settings.site_url, settings.topics),
        feeds=lambda: feeds(
            settings.style.language, settings.site_url, settings.site, settings.topics
        ),
        release=cache(
            partial(
                release,
                root() / "templates",
                settings.style,
                settings.site,
                settings.site_url,
                schemas(),
                settings.topics,
            )
        ),
        schemas=schemas(),
        pause=pause_within(remaining),
        token=lambda: uuid4().hex,
        blog=partial(blog, settings.blog, remaining) if settings.blog else None,
        weekly=bool(settings.blog and settings.blog.weekly),
        topics=partial(rules, settings.topics) if settings.topics else None,
        announcing=(
            partial(announcing, settings.announce, settings.site_url, remaining)
            if settings.announce and settings.announce.secrets
            else None
        ),
        together=together(settings.store),
        month_pause=no_pause if is_local else partial(time.sleep, MONTH_PAUSE),
    )


@cache
def schemas() -> Mapping[str, bytes]:
    """Return the JSON Schemas by their keys."""
    return {key: (root() / key).read_bytes() for key in keys.SCHEMAS}


def together(store_url: str) -> Together:
    """Return a thread pool for S3, sequential calls for a directory."""
    if store_url.startswith("file:"):
        return one_by_one
    from adapters import threads

    return threads.together


@cache
def quota() -> "Quota":
    """Return the quota of requests to the source; all threads of a process share one."""
    from adapters.quota import Quota

    return Quota()


def source(settings: Settings, remaining: Remaining, own: "Quota | None" = None) -> PaperSource:
    """Return the source that the settings name; `own` is a quota instead of the process's."""
    url = urlsplit(settings.source)
    if url.scheme == "file":
        from adapters.recorded import RecordedSource

        return RecordedSource(_path(settings.source))
    from adapters.huggingface import HuggingFaceSource

    if not settings.source_secret:
        return HuggingFaceSource(settings.source, remaining, own or quota())
    from adapters.secrets import SOURCE, forget, read_token

    return HuggingFaceSource(
        settings.source,
        remaining,
        own or quota(),
        read_token=partial(read_token, SOURCE, settings.source_secret, remaining),
        forget_token=partial(forget, settings.source_secret),
    )


def store(url: str, remaining: Remaining) -> Store:
    """Return the store at a URL: `s3://bucket/prefix` or `file:///directory`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        from adapters.directory import DirectoryStore

        return DirectoryStore(_path(url))
    from adapters.s3 import S3Store

    prefix = parts.path.strip("/")
    return S3Store(_s3_client, parts.netloc, f"{prefix}/" if prefix else "", remaining)


def _s3_client() -> Any:
    """Return boto3's client of S3. Raises `SettingsError`."""
    from adapters.aws_clients import client

    return client("s3")


def blog(settings: BlogSettings, remaining: Remaining) -> Blog:
    """Return the branch that the settings name. Raises `SettingsError` without a good secret."""
    from adapters.github import GitHub, GitHubBranch, GitHubPullRequest
    from adapters.secrets import BLOG, forget, read_token

    token = read_token(BLOG, settings.secret, remaining)
    forget_token = partial(forget, settings.secret)
    github = GitHub(settings.api, token, settings.repository, remaining, forget_token)
    kind = GitHubPullRequest if settings.pull_requests else GitHubBranch
    return kind(github, settings.branch, pause_within(remaining))


def announcing(settings: AnnounceSettings, site_url: str, remaining: Remaining) -> Announcing:
    """Return what announcements need; their time begins now."""
    from handler import announcing

    return announcing.announcing(settings, site_url, remaining)


def pause_within(remaining: Remaining) -> Pause:
    """Return a pause with jitter that grows with the attempts and never outlasts the run."""

    def pause(attempt: int, at_least: float = 0.0) -> bool:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempt, 10))
        seconds = at_least + random.uniform(0, longest)  # noqa: S311 (no secret)
        if seconds >= remaining():
            return False
        time.sleep(seconds)
        return True

    return pause


def _path(url: str) -> Path:
    """Return the path of a `file:` URL; its names may hold any bytes."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))


@cache
def rules(topics: "tuple[Topic, ...]") -> "Rules":
    """Return the rules of topics; a process makes them once."""
    from core.topics.rules import Rules

    return Rules(topics)


@cache
def renderer(style: PostStyle, site_url: str, topics: "tuple[Topic, ...]" = ()) -> "PostRenderer":
    """Return the renderer of posts in a style; a process makes it once."""
    from core.render.post import PostRenderer

    return PostRenderer(root() / "templates", style, site_url, topics)


@cache
def site(style: SiteStyle, site_url: str, topics: "tuple[Topic, ...]" = ()) -> "SiteRenderer":
    """Return the renderer of the site's pages; a process makes it once."""
    from core.render.site import SiteRenderer

    return SiteRenderer(root() / "templates", style, site_url, topics)


@cache
def feeds(
    language: str, site_url: str, style: SiteStyle, topics: "tuple[Topic, ...]"
) -> "FeedRenderer":
    """Return the renderer of feeds in a language; a process makes it once."""
    from core.render.feeds import FeedRenderer

    return FeedRenderer(root() / "templates", language, site_url, style, topics)
