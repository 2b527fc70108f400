"""Pages, feeds and search shards of days of several sizes: CPU time of each, as JSON.

The arguments are numbers of papers. Times are medians, in seconds. The month and the feeds have
other days already, of as many papers each.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from bench import weekdays
from bench.drivers.store import SITE, forget
from bench.drivers.whole import Watch
from core.archive import catalog
from core.edition.payload import decode
from core.edition.vote_history import with_votes
from core.model import dates
from core.model.month import Month, MonthEdition, MonthSpan, Neighbours
from core.model.paper import Edition
from core.model.votes import VoteRecord
from core.publish import edition_of
from core.render import month as month_json
from core.render import search
from core.render.feeds import BY_EDITION, FeedRenderer
from core.render.site import SiteRenderer
from handler import bootstrap

NEWEST = date(2026, 6, 30)
# What the home page has after three years.
MONTHS = 36
WARM_UP, ROUNDS = 3, 21


@dataclass(frozen=True, slots=True)
class Stored:
    """What is there before a run: its day has an edition with other votes."""

    month: bytes
    shard: bytes
    feed: bytes
    papers: bytes


def main() -> None:
    """Print the times for each number of papers."""
    print(json.dumps({papers: costs(int(papers)) for papers in sys.argv[1:]}))


def costs(papers: int) -> Mapping[str, float]:
    """Return the median CPU seconds of each step for a day of so many papers."""
    templates = bootstrap.root() / "templates"
    site, feeds = SiteRenderer(templates, "ko", SITE), FeedRenderer(templates, "ko", SITE)
    stored = before(papers, feeds)
    record = VoteRecord(NEWEST)
    for turn, at in enumerate(weekdays.runs(NEWEST)):
        edition = made(NEWEST, papers, turn)
        record = with_votes(record, edition, at)
    rounds = []
    for _ in range(WARM_UP + ROUNDS):
        forget()
        rounds.append(once(edition, record, stored, site, feeds))
    counted = rounds[WARM_UP:]
    return {step: median(costs[step] for costs in counted) for step in counted[0]}


def before(papers: int, feeds: FeedRenderer) -> Stored:
    """Return what is stored after the newest days' first runs."""
    editions = [made(day, papers) for day in weekdays.until(NEWEST, BY_EDITION.editions)]
    month, first = Month(dates.first_of_month(NEWEST)), dates.first_of_month(NEWEST)
    ours = [edition for edition in editions if edition.day >= first]
    for edition in ours:
        at = weekdays.runs(edition.day)[0]
        month = catalog.with_edition(month, MonthEdition(edition, f"{edition.day.day:064}", at))
    timed = [(edition, weekdays.runs(edition.day)[0]) for edition in editions]
    return Stored(
        month_json.render(month),
        search.render(first, search.with_editions({}, ours)),
        feeds.editions(None, timed),
        feeds.papers(None, timed),
    )


def once(
    edition: Edition,
    record: VoteRecord,
    stored: Stored,
    site: SiteRenderer,
    feeds: FeedRenderer,
) -> Mapping[str, float]:
    """Return the CPU seconds of each step, once."""
    watch, now = Watch(), weekdays.runs(NEWEST)[-1]
    month = month_json.read(stored.month)
    months = [MonthSpan(month.first, NEWEST, NEWEST, 20)] * MONTHS
    days = [entry.edition.day for entry in month.editions]
    near = Neighbours(days[-2])
    watch.time("edition", lambda: site.edition(edition, record, near))
    watch.time("home", lambda: site.home(edition, record, days, months))
    watch.time("month", lambda: site.month(month, near))
    watch.time("shard", lambda: _shard(stored.shard, month.first, edition))
    timed = [(edition, now)]
    watch.time("feeds", lambda: feeds.atom(feeds.editions(stored.feed, timed)))
    watch.time("papers' feeds", lambda: feeds.atom(feeds.papers(stored.papers, timed)))
    return watch.costs


def made(day: date, papers: int, turn: int = 0) -> Edition:
    """Return an edition of so many papers."""
    return edition_of(decode(weekdays.payload(day, papers, turn), day))


def _shard(stored: bytes, first: date, edition: Edition) -> bytes:
    return search.render(first, search.with_editions(search.read(first, stored), [edition]))


if __name__ == "__main__":
    main()
