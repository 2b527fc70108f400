"""The search shard: it keeps to its schema, reads back, and changes only where papers do."""

import json
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.paper import Edition, Organization, Paper
from core.model.text import one_line
from core.render import search, tex
from tests.support.papers import DAY, edition, paper
from tests.support.recorded import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "schema/search.v1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
DECEMBER, YESTERDAY = date(2025, 12, 1), DAY - timedelta(days=1)
BARE = Paper(id="2512.99999", title="Bare 한")
HOSTILE = [
    'a\n    "2025-12-24": [{"id": "1"}],\nb',
    '"2025-12-24": [',
    '    "2025-12-23": [],',
    "\r\n\t\v\f\x1c\x85",
    "\u2028\u2029",
    '"quoted" \\"twice\\" \\',
    "\\n\\u2028",
    "]}, ],",
    "</script><!--",
    "한국어 👍 \u202e",
    "\ufeff",
]


def body(*editions: Edition) -> bytes:
    """Return the shard of these editions, made of nothing else."""
    return search.render(DECEMBER, *known(*editions), None)


def known(*editions: Edition) -> tuple[list[date], dict[date, Edition]]:
    return [made.day for made in editions], {made.day: made for made in editions}


def again(stored: bytes) -> bytes:
    """Return a shard made of what is stored alone."""
    return search.render(DECEMBER, search.days(stored, DECEMBER), {}, stored)


def document(*editions: Edition) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body(*editions))
    return found


def test_a_shard_has_an_edition_a_line() -> None:
    made = edition(paper(2), BARE), edition(paper(1), day=YESTERDAY), edition(day=DECEMBER)
    said = '"authors": ["Ada", "Grace"], "organization": "The Lab", "summary": "A sentence.", '
    said += '"ai_keywords": ["one", "two"], '
    nothing = '"authors": [], "organization": null, "summary": null, "ai_keywords": []'
    one, two, bare = (
        f'{{"id": "2512.00001", "title": "Paper 1", {said}"votes": 1, "code": true}}',
        f'{{"id": "2512.00002", "title": "Paper 2", {said}"votes": 2, "code": true}}',
        f'{{"id": "2512.99999", "title": "Bare 한", {nothing}, "votes": null, "code": false}}',
    )
    assert body(*made).decode().split("\n") == [
        "{",
        '  "schema_version": 1,',
        '  "month": "2025-12",',
        '  "editions": {',
        '    "2025-12-01": [],',
        f'    "2025-12-23": [{one}],',
        f'    "2025-12-24": [{bare}, {two}]',
        "  }",
        "}",
        "",
    ]


@pytest.mark.parametrize(
    ("organization", "name"),
    [
        (None, None),
        (Organization(None, None), None),
        (Organization("lab", None), "lab"),
        (Organization(None, "The Lab"), "The Lab"),
        (Organization("lab", "The Lab"), "The Lab"),
    ],
)
def test_an_organization_is_named_as_readers_know_it(
    organization: Organization | None, name: str | None
) -> None:
    found = document(edition(paper(organization=organization)))
    assert found["editions"]["2025-12-24"][0]["organization"] == name


@pytest.mark.parametrize(
    ("ai_summary", "abstract", "summary"),
    [
        ("We read.", "We write. And more.", "We read."),
        (None, "We write. And more.", "We write."),
        (None, "It is 93.3\\% of \\textbf{all}. And more.", "It is 93.3% of all."),
        ("It is 93.3\\%.", None, "It is 93.3%."),
        (None, None, None),
    ],
)
def test_the_summary_is_as_readers_see_it(
    ai_summary: str | None, abstract: str | None, summary: str | None
) -> None:
    found = document(edition(paper(ai_summary=ai_summary, abstract=abstract)))
    assert found["editions"]["2025-12-24"][0]["summary"] == summary


def test_a_title_has_no_tex() -> None:
    found = document(edition(paper(title=r"\textbf{Foo} by Poincar\'e")))
    assert found["editions"]["2025-12-24"][0]["title"] == "Foo by Poincaré"


@pytest.mark.parametrize(("code", "has_code"), [(None, False), ("https://code.example/", True)])
def test_it_says_what_has_code(code: str | None, has_code: bool) -> None:
    found = document(edition(paper(code=code)))
    assert found["editions"]["2025-12-24"][0]["code"] is has_code


def test_papers_are_ordered_by_id() -> None:
    ranked = body(edition(paper(2), paper(3), paper(1)))
    assert ranked == body(edition(paper(1), paper(2), paper(3)))
    ids = [one["id"] for one in json.loads(ranked)["editions"]["2025-12-24"]]
    assert ids == ["2512.00003", "2512.00002", "2512.00001"]


@pytest.mark.parametrize(
    "changes",
    [
        {"comments": 77},
        {"github_stars": 77},
        {"author_count": 77},
        {"abstract": "New"},
        {"project": None, "thumbnail": None, "media": ()},
        {"code": "https://other.example/"},
    ],
)
def test_what_is_not_searched_changes_no_byte(changes: dict[str, Any]) -> None:
    assert body(edition(paper(**changes))) == body(edition(paper()))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "New"},
        {"votes": 77},
        {"votes": None},
        {"code": None},
        {"authors": ("Ada",)},
        {"organization": None},
        {"ai_summary": "New."},
        {"ai_keywords": ("two", "one")},
    ],
)
def test_an_edition_changes_its_line_only(changes: dict[str, Any]) -> None:
    others = [edition(paper(2), day=DECEMBER), edition(BARE, day=YESTERDAY)]
    before = body(*others, edition(paper()))
    days = [DECEMBER, YESTERDAY, DAY]
    after = search.render(DECEMBER, days, {DAY: edition(paper(**changes))}, before)
    pairs = enumerate(zip(before.splitlines(), after.splitlines(), strict=True))
    assert [number for number, (one, other) in pairs if one != other] == [6]


