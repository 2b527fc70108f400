"""`paperboy repair` as a person uses it: in a directory, in a Git repository, and on GitHub."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from core.legacy.crawler import CrawledDay
from core.legacy.crawler import read as read_data
from tests.support import defects, recorded, sample, stranger, trouble
from tests.support.command import PAPERBOY, Done, Paperboy, paperboy, tree, write
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


def crawled(files: Mapping[str, bytes], day: str) -> CrawledDay:
    path = stranger.DATA.format(day)
    return read_data(files[path], date.fromisoformat(day), path)


def summed_up(done: Done) -> dict[str, tuple[int, int]]:
    """Return the table's sums: of each defect, how many were mended and how many are left."""
    rows = re.findall(r"^ +([\d,]+) mended +([\d,]+) left  (.+)$", done.out, re.MULTILINE)
    return {defect: (int(mended), int(left)) for mended, left, defect in rows}


ALL = {
    *(stranger.DATA.format(day) for day in stranger.DAYS),
    *map(stranger.post_path, stranger.DAYS),
    NOVEMBER,
    DECEMBER,
}


@pytest.mark.usefixtures("here")
def test_a_program_repairs_a_strangers_archive(tmp_path: Path) -> None:
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
    friday = crawled(after, "2025-11-07").papers
    names = ["Google", "Lab of Numbers", "·7 authors", "Nowhere Labs"]
    assert [paper.institution for paper in friday] == names
    assert [paper.votes for paper in friday] == [80, 79, 78, 77]
    assert (friday[-1].abstract or "").endswith("at https://github.com/nowhere/labs .")


def test_a_dry_run_prints_what_would_change_and_why(here: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path)
    dry = here("repair", "blog", *PAYLOADS, "--dry-run")
    assert tree(tmp_path) == before
    assert (dry.status, dry.err) == (0, "")
    rows = dry.out.splitlines()
    assert [row.split("  ")[0].rstrip() for row in rows[:9]] == [
        *stranger.DAYS,
        "2025-11",
        "2025-12",
    ]
    assert rows[2] == "2025-11-08  removed   2 files  4 x repeat of an earlier day"
    assert "1 x post shares its URL" in rows[4]
    assert rows[7] == "2025-11     summary   1 file   monthly summary"
    assert rows[9] == "7 of 7 days change, 16 files"
    sums = summed_up(dry)
    assert sums["organisation with counts glued on"] == (3, 0)
    assert sums["repeat of an earlier day"] == (8, 0)
    assert here("repair", "blog", *PAYLOADS).out == dry.out


