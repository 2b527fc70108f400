"""`paperboy repair` in a directory and in a Git repository."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from core.legacy import crawler
from core.render.blog_data import StoredPaper
from tests.support import defects, sample, stranger, trouble
from tests.support.command import PAPERBOY, Done, Paperboy, killed, paperboy, tree, write
from tests.support.servers import Answer, replay_huggingface

PAYLOADS = ("--payloads", "answers")
NOVEMBER = "_posts/2025-11-01-monthly-papers-summary.md"
DECEMBER = "_posts/2025-12-01-monthly-papers-summary.md"
GIT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    """Run commands beside a stranger's blog, and recorded answers of the API."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    write(tmp_path / "blog", stranger.blog())
    answers = stranger.answers().items()
    write(tmp_path / "answers", {f"{day}.json": body for day, body in answers})
    return Paperboy(tmp_path, monkeypatch, capsys)


def git(directory: Path, *arguments: str, given: bytes = b"") -> str:
    command = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments)
    done = subprocess.run(
        command, cwd=directory, input=given, env=GIT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def committed(directory: Path) -> Path:
    """Make a Git repository of a directory, with all that it holds committed."""
    git(directory, "init", "--quiet")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", "As it was")
    return directory


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {path for path in {**before, **after} if before.get(path) != after.get(path)}


def stored(directory: Path, day: str) -> tuple[StoredPaper, ...]:
    path = stranger.DATA.format(day)
    return crawler.read((directory / path).read_bytes(), date.fromisoformat(day), path).papers


def sums(done: Done) -> dict[str, tuple[int, int]]:
    """Return the table's sums: of each defect, how many were fixed and how many remain."""
    row = r"^ +([\d,]+) (?:would be )?fixed +([\d,]+) remaining  (.+)$"
    rows = re.findall(row, done.out, re.MULTILINE)
    return {defect: (int(fixed), int(remaining)) for fixed, remaining, defect in rows}


ALL = {
    *(stranger.DATA.format(day) for day in stranger.DAYS),
    *map(stranger.post_path, stranger.DAYS),
    NOVEMBER,
    DECEMBER,
}


@pytest.mark.usefixtures("here")
def test_program_repairs_an_archive(tmp_path: Path) -> None:
    before = tree(tmp_path / "blog")
    done = paperboy("repair", "blog", *PAYLOADS, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    after = tree(tmp_path / "blog")
    assert changed(before, after) == ALL
    for day in ("2025-11-08", "2025-11-09"):
        assert stranger.DATA.format(day) not in after
        assert stranger.post_path(day) not in after
    count = defects.count({path: body for path, body in after.items() if "daily" in path})
    assert not +count
    friday = stored(tmp_path / "blog", "2025-11-07")
    names = ["Google", "Lab of Numbers", "·7 authors", "Nowhere Labs"]
    assert [paper.institution for paper in friday] == names
    assert [paper.votes for paper in friday] == [80, 79, 78, 77]
    assert (friday[-1].abstract or "").endswith("at https://github.com/nowhere/labs .")


def test_a_killed_repair_leaves_nothing_that_stays(here: Paperboy, tmp_path: Path) -> None:
    blog = committed(tmp_path / "blog")
    before = tree(blog)
    done = killed("repair", "blog", *PAYLOADS, cwd=tmp_path)
    assert done.status == -signal.SIGKILL
    assert {path: body for path, body in tree(blog).items() if path in before} == before
    assert len(tree(blog)) > len(before)
    assert git(blog, "status", "--porcelain") == ""
    # The drafts are no uncommitted changes, so the next repair needs no --force.
    done = here("repair", "blog", *PAYLOADS)
    assert (done.status, done.err) == (0, "")
    assert changed(before, tree(blog)) == ALL


def test_dry_run_prints_what_would_change(here: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path)
    dry = here("repair", "blog", *PAYLOADS, "--dry-run", "--verbose")
    assert tree(tmp_path) == before
    assert (dry.status, dry.err) == (0, "")
    rows = dry.out.splitlines()
    assert [row.split("  ")[0].rstrip() for row in rows[:9]] == [
        *stranger.DAYS,
        "2025-11",
        "2025-12",
    ]
    assert rows[2] == "2025-11-08  removed   2 files  4 x duplicate of another day"
    assert "1 x post shares its URL" in rows[4]
    assert rows[7] == "2025-11     summary   1 file   monthly summary"
    assert rows[9] == (
        "7 of 7 days would be changed, 16 files;"
        " 2 would be removed with 2 posts, as they repeat other days"
    )
    assert sums(dry)["organisation with counts appended"] == (3, 0)
    assert sums(dry)["duplicate of another day"] == (8, 0)
    summary = here("repair", "blog", *PAYLOADS, "--dry-run")
    assert summary.out.splitlines() == rows[9:]
    assert here("repair", "blog", *PAYLOADS).out == summary.out.replace("would be ", "")


def test_votes_stay_unless_current(here: Paperboy, tmp_path: Path) -> None:
    here("repair", "blog", *PAYLOADS)
    assert [paper.votes for paper in stored(tmp_path / "blog", "2025-11-07")] == [80, 79, 78, 77]
    here("repair", "blog", *PAYLOADS, "--votes", "current")
    assert [paper.votes for paper in stored(tmp_path / "blog", "2025-11-07")] == [81, 80, 79, 78]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {DECEMBER: stranger.MONTHLY},
        {DECEMBER: stranger.MONTHLY.replace(b"pin:", b"permalink: /december/\npin:")},
    ],
)
def test_no_two_posts_share_a_url(
    here: Paperboy, tmp_path: Path, more: Mapping[str, bytes]
) -> None:
    write(tmp_path / "blog", more)
    here("repair", "blog", *PAYLOADS)
    posts = {p: b for p, b in tree(tmp_path / "blog").items() if p.startswith("_posts/")}
    urls = [defects.url(path, post) for path, post in posts.items()]
    assert len(urls) == len(set(urls)) == 8
    # Good names stay, so that links to them work.
    assert "/posts/daily-papers-1762346955/" in urls
    assert ("/december/" in urls) is (b"/december/" in b"".join(more.values()))


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("author: ada", "author: ada"),
        ("author: 'O''Hara'", "author: O'Hara"),
        ('author: "Ada L."', "author: Ada L."),
        ("author: [ada, quinn]", f"author: {stranger.AUTHOR}"),
        ("author:\n  name: ada", f"author: {stranger.AUTHOR}"),
        ("author: ada # me", f"author: {stranger.AUTHOR}"),
    ],
)
def test_new_posts_have_the_newest_author(
    here: Paperboy, tmp_path: Path, written: str, author: str
) -> None:
    newest = tmp_path / "blog" / stranger.post_path(stranger.DAYS[-1])
    newest.write_bytes(
        newest.read_bytes().replace(f"author: {stranger.AUTHOR}".encode(), written.encode())
    )
    here("repair", "blog", *PAYLOADS)
    december = (tmp_path / "blog" / DECEMBER).read_text("utf-8")
    assert f"\n{author}\n" in december
    assert "- **수집 일수**: 2일\n" in december
    assert written.encode() in newest.read_bytes()
    # Settings win over the archive.
    english = {"PAPERBOY_AUTHOR": "someone", "PAPERBOY_LANGUAGE": "en", "PAPERBOY_STORE": ""}
    (tmp_path / "blog" / DECEMBER).unlink()
    assert here("repair", "blog", *PAYLOADS, **english).status == 0
    december = (tmp_path / "blog" / DECEMBER).read_text("utf-8")
    assert "\nauthor: someone\n" in december
    assert "- **Papers**: 3\n" in december


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--from", "2025-12-02"), ["2025-12-02"]),
        (("--to", "2025-11-07"), ["2025-11-05", "2025-11-07"]),
        (
            ("--from", "2025-11-08", "--to", "2025-11-10"),
            ["2025-11-08", "2025-11-09", "2025-11-10"],
        ),
        (("--from", "2025-11-11", "--to", "2025-11-30"), []),
    ],
)
def test_range_limits_what_changes(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...], days: list[str]
) -> None:
    before = tree(tmp_path / "blog")
    done = here("repair", "blog", *PAYLOADS, *options)
    after = changed(before, tree(tmp_path / "blog"))
    months = {NOVEMBER if day < "2025-12" else DECEMBER for day in days}
    expected = {stranger.DATA.format(day) for day in days} | {*map(stranger.post_path, days)}
    assert after == expected | months
    count = f"{len(days)} day{'' if len(days) == 1 else 's'}"
    assert f"{len(days)} of {count} changed, {len(after)} files" in done.out


