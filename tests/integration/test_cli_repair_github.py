"""`paperboy repair` on GitHub: one commit, one fast-forward, one pull request, or nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from handler import bootstrap
from tests.support import archive, defects, stranger
from tests.support.command import Done, Paperboy, tree, write
from tests.support.fakes import Pauses
from tests.support.github import TOKEN, GitHub, github, needs_github
from tests.support.servers import replay_huggingface

pytestmark = needs_github

PAYLOADS = ("--payloads", "answers")
DECEMBER = "_posts/2025-12-01-monthly-papers-summary.md"
POST, DATA = stranger.post_path("2025-11-10"), stranger.DATA.format("2025-11-10")
SIDE = "paperboy/main"
MAIN = "refs/heads/main"
# Over 100 files, and all the days that the crawler had stored.
LONG = archive.clean_editions(date(2025, 11, 3), 279)


@dataclass
class Remote:
    """A blog here and on GitHub, and how to repair it there."""

    run: Paperboy
    github: GitHub
    directory: Path

    def repair(self, *options: str, blog: str = "blog", **environment: str) -> Done:
        """Repair the blog with the test's token, and touch nothing here."""
        before = tree(self.directory)
        settings = {
            "PAPERBOY_BLOG_REPOSITORY": "ada/blog",
            "PAPERBOY_BLOG_SECRET": f"file:{self.directory}/token",
            "PAPERBOY_BLOG_API": self.github.url,
        }
        done = self.run("repair", blog, *PAYLOADS, *options, **settings | environment)
        assert tree(self.directory) == before
        assert TOKEN not in done.out + done.err
        return done

    def here(self) -> dict[str, bytes]:
        """Repair a copy of the blog here, and return its files."""
        copy = write(self.directory.parent / "copy", tree(self.directory / "blog"))
        assert self.run("repair", str(copy), *PAYLOADS).status == 0
        return tree(copy)

    def headlines(self, branch: str = "main") -> list[str]:
        """Return the headlines of a branch's commits but for its first one."""
        return [commit.headline for commit in self.github.log(branch)[1:]]


def remote(
    blog: Mapping[str, bytes],
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Remote]:
    here = directory / "here"
    write(here / "blog", blog)
    answers = stranger.answers().items()
    write(here / "answers", {f"{day}.json": body for day, body in answers})
    write(here, {"token": f"{TOKEN}\n".encode()})
    monkeypatch.setattr(bootstrap, "pause_within", lambda _: Pauses(200))
    with github(directory, files=blog) as server:
        yield Remote(Paperboy(here, monkeypatch, capsys), server, here)


@pytest.fixture
def small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Remote]:
    """Have a stranger's blog."""
    yield from remote(stranger.blog(), tmp_path, monkeypatch, capsys)


@pytest.fixture
def large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Remote]:
    """Have a blog of 279 days with every defect."""
    yield from remote(archive.crawled_blog(LONG), tmp_path, monkeypatch, capsys)


def test_repair_is_one_commit(small: Remote) -> None:
    done = small.repair("--github")
    assert (done.status, done.err) == (0, "")
    (_, made) = small.github.log("main")
    assert made.headline == "repair daily papers: 2025-11-05 to 2025-12-02 (7 days)"
    assert "8 x duplicate of another day" in made.body.splitlines()
    assert made.body.splitlines()[-1] == "2 x monthly summary"
    assert small.github.files("main") == small.here()
    assert f"blog committed: {made.headline}  https://github.com/ada/blog/commit/" in done.out
    assert "7 of 7 days changed, 16 files; 2 removed with 2 posts" in done.out
    assert list(small.github.repository.refs()) == [MAIN]


def test_second_repair_commits_nothing(small: Remote) -> None:
    small.repair("--github")
    # This copy is unchanged, but the branch has all files.
    again = small.repair("--github")
    assert (again.status, again.err) == (0, "")
    assert "blog unchanged" in again.out
    assert json.loads(small.repair("--github", "--json").out)["blog"]["status"] == "unchanged"
    write(small.directory / "current", small.github.files("main"))
    asked = len(small.github.requests)
    current = small.repair("--github", blog="current")
    assert current.out.startswith("0 of 5 days changed, 0 files\n")
    assert len(small.github.requests) == asked
    assert len(small.headlines()) == 1


