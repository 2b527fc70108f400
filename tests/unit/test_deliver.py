"""The blog's half of a run: what is committed, when, at what cost, and what a failure leaves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core import publish
from core.archive import backfill
from core.archive.read import read_archive
from core.archive.withdraw import withdraw
from core.blog.commits import TRIES
from core.blog.deliver import Entry, deliver, message
from core.model import keys
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip, blob_id
from core.model.changes import Action
from core.model.errors import (
    BlogConflict,
    BlogError,
    BlogRejected,
    BlogUnavailable,
    SettingsError,
    StoreError,
)
from core.model.paper import Edition, Origin
from core.model.ports import Blog
from core.model.report import Candidate, RunReport, RunRequest, Status
from tests.support.engine import MeanwhileStore, World, failing
from tests.support.fakes import MemoryBlog, Pauses
from tests.support.papers import DAY, NOW, paper

YESTERDAY, NOVEMBER, DECEMBER = DAY - timedelta(days=1), date(2025, 11, 1), date(2025, 12, 1)
POST, DATA = keys.blog_post(DAY), keys.blog_data(DAY)
DECEMBERS = keys.blog_month_post(DECEMBER)
JANUARY = datetime(2026, 1, 2, 14, tzinfo=UTC)


def world_with(blog: Blog | None = None, *days: date) -> World:
    """Return an archive in which these days were published without a blog, which has one now."""
    world = World()
    if days:
        world.publish(*days)
    world.blog, world.pauses = blog or MemoryBlog({"README.md": b"mine"}), 200
    world.has(DAY, 3, 2, 1, title=f"Of {DAY}")
    return world


def of(report: RunReport) -> BlogReport:
    assert report.blog
    return report.blog


def paths(report: RunReport) -> list[tuple[str, Action]]:
    return [(change.key, change.action) for change in of(report).changes]


def test_a_new_edition_is_one_commit() -> None:
    blog = MemoryBlog({"README.md": b"mine"})
    world = world_with(blog)
    report = world.run()
    assert of(report).status == BlogStatus.COMMITTED
    assert of(report).commit == Commit("2", "memory:commit")
    assert paths(report) == [(POST, Action.CREATED), (DATA, Action.CREATED)]
    assert blog.messages == ["daily papers: 2025-12-24\n\n2025-12-24: 3 papers, 6 votes\n"]
    assert blog.files.keys() == {"README.md", POST, DATA}
    assert blog.files[POST] == world.body(keys.edition_post(DAY))
    assert blob_id(blog.files[POST]) == world.known().post_blob


def test_an_unchanged_run_reads_little() -> None:
    """Of the store no more than without a blog, but the last month's state; one look at it."""
    blog = MemoryBlog()
    world = world_with(blog, date(2025, 11, 28), YESTERDAY)
    world.run(YESTERDAY, DAY, date(2025, 11, 28), at=NOW)
    world.run(hours=1)
    assert (world.store.puts, blog.looks, len(blog.messages)) == ([], 2, 1)
    last_month = keys.month_state(NOVEMBER)
    # The root again, as the month may have changed meanwhile.
    assert world.store.gets[3:] == [keys.ROOT_STATE, last_month]


def test_other_votes_are_an_update() -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    world.run()
    world.has(DAY, 3, 2, 9, title=f"Of {DAY}")
    assert paths(world.run(hours=1)) == [(POST, Action.UPDATED), (DATA, Action.UPDATED)]
    assert of(world.run(hours=2)).status == BlogStatus.UNCHANGED
    assert b"2025-12-24T15:00:00" in blog.files[DATA]


def test_all_days_of_a_run_are_one_commit() -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    world.has(YESTERDAY, 4)
    assert world.run(DAY, YESTERDAY).errors() == []
    assert blog.messages == [
        "daily papers: 2025-12-23, 2025-12-24\n\n"
        "2025-12-23: 1 paper, 4 votes\n2025-12-24: 3 papers, 6 votes\n"
    ]


