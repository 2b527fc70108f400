"""The vote history of an edition: the votes of its papers at each run, and values from them.

A run's time is its scheduled time. When the same event is handled again and finds other votes, they
replace the record of that time.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from core.edition.ranking import comparable
from core.model.paper import WHOLE, Edition
from core.model.votes import Rise, Rising, Version, VoteHistory

# How many rising papers of an edition are kept.
MOST_RISING = 5

Record = tuple[datetime, Mapping[str, int | None]]
"""A time, and votes by paper id."""


def with_version(history: VoteHistory, edition: Edition, version: Version) -> VoteHistory:
    """Return the history with a version of its edition, and with the votes of its papers."""
    versions = {known.at: known for known in history.versions} | {version.at: version}
    votes = {paper.id: paper.votes for paper in sorted(edition.papers, key=lambda one: one.id)}
    records = sorted({**dict(history.records), version.at: votes}.items(), key=lambda one: one[0])
    changed = [later for before, later in pairwise(records) if later[1] != before[1]]
    return replace(
        history,
        records=(*records[:1], *changed),
        versions=tuple(versions[at] for at in sorted(versions)),
    )


def has_version(history: VoteHistory, digest: str) -> bool:
    """Return whether the history has the edition whose JSON has this SHA-256."""
    return any(version.digest == digest for version in history.versions)


def without(history: VoteHistory, withdrawn: tuple[str, ...]) -> VoteHistory:
    """Return the history without the votes of papers that were withdrawn."""
    if WHOLE in withdrawn:
        return replace(history, records=())
    records = tuple(
        (at, {paper: count for paper, count in votes.items() if paper not in withdrawn})
        for at, votes in history.records
    )
    return replace(history, records=records)


def payloads(history: VoteHistory, digest: str) -> tuple[str, ...]:
    """Return the keys of the payloads that the edition was made from, the current one last."""
    ordered = sorted(history.versions, key=lambda version: version.digest == digest)
    raw = [version.raw for version in reversed(ordered) if version.raw]
    return tuple(reversed(dict.fromkeys(raw)))


def published_at(history: VoteHistory) -> datetime | None:
    """Return when the edition first appeared."""
    return history.versions[0].at if history.versions else None


def first_seen(history: VoteHistory) -> Mapping[str, datetime]:
    """Return the time of the first record that has each paper, by its id."""
    first: dict[str, datetime] = {}
    for at, votes in history.records:
        for paper in votes:
            first.setdefault(paper, at)
    return first


def course(history: VoteHistory, paper_id: str) -> tuple[tuple[datetime, int], ...]:
    """Return a paper's votes over time, oldest first, from the records that have them."""
    return tuple(
        (at, count) for at, votes in history.records if (count := votes.get(paper_id)) is not None
    )


def rising(history: VoteHistory) -> Rising | None:
    """Return the papers that gained votes between the two newest records; None if none did."""
    if len(history.records) < 2:
        return None
    return _rise(history, *history.records[-2:])


def overnight(history: VoteHistory) -> Rising | None:
    """Return the papers that gained votes from the edition's day to the day after; None if none.

    The newest record of each of these UTC days is compared, so that later records change nothing.
    """
    newest = {at.astimezone(UTC).date(): (at, votes) for at, votes in history.records}
    before = newest.get(history.day)
    after = newest.get(history.day + timedelta(days=1))
    return _rise(history, before, after) if before and after else None


def passed(history: VoteHistory, votes: int) -> Mapping[str, datetime]:
    """Return when papers had gained so many votes since they were first seen, by their ids."""
    first: dict[str, int] = {}
    times: dict[str, datetime] = {}
    for at, record in history.records:
        for paper, count in record.items():
            if count is None:
                continue
            if count - first.setdefault(paper, count) >= votes:
                times.setdefault(paper, at)
    return times


def _rise(history: VoteHistory, before: Record, after: Record) -> Rising | None:
    """Return the papers that gained votes between two records; only papers in both count."""
    (since, earlier), (until, later) = before, after
    common = earlier.keys() & later.keys()
    old = _places(earlier, common)
    new = _places(later, common)
    gains = {paper: _gain(earlier[paper], later[paper]) for paper in common}
    rises = [
        Rise(paper, gain, old[paper] - new[paper]) for paper, gain in gains.items() if gain > 0
    ]
    rises.sort(key=lambda rise: (rise.votes, rise.paper_id), reverse=True)
    return Rising(history.day, since, until, tuple(rises[:MOST_RISING])) if rises else None


def _gain(before: int | None, after: int | None) -> int:
    return after - before if before is not None and after is not None else 0


def _places(votes: Mapping[str, int | None], papers: set[str]) -> dict[str, int]:
    ordered = sorted(papers, key=lambda paper: (comparable(votes[paper]), paper), reverse=True)
    return {paper: place for place, paper in enumerate(ordered)}
