"""The record of an edition: what every paper had at each run, and what that tells.

A run's time is its scheduled time. What is recorded under a time stays: the same event may come
again, and find something else by then. What repeats the one before is left out, so that it does not
matter in which order runs come that found the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from core.model.paper import Edition
from core.model.votes import Version, VoteRecord

# A paper rises when it has climbed so many places since the first record.
RISE = 3


def with_version(record: VoteRecord, edition: Edition, version: Version) -> VoteRecord:
    """Return the record with a version of its edition, and with what the papers have in it."""
    ordered = sorted([*record.versions, version], key=lambda known: known.at)
    news = [later for before, later in pairwise(ordered) if replace(later, at=before.at) != before]
    record = replace(record, versions=(*ordered[:1], *news))
    return with_votes(record, edition, version.at)


def with_votes(record: VoteRecord, edition: Edition, at: datetime) -> VoteRecord:
    """Return the record with what an edition's papers have, if nothing is known of that time."""
    papers = sorted(edition.papers, key=lambda paper: paper.id)
    votes = {paper.id: paper.votes for paper in papers if paper.votes is not None}
    if not votes:
        return record
    ordered = sorted({at: votes, **dict(record.records)}.items(), key=lambda known: known[0])
    news = [later for before, later in pairwise(ordered) if later[1] != before[1]]
    return replace(record, records=(*ordered[:1], *news))


def changed_at(record: VoteRecord, digest: str) -> datetime | None:
    """Return when the edition became the one of this digest; None if nobody knows.

    While the run that brought it has not recorded it yet, the last change before counts.
    """
    at = None
    for version in reversed(record.versions):
        if version.digest == digest:
            at = version.at
        elif at:
            break
    return at or (record.versions[-1].at if record.versions else None)


def payloads(record: VoteRecord, digest: str) -> tuple[str, ...]:
    """Return the keys of the payloads that the edition was made from, the current one last."""
    ordered = sorted(record.versions, key=lambda version: version.digest == digest)
    raw = [version.raw for version in reversed(ordered) if version.raw]
    return tuple(reversed(dict.fromkeys(raw)))


def course(record: VoteRecord, paper_id: str) -> tuple[tuple[datetime, int], ...]:
    """Return a paper's votes over time, oldest first, for the records that have it."""
    return tuple((at, votes[paper_id]) for at, votes in record.records if paper_id in votes)


def risers(record: VoteRecord) -> Mapping[str, int]:
    """Return how many places papers have climbed since the first record, of those that rise.

    Only papers that both the first and the last record have compete.
    """
    if len(record.records) < 2:
        return {}
    (_, first), (_, last) = record.records[0], record.records[-1]
    common = first.keys() & last.keys()
    before, after = _places(first, common), _places(last, common)
    return {paper: rise for paper in common if (rise := before[paper] - after[paper]) >= RISE}


def _places(votes: Mapping[str, int], papers: set[str]) -> dict[str, int]:
    ordered = sorted(papers, key=lambda paper: (votes[paper], paper), reverse=True)
    return {paper: place for place, paper in enumerate(ordered)}
