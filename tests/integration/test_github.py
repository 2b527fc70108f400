"""Runs whose blog is on GitHub, through all that can go wrong there."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from adapters import web
from adapters.github import GitHub as Web
from adapters.github import GitHubBranch, GitHubPullRequest
from core import publish
from core.blog.commits import TRIES
from core.model.blog import BlogReport, BlogStatus
from core.model.errors import BlogError, BlogRejected, BlogUnavailable
from core.model.ports import Pause
from core.model.report import RunReport, Status
from handler import bootstrap, reports
from handler.settings import BlogSettings
from tests.support.fakes import (
    DAY,
    FakeSource,
    MemoryStore,
    Pauses,
    answer,
    entry,
    ports,
    request,
)
from tests.support.github import (
    BAD_GATEWAY,
    TOKEN,
    GitHub,
    github,
    needs_github,
    primary_limit,
    secondary_limit,
)
from tests.support.github.answers import message as words
from tests.support.servers import Answer

pytestmark = needs_github

YESTERDAY = DAY - timedelta(days=1)
POST, DATA = f"_posts/{DAY}-daily-papers.md", f"_data/papers/daily-{DAY}.json"
README = {"README.md": b"mine"}
HEADLINE, BODY = f"daily papers: {DAY}", f"{DAY}: 2 papers, 3 votes"
SIDE = "paperboy/main"
EXPIRED = f"{TOKEN}_expired"
IN_2100 = 4_102_444_800
HTML = {"Content-Type": "text/html"}
GONE = Answer(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": "https://example.org/graphql"})
LATE = Answer(HTTPStatus.GATEWAY_TIMEOUT, b"<html>504 Gateway Time-out</html>", HTML)


@dataclass
class Runs:
    """What the runs of a test share: their GitHub, settings and store."""

    github: GitHub
    store: MemoryStore = field(default_factory=MemoryStore)
    pause: Pauses = field(default_factory=lambda: Pauses(200))
    forgotten: int = 0
    url: str = ""
    token: str = TOKEN
    repository: str = "ada/blog"
    branch: str = "main"
    pull_requests: bool = False

    def forget(self) -> None:
        self.forgotten += 1

    def kind(self) -> type[GitHubBranch]:
        return GitHubPullRequest if self.pull_requests else GitHubBranch

    def web(self) -> Web:
        url = self.url or self.github.url
        return Web(url, self.token, self.repository, lambda: 60.0, self.forget)

    def run(self, votes: int = 1, pause: Pause | None = None, web: Web | None = None) -> RunReport:
        """Publish a day of two papers, one with so many votes, and show no secret."""
        pause = pause or self.pause
        blog = self.kind()(web or self.web(), self.branch, pause)
        source = FakeSource({DAY: answer(entry(1, upvotes=votes), entry(2))})
        mine = replace(ports(source, self.store, blog=blog), pause=pause)
        report = publish.run(request(), mine)
        assert self.token not in shown(report)
        return report

    def deliver(self, votes: int = 1, pause: Pause | None = None) -> BlogReport:
        """Run, and return what became of the blog."""
        report = self.run(votes, pause)
        assert report.blog
        return report.blog

    def fail(self) -> BlogError:
        """Run, and return the error of the blog alone: the store is published."""
        report = self.run()
        assert report.blog
        assert report.blog.status == BlogStatus.FAILED
        assert report.editions[0].status in (Status.PUBLISHED, Status.UNCHANGED)
        assert "latest.json" in self.store.objects
        (error,) = report.errors()
        assert isinstance(error, BlogError)
        assert error.repository == self.repository
        return error

    def ours(self, branch: str = "main") -> list[str]:
        """Return the headlines of the branch's commits, without its first and others' pushes."""
        headlines = [commit.headline for commit in self.github.log(branch)[1:]]
        return [headline for headline in headlines if headline != "Elsewhere"]

    def asked(self) -> str:
        """Return what GitHub was asked: a letter for each query and mutation."""
        return "".join(asked.kind[:1] or "?" for asked in self.github.requests)


def shown(report: RunReport) -> str:
    """Return all that anybody may see of a report: as JSON, as repr, and its errors' causes."""
    errors = report.errors()
    texts = [json.dumps(reports.as_json(report)), repr(report), str(reports.failure(report))]
    texts += ["".join(traceback.format_exception(error)) for error in errors]
    return "\n".join([*texts, *(repr(error.__cause__) for error in errors)])


