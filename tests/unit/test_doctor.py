"""Archives, broken in each way: what the doctor finds, what it advises, and what a repair does."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from core import publish
from core.archive import health
from core.archive.doctor import examine
from core.archive.health import Check, Finding, Health, Level
from core.archive.recovery import recover
from core.archive.withdraw import withdraw
from core.model import keys
from core.model.errors import StoreError
from core.model.objects import Artifact, StoredObject
from core.model.ports import Ports
from core.model.report import Action, RunRequest
from core.model.style import PostStyle
from core.render import dataset
from handler import bootstrap
from tests.support.fakes import FakeSource, MemoryStore, answer, entry, ports

# A Friday, the Monday after, and the two days behind it.
NOVEMBER, FIRST, SECOND, THIRD = (date(2025, 11, 28), *(date(2025, 12, n) for n in (1, 2, 3)))
DAYS = (NOVEMBER, FIRST, SECOND, THIRD)
NOW = datetime(2025, 12, 4, 1, tzinfo=UTC)
SITE_URL = "https://papers.example"
MORNING, EVENING = timedelta(hours=8), timedelta(hours=20)
Run = tuple[date, timedelta, bytes]
RUNS: Sequence[Run] = (
    (NOVEMBER, MORNING, answer(entry(1), entry(2))),
    (FIRST, MORNING, answer(entry(3), entry(4))),
    (SECOND, MORNING, answer(entry(5), entry(6))),
    (SECOND, EVENING, answer(entry(5, upvotes=9), entry(6), entry(7))),
    (THIRD, MORNING, answer(entry(8))),
)


def real(store: MemoryStore, style: PostStyle | None = None, site: str = SITE_URL) -> Ports:
    """Return the ports with what renders the bundled templates."""
    return replace(
        ports(FakeSource({}), store),
        renderer=lambda: bootstrap.renderer(style or PostStyle()),
        site=lambda: bootstrap.site("ko", site),
        feeds=lambda: bootstrap.feeds("ko", site),
        schemas={key: (bootstrap.root() / key).read_bytes() for key in keys.SCHEMAS},
    )


def publish_runs(store: MemoryStore, runs: Iterable[Run] = RUNS) -> MemoryStore:
    for day, hours, body in runs:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + hours
        ours = replace(real(store), source=FakeSource({day: body}))
        assert publish.run(RunRequest((day,), now), ours).errors() == []
    return store


WHOLE = publish_runs(MemoryStore()).objects
RAW = sorted(key for key in WHOLE if key.startswith(keys.RAW))
RAW_OF = {day: [key for key in RAW if str(day) in key] for day in DAYS}


def archive() -> MemoryStore:
    """Return an archive that the runs made."""
    store = MemoryStore()
    store.objects = dict(WHOLE)
    return store


def broken(key: str, body: bytes | None) -> MemoryStore:
    """Return the archive with another body under a key, or none."""
    store = archive()
    store.objects.pop(key, None)
    if body is not None:
        store.objects[key] = keys.artifact(key, body)
    return store


def bad(found: Health) -> list[Finding]:
    return [finding for finding in found.findings if finding.level != Level.RIGHT]


def test_a_whole_archive_is_right_and_is_only_read() -> None:
    store = archive()
    found = examine(NOW, real(store))
    assert bad(found) == []
    assert [finding.check for finding in found.findings] == list(Check)
    assert (store.puts, store.objects) == ([], WHOLE)
    counts = {finding.check: finding.count for finding in found.findings}
    assert (counts[Check.EDITIONS], counts[Check.RECORDS], counts[Check.PAYLOADS]) == (4, 4, 5)
    assert (counts[Check.MONTHS], counts[Check.INDEXES], counts[Check.FEEDS]) == (2, 3, 4)


E, R, PAGE = keys.edition_json, keys.vote_record, keys.edition_page
MONTH, INDEX = keys.month_json(FIRST), keys.month_index(FIRST)
# The history of votes is in the records alone, and when a paper came is in the feed alone.
LOST_WITH = {
    R(SECOND): {R(SECOND), MONTH, INDEX, PAGE(SECOND), keys.dataset_votes(FIRST)},
    keys.PAPERS_JSON: {keys.PAPERS_JSON, keys.PAPERS_ATOM},
    **{key: {key} for key in RAW},
}


def differing(store: MemoryStore) -> set[str]:
    """Return the keys of what is not as in the whole archive."""
    bodies = store.bodies()
    return {key for key in bodies.keys() | WHOLE if bodies.get(key) != WHOLE[key].body}


@pytest.mark.parametrize("body", [None, b"", b"{", b"garbage"])
@pytest.mark.parametrize("key", sorted(WHOLE))
def test_what_is_lost_or_broken_is_found_and_comes_back_byte_for_byte_where_anything_tells_it(
    key: str, body: bytes | None
) -> None:
    store = broken(key, body)
    found = examine(NOW, real(store))
    assert (store.puts, differing(store)) == ([], {key})
    assert key in {one for finding in bad(found) for one in finding.keys}
    assert all(finding.level == Level.WRONG and finding.remedy for finding in bad(found))
    list(recover(found, NOW, real(store)))
    assert differing(store) == LOST_WITH.get(key, set())
    left = bad(examine(NOW, real(store)))
    assert [one.check for one in left] == ([Check.PAYLOADS] if key in RAW else [])


def damaged(key: str, old: bytes, new: bytes) -> MemoryStore:
    """Return the archive with an object that still looks whole, and says something else."""
    body = WHOLE[key].body
    assert old in body
    return broken(key, body.replace(old, new))


def found_of(store: MemoryStore, check: Check) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return problem, remedy and keys of what is found of one kind, but what is right."""
    findings = examine(NOW, real(store)).findings
    return [
        (one.problem, one.remedy, one.keys)
        for one in findings
        if one.check == check and one.level == Level.WRONG
    ]


