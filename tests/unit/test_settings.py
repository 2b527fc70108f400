"""Settings from the environment: defaults, values, problems, and no token in any message."""

from datetime import time
from pathlib import Path

import pytest

from core.model.announcement import AnnounceStyle, ChannelName
from core.model.errors import SettingsError
from core.model.style import LANGUAGES, PostStyle, SiteStyle
from handler import bootstrap
from handler.settings import (
    NAMES,
    PREFIX,
    AnnounceSettings,
    BlogSettings,
    Settings,
    from_environment,
)
from tests.support import sample

STORE = {"PAPERBOY_STORE": "file:public"}
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:paperboy-Readers-1"


def test_defaults() -> None:
    assert from_environment(STORE | {"HOME": "/root", "PAPERBOY_AUTHOR": " "}) == Settings(
        store="file:public", source="https://huggingface.co", source_secret="", style=PostStyle()
    )


def test_every_setting() -> None:
    environment = {
        "PAPERBOY_CONFIG": sample.EMPTY_CONFIGURATION,
        "PAPERBOY_STORE": "s3://my-bucket/papers/",
        "PAPERBOY_SOURCE": "http://127.0.0.1:8000",
        "PAPERBOY_SOURCE_SECRET": "/paperboy/huggingface",
        "PAPERBOY_SITE_URL": "https://papers.example/ai/",
        "PAPERBOY_TITLE": "Daily Papers",
        "PAPERBOY_SITE_LANGUAGE": "ko",
        "PAPERBOY_TOP": "20",
        "PAPERBOY_LANGUAGE": "en",
        "PAPERBOY_TIME_ZONE": "America/New_York",
        "PAPERBOY_AUTHOR": "lim4349",
        "PAPERBOY_PERMALINK": "/posts/daily-papers-{date}/",
        "PAPERBOY_MATH": "true",
        "PAPERBOY_FRONT_MATTER": '{"pin": true}',
        "PAPERBOY_SITE_PICTURES": "true",
        "PAPERBOY_SITE_PUBLISHER": "Ada Lovelace",
        "PAPERBOY_SITE_CONTACT": "https://example.com/ada",
        "PAPERBOY_POST_LAYOUT": "brief",
        "PAPERBOY_POST_TOPICS": "true",
        "PAPERBOY_POST_ONLY_TOPICS": "false",
        "PAPERBOY_RISING_VOTES": "50",
        "PAPERBOY_BLOG_WEEKLY": "true",
        "PAPERBOY_BLOG_REPOSITORY": "lim4349/lim4349.github.io",
        "PAPERBOY_BLOG_BRANCH": "gh-pages",
        "PAPERBOY_BLOG_SECRET": ARN,
        "PAPERBOY_BLOG_PULL_REQUESTS": "true",
        "PAPERBOY_BLOG_API": "https://github.example/api/",
        "PAPERBOY_ANNOUNCE_CHANNELS": "email, telegram",
        "PAPERBOY_ANNOUNCE_AT": "09:00",
        "PAPERBOY_ANNOUNCE_LANGUAGE": "ko",
        "PAPERBOY_ANNOUNCE_TOP": "3",
        "PAPERBOY_ANNOUNCE_TOPICS": "",
        "PAPERBOY_ANNOUNCE_WEEKLY": "true",
        "PAPERBOY_ANNOUNCE_TELEGRAM_API": "http://127.0.0.1:8081/",
        "PAPERBOY_ANNOUNCE_SECRETS": "/team/paperboy/",
        "PAPERBOY_ANNOUNCE_TOPIC": TOPIC,
    }
    assert environment.keys() == {PREFIX + name for name in NAMES}
    assert from_environment(environment) == Settings(
        store="s3://my-bucket/papers/",
        site_url="https://papers.example/ai",
        source="http://127.0.0.1:8000",
        source_secret="/paperboy/huggingface",
        style=PostStyle(
            top=20,
            language="en",
            time_zone="America/New_York",
            author="lim4349",
            permalink="/posts/daily-papers-{date}/",
            math=True,
            front_matter='{"pin": true}',
            layout="brief",
            topics=True,
            only_topics=False,
        ),
        site=SiteStyle(
            title="Daily Papers",
            language="ko",
            pictures=True,
            publisher="Ada Lovelace",
            contact="https://example.com/ada",
            rising=50,
        ),
        blog=BlogSettings(
            repository="lim4349/lim4349.github.io",
            secret=ARN,
            branch="gh-pages",
            pull_requests=True,
            weekly=True,
            api="https://github.example/api",
        ),
        announce=AnnounceSettings(
            AnnounceStyle(
                channels=(ChannelName.EMAIL, ChannelName.TELEGRAM),
                at=time(9),
                time_zone="America/New_York",
                language="ko",
                top=3,
                weekly=True,
                title="Daily Papers",
            ),
            secrets="/team/paperboy",
            topic=TOPIC,
            telegram_api="http://127.0.0.1:8081",
        ),
    )


