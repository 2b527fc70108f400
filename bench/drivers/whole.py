"""A day's whole set of files, without network and disk: CPU time of each step, as JSON.

The arguments are numbers of papers. Times are medians, in seconds, in a process that has rendered
before. The archive has no other days, so that all files are this day's; `run` is the use case from
the source's answer to the last put, into a store in memory that has the day before.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench import days
from bench.drivers.store import SITE, forget, ports, publish
from core.archive import catalog
from core.edition import payload, ranking
from core.edition.vote_history import with_votes
from core.model import dates
from core.model.month import Month, MonthEdition, MonthSpan, Neighbours, RootIndex
from core.model.objects import Artifact, StoredObject
from core.model.paper import Edition
from core.model.style import PostStyle
from core.model.votes import VoteRecord
from core.render import index, search, votes
from core.render import json as edition_json
from core.render import month as month_json
from core.render.feeds import FeedRenderer
from core.render.site import SiteRenderer
from handler import bootstrap

Result = TypeVar("Result")

DAY, DAY_BEFORE = date.fromisoformat(days.DAY), date.fromisoformat(days.DAY_BEFORE)
NOW = datetime(2025, 12, 24, 14, tzinfo=UTC)
FIRST = dates.first_of_month(DAY)
WARM_UP, ROUNDS, PAPERS_IN_ALL = 2, 7, 2000
NEAR = Neighbours()


class Watch:
    """Notes the CPU seconds of each step."""

    def __init__(self) -> None:
        self.costs: dict[str, float] = {}

    def time(self, step: str, work: Callable[[], Result]) -> Result:
        """Do the work and note its time, with that of the same step before."""
        start = time.process_time()
        result = work()
        self.costs[step] = self.costs.get(step, 0) + time.process_time() - start
        return result


class MemoryStore:
    """Objects in memory; nobody else writes to them."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.bodies = dict(bodies)

    def get(self, key: str) -> StoredObject | None:
        """Return the object under a key."""
        body = self.bodies.get(key)
        return None if body is None else StoredObject(body, f'"{len(body)}"')

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:  # noqa: ARG002
        """Keep the artifact."""
        self.bodies[artifact.key] = artifact.body

    def location(self, key: str) -> str:
        """Return the key."""
        return key


def main() -> None:
    """Print the steps' times for each number of papers."""
    print(json.dumps({papers: costs(int(papers)) for papers in sys.argv[1:]}))


def costs(papers: int) -> Mapping[str, float]:
    """Return the median CPU seconds of each step for a day of so many papers."""
    body = days.payload(papers)
    before = _before(papers)
    rounds = [
        rendered(body) | run(body, before)
        for _ in range(WARM_UP + max(ROUNDS, PAPERS_IN_ALL // papers))
    ]
    counted = rounds[WARM_UP:]
    return {step: median(costs[step] for costs in counted) for step in counted[0]}


def rendered(body: bytes) -> dict[str, float]:
    """Return the CPU seconds of each step from the answer to the files, once."""
    forget()
    watch = Watch()
    answer = watch.time("decode", lambda: payload.decode(body, DAY))
    papers = watch.time("parse", lambda: payload.parse(answer))
    edition = watch.time("rank", lambda: Edition(DAY, ranking.rank(papers)))
    made = watch.time("json", lambda: edition_json.render(edition))
    post = bootstrap.renderer(PostStyle())
    watch.time("posts", lambda: post.post(edition))
    record = with_votes(VoteRecord(DAY), edition, NOW)
    watch.time("votes", lambda: votes.render(record))
    entry = MonthEdition(edition, sha256(made).hexdigest(), NOW)
    month = catalog.with_edition(Month(FIRST), entry)
    watch.time("month", lambda: month_json.render(month))
    watch.time("posts", lambda: post.month_post(month))
    _site(watch, bootstrap.site("ko", SITE), edition, record, month)
    _feeds(watch, bootstrap.feeds("ko", SITE), edition)
    return watch.costs | {"all": sum(watch.costs.values())}


def run(body: bytes, before: Mapping[str, bytes]) -> dict[str, float]:
    """Return the CPU seconds of a whole run with its requests left out, once."""
    forget()
    made = replace(ports(Path("/")), store=MemoryStore(before))
    watch = Watch()
    watch.time("run", lambda: publish({DAY: body}, made, NOW))
    return watch.costs


def _site(
    watch: Watch, site: SiteRenderer, edition: Edition, record: VoteRecord, month: Month
) -> None:
    months = [MonthSpan(FIRST, DAY, DAY, 1)]
    watch.time("pages", lambda: site.edition(edition, record, NEAR))
    watch.time("pages", lambda: site.home(edition, record, [DAY], months))
    watch.time("pages", lambda: site.month(month, NEAR))
    watch.time("indexes", lambda: site.month_sitemap(month))
    watch.time("indexes", lambda: site.sitemap(months))
    watch.time("indexes", lambda: index.render_month(month, NEAR))
    watch.time("indexes", lambda: index.render_root(RootIndex(tuple(months))))
    watch.time("search", lambda: search.render(FIRST, search.with_editions({}, [edition])))


def _feeds(watch: Watch, feeds: FeedRenderer, edition: Edition) -> None:
    timed = [(edition, NOW)]
    watch.time("feeds", lambda: feeds.atom(feeds.editions(None, timed)))
    watch.time("feeds", lambda: feeds.atom(feeds.papers(None, timed)))


def _before(papers: int) -> Mapping[str, bytes]:
    """Return what is stored after the day before, of as many papers."""
    store = MemoryStore({})
    body = days.moved(days.payload(papers), days.DAY_BEFORE, "2511.")
    publish({DAY_BEFORE: body}, replace(ports(Path("/")), store=store), NOW)
    return store.bodies


if __name__ == "__main__":
    main()
