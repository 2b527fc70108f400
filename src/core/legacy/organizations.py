"""Find the organisation of a crawled paper, where counts were appended to it.

The crawler appended GitHub stars and the number of comments: `Google541` is Google with 54 stars
and 1 comment, or with 5 and 41, or the organisation `Google5`. The text alone is ambiguous.
So nothing is cut off unless the API's record of the paper, or the rest of the archive, confirms it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.model.paper import Edition, Organization, Paper
from core.model.text import one_line
from core.render.blog_data import StoredDay, StoredPaper

AUTHORS = re.compile(r"·\s*(\d{1,9}) authors?(.*)", re.ASCII)
# Stars, if any (54, 1.27k), and comments, if any.
COUNTS = re.compile(r"(\d+(\.\d+)?k)?\d*", re.ASCII)
# More digits than stars and comments have together belong to the name.
END = re.compile(r"[\d.k]{0,24}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Names:
    """Organisation names without appended counts.

    `known` are names that some paper has. `proven` are names by paper id: all texts that an archive
    has of that paper, on several days, allow one name only.
    """

    known: frozenset[str] = frozenset()
    proven: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A paper's organisation, or else its number of authors.

    `had_counts` is True if counts were cut off. `is_certain` is False if counts may remain.
    """

    organization: Organization | None = None
    author_count: int | None = None
    had_counts: bool = False
    is_certain: bool = True


def known_names(days: Iterable[StoredDay], records: Iterable[Edition]) -> Names:
    """Return the organisation names that an archive's days and the API's editions confirm.

    These are the API's names, as the page of a paper shows them; names of entries without anything
    that may be a count; and what the texts of one paper on several days have in common.
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


def possible_names(stored: StoredPaper) -> frozenset[str]:
    """Return all that an entry's organisation may be, with nothing or some counts cut off."""
    text = one_line(stored.institution)
    if not text or AUTHORS.match(text):
        return frozenset()
    end = END.search(text) if stored.tags is None else None
    starts = range(max(end.start(), 1), len(text)) if end else ()
    names = (text[:start] for start in starts if COUNTS.fullmatch(text, start))
    return frozenset([text, *(name for name in names if not name.endswith(" "))])


def affiliation(stored: StoredPaper, names: Names, record: Paper | None) -> Affiliation:
    """Return the affiliation of an entry's paper; `record` is the API's record of it, if any.

    An ambiguous organisation stays as it is stored, counts included.
    """
    text = one_line(stored.institution)
    authors = AUTHORS.fullmatch(text)
    if authors:
        return Affiliation(author_count=int(authors[1]), had_counts=bool(authors[2]))
    possible = possible_names(stored)
    if not possible:
        return Affiliation()
    recorded = _recorded(possible, record)
    if recorded:
        if text.casefold() in (_fold(recorded.fullname), _fold(recorded.name)):
            return Affiliation(Organization(recorded.name, text))
        return Affiliation(recorded, had_counts=True)
    name = _only_name(stored.id, possible, names)
    return Affiliation(
        Organization(None, name or text),
        had_counts=name not in (None, text),
        is_certain=bool(name),
    )


def _name(organization: Organization) -> str:
    """Return the name that readers see."""
    return one_line(organization.fullname or organization.name or "")


def _fold(name: str | None) -> str:
    return one_line(name or "").casefold()


def _recorded(possible: frozenset[str], record: Paper | None) -> Organization | None:
    """Return the record's organisation, if the entry's text allows it."""
    organization = record.organization if record else None
    if organization is None:
        return None
    folded = {name.casefold() for name in possible}
    names = (_fold(organization.fullname), _fold(organization.name))
    return organization if not folded.isdisjoint(names) else None


def _only_name(paper_id: str, possible: frozenset[str], names: Names) -> str | None:
    """Return the one name that is possible and confirmed; None where there is no such name."""
    if len(possible) == 1:
        return next(iter(possible))
    if names.proven.get(paper_id) in possible:
        return names.proven[paper_id]
    # A name of digits only may be what is left of a longer one.
    known = {name for name in possible & names.known if not name.isdigit()}
    return next(iter(known)) if len(known) == 1 else None
