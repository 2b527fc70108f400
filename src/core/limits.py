"""How much of anything a source may bring, so that no answer of it makes a gigabyte of pages.

Each limit is far above what a day has ever had: 664 authors, abstracts of some kilobytes, about a
hundred papers. Beyond one the day fails with an error, and what is published stays as it is;
nothing is cut short in silence.
"""

from collections.abc import Collection, Iterable, Iterator

from core.models import Paper

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
# What counts something: votes, comments, stars. Sums of it stay exact in every reader.
MOST_COUNTED = 10**9

REMEDY = "if the source means it, raise the limit in core/limits.py"

TEXTS = ("title", "abstract", "ai_summary", "submitter")
ADDRESSES = ("code", "project", "thumbnail")
TIMES = ("published_at", "submitted_at")
COUNTS = ("votes", "comments", "github_stars")


class LimitError(ValueError):
    """Something is beyond its limit; the message says what, which, and what to do."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: {REMEDY}")


def check_levels(value: object) -> None:
    """Raise `LimitError` for arrays and objects that are nested too deep, without recursion."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            inner for outer in level for inner in _inner(outer) if isinstance(inner, dict | list)
        ]
        if not level:
            return
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
    for name, text, most in _texts(paper):
        _check(name, len(text), most, "characters")


def check_day(papers: Collection[Paper]) -> None:
    """Raise `LimitError` for a day whose papers have too much together."""
    items = sum(len(one.authors) + len(one.ai_keywords) + len(one.media) for one in papers)
    _check("the day", items, MOST_ITEMS_OF_A_DAY, "authors, keywords and media")
    characters = sum(len(text) for paper in papers for _, text, _ in _texts(paper))
    _check("the day", characters, MOST_OF_A_DAY, "characters")


def _check(what: str, count: int, most: int, unit: str) -> None:
    if count > most:
        raise LimitError(f"{what} has {count:,} {unit}, more than {most:,}")


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _texts(paper: Paper) -> Iterator[tuple[str, str, int]]:
    """Yield all texts of a paper: the name of each, itself, and how long it may be."""
    yield "id", paper.id, MOST_ID
    for names, most in ((TEXTS, MOST_TEXT), (ADDRESSES, MOST_ADDRESS), (TIMES, MOST_TIME)):
        yield from ((name, text, most) for name in names if (text := getattr(paper, name)))
    if paper.organization:
        yield "organization.name", paper.organization.name or "", MOST_TEXT
        yield "organization.fullname", paper.organization.fullname or "", MOST_TEXT
    yield from (("authors", name, MOST_TEXT) for name in paper.authors)
    yield from (("ai_keywords", text, MOST_TEXT) for text in paper.ai_keywords)
    yield from (("media", text, MOST_ADDRESS) for text in paper.media)
