"""The vote history of an edition: the votes of its papers at each run, and values from them.

A run's time is its scheduled time. When the same event is handled again and finds other votes, they
replace the record of that time.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from core.edition.ranking import comparable
from core.model.paper import WHOLE, Edition
from core.model.votes import Version, VoteHistory

# A paper rises when it has climbed so many places since the first record.
RISE = 3


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


def risers(history: VoteHistory) -> Mapping[str, int]:
    """Return how many places papers have climbed since the first record, of those that rise.

    Only papers that are in both the first and the last record are compared.
    """
    if len(history.records) < 2:
        return {}
    (_, first), (_, last) = history.records[0], history.records[-1]
    common = first.keys() & last.keys()
    before, after = _places(first, common), _places(last, common)
    return {paper: rise for paper in common if (rise := before[paper] - after[paper]) >= RISE}


def _places(votes: Mapping[str, int | None], papers: set[str]) -> dict[str, int]:
    ordered = sorted(papers, key=lambda paper: (comparable(votes[paper]), paper), reverse=True)
    return {paper: place for place, paper in enumerate(ordered)}
