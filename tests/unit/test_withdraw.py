"""What was withdrawn is nowhere any more, and does not come back."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import islice

import pytest

from core import publish
from core.archive.months import known_month
from core.archive.rebuild import rebuild
from core.archive.withdraw import withdraw
from core.blog.deliver import daily, deliver, monthly
from core.model import keys
from core.model.blog import BlogStatus
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact
from core.model.paper import Origin
from core.model.ports import Ports
from core.model.report import Action, Draft, RunReport, RunRequest, Status
from core.model.style import PostStyle
from core.render import json, votes
from handler import bootstrap
from tests.support.fakes import DAY, NOW, FakeSource, MemoryBlog, MemoryStore, answer, entry, ports

YESTERDAY, NOVEMBER = DAY - timedelta(days=1), date(2025, 11, 28)
FIRST = NOVEMBER.replace(day=1)
HOURS = timedelta(hours=1)
GONE, STAYS = "Tiger 2", "Tiger 1"
IDS = {title: f"2512.0000{title[-1]}" for title in (GONE, STAYS)}


def payload(votes: int = 5) -> bytes:
    return answer(
        *(
            entry(number, title=f"Tiger {number}", summary=f"About Tiger {number}.", upvotes=votes)
            for number in (1, 2, 3)
        )
    )


SOURCE = FakeSource(
    {
        DAY: payload(),
        YESTERDAY: answer(entry(11), entry(12)),
        NOVEMBER: answer(entry(21), entry(22)),
    }
)


def real(store: MemoryStore, source: FakeSource = SOURCE) -> Ports:
    """Return the ports with what renders the bundled templates."""
    return replace(
        ports(source, store),
        renderer=lambda: bootstrap.renderer(PostStyle()),
        site=lambda: bootstrap.site("en", "https://papers.example"),
        feeds=lambda: bootstrap.feeds("en", "https://papers.example"),
        schemas={key: (bootstrap.root() / key).read_bytes() for key in keys.SCHEMAS},
    )


def run(store: MemoryStore, *days: date, hours: int = 0, source: FakeSource = SOURCE) -> RunReport:
    report = publish.run(RunRequest(days, NOW + hours * HOURS), real(store, source))
    assert report.errors() == []
    return report


def archive(days: Iterable[date] = (NOVEMBER, YESTERDAY, DAY)) -> MemoryStore:
    """Return an archive in which the last day was published twice, with other votes."""
    store = MemoryStore()
    for day in days:
        run(store, day)
    run(store, DAY, hours=1, source=FakeSource({DAY: payload(9)}))
    return store


def told(store: MemoryStore, text: str) -> list[str]:
    """Return the keys of the objects that hold a text."""
    bodies = store.bodies()
    plain = {
        key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies.items()
    }
    return sorted(key for key, body in plain.items() if text.encode() in body)


def test_a_paper_is_taken_out_of_everything() -> None:
    store = archive()
    assert len(told(store, GONE)) > 10
    withdraw(DAY, IDS[GONE], NOW + 2 * HOURS, real(store))
    assert told(store, GONE) == []
    # The mark, and nothing else.
    assert told(store, IDS[GONE]) == [keys.edition_json(DAY), "latest.json"]
    assert len(told(store, STAYS)) > 10


@pytest.mark.parametrize("force", [False, True])
def test_later_runs_leave_it_out(force: bool) -> None:
    store = archive()
    withdraw(DAY, IDS[GONE], NOW + 2 * HOURS, real(store))
    source = FakeSource({DAY: payload(20)})
    report = publish.run(RunRequest((DAY,), NOW + 3 * HOURS, force=force), real(store, source))
    assert report.editions[0].status == Status.PUBLISHED
    assert told(store, GONE) == []
    edition = json.read(store.objects[keys.edition_json(DAY)].body)
    assert ([paper.votes for paper in edition.papers], edition.withdrawn) == (
        [20, 20],
        (IDS[GONE],),
    )
    record = votes.read(store.objects[keys.vote_record(DAY)].body)
    assert {frozenset(counts.values()) for _, counts in record.records} == {
        frozenset([5]),
        frozenset([9]),
        frozenset([20]),
    }


def test_an_edition_is_taken_out_of_everything() -> None:
    store = archive()
    store.puts.clear()
    withdraw(DAY, None, NOW + 2 * HOURS, real(store))
    assert told(store, "Tiger") == []
    order = [key for key in store.puts if key in (keys.edition_page(DAY), "index/2025-12.json")]
    assert order == [keys.edition_page(DAY), "index/2025-12.json"]
    listed = told(store, f"daily/{DAY}")
    assert listed == [keys.edition_page(DAY)]
    assert store.objects["latest.json"].body == store.objects[keys.edition_json(YESTERDAY)].body
    assert b"2025-12-23" in store.objects["index.html"].body
    report = run(store, DAY, hours=5)
    assert (report.editions[0].status, report.editions[0].reason) == (
        Status.UNCHANGED,
        "it was withdrawn",
    )
    assert told(store, "Tiger") == []


def test_the_rest_is_as_if_it_had_never_been() -> None:
    store, never = archive(), archive_without()
    withdraw(DAY, None, NOW + 2 * HOURS, real(store))
    left = {key: body for key, body in store.bodies().items() if str(DAY) not in key}
    assert left == {key: body for key, body in never.bodies().items() if str(DAY) not in key}


def archive_without() -> MemoryStore:
    store = MemoryStore()
    for day in (NOVEMBER, YESTERDAY):
        run(store, day)
    return store


def weekdays(last: date, count: int) -> tuple[date, ...]:
    """Return so many days that may have an edition, up to the last, oldest first."""
    days = (last - timedelta(days=number) for number in range(2 * count))
    return tuple(sorted(islice((day for day in days if day.weekday() < 5), count)))


# More than any feed holds, over three months; each of two papers.
MANY = weekdays(DAY, 32)
PAPERS = FakeSource({day: answer(entry(n), entry(100 + n)) for n, day in enumerate(MANY)})


@cache
def many() -> Mapping[str, Artifact]:
    """Return an archive of so many editions, each published on its day, and the oldest twice."""
    store = MemoryStore()
    for day in MANY:
        run(store, day, hours=24 * (day - DAY).days, source=PAPERS)
    run(store, MANY[0], hours=1, source=FakeSource({MANY[0]: answer(entry(70), entry(100))}))
    return store.objects


OF_NOVEMBER = tuple(day for day in MANY if day.month == 11)


@pytest.mark.parametrize(
    "gone",
    [
        [(MANY[-1], None)],
        [(MANY[-2], None)],
        [(MANY[15], None)],
        [(MANY[1], None)],
        [(MANY[0], None)],
        [(MANY[0], None), (MANY[-1], None), (MANY[-3], None)],
        [(MANY[-1], None), (MANY[-2], None), (MANY[-3], None), (MANY[-4], None)],
        [(day, None) for day in OF_NOVEMBER],
        [(MANY[-1], "2512.00031")],
        [(MANY[-2], "2512.00130"), (MANY[-2], "2512.00030")],
        [(MANY[15], "2512.00015")],
        [(MANY[0], "2512.00070")],
        [(MANY[-1], "2512.00131"), (MANY[-1], None)],
    ],
    ids=[
        "newest",
        "next to newest",
        "middle",
        "next to oldest",
        "oldest",
        "one not in the feeds and two that are",
        "all that were in the feed of papers",
        "a month",
        "paper of the newest",
        "all papers of the next to newest",
        "paper of the middle",
        "paper of the oldest",
        "paper, then its edition",
    ],
)
def test_a_rebuild_afterwards_changes_nothing(gone: Sequence[tuple[date, str | None]]) -> None:
    store = MemoryStore()
    store.objects = dict(many())
    for number, (day, paper) in enumerate(gone, start=2):
        withdraw(day, paper, NOW + number * HOURS, real(store))
    before = store.bodies()
    list(rebuild(NOW + 24 * HOURS, real(store)))
    assert store.bodies() == before


def test_a_withdrawal_that_ended_before_the_feeds_fills_them_when_it_comes_again() -> None:
    class Failing(MemoryStore):
        """A store that refuses feeds."""

        def put(self, artifact: Artifact, *, replaces: str | None) -> None:
            if artifact.key == keys.FEED_JSON:
                raise StoreError("SlowDown", artifact.key)
            super().put(artifact, replaces=replaces)

    failing, store, other = Failing(), MemoryStore(), MemoryStore()
    failing.objects, other.objects = dict(many()), dict(many())
    with pytest.raises(StoreError, match="SlowDown"):
        withdraw(MANY[-1], None, NOW + HOURS, real(failing))
    store.objects = failing.objects
    withdraw(MANY[-1], None, NOW + 2 * HOURS, real(store))
    withdraw(MANY[-1], None, NOW + HOURS, real(other))
    assert store.bodies() == other.bodies()


def test_a_month_of_which_all_is_withdrawn_is_no_more() -> None:
    store = archive((NOVEMBER, DAY))
    withdraw(NOVEMBER, None, NOW, real(store))
    assert told(store, "Paper 21") == []
    assert told(store, "monthly/2025-11.html") == [
        "index/2025-11.json",
        "monthly/2025-11.html",
    ]


def test_again_changes_nothing() -> None:
    store = archive()
    for paper in (IDS[GONE], None):
        withdraw(DAY, paper, NOW + 2 * HOURS, real(store))
        before = store.bodies()
        changes = withdraw(DAY, paper, NOW + 4 * HOURS, real(store))
        assert {change.action for change in changes} == {Action.UNCHANGED}
        assert store.bodies() == before


def test_all_papers_one_by_one_are_the_edition() -> None:
    store, other = archive(), archive()
    for number in (1, 2, 3):
        withdraw(DAY, f"2512.0000{number}", NOW + 2 * HOURS, real(store))
    withdraw(DAY, None, NOW + 2 * HOURS, real(other))
    key = keys.edition_json(DAY)
    assert store.objects[key].body == other.objects[key].body
    assert told(store, "Tiger") == []


@pytest.mark.parametrize(
    ("day", "paper", "problem"),
    [
        (DAY + timedelta(days=1), None, "there is no edition to withdraw from"),
        (DAY, "2512.99999", "has no paper 2512.99999; its papers have ids like 2512.00001"),
    ],
)
def test_what_is_not_there_is_told(day: date, paper: str | None, problem: str) -> None:
    store = archive()
    before = store.bodies()
    with pytest.raises(StoreError, match=problem):
        withdraw(day, paper, NOW, real(store))
    assert store.bodies() == before


def test_the_only_edition_cannot_be_withdrawn() -> None:
    store = archive((DAY,))
    with pytest.raises(StoreError, match="delete the archive instead"):
        withdraw(DAY, None, NOW, real(store))


def test_who_publishes_meanwhile_tries_again() -> None:
    class SlowStore(MemoryStore):
        """A store in which a paper is withdrawn after the first look at the payload."""

        done = False

        def get(self, key: str):  # type: ignore[no-untyped-def]
            if key.startswith(keys.RAW) and not self.done:
                self.done = True
                withdraw(DAY, IDS[GONE], NOW, real(self))
            return super().get(key)

    store = SlowStore()
    store.objects = archive().objects
    source = FakeSource({DAY: payload(30)})
    report = publish.run(RunRequest((DAY,), NOW + 3 * HOURS), real(store, source))
    assert isinstance(report.editions[0].error, StoreConflict)
    run(store, DAY, hours=3, source=source)
    assert told(store, GONE) == [] or all(key.startswith("raw/") for key in told(store, GONE))


def test_the_blog_loses_it_too() -> None:
    store, blog = archive(), MemoryBlog()
    made = replace(real(store), blog=lambda: blog)
    request = RunRequest((DAY,), NOW + 24 * HOURS)
    deliver([DAY, YESTERDAY], request, made, lambda: blog)
    assert keys.blog_post(DAY) in blog.files
    withdraw(DAY, IDS[GONE], NOW + 24 * HOURS, made)
    deliver([DAY], request, made, lambda: blog)
    assert not any(GONE.encode() in body for body in blog.files.values())
    withdraw(DAY, None, NOW + 25 * HOURS, made)
    deliver([DAY], request, made, lambda: blog)
    assert keys.blog_post(DAY) not in blog.files
    assert keys.blog_data(DAY) not in blog.files
    assert keys.blog_post(YESTERDAY) in blog.files
    assert blog.messages[-1].startswith("daily papers: 2025-12-24\n\n2025-12-24: withdrawn")


def test_the_blog_loses_a_month_of_which_all_is_withdrawn() -> None:
    store, blog = archive((NOVEMBER, DAY)), MemoryBlog()
    made = replace(real(store), blog=lambda: blog)
    request = RunRequest((DAY,), NOW + 24 * HOURS)
    deliver([NOVEMBER, DAY], request, made, lambda: blog)
    assert keys.blog_month_post(FIRST) in blog.files
    withdraw(NOVEMBER, None, NOW + 24 * HOURS, made)
    deliver([NOVEMBER], replace(request, days=(NOVEMBER,)), made, lambda: blog)
    assert [path for path in blog.files if "2025-11" in path] == []
    assert "2025-11: withdrawn" in blog.messages[-1]


@pytest.mark.parametrize("paper", ["2512.00021", None])
def test_the_blog_loses_what_was_imported_from_it(paper: str | None) -> None:
    def imported(day: date) -> Draft:
        draft = publish.fetch(day, NOW, real(store))
        return replace(draft, payload=None, edition=replace(draft.edition, source=Origin.IMPORT))

    store = archive((DAY,))
    publish.run(RunRequest((NOVEMBER,), NOW), real(store), draft=imported)
    edition = json.read(store.objects[keys.edition_json(NOVEMBER)].body)
    month = known_month(FIRST, store.get(keys.month_json(FIRST)))
    assert month
    renderer = real(store).renderer()
    files = [*daily(edition, NOW, renderer).files, *monthly(month, renderer).files]
    blog = MemoryBlog({file.path: file.body for file in files if file.body})
    assert any(b"Paper 21" in body for body in blog.files.values())
    made = replace(real(store), blog=lambda: blog)
    withdraw(NOVEMBER, paper, NOW + 24 * HOURS, made)
    request = RunRequest((NOVEMBER,), NOW + 24 * HOURS)
    assert deliver([NOVEMBER], request, made, lambda: blog).status == BlogStatus.COMMITTED
    assert not any(b"Paper 21" in body for body in blog.files.values())