@pytest.mark.parametrize(
    ("days", "lines"),
    [
        ([DECEMBER, YESTERDAY, DAY], [0, 1, 2]),
        ([DAY, YESTERDAY, DECEMBER], [0, 1, 2]),
        ([DECEMBER, DAY], [0, 2]),
        ([YESTERDAY], [1]),
        ([], []),
    ],
)
def test_other_days_come_from_the_stored_shard(days: list[date], lines: list[int]) -> None:
    stored = body(edition(paper(2), day=DECEMBER), edition(paper(3)))
    wanted = [edition(paper(2), day=DECEMBER), edition(BARE, day=YESTERDAY), edition(paper(3))]
    made = search.render(DECEMBER, days, {YESTERDAY: wanted[1]}, stored)
    assert made == body(*(wanted[line] for line in lines))


@pytest.mark.parametrize("stored", [None, b"", b"{}", body(edition(paper()))])
def test_a_day_without_line_is_an_error(stored: bytes | None) -> None:
    with pytest.raises(ValueError, match="shard"):
        search.render(DECEMBER, [YESTERDAY, DAY], {DAY: edition(paper())}, stored)


def test_a_stored_shard_without_need_is_ignored() -> None:
    assert search.render(DECEMBER, *known(edition(paper())), b"garbage") == body(edition(paper()))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    line = one_line(f"1{text}")
    everywhere = Paper(
        id=f"1{text}",
        title=f"1{text}",
        authors=(text,),
        organization=Organization(None, text),
        ai_summary=f"1{text}",
        ai_keywords=(text, text),
    )
    made = edition(everywhere), edition(BARE, day=YESTERDAY)
    assert again(body(*made)) == body(*made)
    (found,) = document(*made)["editions"]["2025-12-24"]
    assert list(found.values()) == [
        *(f"1{text}", tex.shown(line), [text], text, tex.shown(line), [text, text]),
        *(None, False),
    ]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(HOSTILE)
some_lines = words.map(lambda text: one_line(f"1{text}"))
papers = st.builds(
    Paper,
    id=words,
    title=some_lines,
    abstract=st.none() | some_lines,
    ai_summary=st.none() | some_lines,
    ai_keywords=st.lists(words, max_size=2).map(tuple),
    authors=st.lists(words, max_size=2).map(tuple),
    organization=st.none() | st.builds(Organization, words, st.none() | words),
    votes=st.none() | st.integers(0),
)
days = st.integers(0, 30).map(lambda number: DECEMBER + timedelta(days=number))
editions = st.lists(
    st.builds(Edition, days, st.lists(papers, max_size=3).map(tuple)),
    max_size=4,
    unique_by=lambda made: made.day,
)


@given(editions)
def test_any_shard_is_valid_and_reads_back(made: list[Edition]) -> None:
    VALIDATOR.validate(document(*made))
    assert again(body(*made)) == body(*made)
    assert body(*made) == body(*reversed(made))


WHOLE = body(edition(paper()), edition(BARE, day=YESTERDAY))


def test_the_shard_of_another_month_is_refused() -> None:
    with pytest.raises(ValueError, match="not the month's shard"):
        search.days(WHOLE, date(2025, 11, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"schema_version": 1', b'"schema_version": 2'),
        (b'"2025-12"', b'"2025-11"'),
        (b"2025-12-24", b"2025-12-09"),
        (b"2025-12-23", b"2025-12-24"),
        (b'    "2025-12-24"', b'  "2025-12-24"'),
        (b'    "2025-12-24": ', b'    "2025-12-24":'),
        (b"2025-12-24", b"2025-12-4"),
        (b'"2025-12-24": [', b'"2025-12-24": {'),
        (b"]\n  }", b"],\n  }"),
        (b"],\n", b"]\n"),
        (b"\n", b"\r\n"),
        (b"{\n", b"\xef\xbb\xbf{\n"),
        (b"}\n}\n", b"}\n}"),
        (b"}\n}\n", b""),
        (b"Bare", b"Ba\nre"),
        (WHOLE, b""),
        (WHOLE, b"null"),
        (WHOLE, b"{}"),
    ],
)
def test_what_is_no_shard_is_refused(old: bytes, new: bytes) -> None:
    assert old in WHOLE
    assert search.days(WHOLE, DECEMBER) == {DAY, YESTERDAY}
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        search.days(WHOLE.replace(old, new, 1), DECEMBER)


(FOUND,) = document(edition(BARE))["editions"]["2025-12-24"]


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"schema_version": 2},
        {"month": "2025-13"},
        {"editions": []},
        {"editions": {"2025-12-32": []}},
        {"editions": {"2025-12-24": {}}},
        {"editions": {"2025-12-24": [{"id": "1", "title": "1"}]}},
        {"editions": {"2025-12-24": [FOUND | {"title": None}]}},
        {"editions": {"2025-12-24": [FOUND | {"votes": -1}]}},
        {"editions": {"2025-12-24": [FOUND | {"code": None}]}},
        {"editions": {"2025-12-24": [FOUND | {"ai_summary": "A sentence."}]}},
    ],
)
def test_the_schema_refuses_what_is_none(changes: dict[str, object]) -> None:
    assert VALIDATOR.is_valid(document(edition(BARE)))
    assert not VALIDATOR.is_valid(document(edition(BARE)) | changes)
