"""The recorded blog, and a made-up year: read, rendered verbatim, imported and repaired."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from core.edition import payload, ranking
from core.legacy import crawler, entry_fixes, front_matter
from core.legacy.entry_fixes import Defect
from core.legacy.organizations import Names, known_names
from core.legacy.verbatim import VerbatimRenderer
from core.model import links
from core.model.paper import Edition, Paper
from core.model.style import PostStyle
from core.model.text import one_line
from core.render import blog_data, escape
from core.render.blog_data import StoredDay
from tests.support import archive, defects, recorded, sample
from tests.support.archive import RENDERER

BLOG = recorded.SHARED / "blog"
VERBATIM = VerbatimRenderer(sample.TEMPLATES, PostStyle())
# Two posts that the crawler made before it stored the votes that their data has.
OLDER_THAN_THEIR_DATA = {date(2026, 6, 15), date(2026, 7, 5)}


def day_of(path: Path) -> date:
    return date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", path.name)[0])


def blog() -> dict[str, bytes]:
    """Return the recorded blog's daily files."""
    paths = [*recorded.blog_days(), *recorded.blog_posts()]
    return {str(p.relative_to(BLOG)): p.read_bytes() for p in paths if "daily" in p.name}


def stored_day(path: Path) -> StoredDay:
    return crawler.read(path.read_bytes(), day_of(path), str(path))


def post_of(path: Path) -> bytes:
    (post,) = (post for post in recorded.blog_posts() if f"{day_of(path)}-daily" in post.name)
    return post.read_bytes()


def editions() -> list[Edition]:
    """Return the recorded answers of the API."""
    made = []
    for path in recorded.recorded_days():
        papers = payload.parse(payload.decode(path.read_bytes(), day_of(path)))
        made.append(Edition(day_of(path), ranking.rank(papers)))
    return made


def records() -> dict[str, Paper]:
    return {paper.id: paper for edition in editions() for paper in edition.papers}


DAYS = [path for path in recorded.blog_days() if "daily" in path.name]
each_day = pytest.mark.parametrize("path", DAYS, ids=lambda path: path.stem)


@recorded.needs_recorded
@each_day
def test_recorded_day_reads_back_and_renders_verbatim(path: Path) -> None:
    day = stored_day(path)
    assert day.papers
    assert all(paper.votes is not None and paper.institution for paper in day.papers)
    assert crawler.read(blog_data.render(day), day.day, "") == day
    post = post_of(path)
    parts = front_matter.split(post)
    assert parts
    agrees = VERBATIM.post(day, parts[0]) == post
    assert agrees is (day_of(path) not in OLDER_THAN_THEIR_DATA)


def blocks(post: bytes) -> list[str]:
    """Return a post's entries, without their numbers."""
    return re.split(r"^\d+\. ", post.decode(), flags=re.MULTILINE)[1:]


def needs_no_escape(paper: Paper) -> bool:
    name = paper.organization.fullname if paper.organization else ""
    texts = (name or "", paper.abstract or "")
    return escape.markdown(paper.title, bold=True) == paper.title and all(
        escape.markdown(text) == text for text in texts
    )


@recorded.needs_recorded
@each_day
def test_imported_entries_without_defects_look_as_before(path: Path) -> None:
    day = stored_day(path)
    fixed = entry_fixes.fix_day(day, Names(), {})
    invisible = {Defect.FOOTER_AS_CODE, Defect.PROJECT_AS_CODE}
    wrong = {
        id_ for id_, d in fixed.defects if d not in invisible and (id_, d) not in fixed.remaining
    }
    made = blocks(RENDERER.post(fixed.edition))
    wrong |= {p.id for p in day.papers if one_line(p.institution) != p.institution}
    stored = blocks(VERBATIM.post(day))
    assert [p.id for p in fixed.edition.papers] == [p.id for p in day.papers]
    for paper, new, old in zip(fixed.edition.papers, made, stored, strict=True):
        assert (new == old) is (paper.id not in wrong and needs_no_escape(paper))


@recorded.needs_recorded
def test_import_fixes_what_records_and_archive_confirm() -> None:
    days = [stored_day(path) for path in DAYS]
    names, known = known_names(days, editions()), records()
    done = [entry_fixes.fix_day(day, names, known) for day in days]
    kinds = Counter(defect for day in done for _, defect in day.defects)
    left = Counter(defect for day in done for _, defect in day.remaining)
    assert kinds[Defect.ORGANIZATION_COUNTS] == 112
    assert kinds[Defect.AUTHORS_COUNTS] == 76
    assert left[Defect.ORGANIZATION_AMBIGUOUS] == kinds[Defect.ORGANIZATION_AMBIGUOUS] == 42
    for day, stored in zip(done, days, strict=True):
        unknown = [id_ for id_, defect in day.remaining if defect == Defect.ORGANIZATION_AMBIGUOUS]
        assert not {id_ for id_ in unknown if known.get(id_)}
        assert len(day.edition.papers) == len(stored.papers)


