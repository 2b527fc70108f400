"""Compare-and-swap: what is written, and what happens after a lost race."""

from collections.abc import Callable, Sequence

import pytest

from core.archive.seen import Look, Outcomes, Read, Seen
from core.archive.writer import ATTEMPTS, Writer
from core.model import keys
from core.model.errors import StoreConflict
from core.model.objects import StoredObject
from core.model.ports import Value
from core.model.report import Action, Change, Keep
from tests.support.fakes import MemoryStore, Pauses

KEY = "daily/2025-12-24.json"
LEADER = "latest.json"


class RacingStore(MemoryStore):
    """A store where somebody else changes the key before our first puts."""

    def __init__(self, *rivals: bytes) -> None:
        super().__init__()
        self.rivals = list(rivals)

    def get(self, key: str) -> StoredObject | None:
        stored = super().get(key)
        if self.rivals and key == KEY:
            self.objects[KEY] = keys.artifact(KEY, self.rivals.pop(0))
        return stored


def swap(store: MemoryStore, wanted: bytes, decide: Callable[[StoredObject | None], bytes | Keep],
         pauses: int = 10) -> tuple[bytes | Keep, list[Change]]:  # fmt: skip
    writer = Writer(store, Pauses(pauses))
    return writer.swap(KEY, store.get(KEY), wanted, decide), list(writer.changes)


@pytest.mark.parametrize(
    ("stored", "wanted", "change", "puts"),
    [
        (None, b"new", Change(KEY, Action.CREATED, 3), [KEY]),
        (b"old!", b"new", Change(KEY, Action.UPDATED, 3, 4), [KEY]),
        (b"new", b"new", Change(KEY, Action.UNCHANGED, 3, 3), []),
    ],
)
def test_compare_then_write(
    stored: bytes | None, wanted: bytes, change: Change, puts: list[str]
) -> None:
    store = MemoryStore()
    if stored is not None:
        store.objects[KEY] = keys.artifact(KEY, stored)
    assert swap(store, wanted, lambda _: wanted) == (wanted, [change])
    assert store.puts == puts
    assert store.bodies() == {KEY: wanted}


def test_who_loses_decides_again() -> None:
    store = RacingStore(b"rival")
    seen: list[StoredObject | None] = []

    def decide(stored: StoredObject | None) -> bytes:
        seen.append(stored)
        return b"ours after all"

    outcome, changes = swap(store, b"ours", decide)
    assert outcome == b"ours after all"
    assert [stored.body for stored in seen if stored] == [b"rival"]
    assert changes == [Change(KEY, Action.CREATED, 14)]


def test_a_put_that_lost_against_itself_is_a_change() -> None:
    store = RacingStore(b"ours")
    _, changes = swap(store, b"ours", lambda _: b"ours")
    assert changes == [Change(KEY, Action.CREATED, 4)]


def test_who_loses_may_keep_the_winner() -> None:
    store = RacingStore(b"rival")
    assert swap(store, b"ours", lambda _: Keep("better")) == (Keep("better"), [])
    assert store.bodies() == {KEY: b"rival"}


@pytest.mark.parametrize(
    ("rivals", "pauses", "wins"),
    [(ATTEMPTS - 1, 10, True), (ATTEMPTS, 10, False), (2, 2, True), (2, 1, False)],
)
def test_a_race_lost_too_often_or_too_long(rivals: int, pauses: int, wins: bool) -> None:
    store = RacingStore(*(b"%d" % n for n in range(rivals)))
    if wins:
        assert swap(store, b"ours", lambda _: b"ours", pauses)[0] == b"ours"
    else:
        with pytest.raises(StoreConflict):
            swap(store, b"ours", lambda _: b"ours", pauses)


def follow(store: MemoryStore, known: bytes | None = None) -> bytes | Keep:
    """Bring the key to what follows from the leader, which the run believes to be `known`."""
    writer = Writer(store, Pauses(10), Seen(written={LEADER: known} if known else {}))

    def gather(read: Read) -> bytes | None:
        return read(LEADER)

    def derive(leader: bytes | None, _: Look) -> Outcomes:
        return {KEY: b"after " + leader if leader else Keep("its leader is gone")}

    return writer.follow(gather, derive)[KEY]


@pytest.mark.parametrize(
    ("leader", "known", "stored"),
    [
        (b"one", b"one", b"after one"),
        (b"one", None, b"after one"),
        pytest.param(b"two", b"one", b"after two", id="the leader was replaced meanwhile"),
    ],
)
def test_a_follower_is_made_from_the_leader_that_is_stored(
    leader: bytes, known: bytes | None, stored: bytes
) -> None:
    store = MemoryStore()
    store.objects[LEADER] = keys.artifact(LEADER, leader)
    assert follow(store, known) == stored
    assert store.objects[KEY].body == stored


def test_a_follower_that_is_there_costs_one_get() -> None:
    store = MemoryStore()
    store.objects[KEY] = keys.artifact(KEY, b"after one")
    assert follow(store, b"one") == b"after one"
    assert (store.gets, store.puts) == ([KEY], [])


def test_a_follower_without_its_leader_is_left_alone() -> None:
    store = MemoryStore()
    assert follow(store) == Keep("its leader is gone")
    assert store.bodies() == {}


