"""Settings from the environment: defaults, values, and every problem at once."""

from pathlib import Path

import pytest

from core.model.errors import SettingsError
from core.model.style import PostStyle
from handler import bootstrap
from handler.settings import LOCALES, NAMES, PREFIX, BlogSettings, Settings, from_environment

STORE = {"PAPERBOY_STORE": "file:public"}
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"


def test_defaults() -> None:
    assert from_environment(STORE | {"HOME": "/root", "PAPERBOY_AUTHOR": " "}) == Settings(
        store="file:public", source="https://huggingface.co", source_secret="", style=PostStyle()
    )


def test_every_setting() -> None:
    environment = {
        "PAPERBOY_STORE": "s3://my-bucket/papers/",
        "PAPERBOY_SOURCE": "http://127.0.0.1:8000",
        "PAPERBOY_SOURCE_SECRET": "/paperboy/huggingface",
        "PAPERBOY_SITE_URL": "https://papers.example/ai/",
        "PAPERBOY_TOP": "20",
        "PAPERBOY_LOCALE": "en",
        "PAPERBOY_TIME_ZONE": "America/New_York",
        "PAPERBOY_AUTHOR": "lim4349",
        "PAPERBOY_PERMALINK": "/posts/daily-papers-{date}/",
        "PAPERBOY_MATH": "true",
        "PAPERBOY_FRONT_MATTER": '{"pin": true}',
        "PAPERBOY_BLOG_REPOSITORY": "lim4349/lim4349.github.io",
        "PAPERBOY_BLOG_BRANCH": "gh-pages",
        "PAPERBOY_BLOG_SECRET": ARN,
        "PAPERBOY_BLOG_PULL_REQUESTS": "true",
        "PAPERBOY_BLOG_API": "https://github.example/api/",
    }
    assert environment.keys() == {PREFIX + name for name in NAMES}
    assert from_environment(environment) == Settings(
        store="s3://my-bucket/papers/",
        site_url="https://papers.example/ai",
        source="http://127.0.0.1:8000",
        source_secret="/paperboy/huggingface",
        style=PostStyle(
            top=20,
            locale="en",
            time_zone="America/New_York",
            author="lim4349",
            permalink="/posts/daily-papers-{date}/",
            math=True,
            front_matter='{"pin": true}',
        ),
        blog=BlogSettings(
            repository="lim4349/lim4349.github.io",
            secret=ARN,
            branch="gh-pages",
            pull_requests=True,
            api="https://github.example/api",
        ),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "papers.example"),
        ("SITE_URL", "https://papers.example/?q"),
        ("STORE", "s3://B"),
        ("STORE", "s3:///prefix"),
        ("STORE", "s3://bucket/../other"),
        ("STORE", "s3://bucket/./other"),
        ("STORE", "s3://bucket/papers/."),
        ("STORE", "s3://bucket/a b"),
        ("STORE", "/tmp/public"),
        ("STORE", "https://bucket.example"),
        ("STORE", "file://relative/dir"),
        ("STORE", "file://public"),
        ("STORE", "file:///tmp/x#y"),
        ("STORE", "file:///tmp/x?y"),
        ("STORE", "file:///tmp/a%00b"),
        ("STORE", "file:///tmp/a b"),
        ("SOURCE", "huggingface.co"),
        ("SOURCE", "https://user:secret@huggingface.co"),
        # What it was once: whoever still sets it is told.
        ("SOURCE_TOKEN", "hf_secret"),
        ("SOURCE", "https://"),
        ("SOURCE", "https://huggingface.co/api?x=1"),
        ("SOURCE", "ftp://huggingface.co"),
        ("TOP", "0"),
        ("TOP", "-1"),
        ("TOP", "ten"),
        ("TOP", "10000"),
        ("TOP", "1" * 5000),
        ("TOP", "²"),
        ("LOCALE", "fr"),
        ("LOCALE", "../ko"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../etc/passwd"),
        ("TIME_ZONE", "Asia"),
        ("PERMALINK", "posts/{date}"),
        ("PERMALINK", "/posts/"),
        ("MATH", "maybe"),
        ("FRONT_MATTER", "pin: true"),
        ("FRONT_MATTER", "[1]"),
        ("FRONT_MATTER", '{"a": NaN}'),
        ("FRONT_MATTER", '{"a": 1e999}'),
        ("FRONT_MATTER", '{"title": "mine"}'),
        ("TYPO", "1"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} ") as caught:
        from_environment(STORE | {f"PAPERBOY_{name}": value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("place", [ARN, "/paperboy/huggingface", "file:token", "file:///a%20token"])
def test_the_source_may_have_a_secret(place: str) -> None:
    settings = from_environment(STORE | {"PAPERBOY_SOURCE_SECRET": place})
    assert (settings.source_secret, settings.blog) == (place, None)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:public", "public"),
        ("file:a/b%20c%23%3F", "a/b c#?"),
        ("file:/tmp/x", "/tmp/x"),
        ("file:///tmp/x", "/tmp/x"),
        ("file://localhost/tmp/x", "/tmp/x"),
        ("file:////tmp/x", "//tmp/x"),
        ("file:///tmp/%FF", "/tmp/\udcff"),
    ],
)
def test_a_file_url_is_a_path(url: str, path: str) -> None:
    store = bootstrap.store(from_environment({"PAPERBOY_STORE": url}).store, lambda: 1.0)
    assert store.location("latest.json") == f"{path}/latest.json"


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({"PAPERBOY_TOP": "x", "PAPERBOY_LOCALE": "x", "PAPERBOY_X": "x"})
    for name in ("PAPERBOY_STORE", "PAPERBOY_TOP", "PAPERBOY_LOCALE", "PAPERBOY_X"):
        assert name in str(caught.value)
    assert "missing" in str(caught.value)


def test_the_locales_are_those_that_the_templates_have() -> None:
    files = (bootstrap.root() / "templates" / "locales").iterdir()
    assert sorted(Path(file).stem for file in files) == list(LOCALES)


@pytest.mark.parametrize(
    ("store", "site_url"),
    [
        ("s3://my-bucket", "https://my-bucket.s3.amazonaws.com"),
        ("s3://my-bucket/a'b/papers/", "https://my-bucket.s3.amazonaws.com/a%27b/papers"),
        ("file:public", "http://127.0.0.1:8000"),
    ],
)
def test_without_an_address_the_site_is_where_the_store_is(store: str, site_url: str) -> None:
    assert from_environment({"PAPERBOY_STORE": store}).site_url == site_url