def test_day_by_day_gives_the_same(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "other", stranger.blog())
    here("repair", "blog", *PAYLOADS)
    for day in stranger.DAYS:
        here("repair", "other", *PAYLOADS, "--from", day, "--to", day)
    here("repair", "other", *PAYLOADS)
    assert tree(tmp_path / "other") == tree(tmp_path / "blog")


def test_without_payloads_the_api_is_asked(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "other", stranger.blog())
    here("repair", "other", *PAYLOADS)
    with replay_huggingface(stranger.answers()) as source:
        done = here("repair", "blog", PAPERBOY_SOURCE=source.url)
        assert [request.query["date"] for request in source.requests] == list(stranger.DAYS)
    assert (done.status, done.err) == (0, "")
    assert tree(tmp_path / "blog") == tree(tmp_path / "other")


def test_day_that_the_api_refuses_is_skipped(here: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path / "blog")
    answers: dict[str, bytes | Answer] = {**stranger.answers()}
    answers["2025-11-07"] = Answer(400, b'{"error": "no"}')
    with replay_huggingface(answers) as source:
        done = here("repair", "blog", PAPERBOY_SOURCE=source.url)
        asked = here("repair", "blog", "--json", PAPERBOY_SOURCE=source.url)
    assert done.error().startswith("SourceRejected: answered 400: no (2025-11-07, http://127.")
    left = {stranger.DATA.format("2025-11-07"), stranger.post_path("2025-11-07")}
    assert changed(before, tree(tmp_path / "blog")) == ALL - left
    report = json.loads(asked.out)
    assert (asked.status, report["ok"], len(report["errors"])) == (1, False, 1)