@pytest.mark.parametrize(
    ("names", "kind", "headline"),
    [
        (["2025-12-24"], "daily papers", "daily papers: 2025-12-24"),
        (["2025-12-22", "2025-12-23", "2025-12-24"], "daily papers",
         "daily papers: 2025-12-22, 2025-12-23, 2025-12-24"),
        (["2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"], "daily papers",
         "daily papers: 2025-12-01 to 2025-12-04 (4 days)"),
        (["2025-11"], "monthly papers", "monthly papers: 2025-11"),
        (["2025-01", "2025-02", "2025-03", "2025-04"], "monthly papers",
         "monthly papers: 2025-01 to 2025-04 (4 months)"),
        (["2025-W48"], "weekly papers", "weekly papers: 2025-W48"),
        (["2025-W48", "2025-W49", "2025-W50", "2025-W51"], "weekly papers",
         "weekly papers: 2025-W48 to 2025-W51 (4 weeks)"),
    ],
)  # fmt: skip
def test_the_headline(names: list[str], kind: str, headline: str) -> None:
    assert message([Entry(name, "about", (), kind) for name in names]).splitlines()[0] == headline


def test_what_runs_could_not_bring_is_brought() -> None:
    blog = MemoryBlog()
    days = [DAY - timedelta(days=number) for number in (3, 2, 1)]
    report = world_with(blog, *days).run()
    assert [key for key, _ in paths(report) if key.startswith("_posts")] == [
        keys.blog_post(day) for day in [*days, DAY]
    ]
    assert blog.messages[0].startswith("daily papers: 2025-12-21 to 2025-12-24 (4 days)\n")


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 31)])
@pytest.mark.parametrize("hour", [0, 23])
def test_a_month_that_is_over_has_its_post(day: date, hour: int) -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    world.run()
    assert DECEMBERS not in blog.files
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    world.source.answers[day] = b"[]"
    assert paths(world.run(day, at=at)) == [(DECEMBERS, Action.CREATED)]
    assert blog.files[DECEMBERS] == world.body(keys.month_post(DECEMBER))
    assert blog.messages[-1] == "monthly papers: 2025-12\n\n2025-12: 3 papers of 1 day, 6 votes\n"
    assert of(world.run(day, at=at)).status == BlogStatus.UNCHANGED
    # Other votes change it.
    world.has(DAY, 3, 2, 9, title=f"Of {DAY}")
    assert (DECEMBERS, Action.UPDATED) in paths(world.run(DAY, at=JANUARY))


def test_months_of_a_backfill_are_looked_at() -> None:
    blog = MemoryBlog()
    days = (date(2025, 10, 1), date(2025, 10, 2), date(2025, 11, 3))
    world = world_with(blog, *days, DAY)
    ports = world.ports()
    archive = read_archive([], [], ports).archive
    firsts = [date(2025, 10, 1), NOVEMBER]
    report = deliver(archive, (), RunRequest((), NOW), ports, lambda: blog, months=firsts)
    assert report.status == BlogStatus.COMMITTED
    assert blog.files.keys() == {
        *map(keys.blog_post, days),
        *map(keys.blog_data, days),
        *map(keys.blog_month_post, firsts),
    }


@pytest.mark.parametrize(("minute", "is_there"), [(14, False), (15, True)])
def test_a_post_ahead_of_the_clock_waits(minute: int, is_there: bool) -> None:
    blog = MemoryBlog()
    world, at = world_with(blog), datetime(2025, 12, 24, 0, minute, tzinfo=UTC)
    world.run(at=at)
    assert (POST in blog.files) is is_there
    reason = None if is_there else "their time is still to come: 2025-12-24"
    assert of(world.run(at=at)).reason == reason
    world.run()
    assert POST in blog.files


MONDAY = date(2025, 12, 22)
WEEKS = keys.blog_week_post(MONDAY)
NEXT_MONDAY = datetime(2025, 12, 29, 0, 5, tzinfo=UTC)


