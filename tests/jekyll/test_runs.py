"""What runs leave in a blog one after another, as Jekyll shows it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.github import GitHub as Web
from adapters.github import GitHubBranch
from core import publish
from core.model.blog import BlogStatus
from core.model.report import RunRequest
from core.model.style import PostStyle
from core.render.post import PostRenderer
from handler.settings import BLOG_PERMALINK
from tests.support import jekyll, sample
from tests.support.fakes import FakeSource, MemoryStore, Pauses, ports
from tests.support.github import TOKEN, github, needs_github
from tests.support.papers import answer, entry

README = {"README.md": b"mine"}
# When each run is, how many votes the source has then for a paper beside its number, and the days
# that change: around a month's end, with a weekend, of which the source has nothing.
FRIDAY, MONDAY, TUESDAY = date(2025, 11, 28), date(2025, 12, 1), date(2025, 12, 2)
RUNS = [
    (datetime(2025, 11, 28, 0, 15, tzinfo=UTC), 1, {FRIDAY}),
    (datetime(2025, 11, 28, 16, tzinfo=UTC), 5, {FRIDAY}),
    (datetime(2025, 11, 29, 16, tzinfo=UTC), 9, {FRIDAY}),
    (datetime(2025, 11, 30, 23, 59, tzinfo=UTC), 9, set()),
    (datetime(2025, 12, 1, 0, 30, tzinfo=UTC), 9, {MONDAY}),
    (datetime(2025, 12, 1, 16, tzinfo=UTC), 12, {MONDAY, FRIDAY}),
    (datetime(2025, 12, 2, 8, tzinfo=UTC), 12, {TUESDAY}),
]
MONTH = "2025-11-01-monthly-papers-summary"


def published(now: datetime, votes: int) -> FakeSource:
    """Return the source at a time: nothing at weekends and of tomorrow."""
    days = [now.date() - timedelta(days=n) for n in range(8)]
    return FakeSource(
        {
            day: answer(*(entry(n, upvotes=votes + n) for n in range(1, 12)))
            if day in (FRIDAY, MONDAY, TUESDAY)
            else answer()
            for day in days
        }
    )


def build(files: Mapping[str, bytes], directory: Path, now: datetime) -> dict[str, str]:
    """Build the blog with the theme's addresses, a minute after a run."""
    posts = {}
    for path, body in files.items():
        if path.startswith("_posts/"):
            posts[Path(path).stem] = body.decode()
        else:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(body)
    now += timedelta(minutes=1)
    return jekyll.build_site(posts, directory, future=False, permalink="/posts/:title/", now=now)


def names(files: Mapping[str, bytes]) -> set[str]:
    return {Path(path).stem for path in files if path.startswith("_posts/")}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Run all of `RUNS`, and return the repository's files after each."""
    style = PostStyle(permalink=BLOG_PERMALINK, math=True)
    renderer = PostRenderer(sample.TEMPLATES, style)
    store, pause, found = MemoryStore(), Pauses(0), []
    with github(tmp_path_factory.mktemp("github"), files=README) as server:
        for now, votes, changed in RUNS:
            web = Web(server.url, TOKEN, "ada/blog", lambda: 60.0)
            blog = GitHubBranch(web, "main", pause)
            mine = replace(
                ports(published(now, votes), store, blog=blog), renderer=lambda: renderer
            )
            days = tuple(now.date() - timedelta(days=n) for n in (0, 1, 3))
            before = len(server.log("main"))
            report = publish.run(RunRequest(days, now), mine)
            assert report.errors() == []
            assert report.blog
            committed = report.blog.status == BlogStatus.COMMITTED
            assert committed == bool(changed)
            assert len(server.log("main")) == before + committed
            found.append(server.files("main"))
    return found


@needs_github
def test_each_run_leaves_what_changed(history: list[dict[str, bytes]]) -> None:
    before: dict[str, bytes] = README
    for (now, _, changed), files in zip(RUNS, history, strict=True):
        assert files.keys() >= before.keys()
        different = {path for path in files if files[path] != before.get(path)}
        expected = {f"_posts/{day}-daily-papers.md" for day in changed}
        expected |= {f"_data/papers/daily-{day}.json" for day in changed}
        month = {f"_posts/{MONTH}.md"} if now >= datetime(2025, 12, 1, tzinfo=UTC) else set()
        assert expected <= different <= expected | month
        assert month <= files.keys()
        before = files


@needs_github
@pytest.mark.parametrize("number", [n for n, (_, _, changed) in enumerate(RUNS) if changed])
def test_every_post_of_every_run_is_on_the_site(
    history: list[dict[str, bytes]], number: int, tmp_path: Path
) -> None:
    now, files = RUNS[number][0], history[number]
    pages = build(files, tmp_path, now)
    assert pages.keys() == names(files)
    addresses = [str(page.relative_to(tmp_path)) for page in tmp_path.glob("_site/**/*.html")]
    assert sorted(addresses) == sorted(
        f"_site/posts/daily-papers-{'2025-11' if name == MONTH else name[:10]}/index.html"
        for name in names(files)
    )