def test_unreadable_files_are_named_and_skipped(here: Paperboy, tmp_path: Path) -> None:
    trouble.break_blog(tmp_path / "blog")
    before = tree(tmp_path / "blog")
    done = here("repair", "blog", *PAYLOADS)
    assert done.status == 1
    trouble.check_messages(done.err.splitlines())
    assert changed(before, tree(tmp_path / "blog")) == ALL
    assert "7 of 7 days changed, 16 files" in done.out
    report = json.loads(here("repair", "blog", *PAYLOADS, "--json").out)
    assert (report["ok"], sorted(report["skipped"])) == (False, sorted(trouble.MESSAGES))


def test_a_source_that_refuses_ends_it(here: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path / "blog")
    refusal = Answer(403, b'{"error": "who are you?"}')
    with replay_huggingface(dict.fromkeys(stranger.DAYS, refusal)) as source:
        done = here("repair", "blog", PAPERBOY_SOURCE=source.url)
        assert len(source.requests) == 5
    assert done.out == "0 of 7 days changed, 0 files; 5 failed; 2 not tried\n"
    refused, ended = done.err.splitlines()
    assert refused == (
        "paperboy: SourceRejected: answered 403: who are you?"
        " (5 days: 2025-11-05, 2025-11-07 to 2025-11-10)"
    )
    assert "5 days in a row had no answer; 2 days not tried" in ended
    assert (done.status, tree(tmp_path / "blog")) == (1, before)


def test_json_has_each_day(here: Paperboy) -> None:
    done = here("repair", "blog", *PAYLOADS, "--dry-run", "--json")
    report = json.loads(done.out)
    assert (report["ok"], report["dry_run"], report["blog"]) == (True, True, None)
    assert [day["date"] for day in report["days"]] == list(stranger.DAYS)
    assert report["days"][2] == {
        "date": "2025-11-08",
        "files": [
            {"path": stranger.DATA.format("2025-11-08"), "removed": True},
            {"path": stranger.post_path("2025-11-08"), "removed": True},
        ],
        "fixed": {"duplicate of another day": 4},
        "remaining": {},
    }
    assert report["months"] == [NOVEMBER, DECEMBER]