def table(*counts: Counter[str]) -> dict[str, tuple[int, ...]]:
    return {row: tuple(found[row] for found in counts) for row in defects.ROWS}


@recorded.needs_recorded
def test_repair_of_the_recorded_blog() -> None:
    before, api = blog(), editions()
    bare, full = archive.repair(before).blog, archive.repair(before, api).blog
    # As it is, repaired without the API, and with its recorded answers.
    assert table(*map(defects.count, (before, bare, full))) == {
        defects.COUNTS: (154, 113, 42),
        defects.AUTHORS_COUNTS: (76, 0, 0),
        defects.FOOTER: (110, 0, 0),
        defects.PROJECT: (70, 0, 0),
        defects.LOST_LINK: (63, 61, 51),
        defects.TEX: (46, 0, 0),
        defects.FURNITURE: (10, 0, 0),
        defects.WEEKEND: (14, 0, 0),
        defects.TOMORROW: (8, 0, 0),
        defects.SHARED: (11, 0, 0),
        defects.STALE: (2, 0, 0),
        defects.UNLABELLED: (6, 0, 0),
        defects.TABLE: (2, 0, 0),
        defects.SPLIT: (18, 0, 0),
    }


@recorded.needs_recorded
def test_no_defect_remains_where_the_api_knows_the_paper() -> None:
    api = editions()
    days = {edition.day for edition in api}
    pages = {links.paper_page(paper_id) for paper_id in records()}
    clean = known_names([], api).known
    before = defects.count(blog(), days, clean, pages)
    after = defects.count(archive.repair(blog(), api).blog, days, clean, pages)
    assert sum(before.values()) > 100
    assert table(after) == dict.fromkeys(defects.ROWS, (0,))


YEAR = archive.clean_editions(date(2025, 11, 3), 365)
# The names of the made-up editions; one of them ends in a digit.
CLEAN = {"Alpha Lab", "Beta4", "University of Gamma"}


def test_year_with_every_defect() -> None:
    before = archive.crawled_blog(YEAR)
    done = archive.repair(before, YEAR)
    found, left = defects.count(before, clean=CLEAN), defects.count(done.blog, clean=CLEAN)
    assert all(found[row] for row in defects.ROWS)
    assert table(left) == dict.fromkeys(defects.ROWS, (0,))
    assert done.remaining() == Counter()
    papers = {edition.day: edition.papers[:10] for edition in YEAR if edition.papers}
    repaired = {
        day.day: crawler.read(day.data, day.day, "") for day in archive.blog_days(done.blog)
    }
    assert list(repaired) == list(papers)
    for day, shown in papers.items():
        expected = crawler.read(RENDERER.data(Edition(day, shown)), day, "")
        assert repaired[day].papers == expected.papers


def test_year_without_the_api_invents_nothing() -> None:
    before = archive.crawled_blog(YEAR)
    done = archive.repair(before)
    left = defects.count(done.blog, clean=CLEAN)
    kept = {defects.COUNTS, defects.LOST_LINK}
    assert table(left) == {row: (left[row] if row in kept else 0,) for row in defects.ROWS}
    who = {p.id: p.organization for edition in YEAR for p in edition.papers}
    for day in archive.blog_days(done.blog):
        for paper in crawler.read(day.data, day.day, "").papers:
            name = who[paper.id]
            true = paper.institution == name.fullname if name else paper.institution[:1] == "·"
            assert true or paper.tags is None
    assert left[defects.COUNTS] <= done.remaining()[Defect.ORGANIZATION_AMBIGUOUS]


WINTER = archive.crawled_blog(YEAR[:120])


def check_second_repair(
    blog: dict[str, bytes], api: list[Edition], options: dict[str, bool]
) -> None:
    done = archive.repair(blog, api, **options)
    again = archive.repair(done.blog, api, **options)
    assert again.blog == done.blog
    assert again.fixed() == Counter()
    assert again.remaining() == done.remaining()


OPTIONS = pytest.mark.parametrize(
    "options", [{}, {"redirect": True}, {"votes_current": True}], ids=str
)


@OPTIONS
@pytest.mark.parametrize("api", [YEAR[:120], []], ids=["api", "no api"])
def test_second_repair_changes_nothing(api: list[Edition], options: dict[str, bool]) -> None:
    check_second_repair(WINTER, api, options)


@recorded.needs_recorded
@OPTIONS
def test_second_repair_of_the_recorded_blog(options: dict[str, bool]) -> None:
    check_second_repair(blog(), editions(), options)
