"""The doctor: what it finds of an archive, the remedy that it names, and its repair."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from core.archive.doctor import Check, Finding, Health, Level, check_of, examine, repair
from core.archive.state import Lease
from core.archive.withdraw import withdraw
from core.edition import raw
from core.model import dates, keys
from core.model.report import RunRequest
from core.render import votes
from tests.support.engine import World, faults
from tests.support.papers import NOW, answer, entry

# Weekdays of two months, in a row.
DAYS = [date(2025, 11, 27), date(2025, 11, 28), date(2025, 12, 1), date(2025, 12, 2)]
FIRST, LAST, TODAY = DAYS[0], DAYS[-1], date(2025, 12, 3)
NOVEMBER, DECEMBER = date(2025, 11, 1), date(2025, 12, 1)
REPAIR, RUN = "paperboy doctor --repair", f"paperboy backfill --from {FIRST} --to {FIRST} --force"
RESTORE = "restore an earlier version of the object, if the bucket keeps them"
NEW = f"{RESTORE}; or begin a new history with: {REPAIR}"


@pytest.fixture
def world() -> World:
    made = World()
    made.publish(*DAYS)
    return made


def found(world: World, *levels: Level) -> list[Finding]:
    health = examine(TODAY, world.ports())
    return [one for one in health.findings if one.level in (levels or (Level.WRONG, Level.NOTED))]


def repaired(world: World) -> Health:
    rebuilt = repair(examine(TODAY, world.ports()), world.ports())
    assert rebuilt.errors == []
    return examine(TODAY, world.ports())


def test_a_healthy_archive(world: World) -> None:
    health = examine(TODAY, world.ports())
    assert [(one.check, one.level) for one in health.findings] == [
        (check, Level.RIGHT) for check in Check if check != Check.TOPICS
    ]
    counts = {one.check: one.count for one in health.findings}
    assert (counts[Check.EDITIONS], counts[Check.HISTORIES], counts[Check.PAYLOADS]) == (4, 4, 4)
    assert (counts[Check.STATE], counts[Check.PERIODS], counts[Check.WEEKDAYS]) == (3, 4, 4)
    assert (health.unreadable, health.is_foreign) == ((), False)


def test_a_healthy_archive_takes_few_requests(world: World) -> None:
    world.store.gets.clear()
    examine(TODAY, world.ports())
    assert world.store.gets == [
        keys.ROOT_STATE, keys.month_state(NOVEMBER), keys.month_state(DECEMBER)
    ]  # fmt: skip


def test_an_empty_store() -> None:
    (finding,) = found(World())
    assert (finding.found, finding.remedy) == ("missing", "paperboy run")


PAGE, POST = keys.edition_page(FIRST), keys.edition_post(FIRST)
WEEK = dates.monday_of(FIRST)
EDITION, HISTORY = keys.edition_json(FIRST), keys.vote_history(FIRST)


@pytest.mark.parametrize("body", [b"edited", None])
@pytest.mark.parametrize(
    ("key", "check"),
    [
        (PAGE, Check.PAGES),
        (keys.HOME, Check.PAGES),
        (keys.month_page(NOVEMBER), Check.PAGES),
        (keys.week_page(WEEK), Check.PAGES),
        (keys.markdown_of(PAGE), Check.PAGES),
        (keys.markdown_of(keys.HOME), Check.PAGES),
        (keys.edition_bibtex(FIRST), Check.BIBTEX),
        (keys.week_bibtex(WEEK), Check.BIBTEX),
        (POST, Check.POSTS),
        (keys.week_post(WEEK), Check.POSTS),
        (keys.month_post(DECEMBER), Check.POSTS),
        (keys.LATEST_POST, Check.POSTS),
        (keys.month_json(DECEMBER), Check.PERIODS),
        (keys.week_json(WEEK), Check.PERIODS),
        (keys.search_shard(DECEMBER), Check.SEARCH),
        (keys.dataset_papers(FIRST), Check.DATASET),
        (keys.FEED_ATOM, Check.FEEDS),
        (keys.PAPERS_JSON, Check.FEEDS),
        (keys.RISING_ATOM, Check.FEEDS),
        (keys.LATEST_JSON, Check.FRONT),
        (keys.SITEMAP, Check.FRONT),
        (keys.month_sitemap(DECEMBER), Check.FRONT),
        (keys.ROOT_INDEX, Check.FRONT),
        (keys.ROBOTS, Check.FIXED),
        (keys.ABOUT_PAGE, Check.FIXED),
        (keys.markdown_of(keys.ABOUT_PAGE), Check.FIXED),
        (keys.LLMS, Check.FIXED),
        (keys.OPML, Check.FIXED),
        (keys.EDITION_SCHEMA, Check.FIXED),
        (keys.FIXED_SITEMAP, Check.FIXED),
    ],
)
def test_derived_objects(world: World, key: str, check: Check, body: bytes | None) -> None:
    world.edit(key, body)
    problem = "changed since they were written" if body else "missing"
    assert found(world) == [Finding(check, Level.WRONG, problem, REPAIR, 1, (key,))]
    assert check_of(key) == check
    assert {one.level for one in repaired(world).findings} == {Level.RIGHT}
    assert faults(world) == []


def no_payload(world: World) -> None:
    world.edit(world.payload(FIRST), None)


def no_truth(world: World) -> None:
    no_payload(world)
    world.edit(EDITION, None)


def by_hand(world: World) -> None:
    """Put another edition, with its history, as a restored backup would."""
    other = World()
    other.publish(FIRST, counts=(9, 8, 7))
    for key in (EDITION, HISTORY):
        world.edit(key, other.body(key))
    world.edit(other.payload(FIRST), other.body(other.payload(FIRST)))


def unlisted(world: World) -> None:
    """Put the truth of a day that no state tells of."""
    other, day = World(), date(2025, 11, 26)
    other.publish(day)
    for key in (keys.edition_json(day), keys.vote_history(day), other.payload(day)):
        world.edit(key, other.body(key))


def left_over(world: World) -> None:
    world.change_root(lease=Lease("other", 0.0, (FIRST,)))


Wrong = list[tuple[Check, str, str]]


@pytest.mark.parametrize(
    ("act", "wrong", "is_repaired"),
    [
        (
            lambda world: world.edit(EDITION, None),
            [(Check.EDITIONS, "missing", REPAIR)],
            True,
        ),
        (
            lambda world: world.edit(EDITION),
            [(Check.EDITIONS, "not readable", REPAIR)],
            True,
        ),
        (
            no_truth,
            [(Check.EDITIONS, "missing", RUN), (Check.PAYLOADS, "missing", RESTORE)],
            False,
        ),
        (no_payload, [(Check.PAYLOADS, "missing", RESTORE)], False),
        (lambda world: world.edit(HISTORY, None), [(Check.HISTORIES, "missing", NEW)], True),
        (lambda world: world.edit(HISTORY), [(Check.HISTORIES, "not readable", NEW)], True),
        (
            by_hand,
            [
                (Check.EDITIONS, "different from the state", REPAIR),
                (Check.HISTORIES, "different from the state", REPAIR),
            ],
            True,
        ),
        (unlisted, [(Check.EDITIONS, "in no month", REPAIR)], True),
        (
            lambda world: world.edit(keys.ROOT_STATE, None),
            [(Check.STATE, "missing", REPAIR)],
            True,
        ),
        (lambda world: world.edit(keys.ROOT_STATE), [(Check.STATE, "not readable", REPAIR)], True),
        (
            lambda world: world.edit(
                keys.month_state(DECEMBER), world.body(keys.month_state(DECEMBER)) + b" "
            ),
            [(Check.STATE, "changed since they were written", REPAIR)],
            True,
        ),
        (left_over, [(Check.STATE, "a run was interrupted", "the next run completes its work")],
         True),
    ],
)  # fmt: skip
def test_truth_and_state(
    world: World, act: Callable[[World], None], wrong: Wrong, is_repaired: bool
) -> None:
    act(world)
    assert [(one.check, one.found, one.remedy) for one in found(world)] == wrong
    if is_repaired:
        assert {one.level for one in repaired(world).findings} == {Level.RIGHT}
        assert faults(world) == []


@pytest.mark.parametrize("body", [None, b"{}"])
def test_a_lost_months_state(world: World, body: bytes | None) -> None:
    """Its editions are in no month then."""
    world.edit(keys.month_state(DECEMBER), body)
    problems = {(one.check, one.remedy) for one in found(world)}
    assert (Check.STATE, REPAIR) in problems
    assert {remedy for _, remedy in problems} == {REPAIR}
    assert {one.level for one in repaired(world).findings} == {Level.RIGHT}
    assert faults(world) == []


def test_a_new_history_has_the_editions_votes(world: World) -> None:
    before = world.history(FIRST)
    world.edit(HISTORY)
    assert examine(TODAY, world.ports()).unreadable == (FIRST,)
    repaired(world)
    after = world.history(FIRST)
    assert after.records == before.records
    assert [one.digest for one in after.versions] == [one.digest for one in before.versions]


def test_many_findings_are_one(world: World) -> None:
    for day in DAYS:
        world.edit(keys.edition_json(day))
        world.edit(world.payload(day), None)
    finding = found(world)[0]
    assert (finding.count, len(finding.keys)) == (4, 3)
    assert finding.remedy == "paperboy backfill --from 2025-11-27 --to 2025-12-02 --force"


def test_weekdays_without_an_edition() -> None:
    world = World()
    # From a Friday to the Tuesday after the next: a Monday is missing among weekends.
    world.publish(date(2025, 11, 28), *(date(2025, 12, day) for day in (2, 3, 4, 5, 9)))
    (finding,) = found(world)
    assert (finding.check, finding.level, finding.found) == (
        Check.WEEKDAYS, Level.NOTED, "without an edition",
    )  # fmt: skip
    assert finding.keys == ("2025-12-01",)
    assert finding.remedy == "paperboy backfill --from 2025-12-01 --to 2025-12-01"


OTHER_SETTINGS = (
    "use the deployment's paperboy.toml and PAPERBOY_… variables; or, to render the whole archive"
    " with the present ones: paperboy site"
)


def test_another_release_is_noted(world: World) -> None:
    world.release = "release 2"
    health = examine(TODAY, world.ports())
    noted = [one for one in health.findings if one.level != Level.RIGHT]
    assert {(one.level, one.found, one.remedy) for one in noted} == {
        (Level.NOTED, "made with other settings or by another release", OTHER_SETTINGS)
    }
    assert health.is_foreign


@pytest.mark.parametrize("paper", [None, "2512.00001"])
@pytest.mark.parametrize("left", ["payload", "history"])
def test_what_is_left_of_a_withdrawal(world: World, paper: str | None, left: str) -> None:
    request = RunRequest((FIRST,), NOW)
    payload, history = world.payload(FIRST), world.history(FIRST)
    withdraw(FIRST, paper, request, world.ports())
    assert found(world) == []
    if left == "payload":
        world.edit(payload, raw.packed(answer(entry(1))))
    else:
        versions = world.history(FIRST).versions
        world.edit(HISTORY, votes.render(replace(history, versions=versions)))
    remedy = f"paperboy withdraw --date {FIRST}" + (f" --paper {paper}" if paper else "")
    assert remedy in [one.remedy for one in found(world)]
    withdraw(FIRST, paper, request, world.ports())
    assert found(world) == []


def test_watching_months(world: World) -> None:
    watched: list[str] = []
    examine(TODAY, world.ports(), watched.append)
    assert watched == ["2025-11", "2025-12"]
