"""The catalog for programs: the root index and the months' indexes, and how days are linked."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.archive import catalog
from core.model.month import Month, MonthEdition, MonthSpan, Neighbours, RootIndex
from core.model.paper import Edition, Origin, Paper
from core.render import index
from tests.support.fakes import DAY, NOW, edition, paper
from tests.support.recorded import REPOSITORY


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((REPOSITORY / f"schema/{name}.v1.json").read_text(encoding="utf-8"))
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=formats)


ROOT_SCHEMA, MONTH_SCHEMA = validator("index"), validator("month-index")
OCTOBER, NOVEMBER, DECEMBER = date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
YESTERDAY, BARE = DAY - timedelta(days=1), Paper(id="2512.99999", title="Bare")


def span(first: date, oldest: int = 2, newest: int = 27, editions: int = 20) -> MonthSpan:
    return MonthSpan(first, first.replace(day=oldest), first.replace(day=newest), editions)


def root(*firsts: date) -> RootIndex:
    return RootIndex(tuple(map(span, firsts)), ("robots.txt", "static/site.0.css"), "abc")


def month(*editions: Edition) -> Month:
    made = Month(DECEMBER)
    for number, one in enumerate(editions):
        made = catalog.with_edition(made, MonthEdition(one, f"{number:064x}", NOW))
    return made


@pytest.mark.parametrize(
    "around",
    [[0, 0], [1, 9], [0, 5, 0], [1, 5, 9], [0, 5, 6, 9], [1, 3, 5, 8, 0], [0, 3, 5, 8, 0]],
)
def test_days_lead_to_their_neighbours(around: list[int]) -> None:
    days = [date(2025, 12, number) if number else None for number in around]
    listed = [day for day in days[1:-1] if day]
    links = catalog.links(listed, Neighbours(days[0], days[-1]))
    assert list(links) == listed
    assert [near.previous for near in links.values()] == days[:-2]
    assert [near.next for near in links.values()] == days[2:]


@pytest.mark.parametrize(
    ("months", "edges"),
    [
        ([], (None, None)),
        ([DECEMBER], (None, None)),
        ([NOVEMBER], ("2025-11-27", None)),
        ([JANUARY], (None, "2026-01-02")),
        ([NOVEMBER, DECEMBER], ("2025-11-27", None)),
        ([DECEMBER, JANUARY], (None, "2026-01-02")),
        ([OCTOBER, DECEMBER, FEBRUARY], ("2025-10-27", "2026-02-02")),
        ([OCTOBER, NOVEMBER, JANUARY, FEBRUARY], ("2025-11-27", "2026-01-02")),
    ],
)
def test_what_is_around_a_month(months: list[date], edges: tuple[str | None, str | None]) -> None:
    days = [date.fromisoformat(day) if day else None for day in edges]
    assert catalog.edges(root(*months), DECEMBER) == Neighbours(*days)
    firsts = [day and day.replace(day=1) for day in days]
    assert catalog.months_around(root(*months), DECEMBER) == Neighbours(*firsts)


@pytest.mark.parametrize(
    ("months", "after"),
    [
        ([], [DECEMBER]),
        ([NOVEMBER], [NOVEMBER, DECEMBER]),
        ([JANUARY], [DECEMBER, JANUARY]),
        ([OCTOBER, JANUARY], [OCTOBER, DECEMBER, JANUARY]),
        ([NOVEMBER, DECEMBER, JANUARY], [NOVEMBER, DECEMBER, JANUARY]),
    ],
)
def test_a_month_has_one_place_in_the_root(months: list[date], after: list[date]) -> None:
    new = span(DECEMBER, oldest=5, editions=1)
    made = catalog.with_span(root(*months), new)
    assert [one.first for one in made.months] == after
    assert [one for one in made.months if one.editions == 1] == [new]
    assert (made.files, made.release) == (root().files, root().release)


def test_what_the_root_says() -> None:
    assert index.render_root(root(NOVEMBER, DECEMBER)).decode() == (
        "{\n"
        '  "schema_version": 1,\n'
        '  "latest": {"date": "2025-12-27", "json": "daily/2025-12-27.json",'
        ' "page": "daily/2025-12-27.html"},\n'
        '  "months": [\n'
        '    {"month": "2025-11", "first": "2025-11-02", "last": "2025-11-27", "editions": 20,'
        ' "index": "index/2025-11.json", "page": "monthly/2025-11.html",'
        ' "search": "search/2025-11.json"},\n'
        '    {"month": "2025-12", "first": "2025-12-02", "last": "2025-12-27", "editions": 20,'
        ' "index": "index/2025-12.json", "page": "monthly/2025-12.html",'
        ' "search": "search/2025-12.json"}\n'
        "  ],\n"
        '  "files": [\n    "robots.txt",\n    "static/site.0.css"\n  ],\n'
        '  "release": "abc"\n'
        "}\n"
    )


days = st.dates(date(1000, 1, 1))
keys = st.text("abc/.-0", min_size=1)
spans = st.builds(
    lambda one, two, editions: MonthSpan(one.replace(day=1), one, two, editions),
    days,
    days,
    st.integers(1),
)
roots = st.builds(
    RootIndex, st.lists(spans, min_size=1).map(tuple), st.lists(keys).map(tuple), keys
)


@settings(deadline=None)
@given(roots)
def test_any_root_keeps_to_its_schema_and_reads_back(made: RootIndex) -> None:
    body = index.render_root(made)
    ROOT_SCHEMA.validate(json.loads(body))
    assert index.read_root(body) == made


IMPORTED = Edition(YESTERDAY, (paper(3, votes=None),), Origin.IMPORT)
FULL, EDGES = month(edition(paper(2), BARE), IMPORTED), Neighbours(NOVEMBER, None)


def test_what_a_month_says() -> None:
    assert index.render_month(FULL, EDGES).decode() == (
        "{\n"
        '  "schema_version": 1,\n'
        '  "month": "2025-12",\n'
        '  "previous": "2025-11-01",\n'
        '  "next": null,\n'
        '  "json": "monthly/2025-12.json",\n'
        '  "post": "monthly/2025-12.md",\n'
        '  "page": "monthly/2025-12.html",\n'
        '  "search": "search/2025-12.json",\n'
        '  "sitemap": "sitemap/2025-12.xml",\n'
        '  "papers": "papers/month=2025-12/papers.jsonl.gz",\n'
        '  "votes": "votes/month=2025-12/votes.jsonl.gz",\n'
        '  "editions": [\n'
        '    {"date": "2025-12-23", "source": "import", "count": 1, "votes": 0,'
        ' "top": {"id": "2512.00003", "title": "Paper 3", "votes": null},'
        ' "updated_at": "2025-12-24T14:00:00Z", "json": "daily/2025-12-23.json",'
        f' "sha256": "{1:064x}", "post": "daily/2025-12-23.md", "page": "daily/2025-12-23.html",'
        ' "vote_record": "votes/2025-12-23.json", "vote_record_sha256": null,'
        ' "raw": null, "earlier_raw": []},\n'
        '    {"date": "2025-12-24", "source": "huggingface", "count": 2, "votes": 2,'
        ' "top": {"id": "2512.00002", "title": "Paper 2", "votes": 2},'
        ' "updated_at": "2025-12-24T14:00:00Z", "json": "daily/2025-12-24.json",'
        f' "sha256": "{0:064x}", "post": "daily/2025-12-24.md", "page": "daily/2025-12-24.html",'
        ' "vote_record": "votes/2025-12-24.json", "vote_record_sha256": null,'
        ' "raw": null, "earlier_raw": []}\n'
        "  ]\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("brought", "earlier", "raw"),
    [("", "", None), ("a", "", "a"), ("abc", "ab", "c")],
)
def test_the_payloads_of_an_edition(brought: str, earlier: str, raw: str | None) -> None:
    made = catalog.with_edition(
        Month(DECEMBER), MonthEdition(edition(paper()), "0" * 64, NOW, tuple(brought))
    )
    told = json.loads(index.render_month(made, Neighbours()))
    (entry,) = told["editions"]
    assert (entry["earlier_raw"], entry["raw"]) == (list(earlier), raw)
    MONTH_SCHEMA.validate(told)


@settings(deadline=None)
@given(st.sets(st.integers(0, 30), min_size=1, max_size=6), st.none() | days, st.none() | days)
def test_any_month_keeps_to_its_schema_and_its_links_read_back(
    numbers: set[int], before: date | None, after: date | None
) -> None:
    listed, near = [DECEMBER + timedelta(days=n) for n in numbers], Neighbours(before, after)
    made = month(*(edition(paper(), day=day) for day in listed))
    body = index.render_month(made, near)
    MONTH_SCHEMA.validate(json.loads(body))
    assert list(index.read_links(body).items()) == list(catalog.links(sorted(listed), near).items())


INDEXES: dict[str, tuple[bytes, Callable[[bytes], object], jsonschema.Draft202012Validator]] = {
    "months": (index.render_root(root(NOVEMBER)), index.read_root, ROOT_SCHEMA),
    "editions": (index.render_month(FULL, EDGES), index.read_links, MONTH_SCHEMA),
}


@pytest.mark.parametrize(
    ("entries", "changes", "of_entry"),
    [
        ("months", {"schema_version": 2}, {}),
        ("months", {"schema_version": "1"}, {}),
        ("months", {"schema_version": None}, {}),
        ("months", {"months": {"2025-12": 1}}, {}),
        ("months", {"months": [None]}, {}),
        ("months", {"files": [1]}, {}),
        ("months", {"release": 1}, {}),
        ("months", {}, {"month": "2025-13"}),
        ("months", {}, {"first": None}),
        ("months", {}, {"last": "2025-11-31"}),
        ("months", {}, {"editions": -1}),
        ("editions", {"schema_version": 2}, {}),
        ("editions", {"schema_version": None}, {}),
        ("editions", {"editions": {"2025-12-24": 1}}, {}),
        ("editions", {"editions": ["2025-12-24"]}, {}),
        ("editions", {"previous": "yesterday"}, {}),
        ("editions", {"next": 20260101}, {}),
        ("editions", {}, {"date": None}),
        ("editions", {}, {"date": "2025-12-32"}),
    ],
)
def test_what_is_no_index_is_refused(
    entries: str, changes: dict[str, object], of_entry: dict[str, object]
) -> None:
    body, read, schema = INDEXES[entries]
    told = json.loads(body)
    assert read(body)
    assert schema.is_valid(told)
    told[entries][0].update(of_entry)
    told |= changes
    assert not schema.is_valid(told)
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        read(json.dumps(told).encode())


@pytest.mark.parametrize("read", [index.read_root, index.read_links])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff"])
def test_what_is_no_document_is_refused(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of its kinds)
        read(body)