@pytest.fixture
def runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Runs]:
    caplog.set_level(logging.DEBUG)
    with github(tmp_path, files=README) as server:
        made = Runs(server)
        yield made
        assert made.pull_requests or all(len(one.parents) == 1 for one in server.log("main")[1:])
    assert made.token not in caplog.text


@pytest.fixture
def pulls(runs: Runs) -> Runs:
    runs.pull_requests = True
    return runs


def test_two_requests_with_a_change_and_one_without(runs: Runs) -> None:
    report = runs.deliver()
    (made,) = runs.github.log("main")[1:]
    assert (report.status, runs.asked()) == (BlogStatus.COMMITTED, "qm")
    assert report.commit
    assert (report.commit.oid, report.commit.url) == (
        made.oid,
        f"https://github.com/ada/blog/commit/{made.oid}",
    )
    assert (made.headline, made.body) == (HEADLINE, BODY)
    assert runs.github.files("main") == README | {
        POST: b"Paper 2\nPaper 1",
        DATA: f"{DAY} {DAY}T14:00:00+00:00 2512.00002:2,2512.00001:1".encode(),
    }
    assert runs.deliver().status == BlogStatus.UNCHANGED
    assert runs.asked() == "qmq"
    assert runs.deliver(votes=9).status == BlogStatus.COMMITTED
    assert runs.asked() == "qmqqm"
    assert runs.ours() == [HEADLINE] * 2
    assert runs.pause.taken == []


def stale(times: int, overtaken: bool = False) -> Callable[[Runs], object]:
    return lambda runs: runs.github.stale(times, overtaken=overtaken)


def lagging(runs: Runs) -> None:
    runs.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")
    runs.github.lag(1)


def theirs_first(runs: Runs) -> None:
    """Let another client put our very post, and other data, while reads still lag."""
    runs.github.push({POST: b"Paper 2\nPaper 1", DATA: b"{}"}, "Elsewhere", "main")
    runs.github.lag(1)


@pytest.mark.parametrize(
    ("prepare", "asked"),
    [
        (stale(1), "qm" * 2),
        (stale(10), "qm" * 11),
        (stale(1, overtaken=True), "qm" * 2),
        (stale(10, overtaken=True), "qm" * 11),
        (lagging, "qm" * 2),
        (theirs_first, "qm" * 2),
    ],
)
def test_a_branch_that_moves_is_caught_up_with(
    runs: Runs, prepare: Callable[[Runs], object], asked: str
) -> None:
    prepare(runs)
    assert runs.deliver().status == BlogStatus.COMMITTED
    assert runs.asked() == asked
    assert runs.ours() == [HEADLINE]
    assert runs.github.files("main").items() >= {POST: b"Paper 2\nPaper 1", **README}.items()
    assert runs.github.files("main")[DATA].endswith(b"2512.00002:2,2512.00001:1")
    assert runs.pause.taken == [1.0] * (asked.count("m") - 1)
    assert runs.deliver().status == BlogStatus.UNCHANGED


def test_a_branch_that_others_brought_to_the_same_is_left_alone(runs: Runs) -> None:
    runs.deliver()
    ours = {path: runs.github.files("main")[path] for path in (POST, DATA)}
    runs.github.push({POST: b"old", DATA: b"old"}, "Elsewhere", "main")
    runs.github.push(dict(ours), "Elsewhere", "main")
    runs.github.lag(1)
    assert runs.deliver().status == BlogStatus.UNCHANGED
    assert runs.ours() == [HEADLINE]
    assert runs.asked() == "qm" + "qmq"