def weekly_posts(blog: MemoryBlog) -> set[str]:
    return {path for path in blog.files if "weekly" in path}


@pytest.mark.parametrize(
    ("weekly", "at", "is_there"),
    [
        (True, NEXT_MONDAY, True),
        (True, datetime(2025, 12, 28, 23, 59, tzinfo=UTC), False),
        (True, datetime(2026, 1, 20, 12, tzinfo=UTC), True),
        (False, NEXT_MONDAY, False),
    ],
)
def test_a_week_that_is_over_has_its_post(weekly: bool, at: datetime, is_there: bool) -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    world.weekly = weekly
    world.run()
    assert weekly_posts(blog) == set()
    world.source.answers[at.date()] = b"[]"
    report = world.run(at.date(), at=at)
    assert ((WEEKS, Action.CREATED) in paths(report)) is is_there
    assert weekly_posts(blog) == ({WEEKS} if is_there else set())
    assert of(world.run(at.date(), at=at)).status == BlogStatus.UNCHANGED


def test_a_weeks_post_is_the_renderers() -> None:
    blog = MemoryBlog()
    world = world_with(blog, YESTERDAY)
    world.weekly = True
    world.run()
    world.run(at=NEXT_MONDAY)
    ports = world.ports()
    week = read_archive([DECEMBER], [], ports).archive.week(MONDAY)
    assert [entry.day for entry in week.editions] == [YESTERDAY, DAY]
    assert blog.files[WEEKS] == ports.renderer().period_post(week)
    assert blog.messages[-1] == "weekly papers: 2025-W52\n\n2025-W52: 3 papers of 2 days, 6 votes\n"


def test_a_week_of_the_runs_days_is_compared() -> None:
    blog = MemoryBlog()
    before = date(2025, 12, 19)
    world = world_with(blog, before)
    world.weekly = True
    world.run(at=NEXT_MONDAY)
    others = keys.blog_week_post(date(2025, 12, 15))
    assert weekly_posts(blog) == {WEEKS, others}
    blog.commits.append(("by hand", blog.files | {WEEKS: b"edited", others: b"edited"}))
    world.has(DAY, 3, 2, 9, title=f"Of {DAY}")
    assert (WEEKS, Action.UPDATED) in paths(world.run(DAY, at=NEXT_MONDAY))
    assert blog.files[others] == b"edited"
    assert paths(world.run(before, at=NEXT_MONDAY)) == [(others, Action.UPDATED)]


def test_a_week_may_span_two_months() -> None:
    blog = MemoryBlog()
    wednesday, friday = date(2025, 10, 29), date(2025, 10, 31)
    monday, saturday = date(2025, 10, 27), date(2025, 11, 1)
    world = world_with(blog, wednesday, friday, saturday)
    world.weekly = True
    # November is compared, October is not.
    world.run(at=NEXT_MONDAY)
    ports = world.ports()
    week = read_archive([date(2025, 10, 1), NOVEMBER], [], ports).archive.week(monday)
    assert [entry.day for entry in week.editions] == [wednesday, friday, saturday]
    assert blog.files[keys.blog_week_post(monday)] == ports.renderer().period_post(week)
    assert keys.blog_post(friday) not in blog.files
    assert of(world.run(at=NEXT_MONDAY)).status == BlogStatus.UNCHANGED


@pytest.mark.parametrize("retried", [False, True])
def test_a_week_of_which_all_is_withdrawn(retried: bool) -> None:
    blog = MemoryBlog()
    world = world_with(blog, date(2025, 12, 19))
    world.weekly = True
    world.run(at=NEXT_MONDAY)
    assert WEEKS in blog.files
    archive, _ = withdraw(DAY, None, RunRequest((DAY,), NEXT_MONDAY), world.ports())
    days = [] if retried else [DAY]
    request = RunRequest((DAY,), NEXT_MONDAY)
    deliver(archive, days, request, world.ports(), lambda: blog, months=[DECEMBER])
    assert weekly_posts(blog) == {keys.blog_week_post(date(2025, 12, 15))}