WRONG = {
    "SITE_URL": ["papers.example", "https://papers.example/?q"],
    "STORE": [
        *("s3://B", "s3:///prefix", "s3://bucket/../other", "s3://bucket/./other"),
        *("s3://bucket/papers/.", "s3://bucket/a b", "/tmp/public", "https://bucket.example"),
        *("file://relative/dir", "file://public", "file:///tmp/x#y", "file:///tmp/x?y"),
        *("file:///tmp/a%00b", "file:///tmp/a b"),
    ],
    "SOURCE": [
        *("huggingface.co", "https://user:secret@huggingface.co", "https://"),
        *("https://huggingface.co/api?x=1", "ftp://huggingface.co"),
    ],
    "SOURCE_TOKEN": ["hf_secret"],
    "TOP": ["0", "-1", "ten", "10000", "1" * 5000, "²"],
    "LANGUAGE": ["fr", "../ko"],
    "SITE_LANGUAGE": ["fr"],
    "TITLE": ["a\tb", "x" * 101],
    "AUTHOR": ["a\nb", "x" * 201, "\udc80"],
    "TIME_ZONE": ["Mars/Olympus", "../etc/passwd", "Asia"],
    "PERMALINK": ["posts/{date}", "/posts/", "/a b/{date}"],
    "MATH": ["maybe"],
    "FRONT_MATTER": [
        *("pin: true", "[1]", '{"a": NaN}', '{"a": 1e999}', '{"title": "mine"}'),
        *('{"a": null}', '{"a": 9223372036854775808}', '{"a": "\\ud800"}', '{"\\ud800": 1}'),
        '{"a": ' + "[" * 17 + "]" * 17 + "}",
    ],
    "ANNOUNCE_CHANNELS": ["fax", "slack,slack", "slack;email"],
    "ANNOUNCE_AT": ["9", "24:00"],
    "ANNOUNCE_TOP": ["11", "0"],
    "ANNOUNCE_TELEGRAM_API": ["http://telegram.example", "api.telegram.org"],
    "ANNOUNCE_TOPICS": ["A"],
    "ANNOUNCE_SECRETS": ["paperboy", "/a/*", "https://host/x", "s3://bucket"],
    "ANNOUNCE_TOPIC": ["paperboy", "arn:aws:sqs:us-east-1:123456789012:paperboy"],
    "CONFIG": ["nowhere.toml"],
    "TYPO": ["1"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_wrong_setting_is_named(name: str, value: str) -> None:
    named = "nowhere.toml: " if name == "CONFIG" else f"PAPERBOY_{name}[ .]"
    with pytest.raises(SettingsError, match=named) as caught:
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
def test_file_url_is_a_path(url: str, path: str) -> None:
    store = bootstrap.store(from_environment({"PAPERBOY_STORE": url}).store, lambda: 1.0)
    assert store.location("latest.json") == f"{path}/latest.json"


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({"PAPERBOY_TOP": "x", "PAPERBOY_LANGUAGE": "x", "PAPERBOY_X": "x"})
    for name in ("PAPERBOY_STORE", "PAPERBOY_TOP", "PAPERBOY_LANGUAGE", "PAPERBOY_X"):
        assert name in str(caught.value)
    assert "missing" in str(caught.value)
    assert len(caught.value.problems) == 4


def test_languages_are_those_of_the_templates() -> None:
    files = (sample.TEMPLATES / "locales").iterdir()
    assert {Path(file).stem for file in files} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("posts", "pages", "language"),
    [("", "", "ko"), ("en", "", "en"), ("", "en", "en"), ("en", "ko", "ko")],
)
def test_pages_have_the_posts_language(posts: str, pages: str, language: str) -> None:
    names = {"PAPERBOY_LANGUAGE": posts, "PAPERBOY_SITE_LANGUAGE": pages}
    assert from_environment(STORE | names).site.language == language


@pytest.mark.parametrize(
    ("store", "site_url"),
    [
        ("s3://my-bucket", ""),
        ("s3://my-bucket/a'b/papers/", ""),
        ("file:public", "http://127.0.0.1:8000"),
    ],
)
def test_default_site_url(store: str, site_url: str) -> None:
    assert from_environment({"PAPERBOY_STORE": store}).site_url == site_url


PARAMETER = "/paperboy/github-token"
SECRETS = ("ANNOUNCE_SECRETS", "BLOG_SECRET", "SOURCE_SECRET")
BLOG = STORE | {"PAPERBOY_BLOG_REPOSITORY": "lim4349/blog", "PAPERBOY_BLOG_SECRET": PARAMETER}


def test_defaults_of_a_blog() -> None:
    settings = from_environment(BLOG | {"PAPERBOY_BLOG_BRANCH": " "})
    assert settings.blog == BlogSettings(repository="lim4349/blog", secret=PARAMETER)
    assert (settings.blog.branch, settings.blog.api) == ("main", "https://api.github.com")
    assert settings.style == PostStyle(permalink="/posts/daily-papers-{date}/")


def test_blog_keeps_permalink() -> None:
    settings = from_environment(BLOG | {"PAPERBOY_PERMALINK": "/{date}/"})
    assert settings.style.permalink == "/{date}/"


RIGHT = {
    "REPOSITORY": [
        *("a/b", f"{'a' * 39}/{'b' * 100}", "ada_company/blog", "A-1/.github", "a/_b-c.d"),
    ],
    "BRANCH": ["feature/daily.papers_2", "한국어", "a@b", "x"],
    "SECRET": [
        *("/t", "/a/b.c_d-e", "/paperboy/hf_token", ARN, "file:token", "file:///home/me/a%20token"),
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a+b=c@d-AbC123",
    ],
    "API": ["http://127.0.0.1:8080", "https://github.example/api"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values]
)
def test_right_blog_settings(name: str, value: str) -> None:
    blog = from_environment(BLOG | {f"PAPERBOY_BLOG_{name}": value}).blog
    assert getattr(blog, name.lower()) == value


WRONG_PLACES = [
    *("paperboy/token", "/paperboy/token:3", "/paperboy//token", "/paperboy/*"),
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:token",
    "arn:aws:ssm:us-east-1:123456789012:parameter/token",
    *(ARN.replace("AbC123", "??????"), "https://host/token"),
]
WRONG_BLOG = {
    "BLOG_REPOSITORY": [
        *("blog", "https://github.com/lim4349/blog", "lim4349/blog/", "lim4349/blog.git"),
        *("lim4349/..", "lim4349/.", "lim4349/블로그", "-lim/blog", "lim-/blog"),
        *(f"{'a' * 40}/blog", f"lim4349/{'b' * 101}"),
    ],
    "BLOG_BRANCH": [
        *("two words", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a\tb"),
        *("/main", "main/", "a//b", "main.lock", "main.lock/a", "main.", ".main", "a/.b"),
        *("a@{1}", "@", "-main", "HEAD", "refs/heads/main", "a" * 256),
    ],
    "BLOG_SECRET": WRONG_PLACES,
    "SOURCE_SECRET": WRONG_PLACES,
    "BLOG_PULL_REQUESTS": ["yes"],
    "BLOG_API": [
        *("api.github.com", "https://user:hunter2@github.example/api"),
        *("https://github.example/api?x=1", "http://github.example/api", "file:///tmp"),
    ],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG_BLOG.items() for value in values]
)
def test_wrong_blog_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must be ") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "token",
    [
        *("hf_abcdefghij", "ghp_abcdefghij", "github_pat_11ABC_abcdefghij", "GHO_abcdefghij"),
        *('"ghs_abcdefghij"', "arn:ghp_abcdefghij", "/ghu_abcdefghij?", "file: ghr_abcdefghij"),
        # These have the form of a place.
        *("file:ghp_" + "abcdefghij" * 4, "/hf_" + "abcdefghij" * 3),
        *("file:///home/me/%67hp_" + "abcdefghij" * 4, "/a/github_pat_11A_" + "abcdefghij" * 3),
    ],
)
def test_token_instead_of_its_place(token: str, name: str) -> None:
    problem = f"PAPERBOY_{name} must be .*; set the place of the token, not the token"
    with pytest.raises(SettingsError, match=problem) as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": token})
    assert "abcdefghij" not in str(caught.value)