class RestlessStore(MemoryStore):
    """A store whose leader is another one for one look, and then the old one again."""

    def __init__(self, *leaders: bytes) -> None:
        super().__init__()
        self.leaders = list(leaders)

    def get(self, key: str) -> StoredObject | None:
        if key == LEADER and len(self.leaders) > 1:
            return StoredObject(self.leaders.pop(0), "")
        return StoredObject(self.leaders[0], "") if key == LEADER else super().get(key)


@pytest.mark.parametrize(
    ("leaders", "puts"),
    [
        pytest.param((b"one", b"one"), 1, id="nothing happens"),
        pytest.param((b"two", b"two"), 2, id="it is another one"),
        pytest.param((b"two", b"one"), 3, id="it is another one, and then the old one"),
        pytest.param((b"two", b"three"), 3, id="it is another one, and then a third"),
    ],
)
def test_a_leader_that_changes_meanwhile_is_followed(leaders: tuple[bytes, ...], puts: int) -> None:
    store = RestlessStore(*leaders)
    outcome = follow(store, b"one")
    assert outcome == store.objects[KEY].body == b"after " + leaders[-1]
    assert len(store.puts) == puts


def test_what_was_left_as_it_was_is_looked_at_again_in_the_end() -> None:
    """Change a follower after this run has looked at it, by one that had not seen its facts."""
    store = MemoryStore()
    store.objects |= {
        LEADER: keys.artifact(LEADER, b"one"),
        KEY: keys.artifact(KEY, b"after one"),
    }
    writer = Writer(store, Pauses(10), Seen(at_the_end=True))
    writer.look_ahead([KEY])
    writer.put("latest.md", None, b"something else")
    store.objects[KEY] = keys.artifact(KEY, b"after zero")
    writer.follow(lambda read: read(LEADER), lambda leader, _: {KEY: b"after " + (leader or b"")})
    assert store.objects[KEY].body == b"after zero"
    writer.settle()
    assert store.objects[KEY].body == b"after one"


def test_what_has_settled_is_not_looked_at_again() -> None:
    store = MemoryStore()
    writer = Writer(store, Pauses(10))

    def bring(leader: str, follower: str) -> None:
        store.gets.clear()
        writer.follow(lambda read: read(leader), lambda _, __: {follower: b"a"})

    for number in range(3):
        bring(f"daily/{number}.json", f"daily/{number}.html")
        # To gather, to compare, and to settle.
        assert store.gets == [f"daily/{number}.{ending}" for ending in ("json", "html", "json")]


def test_a_leader_that_never_rests_is_a_conflict() -> None:
    store = RestlessStore(*(b"%d" % number for number in range(100)))
    with pytest.raises(StoreConflict, match="again and again"):
        follow(store)


def test_what_follows_may_hold_what_is_stored() -> None:
    store = MemoryStore()
    store.objects[KEY] = keys.artifact(KEY, b"before")

    def derive(_: None, look: Look) -> Outcomes:
        stored = look(KEY)
        return {KEY: (stored.body if stored else b"") + b"+"}

    Writer(store, Pauses(10)).follow(lambda _: None, derive)
    assert store.objects[KEY].body == b"before+"


def test_objects_are_put_in_their_order_and_only_where_they_differ() -> None:
    store = MemoryStore()
    wanted: dict[str, bytes | Keep] = {
        "daily/b.md": b"b",
        "daily/a.md": b"a",
        KEY: b"same",
        "latest.md": Keep("newer"),
    }
    store.objects[KEY] = keys.artifact(KEY, b"same")
    writer = Writer(store, Pauses(10))
    assert writer.follow(lambda _: None, lambda _, __: wanted) == wanted
    assert store.puts == ["daily/b.md", "daily/a.md"]
    assert [change.action for change in writer.changes] == ["unchanged", "created", "created"]


def test_what_is_new_is_put_first_and_what_leads_on_last() -> None:
    """Note which puts are made together."""
    store, puts = MemoryStore(), list[list[str]]()
    store.objects[KEY] = keys.artifact(KEY, b"before")

    def together(calls: Sequence[Callable[[], Value]]) -> list[Value]:
        before = len(store.puts)
        results = [call() for call in calls]
        puts.append(store.puts[before:])
        return results

    names = ["index.html", KEY, "latest.json", "daily/a.md", "sitemap.xml"]
    writer = Writer(store, Pauses(10), together=together)
    writer.follow(lambda _: None, lambda _, __: dict.fromkeys(names, b"now"))
    assert [names for names in puts if names] == [
        ["latest.json", "sitemap.xml"],
        [KEY],
        ["index.html", "daily/a.md"],
    ]


def test_a_run_looks_once_at_what_it_knows() -> None:
    store, seen = MemoryStore(), Seen()
    store.objects[KEY] = keys.artifact(KEY, b"one")
    writers = Writer(store, Pauses(10), seen), Writer(store, Pauses(10), seen)
    assert [writer.known(KEY) for writer in writers] == [b"one"] * 2
    assert store.gets == [KEY]
    writers[0].put(KEY, store.get(KEY), b"two")
    assert writers[1].known(KEY) == b"two"
    store.objects[KEY] = keys.artifact(KEY, b"three")
    assert (writers[1].known(KEY), writers[1].read(KEY)) == (b"two", b"three")
