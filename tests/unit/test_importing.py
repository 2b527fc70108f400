"""An archive's days as editions: what is certain is fixed, and the note counts all of it."""

from datetime import UTC, date, datetime

import pytest

from core.legacy import crawler
from core.legacy.entry_fixes import Defect
from core.legacy.importing import ImportPlan, fixed_days, verbatim_days
from core.model.paper import Edition, Organization, Origin
from core.model.report import Candidate
from core.render.blog_data import StoredDay
from tests.support import stranger
from tests.support.papers import paper

FRIDAY = date(2025, 11, 7)


def days() -> list[StoredDay]:
    """Return a stranger's days, newest first."""
    return [
        crawler.read(stranger.data(day, papers), date.fromisoformat(day), "")
        for day, papers in sorted(stranger.PAPERS.items(), reverse=True)
    ]


def record(number: int, day: date = FRIDAY, **changes: object) -> Edition:
    return Edition(day, (paper(number, id=f"2511.{number:05}", **changes),))


def fixed(*records: Edition, day: date = FRIDAY) -> Candidate:
    plan = fixed_days(days(), records)
    return next(one for one in plan.candidates if one.edition.day == day)


def names(edition: Edition) -> list[str | None]:
    organizations = [paper.organization for paper in edition.papers]
    return [organization.fullname if organization else None for organization in organizations]


@pytest.mark.parametrize("plan", [fixed_days(days(), []), verbatim_days(days())])
def test_candidates_are_imports_in_day_order(plan: ImportPlan) -> None:
    imported = [str(one.edition.day) for one in plan.candidates]
    assert sorted([*imported, *map(str, plan.left_out)]) == list(stranger.DAYS)
    assert imported == sorted(imported)
    assert {one.edition.source for one in plan.candidates} == {Origin.IMPORT}
    friday = plan.candidates[1]
    assert friday.made_at == datetime(2025, 11, 7, 14, 59, 53, 965782, UTC)
    assert friday.payload is None
    assert [paper.votes for paper in friday.edition.papers] == [80, 79, 78, 77]


def test_verbatim_keeps_every_text() -> None:
    friday = verbatim_days(days()).candidates[1]
    assert friday.note is None
    assert names(friday.edition) == [paper["institution"] for paper in stranger.FRIDAY]
    assert [paper.code for paper in friday.edition.papers] == [
        paper["code_link"] for paper in stranger.FRIDAY
    ]


def test_note_counts_defects() -> None:
    assert fixed().note == (
        "fixed 1 x code link is not code, 1 x code link is the page's footer, 1 x number of"
        " authors with counts appended, 2 x organisation with counts appended; remaining 1 x"
        " abstract without its link, 1 x organisation ambiguous"
    )
    assert fixed(day=date(2025, 11, 10)).note is None


@pytest.mark.parametrize(
    ("records", "name"),
    [
        ([], "Nowhere Labs12"),
        ([record(23, organization=Organization("nowhere", "Nowhere Labs"))], "Nowhere Labs"),
        # A record of another paper confirms that there is such an organisation.
        ([record(99, organization=Organization("nowhere", "Nowhere Labs1"))], "Nowhere Labs1"),
        # It may have been renamed since; an import does not decide that.
        ([record(23, organization=Organization("other", "Other"))], "Nowhere Labs12"),
    ],
)
def test_records_resolve_an_organisation(records: list[Edition], name: str) -> None:
    assert names(fixed(*records).edition) == ["Google", "Lab of Numbers", None, name]


def test_newest_record_wins() -> None:
    older, newer = record(23, abstract="Old."), record(23, date(2025, 11, 10), abstract="New.")
    for records in ([older, newer], [newer, older]):
        assert fixed(*records).edition.papers[-1].abstract == "New."


def test_repeats_are_left_out_unless_verbatim() -> None:
    weekend = (date(2025, 11, 8), date(2025, 11, 9))
    plan = fixed_days(days(), [])
    assert plan.left_out == weekend
    assert plan.fixed[Defect.DUPLICATE] == 2 * len(stranger.FRIDAY)
    assert plan.remaining[Defect.ORGANIZATION_AMBIGUOUS] == 1
    assert verbatim_days(days()).left_out == ()


def test_the_api_knows_papers_of_a_weekend() -> None:
    saturday = date(2025, 11, 8)
    ids = [paper["url"].rpartition("/")[2] for paper in stranger.FRIDAY]
    known = Edition(saturday, tuple(paper(n, id=id_) for n, id_ in enumerate(ids)))
    assert saturday not in fixed_days(days(), [known]).left_out
