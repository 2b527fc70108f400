"""Crawled entries: who they are from, their links and abstracts; nothing is guessed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition import limits
from core.legacy import entry_fixes
from core.legacy.entry_fixes import Defect, FixedPaper
from core.legacy.organizations import Names, known_names, possible_names
from core.model.errors import PayloadError
from core.model.paper import Organization, Origin, Paper
from core.model.text import one_line
from core.render.blog_data import StoredDay, StoredPaper
from tests.support.papers import DAY, NOW, edition, paper

FOOTER, PROJECT, SPLIT = Defect.FOOTER_AS_CODE, Defect.PROJECT_AS_CODE, Defect.LINK_SPLIT
CRAWLED_AT = "2025-12-24T14:00:00.000001"


def stored(number: int = 1, **changes: object) -> StoredPaper:
    """Return an entry of the newer crawler, with nothing wrong."""
    paper_id = f"2512.{number:05}"
    whole = StoredPaper(
        id=paper_id,
        url=f"https://huggingface.co/papers/{paper_id}",
        title=f"Paper {number}",
        votes=number,
        institution="The Lab",
        abstract=f"What paper {number} says.",
        abstract_page=f"https://arxiv.org/abs/{paper_id}",
        published=CRAWLED_AT,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def day(*papers: StoredPaper, on: date = DAY) -> StoredDay:
    return StoredDay(on, NOW, papers)


def fix(entry: StoredPaper, *known: str, record: Paper | None = None) -> FixedPaper:
    return entry_fixes.fix_paper(entry, Names(frozenset(known)), record)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("·7 authors12", set()),
        ("The Lab", {"The Lab"}),
        ("Lab1", {"Lab1", "Lab"}),
        ("Lab41", {"Lab41", "Lab4", "Lab"}),
        ("Lab1.5k2", {"Lab1.5k2", "Lab1.5k", "Lab1.", "Lab"}),
        ("Lab2k", {"Lab2k", "Lab"}),
        ("Lab 3", {"Lab 3"}),
        ("Track", {"Track"}),
        ("v1.2", {"v1.2", "v1."}),
        ("42", {"42", "4"}),
        ("Lab ٣", {"Lab ٣"}),
        ("·" + "7" * 5_000 + " authors", {"·" + "7" * 5_000 + " authors"}),
    ],
)
def test_possible_names(text: str, names: set[str]) -> None:
    assert possible_names(stored(institution=text)) == names
    assert possible_names(stored(institution=text, tags=())) <= {text}


@pytest.mark.parametrize("text", ["1" * limits.MOST_TEXT, "1" * (limits.MOST_TEXT - 1) + "x"])
def test_names_of_many_digits_are_few(text: str) -> None:
    assert len(possible_names(stored(institution=text))) <= 25


def test_records_may_not_make_a_day_too_long() -> None:
    long = "x" * limits.MOST_TEXT
    entries = [stored(number, abstract=None) for number in range(17)]
    records = {entry.id: paper(number, abstract=long) for number, entry in enumerate(entries)}
    with pytest.raises(PayloadError, match=r"the day has .* characters") as caught:
        entry_fixes.fix_day(day(*entries), Names(), records)
    assert caught.value.day == DAY
    assert entry_fixes.fix_day(day(*entries[:8]), Names(), records).edition.papers


@pytest.mark.parametrize(
    ("text", "known", "name"),
    [
        ("Google541", ["Google"], "Google"),
        ("NVIDIA1.27k1", ["NVIDIA"], "NVIDIA"),
        ("NVIDIA12k", ["NVIDIA"], "NVIDIA"),
        ("Lab01", ["Lab"], "Lab"),
        ("Ai23", ["Ai2"], "Ai2"),
        ("Ai2", ["Ai2"], "Ai2"),
        ("The  Lab\u00a07 Team12", ["The Lab 7 Team"], "The Lab 7 Team"),
        ("The Lab", [], "The Lab"),
        ("Google541", [], None),
        ("Google541", ["google", "Goo", "Google Research"], None),
        ("AI42", ["AI", "AI4"], None),
        ("AI4", ["AI", "AI4"], None),
        ("3605", ["360"], None),
        ("Lab 3", ["Lab"], "Lab 3"),
    ],
)
def test_known_name_resolves_organisation(text: str, known: list[str], name: str | None) -> None:
    fixed = fix(stored(institution=text), *known)
    assert fixed.paper.organization == Organization(None, name or " ".join(text.split()))
    assert (Defect.ORGANIZATION_AMBIGUOUS in fixed.remaining) is (name is None)
    counts = name not in (None, " ".join(text.split()))
    assert (Defect.ORGANIZATION_COUNTS in fixed.defects) is counts


@pytest.mark.parametrize(
    ("text", "recorded", "organization", "defects"),
    [
        ("Google541", ("google", "Google"), ("google", "Google"), [Defect.ORGANIZATION_COUNTS]),
        ("galbot261", ("gal", "Galbot"), ("gal", "Galbot"), [Defect.ORGANIZATION_COUNTS]),
        ("AI42", ("x", "AI4"), ("x", "AI4"), [Defect.ORGANIZATION_COUNTS]),
        ("zju3", ("zju", None), ("zju", None), [Defect.ORGANIZATION_COUNTS]),
        ("Google", ("google", "Google"), ("google", "Google"), []),
        ("Ai2", ("allenai", "Ai2"), ("allenai", "Ai2"), []),
        ("Other5", ("google", "Google"), (None, "Other"), [Defect.ORGANIZATION_COUNTS]),
        ("Google Research5", ("g", "Google"), None, [Defect.ORGANIZATION_AMBIGUOUS]),
    ],
)
def test_record_resolves_organisation_if_text_agrees(
    text: str,
    recorded: tuple[str, str | None],
    organization: tuple[str | None, str] | None,
    defects: list[Defect],
) -> None:
    record = paper(1, organization=Organization(*recorded))
    fixed = fix(stored(institution=text), "Other", "AI", record=record)
    assert fixed.paper.organization == Organization(*(organization or (None, text)))
    assert list(fixed.defects) == defects


@pytest.mark.parametrize(
    ("text", "count", "counts"),
    [
        ("·7 authors", 7, False),
        ("·1 author", 1, False),
        ("·7 authors12", 7, True),
        ("·45 authors1.09k4", 45, True),
        ("·1 author3", 1, True),
    ],
)
def test_number_of_authors_is_no_organisation(text: str, count: int, counts: bool) -> None:
    fixed = fix(stored(institution=text), record=paper(1))
    assert (fixed.paper.organization, fixed.paper.author_count) == (None, count)
    assert list(fixed.defects) == [Defect.AUTHORS_COUNTS] * counts


@pytest.mark.parametrize(
    ("link", "code", "project", "defects"),
    [
        (None, None, None, []),
        ("https://github.com/huggingface", None, None, [FOOTER]),
        ("https://github.com/huggingface/", None, None, [FOOTER]),
        ("https://github.com/huggingface/x", "https://github.com/huggingface/x", None, []),
        ("https://github.com/a/\nb", "https://github.com/a/b", None, [SPLIT]),
        (" https://github.com/a/b", "https://github.com/a/b", None, [SPLIT]),
        ("https://GitHub.com/a/b/tree/main", "https://GitHub.com/a/b/tree/main", None, []),
        ("https://www.github.com/a/b", "https://www.github.com/a/b", None, []),
        ("https://gitlab.com/a/b", "https://gitlab.com/a/b", None, []),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b", None, []),
        ("https://bitbucket.org/a/b", "https://bitbucket.org/a/b", None, []),
        ("https://github.com/a", None, "https://github.com/a", [PROJECT]),
        ("https://a.github.io/b/c", None, "https://a.github.io/b/c", [PROJECT]),
        ("https://x.example/github.com/a/b", None, "https://x.example/github.com/a/b", [PROJECT]),
        ("javascript:alert(1)", None, None, [PROJECT]),
        ("https://[broken/a/b", None, "https://[broken/a/b", [PROJECT]),
    ],
)
def test_code_links(
    link: str | None, code: str | None, project: str | None, defects: list[Defect]
) -> None:
    fixed = fix(stored(code=link))
    assert (fixed.paper.code, fixed.paper.project) == (code, project)
    assert list(fixed.defects) == defects


@pytest.mark.parametrize(
    ("text", "defect", "without", "furnished"),
    [
        ("It works.", None, "It works.", "It works."),
        ("It\nworks.", None, "It works.", "It works."),
        (None, Defect.ABSTRACT_MISSING, None, "Recorded."),
        ("At this https URL .", Defect.ABSTRACT_LINK, "At this https URL .", "Recorded."),
        ("At this http URL", Defect.ABSTRACT_LINK, "At this http URL", "Recorded."),
        ("Papers arxiv:2512.1 T Published on", Defect.FURNITURE, None, "Recorded."),
        ("Join the discussion on this paper page", Defect.FURNITURE, None, "Recorded."),
        ("Published · Submitted by x Upvote 3", Defect.FURNITURE, None, "Recorded."),
        ("Votes submitted by us, upvote 3.", None, *["Votes submitted by us, upvote 3."] * 2),
    ],
)
def test_abstracts(
    text: str | None, defect: Defect | None, without: str | None, furnished: str
) -> None:
    bare = fix(stored(abstract=text))
    known = fix(stored(abstract=text), record=paper(1, abstract="Recorded.", organization=None))
    assert (bare.paper.abstract, known.paper.abstract) == (without, furnished)
    missing = [Defect.ABSTRACT_MISSING] * (without is None)
    assert list(known.defects) == [defect] * bool(defect)
    assert list(dict.fromkeys([*known.defects, *missing])) == list(bare.defects)
    assert list(bare.remaining) == missing + [Defect.ABSTRACT_LINK] * (
        defect == Defect.ABSTRACT_LINK
    )
    assert known.remaining == ()


@pytest.mark.parametrize(
    ("changes", "field", "fixed", "defects"),
    [
        ({"title": "Two\n  lines"}, "title", "Two lines", [Defect.TITLE_SPLIT]),
        ({"abstract_page": None}, "id", "2512.00001", [Defect.ABSTRACT_PAGE]),
        ({"published": CRAWLED_AT}, "published_at", None, []),
        ({"published": "2025-12-23T00:00:00.000Z"}, "published_at", "2025-12-23T00:00:00.000Z", []),
        ({"published": "yesterday"}, "published_at", None, []),
        ({"tags": ("a  b", " ")}, "ai_keywords", ("a b",), []),
        ({"institution": ""}, "organization", None, []),
        ({"votes": None}, "votes", None, []),
    ],
)
def test_other_fields(
    changes: dict[str, object], field: str, fixed: object, defects: list[Defect]
) -> None:
    done = fix(replace(stored(), **changes))  # type: ignore[arg-type]
    assert getattr(done.paper, field) == fixed
    assert list(done.defects) == defects


def test_day_is_ranked_and_keeps_ties() -> None:
    entries = [stored(n, votes=votes) for n, votes in enumerate([3, 9, 3, None, 9, 0])]
    fixed = entry_fixes.fix_day(day(*entries), Names(), {})
    assert [paper.id[-1] for paper in fixed.edition.papers] == ["1", "4", "0", "2", "5", "3"]
    assert fixed.edition.source == Origin.IMPORT
    assert fixed.defects == fixed.remaining == ()


def test_defects_by_paper() -> None:
    entries = [stored(1, title="a\nb"), stored(2, institution="Lab12"), stored(1)]
    fixed = entry_fixes.fix_day(day(*entries), Names(), {})
    assert sorted(fixed.defects) == [
        ("2512.00001", Defect.TITLE_SPLIT),
        ("2512.00001", Defect.TWICE),
        ("2512.00002", Defect.ORGANIZATION_AMBIGUOUS),
    ]
    assert fixed.remaining == (("2512.00002", Defect.ORGANIZATION_AMBIGUOUS),)
    assert [paper.title for paper in fixed.edition.papers] == ["Paper 2", "a b"]


def test_known_names() -> None:
    records = [
        edition(
            paper(1, organization=Organization("handle", " Full  Name")),
            paper(2, organization=Organization("only-handle", None)),
            paper(3, organization=None),
        )
    ]
    days = [
        day(stored(4, institution="Clean"), stored(5, institution="Counted12")),
        day(stored(6, institution="·7 authors"), stored(7, institution="Old3", tags=())),
    ]
    assert known_names(days, records).known == {"Full Name", "only-handle", "Clean", "Old3"}


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["Lab1", "Lab3"], "Lab"),
        (["Lab371", "Lab592"], "Lab"),
        (["Ai21", "Ai25"], None),
        (["Ai21", "Ai2", "Ai25"], None),
        (["Lab1", "Lab1"], None),
        (["Lab1", "Other2"], None),
        (["Lab1.09k4", "Lab1.1k5"], None),
        (["Lab999", "Lab1.1k5"], "Lab"),
    ],
)
def test_texts_of_several_days_prove_organisation(texts: list[str], name: str | None) -> None:
    names = known_names([day(stored(1, institution=text)) for text in texts], [])
    assert names.proven.get("2512.00001") == name
    # A proof counts more than names of other papers.
    also = Names(names.known | {"La", "Lab", "Lab3", "Lab5"}, names.proven)
    done = entry_fixes.fix_paper(stored(1, institution=texts[-1]), also, None)
    if name:
        assert done.paper.organization == Organization(None, name)


NAMES = st.text("AIb4 2k.", min_size=1, max_size=6).map(one_line).filter(bool)
COUNTS = st.tuples(
    st.sampled_from(["", "0", "7", "54", "1.5k", "12k"]), st.sampled_from(["", "1", "23"])
).map("".join)


@given(NAMES, COUNTS, st.frozensets(NAMES))
def test_no_organisation_is_guessed(name: str, counts: str, others: frozenset[str]) -> None:
    text = name + counts
    done = fix(stored(institution=text), name, *others)
    assert done.paper.organization is not None
    assert done.paper.organization.fullname in (name, text)


def test_verbatim_fixes_no_text() -> None:
    entries = (
        stored(1, title="Two\n  lines", institution="Lab12", code="https://github.com/huggingface"),
        stored(9, abstract="Papers arxiv: x", institution="", code="https://github.com/a/\nb"),
    )
    made = entry_fixes.verbatim(day(*entries))
    assert made.source == Origin.IMPORT
    assert [(p.title, p.abstract, p.votes) for p in made.papers] == [
        (e.title, e.abstract, e.votes) for e in entries
    ]
    assert [p.code for p in made.papers] == [
        "https://github.com/huggingface",
        "https://github.com/a/b",
    ]
    assert [p.organization for p in made.papers] == [Organization(None, "Lab12"), None]
