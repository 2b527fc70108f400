"""What the site's files weigh, and gzipped, as JSON; the argument is where recorded days lie.

Each edition has a record of the votes at every run that read it.
"""

import gzip
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from adapters.recorded import RecordedSource, recorded_days
from bench import weekdays
from bench.drivers.store import ports, publish
from core.edition.payload import decode
from core.model import dates, keys
from core.model.ports import Ports
from core.model.votes import VoteRecord
from core.publish import edition_of
from core.render import votes
from core.render.feeds import BY_EDITION

NEWEST = date(2026, 6, 30)
MANY = 100
FEEDS = (keys.FEED_ATOM, keys.FEED_JSON, keys.PAPERS_ATOM, keys.PAPERS_JSON)

Weights = dict[str, list[tuple[int, int]]]
"""Bytes, and bytes gzipped, of files by their kinds: `daily/.html`."""


def main(recorded: Path) -> None:
    """Print the weights for recorded days, for generated ones, and of what never changes."""
    found = {
        "recorded": of_recorded(recorded) if recorded.is_dir() else {},
        "generated": of_generated(),
        "fixed": of_fixed(),
    }
    print(json.dumps(found))


def of_recorded(directory: Path) -> Weights:
    """Return the weights for recorded days, as the last weekdays of two full months."""
    recorded = recorded_days(directory)
    weights: Weights = defaultdict(list)
    with tempfile.TemporaryDirectory() as place:
        made, days = ports(Path(place)), weekdays.until(NEWEST, len(recorded))
        for number, (day, (old, path)) in enumerate(zip(days, recorded.items(), strict=True), 1):
            body = RecordedSource(path).fetch(old).body
            # Also the days in it, as the guard keeps out what belongs to another one.
            publish_with_votes({day: body.replace(str(old).encode(), str(day).encode())}, made)
            full = number >= BY_EDITION.editions
            weigh((*_of_day(day), *(FEEDS if full else ())), made, weights)
        for first in (dates.last_month(NEWEST), dates.first_of_month(NEWEST)):
            weigh(_of_month(first), made, weights)
    return weights


def of_generated() -> Weights:
    """Return the weights of what a day of many papers leaves, after others of as many."""
    weights: Weights = defaultdict(list)
    with tempfile.TemporaryDirectory() as place:
        made, days = ports(Path(place)), weekdays.until(NEWEST, BY_EDITION.editions)
        publish_with_votes({day: weekdays.payload(day, MANY) for day in days}, made)
        names = (*_of_day(NEWEST), *_of_month(dates.first_of_month(NEWEST)), *FEEDS)
        weigh(names, made, weights)
    return weights


def of_fixed() -> Weights:
    """Return the weights of the files that are the same whatever is published."""
    with tempfile.TemporaryDirectory() as place:
        files = ports(Path(place)).site().fixed()
    return {key: [_weight(body)] for key, body in files.items()}


def publish_with_votes(bodies: Mapping[date, bytes], ports: Ports) -> None:
    """Publish days in their last run, the earlier ones being in their vote records by now."""
    for day, body in bodies.items():
        papers = edition_of(decode(body, day)).papers
        earlier = weekdays.runs(day)[:-1]
        records = tuple(
            (at, {paper.id: (paper.votes or 0) * number // 6 for paper in papers})
            for number, at in enumerate(earlier, 1)
        )
        record = keys.artifact(keys.vote_record(day), votes.render(VoteRecord(day, records)))
        ports.store.put(record, replaces=None)
    publish(bodies, ports, weekdays.runs(max(bodies))[-1])


def weigh(names: Iterable[str], ports: Ports, weights: Weights) -> None:
    """Add the weights of these objects."""
    for key in names:
        stored = ports.store.get(key)
        if stored is None:
            raise KeyError(key)
        kind = key if key in FEEDS or key == keys.HOME else _kind(key)
        weights[kind].append(_weight(stored.body))


def _of_day(day: date) -> tuple[str, ...]:
    return keys.edition_page(day), keys.HOME


def _of_month(first: date) -> tuple[str, ...]:
    return keys.month_page(first), keys.search_shard(first)


def _kind(key: str) -> str:
    """Return a key without what is between the directory and the suffix."""
    return f"{key.partition('/')[0]}/.{key.rpartition('.')[2]}"


def _weight(body: bytes) -> tuple[int, int]:
    return len(body), len(gzip.compress(body, 6, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