def test_a_branch_that_never_stands_still_is_given_up(runs: Runs) -> None:
    runs.github.stale(3)
    runs.pause = Pauses(2)
    assert runs.fail().wait == 1.0
    assert runs.asked() == "qmqmqm"
    assert runs.ours() == []
    assert runs.deliver().status == BlogStatus.COMMITTED


def other_api(runs: Runs) -> None:
    runs.url = f"{runs.github.url}/wrong"


def answers(*given: Answer, to: str = "query") -> Callable[[Runs], object]:
    return lambda runs: runs.github.answer_instead(*given, to=to)


def set_to(**settings: str) -> Callable[[Runs], object]:
    return lambda runs: vars(runs).update(settings)


PERMISSION = r"not accessible by personal access token; the token needs Contents: write"
PULL = r"through a pull request.*let Paperboy open pull requests \(BlogPullRequests=true\)"
NAME = r"Repository with the name 'ada/gone'.*check the repository's name"


@pytest.mark.parametrize(
    ("prepare", "problem", "asked", "forgotten"),
    [
        (set_to(token=EXPIRED), r"401: Bad credentials; .* expired", "q", 1),
        (lambda runs: runs.github.forbid(), PERMISSION, "qm", 0),
        (answers(words(403, "Resource not accessible by personal access token")),
         r"403: .*; the token needs Contents: write", "q", 0),
        (lambda runs: runs.github.protect("main"), PULL, "qm", 0),
        (lambda runs: runs.github.protect("main", ruleset=False), PULL, "qm", 0),
        (set_to(branch="master"), r"there is no branch master: create it, or name another", "q", 0),
        (set_to(repository="ada/gone"), NAME, "q", 0),
        (other_api, r"404: Not Found; check the API's address", "q", 0),
        (answers(GONE), r"301.*check the API's address", "q", 0),
        (answers(words(400, "Problems parsing JSON")), r"400: Problems parsing JSON", "q", 0),
    ],
)  # fmt: skip
def test_a_refusal_is_final_and_tells_what_to_do(
    runs: Runs, prepare: Callable[[Runs], object], problem: str, asked: str, forgotten: int
) -> None:
    prepare(runs)
    error = runs.fail()
    assert isinstance(error, BlogRejected)
    with pytest.raises(BlogRejected, match=f"(?s){problem}"):
        raise error
    assert (runs.asked(), runs.forgotten, runs.pause.taken) == (asked, forgotten, [])
    assert runs.github.files("main") == README


def test_a_token_that_was_replaced_completes_the_work(runs: Runs) -> None:
    runs.token = EXPIRED
    runs.fail()
    runs.token = TOKEN
    assert runs.deliver().status == BlogStatus.COMMITTED


