"""Limits of what a day may hold, so that no answer of the source makes a gigabyte of pages.

Each limit is far above any recorded day: 664 authors, abstracts of some kilobytes, about a hundred
papers. A day beyond a limit fails with an error, and the published edition stays as it is; nothing
is truncated.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from operator import attrgetter

from core.model.paper import Paper

# Levels of arrays and objects in an answer: the deepest recorded one is on the sixth.
MOST_LEVELS = 64
MOST_PAPERS = 1_000
MOST_AUTHORS = 10_000
# Of keywords, and of media.
MOST_ITEMS = 1_000
# Characters of a text, an address, an id (which stands in four addresses), and a time.
MOST_TEXT = 128 * 2**10
MOST_ADDRESS = 8 * 2**10
MOST_ID = 128
MOST_TIME = 64
# Of all papers of a day: characters, and authors, keywords and media.
MOST_OF_A_DAY = 2 * 2**20
MOST_ITEMS_OF_A_DAY = 100_000
# Of votes, comments and stars. Their sums stay exact in JSON readers.
MOST_COUNTED = 10**9

# What JSON arrays and objects are decoded to.
NESTING = frozenset([dict, list])

REMEDY = "if the source means it, raise the limit in core/edition/limits.py"

TEXTS = ("title", "abstract", "ai_summary", "submitter")
ADDRESSES = ("code", "project", "thumbnail")
TIMES = ("published_at", "submitted_at")
ORGANIZATION = ("organization.name", "organization.fullname")
texts_of = attrgetter(*TEXTS)
addresses_of = attrgetter(*ADDRESSES)
times_of = attrgetter(*TIMES)
COUNTS = ("votes", "comments", "github_stars")

Texts = Sequence[str | None]


class LimitError(ValueError):
    """A value is beyond its limit; the message names the value, the limit, and the remedy."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: {REMEDY}")


def check_levels(value: object) -> None:
    """Raise `LimitError` for arrays and objects that are nested too deep, without recursion."""
    level = [value]
    for _ in range(MOST_LEVELS):
        inner: list[object] = []
        for outer in level:
            inner += [one for one in _inner(outer) if type(one) in NESTING]
        if not inner:
            return
        level = inner
    raise LimitError(f"the answer is nested more than {MOST_LEVELS} levels deep")


def check_papers(count: int) -> None:
    """Raise `LimitError` for a day of too many papers."""
    _check("the day", count, MOST_PAPERS, "papers")


def check_paper(paper: Paper) -> None:
    """Raise `LimitError` for a paper that has too much of anything."""
    _check("the paper", len(paper.authors), MOST_AUTHORS, "authors")
    for what, items in (("ai_keywords", paper.ai_keywords), ("media", paper.media)):
        _check(what, len(items), MOST_ITEMS, "items")
    for name in COUNTS:
        # A number of thousands of digits cannot be written down, so the message has none.
        if (getattr(paper, name) or 0) > MOST_COUNTED:
            raise LimitError(f"{name} is more than {MOST_COUNTED:,}")
    for names, texts, most in _texts(paper):
        # If all texts together are short enough, so is each.
        if _characters(texts) > most:
            for name, text in zip(names, texts, strict=False):
                _check(name, len(text or ""), most, "characters")


def check_day(papers: Collection[Paper]) -> None:
    """Raise `LimitError` for a day whose papers have too much together."""
    items = sum(len(one.authors) + len(one.ai_keywords) + len(one.media) for one in papers)
    _check("the day", items, MOST_ITEMS_OF_A_DAY, "authors, keywords and media")
    characters = sum(_characters(texts) for paper in papers for _, texts, _ in _texts(paper))
    _check("the day", characters, MOST_OF_A_DAY, "characters")


def _check(what: str, count: int, most: int, unit: str) -> None:
    if count > most:
        raise LimitError(f"{what} has {count:,} {unit}, more than {most:,}")


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _characters(texts: Texts) -> int:
    return len("".join(filter(None, texts)))


def _texts(paper: Paper) -> Iterator[tuple[Iterable[str], Texts, int]]:
    """Yield all texts of a paper: what each is, themselves, and how long each may be."""
    yield ("id",), (paper.id,), MOST_ID
    yield TEXTS, texts_of(paper), MOST_TEXT
    yield ADDRESSES, addresses_of(paper), MOST_ADDRESS
    yield TIMES, times_of(paper), MOST_TIME
    if paper.organization:
        yield ORGANIZATION, (paper.organization.name, paper.organization.fullname), MOST_TEXT
    yield repeat("authors"), paper.authors, MOST_TEXT
    yield repeat("ai_keywords"), paper.ai_keywords, MOST_TEXT
    yield repeat("media"), paper.media, MOST_ADDRESS
