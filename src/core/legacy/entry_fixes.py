"""Fix the defects of crawled entries that a record of the API, or the archive, allows to fix."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from core.edition.limits import LimitError, check_edition
from core.edition.ranking import comparable
from core.legacy.organizations import Affiliation, Names, affiliation
from core.model import links
from core.model.errors import PayloadError
from core.model.fields import WEB_ADDRESS
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.text import clean_url, one_line
from core.render.blog_data import StoredDay, StoredPaper

FOOTER = "https://github.com/huggingface"
CODE_HOSTS = frozenset(["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"])
LOST_LINK = re.compile(r"\bthis https? URL\b")
FURNITURE = re.compile(
    r"(?i:Papers\s+arxiv:|Join the discussion on this paper page|View arXiv page)"
    r"|(?=.*\bSubmitted by\b).*\bUpvote \d"
)


class Defect(StrEnum):
    """What can be wrong with an entry or its post; the values are the words of the reports."""

    ORGANIZATION_COUNTS = "organisation with counts appended"
    AUTHORS_COUNTS = "number of authors with counts appended"
    ORGANIZATION_AMBIGUOUS = "organisation ambiguous"
    FOOTER_AS_CODE = "code link is the page's footer"
    PROJECT_AS_CODE = "code link is not code"
    LINK_SPLIT = "line break or space in the code link"
    ABSTRACT_LINK = "abstract without its link"
    FURNITURE = "abstract is page furniture"
    ABSTRACT_MISSING = "abstract is missing"
    ABSTRACT_PAGE = "link to arXiv is missing or wrong"
    TITLE_SPLIT = "line break in the title"
    ORGANIZATION_OLD = "organisation older than the API's record"
    RECORD_NEWER = "title, abstract or code older than the API's record"
    PUBLISHED = "time of the crawl instead of the paper's"
    VOTES = "votes older than the API's"
    TWICE = "paper stored twice in a day"
    DUPLICATE = "duplicate of another day"
    MARKUP = "text that is shown as markup"
    MATH = "TeX on a page without math"
    DATE = "post has another date"
    URL = "post shares its URL"
    MOVED = "post moved, with a redirect"
    FRONT_MATTER = "front matter is missing or broken"
    POST_MISSING = "post is missing"
    POST_STALE = "post differs from its data"
    THIN = "day with few papers, not labelled"
    NO_VOTES = "day without votes, not labelled"


@dataclass(frozen=True, slots=True)
class FixedPaper:
    """A fixed entry, the defects that it had, and those of them that remain."""

    paper: Paper
    defects: tuple[Defect, ...]
    remaining: tuple[Defect, ...]


@dataclass(frozen=True, slots=True)
class FixedDay:
    """A fixed day, the defects that its entries had, and those of them that remain."""

    edition: Edition
    defects: tuple[tuple[str, Defect], ...]
    remaining: tuple[tuple[str, Defect], ...]


def fix_day(stored: StoredDay, names: Names, records: Mapping[str, Paper]) -> FixedDay:
    """Return the stored day as an edition, ranked by its votes, and its defects by paper id.

    `records` are the API's papers by id, as far as they are known. Ties keep the stored order.
    Raises `PayloadError` for a day that is beyond a limit with what comes from the records.
    """
    entries: dict[str, FixedPaper] = {}
    twice: list[tuple[str, Defect]] = []
    for paper in stored.papers:
        if paper.id in entries:
            twice.append((paper.id, Defect.TWICE))
        else:
            entries[paper.id] = fix_paper(paper, names, records.get(paper.id))
    papers = [entry.paper for entry in entries.values()]
    papers.sort(key=lambda paper: comparable(paper.votes), reverse=True)
    defects = [(id_, defect) for id_, entry in entries.items() for defect in entry.defects]
    remaining = [(id_, defect) for id_, entry in entries.items() for defect in entry.remaining]
    edition = Edition(stored.day, tuple(papers), Origin.IMPORT)
    try:
        check_edition(edition)
    except LimitError as error:
        raise PayloadError(f"with the API's records: {error}", stored.day) from error
    return FixedDay(edition, (*defects, *twice), tuple(remaining))


def fix_paper(stored: StoredPaper, names: Names, record: Paper | None) -> FixedPaper:
    """Return one entry fixed; `record` is the API's record of the same paper, if there is one."""
    who = affiliation(stored, names, record)
    code, project, code_defect = _code(stored.code)
    abstract, abstract_defects = _abstract(stored.abstract, record)
    paper = Paper(
        id=stored.id,
        title=one_line(stored.title),
        abstract=abstract,
        ai_keywords=tuple(line for tag in stored.tags or () if (line := one_line(tag))),
        author_count=who.author_count,
        organization=who.organization,
        votes=stored.votes,
        code=code,
        project=project,
        published_at=_published_at(stored),
    )
    title_defect = Defect.TITLE_SPLIT if paper.title != stored.title else None
    right_page = stored.abstract_page == links.abstract(stored.id)
    page_defect = None if right_page else Defect.ABSTRACT_PAGE
    found = (title_defect, _affiliation_defect(who), code_defect, *abstract_defects, page_defect)
    defects = tuple(defect for defect in found if defect)
    return FixedPaper(paper, defects, tuple(d for d in defects if _remains(d, paper)))


