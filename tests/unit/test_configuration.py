"""`paperboy.toml`: what a file may say, how its mistakes are told, and its schema for editors."""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from core.model.errors import ConfigurationError, SettingsError
from core.model.style import PostStyle, SiteStyle
from handler import configuration
from handler.cli import config
from handler.configuration import KEYS
from handler.settings import Settings, from_environment, load
from tests.support import sample

STORE = {"PAPERBOY_STORE": "file:public"}
SCHEMA: dict[str, Any] = json.loads((sample.ROOT / "schema" / "paperboy.v1.json").read_bytes())
FULL = """\
title = "논문 & <papers>"
language = "en"
top = 3
author = "Ada Lovelace"
permalink = "/{date}/"
math = true
time_zone = "UTC"
[front_matter]
pin = true
"a b" = [1, 2.5, {c = "d"}]
[site]
language = "ko"
pictures = true
publisher = "Ada Lovelace"
contact = "mailto:ada@example.com"
[post]
layout = "brief"
[rising]
votes = 50
[blog]
weekly = true
pull_requests = true
api = "https://github.example/api/"
[source]
url = "http://127.0.0.1:8000"
"""


def problems(text: str) -> list[str]:
    """Return what is wrong with a file, without its name."""
    found = configuration.parse(text.encode(), "p.toml").problems
    return [one.removeprefix("p.toml: ") for one in found]


def settings(path: Path, text: str, **variables: str) -> Settings:
    """Return the settings with a file that says this."""
    path.write_text(text, "utf-8")
    return from_environment(STORE | {"PAPERBOY_CONFIG": str(path), **variables})


def test_every_key_of_the_file(tmp_path: Path) -> None:
    found = settings(tmp_path / "p.toml", FULL)
    assert found.style == PostStyle(
        top=3,
        language="en",
        time_zone="UTC",
        author="Ada Lovelace",
        permalink="/{date}/",
        math=True,
        front_matter='{"pin": true, "a b": [1, 2.5, {"c": "d"}]}',
        layout="brief",
    )
    assert found.site == SiteStyle(
        title="논문 & <papers>",
        language="ko",
        pictures=True,
        publisher="Ada Lovelace",
        contact="mailto:ada@example.com",
        rising=50,
    )
    assert found.source == "http://127.0.0.1:8000"
    document = tomllib.loads(FULL)
    assert {key.path.partition(".")[0] for key in KEYS} == document.keys()


def test_the_repositorys_file_says_the_defaults() -> None:
    file = configuration.parse((sample.ROOT / "paperboy.toml").read_bytes(), "paperboy.toml")
    assert file.problems == []
    assert file.values == {key.path: key.default for key in KEYS if key.default is not None}


def test_the_repositorys_file_is_the_default_one(default_file: Callable[[], Path]) -> None:
    assert default_file() == sample.ROOT / "paperboy.toml"
    first = (sample.ROOT / "paperboy.toml").read_text("utf-8").partition("\n")[0]
    assert (sample.ROOT / first.removeprefix("#:schema ")).is_file()


def test_a_variable_overrides_the_file(tmp_path: Path) -> None:
    found = settings(tmp_path / "p.toml", FULL, PAPERBOY_TOP="7", PAPERBOY_MATH="false")
    assert (found.style.top, found.style.math, found.style.author) == (7, False, "Ada Lovelace")


def test_a_blank_variable_overrides_nothing(tmp_path: Path) -> None:
    assert settings(tmp_path / "p.toml", FULL, PAPERBOY_TOP=" ").style.top == 3


def test_without_a_file_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "default_file", lambda: tmp_path / "paperboy.toml")
    assert from_environment(STORE) == Settings(store="file:public")


