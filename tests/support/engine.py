"""An archive in memory with a source, and what must be true of it whatever was done."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from core import publish
from core.archive import rebuild
from core.archive.ports import Ports
from core.archive.state import MonthState, Root
from core.archive.state_json import read_month, read_root, render_root
from core.model import dates, keys
from core.model.errors import PaperboyError
from core.model.objects import Artifact
from core.model.paper import Edition
from core.model.period import MonthEdition
from core.model.ports import Blog
from core.model.report import RunReport, RunRequest
from core.model.topic import Topic
from core.model.votes import VoteHistory
from core.render import json, votes
from tests.support import fakes
from tests.support.fakes import SITE, FakeSource, MemoryStore
from tests.support.links import Links
from tests.support.papers import DAY, NOW, answer, entry

# Where readers and programs begin.
BEGINNINGS = (
    keys.HOME,
    keys.ROOT_INDEX,
    keys.FEED_JSON,
    keys.FEED_ATOM,
    keys.PAPERS_JSON,
    keys.PAPERS_ATOM,
    keys.SITEMAP,
)


@dataclass
class World:
    """A store, what the source has of days, and the ports of runs that work with them."""

    store: MemoryStore = field(default_factory=MemoryStore)
    source: FakeSource = field(default_factory=lambda: FakeSource({}))
    blog: Blog | None = None
    pauses: int = 10
    release: str = "release 1"
    weekly: bool = False
    layout: str = "seed"
    topics: tuple[Topic, ...] = ()

    def ports(self) -> Ports:
        """Return the ports of another run."""
        made = fakes.ports(
            self.source,
            self.store,
            self.pauses,
            self.blog,
            self.release,
            self.layout,
            self.topics,
        )
        return replace(made, schemas=dict.fromkeys(keys.SCHEMAS, b"{}"), weekly=self.weekly)

    def has(self, day: date, *counts: int, title: str = "") -> None:
        """Let the source have a day's papers with so many votes; all may have one title."""
        named = {"title": title} if title else {}
        papers = (entry(n, upvotes=count, **named) for n, count in enumerate(counts, 1))
        self.source.answers[day] = answer(*papers)

    def lacks(self, day: date, error: PaperboyError) -> None:
        """Let the source answer with an error."""
        self.source.answers[day] = error

    def run(
        self, *days: date, hours: int = 0, at: datetime | None = None, **options: bool
    ) -> RunReport:
        """Publish days so many hours after `NOW`, with new counts of requests."""
        self.store.gets.clear()
        self.store.puts.clear()
        at = at or NOW + timedelta(hours=hours)
        return publish.run(RunRequest(days or (DAY,), at, **options), self.ports())

    def publish(self, *days: date, counts: tuple[int, ...] = (3, 2, 1)) -> None:
        """Publish days with the same papers, each with a title of its own day."""
        for day in days:
            self.has(day, *counts, title=f"Of {day}")
        report = self.run(*days)
        assert not report.errors(), report.errors()

    def root(self) -> Root:
        return read_root(self.body(keys.ROOT_STATE))

    def month(self, first: date = DAY) -> MonthState:
        first = dates.first_of_month(first)
        return read_month(self.body(keys.month_state(first)), first)

    def known(self, day: date = DAY) -> MonthEdition:
        found = self.month(day).find(day)
        assert found
        return found

    def edition(self, day: date = DAY) -> Edition:
        return json.read(self.body(keys.edition_json(day)))

    def history(self, day: date = DAY) -> VoteHistory:
        return votes.read(self.body(keys.vote_history(day)))

    def body(self, key: str) -> bytes:
        return self.store.objects[key].body

    def edit(self, key: str, body: bytes | None = b"edited") -> None:
        """Put an object as somebody else would, or delete it."""
        if body is None:
            del self.store.objects[key]
        else:
            self.store.objects[key] = keys.artifact(key, body)

    def change_root(self, **changes: object) -> None:
        """Put another root state."""
        root = replace(self.root(), **changes)  # type: ignore[arg-type]
        self.edit(keys.ROOT_STATE, render_root(root))

    def payload(self, day: date = DAY) -> str:
        """Return the key of a day's payload."""
        (key,) = (key for key in self.store.objects if key.startswith(keys.raw_payloads(day)))
        return key


def derived(store: MemoryStore) -> dict[str, bytes]:
    """Return all that follows from truth and configuration."""
    return {
        key: body
        for key, body in store.bodies().items()
        if not is_truth(key) and not key.startswith(keys.STATE)
    }


def is_truth(key: str) -> bool:
    """Return whether a key is of a payload, an edition or a vote history."""
    is_edition = key.startswith(keys.DAILY) and key.endswith(".json")
    return is_edition or key.startswith((keys.RAW, keys.VOTES))


def faults(world: World) -> list[str]:
    """Return the keys that are not what follows from the truth, or not what the state tells."""
    fresh = World(release=world.release, layout=world.layout, topics=world.topics)
    for key, artifact in world.store.objects.items():
        if is_truth(key):
            fresh.store.objects[key] = artifact
    rebuild.check(fresh.ports())
    expected, found = derived(fresh.store), derived(world.store)
    wrong = [key for key in expected if found.get(key) != expected[key]]
    root = world.root()
    for manifest in (root.manifest, *(world.month(one.first).manifest for one in root.months)):
        for key, made in manifest.items():
            there = world.store.get(key)
            if there is None or there.etag != made.etag:
                wrong.append(key)
    for one in root.months:
        state = world.store.get(keys.month_state(one.first))
        if state is None or state.etag != one.etag:
            wrong.append(keys.month_state(one.first))
    return sorted({*wrong, *([keys.ROOT_STATE] if root.lease else [])})


@lru_cache(maxsize=4096)
def leads_to(key: str, body: bytes) -> frozenset[str]:
    """Return the keys of this site that an object leads to."""
    return frozenset(link.key for link in Links({key: body}, SITE).of(key))


class StrictStore(MemoryStore):
    """A store that sees to it that no put leads a reader to something that is not there.

    Before the first home page there are no readers.
    """

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        etag = super().put(artifact, replaces=replaces)
        if keys.HOME in self.objects:
            assert self.dead() == set(), artifact.key
        return etag

    def dead(self) -> set[str]:
        """Return the keys that a reader is led to in vain."""
        found, left = set[str](), {key for key in BEGINNINGS if key in self.objects}
        dead = set[str]()
        while left:
            found |= left
            linked = {to for key in left for to in leads_to(key, self.objects[key].body)}
            dead |= {to for to in linked if to not in self.objects}
            left = {to for to in linked if to in self.objects} - found
        return dead


class MeanwhileStore(MemoryStore):
    """A store where somebody else does something right before, or after, the first put of a key."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        if artifact.key in self.before:
            self.before.pop(artifact.key)()
        etag = super().put(artifact, replaces=replaces)
        if artifact.key in self.after:
            self.after.pop(artifact.key)()
        return etag


def failing(error: Exception) -> Callable[[], object]:
    """Return what raises an error."""

    def fail() -> None:
        raise error

    return fail
