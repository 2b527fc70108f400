"""`paperboy config`: what holds and where it comes from, as TOML and as JSON."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Done, Paperboy

Run = Callable[..., Done]


@pytest.fixture(name="run")
def made_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return what runs commands in a directory with a configuration."""
    text = 'language = "en"\nauthor = "Ada \\"L\\""\n[front_matter]\n"a b" = [1, {c = "\\u007f"}]\n'
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    monkeypatch.setenv("PAPERBOY_CONFIG", "mine.toml")
    return Paperboy(tmp_path, monkeypatch, capsys)


PRINTED = """\
title = "Paperboy"  # default
language = "en"  # mine.toml
top = 3  # PAPERBOY_TOP
author = "Ada \\"L\\""  # mine.toml
permalink = "/posts/daily-papers-{date}/"  # default
math = false  # default
time_zone = "Asia/Seoul"  # default
topic = []  # default

[front_matter]  # mine.toml
"a b" = [1, { c = "\\u007f" }]

[site]
language = "en"  # default
pictures = false  # default
publisher = ""  # default
contact = ""  # default

[post]
layout = "seed"  # default
topics = false  # default
only_topics = false  # default

[rising]
votes = 20  # default

[blog]
weekly = false  # default
pull_requests = false  # default
api = "https://api.github.com"  # default

[announce]
channels = []  # default
at = "first"  # default
language = "en"  # default
top = 5  # default
topics = []  # default
weekly = false  # default
telegram_api = "https://api.telegram.org"  # default

[source]
url = "https://huggingface.co"  # default

# Variables of the infrastructure:
# PAPERBOY_CONFIG="mine.toml"
# PAPERBOY_STORE="file:public" (default)
# PAPERBOY_SITE_URL="http://127.0.0.1:8000" (default)
# PAPERBOY_BLOG_REPOSITORY="ada/blog"
# PAPERBOY_BLOG_BRANCH="main" (default)
# PAPERBOY_BLOG_SECRET="/paperboy/github"
# PAPERBOY_SOURCE_SECRET="" (default)
# PAPERBOY_ANNOUNCE_SECRETS="" (default)
# PAPERBOY_ANNOUNCE_TOPIC="" (default)
"""
BLOG = {"PAPERBOY_BLOG_REPOSITORY": "ada/blog", "PAPERBOY_BLOG_SECRET": "/paperboy/github"}


def test_every_value_has_its_origin(run: Run) -> None:
    done = run("config", PAPERBOY_TOP="3", **BLOG)
    assert (done.status, done.err) == (0, "")
    assert done.out == PRINTED


def test_a_file_is_named_without_its_directory(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "mine.toml")
    done = run("config", PAPERBOY_TOP="3", PAPERBOY_CONFIG=path, **BLOG)
    assert (done.status, done.err) == (0, "")
    assert done.out == PRINTED.replace('CONFIG="mine.toml"', f'CONFIG="{path}"')


def test_json_says_the_same(run: Run) -> None:
    printed = json.loads(run("config", "--json", PAPERBOY_TOP="3", **BLOG).out)
    keys = printed["configuration"]
    assert keys["top"] == {"value": 3, "origin": "PAPERBOY_TOP"}
    assert keys["front_matter"]["value"] == tomllib.loads(PRINTED)["front_matter"]
    assert list(keys) == [
        *("title", "language", "top", "author", "permalink", "math", "time_zone"),
        *("front_matter", "site.language", "site.pictures", "site.publisher", "site.contact"),
        *("post.layout", "post.topics", "post.only_topics", "rising.votes"),
        *("blog.weekly", "blog.pull_requests", "blog.api"),
        *("announce.channels", "announce.at", "announce.language", "announce.top"),
        *("announce.topics", "announce.weekly", "announce.telegram_api", "source.url", "topic"),
    ]
    variables = printed["variables"]
    assert keys["topic"] == {"value": [], "origin": "default"}
    assert variables["PAPERBOY_STORE"] == {"value": "file:public", "origin": "default"}
    assert variables["PAPERBOY_BLOG_SECRET"]["value"] == "/paperboy/github"


def test_quiet_only_checks(run: Run) -> None:
    assert run("config", "--quiet") == Done(0, "", "")


@pytest.mark.parametrize("option", ["--json", "--quiet", "--debug"])
def test_all_problems_are_printed(run: Run, tmp_path: Path, option: str) -> None:
    token = "_".join(("hf", "abcdefghij" * 3))
    text = f'top = 0\nauthor = "{token}"\n[blog]\nx = 1\n'
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    done = run("config", option, PAPERBOY_CONFIG="bad.toml", PAPERBOY_SITE_URL="x")
    assert (done.status, done.out) == (1, "")
    told = [line for line in done.err.splitlines() if line.startswith("paperboy: ")]
    assert [line.removeprefix("paperboy: ConfigurationError: ") for line in told] == [
        "bad.toml: top must be a number from 1 to 1000, not 0",
        "bad.toml: author must not hold a token",
        "bad.toml: blog.x is not a key of [blog]; use one of weekly, pull_requests, api",
        "PAPERBOY_SITE_URL must be https://host or https://host/path, not 'x'",
    ]
    assert token not in done.err


def test_other_commands_tell_all_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("top = 0\nmath = 1\n", "utf-8")
    assert run("run", PAPERBOY_CONFIG="bad.toml").error() == (
        "ConfigurationError: bad.toml: top must be a number from 1 to 1000, not 0;"
        " bad.toml: math must be true or false, not 1"
    )


def test_a_token_in_place_of_its_place_is_not_printed(run: Run) -> None:
    done = run("config", PAPERBOY_SOURCE_SECRET="hf_abcdefghij")
    assert (done.status, done.out) == (1, "")
    assert "abcdefghij" not in done.err
