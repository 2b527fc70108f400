"""The bundle of ports and renderers that a run works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.model.announcement import AnnounceStyle, ChannelName
from core.model.ports import (
    Blog,
    Channel,
    PaperSource,
    Pause,
    Remaining,
    Renderer,
    Store,
    Together,
    TopicRules,
    one_by_one,
)

if TYPE_CHECKING:
    from core.render.feeds import FeedRenderer
    from core.render.site import SiteRenderer


def no_pause() -> None:
    """Do not wait."""


@dataclass(frozen=True, slots=True)
class Announcing:
    """What announcements need: how, in which channels, and how many seconds are left for them.

    A channel is opened by its function when it is told. `templates` is the directory of the texts,
    `site` the site's address.
    """

    style: AnnounceStyle
    channels: Mapping[ChannelName, Callable[[], Channel]]
    templates: Path
    site: str
    remaining: Remaining


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports and renderers of a run.

    `schemas` are published as they are, by their keys. `release` returns the digest of the
    templates, schemas and configuration that everything is rendered with. `token` returns a token
    for a lease, which no other run has. The renderers, `release` and `blog` are called when they
    are needed, not before. With `weekly`, the blog has posts of weeks, too. `topics` is None if the
    owner has none. `announcing` is None without announcements; it is called when they begin.
    `month_pause` waits between two months, where a task works on many.
    """

    source: PaperSource
    store: Store
    renderer: Callable[[], Renderer]
    site: "Callable[[], SiteRenderer]"
    feeds: "Callable[[], FeedRenderer]"
    release: Callable[[], str]
    schemas: Mapping[str, bytes]
    pause: Pause
    token: Callable[[], str]
    blog: Callable[[], Blog] | None = None
    weekly: bool = False
    topics: Callable[[], TopicRules] | None = None
    announcing: Callable[[], Announcing] | None = None
    together: Together = one_by_one
    month_pause: Callable[[], None] = no_pause