JSON_FEED, SHEET = keys.FEED_JSON, next(key for key in WHOLE if key.endswith(".css"))
FETCH = f"paperboy run --date {FIRST}"


@pytest.mark.parametrize(
    ("key", "body", "check", "problem", "remedy"),
    [
        (E(FIRST), None, Check.EDITIONS, health.MISSING, health.REPAIR),
        (E(FIRST), b"[]", Check.EDITIONS, health.BROKEN, health.REPAIR),
        (E(FIRST), WHOLE[E(SECOND)].body, Check.EDITIONS, health.BROKEN, health.REPAIR),
        (R(FIRST), None, Check.RECORDS, health.MISSING, health.ANEW),
        (R(FIRST), b"{}", Check.RECORDS, health.BROKEN, health.ANEW),
        (RAW[0], None, Check.PAYLOADS, health.MISSING, health.RESTORE),
        (RAW[0], b"x", Check.PAYLOADS, health.BROKEN, health.RESTORE),
        (RAW[0], WHOLE[RAW[1]].body, Check.PAYLOADS, health.BROKEN, health.RESTORE),
        (MONTH, None, Check.MONTHS, health.MISSING, health.SITE),
        (MONTH, b"", Check.MONTHS, health.BROKEN, health.SITE),
        (MONTH, WHOLE[MONTH].body + b" ", Check.MONTHS, health.STALE, health.REPAIR),
        (INDEX, None, Check.INDEXES, health.MISSING, health.SITE),
        (keys.ROOT_INDEX, b"{", Check.INDEXES, health.BROKEN, health.SITE),
        (keys.edition_post(FIRST), None, Check.POSTS, health.MISSING, health.SITE),
        (keys.edition_post(FIRST), b"x", Check.POSTS, health.BROKEN, health.SITE),
        (keys.month_post(FIRST), b"---\n", Check.POSTS, health.STALE, health.SITE),
        (PAGE(FIRST), WHOLE[PAGE(FIRST)].body[:-9], Check.PAGES, health.BROKEN, health.SITE),
        (PAGE(FIRST), WHOLE[PAGE(SECOND)].body, Check.PAGES, health.STALE, health.SITE),
        (keys.HOME, None, Check.PAGES, health.MISSING, health.SITE),
        (keys.search_shard(FIRST), b"{}", Check.SEARCH, health.STALE, health.SITE),
        (keys.dataset_papers(FIRST), dataset.NOTHING, Check.DATASET, health.STALE, health.SITE),
        (keys.FEED_ATOM, b"<feed", Check.FEEDS, health.BROKEN, health.SITE),
        (keys.FEED_ATOM, WHOLE[keys.PAPERS_ATOM].body, Check.FEEDS, health.STALE, health.SITE),
        (keys.LATEST_JSON, WHOLE[E(FIRST)].body, Check.FRONT, health.STALE, health.SITE),
        (keys.SITEMAP, None, Check.FRONT, health.MISSING, health.SITE),
        (SHEET, None, Check.FIXED, health.MISSING, health.SITE),
        (keys.ROBOTS, b"", Check.FIXED, health.STALE, health.SITE),
    ],
)
def test_each_finding_names_its_object_and_its_remedy(
    key: str, body: bytes | None, check: Check, problem: str, remedy: str
) -> None:
    assert (problem, remedy, (key,)) in found_of(broken(key, body), check)