@pytest.mark.parametrize("paper_id", [None, "2512.00001"])
def test_a_weeks_post_that_is_there_lacks_what_is_withdrawn(paper_id: str | None) -> None:
    """Also where the blog wants no more posts of weeks."""
    blog = MemoryBlog()
    world = world_with(blog, date(2025, 12, 19), YESTERDAY)
    world.weekly = True
    world.run(YESTERDAY, DAY, at=NEXT_MONDAY)
    before = blog.files[WEEKS]
    world.weekly = False
    for day in (YESTERDAY, DAY):
        archive, _ = withdraw(day, paper_id, RunRequest((day,), NEXT_MONDAY), world.ports())
        deliver(archive, [day], RunRequest((day,), NEXT_MONDAY), world.ports(), lambda: blog)
    assert blog.files.get(WEEKS) != before
    assert b"2512.00001" not in blog.files.get(WEEKS, b"")


@pytest.mark.parametrize("layout", ["seed", "brief"])
def test_requests_of_a_run_with_a_blog(layout: str) -> None:
    """Of the store: two states are read, and read again after the commit."""
    world = World(layout=layout)
    days = (DAY, YESTERDAY, DAY - timedelta(days=7))
    for day in (date(2025, 11, 28), *days):
        world.publish(day)
    alone = World(source=world.source, layout=layout)
    alone.store.objects |= world.store.objects
    world.blog, world.weekly = MemoryBlog(), True
    for number in (9, 12):
        for one in (world, alone):
            for day in days:
                world.has(day, 3, 2, number, title=f"Of {day}")
            assert one.run(*days, hours=number).errors() == []
    assert len(world.store.puts) == len(alone.store.puts)
    assert len(world.store.gets) <= len(alone.store.gets) + 5


def test_a_week_of_imported_editions_has_no_post() -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    world.weekly = True
    backfill.write_days(imported(YESTERDAY), RunRequest((), NOW), world.ports())
    world.source.answers[YESTERDAY] = b"[]"
    assert of(world.run(YESTERDAY, at=NEXT_MONDAY)).status == BlogStatus.UNCHANGED
    world.run(DAY, at=NEXT_MONDAY)
    assert weekly_posts(blog) == {WEEKS}


def test_a_post_is_the_archives_own() -> None:
    """What rose overnight is in the post, and does not follow from the edition."""
    blog = MemoryBlog()
    world = world_with(blog)
    world.run()
    post = world.body(keys.edition_post(DAY)) + b"what rose\n"
    entry = replace(world.known(), post_blob=blob_id(post) or "")
    month = replace(world.month(), editions=(entry,))
    world.edit(keys.edition_post(DAY), post)
    archive = read_archive([DECEMBER], [], world.ports()).archive.with_month(month)
    request = RunRequest((DAY,), NOW, dry_run=True)
    report = deliver(archive, [DAY], request, world.ports(), lambda: blog)
    assert [(one.key, one.size) for one in report.changes] == [(POST, len(post))]


@pytest.mark.parametrize("day", [YESTERDAY, date(2025, 11, 30)])
def test_what_rose_and_is_withdrawn_leaves_the_blog(day: date) -> None:
    """It is in the post of the edition after, which may be in another month."""
    blog = MemoryBlog()
    world = world_with(blog)
    world.layout = "brief"
    after, at = day + timedelta(days=1), datetime.combine(day, NOW.timetz())
    world.has(day, 1, 2, title="Rising")
    world.run(day, at=at)
    world.has(day, 9, 2, title="Rising")
    world.has(after, 1, title="After")
    world.run(day, after, at=at + timedelta(days=1))
    posts = [path for path, body in blog.files.items() if b"Rising" in body]
    assert keys.blog_post(after) in posts
    request = RunRequest((day,), at + timedelta(days=1))
    archive, _ = withdraw(day, None, request, world.ports())
    deliver(archive, [day], request, world.ports(), lambda: blog)
    assert [path for path, body in blog.files.items() if b"Rising" in body] == []


