"""A crawler's archive to editions: history kept, what is settled mended, and the rest told."""

from datetime import UTC, date, datetime

import pytest

from core.legacy import crawler
from core.legacy.importing import Archive
from core.model.paper import Edition, Organization, Origin
from tests.support import stranger
from tests.support.fakes import paper

FRIDAY = date(2025, 11, 7)


def days() -> list[crawler.CrawledDay]:
    return [
        crawler.read(stranger.data(day, papers), date.fromisoformat(day), "")
        for day, papers in stranger.PAPERS.items()
    ]


def record(number: int, **changes: object) -> Edition:
    return Edition(FRIDAY, (paper(number, id=f"2511.{number:05}", **changes),))


def names(edition: Edition) -> list[str | None]:
    organizations = [paper.organization for paper in edition.papers]
    return [organization.fullname if organization else None for organization in organizations]


def test_an_imported_edition_says_so_and_when_its_votes_were_read() -> None:
    for verbatim in (True, False):
        archive = Archive(days(), [])
        draft = archive.verbatim(FRIDAY) if verbatim else archive.mended(FRIDAY)
        assert (draft.edition.day, draft.edition.source) == (FRIDAY, Origin.IMPORT)
        assert draft.made_at == datetime(2025, 11, 7, 14, 59, 53, 965782, UTC)
        assert draft.payload is None
        assert [paper.votes for paper in draft.edition.papers] == [80, 79, 78, 77]


def test_verbatim_mends_nothing_and_says_nothing() -> None:
    draft = Archive(days(), [record(23)]).verbatim(FRIDAY)
    assert draft.note is None
    assert names(draft.edition) == [paper["institution"] for paper in stranger.FRIDAY]
    assert [paper.code for paper in draft.edition.papers] == [
        paper["code_link"] for paper in stranger.FRIDAY
    ]


def test_the_note_counts_what_was_mended_and_what_is_left() -> None:
    assert Archive(days(), []).mended(FRIDAY).note == (
        "mended 1 x code link is not code, 1 x code link is the page's footer, 1 x number of"
        " authors with counts glued on, 2 x organisation with counts glued on; left 1 x abstract"
        " without its link, 1 x organisation not settled"
    )


def test_a_day_without_defects_has_no_note() -> None:
    assert Archive(days(), []).mended(date(2025, 11, 10)).note is None


@pytest.mark.parametrize(
    ("records", "name"),
    [
        ([], "Nowhere Labs12"),
        ([record(23, organization=Organization("nowhere", "Nowhere Labs"))], "Nowhere Labs"),
        # A record of another paper tells that there is such an organisation.
        ([record(99, organization=Organization("nowhere", "Nowhere Labs1"))], "Nowhere Labs1"),
        # It may have been renamed since: that is not for an import to decide.
        ([record(23, organization=Organization("other", "Other"))], "Nowhere Labs12"),
    ],
)
def test_records_settle_an_organisation(records: list[Edition], name: str) -> None:
    edition = Archive(days(), records).mended(FRIDAY).edition
    assert names(edition) == ["Google", "Lab of Numbers", None, name]


def test_the_newest_record_of_a_paper_counts() -> None:
    older, newer = record(23, abstract="Old."), record(23, abstract="New.")
    newer = Edition(date(2025, 11, 10), newer.papers)
    for records in ([older, newer], [newer, older]):
        edition = Archive(days(), records).mended(FRIDAY).edition
        assert edition.papers[-1].abstract == "New."
