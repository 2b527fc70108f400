"""The composition root: settings to the ports of one run.

Nothing is imported, opened or read before it is needed: a cold start is the normal start.
"""

import os
import random
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from core.archive.rest import Rest
from core.model import keys
from core.model.ports import Blog, PaperSource, Pause, Ports, Remaining, Store, Together, one_by_one
from core.model.style import PostStyle
from handler.settings import BlogSettings, Settings

if TYPE_CHECKING:
    from adapters.quota import Quota
    from core.render.feeds import FeedRenderer
    from core.render.post import PostRenderer
    from core.render.site import SiteRenderer

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


def ports(settings: Settings, remaining: Remaining) -> Ports:
    """Return what a run works with; `remaining` tells how many seconds it has left."""
    return Ports(
        source=source(settings, remaining),
        store=store(settings.store, remaining),
        renderer=lambda: renderer(settings.style),
        site=lambda: site(settings.style.locale, settings.site_url),
        feeds=lambda: feeds(settings.style.locale, settings.site_url),
        schemas={key: (root() / key).read_bytes() for key in keys.SCHEMAS},
        pause=pause_within(remaining),
        blog=partial(blog, settings.blog, remaining) if settings.blog else None,
        together=together(settings.store),
    )


@cache
def rest(_: Settings) -> Rest:
    """Return what this process has made for runs of these settings.

    For the function's daily runs: what many days are made of would fill the memory.
    """
    return Rest()


def together(store_url: str) -> Together:
    """Return how a run waits: for what is far away, a few calls at once."""
    if store_url.startswith("file:"):
        return one_by_one
    from adapters import threads

    return threads.together


@cache
def quota() -> "Quota":
    """Return what this process may ask of the source; a process has one, for all its threads."""
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
    from adapters import aws
    from adapters.s3 import S3Store

    prefix = parts.path.strip("/")
    return S3Store(aws.service("s3"), parts.netloc, f"{prefix}/" if prefix else "", remaining)


def blog(settings: BlogSettings, remaining: Remaining) -> Blog:
    """Return the branch that the settings name. Raises `SettingsError` without a good secret."""
    from adapters.github import GitHub, GitHubBranch, GitHubPullRequest
    from adapters.secrets import BLOG, forget, read_token

    token = read_token(BLOG, settings.secret, remaining)
    forget_token = partial(forget, settings.secret)
    github = GitHub(settings.api, token, settings.repository, remaining, forget_token)
    kind = GitHubPullRequest if settings.pull_requests else GitHubBranch
    return kind(github, settings.branch, pause_within(remaining))


def root() -> Path:
    """Return the directory that holds `templates/` and `schema/`: a checkout, or the package."""
    return next(parent for parent in Path(__file__).parents if (parent / "templates").is_dir())


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
    """Return the path of a `file:` URL, whatever bytes its names hold."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))


@cache
def renderer(style: PostStyle) -> "PostRenderer":
    """Return what renders posts in a style; a process makes it once."""
    from core.render.post import PostRenderer

    return PostRenderer(root() / "templates", style)


@cache
def site(locale: str, site_url: str) -> "SiteRenderer":
    """Return what renders the site's pages in a language; a process makes it once."""
    from core.render.site import SiteRenderer

    return SiteRenderer(root() / "templates", locale, site_url)


@cache
def feeds(locale: str, site_url: str) -> "FeedRenderer":
    """Return what renders feeds in a language; likewise."""
    from core.render.feeds import FeedRenderer

    return FeedRenderer(root() / "templates", locale, site_url)
