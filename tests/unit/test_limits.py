"""Each limit of an answer: what is just within it is taken, what is beyond says so."""

import json

import pytest

from adapters import huggingface
from core.edition import limits, payload
from core.model.errors import PayloadError
from core.model.paper import Paper
from tests.support.papers import DAY, answer, entry

REMEDY = "raise the limit in core/edition/limits.py"
TEXT, PART = "x" * limits.MOST_TEXT, 2**16
ADDRESS = "https://a.example/"


def address(length: int) -> str:
    return ADDRESS + "x" * (length - len(ADDRESS))


def authors(count: int, name: str = "A") -> list[dict[str, str]]:
    return [{"name": name}] * count


def day_of(count: int, **fields: object) -> list[object]:
    return [entry(number, summary=None, **fields) for number in range(count)]


def nested(levels: int) -> bytes:
    """Return an entry whose unknown field makes the answer so many levels deep."""
    deep = "[" * (levels - 2) + "]" * (levels - 2)
    whole = json.dumps([{**entry(), "x": None}])
    return whole.replace("null", deep).encode()


def parse(body: bytes) -> tuple[Paper, ...]:
    return payload.parse(payload.decode(body, DAY, "https://source.example"))


CASES = {
    "levels": (nested(64), nested(65), "the answer is nested more than 64 levels deep"),
    "papers": (
        answer(*day_of(1_000)),
        answer(*day_of(1_001)),
        "the day has 1,001 papers, more than 1,000",
    ),
    "authors": (
        answer(entry(authors=authors(10_000))),
        answer(entry(authors=authors(10_001))),
        "[0]: the paper has 10,001 authors, more than 10,000",
    ),
    "keywords": (
        answer(entry(ai_keywords=["a"] * 1_000)),
        answer(entry(ai_keywords=["a"] * 1_001)),
        "[0]: ai_keywords has 1,001 items, more than 1,000",
    ),
    "media": (
        answer(entry(mediaUrls=[ADDRESS + "x"] * 1_000)),
        answer(entry(mediaUrls=[ADDRESS + "x"] * 1_001)),
        "[0]: media has 1,001 items, more than 1,000",
    ),
    "title": (
        answer(entry(title=TEXT)),
        answer(entry(1), entry(2, title=TEXT + "x")),
        "[1]: title has 131,073 characters, more than 131,072",
    ),
    "abstract": (answer(entry(summary=TEXT)), answer(entry(summary=TEXT + "x")), "abstract has"),
    "summary": (
        answer(entry(ai_summary=TEXT)),
        answer(entry(ai_summary=TEXT + "x")),
        "ai_summary has 131,073 characters",
    ),
    "author": (
        answer(entry(authors=authors(1, TEXT))),
        answer(entry(authors=authors(1, TEXT + "x"))),
        "authors has 131,073 characters",
    ),
    "keyword": (
        answer(entry(ai_keywords=[TEXT])),
        answer(entry(ai_keywords=[TEXT + "x"])),
        "ai_keywords has 131,073 characters",
    ),
    "organisation": (
        answer(entry(organization={"name": TEXT})),
        answer(entry(organization={"name": TEXT + "x"})),
        "organization.name has 131,073 characters",
    ),
    "organisation's full name": (
        answer(entry(organization={"fullname": TEXT})),
        answer(entry(organization={"fullname": TEXT + "x"})),
        "organization.fullname has 131,073 characters",
    ),
    "submitter": (
        answer(entry(submittedOnDailyBy={"user": TEXT})),
        answer(entry(submittedOnDailyBy={"user": TEXT + "x"})),
        "submitter has 131,073 characters",
    ),
    "id": (
        answer(entry(id="1" * 128)),
        answer(entry(id="1" * 129)),
        "id has 129 characters, more than 128",
    ),
    "address": (
        answer(entry(githubRepo=address(8_192))),
        answer(entry(githubRepo=address(8_193))),
        "code has 8,193 characters, more than 8,192",
    ),
    "medium": (
        answer(entry(mediaUrls=[address(8_192)])),
        answer(entry(mediaUrls=[address(8_193)])),
        "media has 8,193 characters, more than 8,192",
    ),
    "time": (
        answer(entry(publishedAt="2025-12-24T00:00:00." + "1" * 43 + "Z")),
        answer(entry(publishedAt="2025-12-24T00:00:00." + "1" * 44 + "Z")),
        "published_at has 65 characters, more than 64",
    ),
    "votes": (
        answer(entry(upvotes=10**9)),
        answer(entry(upvotes=10**9 + 1)),
        "[0]: votes is more than 1,000,000,000",
    ),
    "votes of many digits": (
        answer(entry(upvotes=10**9)),
        answer(entry(upvotes=10**4299)),
        "[0]: votes is more than 1,000,000,000",
    ),
    "stars": (
        answer(entry(githubStars=1e9)),
        answer(entry(githubStars=1e22)),
        "github_stars is more than 1,000,000,000",
    ),
    "comments": (
        answer({**entry(), "numComments": 10**9}),
        answer({**entry(), "numComments": 10**9 + 1}),
        "comments is more than 1,000,000,000",
    ),
    "a day's items": (
        answer(*day_of(10, authors=authors(9_998))),
        answer(*day_of(10, authors=authors(9_999)), entry(11, authors=authors(11))),
        "the day has 100,001 authors, keywords and media, more than 100,000",
    ),
    "a day's characters": (
        answer(*day_of(31, title="x" * PART)),
        answer(*day_of(32, title="x" * PART)),
        "characters, more than 2,097,152",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_within_a_limit_is_accepted(name: str) -> None:
    within, _, _ = CASES[name]
    assert parse(within)


@pytest.mark.parametrize("name", CASES)
def test_beyond_a_limit_is_an_error(name: str) -> None:
    _, beyond, said = CASES[name]
    with pytest.raises(PayloadError) as caught:
        parse(beyond)
    assert said in str(caught.value)
    assert REMEDY in str(caught.value)
    assert "2025-12-24, https://source.example" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_source_gives_no_more_papers_than_a_day_may_have() -> None:
    assert huggingface.MAX_PAGES * huggingface.PAGE == limits.MOST_PAPERS
