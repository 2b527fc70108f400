"""Decide whether an edition may replace the published one: a worse one never does."""

from core.model.paper import Edition, Origin
from core.model.report import Keep


def judge(edition: Edition, published: Edition | None) -> Keep | None:
    """Return why the published edition is kept, or None when `edition` may replace it.

    `published` is the edition that readers have now, if there is one.
    """
    count = len(edition.papers)
    others = _papers_of_other_days(edition)
    if 2 * others > count:
        return Keep(f"{others} of {count} papers belong to another day")
    if published is None:
        return None
    if edition.source == Origin.IMPORT and published.source != Origin.IMPORT:
        return Keep("the source's own edition is published")
    if 2 * count < len(published.papers):
        return Keep(f"{count} papers would replace {len(published.papers)}")
    if not _has_votes(edition) and _has_votes(published):
        return Keep("no paper has votes, but the published ones have")
    return None


def _papers_of_other_days(edition: Edition) -> int:
    """Count the papers whose `submitted_at` has another UTC date; early answers lack the field."""
    day = edition.day.isoformat()
    return sum(not (paper.submitted_at or day).startswith(day) for paper in edition.papers)


def _has_votes(edition: Edition) -> bool:
    return any(paper.votes for paper in edition.papers)