def test_a_secret_that_was_replaced_is_read_again(runs: Runs, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    settings = BlogSettings("ada/blog", secret.as_uri(), api=runs.github.url)
    mine = replace(
        ports(FakeSource({DAY: answer(entry(1))}), runs.store),
        blog=lambda: bootstrap.blog(settings, lambda: 60.0),
    )

    def run() -> BlogReport:
        report = publish.run(request(), mine).blog
        assert report
        return report

    secret.write_text(EXPIRED)
    assert isinstance(run().error, BlogRejected)
    secret.write_text(f"{TOKEN}\n")
    assert run().status == BlogStatus.COMMITTED
    secret.unlink()
    assert run().status == BlogStatus.UNCHANGED


def test_a_renamed_repository_answers_to_its_old_name(runs: Runs) -> None:
    runs.github.renamed_from("ada/old")
    runs.repository = "ada/old"
    assert runs.deliver().status == BlogStatus.COMMITTED
    assert runs.ours() == [HEADLINE]
    assert runs.asked() == "qm"


def before(*given: Answer) -> Callable[[Runs, str], object]:
    return lambda runs, to: runs.github.answer_instead(*given, to=to)


def after(*given: Answer) -> Callable[[Runs, str], object]:
    return lambda runs, to: runs.github.answer_after(*given, to=to)


TROUBLES = [
    (before(secondary_limit(7)), 7.0),
    (before(secondary_limit(7, HTTPStatus.TOO_MANY_REQUESTS)), 7.0),
    (before(secondary_limit(None)), 60.0),
    (before(secondary_limit(None, HTTPStatus.TOO_MANY_REQUESTS)), 60.0),
    (before(secondary_limit(7, HTTPStatus.OK)), 7.0),
    (before(primary_limit(1)), 0.0),
    (before(primary_limit(1, "RATE_LIMITED")), 0.0),
    (before(BAD_GATEWAY), 0.0),
    (before(LATE), 0.0),
    (before(Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"", {"Retry-After": "3"})), 3.0),
    (before(Answer(body=b"\xff\x00 garbage")), 0.0),
    (before(Answer(body=b"")), 0.0),
    (before(Answer(body=b"[" * 100_000)), 0.0),
    (before(Answer(body=b"<html>Unicorn!</html>", headers=HTML)), 0.0),
    (before(Answer(body=b'{"data": null}')), 0.0),
    (before(Answer(reset=True)), 0.0),
    (before(Answer(body=b'{"data": {}}', cut=5)), 0.0),
    (after(BAD_GATEWAY), 0.0),
    (after(LATE), 0.0),
    (after(Answer(body=b"\xff\x00 garbage")), 0.0),
    (after(secondary_limit(7)), 7.0),
    (lambda runs, to: runs.github.spoil(to=to, cut=20), 0.0),
    (lambda runs, to: runs.github.spoil(to=to, reset=True), 0.0),
]


@pytest.mark.parametrize(("trouble", "wait"), TROUBLES)
@pytest.mark.parametrize("to", ["query", "mutation"])
def test_trouble_passes_and_the_commit_is_made_once(
    runs: Runs, trouble: Callable[[Runs, str], object], wait: float, to: str
) -> None:
    trouble(runs, to)
    report = runs.deliver()
    assert (report.status, runs.pause.taken) == (BlogStatus.COMMITTED, [wait])
    assert runs.ours() == [HEADLINE]
    assert report.commit
    assert report.commit.oid == runs.github.log("main")[-1].oid
    assert [change.key for change in report.changes] == [POST, DATA]
    assert runs.asked() in {"query": ["qqm"], "mutation": ["qmqm", "qmq"]}[to]


@pytest.mark.parametrize(("trouble", "wait"), TROUBLES)
def test_trouble_without_the_time_to_wait_is_the_next_runs(
    runs: Runs, trouble: Callable[[Runs, str], object], wait: float
) -> None:
    runs.pause = Pauses(0)
    trouble(runs, "mutation")
    error = runs.fail()
    assert isinstance(error, BlogUnavailable)
    assert (error.wait, runs.pause.taken, runs.asked()) == (wait, [wait], "qm")
    assert (f"asks to wait {wait:.0f} s" in str(error)) == ("rate limit" in str(error))
    runs.deliver()
    assert runs.ours() == [HEADLINE]


def test_an_hour_that_is_used_up_is_beyond_any_run(runs: Runs) -> None:
    runs.github.answer_instead(primary_limit(IN_2100), to="query")
    runs.pause = Pauses(0)
    error = runs.fail()
    assert isinstance(error, BlogUnavailable)
    assert error.wait > 1_000_000


def test_trouble_that_does_not_pass_is_given_up(runs: Runs) -> None:
    runs.github.answer_instead(*[BAD_GATEWAY] * TRIES[BlogUnavailable], to="mutation")
    assert isinstance(runs.fail(), BlogUnavailable)
    assert runs.asked() == "qm" * TRIES[BlogUnavailable]
    assert runs.ours() == []
    assert runs.deliver().status == BlogStatus.COMMITTED


class Hasty(Web):
    """Asks with little time left for a mutation."""

    def __init__(self, url: str) -> None:
        self.left = 60.0
        super().__init__(url, TOKEN, "ada/blog", lambda: self.left)

    def change(self, mutation: str, **fields: object) -> dict[str, object]:
        self.left = 0.5
        try:
            return super().change(mutation, **fields)
        finally:
            self.left = 60.0


