"""Withdrawing: nothing of an edition or a paper is left, whatever runs do afterwards."""

import gzip
from datetime import date, timedelta

import pytest

from core.archive import rebuild
from core.archive.state import Lease
from core.archive.withdraw import withdraw
from core.model import keys
from core.model.changes import Action, Change
from core.model.errors import SettingsError, StoreBusy, StoreError
from core.model.paper import WHOLE
from core.model.report import RunRequest, Status
from tests.support.engine import MeanwhileStore, StrictStore, World, failing, faults
from tests.support.papers import DAY, NOW, answer, entry

YESTERDAY, DECEMBER, NOVEMBER = DAY - timedelta(days=1), date(2025, 12, 1), date(2025, 11, 1)
PAPER = "2512.00002"
TITLE = "Withdrawn Title"


def filled(*days: date) -> World:
    """Return an archive whose days have a paper with a title that nothing else has."""
    world = World()
    for day in days or (YESTERDAY, DAY):
        world.source.answers[day] = answer(entry(1, upvotes=3), entry(2, title=TITLE, upvotes=9))
        assert world.run(day).errors() == []
    return world


def act(
    world: World, paper: str | None = None, day: date = DAY, *, dry_run: bool = False
) -> tuple[Change, ...]:
    request = RunRequest((day,), NOW + timedelta(hours=5), dry_run=dry_run)
    return withdraw(day, paper, request, world.ports())[1]


def having(world: World, text: str) -> set[str]:
    """Return the keys of the objects that have a text."""
    found = set()
    for key, body in world.store.bodies().items():
        plain = gzip.decompress(body) if key.endswith(".gz") else body
        if text.encode() in plain:
            found.add(key)
    return found


@pytest.mark.parametrize("paper", [None, PAPER])
@pytest.mark.parametrize("day", [YESTERDAY, DAY])
def test_nothing_of_it_is_left(paper: str | None, day: date) -> None:
    world = filled(DAY if day == YESTERDAY else YESTERDAY)
    world.source.answers[day] = answer(entry(8, upvotes=3), entry(2, title=TITLE, upvotes=9))
    world.run(day)
    others = having(world, TITLE)
    act(world, paper, day)
    left = having(world, TITLE)
    assert not [key for key in left if str(day) in key]
    assert left < others
    assert world.edition(day).withdrawn == (paper or WHOLE,)
    assert world.edition(day).updated_at == NOW + timedelta(hours=5)
    assert world.history(day).versions
    assert faults(world) == []


def test_a_whole_edition_leads_nowhere() -> None:
    """Its page says that it was withdrawn, and nothing leads to it."""
    world = World(StrictStore())
    for day in (DAY - timedelta(days=2), YESTERDAY, DAY):
        world.publish(day)
    act(world)
    assert world.body(keys.edition_post(DAY)) == b"withdrawn\n"
    leading = having(world, f"{DAY}.html") - {keys.edition_page(DAY)}
    assert leading == {keys.month_state(DECEMBER)}
    assert world.root().spans()[-1].newest == YESTERDAY
    assert faults(world) == []


def test_a_month_of_which_all_is_withdrawn() -> None:
    world = filled(date(2025, 11, 28), DAY)
    act(world)
    assert [span.first for span in world.root().spans()] == [NOVEMBER]
    assert f"{keys.month_page(DECEMBER)}".encode() not in world.body(keys.HOME)
    assert faults(world) == []
    world.publish(YESTERDAY)
    assert [span.first for span in world.root().spans()] == [NOVEMBER, DECEMBER]
    assert faults(world) == []


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(("paper", "status"), [(None, Status.UNCHANGED), (PAPER, Status.UPDATED)])
def test_later_runs_respect_it(paper: str | None, status: Status, force: bool) -> None:
    world = filled()
    act(world, paper)
    world.source.answers[DAY] = answer(entry(1, upvotes=7), entry(2, title=TITLE, upvotes=9))
    report = world.run(hours=9, force=force)
    assert (report.editions[0].status, report.errors()) == (status, [])
    assert not [key for key in having(world, TITLE) if str(DAY) in key]
    assert faults(world) == []


def test_one_paper_after_the_other() -> None:
    """When none is left, the edition is withdrawn as a whole."""
    world = filled()
    act(world, PAPER)
    act(world, "2512.00001")
    assert world.edition().withdrawn == (WHOLE,)
    assert faults(world) == []


@pytest.mark.parametrize("paper", [None, PAPER])
def test_twice_changes_nothing(paper: str | None) -> None:
    world = filled()
    act(world, paper)
    before = world.store.bodies()
    changes = act(world, paper)
    assert {one.action for one in changes} == {Action.UNCHANGED}
    after = world.store.bodies()
    assert {key: after[key] for key in after if key != keys.ROOT_STATE} == {
        key: before[key] for key in before if key != keys.ROOT_STATE
    }


@pytest.mark.parametrize(
    ("days", "paper", "day", "problem"),
    [
        ((YESTERDAY, DAY), None, date(2025, 12, 1), "no such edition"),
        ((YESTERDAY, DAY), "2512.00009", DAY, "has no paper 2512.00009; .* like 2512.00001"),
        ((DAY,), None, DAY, "it is the only edition"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_cannot_be_withdrawn(
    days: tuple[date, ...], paper: str | None, day: date, problem: str, dry_run: bool
) -> None:
    world = filled(*days)
    before = {key: body for key, body in world.store.bodies().items() if "state/" not in key}
    with pytest.raises(StoreError, match=problem):
        act(world, paper, day, dry_run=dry_run)
    after = {key: body for key, body in world.store.bodies().items() if "state/" not in key}
    assert after == before
    assert world.run(DAY, hours=9).errors() == []
    assert faults(world) == []


def test_other_settings_are_told() -> None:
    world = filled()
    world.release = "release 2"
    with pytest.raises(SettingsError, match="nothing was withdrawn"):
        act(world)


def test_another_run_is_not_disturbed() -> None:
    world = filled()
    world.change_root(lease=Lease("other", NOW.timestamp() + 50, ()))
    with pytest.raises(StoreBusy):
        act(world)
    assert world.edition().withdrawn == ()


@pytest.mark.parametrize("paper", [None, PAPER])
def test_a_dry_run_tells_all(paper: str | None) -> None:
    world = filled()
    before = world.store.bodies()
    told = act(world, paper, dry_run=True)
    assert world.store.bodies() == before
    done = act(world, paper)
    assert set(told) == set(done)


@pytest.mark.parametrize(
    "key", [keys.edition_json(DAY), keys.vote_history(DAY), keys.edition_page(DAY), keys.HOME]
)
@pytest.mark.parametrize("complete", ["again", "run", "check"])
def test_an_interrupted_withdrawal_is_completed(key: str, complete: str) -> None:
    made, store = filled(), MeanwhileStore()
    store.objects = made.store.objects
    world = World(store, made.source)
    store.after[key] = failing(StoreError("killed", key))
    with pytest.raises(StoreError, match="killed"):
        act(world, PAPER)
    if complete == "again":
        act(world, PAPER)
    elif complete == "run":
        world.run(YESTERDAY, hours=9)
    else:
        rebuild.check(world.ports())
    assert world.edition().withdrawn == (PAPER,)
    assert not [key for key in having(world, TITLE) if str(DAY) in key]
    assert faults(world) == []
