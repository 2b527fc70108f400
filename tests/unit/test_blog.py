"""The blog's half of a run on fakes: what is committed, when, and what a failure leaves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core import publish
from core.blog.commits import TRIES, blob_id
from core.blog.deliver import Entry, message
from core.model import keys
from core.model.blog import BlogFile, BlogReport, BlogStatus, Commit, Tip
from core.model.errors import (
    BlogConflict,
    BlogError,
    BlogRejected,
    BlogUnavailable,
    SettingsError,
    StoreError,
)
from core.model.objects import Artifact
from core.model.paper import Origin
from core.model.ports import Blog
from core.model.report import Action, Draft, RunReport, RunRequest, Status
from tests.support.fakes import (
    DAY,
    NOW,
    FakeSource,
    MemoryBlog,
    MemoryStore,
    Pauses,
    answer,
    edition,
    entry,
    paper,
    ports,
    request,
)

YESTERDAY = DAY - timedelta(days=1)
POST, DATA = "_posts/2025-12-24-daily-papers.md", "_data/papers/daily-2025-12-24.json"
TWO = answer(entry(1), entry(2))
LATER = NOW + timedelta(hours=12)


def run(
    blog: Blog, body: bytes = TWO, store: MemoryStore | None = None, now: datetime = NOW,
    dry_run: bool = False, pauses: int = 200,
) -> RunReport:  # fmt: skip
    source = FakeSource({now.date(): body} if body else {})
    asked = RunRequest((now.date(),), now, dry_run=dry_run)
    return publish.run(asked, ports(source, store or MemoryStore(), pauses, blog))


def of(report: RunReport) -> BlogReport:
    assert report.blog
    return report.blog


def test_a_new_edition_is_one_commit_of_post_and_data() -> None:
    blog = MemoryBlog({"README.md": b"mine"})
    report = of(run(blog))
    assert report.status == BlogStatus.COMMITTED
    assert report.commit == Commit("2", "memory:commit")
    assert [(change.key, change.action) for change in report.changes] == [
        (POST, Action.CREATED),
        (DATA, Action.CREATED),
    ]
    assert blog.messages == ["daily papers: 2025-12-24\n\n2025-12-24: 2 papers, 3 votes\n"]
    assert blog.files == {
        "README.md": b"mine",
        POST: b"Paper 2\nPaper 1",
        DATA: b"2025-12-24 2025-12-24T14:00:00+00:00 2512.00002:2,2512.00001:1",
    }


def test_the_same_edition_later_is_one_look_and_no_commit() -> None:
    blog, store = MemoryBlog(), MemoryStore()
    run(blog, store=store)
    report = of(run(blog, store=store, now=LATER - timedelta(hours=3)))
    assert (report.status, report.commit, report.changes) == (BlogStatus.UNCHANGED, None, ())
    assert (len(blog.messages), blog.looks) == (1, 2)


def test_the_time_in_the_data_is_that_of_the_run_that_brought_the_change() -> None:
    blog, store = MemoryBlog(), MemoryStore()
    run(blog, store=store)
    source = FakeSource({DAY: answer(entry(1, upvotes=9), entry(2))})
    for hours in (1, 2):
        asked = RunRequest((DAY,), NOW + timedelta(hours=hours))
        publish.run(asked, ports(source, store, blog=blog))
    assert blog.files[DATA].startswith(b"2025-12-24 2025-12-24T15:00:00+00:00 2512.00001:9")
    assert len(blog.messages) == 2


def test_all_days_of_a_run_are_one_commit() -> None:
    blog = MemoryBlog()
    source = FakeSource({DAY: TWO, YESTERDAY: answer(entry(3))})
    report = publish.run(request(DAY, YESTERDAY), ports(source, MemoryStore(), blog=blog))
    assert report.errors() == []
    assert blog.messages == [
        "daily papers: 2025-12-23, 2025-12-24\n\n"
        "2025-12-23: 1 paper, 3 votes\n2025-12-24: 2 papers, 3 votes\n"
    ]
    assert len(blog.files) == 4


@pytest.mark.parametrize(
    ("names", "headline"),
    [
        (["2025-12-24"], "daily papers: 2025-12-24"),
        (["2025-12-22", "2025-12-23", "2025-12-24"],
         "daily papers: 2025-12-22, 2025-12-23, 2025-12-24"),
        (["2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"],
         "daily papers: 2025-12-01 to 2025-12-04 (4 days)"),
    ],
)  # fmt: skip
def test_the_headline(names: list[str], headline: str) -> None:
    entries = [Entry(name, "about", ()) for name in names]
    assert message(entries).splitlines()[0] == headline


def test_a_month_alone_has_a_headline_of_its_own() -> None:
    assert message([Entry("2025-11", "about", (), "monthly papers")]) == (
        "monthly papers: 2025-11\n\n2025-11: about\n"
    )


def test_an_edition_that_was_kept_is_what_the_blog_gets() -> None:
    store, blog = MemoryStore(), MemoryBlog()
    run(MemoryBlog(), answer(*(entry(n) for n in range(1, 6))), store)
    report = run(blog, TWO, store)
    assert report.editions[0].status == Status.KEPT
    assert blog.files[POST].count(b"\n") == 4


DECEMBER, NEW_YEAR = "_posts/2025-12-01-monthly-papers-summary.md", date(2026, 1, 1)


@pytest.mark.parametrize("hour", [0, 12, 23])
@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 31)])
def test_the_first_run_after_a_month_brings_its_post(day: date, hour: int) -> None:
    store, blog = MemoryStore(), MemoryBlog()
    run(blog, store=store)
    assert DECEMBER not in blog.files
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    report = of(run(blog, b"[]", store, now))
    assert [change.key for change in report.changes] == [DECEMBER]
    assert blog.files[DECEMBER] == store.objects["monthly/2025-12.md"].body
    assert blog.messages[-1].startswith("monthly papers: 2025-12\n")
    assert of(run(blog, b"[]", store, now)).status == BlogStatus.UNCHANGED


def test_a_later_change_of_a_month_that_is_over_reaches_its_post() -> None:
    store, blog = MemoryStore(), MemoryBlog()
    run(blog, store=store)
    source = FakeSource({DAY: answer(entry(1), entry(2), entry(3))})
    asked = RunRequest((DAY,), datetime(2026, 1, 3, tzinfo=UTC))
    publish.run(asked, ports(source, store, blog=blog))
    assert blog.files[DECEMBER] == b"2025-12-24: 3"
    assert blog.messages[-1].splitlines()[-1] == "2025-12: 3 papers of 1 day, 6 votes"


def test_what_a_run_could_not_bring_the_next_one_does() -> None:
    store, blog = MemoryStore(), MemoryBlog()
    days = [DAY - timedelta(days=n) for n in (3, 2, 1)]
    for day in days:
        away = TroubledBlog(*[BlogUnavailable("503", "ada/blog")] * 4)
        assert of(run(away, store=store, now=NOW.replace(day=day.day))).error
    asked = run(blog, store=store)
    assert [change.key for change in of(asked).changes if change.key.startswith("_posts")] == [
        keys.blog_post(day) for day in [*days, DAY]
    ]
    assert blog.messages[0].splitlines()[0] == ("daily papers: 2025-12-21 to 2025-12-24 (4 days)")
    assert b"2025-12-21 2025-12-21T14:00:00+00:00" in blog.files[keys.blog_data(days[0])]
    assert of(run(blog, store=store, now=LATER - timedelta(hours=4))).changes == ()


def test_imported_editions_stay_as_the_blog_has_them() -> None:
    store, blog = MemoryStore(), MemoryBlog({"_posts/2025-12-23-old-name.md": b"old"})

    def imported(day: date) -> Draft:
        return Draft(
            replace(edition(paper(1, submitted_at=None), day=day), source=Origin.IMPORT), NOW
        )

    publish.run(request(YESTERDAY), ports(FakeSource({}), store), draft=imported)
    assert keys.edition_json(YESTERDAY) in store.objects
    store.gets.clear()
    report = of(run(blog, b"[]", store, datetime(2026, 1, 2, tzinfo=UTC)))
    assert (report.status, blog.messages) == (BlogStatus.UNCHANGED, [])
    assert keys.edition_json(YESTERDAY) not in store.gets
    report = of(publish.run(request(YESTERDAY), ports(FakeSource({}), store, blog=blog),
                            draft=imported))  # fmt: skip
    assert (report.status, blog.messages) == (BlogStatus.UNCHANGED, [])


@pytest.mark.parametrize(("minute", "committed"), [(14, False), (15, True)])
def test_a_post_ahead_of_the_clock_waits_for_the_next_run(minute: int, committed: bool) -> None:
    store, blog = MemoryStore(), MemoryBlog()
    run(blog, store=store, now=datetime(2025, 12, 24, 0, minute, tzinfo=UTC))
    assert (POST in blog.files) is committed
    assert of(run(blog, store=store, now=datetime(2025, 12, 24, 0, minute, tzinfo=UTC))).reason == (
        None if committed else "ahead of the clock: 2025-12-24"
    )
    run(blog, store=store)
    assert POST in blog.files


def test_a_dry_run_tells_the_commit_and_makes_none() -> None:
    rehearsed, real = MemoryBlog(), MemoryBlog()
    report, other = of(run(rehearsed, dry_run=True)), of(run(real))
    assert replace(report, commit=None) == replace(other, commit=None)
    assert rehearsed.messages == []


def test_without_a_blog_there_is_no_report_of_one() -> None:
    assert publish.run(request(), ports(FakeSource({DAY: TWO}), MemoryStore())).blog is None


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
def test_a_branch_that_moved_is_looked_at_again(times: int) -> None:
    blog = TroubledBlog(*[BlogConflict("moved", "ada/blog")] * times)
    assert of(run(blog)).status == BlogStatus.COMMITTED
    assert blog.messages.count("somebody else's") == times
    assert {"theirs.md", POST, DATA} == blog.files.keys()


class TwinBlog(MemoryBlog):
    """A blog to which another run commits just the same, before our first commit."""

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        if len(self.commits) == 1:
            super().commit(tip, "the twin's", files)
        return super().commit(tip, message, files)


def test_what_a_twin_committed_is_not_told_as_ours() -> None:
    blog = TwinBlog()
    assert of(run(blog)) == BlogReport(BlogStatus.UNCHANGED)
    assert blog.messages == ["the twin's"]


@pytest.mark.parametrize("effective", [False, True])
def test_an_answer_that_was_lost_is_no_second_commit(effective: bool) -> None:
    blog = TroubledBlog(BlogUnavailable("502", "ada/blog"), effective=effective)
    report = of(run(blog))
    assert report.status == BlogStatus.COMMITTED
    assert report.commit
    assert [change.key for change in report.changes] == [POST, DATA]
    assert len(blog.messages) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (BlogRejected("no permission", "ada/blog"), 1),
        (BlogUnavailable("503", "ada/blog"), TRIES[BlogUnavailable]),
        (BlogConflict("moved", "ada/blog"), TRIES[BlogConflict]),
    ],
)
def test_a_blog_that_fails_leaves_the_store_published(error: BlogError, times: int) -> None:
    blog, store = TroubledBlog(*[error] * times), MemoryStore()
    report = run(blog, store=store)
    assert report.errors() == [error]
    assert (report.editions[0].status, of(report).status) == (Status.PUBLISHED, BlogStatus.FAILED)
    assert "latest.json" in store.objects
    assert POST not in blog.files
    assert of(run(blog, store=store, now=LATER - timedelta(hours=3))).status == BlogStatus.COMMITTED
    assert b"T14:00:00" in blog.files[DATA]


def test_what_github_asks_to_wait_is_waited_if_there_is_time() -> None:
    blog = TroubledBlog(BlogUnavailable("limited", "ada/blog", wait=30.0))
    mine = ports(FakeSource({DAY: TWO}), MemoryStore(), blog=blog)
    pause = Pauses(10)
    report = publish.run(request(), replace(mine, pause=pause))
    assert (of(report).status, pause.taken) == (BlogStatus.COMMITTED, [30.0])
    blog = TroubledBlog(BlogUnavailable("limited", "ada/blog", wait=30.0))
    assert isinstance(of(run(blog, pauses=0)).error, BlogUnavailable)


def test_a_secret_that_is_missing_fails_the_blog_alone() -> None:
    def open_blog() -> Blog:
        raise SettingsError("the secret is empty")

    store = MemoryStore()
    mine = replace(ports(FakeSource({DAY: TWO}), store), blog=open_blog)
    report = publish.run(request(), mine)
    assert isinstance(of(report).error, SettingsError)
    assert "latest.md" in store.objects


class FullStore(MemoryStore):
    """A store that takes no `latest`."""

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if artifact.key == keys.LATEST_JSON:
            raise StoreError("SlowDown", artifact.key)
        super().put(artifact, replaces=replaces)


def test_a_store_that_is_not_complete_is_not_committed() -> None:
    blog = MemoryBlog()
    report = of(run(blog, store=FullStore()))
    assert (report.status, report.reason) == (BlogStatus.SKIPPED, "the store is not complete")
    assert blog.looks == 0


class OvertakenBlog(MemoryBlog):
    """A blog before whose first commit something happens."""

    def __init__(self, before: Callable[[], object]) -> None:
        super().__init__()
        self.before: Callable[[], object] | None = before

    def commit(self, tip: Tip, message: str, files: Sequence[BlogFile]) -> Commit:
        before, self.before = self.before, None
        if before:
            before()
        return super().commit(tip, message, files)


def test_a_commit_does_not_lag_behind_a_store_that_changed_meanwhile() -> None:
    store = MemoryStore()
    newer = answer(entry(1, upvotes=9), entry(2))
    blog = OvertakenBlog(lambda: run(MemoryBlog(), newer, store))
    assert of(run(blog, store=store)).status == BlogStatus.COMMITTED
    assert blog.files[POST] == b"Paper 1\nPaper 2"
    assert blog.files[POST] == store.objects["daily/2025-12-24.md"].body


@pytest.mark.parametrize(
    ("body", "oid"),
    [
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        (None, None),
    ],
)
def test_the_id_that_git_gives_to_a_file(body: bytes | None, oid: str | None) -> None:
    assert blob_id(body) == oid