def test_an_answer_that_comes_too_late_is_no_second_commit(runs: Runs) -> None:
    runs.github.spoil(to="mutation", delay=60)
    report = runs.run(web=Hasty(runs.github.url)).blog
    assert report
    assert (report.status, runs.ours(), runs.asked()) == (BlogStatus.COMMITTED, [HEADLINE], "qmq")


def test_a_run_without_time_asks_nothing(runs: Runs) -> None:
    web = Web(runs.github.url, TOKEN, "ada/blog", lambda: 0.0)
    runs.pause = Pauses(0)
    (error,) = runs.run(web=web).errors()
    assert isinstance(error, BlogUnavailable)
    assert runs.asked() == ""


def test_nobody_answers(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "BACKOFF", 0)
    runs.url = "http://127.0.0.1:9"
    runs.pause = Pauses(0)
    assert isinstance(runs.fail(), BlogUnavailable)


MANY = {DAY - timedelta(days=n): answer(entry(n)) for n in range(60)}


def deliver_many(runs: Runs, pause: Pause) -> BlogReport:
    blog = runs.kind()(runs.web(), "main", pause)
    mine = replace(ports(FakeSource(MANY), runs.store, blog=blog), pause=pause)
    report = publish.run(request(*MANY), mine).blog
    assert report
    return report


def test_more_than_a_hundred_files_reach_the_branch_in_one_step(runs: Runs) -> None:
    report = deliver_many(runs, runs.pause)
    assert report.status == BlogStatus.COMMITTED
    first, *last = runs.github.log("main")
    assert [commit.headline for commit in last] == [
        f"daily papers: 2025-10-26 to {DAY} (60 days) ({n} of 2)" for n in (1, 2)
    ]
    assert last[0].parents == (first.oid,)
    assert last[0].body == last[1].body
    october, november = (f"_posts/2025-{n}-01-monthly-papers-summary.md" for n in (10, 11))
    assert len(runs.github.files("main")) == 1 + 2 * len(MANY) + len((october, november))
    assert runs.github.files("main").keys() >= {POST, DATA, october, november}
    branches = [one.variables["input"]["branch"]["branchName"]
                for one in runs.github.asked("createCommitOnBranch")]  # fmt: skip
    assert "main" not in branches
    assert len(runs.github.asked("updateRef")) == 1
    assert runs.github.repository.refs().keys() == {"refs/heads/main"}
    assert runs.pause.taken == [1.0] * 3


@pytest.mark.parametrize("to", ["createCommitOnBranch", "updateRef"])
@pytest.mark.parametrize("give", [before, after])
def test_many_files_are_all_or_none(
    runs: Runs, give: Callable[[Answer], Callable[[Runs, str], object]], to: str
) -> None:
    give(BAD_GATEWAY)(runs, to)
    report = deliver_many(runs, Pauses(3))
    assert len(runs.github.log("main")) in (1, 3)
    assert runs.github.repository.refs().keys() == {"refs/heads/main"}
    assert isinstance(report.error, BlogUnavailable | None)
    assert deliver_many(runs, runs.pause).error is None
    assert len(runs.github.log("main")) == 3


def test_many_files_onto_a_branch_that_moves(runs: Runs) -> None:
    def push() -> None:
        runs.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")

    assert deliver_many(runs, Interrupted(3, push)).status == BlogStatus.COMMITTED
    assert [commit.headline for commit in runs.github.log("main")[1:2]] == ["Elsewhere"]
    assert len(runs.github.log("main")) == 4
    assert runs.github.repository.refs().keys() == {"refs/heads/main"}


def test_a_branch_that_moves_between_two_queries_is_looked_at_again(runs: Runs) -> None:
    lagging(runs)
    assert deliver_many(runs, runs.pause).status == BlogStatus.COMMITTED
    assert runs.asked() == "qq" + "qq" + "mmmmm"
    assert runs.github.log("main")[1].headline == "Elsewhere"


