"""Each limit, for every way in: what is just within it is taken, what is beyond says so."""

import gzip
import json
import tracemalloc
from dataclasses import replace

import pytest

from adapters import huggingface
from core.edition import limits, payload, raw
from core.edition.limits import LimitError
from core.legacy import crawler
from core.model.errors import PayloadError
from core.model.paper import Organization, Paper, Payload
from core.render import dataset
from core.render import json as edition_json
from core.render import votes as votes_json
from tests.support.papers import DAY, answer, edition, entry, history, paper

REMEDY = "raise the limit in core/"
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
    "values": (
        answer({**entry(), "x": [0] * 999_980}),
        answer({**entry(), "x": [0] * 1_000_000}),
        "values, more than 1,000,000",
    ),
    "levels": (nested(64), nested(65), "the JSON is nested more than 64 levels deep"),
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
        "[0].paper.upvotes: is more than 1,000,000,000",
    ),
    "votes of many digits": (
        answer(entry(upvotes=10**9)),
        answer(entry(upvotes=10**4299)),
        "[0].paper.upvotes: is more than 1,000,000,000",
    ),
    "stars": (
        answer(entry(githubStars=1e9)),
        answer(entry(githubStars=1e22)),
        "[0].paper.githubStars: is more than 1,000,000,000",
    ),
    "comments": (
        answer({**entry(), "numComments": 10**9}),
        answer({**entry(), "numComments": 10**9 + 1}),
        "[0].numComments: is more than 1,000,000,000",
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


PAGE = "https://huggingface.co/papers/"


def crawled(number: int = 1, **changes: object) -> dict[str, object]:
    """Return an entry as the crawler stored it."""
    return {"title": "T", "url": f"{PAGE}2512.{number:05}", "likes": number} | changes


def blog_data(*entries: object) -> bytes:
    head = {"date": str(DAY), "crawled_at": "2025-12-24T14:00:00"}
    return json.dumps({**head, "papers": entries}).encode()


def crawled_day(count: int, **changes: object) -> bytes:
    return blog_data(*(crawled(number, **changes) for number in range(count)))


DEEP = json.dumps({"x": "y"}).replace('"y"', "[" * 64 + "]" * 64)
STORED = {
    "values": (
        blog_data(crawled(x=[0] * 999_980)),
        blog_data(crawled(x=[0] * 1_000_000)),
        "values, more than 1,000,000",
    ),
    "likes": (
        blog_data(crawled(likes=10**9)),
        blog_data(crawled(likes=10**400)),
        "papers[0].likes: is more than 1,000,000,000",
    ),
    "likes that are a float": (
        blog_data(crawled(likes=1e9)),
        blog_data(crawled()).replace(b'"likes": 1', b'"likes": 1e400'),
        "papers[0].likes: is inf, not a count",
    ),
    "papers": (
        crawled_day(1_000),
        crawled_day(1_001),
        "the day has 1,001 papers, more than 1,000",
    ),
    "id": (
        blog_data(crawled(url=PAGE + "1" * 128)),
        blog_data(crawled(url=PAGE + "1" * 129)),
        "papers[0].id has 129 characters, more than 128",
    ),
    "url": (
        blog_data(crawled(url=f"{PAGE}1" + " " * (8_191 - len(PAGE)))),
        blog_data(crawled(url=f"{PAGE}1" + " " * (8_192 - len(PAGE)))),
        "papers[0].url has 8,193 characters, more than 8,192",
    ),
    "title": (
        blog_data(crawled(title=TEXT)),
        blog_data(crawled(1), crawled(2, title=TEXT + "x")),
        "papers[1].title has 131,073 characters, more than 131,072",
    ),
    "institution": (
        blog_data(crawled(institution=TEXT)),
        blog_data(crawled(institution=TEXT + "x")),
        "papers[0].institution has 131,073 characters",
    ),
    "abstract": (
        blog_data(crawled(abstract=TEXT)),
        blog_data(crawled(abstract=TEXT + "x")),
        "papers[0].abstract has 131,073 characters",
    ),
    "page of the abstract": (
        blog_data(crawled(paper_link=address(8_192))),
        blog_data(crawled(paper_link=address(8_193))),
        "papers[0].paper_link has 8,193 characters",
    ),
    "code": (
        blog_data(crawled(code_link=address(8_192))),
        blog_data(crawled(code_link=address(8_193))),
        "papers[0].code_link has 8,193 characters",
    ),
    "time": (
        blog_data(crawled(published="1" * 64)),
        blog_data(crawled(published="1" * 65)),
        "papers[0].published has 65 characters",
    ),
    "tags": (
        blog_data(crawled(tags=["a"] * 1_000)),
        blog_data(crawled(tags=["a"] * 1_001)),
        "papers[0].tags has 1,001 items, more than 1,000",
    ),
    "tag": (
        blog_data(crawled(tags=[TEXT])),
        blog_data(crawled(tags=[TEXT + "x"])),
        "papers[0].tags has 131,073 characters",
    ),
    "a day's characters": (
        crawled_day(31, paper_link=None, abstract="x" * PART),
        crawled_day(32, paper_link=None, abstract="x" * PART),
        "characters, more than 2,097,152",
    ),
    "levels": (
        blog_data(crawled(x=[])),
        blog_data(crawled(x=json.loads(DEEP))),
        "nested more than 64 levels deep",
    ),
}


@pytest.mark.parametrize("name", STORED)
def test_a_blogs_data_has_the_limits(name: str) -> None:
    within, beyond, said = STORED[name]
    assert crawler.read(within, DAY, "daily.json").papers
    with pytest.raises(PayloadError) as caught:
        crawler.read(beyond, DAY, "daily.json")
    assert said in str(caught.value)
    assert "2025-12-24, daily.json" in str(caught.value)
    assert len(str(caught.value)) < 300


LONG = TEXT + "x"
BEYOND = {
    "votes": (paper(votes=10**9 + 1),),
    "comments": (paper(comments=10**400),),
    "stars": (paper(github_stars=10**400),),
    "number of authors": (paper(author_count=10**400),),
    "abstract": (paper(abstract="x" * 20 * 2**20),),
    "title": (paper(title=LONG),),
    "id": (paper(id="1" * 129),),
    "medium": (paper(media=(address(8_193),)),),
    "keywords": (paper(ai_keywords=("a",) * 1_001),),
    "papers": tuple(map(paper, range(1_001))),
    "a day's characters": tuple(paper(number, abstract=TEXT) for number in range(16)),
}


@pytest.mark.parametrize("name", BEYOND)
def test_a_stored_edition_has_the_limits(name: str) -> None:
    body = edition_json.render(edition(*BEYOND[name]))
    with pytest.raises(ValueError, match=f"more than .*: .*{REMEDY}"):
        edition_json.read(body)


@pytest.mark.parametrize("votes", [10**9 + 1, 10**400])
def test_a_stored_vote_history_has_the_limit(votes: int) -> None:
    with pytest.raises(ValueError, match=f"2512.1: is more than .*{REMEDY}"):
        votes_json.read(votes_json.render(history({"2512.1": votes})))


def page_of(size: int) -> Payload:
    return payload.decode(b"[1" + b" " * (size - 3) + b"]", DAY, "https://source.example")


def test_pages_may_not_be_too_large_together() -> None:
    half = limits.MOST_BYTES // 2
    # The joint of two pages has two brackets and a comma in place of four brackets.
    joined = payload.join([page_of(half), page_of(half + 1)])
    assert len(joined.body) == limits.MOST_BYTES
    assert raw.unpacked(raw.packed(joined.body), DAY, "").entries == (1, 1)
    with pytest.raises(PayloadError, match=r"the day has 16,777,217 bytes, .*2025-12-24"):
        payload.join([page_of(half + 1), page_of(half + 1)])


def test_pages_may_not_have_too_many_values_together() -> None:
    page = payload.decode(answer({**entry(), "x": [0] * 600_000}), DAY, "https://source.example")
    with pytest.raises(PayloadError, match=r"values, more than 1,000,000: .*2025-12-24"):
        payload.join([page, page])


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(8 * limits.MOST_BYTES))
    tracemalloc.start()
    try:
        with pytest.raises(PayloadError, match="holds more than 16,777,216 bytes"):
            raw.unpacked(bomb, DAY, "raw/1.json.gz")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * limits.MOST_BYTES


@pytest.mark.parametrize("members", [1, 2, 3])
def test_all_members_of_a_gzip_file_count(members: int) -> None:
    packed = gzip.compress(b"12345") * members
    assert raw.unzipped(packed, 5 * members) == b"12345" * members
    with pytest.raises(LimitError):
        raw.unzipped(packed, 5 * members - 1)
    with pytest.raises(ValueError, match="broken gzip file"):
        raw.unzipped(packed[:-1], 5 * members)


def test_the_rows_of_the_largest_day_are_within_their_limit() -> None:
    # A name stands in a row twice, and each of its characters has four bytes.
    name = Organization(None, "\N{PILE OF POO}" * limits.MOST_TEXT)
    bare = paper(abstract=None, submitter=None, media=())
    papers = [bare] * 700 + [replace(bare, organization=name)] * 15
    limits.check_edition(edition(*papers))
    rows = raw.unzipped(dataset.papers(edition(*papers)), limits.MOST_OF_ROWS)
    assert len(rows) > 15 * 2**20