@pytest.mark.parametrize(
    "name", sorted(set(NAMES) - {"AUTHOR", "TITLE", "SITE_PUBLISHER", "CONFIG", *SECRETS})
)
def test_misplaced_token_is_not_shown(name: str) -> None:
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must be") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": "hf_abcdefghij ghp_abcdefghij"})
    assert "abcdefghij" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTHOR", "{}"),
        ("TITLE", "{}"),
        ("SITE_PUBLISHER", "{}"),
        ("SITE_CONTACT", "https://host/{}"),
        ("BLOG_API", "https://host/{}"),
        ("FRONT_MATTER", '{{"a": "{}"}}'),
        ("PERMALINK", "/{}/{{date}}"),
    ],
)
def test_nothing_published_holds_a_token(name: str, value: str) -> None:
    token = "_".join(("ghp", "abcdefghij" * 4))
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must not hold a token") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": value.format(token)})
    assert "abcdefghij" not in str(caught.value)


def test_a_store_may_be_named_like_a_token() -> None:
    store = "s3://bucket/hf_dailypapersarchive"
    assert from_environment({"PAPERBOY_STORE": store}).store == store


@pytest.mark.parametrize("before", ["", "/", "arn:", "file:", "file: ", "https://host/"])
@pytest.mark.parametrize("name", SECRETS)
def test_possible_older_token_is_not_shown(name: str, before: str) -> None:
    token = f"{before}{'0123456789abcdef' * 2}?"
    with pytest.raises(
        SettingsError, match=f"PAPERBOY_{name} must be (a secret's|the beginning)"
    ) as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": token})
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(("absent", "given"), [("REPOSITORY", "SECRET"), ("SECRET", "REPOSITORY")])
def test_blog_needs_repository_and_secret(absent: str, given: str) -> None:
    environment = BLOG | {f"PAPERBOY_BLOG_{absent}": " ", "PAPERBOY_TOP": "x"}
    problem = f"PAPERBOY_BLOG_{absent} must be given with PAPERBOY_BLOG_{given}, and is missing"
    with pytest.raises(SettingsError, match=problem) as caught:
        from_environment(environment)
    assert "PAPERBOY_TOP" in str(caught.value)


def test_other_blog_settings_make_no_blog() -> None:
    environment = STORE | {
        "PAPERBOY_BLOG_BRANCH": "gh-pages",
        "PAPERBOY_BLOG_PULL_REQUESTS": "true",
    }
    assert from_environment(environment) == Settings(store="file:public")