def test_what_no_payload_brings_back_is_to_be_fetched_again() -> None:
    store = broken(E(FIRST), b"{")
    del store.objects[RAW_OF[FIRST][0]]
    assert found_of(store, Check.EDITIONS) == [(health.BROKEN, FETCH, (E(FIRST),))]
    list(recover(examine(NOW, real(store)), NOW, real(store)))
    assert store.bodies()[E(FIRST)] == b"{"


def test_an_edition_that_says_something_else_is_found_and_never_replaced() -> None:
    store = damaged(E(FIRST), b"Paper 3", b"Paper X")
    forced = f"{FETCH} --force"
    assert found_of(store, Check.EDITIONS) == [(health.OTHER, forced, (E(FIRST),))]
    before = store.bodies()[E(FIRST)]
    list(recover(examine(NOW, real(store)), NOW, real(store)))
    assert store.bodies()[E(FIRST)] == before
    # Its vote record still tells that nobody published it.
    assert found_of(store, Check.EDITIONS) == [(health.UNKNOWN, forced, (E(FIRST),))]
    ours = replace(real(store), source=FakeSource({FIRST: RUNS[1][2]}))
    publish.run(RunRequest((FIRST,), datetime(2025, 12, 1, 9, tzinfo=UTC), force=True), ours)
    assert found_of(store, Check.EDITIONS) == []


def test_a_month_that_an_edition_has_not_come_to_is_brought_up_to_date() -> None:
    store = archive()
    before = publish_runs(MemoryStore(), [*RUNS[:3], *RUNS[4:]]).objects
    store.objects |= {MONTH: before[MONTH]}
    assert (health.OTHER, health.SITE, (E(SECOND),)) in found_of(store, Check.EDITIONS)
    assert (health.OTHER, health.SITE, (R(SECOND),)) in found_of(store, Check.RECORDS)
    list(recover(examine(NOW, real(store)), NOW, real(store)))
    assert differing(store) == set()


def test_editions_come_back_also_when_their_month_is_lost_with_them() -> None:
    store = archive()
    for key in (MONTH, E(FIRST), E(SECOND), E(THIRD), PAGE(FIRST)):
        del store.objects[key]
    found = examine(NOW, real(store))
    assert found.broken == (FIRST, SECOND, THIRD)
    changed = {
        one.key for one in recover(found, NOW, real(store)) if one.action != Action.UNCHANGED
    }
    assert differing(store) == set()
    assert {E(FIRST), E(SECOND), E(THIRD), MONTH} <= changed


def test_findings_of_a_kind_are_one_with_their_number_and_the_first_three() -> None:
    store = archive()
    for day in DAYS:
        del store.objects[E(day)]
        for key in RAW_OF[day]:
            del store.objects[key]
    (editions,) = [one for one in examine(NOW, real(store)).findings if one.check == Check.EDITIONS]
    assert (editions.count, editions.keys) == (4, tuple(E(day) for day in DAYS[:3]))
    dates = " ".join(f"--date {day}" for day in DAYS[:3])
    assert editions.remedy == f"paperboy run {dates} …"


@pytest.mark.parametrize(
    ("gone", "days", "span"),
    [
        ((FIRST,), (FIRST,), (FIRST, FIRST)),
        ((FIRST, SECOND), (FIRST, SECOND), (FIRST, SECOND)),
        # What is before the oldest or after the newest is no gap.
        ((NOVEMBER,), (), ()),
        ((THIRD,), (), ()),
    ],
)
def test_weekdays_without_an_edition_are_noted_with_the_backfill_that_brings_them(
    gone: Sequence[date], days: Sequence[date], span: Sequence[date]
) -> None:
    store = publish_runs(MemoryStore(), [run for run in RUNS if run[0] not in gone])
    found = bad(examine(NOW, real(store)))
    names = tuple(map(str, days))
    remedy = "paperboy backfill --from {} --to {}".format(*span) if span else ""
    gaps = Finding(Check.WEEKDAYS, Level.NOTED, health.GAPS, remedy, len(days), names)
    assert found == ([gaps] if days else [])


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 12, 26), True),
        (date(2025, 12, 27), False),
        (date(2025, 12, 28), False),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
        (date(2026, 1, 2), True),
    ],
)
def test_weekends_and_the_first_of_january_are_no_gaps(day: date, expected: bool) -> None:
    assert health.is_weekday(day) is expected