class Interrupted(Pauses):
    """A pause that takes no time, in the n-th of which something happens."""

    def __init__(self, number: int, happens: Callable[[], object]) -> None:
        super().__init__(200)
        self._number, self._happens = number, happens

    def __call__(self, attempt: int, at_least: float = 0.0) -> bool:
        going_on = super().__call__(attempt, at_least)
        if len(self.taken) == self._number:
            self._happens()
        return going_on


def open_pulls(runs: Runs) -> list[int]:
    found = runs.github.pull_requests
    return [one.number for one in found if one.state == "OPEN" and not one.fork]


def check_one_pull(runs: Runs, number: int = 1, votes: int = 1) -> None:
    """Check that one pull request is open, that it holds the day, and that main was left alone."""
    assert open_pulls(runs) == [number]
    assert runs.github.files(SIDE)[DATA].count(f"2512.00001:{votes}".encode()) == 1


def test_a_branch_that_appears_between_two_queries_is_looked_at_again(pulls: Runs) -> None:
    lagging(pulls)
    head = pulls.github.log("main")[-1].oid
    pulls.github.repository.move(f"refs/heads/{SIDE}", head, None)
    assert link(deliver_many(pulls, pulls.pause)) == "https://github.com/ada/blog/pull/1"
    assert pulls.asked() == "qq" + "qq" + "mmm"
    assert open_pulls(pulls) == [1]
    assert len(pulls.github.files(SIDE)) > len(MANY) * 2


def link(report: BlogReport) -> str:
    assert report.status == BlogStatus.COMMITTED
    assert report.commit
    return report.commit.url


def test_the_first_change_opens_a_pull_request(pulls: Runs) -> None:
    report = pulls.deliver()
    assert link(report) == "https://github.com/ada/blog/pull/1"
    (opened,) = pulls.github.pull_requests
    assert (opened.title, opened.body, opened.base) == (HEADLINE, BODY, "main")
    assert report.commit
    assert pulls.github.log(SIDE)[-1].oid == report.commit.oid
    assert pulls.ours(SIDE) == [HEADLINE]
    assert pulls.github.files("main") == README
    check_one_pull(pulls)


def test_later_changes_join_it_in_two_requests(pulls: Runs) -> None:
    pulls.deliver()
    pulls.github.requests.clear()
    assert link(pulls.deliver(votes=9)) == "https://github.com/ada/blog/pull/1"
    assert pulls.asked() == "qm"
    assert pulls.ours(SIDE) == [HEADLINE] * 2
    check_one_pull(pulls, votes=9)
    pulls.github.requests.clear()
    assert pulls.deliver(votes=9).status == BlogStatus.UNCHANGED
    assert pulls.asked() == "q"


@pytest.mark.parametrize("end", ["MERGED", "CLOSED", "deleted"])
@pytest.mark.parametrize("moved", [False, True])
def test_after_its_end_a_pull_request_begins_anew(pulls: Runs, end: str, moved: bool) -> None:
    pulls.deliver()
    (opened,) = pulls.github.pull_requests
    if end == "MERGED":
        pulls.github.merge(opened)
    else:
        pulls.github.end(opened)
    if end == "deleted":
        pulls.github.repository.move(f"refs/heads/{SIDE}", None, pulls.github.log(SIDE)[-1].oid)
    if moved:
        pulls.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")
    base = pulls.github.log("main")[-1].oid
    assert link(pulls.deliver(votes=9)) == "https://github.com/ada/blog/pull/2"
    assert pulls.github.log(SIDE)[-1].parents == (base,)
    check_one_pull(pulls, 2, votes=9)


def test_what_was_merged_is_not_proposed_again(pulls: Runs) -> None:
    pulls.deliver()
    pulls.github.merge(pulls.github.pull_requests[0])
    assert pulls.deliver().status == BlogStatus.UNCHANGED
    assert open_pulls(pulls) == []


