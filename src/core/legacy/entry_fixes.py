"""What is wrong with a crawled entry, mended where an API record or the archive settles it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from core.edition.ranking import comparable
from core.legacy.crawler import CrawledDay, CrawledPaper
from core.legacy.organizations import Names, Told, tell
from core.model import links
from core.model.fields import WEB_ADDRESS
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.text import one_line

FOOTER = "https://github.com/huggingface"
CODE_HOSTS = frozenset(["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"])
LOST_LINK = re.compile(r"\bthis https? URL\b")
FURNITURE = re.compile(
    r"(?i:Papers\s+arxiv:|Join the discussion on this paper page|View arXiv page)"
    r"|(?=.*\bSubmitted by\b).*\bUpvote \d"
)


class Defect(StrEnum):
    """What can be wrong with an entry or its post: the words of the reports."""

    ORGANIZATION_GLUED = "organisation with counts glued on"
    AUTHORS_GLUED = "number of authors with counts glued on"
    ORGANIZATION_UNSETTLED = "organisation not settled"
    FOOTER_AS_CODE = "code link is the page's footer"
    PROJECT_AS_CODE = "code link is not code"
    ABSTRACT_LINK = "abstract without its link"
    FURNITURE = "abstract is page furniture"
    ABSTRACT_MISSING = "abstract is missing"
    ABSTRACT_PAGE = "link to arXiv is missing or wrong"
    TITLE_SPLIT = "newline in the title"
    ORGANIZATION_OLD = "organisation older than the API's record"
    RECORD_NEWER = "title, abstract or code older than the API's record"
    PUBLISHED = "time of the crawl instead of the paper's"
    VOTES = "votes older than the API's"
    TWICE = "paper stored twice in a day"
    REPEAT = "repeat of an earlier day"
    MARKUP = "text that is shown as markup"
    MATH = "TeX on a page without math"
    DATE = "post has another date"
    URL = "post shares its URL"
    MOVED = "post moved, with a redirect"
    FRONT_MATTER = "front matter is missing or broken"
    POST_MISSING = "post is missing"
    POST_STALE = "post is not what its data says"
    THIN = "thin day without a label"
    NO_VOTES = "day without votes, and without a label"


@dataclass(frozen=True, slots=True)
class MendedPaper:
    """A mended entry, the defects it had, and those of them that nothing settles."""

    paper: Paper
    defects: tuple[Defect, ...]
    left: tuple[Defect, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """A mended day; the defects by paper id, and those of them that nothing settles."""

    edition: Edition
    defects: tuple[tuple[str, Defect], ...]
    left: tuple[tuple[str, Defect], ...]


def mend(crawled: CrawledDay, names: Names, records: Mapping[str, Paper]) -> Mended:
    """Return the stored day as an edition, ranked by its votes, and what was wrong with it.

    `records` are the API's papers by id, as far as there are any. Ties keep the stored order.
    """
    entries: dict[str, MendedPaper] = {}
    twice: list[tuple[str, Defect]] = []
    for stored in crawled.papers:
        if stored.id in entries:
            twice.append((stored.id, Defect.TWICE))
        else:
            entries[stored.id] = mend_paper(stored, names, records.get(stored.id))
    papers = [entry.paper for entry in entries.values()]
    papers.sort(key=lambda paper: comparable(paper.votes), reverse=True)
    defects = [(id_, defect) for id_, entry in entries.items() for defect in entry.defects]
    left = [(id_, defect) for id_, entry in entries.items() for defect in entry.left]
    edition = Edition(crawled.day, tuple(papers), Origin.IMPORT)
    return Mended(edition, (*defects, *twice), tuple(left))


def mend_paper(stored: CrawledPaper, names: Names, record: Paper | None) -> MendedPaper:
    """Return one entry mended; `record` is the API's of the same paper, if there is one."""
    told = tell(stored, names, record)
    code, project, wrong_code = _code(stored.code)
    abstract, wrong_abstract = _abstract(stored.abstract, record)
    paper = Paper(
        id=stored.id,
        title=one_line(stored.title),
        abstract=abstract,
        ai_keywords=tuple(line for tag in stored.tags or () if (line := one_line(tag))),
        author_count=told.author_count,
        organization=told.organization,
        votes=stored.votes,
        code=code,
        project=project,
        published_at=_published_at(stored),
    )
    wrong_title = Defect.TITLE_SPLIT if paper.title != stored.title else None
    right_page = stored.abstract_page == links.abstract(stored.id)
    wrong_page = None if right_page else Defect.ABSTRACT_PAGE
    found = (wrong_title, _wrong(told), wrong_code, *wrong_abstract, wrong_page)
    defects = tuple(defect for defect in found if defect)
    return MendedPaper(paper, defects, tuple(d for d in defects if _remains(d, paper)))


def verbatim(crawled: CrawledDay) -> Edition:
    """Return the stored day as an edition in which nothing is mended: order, text, links."""
    papers = tuple(
        Paper(
            id=stored.id,
            title=stored.title,
            abstract=stored.abstract,
            ai_keywords=stored.tags or (),
            organization=Organization(None, stored.institution) if stored.institution else None,
            votes=stored.votes,
            code=stored.code,
            published_at=_published_at(stored),
        )
        for stored in crawled.papers
    )
    return Edition(crawled.day, papers, Origin.IMPORT)


def _wrong(told: Told) -> Defect | None:
    """Name what was wrong with who a paper is from."""
    if not told.settled:
        return Defect.ORGANIZATION_UNSETTLED
    kind = Defect.ORGANIZATION_GLUED if told.organization else Defect.AUTHORS_GLUED
    return kind if told.glued else None


def _code(link: str | None) -> tuple[str | None, str | None, Defect | None]:
    """Return a link as code or as a project's page, and what was wrong with it as code."""
    if link is None:
        return None, None, None
    address = one_line(link)
    if address.rstrip("/").casefold() == FOOTER:
        return None, None, Defect.FOOTER_AS_CODE
    if is_code(address):
        return address, None, None
    return None, address if WEB_ADDRESS.match(address) else None, Defect.PROJECT_AS_CODE


def is_code(address: str) -> bool:
    """Tell whether an address is a repository, or inside of one, on a host of such."""
    try:
        url = urlsplit(address)
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return host in CODE_HOSTS and len([part for part in url.path.split("/") if part]) > 1


def _abstract(stored: str | None, record: Paper | None) -> tuple[str | None, list[Defect]]:
    """Return the abstract, from the record where the stored one is none, and what was wrong."""
    text = one_line(stored or "")
    recorded = record.abstract if record else None
    if text and not FURNITURE.match(text):
        lost = bool(LOST_LINK.search(text))
        return recorded if lost and recorded else text, [Defect.ABSTRACT_LINK] * lost
    missing = [Defect.ABSTRACT_MISSING] * (not text or not recorded)
    return recorded, [Defect.FURNITURE, *missing] if text else missing


def _published_at(stored: CrawledPaper) -> str | None:
    """Return when a paper was published; a time without a zone is only that of the crawl."""
    try:
        moment = datetime.fromisoformat(stored.published or "")
    except ValueError:
        return None
    return stored.published if moment.tzinfo else None


def _remains(defect: Defect, paper: Paper) -> bool:
    """Tell whether a paper still has a defect, after it was mended."""
    match defect:
        case Defect.ORGANIZATION_UNSETTLED:
            return True
        case Defect.ABSTRACT_MISSING:
            return paper.abstract is None
        case Defect.ABSTRACT_LINK:
            return bool(LOST_LINK.search(paper.abstract or ""))
        case _:
            return False