def imported(*days: date) -> list[Candidate]:
    papers = (paper(1, submitted_at=None), paper(2, submitted_at=None))
    return [Candidate(Edition(day, papers, Origin.IMPORT), NOW) for day in days]


def test_imported_editions_are_left_alone() -> None:
    blog = MemoryBlog({"_posts/2025-12-22-old-name.md": b"old"})
    world = world_with(blog)
    days = [DAY - timedelta(days=2), YESTERDAY]
    backfill.write_days(imported(*days), RunRequest((), NOW), world.ports())
    world.source.answers[YESTERDAY] = b"[]"
    assert of(world.run(YESTERDAY, at=JANUARY)).status == BlogStatus.UNCHANGED
    assert len(blog.files) == 1


@pytest.mark.parametrize("mark", [None, "2512.00001"])
@pytest.mark.parametrize("is_imported", [False, True])
def test_what_is_withdrawn_leaves_the_blog(mark: str | None, is_imported: bool) -> None:
    blog = MemoryBlog()
    world = world_with(blog)
    days = (YESTERDAY, DAY)
    if is_imported:
        backfill.write_days(imported(*days), RunRequest((), NOW), world.ports())
        posts = {keys.blog_post(day): world.body(keys.edition_post(day)) for day in days}
        blog.commits.append(("by hand", posts | {DATA: b"{}"}))
    else:
        world.publish(*days)
    request = RunRequest((DAY,), NOW)
    archive, _ = withdraw(DAY, mark, request, world.ports())
    report = deliver(archive, [DAY], request, world.ports(), lambda: blog)
    action = Action.UPDATED if mark else Action.REMOVED
    assert [(one.key, one.action) for one in report.changes] == [(POST, action), (DATA, action)]
    assert keys.blog_post(YESTERDAY) in blog.files
    if not mark:
        assert blog.messages[-1].splitlines()[-1] == "2025-12-24: withdrawn"
    again = deliver(archive, [DAY], request, world.ports(), lambda: blog)
    assert again.status == BlogStatus.UNCHANGED


def test_a_month_of_which_all_is_withdrawn() -> None:
    blog = MemoryBlog()
    world = world_with(blog, date(2025, 11, 28), DAY)
    world.run(at=JANUARY)
    assert DECEMBERS in blog.files
    archive, _ = withdraw(DAY, None, RunRequest((DAY,), JANUARY), world.ports())
    deliver(archive, [DAY], RunRequest((DAY,), JANUARY), world.ports(), lambda: blog)
    assert not {POST, DATA, DECEMBERS} & blog.files.keys()


def test_a_dry_run_commits_nothing() -> None:
    blog, other = MemoryBlog(), MemoryBlog()
    world = world_with(blog, DAY)
    told = of(world.run(dry_run=True))
    assert blog.messages == []
    done = of(world_with(other, DAY).run())
    assert replace(told, commit=None) == replace(done, commit=None)


def test_without_a_blog_nothing_is_told() -> None:
    world = World()
    world.has(DAY, 1)
    assert world.run().blog is None


class TroubledBlog(MemoryBlog):
    """A blog where something happens instead of, or after, the first commits."""

    def __init__(self, *troubles: BlogError, effective: bool = False) -> None:
        super().__init__()
        self.troubles, self.effective = list(troubles), effective

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and isinstance(trouble, BlogConflict):
            self.commits.append(("somebody else's", {**self.files, "theirs.md": b"theirs"}))
        if trouble and not self.effective:
            raise trouble
        made = super().commit(tip, message, files)
        if trouble:
            raise trouble
        return made


@pytest.mark.parametrize("times", [1, 10, 99])
def test_a_branch_that_moved(times: int) -> None:
    blog = TroubledBlog(*[BlogConflict("moved", "ada/blog")] * times)
    assert of(world_with(blog).run()).status == BlogStatus.COMMITTED
    assert blog.messages.count("somebody else's") == times
    assert {"theirs.md", POST, DATA} == blog.files.keys()


