"""The months of an archive: made when they are over, once, and at a URL of their own."""

from datetime import date

import pytest

from core.legacy import crawler
from core.legacy.archive_months import month_posts
from core.model.blog import BlogFile
from tests.support import stranger
from tests.support.archive import RENDERER
from tests.support.fakes import FakeRenderer

NOVEMBER = "_posts/2025-11-01-monthly-papers-summary.md"
DECEMBER = "_posts/2025-12-01-monthly-papers-summary.md"
LATER = date(2026, 8, 1)


def days() -> list[crawler.CrawledDay]:
    """Return the days in no order."""
    return [
        crawler.read(stranger.data(day, papers), date.fromisoformat(day), "")
        for day, papers in sorted(stranger.PAPERS.items(), key=lambda item: item[0][::-1])
    ]


def made(before: dict[str, bytes], today: date = LATER) -> dict[str, bytes | None]:
    return {post.path: post.body for post in month_posts(days(), before, today, RENDERER)}


@pytest.mark.parametrize(
    ("today", "paths"),
    [
        (date(2025, 11, 30), []),
        (date(2025, 12, 1), [NOVEMBER]),
        (date(2025, 12, 31), [NOVEMBER]),
        (date(2026, 1, 1), [NOVEMBER, DECEMBER]),
    ],
)
def test_a_month_has_its_post_once_it_is_over(today: date, paths: list[str]) -> None:
    assert list(made({}, today)) == paths


def test_a_month_is_of_all_its_days_in_order() -> None:
    (november, december) = month_posts(days(), {}, LATER, FakeRenderer())
    lines = "2025-11-05: 3\n2025-11-07: 4\n2025-11-08: 4\n2025-11-09: 4\n2025-11-10: 2"
    assert november == BlogFile(NOVEMBER, lines.encode())
    assert december == BlogFile(DECEMBER, b"2025-12-01: 2\n2025-12-02: 1")


def test_what_is_there_already_is_not_made_again() -> None:
    before = {path: body for path, body in made({}).items() if body}
    assert made(before) == {}
    assert list(made({NOVEMBER: before[NOVEMBER]})) == [DECEMBER]


PERMALINK = stranger.MONTHLY.replace(b"pin:", b"permalink: /mine/\npin:")


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({NOVEMBER: stranger.MONTHLY}, {NOVEMBER}),
        ({DECEMBER: stranger.MONTHLY}, {DECEMBER}),
        # Without a permalink both would have the same address.
        ({NOVEMBER: stranger.MONTHLY, DECEMBER: stranger.MONTHLY}, {NOVEMBER}),
        ({NOVEMBER: PERMALINK, DECEMBER: stranger.MONTHLY}, {NOVEMBER, DECEMBER}),
        ({NOVEMBER: stranger.MONTHLY, DECEMBER: PERMALINK}, {NOVEMBER, DECEMBER}),
        ({NOVEMBER: b"no front matter\n"}, set()),
    ],
)
def test_front_matter_stays_but_for_an_address_that_is_taken(
    before: dict[str, bytes], kept: set[str]
) -> None:
    fresh, after = made({}), made(before)
    for path in (NOVEMBER, DECEMBER):
        body, new = after[path] or b"", fresh[path] or b""
        assert (b"title: A month by hand\n" in body) is (path in kept)
        assert body.split(b"---\n", 2)[2] == new.split(b"---\n", 2)[2]
        assert (body == new) is (path not in kept)
