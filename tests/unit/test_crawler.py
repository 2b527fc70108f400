"""The crawler's data files: every form is read, and what is written reads back the same."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.legacy import crawler
from core.model.errors import PayloadError
from core.model.fields import MOST_COUNTED
from core.model.paper import Edition
from core.render import blog_data
from core.render.blog_data import StoredDay, StoredPaper
from tests.support.papers import DAY, NOW, edition, paper

PAGE = "https://huggingface.co/papers/2512.00001"
OLD_ENTRY = {
    "title": "A title\n  on two lines",
    "url": PAGE,
    "published": "2025-12-24T14:00:00.000001",
    "likes": 7,
    "institution": "The Lab",
    "abstract": "We show something.",
    "paper_link": "https://arxiv.org/abs/2512.00001",
    "code_link": "",
    "tags": [],
}
NEW_ENTRY = {
    "title": "A title",
    "url": PAGE,
    "published": "2025-12-24T14:00:00.000001",
    "likes": 0,
    "institution": "The Lab541",
    "code_link": "https://github.com/lab/code",
}
OLD = StoredPaper(
    id="2512.00001",
    url=PAGE,
    title="A title\n  on two lines",
    votes=7,
    institution="The Lab",
    abstract="We show something.",
    abstract_page="https://arxiv.org/abs/2512.00001",
    tags=(),
    published="2025-12-24T14:00:00.000001",
)
NEW = StoredPaper(
    id="2512.00001",
    url=PAGE,
    title="A title",
    votes=0,
    institution="The Lab541",
    code="https://github.com/lab/code",
    published="2025-12-24T14:00:00.000001",
)


def file(*entries: object, **head: object) -> bytes:
    whole = {
        "date": str(DAY),
        "crawled_at": "2025-12-24T14:00:00.000001",
        "total_papers": len(entries),
        "papers": list(entries),
    } | head
    return json.dumps({key: value for key, value in whole.items() if value != "absent"}).encode()


def read(body: bytes) -> StoredDay:
    return crawler.read(body, DAY, "daily.json")


@pytest.mark.parametrize(
    ("entry", "stored"),
    [
        (OLD_ENTRY, OLD),
        (NEW_ENTRY, NEW),
        ({"title": "T", "url": PAGE}, StoredPaper("2512.00001", PAGE, "T")),
        ({**OLD_ENTRY, "tags": None}, replace(OLD, tags=None)),
        ({**OLD_ENTRY, "likes": 7.0}, OLD),
        ({**NEW_ENTRY, "title": "half \ud83d"}, replace(NEW, title="half ")),
        ({**NEW_ENTRY, "code_link": "https://a/\nb"}, replace(NEW, code="https://a/\nb")),
    ],
    ids=["old", "new", "least", "no tags", "float", "surrogate", "line break"],
)
def test_entries(entry: object, stored: StoredPaper) -> None:
    assert read(file(entry)).papers == (stored,)
    assert read(b"\xef\xbb\xbf" + file(entry)).papers == (stored,)


@pytest.mark.parametrize(
    ("url", "paper_id"),
    [
        (PAGE + "/", "2512.00001"),
        (" https://huggingface.co/papers/2512.\n00001\t", "2512.00001"),
        ("http://www.huggingface.co/papers/2512.00001", "2512.00001"),
        ("https://huggingface.co/papers/cs/0112017", "cs/0112017"),
        ("https://huggingface.co/papers/2512.1%29x", "2512.1)x"),
    ],
)
def test_id_from_page(url: str, paper_id: str) -> None:
    (stored,) = read(file({**NEW_ENTRY, "url": url})).papers
    assert (stored.id, stored.url) == (paper_id, url)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-24T14:00:00", NOW),
        ("2025-12-24T23:00:00+09:00", NOW),
        ("2025-12-24T14:00:00.5", NOW.replace(microsecond=500000)),
    ],
)
def test_time_without_zone_is_utc(text: str, moment: datetime) -> None:
    assert read(file(crawled_at=text)).crawled_at == moment


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (b"", "", "not JSON: nothing"),
        (b"[" * 100_000, "", "not JSON"),
        (b'{"date": NaN}', "", "not JSON"),
        (b"\xff", "", "not JSON"),
        (b"[]", "", "is [], not an object"),
        (file(date="absent"), "date", "is missing"),
        (file(date="2025-12-25"), "date", "is '2025-12-25', not 2025-12-24"),
        (file(date=20251224), "date", "not str"),
        (file(crawled_at="soon"), "crawled_at", "not a time"),
        (file(crawled_at="0001-01-01T00:00:00+14:00"), "crawled_at", "not a time"),
        (file(papers="absent"), "papers", "is None, not a list"),
        (file(OLD_ENTRY, "x"), "papers[1]", "not an object"),
        (file({**OLD_ENTRY, "title": " \n"}), "papers[0].title", "is missing"),
        (file({**OLD_ENTRY, "url": "2512.00001"}), "papers[0].url", "not the page of a paper"),
        (
            file({**OLD_ENTRY, "url": "https://huggingface.co/papers/date/2025-12-24"}),
            "papers[0].url",
            "not the page of a paper",
        ),
        (file({**OLD_ENTRY, "likes": True}), "papers[0].likes", "not a count"),
        (file({**OLD_ENTRY, "likes": -1}), "papers[0].likes", "not a count"),
        (file({**OLD_ENTRY, "institution": ["x"]}), "papers[0].institution", "not str"),
        (file({**OLD_ENTRY, "tags": [1]}), "papers[0].tags", "not only texts"),
    ],
)
def test_errors_name_the_place(body: bytes, path: str, message: str) -> None:
    with pytest.raises(PayloadError) as caught:
        read(body)
    assert caught.value.path == path
    assert message in str(caught.value)
    assert "2025-12-24, daily.json" in str(caught.value)


def test_written_form() -> None:
    papers = (
        replace(OLD, title="제목", code="https://github.com/lab/code"),
        StoredPaper("2512.00001", PAGE, "T"),
    )
    assert blog_data.render(StoredDay(DAY, NOW, papers)).decode() == (
        "{\n"
        '  "date": "2025-12-24",\n'
        '  "crawled_at": "2025-12-24T14:00:00Z",\n'
        '  "total_papers": 2,\n'
        '  "papers": [\n'
        "    {\n"
        '      "title": "제목",\n'
        '      "url": "https://huggingface.co/papers/2512.00001",\n'
        '      "published": "2025-12-24T14:00:00.000001",\n'
        '      "likes": 7,\n'
        '      "institution": "The Lab",\n'
        '      "paper_link": "https://arxiv.org/abs/2512.00001",\n'
        '      "code_link": "https://github.com/lab/code",\n'
        '      "abstract": "We show something.",\n'
        '      "tags": []\n'
        "    },\n"
        "    {\n"
        '      "title": "T",\n'
        '      "url": "https://huggingface.co/papers/2512.00001"\n'
        "    }\n"
        "  ]\n"
        "}"
    )


def test_day_from_edition() -> None:
    made = replace(edition(paper(3), paper(2, code=None), paper(1)), updated_at=NOW)
    day = blog_data.from_edition(made, 2, lambda paper: f"who wrote {paper.id}")
    assert (day.day, day.crawled_at) == (DAY, NOW)
    assert day.papers[0] == StoredPaper(
        id="2512.00003",
        url="https://huggingface.co/papers/2512.00003",
        title="Paper 3",
        votes=3,
        institution="who wrote 2512.00003",
        abstract="What paper 3 says.",
        abstract_page="https://arxiv.org/abs/2512.00003",
        code="https://github.com/lab/code",
        tags=("one", "two"),
        published="2025-12-23T00:00:00.000Z",
    )
    assert [entry.code for entry in day.papers[1:]] == [None]


LINES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
MAYBE = st.none() | LINES
PAPERS = st.builds(
    paper,
    st.integers(1, 99999),
    title=LINES,
    abstract=MAYBE,
    ai_keywords=st.lists(LINES).map(tuple),
    votes=st.none() | st.integers(0, MOST_COUNTED),
    code=MAYBE,
    published_at=st.sampled_from([None, "2025-12-23T00:00:00.000Z", "2025-12-23T00:00:00Z"]),
)


@given(
    st.builds(
        Edition,
        st.dates(date(2023, 1, 1), date(2099, 1, 1)),
        st.lists(PAPERS).map(tuple),
        updated_at=st.datetimes(timezones=st.just(UTC)),
    ),
    LINES | st.just(""),
)
def test_written_day_reads_back(made: Edition, who: str) -> None:
    day = blog_data.from_edition(made, 10, lambda _: who)
    assert crawler.read(blog_data.render(day), made.day, "") == day