@pytest.mark.parametrize("day", [SECOND, THIRD])
def test_an_edition_that_no_month_lists_is_found_and_brought_in(day: date) -> None:
    store = publish_runs(MemoryStore(), [run for run in RUNS if run[0] != day])
    own = {E(day), R(day), keys.edition_post(day), *RAW_OF[day]}
    store.objects |= {key: WHOLE[key] for key in own}
    remedy = f"paperboy backfill --from {day} --to {day}"
    assert found_of(store, Check.EDITIONS) == [(health.UNLISTED, remedy, (E(day),))]
    list(recover(examine(NOW, real(store)), NOW, real(store)))
    assert bad(examine(NOW, real(store))) == []
    assert PAGE(day) in store.objects


def test_what_leads_to_editions_that_are_not_there_is_found() -> None:
    store, less = archive(), publish_runs(MemoryStore(), RUNS[:-1]).objects
    store.objects = less | {key: WHOLE[key] for key in (keys.LATEST_JSON, keys.FEED_JSON)}
    store.objects[keys.dataset_papers(FIRST)] = WHOLE[keys.dataset_papers(FIRST)]
    assert (health.PHANTOM, health.REMOVE, (JSON_FEED,)) in found_of(store, Check.FEEDS)
    (rows,) = found_of(store, Check.DATASET)
    assert rows == (health.PHANTOM, health.REMOVE, (keys.dataset_papers(FIRST),))
    root = WHOLE[keys.ROOT_INDEX]
    store = publish_runs(MemoryStore(), RUNS[:1])
    store.objects[keys.ROOT_INDEX] = root
    (phantom,) = [one for one in found_of(store, Check.INDEXES) if one[0] == health.PHANTOM]
    assert phantom[1:] == (f"paperboy backfill --from {FIRST} --to {FIRST}", (E(FIRST),))


def test_latest_may_not_be_ahead_of_what_is_listed() -> None:
    store, less = archive(), publish_runs(MemoryStore(), RUNS[:-1]).objects
    store.objects = less | {key: WHOLE[key] for key in (keys.LATEST_JSON, E(THIRD))}
    remedy = f"paperboy backfill --from {THIRD} --to {THIRD}"
    assert found_of(store, Check.FRONT) == [(health.AHEAD, remedy, (keys.LATEST_JSON,))]


@pytest.mark.parametrize(
    ("style", "site", "checks"),
    [
        (PostStyle(author="Ada"), SITE_URL, {Check.POSTS}),
        (
            PostStyle(),
            "https://other.example",
            {Check.PAGES, Check.INDEXES, Check.FEEDS, Check.FRONT, Check.FIXED},
        ),
    ],
)
def test_what_was_made_with_other_settings_is_noted_and_what_is_broken_is_still_wrong(
    style: PostStyle, site: str, checks: set[Check]
) -> None:
    found = examine(NOW, real(archive(), style, site))
    assert {one.check for one in bad(found)} == checks
    assert {(one.level, one.problem) for one in bad(found)} == {(Level.NOTED, health.FOREIGN)}
    assert found.is_foreign
    for key in (keys.edition_post(FIRST), PAGE(FIRST), JSON_FEED, keys.SITEMAP):
        wrong = examine(NOW, real(broken(key, b"x"), style, site)).findings
        assert [one.keys for one in wrong if one.level == Level.WRONG] == [(key,)]


@pytest.mark.parametrize("paper", [None, "2512.00006"])
def test_what_is_withdrawn_is_right(paper: str | None) -> None:
    store = archive()
    withdraw(SECOND, paper, datetime(2025, 12, 3, 9, tzinfo=UTC), real(store))
    found = examine(NOW, real(store))
    assert bad(found) == []
    before = store.bodies()
    list(recover(found, NOW, real(store)))
    assert store.bodies() == before


@pytest.mark.parametrize("paper", [None, "2512.00006"])
@pytest.mark.parametrize("key", [*RAW_OF[SECOND], keys.edition_page(SECOND)])
def test_what_was_withdrawn_and_is_there_again_is_found(key: str, paper: str | None) -> None:
    store = archive()
    later = datetime(2025, 12, 3, 9, tzinfo=UTC)
    withdraw(SECOND, paper, later, real(store))
    store.objects[key] = WHOLE[key]
    (found,) = bad(examine(NOW, real(store)))
    assert (found.level, found.keys) == (Level.WRONG, (key,))
    if key.startswith(keys.RAW) or not paper:
        assert found.remedy.startswith(f"paperboy withdraw --date {SECOND}")
        withdraw(SECOND, paper, later, real(store))
    else:
        list(recover(examine(NOW, real(store)), NOW, real(store)))
    assert told(store, b"Paper 6") == []


