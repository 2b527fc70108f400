"""`paperboy.toml`: what a file may say, how its mistakes are told, and its schema for editors."""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from core.model.announcement import AnnounceStyle, ChannelName
from core.model.errors import ConfigurationError, SettingsError
from core.model.style import PostStyle, SiteStyle
from core.model.topic import Topic
from core.topics.rules import is_empty, normalised
from handler import configuration, topics, values
from handler.cli import config
from handler.configuration import KEYS
from handler.settings import AnnounceSettings, Settings, from_environment, load
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
topics = true
only_topics = true
[rising]
votes = 50
[blog]
weekly = true
pull_requests = true
api = "https://github.example/api/"
[announce]
channels = ["slack", "event"]
at = "21:30"
language = "ko"
top = 7
topics = ["speech"]
weekly = true
telegram_api = "https://telegram.example/"
[source]
url = "http://127.0.0.1:8000"
[[topic]]
id = "agents"
title = { en = " Agents", ko = "에이전트" }
any = ["agent*", " tool use "]
organizations = ["NVIDIA"]
authors = ["Kaiming He"]
all = ["benchmark"]
none = ["reagent*"]
fields = ["title", "ai_keywords"]
min_votes = 5
[[topic]]
id = "speech"
title = { ko = "음성" }
any = ["speech"]
"""
AGENTS = Topic(
    id="agents",
    title={"ko": "에이전트", "en": "Agents"},
    any=("agent*", "tool use"),
    organizations=("NVIDIA",),
    authors=("Kaiming He",),
    all=("benchmark",),
    none=("reagent*",),
    fields=("title", "ai_keywords"),
    min_votes=5,
)
SPEECH = Topic(id="speech", title={"ko": "음성", "en": "음성"}, any=("speech",))


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
        topics=True,
        only_topics=True,
    )
    assert found.site == SiteStyle(
        title="논문 & <papers>",
        language="ko",
        pictures=True,
        publisher="Ada Lovelace",
        contact="mailto:ada@example.com",
        rising=50,
    )
    assert found.announce == AnnounceSettings(
        AnnounceStyle(
            channels=(ChannelName.SLACK, ChannelName.EVENT),
            at=time(21, 30),
            time_zone="UTC",
            language="ko",
            top=7,
            topics=("speech",),
            weekly=True,
            title="논문 & <papers>",
        ),
        telegram_api="https://telegram.example",
    )
    assert found.source == "http://127.0.0.1:8000"
    assert found.topics == (AGENTS, SPEECH)
    document = tomllib.loads(FULL)
    assert {*(key.path.partition(".")[0] for key in KEYS), "topic"} == document.keys()


def test_an_announced_topic_is_one_of_the_file(tmp_path: Path) -> None:
    text = FULL.replace('topics = ["speech"]', 'topics = ["speech", "x"]')
    path = tmp_path / "p.toml"
    with pytest.raises(SettingsError, match=r"p\.toml: announce\.topics has 'x', which is not the"):
        settings(path, text)
    with pytest.raises(SettingsError, match=r"_TYPO is not .*_TOPICS: announce\.topics has 'y'"):
        settings(path, FULL, PAPERBOY_ANNOUNCE_TOPICS="y", PAPERBOY_TYPO="1")


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
CHANNELS_FORM = (
    "an array of email, slack, discord, telegram, event, each once (in a variable, with commas)"
)
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
            " time_zone, front_matter, site, post, rising, blog, announce, source, topic"
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
    (
        '[announce]\nchannels = ["fax"]',
        [f"announce.channels must be {CHANNELS_FORM}"],
    ),
    (
        '[announce]\nchannels = ["slack", "slack"]',
        [f"announce.channels must be {CHANNELS_FORM}"],
    ),
    (
        "[announce]\nchannels = 'slack'",
        [f"announce.channels must be {CHANNELS_FORM}, not 'slack'"],
    ),
    (
        "[announce]\nat = '9:30'",
        ["announce.at must be first, or a time such as 09:30, not '9:30'"],
    ),
    ("[announce]\ntop = 11", ["announce.top must be a number from 1 to 10, not 11"]),
    (
        "[announce]\ntopics = ['A']",
        [
            "announce.topics must be an array of the ids of topics, each once"
            " (in a variable, with commas)"
        ],
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

ID = 'id = "a"'
TITLE = 'title = {en = "A"}'
ANY = 'any = ["a"]'
ID_FORM = "1 to 40 of a-z, 0-9 and hyphens, with no hyphen first or last, and other than index"
TITLES_FORM = "a table with ko or en or both"
TERM_FORM = "a line of 1 to 100 characters that are not only spaces, hyphens and *"
FIELDS_FORM = "title, abstract, ai_summary, ai_keywords"
NO_RULE = "topic[0] must have a term in any, or a name in organizations or authors"


def topic(*lines: str) -> str:
    """Return a topic that has these lines."""
    return "\n".join(["[[topic]]", *lines, ""])


BAD_TOPICS = [
    ("topic = 1", ["topic must be an array of tables, each below [[topic]], not 1"]),
    (f"[topic]\n{ID}", ["topic must be an array of tables, each below [[topic]], not a table"]),
    ("topic = [1]", ["topic[0] must be a table, not 1"]),
    (
        topic(),
        [
            f"topic[0].id must be {ID_FORM}, and is missing",
            f"topic[0].title must be {TITLES_FORM}, and is missing",
            NO_RULE,
        ],
    ),
    (topic('id = "index"', TITLE, ANY), [f"topic[0].id must be {ID_FORM}, not 'index'"]),
    (topic('id = "A b"', TITLE, ANY), [f"topic[0].id must be {ID_FORM}, not 'A b'"]),
    (topic('id = "-a"', TITLE, ANY), [f"topic[0].id must be {ID_FORM}, not '-a'"]),
    (topic("id = 1", TITLE, ANY), [f"topic[0].id must be {ID_FORM}, not 1"]),
    (topic(ID, TITLE, ANY) * 2, ["topic[1].id must differ from topic[0].id"]),
    (topic(ID, 'title = "A"', ANY), [f"topic[0].title must be {TITLES_FORM}, not 'A'"]),
    (topic(ID, "title = {}", ANY), [f"topic[0].title must be {TITLES_FORM}, and is empty"]),
    (
        topic(ID, 'title = {fr = "A"}', ANY),
        ["topic[0].title.fr is not a key of topic[0].title; use one of ko, en"],
    ),
    (
        topic(ID, f'title = {{ko = " ", en = "{"x" * 61}"}}', ANY),
        [
            "topic[0].title.ko must be a line of 1 to 60 characters, not ' '",
            f"topic[0].title.en must be a line of 1 to 60 characters, not '{'x' * 59}",
        ],
    ),
    (topic(ID, TITLE), [NO_RULE]),
    (topic(ID, TITLE, "any = []", 'all = ["a"]'), [NO_RULE]),
    (topic(ID, TITLE, 'any = "a"'), ["topic[0].any must be an array of texts, not 'a'"]),
    (
        topic(ID, TITLE, f'any = ["a", " ", "*", "-_ ＊", "{"x" * 101}", 1]'),
        [
            f"topic[0].any[1] must be {TERM_FORM}, not ' '",
            f"topic[0].any[2] must be {TERM_FORM}, not '*'",
            f"topic[0].any[3] must be {TERM_FORM}, not '-_ \\uff0a'",
            f"topic[0].any[4] must be {TERM_FORM}, not '{'x' * 59}",
            f"topic[0].any[5] must be {TERM_FORM}, not 1",
        ],
    ),
    (
        topic(ID, TITLE, 'any = ["Tool use", "tool-use"]'),
        ["topic[0].any[1] must differ from topic[0].any[0]"],
    ),
    (
        topic(ID, TITLE, ANY, 'organizations = [""]', 'authors = ["\\n"]', 'none = ["a\\nb"]'),
        [
            f"topic[0].organizations[0] must be {TERM_FORM}, not ''",
            f"topic[0].authors[0] must be {TERM_FORM}, not '\\n'",
            f"topic[0].none[0] must be {TERM_FORM}, not 'a\\nb'",
        ],
    ),
    (
        topic(ID, TITLE, ANY, 'fields = ["title", "authors", "title"]'),
        [
            f"topic[0].fields[1] must be one of {FIELDS_FORM}, not 'authors'",
            "topic[0].fields[2] must differ from topic[0].fields[0]",
        ],
    ),
    (
        topic(ID, TITLE, ANY, "fields = []"),
        [f"topic[0].fields must be an array of one or more of {FIELDS_FORM}, and is empty"],
    ),
    (
        topic(ID, TITLE, ANY, "min_votes = -1"),
        ["topic[0].min_votes must be a number of at least 0, not -1"],
    ),
    (
        topic(ID, TITLE, ANY, "min_votes = true"),
        ["topic[0].min_votes must be a number of at least 0, not true"],
    ),
    (
        topic(ID, TITLE, ANY, "votes = 1"),
        [
            "topic[0].votes is not a key of [[topic]]; use one of id, title, any, organizations,"
            " authors, all, none, fields, min_votes"
        ],
    ),
    (
        topic(ID, f'title = {{en = "{TOKEN}"}}', f'any = ["{TOKEN}*"]', f"{TOKEN} = 1"),
        [
            "topic[0].title.en must not hold a token",
            "topic[0].any[0] must not hold a token",
            "topic[0].[token] is not a key of [[topic]]; use one of id, title, any, organizations,"
            " authors, all, none, fields, min_votes",
        ],
    ),
    (
        "".join(topic(f'id = "t{number}"', TITLE, ANY) for number in range(51)),
        ["topic must have at most 50 topics, not 51"],
    ),
    (
        "top = 0\n" + topic(ID, TITLE, ANY) + topic('id = "b"', TITLE, "any = [1]"),
        [
            "top must be a number from 1 to 1000, not 0",
            f"topic[1].any[0] must be {TERM_FORM}, not 1",
        ],
    ),
]
BAD += BAD_TOPICS


def test_no_variable_overrides_topics(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PAPERBOY_TOPIC is not a setting"):
        settings(tmp_path / "p.toml", FULL, PAPERBOY_TOPIC="[]")


def test_fifty_topics_are_right() -> None:
    text = "".join(topic(f'id = "t{number}"', TITLE, ANY) for number in range(50))
    assert problems(text) == []


def test_printed_topics_read_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(FULL, "utf-8")
    loaded = load(STORE | {"PAPERBOY_CONFIG": str(tmp_path / "p.toml")})
    printed = config.as_toml(loaded)
    assert printed.count("[[topic]]  # p.toml\n") == 2
    again = configuration.parse(printed.encode(), "p.toml")
    assert again.problems == []
    assert again.values["topic"] == tomllib.loads(FULL)["topic"]


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


@pytest.mark.parametrize(
    ("text", "variables"),
    [("[post]\nonly_topics = true\n", {}), ("", {"PAPERBOY_POST_ONLY_TOPICS": "true"})],
)
def test_posts_of_topics_alone_need_a_topic(
    text: str, variables: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"post\.only_topics needs a \[\[topic\]\]: add one"):
        settings(tmp_path / "p.toml", text, **variables)
    topics = f"{text}{topic(ID, TITLE, ANY)}"
    assert settings(tmp_path / "p.toml", topics, **variables).style.only_topics


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
    assert values.place(parts) == path


# The schema. Regular expressions in it are ECMA-262's, in which `$` is the end and nothing else.


def fullmatch(_: Any, pattern: str, text: object, __: object) -> Iterator[ValidationError]:
    if isinstance(text, str) and not re.fullmatch(pattern.removesuffix("$"), text):
        yield ValidationError(f"{text!r} does not match")


VALIDATOR = extend(Draft7Validator, {"pattern": fullmatch})(SCHEMA)  # type: ignore[no-untyped-call]


def beyond_the_schema(document: dict[str, Any]) -> bool:
    """Return whether a file has what the code refuses and no schema can say.

    These are unknown time zones, tokens, numbers that are no integers for TOML though they are for
    JSON, numbers that are not finite or have more than 64 bits, and depth; of topics, ids and terms
    that are there twice, and terms of which nothing is left when they are normalised.
    """
    zone, top = document.get("time_zone"), document.get("top")
    announce = document.get("announce")
    announced = announce.get("top") if isinstance(announce, dict) else None
    texts = json.dumps(document, default=str)
    return (
        (isinstance(zone, str) and not configuration._is_time_zone(zone))
        or isinstance(top, float)
        or isinstance(announced, float)
        or TOKEN in texts
        or any(map(is_odd_number, numbers(document.get("front_matter"))))
        or depth(document.get("front_matter")) > configuration.MOST_LEVELS
        or has_odd_topics(document.get("topic"))
    )


def has_odd_topics(array: object) -> bool:
    tables = [one for one in array if isinstance(one, dict)] if isinstance(array, list) else []
    ids = [one["id"] for one in tables if isinstance(one.get("id"), str)]
    return len(ids) > len(set(ids)) or any(map(is_odd_topic, tables))


def is_odd_topic(table: dict[str, Any]) -> bool:
    lists = [table[name] for name in topics.LISTS if isinstance(table.get(name), list)]
    texts = [[one for one in terms if isinstance(one, str)] for terms in lists]
    same = any(len({normalised(one.strip()) for one in terms}) < len(terms) for terms in texts)
    return (
        same
        or any(is_empty(one) for terms in texts for one in terms)
        or isinstance(table.get("min_votes"), float)
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
            *("first", "09:30", "9:30", "24:00", "09:30\n"),
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
    st.lists(st.sampled_from(["slack", "event", "fax", "a-b", "-a", "A"]), max_size=2),
    st.dictionaries(st.sampled_from(["language", "api", "url", "x"]), TEXTS, max_size=2),
)
NAMES = [*{key.path.partition(".")[0] for key in KEYS}, "topic", "colour"]
FRONT_MATTER = st.dictionaries(
    st.one_of(st.text(max_size=3), st.sampled_from(configuration.OUR_FRONT_MATTER)),
    st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2), max_leaves=4),
    max_size=2,
)


TERMS = st.lists(
    st.one_of(TEXTS, st.sampled_from(["agent*", "Agent*", "C++", " - *", "＊", "에이전트", "\t"])),
    max_size=2,
)
TITLES = st.dictionaries(
    st.sampled_from(["ko", "en", "fr"]),
    st.one_of(TEXTS, st.sampled_from(["x" * 60, "x" * 61, " x "])),
    max_size=2,
)
TOPICS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b-2", "index", "-a", "a" * 40, "a" * 41, "A", "a\n", 1]),
        "title": st.one_of(TITLES, st.just({"en": "A"}), VALUES),
    },
    optional={
        **dict.fromkeys(topics.LISTS, st.one_of(TERMS, VALUES)),
        "fields": st.lists(st.sampled_from(["title", "abstract", "authors"]), max_size=2),
        "min_votes": st.one_of(VALUES, st.just(0)),
        "colour": VALUES,
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return what a file might say, rightly or wrongly."""
    document = draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
    for name in ("site", "blog", "announce", "source"):
        below = [key.path.partition(".")[2] for key in KEYS if key.path.startswith(name)]
        if draw(st.booleans()):
            keys = st.sampled_from([*below, "x"])
            document[name] = draw(st.dictionaries(keys, VALUES, max_size=2))
    if draw(st.booleans()):
        document["front_matter"] = draw(FRONT_MATTER)
    if draw(st.booleans()):
        document["topic"] = draw(st.lists(st.one_of(TOPICS, TOPICS, VALUES), max_size=2))
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
    assert found == {key.path: key.default for key in KEYS} | {"topic": []}


def test_schema_has_the_keys_of_topics() -> None:
    item = SCHEMA["properties"]["topic"]["items"]
    assert SCHEMA["properties"]["topic"]["maxItems"] == topics.MOST_TOPICS
    assert tuple(item["properties"]) == topics.NAMES
    assert all(member["description"].endswith(".") for member in item["properties"].values())


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
        "ANNOUNCE_CHANNELS": st.sampled_from(["slack", "event, email"]),
        "ANNOUNCE_AT": st.sampled_from(["first", "21:30"]),
        "ANNOUNCE_LANGUAGE": st.sampled_from(["ko", "en"]),
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