def test_a_pull_request_of_a_fork_is_not_ours(pulls: Runs) -> None:
    pulls.github.open_pull_request(SIDE, "main", fork=True)
    assert link(pulls.deliver()).endswith("/pull/2")
    pulls.github.open_pull_request(SIDE, "main", fork=True)
    assert link(pulls.deliver(votes=5)).endswith("/pull/2")
    pulls.github.end(pulls.github.pull_requests[1])
    assert link(pulls.deliver(votes=9)).endswith("/pull/4")
    check_one_pull(pulls, 4, votes=9)
    assert pulls.ours(SIDE) == [HEADLINE]


def test_a_pull_request_into_another_branch_is_not_ours(pulls: Runs) -> None:
    pulls.github.open_pull_request(SIDE, "drafts")
    assert pulls.deliver().status == BlogStatus.COMMITTED
    assert open_pulls(pulls) == [1, 2]


def test_a_pull_request_that_exists_already_is_the_one(pulls: Runs) -> None:
    pause = Interrupted(2, lambda: pulls.github.open_pull_request(SIDE, "main"))
    assert link(pulls.deliver(pause=pause)) == "https://github.com/ada/blog/pull/1"
    assert pulls.ours(SIDE) == [HEADLINE]
    check_one_pull(pulls)


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(("times", "overtaken"), [(1, False), (10, False), (2, True)])
def test_the_branch_of_a_pull_request_moves(
    pulls: Runs, begun: bool, times: int, overtaken: bool
) -> None:
    if begun:
        pulls.deliver()
    pulls.github.stale(times, overtaken=overtaken)
    assert pulls.deliver(votes=9).status == BlogStatus.COMMITTED
    headlines = [commit.headline for commit in pulls.github.log(SIDE)]
    assert headlines.count("Elsewhere") == times
    check_one_pull(pulls, votes=9)


STEPS = ["query", "createRef", "createCommitOnBranch", "createPullRequest"]


@pytest.mark.parametrize("to", STEPS)
@pytest.mark.parametrize("give", [before, after])
@pytest.mark.parametrize("pauses", [1, 200])
def test_trouble_on_the_way_to_a_pull_request(
    pulls: Runs, give: Callable[[Answer], Callable[[Runs, str], object]], to: str, pauses: int
) -> None:
    give(BAD_GATEWAY)(pulls, to)
    error = pulls.deliver(pause=Pauses(pauses)).error
    assert isinstance(error, BlogUnavailable | None)
    assert error is None or pauses == 1
    assert pulls.deliver().error is None
    assert pulls.ours(SIDE) == [HEADLINE]
    check_one_pull(pulls)


@pytest.mark.parametrize("give", [before, after])
def test_trouble_on_the_way_to_the_next_pull_request(
    pulls: Runs, give: Callable[[Answer], Callable[[Runs, str], object]]
) -> None:
    pulls.deliver()
    pulls.github.end(pulls.github.pull_requests[0])
    pulls.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")
    give(BAD_GATEWAY)(pulls, "updateRefs")
    assert pulls.deliver(votes=9).status == BlogStatus.COMMITTED
    assert pulls.ours(SIDE) == [HEADLINE]
    check_one_pull(pulls, 2, votes=9)


def test_two_runs_begin_the_next_pull_request_at_once(pulls: Runs) -> None:
    """The other one does so between our look and our beginning; both commits stay."""
    pulls.deliver()
    pulls.github.end(pulls.github.pull_requests[0])
    pulls.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")
    blog = GitHubPullRequest(pulls.web(), "main", pulls.pause)
    tip = blog.tip([POST, DATA])
    pulls.deliver(votes=9)
    with pytest.raises(BlogError):
        blog.commit(tip, "late", [])
    check_one_pull(pulls, 2, votes=9)


def test_a_protected_branch_takes_pull_requests(pulls: Runs) -> None:
    pulls.github.protect("main")
    assert pulls.deliver().status == BlogStatus.COMMITTED
    check_one_pull(pulls)


def test_a_pull_request_without_permission(pulls: Runs) -> None:
    pulls.github.forbid()
    assert "Pull requests: write" in str(pulls.fail())
    assert pulls.github.repository.refs().keys() == {"refs/heads/main"}