def test_what_is_withdrawn_is_right_for_who_has_other_settings() -> None:
    store = archive()
    withdraw(SECOND, None, datetime(2025, 12, 3, 9, tzinfo=UTC), real(store))
    found = examine(NOW, real(store, site="https://elsewhere.example"))
    assert {one.level for one in bad(found)} == {Level.NOTED}


class Interrupted(Exception):
    """The process ended."""


class EndingStore(MemoryStore):
    """A store whose user is no more after so many puts."""

    left = 0

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if self.left == 0:
            raise Interrupted
        self.left -= 1
        super().put(artifact, replaces=replaces)


def told(store: MemoryStore, text: bytes) -> list[str]:
    """Return the keys of the objects that hold a text."""
    bodies = store.bodies().items()
    plain = {key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies}
    return [key for key, body in plain.items() if text in body]


@pytest.mark.parametrize("paper", [None, "2512.00006"])
def test_a_withdrawal_that_ended_midway_is_found_until_nothing_is_left(paper: str | None) -> None:
    puts, ended, later = 0, False, datetime(2025, 12, 3, 9, tzinfo=UTC)
    while not ended:
        store = EndingStore()
        store.objects, store.left = dict(WHOLE), puts
        try:
            withdraw(SECOND, paper, later, real(store))
            ended = True
        except Interrupted:
            pass
        store.left = -1
        found = examine(NOW, real(store))
        list(recover(found, NOW, real(store)))
        after = examine(NOW, real(store))
        remedies = {one.remedy for one in bad(after)}
        command = f"paperboy withdraw --date {SECOND}" + (f" --paper {paper}" if paper else "")
        # Without its mark, the edition stands as it was.
        assert command in remedies or not (puts and told(store, b"Paper 6")), puts
        # Not what brings other archives in order.
        told_first = {one.remedy for one in bad(found)} | remedies
        assert not any(one.startswith(("paperboy run", "remove")) for one in told_first), puts
        withdraw(SECOND, paper, later, real(store))
        assert told(store, b"Paper 6") == []
        assert bad(examine(NOW, real(store))) == []
        puts += 1
    assert puts > 15


def test_an_archive_without_editions_has_none() -> None:
    found = examine(NOW, real(MemoryStore()))
    assert found.findings == (Finding(Check.EDITIONS, Level.WRONG, health.MISSING, "paperboy run"),)
    assert list(recover(found, NOW, real(MemoryStore()))) == []


class Watched(MemoryStore):
    """A store that refuses one key, and counts what is asked of it."""

    def __init__(self, refused: str = "") -> None:
        super().__init__()
        self.objects, self.refused = dict(WHOLE), refused

    def get(self, key: str) -> StoredObject | None:
        if key == self.refused:
            raise StoreError("AccessDenied", key)
        return super().get(key)


def test_a_store_that_fails_is_no_finding() -> None:
    with pytest.raises(StoreError, match="AccessDenied"):
        examine(NOW, real(Watched(PAGE(FIRST))))


def test_an_object_is_read_about_once_and_who_watches_hears_of_each_month() -> None:
    store, heard = Watched(), list[str]()
    examine(NOW, real(store), heard.append)
    assert (heard[0], heard[-1]) == ("2023-05", "2025-12")
    assert all(store.gets.count(key) == 1 for key in (R(FIRST), PAGE(FIRST), RAW[0]))
    assert max(store.gets.count(key) for key in WHOLE) <= 4


def test_a_month_that_sums_up_otherwise_is_rendered_again() -> None:
    store = damaged(MONTH, b'"mean_votes": ', b'"mean_votes": 1')
    found = examine(NOW, real(store))
    assert found.untidy == (FIRST,)
    changed = [one for one in recover(found, NOW, real(store)) if one.action != Action.UNCHANGED]
    assert ([one.key for one in changed], differing(store)) == ([MONTH], set())


def test_an_edition_comes_back_only_to_the_byte() -> None:
    told = sha256(WHOLE[E(FIRST)].body).hexdigest().encode()
    store = damaged(MONTH, told, b"0" * 64)
    del store.objects[E(FIRST)]
    found = examine(NOW, real(store))
    assert found.broken == ()
    list(recover(found, NOW, real(store)))
    assert E(FIRST) not in store.objects


def test_no_more_than_a_month_is_held() -> None:
    store = Watched()
    examine(NOW, real(store))
    # Once with its month, and again for the feeds, which come last.
    assert (store.gets.count(E(NOVEMBER)), store.gets.count(PAGE(NOVEMBER))) == (2, 1)
