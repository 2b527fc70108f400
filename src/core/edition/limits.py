"""Limits of what a day and a file may hold, so that no input makes a gigabyte of pages.

They apply to all input: answers of the source, recorded answers, the data of a blog, and the
objects of the archive. Each limit is far above any recorded day: 664 authors, abstracts of some
kilobytes, about a hundred papers. A day beyond a limit fails with an error, and the published
edition stays as it is; nothing is truncated.

Counts, such as votes, are limited where they are read: see `core.model.fields`.
"""

from collections.abc import Collection, Iterable, Iterator

from core.model.paper import Edition, Paper

# Bytes of an answer, of a payload, and of a file that is read, unpacked.
MOST_BYTES = 16 * 2**20
# Bytes of an object in a store: several times the largest object of a day at its limits.
MOST_OF_AN_OBJECT = 128 * 2**20
# Bytes of a day's rows in the data set, unpacked: a day at its limits has about half as many.
MOST_OF_ROWS = 32 * 2**20
# Levels of arrays and objects in an answer: the deepest recorded one is on the sixth.
MOST_LEVELS = 64
# Values of an answer, counted by their separators: recorded answers have up to 7,000.
MOST_VALUES = 1_000_000
MOST_PAPERS = 1_000
MOST_AUTHORS = 10_000
# Of keywords, and of media.
MOST_ITEMS = 1_000
# Characters of a text, an address, an id (which is part of four addresses), and a time.
MOST_TEXT = 128 * 2**10
MOST_ADDRESS = 8 * 2**10
MOST_ID = 128
MOST_TIME = 64
# Of all papers of a day: characters, and authors, keywords and media.
MOST_OF_A_DAY = 2 * 2**20
MOST_ITEMS_OF_A_DAY = 100_000

# In JSON, one of these comes before each value.
SEPARATORS = (b",", b"[", b"{")
# What JSON arrays and objects are decoded to.
NESTING = frozenset([dict, list])

REMEDY = "if the value is right, raise the limit in core/edition/limits.py"


class LimitError(ValueError):
    """A value is beyond its limit; the message names the value, the limit, and the remedy."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: {REMEDY}")


def check_values(body: bytes) -> None:
    """Raise `LimitError` for JSON of too many values: decoded, each takes 60 to 240 bytes.

    Commas and brackets in texts count as well.
    """
    _check("the JSON", sum(map(body.count, SEPARATORS)), MOST_VALUES, "values")


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
    raise LimitError(f"the JSON is nested more than {MOST_LEVELS} levels deep")


def check_size(what: str, size: int) -> None:
    """Raise `LimitError` for more bytes than can be read again."""
    _check(what, size, MOST_BYTES, "bytes")


def check_papers(count: int) -> None:
    """Raise `LimitError` for a day of too many papers."""
    _check("the day", count, MOST_PAPERS, "papers")


def check_paper(paper: Paper) -> None:
    """Raise `LimitError` for a paper that is beyond a limit."""
    _check("the paper", len(paper.authors), MOST_AUTHORS, "authors")
    check_items("ai_keywords", paper.ai_keywords)
    check_items("media", paper.media)
    for name, text, most in _texts(paper):
        check_text(name, text, most)


def check_day(papers: Collection[Paper]) -> None:
    """Raise `LimitError` for a day whose papers are beyond a limit together."""
    items = sum(len(one.authors) + len(one.ai_keywords) + len(one.media) for one in papers)
    _check("the day", items, MOST_ITEMS_OF_A_DAY, "authors, keywords and media")
    check_texts_of_day(text for paper in papers for _, text, _ in _texts(paper))


def check_edition(edition: Edition) -> None:
    """Raise `LimitError` for an edition that is beyond a limit."""
    check_papers(len(edition.papers))
    for paper in edition.papers:
        check_paper(paper)
    check_day(edition.papers)


def check_items(what: str, items: Collection[str]) -> None:
    """Raise `LimitError` for too many keywords, or media, of a paper."""
    _check(what, len(items), MOST_ITEMS, "items")


def check_text(what: str, text: str | None, most: int = MOST_TEXT) -> None:
    """Raise `LimitError` for a text that is too long."""
    _check(what, len(text or ""), most, "characters")


def check_texts_of_day(texts: Iterable[str | None]) -> None:
    """Raise `LimitError` for texts of a day that are too long together."""
    _check("the day", sum(len(text or "") for text in texts), MOST_OF_A_DAY, "characters")


def _check(what: str, count: int, most: int, unit: str) -> None:
    if count > most:
        raise LimitError(f"{what} has {count:,} {unit}, more than {most:,}")


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _texts(paper: Paper) -> Iterator[tuple[str, str | None, int]]:
    """Yield all texts of a paper: name, text, and the most characters of each."""
    yield "id", paper.id, MOST_ID
    yield "title", paper.title, MOST_TEXT
    yield "abstract", paper.abstract, MOST_TEXT
    yield "ai_summary", paper.ai_summary, MOST_TEXT
    yield "submitter", paper.submitter, MOST_TEXT
    yield "code", paper.code, MOST_ADDRESS
    yield "project", paper.project, MOST_ADDRESS
    yield "thumbnail", paper.thumbnail, MOST_ADDRESS
    yield "published_at", paper.published_at, MOST_TIME
    yield "submitted_at", paper.submitted_at, MOST_TIME
    if paper.organization:
        yield "organization.name", paper.organization.name, MOST_TEXT
        yield "organization.fullname", paper.organization.fullname, MOST_TEXT
    for author in paper.authors:
        yield "authors", author, MOST_TEXT
    for keyword in paper.ai_keywords:
        yield "ai_keywords", keyword, MOST_TEXT
    for address in paper.media:
        yield "media", address, MOST_ADDRESS
