"""The handler with a blog: what a run leaves on GitHub, in the log and in the metrics."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters import secrets
from core.model.errors import BlogRejected, PaperboyError, SettingsError
from handler.observability import logger
from tests.support import loaded, sample
from tests.support.context import invoke
from tests.support.github import TOKEN, GitHub, github, needs_github

DAY = "2025-12-24"
EVENT = {"date": DAY, "scheduled_time": f"{DAY}T14:00:00Z"}
HEADLINE = f"daily papers: {DAY}"
SOURCE = sample.ROOT / "src"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set where to read and write, and where the token is; but not yet which blog."""
    monkeypatch.setattr(secrets, "_tokens", {})
    (tmp_path / "token").write_text(TOKEN, "ascii")
    made = {
        "PAPERBOY_SOURCE": sample.PAYLOAD.as_uri(),
        "PAPERBOY_STORE": (tmp_path / "public").as_uri(),
    }
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def blog(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GitHub]:
    """Run a GitHub, and let its repository be the blog."""
    with github(tmp_path) as server:
        settings |= {
            "PAPERBOY_BLOG_REPOSITORY": "ada/blog",
            "PAPERBOY_BLOG_SECRET": (tmp_path / "token").as_uri(),
            "PAPERBOY_BLOG_API": server.url,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield server


def failures(capsys: pytest.CaptureFixture[str]) -> float:
    """Return how often the blog failed, as it was counted."""
    (line,) = capsys.readouterr().out.splitlines()
    counted: float = json.loads(line)["BlogFailures"][0]
    return counted


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return what was logged about the blog itself."""
    formatter = logger.registered_formatter
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    return [line for line in lines if "blog" in line]


@needs_github
def test_a_commit_is_reported_logged_and_counted(
    blog: GitHub, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    report = invoke(EVENT)
    assert json.loads(json.dumps(report)) == report
    commit = blog.log("main")[-1]
    assert (commit.headline, report["blog"]["commit"]) == (HEADLINE, commit.oid)  # type: ignore[index]
    (line,) = logged(caplog)
    assert (line["level"], line["blog"]) == ("INFO", report["blog"])
    assert failures(capsys) == 0

    again = invoke(EVENT)
    assert again["blog"]["status"] == "unchanged"  # type: ignore[index]
    assert failures(capsys) == 0
    assert [asked.kind for asked in blog.requests] == ["query", "mutation", "query"]


@needs_github
@pytest.mark.parametrize(
    ("token", "error", "words"),
    [
        ("github_pat_wrong", BlogRejected, "the token is wrong, expired or revoked"),
        ("two words", SettingsError, "holds more than one word"),
        (None, SettingsError, "cannot be read: No such file"),
    ],
)
def test_a_blog_that_fails_fails_no_invocation(
    token: str | None,
    error: type[PaperboyError],
    words: str,
    tmp_path: Path,
    blog: GitHub,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "token").unlink()
    if token:
        (tmp_path / "token").write_text(token, "ascii")
    report = invoke(EVENT)
    assert report["ok"] is False
    told = report["blog"]["error"]  # type: ignore[index]
    assert told["type"] == error.__name__
    assert words in told["message"]
    assert (tmp_path / "public" / "latest.json").is_file()
    assert len(blog.log("main")) == 1
    (line,) = logged(caplog)
    assert (line["level"], line["blog"]["error"]["type"]) == ("WARNING", error.__name__)
    assert failures(capsys) == 1

    # The next run commits what is missing.
    (tmp_path / "token").write_text(TOKEN, "ascii")
    assert invoke(EVENT)["blog"]["status"] == "committed"  # type: ignore[index]
    assert failures(capsys) == 0


@needs_github
def test_a_dry_run_only_looks(blog: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    report = invoke(EVENT | {"dry_run": True})
    assert report["blog"]["message"].startswith(HEADLINE)  # type: ignore[index]
    assert [asked.kind for asked in blog.requests] == ["query"]
    assert capsys.readouterr().out == ""


@needs_github
def test_no_blog_is_looked_at_when_the_store_is_not_complete(
    blog: GitHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "monthly").write_bytes(b"no directory")
    with pytest.raises(PaperboyError, match="shared by all days StoreError"):
        invoke(EVENT)
    assert blog.requests == []
    assert [line["blog"]["status"] for line in logged(caplog)] == ["skipped"]


@pytest.mark.usefixtures("settings")
def test_without_a_blog_nothing_of_it_is_loaded() -> None:
    report, modules = loaded.run(Path(sys.executable), SOURCE, {}, EVENT)
    assert (report["ok"], report["blog"]) == (True, None)
    assert modules & {"requests", "boto3", *loaded.BLOG_MODULES} == set()


@needs_github
@pytest.mark.usefixtures("blog")
def test_with_a_blog_only_what_it_needs_is_loaded(settings: dict[str, str]) -> None:
    report, modules = loaded.run(Path(sys.executable), SOURCE, settings, EVENT)
    assert report["ok"]
    assert modules & {"boto3", *loaded.BLOG_MODULES} == loaded.BLOG_MODULES
