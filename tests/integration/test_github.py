"""The blog on GitHub: commits and pull requests, through all that can go wrong there."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path

import pytest

from adapters.github import GitHub as Web
from adapters.github import GitHubBranch, GitHubPullRequest
from core.blog.commits import different
from core.model.blog import BlogFile, Commit
from core.model.errors import BlogConflict, BlogError, BlogRejected, BlogUnavailable
from core.model.ports import Pause
from tests.support.canaries import chain
from tests.support.fakes import Pauses
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

POST, DATA = "_posts/2025-12-24-daily-papers.md", "_data/papers/daily-2025-12-24.json"
README = {"README.md": b"mine"}
HEADLINE, BODY = "daily papers: 2025-12-24", "2025-12-24: 2 papers, 3 votes"
SIDE = "paperboy/main"
EXPIRED = f"{TOKEN}_expired"
IN_2100 = 4_102_444_800
HTML = {"Content-Type": "text/html"}
GONE = Answer(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": "https://example.org/graphql"})
LATE = Answer(HTTPStatus.GATEWAY_TIMEOUT, b"<html>504 Gateway Time-out</html>", HTML)
MANY = {f"_posts/{number:03}.md": b"%d" % number for number in range(122)}


@dataclass
class Runs:
    """What the runs of a test share: their GitHub and their settings."""

    github: GitHub
    pause: Pauses = field(default_factory=lambda: Pauses(200))
    forgotten: int = 0
    url: str = ""
    token: str = TOKEN
    repository: str = "ada/blog"
    branch: str = "main"
    pull_requests: bool = False

    def forget(self) -> None:
        self.forgotten += 1

    def web(self) -> Web:
        url = self.url or self.github.url
        return Web(url, self.token, self.repository, lambda: 60.0, self.forget)

    def deliver(
        self,
        votes: int = 1,
        pause: Pause | None = None,
        web: Web | None = None,
        files: dict[str, bytes] | None = None,
    ) -> Commit | None:
        """Bring two files, one with so many votes, to the branch: look, compare, commit, retry.

        Returns None when the branch has them already.
        """
        pause = pause or self.pause
        kind = GitHubPullRequest if self.pull_requests else GitHubBranch
        blog = kind(web or self.web(), self.branch, pause)
        files = files or {POST: b"Paper 2\nPaper 1", DATA: b"%d votes" % votes}
        unsure = False
        for attempt in count(1):
            try:
                tip = blog.tip(list(files))
                wanted = different([BlogFile(*file) for file in files.items()], tip)
                if not wanted:
                    return Commit(tip.oid, tip.url) if unsure else None
                return blog.commit(tip, f"{HEADLINE}\n\n{BODY}\n", wanted)
            except (BlogConflict, BlogUnavailable) as error:
                unsure |= isinstance(error, BlogUnavailable)
                if not pause(attempt, error.wait):
                    raise
        raise AssertionError

    def fail(self) -> BlogError:
        """Deliver, and return the error, which holds no secret."""
        with pytest.raises(BlogError) as caught:
            self.deliver()
        shown = [*traceback.format_exception(caught.value), *chain(caught.value)]
        assert self.token not in "".join(shown)
        return caught.value

    def ours(self, branch: str = "main") -> list[str]:
        """Return the headlines of the branch's commits, without its first and others' pushes."""
        headlines = [commit.headline for commit in self.github.log(branch)[1:]]
        return [headline for headline in headlines if headline != "Elsewhere"]

    def asked(self) -> str:
        """Return what GitHub was asked: a letter for each query and mutation."""
        return "".join(asked.kind[:1] or "?" for asked in self.github.requests)


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
    commit = runs.deliver()
    (made,) = runs.github.log("main")[1:]
    assert commit == Commit(made.oid, f"https://github.com/ada/blog/commit/{made.oid}")
    assert runs.asked() == "qm"
    assert (made.headline, made.body) == (HEADLINE, BODY)
    assert runs.github.files("main") == README | {POST: b"Paper 2\nPaper 1", DATA: b"1 votes"}
    assert runs.deliver() is None
    assert runs.asked() == "qmq"
    assert runs.deliver(votes=9)
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
    assert runs.deliver()
    assert runs.asked() == asked
    assert runs.ours() == [HEADLINE]
    assert runs.github.files("main").items() >= {POST: b"Paper 2\nPaper 1", **README}.items()
    assert runs.github.files("main")[DATA] == b"1 votes"
    assert runs.pause.taken == [1.0] * (asked.count("m") - 1)
    assert runs.deliver() is None


def test_a_branch_that_others_brought_to_the_same_is_left_alone(runs: Runs) -> None:
    runs.deliver()
    ours = {path: runs.github.files("main")[path] for path in (POST, DATA)}
    runs.github.push({POST: b"old", DATA: b"old"}, "Elsewhere", "main")
    runs.github.push(dict(ours), "Elsewhere", "main")
    runs.github.lag(1)
    assert runs.deliver() is None
    assert runs.ours() == [HEADLINE]
    assert runs.asked() == "qm" + "qmq"


def test_a_branch_that_never_stands_still_is_given_up(runs: Runs) -> None:
    runs.github.stale(3)
    runs.pause = Pauses(2)
    assert runs.fail().wait == 1.0
    assert runs.asked() == "qmqmqm"
    assert runs.ours() == []
    assert runs.deliver()


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
    assert runs.deliver()


def test_a_renamed_repository_answers_to_its_old_name(runs: Runs) -> None:
    runs.github.renamed_from("ada/old")
    runs.repository = "ada/old"
    assert runs.deliver()
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
    commit = runs.deliver()
    assert runs.pause.taken == [wait]
    assert runs.ours() == [HEADLINE]
    assert commit
    assert commit.oid == runs.github.log("main")[-1].oid
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
    assert runs.deliver(web=Hasty(runs.github.url))
    assert (runs.ours(), runs.asked()) == ([HEADLINE], "qmq")


def test_a_run_without_time_asks_nothing(runs: Runs) -> None:
    web = Web(runs.github.url, TOKEN, "ada/blog", lambda: 0.0)
    with pytest.raises(BlogUnavailable, match="the run's time is over"):
        runs.deliver(web=web, pause=Pauses(0))
    assert runs.asked() == ""


def test_nobody_answers(runs: Runs) -> None:
    runs.url = "http://127.0.0.1:9"
    runs.pause = Pauses(0)
    assert isinstance(runs.fail(), BlogUnavailable)


def test_more_than_a_hundred_files_reach_the_branch_in_one_step(runs: Runs) -> None:
    assert runs.deliver(files=MANY)
    first, *last = runs.github.log("main")
    assert [commit.headline for commit in last] == [f"{HEADLINE} ({n} of 2)" for n in (1, 2)]
    assert last[0].parents == (first.oid,)
    assert last[0].body == last[1].body == BODY
    assert runs.github.files("main") == README | MANY
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
    with suppress(BlogUnavailable):
        runs.deliver(files=MANY, pause=Pauses(3))
    assert len(runs.github.log("main")) in (1, 3)
    assert runs.github.repository.refs().keys() == {"refs/heads/main"}
    runs.deliver(files=MANY)
    assert len(runs.github.log("main")) == 3


def test_many_files_onto_a_branch_that_moves(runs: Runs) -> None:
    def push() -> None:
        runs.github.push({"elsewhere.txt": b"0"}, "Elsewhere", "main")

    assert runs.deliver(files=MANY, pause=Interrupted(3, push))
    assert [commit.headline for commit in runs.github.log("main")[1:2]] == ["Elsewhere"]
    assert len(runs.github.log("main")) == 4
    assert runs.github.repository.refs().keys() == {"refs/heads/main"}


def test_a_branch_that_moves_between_two_queries_is_looked_at_again(runs: Runs) -> None:
    lagging(runs)
    assert runs.deliver(files=MANY)
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
    assert runs.github.files(SIDE)[DATA] == b"%d votes" % votes


def test_a_branch_that_appears_between_two_queries_is_looked_at_again(pulls: Runs) -> None:
    lagging(pulls)
    head = pulls.github.log("main")[-1].oid
    pulls.github.repository.move(f"refs/heads/{SIDE}", head, None)
    assert link(pulls.deliver(files=MANY)) == "https://github.com/ada/blog/pull/1"
    assert pulls.asked() == "qq" + "qq" + "mmm"
    assert open_pulls(pulls) == [1]
    assert pulls.github.files(SIDE).items() >= MANY.items()


def link(commit: Commit | None) -> str:
    assert commit
    return commit.url


def test_the_first_change_opens_a_pull_request(pulls: Runs) -> None:
    commit = pulls.deliver()
    assert commit
    assert commit.url == "https://github.com/ada/blog/pull/1"
    (opened,) = pulls.github.pull_requests
    assert (opened.title, opened.body, opened.base) == (HEADLINE, BODY, "main")
    assert pulls.github.log(SIDE)[-1].oid == commit.oid
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
    assert pulls.deliver(votes=9) is None
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
    assert pulls.deliver() is None
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
    assert pulls.deliver()
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
    assert pulls.deliver(votes=9)
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
    try:
        pulls.deliver(pause=Pauses(pauses))
    except BlogUnavailable:
        assert pauses == 1
    pulls.deliver()
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
    assert pulls.deliver(votes=9)
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
    assert pulls.deliver()
    check_one_pull(pulls)


def test_a_pull_request_without_permission(pulls: Runs) -> None:
    pulls.github.forbid()
    assert "Pull requests: write" in str(pulls.fail())
    assert pulls.github.repository.refs().keys() == {"refs/heads/main"}
