"""The template's parameters for a blog: what they allow, and what they let the function read."""

from typing import Any

import pytest

from handler import settings
from handler.settings import BlogSettings, from_environment
from tests.support import template

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
FUNCTION = TEMPLATE["Resources"]["PaperboyFunction"]["Properties"]
ROLE = TEMPLATE["Resources"]["FunctionRole"]["Properties"]
VARIABLES = FUNCTION["Environment"]["Variables"]
IN_CHINA = {
    "Bucket": "bucket",
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
    "AWS::AccountId": "123456789012",
}
ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:paperboy/token-AbC123"
PARAMETER = "/paperboy/github-token"
ACCEPTED = [
    ("BlogRepository", "lim4349/lim4349.github.io"),
    ("BlogBranch", "posts/daily"),
    ("BlogSecret", ARN),
    ("BlogParameter", PARAMETER),
    ("BlogPullRequests", "true"),
    ("BlogApi", "https://github.example/api"),
]
REFUSED = [
    ("BlogRepository", "blog"),
    ("BlogRepository", "https://github.com/lim4349/blog"),
    ("BlogRepository", "lim4349/blog.git"),
    ("BlogBranch", ""),
    ("BlogBranch", "two words"),
    ("BlogBranch", "refs/heads/main"),
    ("BlogSecret", "ghp_0123456789abcdefghij"),
    ("BlogSecret", "file:token"),
    ("BlogSecret", PARAMETER),
    ("BlogParameter", "/paperboy/*"),
    ("BlogParameter", "paperboy"),
    ("BlogParameter", ARN),
    ("BlogSecret", ARN.replace("AbC123", "??????")),
    ("BlogSecret", ARN.removesuffix("-AbC123")),
    ("BlogPullRequests", "yes"),
    ("BlogApi", "api.github.com"),
]


def stack(**values: str) -> template.Stack:
    """Return a stack with these parameters, else the defaults."""
    return template.Stack(TEMPLATE, IN_CHINA | values)


def secrets(**values: str) -> list[dict[str, Any]]:
    """Return the statements of the function's policy that are not about the bucket."""
    (policy,) = stack(**values).resolved(ROLE["Policies"])
    others: list[dict[str, Any]]
    objects, listing, *others = policy["PolicyDocument"]["Statement"][:-3]
    assert (objects["Sid"], listing["Sid"]) == ("ReadAndWriteObjects", "TellMissingFromForbidden")
    return others


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_what_a_parameter_allows_is_a_valid_setting(name: str, value: str) -> None:
    token = {} if name == "BlogSecret" else {"BlogParameter": PARAMETER}
    values = {"BlogRepository": "lim4349/blog", **token, name: value}
    assert template.allows(PARAMETERS[name], value)
    assert from_environment(stack(**values).resolved(VARIABLES)).blog


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_parameter_refuses(name: str, value: str) -> None:
    assert not template.allows(PARAMETERS[name], value)


@pytest.mark.parametrize(
    ("place", "secret", "action", "resource"),
    [
        ("BlogSecret", ARN, "secretsmanager:GetSecretValue", ARN),
        (
            "BlogParameter",
            PARAMETER,
            "ssm:GetParameter",
            f"arn:aws-cn:ssm:cn-north-1:123456789012:parameter{PARAMETER}",
        ),
    ],
)
def test_with_a_blog_the_function_may_read_its_one_secret(
    place: str, secret: str, action: str, resource: str
) -> None:
    blog = {"BlogRepository": "lim4349/blog", place: secret}
    (statement,) = secrets(**blog)
    assert statement == {
        "Sid": "ReadTheBlogsToken",
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
    }
    found = from_environment(stack(**blog).resolved(VARIABLES))
    assert found.blog == BlogSettings("lim4349/blog", secret)


@pytest.mark.parametrize(
    ("repository", "secret", "parameter", "allowed"),
    [
        ("", "", "", True),
        ("", ARN, "", False),
        ("", "", PARAMETER, False),
        ("lim4349/blog", "", "", False),
        ("lim4349/blog", ARN, "", True),
        ("lim4349/blog", "", PARAMETER, True),
        ("lim4349/blog", ARN, PARAMETER, False),
    ],
)
def test_a_repository_comes_with_one_place_of_its_token(
    repository: str, secret: str, parameter: str, allowed: bool
) -> None:
    values = {"BlogRepository": repository, "BlogSecret": secret, "BlogParameter": parameter}
    (assertion,) = TEMPLATE["Rules"]["TheBlogNeedsItsToken"]["Assertions"]
    assert stack(**values).resolved(assertion["Assert"]) is allowed
    if allowed:
        assert len(secrets(**values)) == bool(repository)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("BlogRepository", settings.REPOSITORY.pattern),
        ("BlogBranch", settings.BRANCH.pattern),
        ("BlogSecret", settings.ARN),
        ("BlogParameter", settings.PARAMETER_NAME),
        ("HuggingFaceSecret", settings.ARN),
        ("HuggingFaceParameter", settings.PARAMETER_NAME),
        ("BlogApi", settings.API_URL.pattern),
    ],
)
def test_a_parameter_allows_what_the_settings_do(name: str, pattern: str) -> None:
    assert PARAMETERS[name]["AllowedPattern"] == f"^{pattern}$"


def test_the_permalink_tells_its_default_with_a_blog() -> None:
    assert settings.BLOG_PERMALINK in PARAMETERS["Permalink"]["Description"]