def test_dry_run_needs_no_secret(small: Remote) -> None:
    for option in ("--github", "--pull-request"):
        done = small.repair(option, "--dry-run", PAPERBOY_BLOG_SECRET="file:nowhere")
        assert (done.status, done.err) == (0, "")
        assert "7 of 7 days would be changed, 16 files" in done.out
    assert small.github.requests == []


def test_range_commits_its_files_only(small: Remote) -> None:
    before = small.github.files("main")
    small.repair("--github", "--from", "2025-11-10", "--to", "2025-11-10")
    after = small.github.files("main")
    november = "_posts/2025-11-01-monthly-papers-summary.md"
    assert {path for path in after if after[path] != before.get(path)} == {DATA, POST, november}
    assert small.headlines() == ["repair daily papers: 2025-11-10"]


@pytest.mark.parametrize(
    ("path", "body"),
    [(POST, b"by hand"), (POST, None), (DATA, b"by hand"), (DATA, None), (DECEMBER, b"by hand")],
)
@pytest.mark.parametrize("option", ["--github", "--pull-request"])
def test_changed_files_are_not_overwritten(
    small: Remote, path: str, body: bytes | None, option: str
) -> None:
    small.github.push({path: body}, "By hand", "main")
    before = small.github.repository.refs()
    done = small.repair(option)
    assert done.error() == (
        f"BlogRejected: {path} differs on the branch: update this copy first (git pull)"
    )
    assert "blog failed" in done.out
    assert small.github.repository.refs() == before


def test_other_changes_on_the_branch_stay(small: Remote) -> None:
    small.github.push({"README.md": b"mine", "_config.yml": None}, "By hand", "main")
    assert small.repair("--github").status == 0
    after = small.github.files("main")
    assert after["README.md"] == b"mine"
    assert "_config.yml" not in after
    assert len(small.headlines()) == 2


@pytest.mark.parametrize("overtaken", [False, True])
def test_branch_that_moves_meanwhile(small: Remote, overtaken: bool) -> None:
    small.github.stale(3, overtaken=overtaken)
    done = small.repair("--github")
    assert (done.status, done.err) == (0, "")
    assert small.headlines()[:3] == ["Elsewhere"] * 3
    assert len(small.headlines()) == 4
    assert small.github.files("main").keys() - small.here().keys() == {"elsewhere.txt"}
    assert small.github.files("main").items() >= small.here().items()


def test_pull_request(small: Remote) -> None:
    before = small.github.files("main")
    done = small.repair("--pull-request")
    assert (done.status, done.err) == (0, "")
    (opened,) = small.github.pull_requests
    assert (opened.head, opened.base, opened.state) == (SIDE, "main", "OPEN")
    assert opened.title == "repair daily papers: 2025-11-05 to 2025-12-02 (7 days)"
    assert "8 x duplicate of another day" in opened.body
    assert small.github.files("main") == before
    assert small.github.files(SIDE) == small.here()
    assert "https://github.com/ada/blog/pull/1" in done.out
    again = small.repair("--pull-request")
    assert "blog unchanged" in again.out
    assert len(small.github.pull_requests) == len(small.headlines(SIDE)) == 1


def test_setting_makes_pull_requests(small: Remote) -> None:
    # Uncommitted changes here do not matter on GitHub, nor does a broken repository.
    write(small.directory / "blog", {".git": b"gitdir: nowhere"})
    assert small.repair("--github", PAPERBOY_BLOG_PULL_REQUESTS="true").status == 0
    assert [opened.state for opened in small.github.pull_requests] == ["OPEN"]
    assert small.headlines() == []