class OvertakenBlog(MemoryBlog):
    """A blog before whose first commit something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] | None = None

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        before, self.before = self.before, None
        if before:
            before()
        return super().commit(tip, message, files)


def test_what_a_twin_committed_is_not_ours() -> None:
    blog = OvertakenBlog()
    world = world_with(blog)
    twin = World(world.store, world.source, blog)
    blog.before = twin.run
    assert of(world.run()) == BlogReport(BlogStatus.UNCHANGED)
    assert len(blog.messages) == 1


def test_a_store_that_moved_meanwhile() -> None:
    """The commit is then brought to what was published last."""
    blog = OvertakenBlog()
    world = world_with(blog)
    other = World(world.store)
    other.has(DAY, 9, 9, 9)
    blog.before = lambda: other.run(hours=1)
    assert of(world.run()).status == BlogStatus.COMMITTED
    assert blog.files[POST] == world.body(keys.edition_post(DAY))
    assert len(blog.messages) == 2


@pytest.mark.parametrize("effective", [False, True])
def test_a_lost_answer_is_no_second_commit(effective: bool) -> None:
    blog = TroubledBlog(BlogUnavailable("502", "ada/blog"), effective=effective)
    report = world_with(blog).run()
    assert of(report).status == BlogStatus.COMMITTED
    assert of(report).commit
    assert [key for key, _ in paths(report)] == [POST, DATA]
    assert len(blog.messages) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (BlogRejected("no permission", "ada/blog"), 1),
        (BlogUnavailable("503", "ada/blog"), TRIES[BlogUnavailable]),
        (BlogConflict("moved", "ada/blog"), TRIES[BlogConflict]),
    ],
)
def test_a_blog_that_fails_fails_alone(error: BlogError, times: int) -> None:
    """The store is published, and an unchanged run brings the post later."""
    blog = TroubledBlog(*[error] * times)
    world = world_with(blog)
    report = world.run()
    assert report.errors() == [error]
    assert (report.editions[0].status, of(report).status) == (Status.PUBLISHED, BlogStatus.FAILED)
    assert POST not in blog.files
    report = world.run(hours=1)
    assert (report.editions[0].status, of(report).status) == (
        Status.UNCHANGED,
        BlogStatus.COMMITTED,
    )
    assert b"T14:00:00" in blog.files[DATA]


@pytest.mark.parametrize(("pauses", "status"), [(10, BlogStatus.COMMITTED), (0, BlogStatus.FAILED)])
def test_what_github_asks_to_wait(pauses: int, status: BlogStatus) -> None:
    blog = TroubledBlog(BlogUnavailable("limited", "ada/blog", wait=30.0))
    pause = Pauses(pauses)
    ports = replace(world_with(blog).ports(), pause=pause)
    assert of(publish.run(RunRequest((DAY,), NOW), ports)).status == status
    assert pause.taken == [30.0]


def test_a_secret_that_is_missing() -> None:
    def open_blog() -> Blog:
        raise SettingsError("the secret is empty")

    world = world_with()
    report = publish.run(RunRequest((DAY,), NOW), replace(world.ports(), blog=open_blog))
    assert isinstance(of(report).error, SettingsError)
    assert keys.LATEST_POST in world.store.objects


def test_an_incomplete_store_is_not_delivered() -> None:
    blog, store = MemoryBlog(), MeanwhileStore()
    store.before[keys.LATEST_JSON] = failing(StoreError("SlowDown", keys.LATEST_JSON))
    world = world_with(blog)
    world.store = store
    report = of(world.run())
    assert (report.status, report.reason) == (BlogStatus.SKIPPED, "the store is not complete")
    assert blog.looks == 0


@pytest.mark.parametrize(
    ("body", "oid"),
    [
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        (None, None),
    ],
)
def test_the_id_that_git_gives(body: bytes | None, oid: str | None) -> None:
    assert blob_id(body) == oid