LONG = "x" * 1000
MANY_DIGITS = "9" * 5000
TOKEN = "_".join(("ghp", "abcdefghij" * 4))
IN_BLOG = "weekly, pull_requests, api"
BAD = [
    ('title = ""', ["title must be a line of 1 to 100 characters, not ''"]),
    ('title = "a\\nb"', ["title must be a line of 1 to 100 characters, not 'a\\nb'"]),
    ('language = "fr"', ["language must be one of ko, en, not 'fr'"]),
    ("language = 1", ["language must be one of ko, en, not 1"]),
    ('language = ["en"]', ["language must be one of ko, en, not an array"]),
    ("top = 0", ["top must be a number from 1 to 1000, not 0"]),
    ("top = true", ["top must be a number from 1 to 1000, not true"]),
    ("top = 10.0", ["top must be a number from 1 to 1000, not 10.0"]),
    ('top = "10"', ["top must be a number from 1 to 1000, not '10'"]),
    ("[top]", ["top must be a number from 1 to 1000, not a table"]),
    (
        f"top = 0x{'f' * 20}",
        ["top must be a number from 1 to 1000, not such a large number"],
    ),
    (f'author = "{LONG}"', [f"author must be a line of at most 200 characters, not '{'x' * 59}"]),
    ('math = "true"', ["math must be true or false, not 'true'"]),
    ("math = 2026-01-01", ["math must be true or false, not '2026-01-01'"]),
    (
        'permalink = "/posts/"',
        [
            "permalink must be a path that begins with / and holds {date}, such as"
            " /posts/papers-{date}/, not '/posts/'"
        ],
    ),
    ('time_zone = "Mars"', ["time_zone must be a time zone such as Asia/Seoul, not 'Mars'"]),
    (
        "colour = 1",
        [
            "colour is not a key; use one of title, language, top, author, permalink, math,"
            " time_zone, front_matter, site, post, rising, blog, source"
        ],
    ),
    (
        "[blog]\napis = 1",
        ["blog.apis is not a key of [blog]; use one of weekly, pull_requests, api"],
    ),
    (
        "[blog]\n'a b' = 1",
        ["blog.'a b' is not a key of [blog]; use one of weekly, pull_requests, api"],
    ),
    (
        "[blog]\napi = 'https://ada:hunter@host'",
        ["blog.api must be https://api.github.com or https://host/api"],
    ),
    ("site = 'ko'", ["site must be a table, not 'ko'"]),
    ("[[site]]\nlanguage = 'ko'", ["site must be a table, not an array"]),
    (
        "[source]\nurl = 'ftp://x'",
        ["source.url must be https://host or file:///path, not 'ftp://x'"],
    ),
    ("front_matter = 1", ["front_matter must be a table (in a variable, a JSON object), not 1"]),
    (
        "[front_matter]\ntags = ['a']\ntitle = 'b'",
        [
            "front_matter.title is a key that posts have already: remove it",
            "front_matter.tags is a key that posts have already: remove it",
        ],
    ),
    (
        "[front_matter]\nlinks = [1, {at = 2026-01-01}, nan]",
        [
            "front_matter.links[1].at must be a text, a number, true, false, an array or a table;"
            " put a date in quotes",
            "front_matter.links[2] must be a finite number",
        ],
    ),
    (
        "[front_matter]\na = 9223372036854775808",
        ["front_matter.a must be a number of at most 64 bits"],
    ),
    (
        f"[front_matter.{'.'.join('a' * 20)}]",
        [f"front_matter{'.a' * 16} is nested too deep: use at most 16 levels"],
    ),
    (f'author = "{TOKEN}"', ["author must not hold a token"]),
    (f'[front_matter]\na = ["{TOKEN}"]', ["front_matter must not hold a token"]),
    (f'[front_matter]\n{TOKEN} = "a"', ["front_matter must not hold a token"]),
    (f'[blog]\napi = "https://host/{TOKEN}"', ["blog.api must not hold a token"]),
    (
        f"[blog]\n{TOKEN} = 1",
        ["blog.[token] is not a key of [blog]; use one of weekly, pull_requests, api"],
    ),
]


@pytest.mark.parametrize(("text", "found"), BAD, ids=[text[:30] for text, _ in BAD])
def test_a_bad_value_names_its_key(text: str, found: list[str]) -> None:
    assert problems(text) == found


SYNTAX = [
    (b"a = 1\nb = = 2\n", ", line 2: Invalid value (column 5)"),
    (b"title = 'a'\ntitle = 'b'\n", ", line 2: Cannot overwrite a value (column 12)"),
    (b"title = 'a'\r\n\r\n[blog\r\n", ", line 3: Expected ']' at the end of a table declaration"),
    (b"top = 1\nauthor = '''\n\n", ", line 2: "),
    (b"top = 1\nauthor = '\xff'\n", ", line 2: is not UTF-8"),
    (b"top = " + MANY_DIGITS.encode(), ": a number has too many digits"),
]