def verbatim(stored: StoredDay) -> Edition:
    """Return the stored day as an edition in its stored order and text, defects included."""
    papers = tuple(
        Paper(
            id=paper.id,
            title=paper.title,
            abstract=paper.abstract,
            ai_keywords=paper.tags or (),
            organization=Organization(None, paper.institution) if paper.institution else None,
            votes=paper.votes,
            code=clean_url(paper.code) if paper.code else None,
            published_at=_published_at(paper),
        )
        for paper in stored.papers
    )
    return Edition(stored.day, papers, Origin.IMPORT)


def is_code(address: str) -> bool:
    """Return whether an address is a repository, or inside of one, on a host of repositories."""
    try:
        url = urlsplit(address)
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return host in CODE_HOSTS and len([part for part in url.path.split("/") if part]) > 1


def _affiliation_defect(who: Affiliation) -> Defect | None:
    if not who.is_certain:
        return Defect.ORGANIZATION_AMBIGUOUS
    kind = Defect.ORGANIZATION_COUNTS if who.organization else Defect.AUTHORS_COUNTS
    return kind if who.had_counts else None


def _code(link: str | None) -> tuple[str | None, str | None, Defect | None]:
    """Return a link as code or as a project's page, and what was wrong with it as code."""
    if link is None:
        return None, None, None
    address = one_line(clean_url(link))
    if address.rstrip("/").casefold() == FOOTER:
        return None, None, Defect.FOOTER_AS_CODE
    if is_code(address):
        return address, None, Defect.LINK_SPLIT if address != link else None
    return None, address if WEB_ADDRESS.match(address) else None, Defect.PROJECT_AS_CODE


def _abstract(stored: str | None, record: Paper | None) -> tuple[str | None, list[Defect]]:
    """Return the abstract, the record's where the stored one is not usable, and its defects."""
    text = one_line(stored or "")
    recorded = record.abstract if record else None
    if text and not FURNITURE.match(text):
        lost = bool(LOST_LINK.search(text))
        return recorded if lost and recorded else text, [Defect.ABSTRACT_LINK] * lost
    missing = [Defect.ABSTRACT_MISSING] * (not text or not recorded)
    return recorded, [Defect.FURNITURE, *missing] if text else missing


def _published_at(stored: StoredPaper) -> str | None:
    """Return when a paper was published; a time without a zone is only that of the crawl."""
    try:
        moment = datetime.fromisoformat(stored.published or "")
    except ValueError:
        return None
    return stored.published if moment.tzinfo else None


def _remains(defect: Defect, paper: Paper) -> bool:
    """Return whether a fixed paper still has the defect."""
    match defect:
        case Defect.ORGANIZATION_AMBIGUOUS:
            return True
        case Defect.ABSTRACT_MISSING:
            return paper.abstract is None
        case Defect.ABSTRACT_LINK:
            return bool(LOST_LINK.search(paper.abstract or ""))
        case _:
            return False
