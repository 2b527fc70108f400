"""Who a crawled paper is from, told from an organisation with counts glued on.

The crawler glued GitHub stars and the number of comments onto it: `Google541` is 54 stars and 1
comment, or 5 and 41, or the organisation `Google5`. The text alone does not tell, so nothing is cut
off that is not settled elsewhere: by the API's record of the paper, or by the archive itself.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.legacy.crawler import CrawledDay, CrawledPaper
from core.model.paper import Edition, Organization, Paper
from core.model.text import one_line

AUTHORS = re.compile(r"·\s*(\d+) authors?(.*)", re.ASCII)
# Stars, if any (54, 1.27k), and comments, if any.
COUNTS = re.compile(r"(\d+(\.\d+)?k)?\d*", re.ASCII)
END = re.compile(r"[\d.k]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Names:
    """Organisations that are known to have nothing glued on.

    `known` are names that some paper has, `proven` are by paper id those that an archive proves:
    all texts that it has of the paper, on several days, leave room for one name only.
    """

    known: frozenset[str] = frozenset()
    proven: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """Who a paper is from: its organisation, or how many wrote it.

    `glued` tells that counts were taken off, `settled` that nothing can be left to take off.
    """

    organization: Organization | None = None
    author_count: int | None = None
    glued: bool = False
    settled: bool = True


def known_names(days: Iterable[CrawledDay], records: Iterable[Edition]) -> Names:
    """Return the organisations that an archive's days and the API's editions tell for certain.

    These are the API's, in the name that the page of a paper shows; those of entries that nothing
    can be glued onto; and what the texts of a paper that was stored on several days have in common.
    """
    known = {
        name
        for edition in records
        for paper in edition.papers
        if paper.organization and (name := _name(paper.organization))
    }
    common: dict[str, frozenset[str]] = {}
    for paper in (paper for day in days for paper in day.papers):
        possible = possible_names(paper)
        known.update(possible if len(possible) == 1 else ())
        common[paper.id] = common.get(paper.id, possible) & possible
    proven = {paper_id: next(iter(names)) for paper_id, names in common.items() if len(names) == 1}
    return Names(frozenset(known.union(proven.values())), proven)


def possible_names(stored: CrawledPaper) -> frozenset[str]:
    """Return all that an entry's organisation may be, with nothing or some counts taken off."""
    text = one_line(stored.institution)
    if not text or AUTHORS.match(text):
        return frozenset()
    end = END.search(text) if stored.tags is None else None
    starts = range(max(end.start(), 1), len(text)) if end else ()
    names = (text[:start] for start in starts if COUNTS.fullmatch(text, start))
    return frozenset([text, *(name for name in names if not name.endswith(" "))])


def tell(stored: CrawledPaper, names: Names, record: Paper | None) -> Told:
    """Return who an entry's paper is from; `record` is the API's of the same paper, if any.

    What is not settled stays as it is stored, counts and all.
    """
    text = one_line(stored.institution)
    authors = AUTHORS.fullmatch(text)
    if authors:
        return Told(author_count=int(authors[1]), glued=bool(authors[2]))
    possible = possible_names(stored)
    if not possible:
        return Told()
    recorded = _recorded(possible, record)
    if recorded:
        glued = text.casefold() not in (_fold(recorded.fullname), _fold(recorded.name))
        return Told(recorded if glued else Organization(recorded.name, text), glued=glued)
    name = _settled(stored.id, possible, names)
    return Told(
        Organization(None, name or text), glued=name not in (None, text), settled=bool(name)
    )


def _name(organization: Organization) -> str:
    """Return the name that readers see."""
    return one_line(organization.fullname or organization.name or "")


def _fold(name: str | None) -> str:
    return one_line(name or "").casefold()


def _recorded(possible: frozenset[str], record: Paper | None) -> Organization | None:
    """Return the record's organisation, if it is one that the entry may have."""
    organization = record.organization if record else None
    if organization is None:
        return None
    folded = {name.casefold() for name in possible}
    names = (_fold(organization.fullname), _fold(organization.name))
    return organization if not folded.isdisjoint(names) else None


def _settled(paper_id: str, possible: frozenset[str], names: Names) -> str | None:
    """Return the one of the possible names that it can only be; None where that is not known."""
    if len(possible) == 1:
        return next(iter(possible))
    if names.proven.get(paper_id) in possible:
        return names.proven[paper_id]
    # Digits alone may be all that a crawler left of a name.
    known = {name for name in possible & names.known if not name.isdigit()}
    return next(iter(known)) if len(known) == 1 else None