@pytest.mark.parametrize(("body", "problem"), SYNTAX, ids=[problem for _, problem in SYNTAX])
def test_a_syntax_error_names_file_and_line(body: bytes, problem: str) -> None:
    (found,) = configuration.parse(body, "dir/p.toml").problems
    assert found.startswith(f"dir/p.toml{problem}")


def test_a_file_may_begin_with_a_mark() -> None:
    assert configuration.parse(b"\xef\xbb\xbftop = 3\n", "p.toml").values == {"top": 3}


@pytest.mark.parametrize(
    "body", [b"[front_matter]\na = " + b"[" * 100_000, b"[title" + b".a" * 5_000 + b"]"]
)
def test_a_file_that_is_nested_too_deep_is_told(body: bytes) -> None:
    (found,) = configuration.parse(body, "p.toml").problems
    assert found.startswith("p.toml")
    assert len(found) < 200


def test_a_file_must_be_small_and_regular(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(b"#" * (2**20 + 1))
    (tmp_path / "right.toml").write_bytes(b"#" * 2**20)
    for name, problem in {
        "big.toml": "it has more than 1,048,576 bytes",
        "gone.toml": "No such file or directory",
        "": "Is a directory",
    }.items():
        path = str(tmp_path / name) if name else str(tmp_path)
        with pytest.raises(ConfigurationError, match=f"{path}: cannot be read: {problem}"):
            from_environment(STORE | {"PAPERBOY_CONFIG": path})
    assert configuration.read(str(tmp_path / "right.toml")).problems == []
    with pytest.raises(ConfigurationError, match="it is not a regular file"):
        from_environment(STORE | {"PAPERBOY_CONFIG": "/dev/null"})


def test_all_problems_of_file_and_variables_at_once(tmp_path: Path) -> None:
    text = "top = 0\n[blog]\napi = 'x'\n"
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path / "p.toml", text, PAPERBOY_MATH="x", PAPERBOY_STORE="x")
    assert isinstance(caught.value, SettingsError)
    names = [re.split(" must ", one)[0] for one in caught.value.problems]
    at = f"{tmp_path}/p.toml: "
    assert names == [f"{at}top", f"{at}blog.api", "PAPERBOY_STORE", "PAPERBOY_MATH"]


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("topic", 2, "any", 0), "topic[2].any[0]"),
        (("blog", "api"), "blog.api"),
        (("front_matter", "a b", 0, 1), "front_matter.'a b'[0][1]"),
    ],
)
def test_a_path_names_tables_and_arrays(parts: tuple[str | int, ...], path: str) -> None:
    assert configuration.place(parts) == path


# The schema. Regular expressions in it are ECMA-262's, in which `$` is the end and nothing else.


def fullmatch(_: Any, pattern: str, text: object, __: object) -> Iterator[ValidationError]:
    if isinstance(text, str) and not re.fullmatch(pattern.removesuffix("$"), text):
        yield ValidationError(f"{text!r} does not match")


VALIDATOR = extend(Draft7Validator, {"pattern": fullmatch})(SCHEMA)  # type: ignore[no-untyped-call]


def beyond_the_schema(document: dict[str, Any]) -> bool:
    """Return whether a file has what the code refuses and no schema can say.

    These are unknown time zones, tokens, numbers that are no integers for TOML though they are for
    JSON, numbers that are not finite or have more than 64 bits, and depth.
    """
    zone, top = document.get("time_zone"), document.get("top")
    texts = json.dumps(document, default=str)
    return (
        (isinstance(zone, str) and not configuration._is_time_zone(zone))
        or isinstance(top, float)
        or TOKEN in texts
        or any(map(is_odd_number, numbers(document.get("front_matter"))))
        or depth(document.get("front_matter")) > configuration.MOST_LEVELS
    )


def is_odd_number(number: float) -> bool:
    return not math.isfinite(number) or (isinstance(number, int) and not -(2**63) <= number < 2**63)


def numbers(value: object) -> Iterator[float]:
    """Yield the numbers in a value."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)


def depth(value: object) -> int:
    """Return how deep tables and arrays are nested."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth, inner), default=0)


def is_right(document: dict[str, Any]) -> bool:
    """Return whether the code accepts what a file says."""
    return not list(configuration._check(document, configuration.TREE, [], {}))


TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("", " x", "x" * 100, "x" * 101, "x" * 201, "en", "ko", "fr", "a\nb", "\x7f", "\x85"),
            *("/{date}/", "/{date}", "/a b/{date}", "x{date}", "/{date}\n", TOKEN, "\u2028"),
            *("UTC", "Asia/Seoul", "Mars/X", "Asia/Seoul\n", "../etc", "1"),
            *("https://host", "https://host/api/", "https://host/a?b", "https://host\n", "ftp://x"),
            *("https://[::1]:80/", "https://a@b", "file:a", "file:a\n", "file://b", "file:/a%00"),
        ]
    ),
)
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-2, 1001),
    st.sampled_from([2**63, -(2**63), 10.0, math.nan, math.inf, 1e300, 0.5, date(2026, 1, 1)]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["language", "api", "url", "x"]), TEXTS, max_size=2),
)
NAMES = [*{key.path.partition(".")[0] for key in KEYS}, "colour"]
FRONT_MATTER = st.dictionaries(
    st.one_of(st.text(max_size=3), st.sampled_from(configuration.OUR_FRONT_MATTER)),
    st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2), max_leaves=4),
    max_size=2,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return what a file might say, rightly or wrongly."""
    document = draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
    for name in ("site", "blog", "source"):
        below = [key.path.partition(".")[2] for key in KEYS if key.path.startswith(name)]
        if draw(st.booleans()):
            keys = st.sampled_from([*below, "x"])
            document[name] = draw(st.dictionaries(keys, VALUES, max_size=2))
    if draw(st.booleans()):
        document["front_matter"] = draw(FRONT_MATTER)
    return document


@given(documents())
@example({"front_matter": {"a": {"b": [[], {}, "x", 1, 2.5, False]}}})
@example(tomllib.loads(FULL))
def test_schema_and_code_agree(document: dict[str, Any]) -> None:
    if beyond_the_schema(document):
        assert not is_right(document)
    else:
        assert VALIDATOR.is_valid(document) is is_right(document)


@pytest.mark.parametrize("text", [text for text, _ in BAD], ids=[text[:30] for text, _ in BAD])
def test_schema_refuses_what_the_code_refuses(text: str) -> None:
    document = tomllib.loads(text)
    assert beyond_the_schema(document) or not VALIDATOR.is_valid(document)


def test_schema_has_the_keys_and_defaults() -> None:
    Draft7Validator.check_schema(SCHEMA)
    found = {}
    for name, member in SCHEMA["properties"].items():
        below = member.get("properties")
        assert member["description"].endswith(".")
        if below is None:
            found[name] = member.get("default")
        else:
            found |= {f"{name}.{one}": value.get("default") for one, value in below.items()}
    assert found == {key.path: key.default for key in KEYS}


# `paperboy config` prints a file that says the same.

ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
CONTENT = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
VALID = st.fixed_dictionaries(
    {},
    optional={
        "TITLE": ONE_LINE.filter(lambda text: text.strip() != ""),
        "LANGUAGE": st.sampled_from(["ko", "en"]),
        "SITE_LANGUAGE": st.sampled_from(["ko", "en"]),
        "TOP": st.integers(1, 1000).map(str),
        "AUTHOR": ONE_LINE,
        "MATH": st.sampled_from(["true", "false"]),
        "TIME_ZONE": st.sampled_from(["UTC", "Etc/GMT+5"]),
        "FRONT_MATTER": st.dictionaries(
            st.text(max_size=9).filter(lambda name: name not in configuration.OUR_FRONT_MATTER),
            CONTENT,
            max_size=3,
        ).map(json.dumps),
        "BLOG_PULL_REQUESTS": st.sampled_from(["true", "false"]),
        "BLOG_API": st.just("https://host/api"),
        "SOURCE": st.sampled_from(["https://host/", "file:a%20b"]),
    },
)


@given(VALID, st.booleans())
def test_printed_configuration_reads_the_same(variables: dict[str, str], has_blog: bool) -> None:
    blog = {"BLOG_REPOSITORY": "ada/blog", "BLOG_SECRET": "/t"} if has_blog else {}
    names = STORE | {f"PAPERBOY_{name}": value for name, value in (variables | blog).items()}
    loaded = load(names)
    file = configuration.parse(config.as_toml(loaded).encode(), "p.toml")
    assert file.problems == []
    assert file.values == {one.name: one.value for one in loaded.keys}
    # In the same order, which posts keep.
    assert (
        json.dumps(file.values["front_matter"], ensure_ascii=False)
        == loaded.settings.style.front_matter
    )