def test_year_is_one_step_of_the_branch(large: Remote) -> None:
    files = len(tree(large.directory / "blog"))
    done = large.repair("--github")
    assert (done.status, done.err) == (0, "")
    after = large.github.files("main")
    assert after == large.here()
    assert files == 558
    table = defects.count({p: b for p, b in after.items() if "daily" in p}, clean={"Beta4"})
    assert not {row for row, count in table.items() if count} - {defects.COUNTS, defects.LOST_LINK}
    # Commits go to a branch of their own, then one step forward: readers see all files or none.
    commits = large.github.asked("createCommitOnBranch")
    branches = {asked.variables["input"]["branch"]["branchName"] for asked in commits}
    assert "main" not in branches
    assert len(branches) == 1
    assert len(large.github.asked("updateRef")) == 1
    assert large.github.asked("updateRef")[0].variables["input"].get("force") in (None, False)
    count = len(commits)
    assert large.headlines() == [
        f"repair daily papers: 2025-11-03 to 2026-08-08 (279 days) ({n} of {count})"
        for n in range(1, count + 1)
    ]
    assert count == 6
    assert all(len(commit.parents) == 1 for commit in large.github.log("main")[1:])
    assert list(large.github.repository.refs()) == [MAIN]


def test_year_on_a_protected_branch_leaves_nothing(large: Remote) -> None:
    before = large.github.repository.refs()
    large.github.protect("main")
    done = large.repair("--github")
    assert done.error().startswith("BlogRejected: ")
    assert large.github.asked("updateRef")
    assert large.github.repository.refs() == before


def test_year_as_a_pull_request(large: Remote) -> None:
    assert large.repair("--pull-request").status == 0
    (opened,) = large.github.pull_requests
    assert opened.state == "OPEN"
    assert len(large.headlines(SIDE)) == 6
    assert large.github.files(SIDE) == large.here()
    assert large.headlines() == []


TOKENS = [
    (b"", "is empty"),
    (b"\n", "is empty"),
    (b'{"token": "t"}', "holds JSON"),
    (b"one\ntwo\n", "holds more than one word"),
    (b"\xff\xfe", "does not hold a token"),
]


@pytest.mark.parametrize(("secret", "message"), TOKENS)
def test_bad_secret_fails_before_the_work(small: Remote, secret: bytes, message: str) -> None:
    # A token is read once a process and place.
    place = f"bad-{TOKENS.index((secret, message))}"
    write(small.directory, {place: secret})
    path = f"file:{small.directory}/{place}"
    with replay_huggingface({}) as source:
        settings = {"PAPERBOY_BLOG_API": small.github.url, "PAPERBOY_SOURCE": source.url}
        settings |= {"PAPERBOY_BLOG_REPOSITORY": "ada/blog", "PAPERBOY_BLOG_SECRET": path}
        done = small.run("repair", "blog", "--github", **settings)
        assert source.requests == []
    assert done.error() == (
        f"SettingsError: the blog's secret {message}: store the token alone, as plain text ({path})"
    )
    assert done.out == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"PAPERBOY_BLOG_REPOSITORY": "blog"},
            "SettingsError: PAPERBOY_BLOG_REPOSITORY must be owner/name on GitHub, not 'blog'",
        ),
        (
            {"PAPERBOY_BLOG_SECRET": ""},
            "SettingsError: PAPERBOY_BLOG_SECRET must be given with PAPERBOY_BLOG_REPOSITORY",
        ),
        (
            {"PAPERBOY_BLOG_SECRET": "file:nowhere"},
            "SettingsError: the blog's secret cannot be read: No such file or directory (file:now",
        ),
        (
            {"PAPERBOY_BLOG_BRANCH": "gh-pages"},
            "BlogRejected: there is no branch gh-pages: create it, or name another (ada/blog)",
        ),
        ({"PAPERBOY_BLOG_REPOSITORY": "ada/other"}, "BlogRejected: "),
    ],
)
def test_bad_settings_are_one_line(small: Remote, settings: dict[str, str], message: str) -> None:
    for option in ("--github", "--pull-request"):
        assert small.repair(option, **settings).error().startswith(message)
    assert small.headlines() == []
    assert list(small.github.repository.refs()) == [MAIN]


def test_tokens_that_github_refuses(small: Remote) -> None:
    write(small.directory, {"wrong": b"github_pat_wrong"})
    done = small.repair("--github", PAPERBOY_BLOG_SECRET=f"file:{small.directory}/wrong")
    assert done.error().startswith("BlogRejected: ")
    assert "token" in done.err
    assert "github_pat_wrong" not in done.out + done.err
    small.github.forbid()
    assert "Contents: write" in small.repair("--github").error()
    assert small.headlines() == []