@pytest.mark.parametrize(
    "options",
    [(), PAYLOADS, (*PAYLOADS, "--votes", "current"), (*PAYLOADS, "--redirect")],
    ids=" ".join,
)
def test_a_second_repair_changes_nothing(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    # Without the API nothing settles some of it.
    source = f"file:{tmp_path}/answers"
    first = here("repair", "blog", *options, PAPERBOY_SOURCE=source)
    assert (first.status, first.err) == (0, "")
    before = tree(tmp_path / "blog")
    again = here("repair", "blog", *options, PAPERBOY_SOURCE=source)
    assert again.out.splitlines()[0] == "0 of 5 days change, 0 files"
    assert tree(tmp_path / "blog") == before


def test_votes_stay_unless_the_current_are_asked_for(here: Paperboy, tmp_path: Path) -> None:
    here("repair", "blog", *PAYLOADS)
    stored = [paper.votes for paper in crawled(tree(tmp_path / "blog"), "2025-11-07").papers]
    here("repair", "blog", *PAYLOADS, "--votes", "current")
    current = [paper.votes for paper in crawled(tree(tmp_path / "blog"), "2025-11-07").papers]
    assert (stored, current) == ([80, 79, 78, 77], [81, 80, 79, 78])


def test_redirect_renames_and_says_where_posts_were(here: Paperboy, tmp_path: Path) -> None:
    here("repair", "blog", *PAYLOADS, "--redirect")
    posts = sorted(path.name for path in (tmp_path / "blog/_posts").glob("*daily*"))
    days = [day for day in stranger.DAYS if day not in ("2025-11-08", "2025-11-09")]
    assert posts == [f"{day}-daily-papers.md" for day in days]
    head = (tmp_path / "blog/_posts/2025-11-05-daily-papers.md").read_text("utf-8")
    assert 'redirect_from: ["/posts/daily-papers-1762346955/"]\n' in head
    assert "permalink: /posts/daily-papers-2025-11-05/\n" in head


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
    # Names that were good stay, so that what links to them still does.
    assert "/posts/daily-papers-1762346955/" in urls
    assert ("/december/" in urls) is (b"/december/" in b"".join(more.values()))


def test_months_that_are_over_get_their_posts(here: Paperboy, tmp_path: Path) -> None:
    here("repair", "blog", *PAYLOADS)
    november = (tmp_path / "blog" / NOVEMBER).read_text("utf-8")
    assert november.startswith("---\ntitle: A month by hand\ndate: 2025-11-01\npin: true\n---\n")
    assert "Never filled" not in november
    assert "- **총 논문 수**: 9개\n" in november
    assert "- **수집 일수**: 3일\n" in november
    december = (tmp_path / "blog" / DECEMBER).read_text("utf-8")
    assert f"author: {stranger.AUTHOR}\n" in december
    assert "- **수집 일수**: 2일\n" in december


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
def test_a_new_post_has_the_author_of_the_newest_that_names_one(
    here: Paperboy, tmp_path: Path, written: str, author: str
) -> None:
    newest = tmp_path / "blog" / stranger.post_path(stranger.DAYS[-1])
    newest.write_bytes(
        newest.read_bytes().replace(f"author: {stranger.AUTHOR}".encode(), written.encode())
    )
    here("repair", "blog", *PAYLOADS)
    assert f"\n{author}\n" in (tmp_path / "blog" / DECEMBER).read_text("utf-8")
    assert written.encode() in newest.read_bytes()


def test_settings_outrank_the_archive(here: Paperboy, tmp_path: Path) -> None:
    environment = {"PAPERBOY_AUTHOR": "someone", "PAPERBOY_LOCALE": "en", "PAPERBOY_STORE": ""}
    done = here("repair", "blog", *PAYLOADS, **environment)
    assert (done.status, done.err) == (0, "")
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
        (("--from", "2025-11-10", "--to", "2025-11-10"), ["2025-11-10"]),
        (("--from", "2025-11-11", "--to", "2025-11-30"), []),
        (("--from", "2030-01-01"), []),
        (("--to", "2001-01-01"), []),
    ],
)
def test_a_range_limits_what_changes(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...], days: list[str]
) -> None:
    before = tree(tmp_path / "blog")
    done = here("repair", "blog", *PAYLOADS, *options)
    after = changed(before, tree(tmp_path / "blog"))
    months = {NOVEMBER if day < "2025-12" else DECEMBER for day in days}
    expected = {stranger.DATA.format(day) for day in days} | {*map(stranger.post_path, days)}
    assert after == expected | months
    assert f"{len(days)} of {len(days)} days change, {len(after)} files" in done.out


def test_a_day_at_a_time_comes_to_the_same(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "other", stranger.blog())
    here("repair", "blog", *PAYLOADS)
    for day in stranger.DAYS:
        here("repair", "other", *PAYLOADS, "--from", day, "--to", day)
    here("repair", "other", *PAYLOADS)
    assert tree(tmp_path / "other") == tree(tmp_path / "blog")


def test_without_payloads_the_api_is_asked_for_each_day(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "other", stranger.blog())
    here("repair", "other", *PAYLOADS)
    with replay_huggingface(stranger.answers()) as source:
        done = here("repair", "blog", PAPERBOY_SOURCE=source.url)
        assert [request.query["date"] for request in source.requests] == list(stranger.DAYS)
    assert (done.status, done.err) == (0, "")
    assert tree(tmp_path / "blog") == tree(tmp_path / "other")