def patched(directory: Path, patch: bytes, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files after the patch; git and patch must agree on them."""
    trees = []
    for command in (("git", "apply", "--whitespace=nowarn"), ("patch", "-p1", "--binary", "-s")):
        place = write(directory / f"patched-{command[0]}", files)
        done = subprocess.run(
            command, cwd=place, input=patch, env=GIT, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        trees.append(tree(place))
    assert trees[0] == trees[1]
    return trees[0]


ODD: dict[str, Callable[[bytes], bytes]] = {
    # Characters that end a line in Python but not in Git, and bytes that are not UTF-8.
    stranger.post_path("2025-11-05"): lambda post: post.replace(
        b"Sheep", b"Sheep \x0c \xc2\x85 \xe2\x80\xa8 \r \xff"
    ),
    stranger.post_path("2025-11-07"): lambda post: post.replace(b"\n", b"\r\n"),
    stranger.post_path("2025-11-10"): lambda post: post.rstrip(b"\n"),
    stranger.post_path("2025-12-01"): lambda _: b"",
    stranger.DATA.format("2025-11-10"): lambda data: data.replace(b"\n", b"\r\n") + b"\r\n",
    stranger.post_path("2025-11-08"): lambda _: b"",
}


@pytest.mark.parametrize("options", [(), ("--redirect",)])
def test_diff_is_a_patch(here: Paperboy, tmp_path: Path, options: tuple[str, ...]) -> None:
    files = stranger.blog()
    for path, change in ODD.items():
        files[path] = change(files[path])
    named = "_posts/2025-12-02-daily-papers a name.md"
    files[named] = files.pop(stranger.post_path("2025-12-02"))
    (tmp_path / "odd").mkdir()
    write(tmp_path / "odd", files)
    shown = subprocess.run(
        [*PAPERBOY, "repair", "odd", *PAYLOADS, "--dry-run", "--diff", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src"), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (shown.returncode, tree(tmp_path / "odd")) == (0, files)
    after = patched(tmp_path, shown.stdout, files)
    here("repair", "odd", *PAYLOADS, *options)
    assert after == tree(tmp_path / "odd")
    assert (named in after) is not bool(options)
    assert here("repair", "odd", *PAYLOADS, "--diff", *options).out.startswith("0 of 5 days")


CHANGES: dict[str, Callable[[Path], object]] = {
    "new": lambda blog: write(blog, {"draft.md": b"new"}),
    "changed": lambda blog: write(blog, {"_config.yml": b"title: Other\n"}),
    "staged": lambda blog: git(write(blog, {"draft.md": b"new"}), "add", "draft.md"),
    "removed": lambda blog: (blog / "_config.yml").unlink(),
    "hidden": lambda blog: git(
        write(blog, {"draft.md": b"new"}), "config", "status.showUntrackedFiles", "no"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_uncommitted_changes_need_force(
    here: Paperboy, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    blog = committed(tmp_path / "blog")
    change(blog)
    before = tree(blog)
    done = here("repair", "blog", *PAYLOADS)
    assert done.error() == (
        "BlogRejected: there are uncommitted changes: commit them first, or use --force (blog)"
    )
    assert here("repair", "blog", *PAYLOADS, "--dry-run").status == 0
    assert tree(blog) == before
    assert here("repair", "blog", *PAYLOADS, "--force").status == 0
    assert changed(before, tree(blog)) == ALL


def test_clean_repository_is_repaired(here: Paperboy, tmp_path: Path) -> None:
    blog = committed(tmp_path / "blog")
    (blog / ".git/info/exclude").write_text("ignored.txt\n")
    (blog / "ignored.txt").write_bytes(b"")
    assert here("repair", "blog", *PAYLOADS).status == 0
    lines = git(blog, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert {line[3:] for line in lines} == ALL


@pytest.mark.parametrize(("dirty", "status"), [("site/draft.md", 1), ("notes/draft.md", 0)])
def test_blog_inside_a_repository(here: Paperboy, tmp_path: Path, dirty: str, status: int) -> None:
    write(tmp_path / "whole/site", stranger.blog())
    whole = committed(write(tmp_path / "whole", {"notes/a.md": b"a"}))
    write(whole, {dirty: b"new"})
    assert here("repair", "whole/site", *PAYLOADS).status == status


def test_git_is_needed_only_for_repositories(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "other", stranger.blog())
    committed(tmp_path / "other")
    assert here("repair", "blog", *PAYLOADS, PATH=str(tmp_path)).status == 0
    done = here("repair", "other", *PAYLOADS, PATH=str(tmp_path))
    message = "BlogRejected: git cannot say whether everything is committed: "
    assert done.error().startswith(f"{message}[Errno 2] No such file")
    assert here("repair", "other", *PAYLOADS, "--force", PATH=str(tmp_path)).status == 0
    write(tmp_path / "broken", {**stranger.blog(), ".git": b"gitdir: nowhere"})
    done = here("repair", "broken", *PAYLOADS)
    assert done.error().startswith(f"{message}fatal: not a git repository")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *trouble.BAD_INPUT,
        (("blog", "--github"), "SettingsError: PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_SECRET"),
        (("blog", "--pull-request"), "SettingsError: PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_"),
        (("linked-posts", *PAYLOADS), "BlogRejected: cannot read: it is outside linked-posts ("),
        (("linked-data", *PAYLOADS), "BlogRejected: cannot read: it is outside linked-data ("),
        (("linked-post", *PAYLOADS), "BlogRejected: cannot read: it is outside linked-post ("),
        (("lost-post", *PAYLOADS), "BlogRejected: cannot read: No such file or directory (_posts/"),
        (("posts-file", *PAYLOADS), f"{trouble.NO_BLOG} _posts"),
        (("directory", *PAYLOADS), "BlogRejected: cannot read: Is a directory (_posts/"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    trouble.make_bad_input(tmp_path)
    make_bad_blogs(tmp_path)
    before = tree(tmp_path)
    done = here("repair", *arguments)
    assert done.error().startswith(message)
    assert tree(tmp_path) == before


def make_bad_blogs(directory: Path) -> None:
    """Make blogs whose links lead elsewhere, or that have something else in place of files."""
    blogs = ("linked-posts", "linked-data", "linked-post", "lost-post", "posts-file", "directory")
    for name in blogs:
        write(directory / name, stranger.blog())
    post = stranger.post_path("2025-11-10")
    for name, path in [
        ("linked-posts", "_posts"),
        ("linked-data", "_data/papers"),
        ("linked-post", post),
        ("posts-file", "_posts"),
    ]:
        (directory / name / path).rename(directory / f"{name}-elsewhere")
    for name, path in [("linked-posts", "_posts"), ("linked-data", "_data/papers"),
                       ("linked-post", post)]:  # fmt: skip
        (directory / name / path).symlink_to(directory / f"{name}-elsewhere")
    (directory / "posts-file/_posts").write_bytes(b"")
    (directory / "lost-post" / post).unlink()
    (directory / "lost-post" / post).symlink_to("nowhere")
    (directory / "directory" / stranger.post_path("2025-12-02")).unlink()
    (directory / "directory" / stranger.post_path("2025-12-02")).mkdir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: BLOG_DIR"),
        (("",), "must not be empty"),
        (("blog", "--from", "2025-12-02", "--to", "2025-12-01"), "--from is after --to"),
        (("blog", "--from", "soon"), "'soon' is not a day like 2025-12-24"),
        (("blog", "--votes", "all"), "invalid choice: 'all'"),
        (("blog", "--github", "--pull-request"), "not allowed with argument"),
        (("blog", "--out", "x"), "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_exit_2(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = tree(tmp_path)
    done = here("repair", *arguments)
    assert done.status == 2
    assert message in done.err
    assert tree(tmp_path) == before
