"""Settings of a blog: what makes one; and of secrets, that no token is ever shown."""

import pytest

from core.model.errors import SettingsError
from core.model.style import PostStyle
from handler.settings import NAMES, BlogSettings, Settings, from_environment

STORE = {"PAPERBOY_STORE": "file:public"}
PARAMETER = "/paperboy/github-token"
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"
SECRETS = ("BLOG_SECRET", "SOURCE_SECRET")
BLOG = STORE | {"PAPERBOY_BLOG_REPOSITORY": "lim4349/blog", "PAPERBOY_BLOG_SECRET": PARAMETER}


def test_the_defaults_of_a_blog() -> None:
    settings = from_environment(BLOG | {"PAPERBOY_BLOG_BRANCH": " "})
    assert settings.blog == BlogSettings(repository="lim4349/blog", secret=PARAMETER)
    assert (settings.blog.branch, settings.blog.api) == ("main", "https://api.github.com")
    assert settings.style == PostStyle(permalink="/posts/daily-papers-{date}/")


def test_a_blog_keeps_the_permalink_that_is_set() -> None:
    settings = from_environment(BLOG | {"PAPERBOY_PERMALINK": "/{date}/"})
    assert settings.style.permalink == "/{date}/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPOSITORY", "a/b"),
        ("REPOSITORY", f"{'a' * 39}/{'b' * 100}"),
        ("REPOSITORY", "ada_company/blog"),
        ("REPOSITORY", "A-1/.github"),
        ("REPOSITORY", "a/_b-c.d"),
        ("BRANCH", "feature/daily.papers_2"),
        ("BRANCH", "한국어"),
        ("BRANCH", "a@b"),
        ("BRANCH", "x"),
        ("SECRET", "/t"),
        ("SECRET", "/a/b.c_d-e"),
        ("SECRET", ARN),
        (
            "SECRET",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a+b=c@d-AbC123",
        ),
        ("SECRET", "file:token"),
        ("SECRET", "file:///home/me/a%20token"),
        ("API", "http://127.0.0.1:8080"),
        ("API", "https://github.example/api"),
    ],
)
def test_a_blog_may_have(name: str, value: str) -> None:
    assert (
        value in repr(from_environment(BLOG | {f"PAPERBOY_BLOG_{name}": value})) or name[0] == "P"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOG_REPOSITORY", "blog"),
        ("BLOG_REPOSITORY", "https://github.com/lim4349/blog"),
        ("BLOG_REPOSITORY", "lim4349/blog/"),
        ("BLOG_REPOSITORY", "lim4349/blog.git"),
        ("BLOG_REPOSITORY", "lim4349/.."),
        ("BLOG_REPOSITORY", "lim4349/."),
        ("BLOG_REPOSITORY", "lim4349/블로그"),
        ("BLOG_REPOSITORY", "-lim/blog"),
        ("BLOG_REPOSITORY", "lim-/blog"),
        ("BLOG_REPOSITORY", f"{'a' * 40}/blog"),
        ("BLOG_REPOSITORY", f"lim4349/{'b' * 101}"),
        *(
            ("BLOG_BRANCH", branch)
            for branch in (
                *("two words", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a\tb"),
                *("/main", "main/", "a//b", "main.lock", "main.lock/a", "main.", ".main", "a/.b"),
                *("a@{1}", "@", "-main", "HEAD", "refs/heads/main", "a" * 256),
            )
        ),
        *(
            (name, place)
            for name in SECRETS
            for place in (
                *("paperboy/token", "/paperboy/token:3", "/paperboy//token", "/paperboy/*"),
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:token",
                "arn:aws:ssm:us-east-1:123456789012:parameter/token",
                *(ARN.replace("AbC123", "??????"), "https://host/token"),
            )
        ),
        ("BLOG_PULL_REQUESTS", "yes"),
        ("BLOG_API", "api.github.com"),
        ("BLOG_API", "https://user:hunter2@github.example/api"),
        ("BLOG_API", "https://github.example/api?x=1"),
        ("BLOG_API", "file:///tmp"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must be ") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "token",
    [
        "hf_abcdefghij",
        "ghp_abcdefghij",
        "github_pat_11ABC_abcdefghij",
        "GHO_abcdefghij",
        '"ghs_abcdefghij"',
        "arn:ghp_abcdefghij",
        "/ghu_abcdefghij?",
        "file: ghr_abcdefghij",
    ],
)
def test_a_token_itself_does_not_belong_there(token: str, name: str) -> None:
    problem = f"PAPERBOY_{name} must be .*; a token itself does not belong there"
    with pytest.raises(SettingsError, match=problem) as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": token})
    assert "abcdefghij" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"AUTHOR", *SECRETS}))
def test_a_token_in_the_wrong_place_is_not_shown(name: str) -> None:
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must be") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": "hf_abcdefghij ghp_abcdefghij"})
    assert "abcdefghij" not in str(caught.value)


@pytest.mark.parametrize("name", SECRETS)
def test_what_may_be_an_older_token_is_not_shown(name: str) -> None:
    token = "0123456789abcdef" * 2
    with pytest.raises(SettingsError, match=f"PAPERBOY_{name} must be a secret's") as caught:
        from_environment(BLOG | {f"PAPERBOY_{name}": token})
    assert token not in str(caught.value)


@pytest.mark.parametrize(("absent", "given"), [("REPOSITORY", "SECRET"), ("SECRET", "REPOSITORY")])
def test_a_blog_needs_repository_and_secret(absent: str, given: str) -> None:
    environment = BLOG | {f"PAPERBOY_BLOG_{absent}": " ", "PAPERBOY_TOP": "x"}
    problem = f"PAPERBOY_BLOG_{absent} must be given with PAPERBOY_BLOG_{given}, and is missing"
    with pytest.raises(SettingsError, match=problem) as caught:
        from_environment(environment)
    assert "PAPERBOY_TOP" in str(caught.value)


def test_other_settings_of_a_blog_make_none() -> None:
    environment = STORE | {
        "PAPERBOY_BLOG_BRANCH": "gh-pages",
        "PAPERBOY_BLOG_PULL_REQUESTS": "true",
    }
    assert from_environment(environment) == Settings(store="file:public")
