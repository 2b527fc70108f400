"""Every shape of the API's answers, and what is no answer of it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition import payload
from core.model.errors import PayloadError
from core.model.paper import Organization, Paper
from tests.support.papers import DAY, answer, entry

MARCH_2024 = {
    "paper": {
        "id": "2403.06634",
        "authors": [{"_id": "1", "name": "Ada", "hidden": False}],
        "publishedAt": "2024-03-11T11:46:12.000Z",
        "title": "An Early\n  Answer",
        "summary": "We show\nsomething.",
        "upvotes": 63,
    },
    "publishedAt": "2024-03-12T02:51:25.097Z",
    "title": "An Early Answer",
    "mediaUrl": "https://cdn.example/a.png",
    "numComments": 3,
}
MARCH_2025 = {
    "paper": {"id": "2503.1", "title": "T", "upvotes": 1, "publishedAt": "2025-03-10T00:00:00Z"},
    "summary": "Said outside.",
    "thumbnail": "https://cdn.example/t.png",
    "mediaUrls": ["https://cdn.example/a.mp4"],
    "submittedBy": {"name": "outer", "fullname": "Outer"},
    "organization": {"name": "lab", "fullname": "Lab"},
}
AUGUST_2026 = {
    "paper": {
        "id": "2608.16590",
        "authors": [{"name": "Ada", "hidden": False}, {"name": "Grace", "hidden": True}],
        "mediaUrls": ["https://cdn.example/a.gif"],
        "publishedAt": "2026-08-17T00:00:00.000Z",
        "submittedOnDailyAt": "2026-08-20T00:00:00.000Z",
        "title": "Zetta ζ",
        "submittedOnDailyBy": {"user": "xin64", "name": "xin64", "fullname": "Xin"},
        "summary": "S.",
        "upvotes": 0,
        "projectPage": " https://lab.example/zetta/",
        "githubRepo": "https://github.com/lab/zetta",
        "githubStars": 152,
        "ai_summary": "A.",
        "ai_keywords": ["", "agents"],
        "organization": {"_id": "1", "name": "ShanghaiAiLab", "fullname": "shanghai  ai\nlab "},
        "withdrawnAt": "2026-08-21T00:00:00.000Z",
    },
    "title": "Zetta ζ",
    "thumbnail": "https://cdn.example/t.png",
    "numComments": 0,
    "submittedBy": {"name": "other"},
    "isAuthorParticipating": True,
}


def parse(*entries: object) -> tuple[Paper, ...]:
    return payload.parse(payload.decode(answer(*entries), DAY, "https://source.example"))


@pytest.mark.parametrize(
    ("recorded", "paper"),
    [
        pytest.param(
            MARCH_2024,
            Paper(
                id="2403.06634",
                title="An Early Answer",
                abstract="We show something.",
                authors=("Ada",),
                author_count=1,
                votes=63,
                comments=3,
                media=("https://cdn.example/a.png",),
                published_at="2024-03-11T11:46:12.000Z",
            ),
            id="2024-03",
        ),
        pytest.param(
            MARCH_2025,
            Paper(
                id="2503.1",
                title="T",
                abstract="Said outside.",
                organization=Organization("lab", "Lab"),
                votes=1,
                thumbnail="https://cdn.example/t.png",
                media=("https://cdn.example/a.mp4",),
                published_at="2025-03-10T00:00:00Z",
                submitter="outer",
            ),
            id="2025-03",
        ),
        pytest.param(
            AUGUST_2026,
            Paper(
                id="2608.16590",
                title="Zetta ζ",
                abstract="S.",
                ai_summary="A.",
                ai_keywords=("agents",),
                authors=("Ada", "Grace"),
                author_count=2,
                organization=Organization("ShanghaiAiLab", "shanghai ai lab"),
                votes=0,
                comments=0,
                code="https://github.com/lab/zetta",
                project="https://lab.example/zetta/",
                github_stars=152,
                thumbnail="https://cdn.example/t.png",
                media=("https://cdn.example/a.gif",),
                published_at="2026-08-17T00:00:00.000Z",
                submitted_at="2026-08-20T00:00:00.000Z",
                submitter="xin64",
            ),
            id="2026-08",
        ),
        pytest.param(
            {"paper": {"id": "1"}, "title": "Outside"}, Paper(id="1", title="Outside"), id="least"
        ),
    ],
)
def test_shapes(recorded: object, paper: Paper) -> None:
    assert parse(recorded) == (paper,)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("upvotes", None, None),
        ("upvotes", 0, 0),
        ("summary", " \n ", None),
        ("ai_keywords", [""], ()),
        ("mediaUrls", [], ()),
        ("projectPage", "javascript:alert(1)", None),
        ("projectPage", "lab.example", None),
        ("githubRepo", "HTTPS://GitHub.com/lab", "HTTPS://GitHub.com/lab"),
        ("githubRepo", "https://github.com/a/\nb", "https://github.com/a/b"),
        ("githubRepo", "\x00\x1f https://github.com/a\t/\r\nb\x1f ", "https://github.com/a/b"),
        ("githubRepo", "ht\ntps://github.com/a", "https://github.com/a"),
        ("projectPage", " https://lab.example/a b", "https://lab.example/a b"),
        ("mediaUrls", ["\nhttps://a.example/\tx", " "], ("https://a.example/x",)),
        ("title", "A\r\n  title\twith\u00a0space", "A title with space"),
        ("title", "half \ud83d of a pair", "half of a pair"),
        ("title", "bell \x07, tab\x0b and \x1funit", "bell , tab and unit"),
        ("organization", {"name": "", "fullname": None}, None),
        ("organization", "", None),
        ("organization", [], None),
        ("upvotes", 12.0, 12),
        ("organization", {"name": "lab"}, Organization("lab", None)),
        ("submittedOnDailyAt", "2025-12-24T08:30:00+09:00", "2025-12-23T23:30:00Z"),
        ("submittedOnDailyAt", "2025-12-24", "2025-12-24T00:00:00Z"),
        ("authors", [{"name": "Ada"}, {"name": " "}, {}], ("Ada",)),
    ],
)
def test_odd_values(field: str, given: object, read: object) -> None:
    names = {
        "upvotes": "votes",
        "summary": "abstract",
        "mediaUrls": "media",
        "projectPage": "project",
        "githubRepo": "code",
        "submittedOnDailyAt": "submitted_at",
    }
    value = json.loads(json.dumps(given))
    changed = entry(1)
    changed["paper"] = {**changed["paper"], field: value}  # type: ignore[dict-item]
    (paper,) = parse(changed)
    assert getattr(paper, names.get(field, field)) == read


@pytest.mark.parametrize(
    ("entries", "path"),
    [
        ([entry(1), {"paper": {"title": "T"}}], "[1].paper.id"),
        ([entry(1, title=None)], "[0].paper.title"),
        ([entry(1, title="\u0000 \ufffe")], "[0].paper.title"),
        ([{}], "[0].paper.id"),
        (["2512.00001"], "[0]"),
        ([None], "[0]"),
        ([{"paper": []}], "[0].paper.id"),
        ([{"paper": [1]}], "[0].paper"),
        ([entry(1, id=5)], "[0].paper.id"),
        ([entry(1, upvotes="73")], "[0].paper.upvotes"),
        ([entry(1, upvotes=-1)], "[0].paper.upvotes"),
        ([entry(1, upvotes=True)], "[0].paper.upvotes"),
        ([entry(1, upvotes=1.5)], "[0].paper.upvotes"),
        ([entry(1, authors="Ada")], "[0].paper.authors"),
        ([entry(1, authors=["Ada"])], "[0].paper.authors[0]"),
        ([entry(1, ai_keywords=[1])], "[0].paper.ai_keywords"),
        ([entry(1, organization="lab")], "[0].paper.organization"),
        ([entry(1, publishedAt="soon")], "[0].paper.publishedAt"),
        ([entry(1, publishedAt="0001-01-01T00:00:00+14:00")], "[0].paper.publishedAt"),
    ],
)
def test_another_shape_is_an_error_with_its_path(entries: list[object], path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(*entries)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")
    assert "2025-12-24, https://source.example" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (entry(1, upvotes=3), entry(1, upvotes=4), 4),
        (entry(1, upvotes=4), entry(1, upvotes=3), 4),
        (entry(1, upvotes=None), entry(1, upvotes=0), 0),
        (entry(1, upvotes=3), {**entry(1, upvotes=3), "numComments": 2}, 3),
    ],
)
def test_the_better_of_two_entries_is_kept(first: object, second: object, kept: int) -> None:
    both, reversed_ = parse(first, entry(2), second), parse(second, entry(2), first)
    assert [paper.id for paper in both] == ["2512.00001", "2512.00002"]
    assert both == reversed_
    assert both[0].votes == kept


@pytest.mark.parametrize(
    ("pages", "body"),
    [
        ([b"[]"], b"[]"),
        ([b"[]", b" []"], b"[]"),
        ([b" [1 , 2]\n"], b" [1 , 2]\n"),
        ([b" [1 , 2]\n", b"[]"], b" [1 , 2]\n"),
        ([b" [1 , 2]\n", b"[ 3 ]"], b"[1 , 2, 3 ]"),
        ([b"[1]", b"\xef\xbb\xbf[2]", b"[]"], b"[1,2]"),
    ],
)
def test_pages_are_joined_into_one_array(pages: list[bytes], body: bytes) -> None:
    joined = payload.join([payload.decode(page, DAY) for page in pages])
    assert joined.body == body
    assert joined == payload.decode(body, DAY)


@pytest.mark.parametrize("body", [b"[]", b" [ ]\n", b"\xef\xbb\xbf[]"])
def test_an_empty_day_has_no_entries(body: bytes) -> None:
    assert payload.parse(payload.decode(body, DAY)) == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON: nothing"),
        (b"<html>\n<body>Bad gateway", "not JSON: <html> <body>Bad gateway"),
        (b"[1, 2", "not JSON: [1, 2"),
        (b"[] x", "not JSON: [] x"),
        (b"[NaN]", "not JSON: [NaN]"),
        (b"\xff\xfe[]", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[" + b"9" * 5000 + b"]", "not JSON"),
        (b'{"error": "down"}', 'not a JSON array: {"error": "down"}'),
        (b'"text"', "not a JSON array"),
        (b"null", "not a JSON array"),
        (b"[] []", "not JSON"),
    ],
)
def test_what_is_no_answer(body: bytes, said: str) -> None:
    with pytest.raises(PayloadError) as caught:
        payload.decode(body, DAY, "https://source.example")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["paper", "id", "title", "summary", "authors", "name", "upvotes",
                         "organization", "fullname", "mediaUrls", "publishedAt", "x"]),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(JSON_VALUES, max_size=4))
def test_any_json_is_papers_or_our_error(entries: list[object]) -> None:
    with suppress(PayloadError):
        assert all(paper.id and paper.title for paper in parse(*entries))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_payload_or_our_error(body: bytes) -> None:
    with suppress(PayloadError):
        assert payload.decode(body, DAY).body == body
