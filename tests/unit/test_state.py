"""What the archive knows of itself: its JSON, its size, and what follows from it."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.archive.state import (
    Archive,
    Lease,
    ManifestEntry,
    MonthState,
    Root,
    RootMonth,
    digest,
    entry_of,
    span_of,
)
from core.archive.state_json import (
    read_month,
    read_newest,
    read_root,
    render_month,
    render_newest,
    render_root,
)
from core.model import dates, keys
from core.model.fields import MOST_COUNTED
from core.model.objects import StoredObject
from core.model.paper import Edition, Organization, Origin, Paper
from core.model.period import Kind, MonthEdition, Neighbours
from core.model.report import Totals
from core.model.topic import Match, Newest, Reason, TopicPaper
from core.model.votes import Rise, Rising, Version
from core.render import json as edition_json
from tests.support.papers import DAY, NOW, edition, history, paper

NOVEMBER, DECEMBER, JANUARY = date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
words = st.text('abc 한👍"\\', min_size=1, max_size=9)
times = st.datetimes(datetime(2023, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
days = st.dates(date(2023, 5, 4), date(2040, 1, 1))
manifests = st.dictionaries(words, st.builds(ManifestEntry, text, text), max_size=3)
leases = st.builds(Lease, text, st.floats(0, 2e9), st.lists(days, max_size=3).map(tuple), text)
totals = st.none() | st.builds(Totals, st.integers(0, 99), st.integers(0, 99))
counts = st.lists(st.integers(0, 99), min_size=1, max_size=31).map(tuple)
root_months = st.builds(
    RootMonth,
    days.map(dates.first_of_month),
    days,
    days,
    st.integers(0, 31),
    text,
    totals,
    st.dictionaries(words, counts, max_size=3),
)
roots = st.builds(
    Root,
    st.integers(0, MOST_COUNTED),
    st.none() | leases,
    text,
    st.lists(root_months, max_size=3).map(tuple),
    manifests,
)
papers = st.builds(
    Paper,
    id=words,
    title=words,
    ai_keywords=st.lists(words, max_size=3).map(tuple),
    organization=st.none() | st.builds(Organization, st.none() | words, st.none() | words),
    votes=st.none() | st.integers(0, 9),
)
rises = st.builds(Rise, words, st.integers(1, 9), st.integers(-9, 9))
risings = st.builds(
    Rising,
    days,
    times,
    times,
    st.lists(rises, max_size=3, unique_by=lambda one: one.paper_id).map(tuple),
)


def dated(entry: MonthEdition) -> MonthEdition:
    """Return an entry whose rising papers are of its own day."""
    return replace(
        entry,
        rising=entry.rising and replace(entry.rising, day=entry.day),
        overnight=entry.overnight and replace(entry.overnight, day=entry.day),
    )


reasons = st.lists(st.builds(Reason, words, words), max_size=3).map(tuple)
matches = st.lists(
    st.builds(Match, words, reasons), max_size=3, unique_by=lambda match: match.topic
).map(tuple)
topic_papers = st.builds(
    TopicPaper,
    days,
    st.integers(1, 99),
    st.builds(
        replace,
        papers,
        authors=st.lists(words, max_size=3).map(tuple),
        ai_summary=st.none() | words,
    ),
    reasons,
    times,
)
entries = st.builds(
    MonthEdition,
    edition=st.builds(
        Edition,
        days,
        st.lists(papers, max_size=3).map(tuple),
        st.sampled_from(Origin),
        st.lists(words, max_size=2).map(tuple),
        st.none() | times,
    ),
    digest=text,
    etag=text,
    history_digest=text,
    history_etag=text,
    published_at=st.none() | times,
    rising=st.none() | risings,
    overnight=st.none() | risings,
    raw=st.lists(words, max_size=2).map(tuple),
    post_blob=text,
    topics=st.dictionaries(words, matches, max_size=3),
).map(dated)
months = st.builds(
    MonthState,
    st.just(DECEMBER),
    st.lists(entries, max_size=3).map(tuple),
    text,
    text,
    totals,
    manifests,
)


@given(roots)
def test_a_root_is_read_as_it_was_written(root: Root) -> None:
    assert read_root(render_root(root)) == root


@given(months)
def test_a_month_is_read_as_it_was_written(month: MonthState) -> None:
    assert read_month(render_month(month), DECEMBER) == month


@given(st.dictionaries(words, st.lists(topic_papers, max_size=3).map(tuple), max_size=3))
def test_newest_papers_are_read_as_they_were_written(newest: Newest) -> None:
    assert read_newest(render_newest(newest)) == newest


ROOT = Root(
    3,
    Lease("t", 1.0, (DAY,), "host 1"),
    "r",
    (RootMonth(DECEMBER, DAY, DAY, 1, "e", Totals(1, 9)),),
    {keys.HOME: ManifestEntry("d", "e")},
)
MONTH = MonthState(
    DECEMBER,
    (MonthEdition(edition(paper(1), updated_at=NOW), "d", raw=("raw",), published_at=NOW),),
    "r",
    "blob",
    Totals(1, 9),
    {keys.month_page(DECEMBER): ManifestEntry("d", "e")},
)


def reading_december(body: bytes) -> MonthState:
    return read_month(body, DECEMBER)


@pytest.mark.parametrize(
    ("whole", "read"),
    [(render_root(ROOT), read_root), (render_month(MONTH), reading_december)],
)
def test_anything_else_is_a_value_error(whole: bytes, read: Callable[[bytes], object]) -> None:
    document = json.loads(whole)
    broken: list[bytes] = [b"", b"{", b"[]", b"1", b'"a"', b"null", b"<html>", b"\xff", b"{}"]
    broken += [whole[: len(whole) * part // 9] for part in range(9)]
    broken += [b"[" * 100_000, b'{"schema_version":' + b"[" * 100_000]
    for name in document:
        others: list[object] = [None, 7, "x", [1], {"x": 1}, [None], {"x": {}}, [{}]]
        broken += [json.dumps({**document, name: other}).encode() for other in others]
        broken.append(json.dumps({key: document[key] for key in document if key != name}).encode())
    for body in broken:
        # Where a value of another type is taken, nothing is raised.
        with suppress(ValueError):
            read(body)


MANY = [10**400, 10**9 + 1, -1, inf]


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize(
    ("document", "before", "read"),
    [
        (ROOT, '"serial":3', read_root),
        (ROOT, '"editions":1', read_root),
        (MONTH, '"votes":1', reading_december),
    ],
)
def test_a_number_beyond_its_limit_is_not_read(
    document: Root | MonthState,
    before: str,
    read: Callable[[bytes], object],
    many: float,
) -> None:
    whole = render_root(document) if isinstance(document, Root) else render_month(document)
    name, _, _ = before.partition(":")
    broken = whole.replace(before.encode(), f"{name}:{json.dumps(many)}".encode())
    assert broken != whole
    assert read(whole)
    with pytest.raises(ValueError, match=r"is more than|not a count"):
        read(broken)


def test_a_lease_of_many_digits_is_not_read() -> None:
    whole = render_root(ROOT)
    broken = whole.replace(b'"until":1.0', f'"until":{10**400}'.encode())
    assert broken != whole
    with pytest.raises(ValueError, match="this is not the root state"):
        read_root(broken)


def test_another_version_is_not_read() -> None:
    for whole, read in ((render_root(ROOT), read_root), (render_month(MONTH), reading_december)):
        with pytest.raises(ValueError, match="schema_version"):
            read(whole.replace(b'"schema_version":1', b'"schema_version":2'))


def test_another_months_state_is_not_read() -> None:
    with pytest.raises(ValueError, match="2025-12"):
        read_month(render_month(MONTH), NOVEMBER)


ETAG = '"d41d8cd98f00b204e9800998ecf8427e"'
ENTRY = ManifestEntry(digest(b""), ETAG)


def test_the_size_of_a_root_after_ten_years() -> None:
    firsts = dates.months_until(date(2033, 5, 1))
    front = [keys.HOME, *keys.SCHEMAS, *(f"static/{n:032}.js" for n in range(20))]
    lease = Lease("0" * 32, 1e9, tuple(DAY + timedelta(days=n) for n in range(31)))
    root = Root(
        10**6,
        lease,
        digest(b""),
        tuple(
            RootMonth(first, first, first.replace(day=28), 23, ETAG, Totals(700, 12_345))
            for first in firsts
        ),
        dict.fromkeys(front, ENTRY),
    )
    assert len(firsts) > 120
    assert len(render_root(root)) <= 25_000


def test_the_size_of_a_month_of_700_papers() -> None:
    entries: list[MonthEdition] = []
    manifest: dict[str, ManifestEntry] = {}
    for number in range(1, 24):
        day = date(2025, 12, number)
        title = "A Title of a Paper That Is as Long as Titles of Papers Usually Are: Really"
        keywords = ("large language models", "reinforcement learning", "benchmark") * 2
        made = [paper(n, title=title, ai_keywords=keywords) for n in range(31)]
        body = edition_json.render(edition(*made, day=day))
        stored = StoredObject(body, ETAG)
        entries.append(
            entry_of(edition(*made, day=day, updated_at=NOW), stored, post_blob="0" * 40)
        )
        manifest |= dict.fromkeys(keys.of_day(day), ENTRY)
    for week in range(5):
        keys_of_week = (keys.week_json, keys.week_post, keys.week_page, keys.week_bibtex)
        manifest |= {key(DECEMBER + timedelta(weeks=week)): ENTRY for key in keys_of_week}
    totals = Totals(700, 12_345)
    month = MonthState(DECEMBER, tuple(entries), digest(b""), "0" * 40, totals, manifest)
    assert len(render_month(month)) <= 400_000


def shown(day: date, *withdrawn: str) -> MonthEdition:
    """Return an edition that is shown, unless something was withdrawn."""
    papers = () if withdrawn else (paper(1),)
    return MonthEdition(replace(edition(*papers, day=day), withdrawn=withdrawn), str(day))


def archive(*entries: MonthEdition) -> Archive:
    made = Archive()
    for entry in entries:
        made = made.with_edition(entry)
    return made


DAYS = [date(2025, 11, 3), date(2025, 11, 28), date(2025, 12, 1), date(2025, 12, 5), JANUARY]


@pytest.mark.parametrize(
    ("day", "previous", "following"),
    [
        (date(2025, 11, 3), None, date(2025, 11, 28)),
        (date(2025, 11, 28), date(2025, 11, 3), date(2025, 12, 1)),
        (date(2025, 12, 1), date(2025, 11, 28), date(2025, 12, 5)),
        (date(2025, 12, 2), date(2025, 12, 1), date(2025, 12, 5)),
        (date(2025, 12, 31), date(2025, 12, 5), JANUARY),
        (JANUARY, date(2025, 12, 5), None),
    ],
)
def test_neighbours_of_a_day(day: date, previous: date | None, following: date | None) -> None:
    made = archive(*map(shown, DAYS))
    assert made.neighbours(day) == Neighbours(previous, following)
    # The other months need not be read.
    first = dates.first_of_month(day)
    alone = Archive(made.root, {first: made.months[first]})
    assert alone.neighbours(day) == Neighbours(previous, following)


def test_withdrawn_editions_are_nobodys_neighbours() -> None:
    made = archive(*map(shown, DAYS[:2]), shown(DAYS[2], "*"), shown(JANUARY))
    assert made.neighbours(DAYS[1]).next == JANUARY
    assert made.months_around(NOVEMBER) == Neighbours(None, JANUARY)
    assert made.months_around(JANUARY) == Neighbours(NOVEMBER, None)
    assert [span.first for span in made.root.spans()] == [NOVEMBER, JANUARY]
    assert [month.first for month in made.root.months] == [NOVEMBER, DECEMBER, JANUARY]
    assert not made.is_shown(DAYS[2])


def test_the_newest_editions_and_their_months() -> None:
    made = archive(*map(shown, DAYS))
    assert made.newest(3) == DAYS[:1:-1]
    assert made.newest(9) == DAYS[::-1]
    assert made.months_of_newest(1) == [JANUARY]
    assert made.months_of_newest(3) == [JANUARY, DECEMBER]
    unread = Archive(made.root, {JANUARY: made.months[JANUARY]})
    assert unread.newest(3) == [JANUARY]


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2025, 11, 24), [date(2025, 11, 28)]),
        (date(2025, 12, 1), [date(2025, 12, 1), date(2025, 12, 5)]),
        (date(2025, 12, 8), []),
        (date(2025, 12, 29), [date(2025, 12, 31), JANUARY]),
    ],
)
def test_the_editions_of_a_week(monday: date, expected: list[date]) -> None:
    withdrawn = shown(date(2025, 12, 2), "*")
    week = archive(*map(shown, [*DAYS, date(2025, 12, 31)]), withdrawn).week(monday)
    assert (week.kind, week.first) == (Kind.WEEK, monday)
    assert [entry.day for entry in week.editions] == expected


def test_spans_follow_from_editions() -> None:
    made = archive(shown(DAYS[3]), shown(DAYS[2]), shown(date(2025, 12, 9), "2512.00001"))
    month = made.months[DECEMBER]
    assert span_of(month, "e") == RootMonth(DECEMBER, DAYS[2], DAYS[3], 2, "e")


def test_an_entry_follows_from_the_truth() -> None:
    made = edition(paper(2), paper(1), updated_at=NOW)
    stored = StoredObject(edition_json.render(made), "e1")
    version = Version(NOW - timedelta(hours=1), digest(stored.body), "raw/1")
    past = replace(history({"2512.00001": 1}), versions=(version,))
    entry = entry_of(made, stored, past, StoredObject(b"history", "e2"), "blob")
    assert (entry.digest, entry.etag) == (digest(stored.body), "e1")
    assert (entry.history_digest, entry.history_etag) == (digest(b"history"), "e2")
    assert (entry.published_at, entry.raw) == (version.at, ("raw/1",))
    assert [one.id for one in entry.edition.papers] == ["2512.00002", "2512.00001"]
    assert entry.edition.papers[0].abstract is None
    assert entry_of(made, stored).published_at == NOW


def test_an_entry_has_what_rises() -> None:
    made = edition(paper(1, votes=9), updated_at=NOW)
    stored = StoredObject(edition_json.render(made), "e1")
    votes = [{"2512.00001": count} for count in (1, 3, 9)]
    records = zip((NOW, NOW + timedelta(hours=4), NOW + timedelta(hours=24)), votes, strict=True)
    entry = entry_of(made, stored, replace(history(), records=tuple(records)))
    assert entry.rising
    assert entry.overnight
    assert entry.rising.papers == entry.overnight.papers == (Rise("2512.00001", 6, 0),)
    assert (entry.rising.since, entry.overnight.since) == (NOW + timedelta(hours=4),) * 2


NOVEMBER_24, DECEMBER_1, DECEMBER_29 = (
    date(2025, 11, 24),
    date(2025, 12, 1),
    date(2025, 12, 29),
)


@pytest.mark.parametrize(
    ("days", "monday", "months", "home", "around"),
    [
        ([date(2025, 12, 30), JANUARY], DECEMBER_29, [DECEMBER, JANUARY], DECEMBER, (None, None)),
        ([JANUARY], DECEMBER_29, [JANUARY], JANUARY, (None, None)),
        # Its home is the month of its first edition, whatever other editions the months have.
        ([DECEMBER_1, JANUARY], DECEMBER_29, [DECEMBER, JANUARY], JANUARY, (DECEMBER_1, None)),
        (
            [date(2025, 11, 28), date(2025, 12, 5), JANUARY],
            DECEMBER_1,
            [DECEMBER],
            DECEMBER,
            (NOVEMBER_24, DECEMBER_29),
        ),
    ],
)
def test_where_a_week_belongs(
    days: list[date],
    monday: date,
    months: list[date],
    home: date,
    around: tuple[date | None, date | None],
) -> None:
    made = archive(*map(shown, days))
    assert made.has_week(monday)
    assert not made.has_week(date(2025, 12, 8))
    assert made.months_of_week(monday) == months
    assert made.home_of(monday) == home
    assert made.weeks_around(monday) == Neighbours(*around)