def test_a_day_that_the_api_fails_on_is_named_and_left(here: Paperboy, tmp_path: Path) -> None:
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


def test_what_cannot_be_read_is_named_and_skipped(here: Paperboy, tmp_path: Path) -> None:
    trouble.break_blog(tmp_path / "blog")
    before = tree(tmp_path / "blog")
    done = here("repair", "blog", *PAYLOADS)
    assert done.status == 1
    trouble.check_complaints(done.err.splitlines())
    assert changed(before, tree(tmp_path / "blog")) == ALL
    assert "7 of 7 days change, 16 files" in done.out
    report = json.loads(here("repair", "blog", *PAYLOADS, "--json").out)
    assert (report["ok"], sorted(report["skipped"])) == (False, sorted(trouble.COMPLAINTS))


def test_json_tells_each_day(here: Paperboy) -> None:
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
        "mended": {"repeat of an earlier day": 4},
        "left": {},
    }
    assert report["months"] == [NOVEMBER, DECEMBER]


@recorded.needs_recorded
def test_the_recorded_blog_is_repaired_once(here: Paperboy, tmp_path: Path) -> None:
    files = {str(p.relative_to(recorded.SHARED / "blog")): p.read_bytes()
             for p in [*recorded.blog_days(), *recorded.blog_posts()]}  # fmt: skip
    write(tmp_path / "recorded", files)
    asked = ("repair", "recorded", "--payloads", str(recorded.SHARED / "api"))
    patch = here(*asked, "--dry-run", "--diff").out
    check_patch(tmp_path, "recorded", patch, files)
    done = here(*asked)
    assert (done.status, done.err) == (0, "")
    assert done.out == patch[patch.index("\n2025-11-05  repaired") + 1 :]
    assert here(*asked).out.startswith("0 of 30 days change, 0 files\n")


