"""When a published edition is kept."""

import pytest

from core.edition import guard
from core.model.paper import Edition
from tests.support.papers import edition, paper

TEN = edition(*(paper(n) for n in range(1, 11)))
OTHER_DAY = "2025-12-23T00:00:00.000Z"


def papers(count: int, **changes: object) -> Edition:
    return edition(*(paper(n, **changes) for n in range(1, count + 1)))


def mixed(here: int, elsewhere: int) -> Edition:
    return edition(*papers(here).papers, *papers(elsewhere, submitted_at=OTHER_DAY).papers)


@pytest.mark.parametrize(
    ("new", "published", "reason"),
    [
        (papers(1), None, None),
        (papers(5), TEN, None),
        (papers(4), TEN, "4 papers would replace 10"),
        (papers(40), TEN, None),
        (papers(10, votes=0), TEN, "no paper has votes, but the published ones have"),
        (papers(10, votes=None), TEN, "no paper has votes, but the published ones have"),
        (papers(10, votes=0), papers(10, votes=0), None),
        (papers(10, votes=0), None, None),
        (mixed(5, 5), None, None),
        (mixed(5, 6), None, "6 of 11 papers belong to another day"),
        (mixed(5, 6), TEN, "6 of 11 papers belong to another day"),
        (papers(10, submitted_at=None), TEN, None),
    ],
)
def test_judge(new: Edition, published: Edition | None, reason: str | None) -> None:
    kept = guard.judge(new, published)
    assert (kept.reason if kept else None) == reason
