"""The search shard: it keeps to its schema, reads back, and changes only when papers do."""

import json
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.paper import Edition, Organization, Paper
from core.render import search
from tests.support.fakes import DAY, edition, paper
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


def shard(*editions: Edition) -> search.Shard:
    return search.with_editions({}, editions)


def body(*editions: Edition) -> bytes:
    return search.render(DECEMBER, shard(*editions))


def document(*editions: Edition) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body(*editions))
    return found


def test_a_shard_has_an_edition_a_line_oldest_first() -> None:
    made = edition(paper(2), BARE), edition(paper(1), day=YESTERDAY), edition(day=DECEMBER)
    said = '"authors": ["Ada", "Grace"], "organization": "The Lab", "ai_summary": "A sentence.", '
    nothing = '"authors": [], "organization": null, "ai_summary": null, "ai_keywords": []'
    one, two, bare = (
        f'{{"id": "2512.00001", "title": "Paper 1", {said}"ai_keywords": ["one", "two"]}}',
        f'{{"id": "2512.00002", "title": "Paper 2", {said}"ai_keywords": ["one", "two"]}}',
        f'{{"id": "2512.99999", "title": "Bare 한", {nothing}}}',
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


def test_papers_stand_by_id_whatever_their_rank_and_votes() -> None:
    ranked = body(edition(paper(2, votes=9), paper(3, votes=5), paper(1, votes=None)))
    assert ranked == body(edition(paper(1), paper(2, votes=None), paper(3, votes=0)))
    ids = [one["id"] for one in json.loads(ranked)["editions"]["2025-12-24"]]
    assert ids == ["2512.00003", "2512.00002", "2512.00001"]


@pytest.mark.parametrize(
    "changes",
    [
        {"votes": 77},
        {"votes": None},
        {"comments": 77},
        {"github_stars": 77},
        {"author_count": 77},
        {"abstract": "New"},
        {"code": None, "project": None, "thumbnail": None, "media": ()},
    ],
)
def test_what_is_not_searched_changes_no_byte(changes: dict[str, Any]) -> None:
    assert body(edition(paper(**changes))) == body(edition(paper()))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "New"},
        {"authors": ("Ada",)},
        {"organization": None},
        {"ai_summary": "New."},
        {"ai_keywords": ("two", "one")},
    ],
)
def test_an_edition_changes_its_line_only(changes: dict[str, Any]) -> None:
    others = [edition(paper(2), day=DECEMBER), edition(BARE, day=YESTERDAY)]
    before = shard(*others, edition(paper()))
    after = search.with_editions(before, [edition(paper(**changes))])
    old, new = (search.render(DECEMBER, one).splitlines() for one in (before, after))
    pairs = enumerate(zip(old, new, strict=True))
    assert [number for number, (one, other) in pairs if one != other] == [6]
    assert old == body(*others, edition(paper())).splitlines()


def test_a_new_edition_is_a_new_line_in_its_place() -> None:
    before = shard(edition(paper(2), day=DECEMBER), edition(paper(3)))
    after = search.with_editions(before, [edition(BARE, day=YESTERDAY)])
    old, new = (search.render(DECEMBER, one).splitlines() for one in (before, after))
    assert new[:5] + new[6:] == old
    assert new[5].startswith(b'    "2025-12-23": [{"id": "2512.99999"')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    everywhere = Paper(
        id=f"1{text}",
        title=f"1{text}",
        authors=(text,),
        organization=Organization(None, text),
        ai_summary=text,
        ai_keywords=(text, text),
    )
    made = edition(everywhere), edition(BARE, day=YESTERDAY)
    assert search.read(DECEMBER, body(*made)) == shard(*made)
    (found,) = document(*made)["editions"]["2025-12-24"]
    assert list(found.values()) == [f"1{text}", f"1{text}", [text], text, text, [text, text]]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(HOSTILE)
papers = st.builds(
    Paper,
    id=words,
    title=words,
    ai_summary=st.none() | words,
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


@settings(deadline=None)
@given(editions)
def test_any_shard_keeps_to_its_schema_and_reads_back(made: list[Edition]) -> None:
    VALIDATOR.validate(document(*made))
    assert search.read(DECEMBER, body(*made)) == shard(*made)
    assert body(*made) == body(*reversed(made))


WHOLE = body(edition(paper()), edition(BARE, day=YESTERDAY))


def test_the_shard_of_another_month_is_refused() -> None:
    with pytest.raises(ValueError, match="not the month's shard"):
        search.read(date(2025, 11, 1), WHOLE)


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
        (b"Bare", b"B\xe4r"),
        (WHOLE, b""),
        (WHOLE, b"null"),
        (WHOLE, b"{}"),
    ],
)
def test_what_is_no_shard_is_refused(old: bytes, new: bytes) -> None:
    assert old in WHOLE
    assert search.read(DECEMBER, WHOLE)
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        search.read(DECEMBER, WHOLE.replace(old, new, 1))


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
        {"editions": {"2025-12-24": [FOUND | {"votes": 1}]}},
    ],
)
def test_the_schema_refuses_what_is_none(changes: dict[str, object]) -> None:
    assert VALIDATOR.is_valid(document(edition(BARE)))
    assert not VALIDATOR.is_valid(document(edition(BARE)) | changes)
