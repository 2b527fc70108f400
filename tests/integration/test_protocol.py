"""The archive's protocol: whatever runs do at once, objects follow from the truth in the end.

Random runs, backfilled days, withdrawals and checks are interleaved request by request; some are
killed, some fail, some sleep past their lease, answers are lost, and so is state.
"""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import publish
from core.archive import backfill, rebuild
from core.archive.ports import Ports
from core.archive.state import digest
from core.archive.state_json import read_month, read_root
from core.archive.withdraw import withdraw
from core.edition import vote_history
from core.model import keys
from core.model.errors import PaperboyError
from core.model.report import RunRequest
from core.model.topic import Topic
from core.render import votes
from tests.support.fakes import FakeSource, MemoryStore, ports
from tests.support.papers import answer, entry
from tests.support.stepping import Luck, SteppingStore, Task, interleave

# Five days of three months: each is at a month's edge, or beside one that is.
DAYS = [
    date(2025, 10, 31),
    date(2025, 11, 3),
    date(2025, 11, 28),
    date(2025, 12, 1),
    date(2025, 12, 2),
]
START = datetime(2025, 12, 3, tzinfo=UTC)
UNLUCKY = Luck(kill=0.01, error=0.005, lost_answer=0.02, conflict=0.01, suspended=0.01)
LUCKY = Luck(error=0.0, lost_answer=0.01)
TOPICS = (
    Topic("first", {"en": "First"}, any=("paper 1",)),
    Topic("every", {"en": "Every"}, any=("paper*",), min_votes=2),
)
DERIVED = ("state/", "votes/", "raw/")


def source(dice: random.Random, days: list[date]) -> FakeSource:
    """Return what the source has of days: one or two papers each, with few votes."""
    return FakeSource(
        {
            day: answer(
                *(
                    entry(
                        number,
                        upvotes=dice.randint(1, 3),
                        submittedOnDailyAt=f"{day}T01:00:00.000Z",
                    )
                    for number in range(1, dice.randint(2, 3))
                )
            )
            for day in days
        }
    )


def tasks(dice: random.Random) -> tuple[list[tuple[Task, Luck]], bool]:
    """Return two to six runs, and whether one of them writes days without the lease."""
    is_listing, made = False, list[tuple[Task, Luck]]()
    backfills = dice.choice((0, 0, 0.3))
    for number in range(dice.randint(2, 6)):
        days = sorted(dice.sample(DAYS, dice.randint(1, 3)))
        at = START + timedelta(hours=dice.randint(0, 5), seconds=number)
        having, luck = source(dice, days), dice.choice((LUCKY, UNLUCKY))
        kind = dice.random()
        if kind < backfills:
            made.append((backfilling(having, days, at), luck))
            is_listing = True
        elif kind > 0.9:
            made.append((withdrawing(days[0], dice.choice((None, "2512.00001")), at), luck))
        elif kind > 0.85:
            made.append(
                (
                    lambda store: ignored(lambda: rebuild.check(run_ports(FakeSource({}), store))),
                    luck,
                )
            )
        else:
            made.append((running(having, days, at), luck))
    return made, is_listing


def run_ports(having: FakeSource, store: SteppingStore | MemoryStore) -> Ports:
    return ports(having, store, pauses=1000, topics=TOPICS)


def running(having: FakeSource, days: list[date], at: datetime) -> Task:
    def task(store: SteppingStore) -> None:
        publish.run(RunRequest(tuple(days), at), run_ports(having, store))

    return task


def backfilling(having: FakeSource, days: list[date], at: datetime) -> Task:
    def task(store: SteppingStore) -> None:
        own, request = run_ports(having, store), RunRequest((), at)
        for day in days:
            backfill.write_day(day, request, own, lambda day: publish.fetch(day, request, own))

    return task


def withdrawing(day: date, paper: str | None, at: datetime) -> Task:
    def task(store: SteppingStore) -> None:
        request = RunRequest((day,), at)
        ignored(lambda: withdraw(day, paper, request, run_ports(FakeSource({}), store)))

    return task


def ignored(act: Callable[[], object]) -> None:
    """Do something that may be refused, or fail."""
    try:
        act()
    except PaperboyError:
        return


def lose_state(store: MemoryStore, dice: random.Random) -> bool:
    """Delete a state object now and then; return whether one was."""
    kept = [key for key in store.objects if key.startswith("state/")]
    if not kept or dice.random() < 0.7:
        return False
    del store.objects[dice.choice(sorted(kept))]
    return True


def from_truth(store: MemoryStore, topics: tuple[Topic, ...]) -> dict[str, bytes]:
    """Return the objects that an empty archive with this truth and these topics gets."""
    fresh = MemoryStore()
    for key, artifact in store.objects.items():
        if key.startswith(("votes/", "raw/")) or (
            key.startswith("daily/") and key.endswith(".json")
        ):
            fresh.objects[key] = artifact
    rebuild.check(ports(FakeSource({}), fresh, pauses=1000, topics=topics))
    return fresh.bodies()


def judge(store: MemoryStore, topics: tuple[Topic, ...] = ()) -> None:
    """Assert that all follows from the truth and the topics, and state tells what is stored."""
    bodies = store.bodies()
    root = read_root(bodies[keys.ROOT_STATE])
    assert root.lease is None
    assert [month.first for month in root.months] == sorted(
        {
            date.fromisoformat(key[6:16]).replace(day=1)
            for key in bodies
            if key.startswith("daily/") and key.endswith(".json")
        }
    )
    for month in root.months:
        state = read_month(bodies[keys.month_state(month.first)], month.first)
        stored = store.get(keys.month_state(month.first))
        assert stored is not None
        assert stored.etag == month.etag
        for one in state.editions:
            edition = bodies[keys.edition_json(one.day)]
            history = votes.read(bodies[keys.vote_history(one.day)])
            assert digest(edition) == one.digest
            assert vote_history.has_version(history, one.digest)
            assert vote_history.without(history, one.edition.withdrawn) == history
        for manifest in (root.manifest, state.manifest):
            for key, made in manifest.items():
                there = store.get(key)
                assert there is not None, f"{key} is missing"
                assert (digest(there.body), there.etag) == (made.digest, made.etag), key
    expected = from_truth(store, topics)
    for key, body in expected.items():
        if not key.startswith("state/"):
            assert bodies.get(key) == body, f"{key} does not follow from the truth"


def trial(seed: int) -> None:
    """Do what a seed says, then one clean run, and judge what there is."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    store = MemoryStore()
    made, is_listing = tasks(dice)
    half = len(made) // 2
    is_lost = False
    for part in (made[:half], made[half:]):
        interleave(store, part, dice)
        store.time += dice.choice((0, 1000))
        is_lost = lose_state(store, dice) or is_lost
    store.time += 1000
    # A month whose state was lost is made again by the first run that needs it.
    days = DAYS if is_lost else DAYS[-1:]
    last = run_ports(source(dice, days), store)
    report = publish.run(RunRequest(tuple(days), START + timedelta(days=9)), last)
    assert not report.errors()
    if is_listing:
        rebuilt = rebuild.catalog(sorted({day.replace(day=1) for day in DAYS}), last)
        assert not rebuilt.errors
    judge(store, TOPICS)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_everything_follows_from_the_truth(seed: int) -> None:
    trial(seed)