def check_patch(
    directory: Path, name: str, patch: str | bytes, files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return what a directory is after the patch, on which git and patch have to agree."""
    given = patch.encode() if isinstance(patch, str) else patch
    trees = []
    for command in (("git", "apply", "--whitespace=nowarn"), ("patch", "-p1", "--binary", "-s")):
        place = write(directory / f"{name}-{command[0]}", files)
        done = subprocess.run(
            command, cwd=place, input=given, env=GIT, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        trees.append(tree(place))
    assert trees[0] == trees[1]
    return trees[0]


ODD: dict[str, Callable[[bytes], bytes]] = {
    # Lines that Python would see where Git sees none, and what is not UTF-8.
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
def test_the_diff_is_a_patch_that_comes_to_the_same(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
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
    patched = check_patch(tmp_path, "patched", shown.stdout, files)
    here("repair", "odd", *PAYLOADS, *options)
    assert patched == tree(tmp_path / "odd")
    assert (named in patched) is not bool(options)
    assert here("repair", "odd", *PAYLOADS, "--diff", *options).out.startswith("0 of 5 days")


def new_file(blog: Path) -> None:
    (blog / "draft.md").write_bytes(b"new")


def changed_file(blog: Path) -> None:
    (blog / "_config.yml").write_bytes(b"title: Other\n")


def staged_file(blog: Path) -> None:
    new_file(blog)
    git(blog, "add", "draft.md")


def removed_file(blog: Path) -> None:
    (blog / "_config.yml").unlink()


def hidden_file(blog: Path) -> None:
    git(blog, "config", "status.showUntrackedFiles", "no")
    new_file(blog)


CHANGES = [new_file, changed_file, staged_file, removed_file, hidden_file]


@pytest.mark.parametrize("change", CHANGES)
def test_uncommitted_changes_are_not_mixed_up_unless_forced(
    here: Paperboy, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    blog = committed(tmp_path / "blog")
    change(blog)
    before = tree(blog)
    done = here("repair", "blog", *PAYLOADS)
    assert done.error() == (
        "BlogRejected: there are uncommitted changes: commit them first, or use --force (blog)"
    )
    assert tree(blog) == before
    assert here("repair", "blog", *PAYLOADS, "--dry-run").status == 0
    assert tree(blog) == before
    assert here("repair", "blog", *PAYLOADS, "--force").status == 0
    assert changed(before, tree(blog)) == ALL


def test_a_clean_repository_is_repaired_and_shows_in_git(here: Paperboy, tmp_path: Path) -> None:
    blog = committed(tmp_path / "blog")
    (blog / ".git/info/exclude").write_text("ignored.txt\n")
    (blog / "ignored.txt").write_bytes(b"")
    assert here("repair", "blog", *PAYLOADS).status == 0
    lines = git(blog, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert {line[3:] for line in lines} == ALL


@pytest.mark.parametrize(("dirty", "status"), [("site/draft.md", 1), ("notes/draft.md", 0)])
def test_a_blog_may_lie_inside_a_repository(
    here: Paperboy, tmp_path: Path, dirty: str, status: int
) -> None:
    write(tmp_path / "whole/site", stranger.blog())
    whole = committed(write(tmp_path / "whole", {"notes/a.md": b"a"}))
    write(whole, {dirty: b"new"})
    assert here("repair", "whole/site", *PAYLOADS).status == status


def test_git_is_not_needed_where_there_is_no_repository(here: Paperboy, tmp_path: Path) -> None:
    assert here("repair", "blog", *PAYLOADS, PATH=str(tmp_path)).status == 0


def test_without_git_only_force_writes_into_a_repository(here: Paperboy, tmp_path: Path) -> None:
    committed(tmp_path / "blog")
    done = here("repair", "blog", *PAYLOADS, PATH=str(tmp_path))
    said = "BlogRejected: git does not tell whether all is committed: [Errno 2] No such file"
    assert done.error().startswith(said)
    assert here("repair", "blog", *PAYLOADS, "--force", PATH=str(tmp_path)).status == 0


def test_a_broken_repository_is_told_in_gits_words(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "blog", {".git": b"gitdir: nowhere"})
    assert (
        here("repair", "blog", *PAYLOADS)
        .error()
        .startswith(
            "BlogRejected: git does not tell whether all is committed: fatal: not a git repository"
        )
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        *trouble.BAD_INPUT,
        (("blog", "--github"), "SettingsError: PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_SECRET"),
        (("blog", "--pull-request"), "SettingsError: PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_"),
        (("linked-posts", *PAYLOADS), "BlogRejected: leads out of the blog's own directory ("),
        (("linked-data", *PAYLOADS), "BlogRejected: leads out of the blog's own directory (_data"),
        (("linked-post", *PAYLOADS), "BlogRejected: leads out of the blog's own directory ("),
        (("lost-post", *PAYLOADS), "BlogRejected: cannot read: No such file or directory (_posts/"),
        (("posts-file", *PAYLOADS), "BlogRejected: is no blog of ours: it has no directory _posts"),
        (("directory", *PAYLOADS), "BlogRejected: cannot read: Is a directory (_posts/"),
    ],
)
def test_bad_input_is_one_line_and_exit_1_and_changes_nothing(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    trouble.make_bad_input(tmp_path)
    make_bad_blogs(tmp_path)
    before = tree(tmp_path)
    done = here("repair", *arguments)
    assert done.error().startswith(said)
    assert tree(tmp_path) == before


def make_bad_blogs(directory: Path) -> None:
    """Make blogs that lead out of themselves, or have something else where files belong."""
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
    ("arguments", "said"),
    [
        ((), "required: BLOG_DIR"),
        (("",), "it is empty"),
        (("blog", "--from", "2025-12-02", "--to", "2025-12-01"), "--from is after --to"),
        (("blog", "--from", "soon"), "'soon' is not a day like 2025-12-24"),
        (("blog", "--votes", "all"), "invalid choice: 'all'"),
        (("blog", "--github", "--pull-request"), "not allowed with argument"),
        (("blog", "--out", "x"), "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_exit_2(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = tree(tmp_path)
    done = here("repair", *arguments)
    assert done.status == 2
    assert said in done.err
    assert tree(tmp_path) == before
