"""The configuration: the file `paperboy.toml`, its keys, and what each may hold.

`KEYS` lists the keys. `schema/paperboy.v1.json` says the same for editors; a test compares both.
Importing a JSON Schema validator would take longer than a run's other imports.
"""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeGuard
from zoneinfo import ZoneInfo

from adapters import files
from core.model.announcement import ChannelName
from core.model.redaction import looks_like_token
from core.model.style import LANGUAGES, LAYOUTS, PostStyle, SiteStyle
from core.model.text import one_line
from handler.values import CONTROLS, LEAST, MOST, Part, instead_of, is_unicode, matches, place

Value: TypeAlias = (
    "str | int | bool | dict[str, object] | list[dict[str, object]] | list[str] | None"
)

FILE_NAME = "paperboy.toml"
MOST_BYTES = 2**20
# Of tables and arrays in the front matter.
MOST_LEVELS = 16
DEFAULT_SOURCE = "https://huggingface.co"
DEFAULT_API = "https://api.github.com"
DEFAULT_TELEGRAM = "https://api.telegram.org"
# Keys that the post's front matter has already.
OUR_FRONT_MATTER = ("title", "permalink", "date", "categories", "tags", "author", "math")

# The patterns have the same meaning in Python and in JSON Schema, which has them too.
TITLE = rf"[^{CONTROLS} ][^{CONTROLS}]{{0,99}}"
AUTHOR = rf"[^{CONTROLS}]{{0,200}}"
CONTACT = r"((https://|mailto:)[^\x00-\x20\x7f<>\"]{1,200})?"
PERMALINK = r"(/[^\x00-\x20\x7f]*\{date\}[^\x00-\x20\x7f]*)?"
TIME_ZONE = r"[A-Za-z][A-Za-z0-9_+/-]*"
HOST = r"[A-Za-z0-9._:\[\]-]+"
# A token is sent there; without encryption only on the same computer.
API_URL = rf"(https://{HOST}|http://127\.0\.0\.1(:[0-9]+)?)(/[A-Za-z0-9_.~-]+)*/?"
# A directory or file: file:relative, file:/absolute or file:///absolute, percent-encoded.
FILE_URL = r"file:(//(localhost)?(?=/))?(?!//[^/])(?!.*%00)[^\x00-\x20\x7f?#]+"
SOURCE_URL = rf"https?://{HOST}/?|{FILE_URL}"

AT = r"first|([01][0-9]|2[0-3]):[0-5][0-9]"
TOPIC_ID = r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?"

POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
MOST_COUNT = 1000
# Discord's messages have no more papers, nor the owner's topics.
MOST_ANNOUNCED = 10
MOST_ANNOUNCED_TOPICS = 50


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the configuration.

    `variable` is the name of the environment variable that overrides it, without its prefix.
    `form` completes "must be …"; `accepts` returns whether a value has that form.
    """

    path: str
    variable: str
    default: Value
    form: str
    accepts: Callable[[object], bool]

    def parsed(self, text: str) -> object:
        """Return the value that a variable's text stands for; the text itself if it is none."""
        if isinstance(self.default, bool):
            return {"true": True, "false": False}.get(text, text)
        if isinstance(self.default, list):
            return [part.strip() for part in text.split(",")]
        try:
            if isinstance(self.default, int):
                return int(text) if text.isascii() and text.isdigit() else text
            return json.loads(text) if isinstance(self.default, dict) else text
        except (ValueError, RecursionError):
            return text

    def problems(self, value: object, name: str) -> Iterator[str]:
        """Yield what is wrong with a value; `name` names the key in the messages."""
        if not self.accepts(value):
            is_array = isinstance(value, list) and isinstance(self.default, list)
            yield f"{name} must be {self.form}{'' if is_array else instead_of(value)}"
        elif isinstance(value, dict):
            yield from _wrong_front_matter(value, name)
        elif isinstance(value, str) and looks_like_token(value):
            yield f"{name} must not hold a token"


@dataclass(frozen=True, slots=True)
class Topics:
    """The array of topics, which has no variable that overrides it."""

    path: str = "topic"

    def problems(self, value: object, name: str) -> Iterator[str]:
        """Yield what is wrong with the topics; `name` names the array in the messages."""
        # Imported here, because most files have no topics.
        from handler import topics

        yield from topics.problems(value, name)


@dataclass(frozen=True, slots=True)
class File:
    """What a configuration file says: its values by the paths of their keys, and its problems."""

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    problems: Sequence[str] = ()


def root() -> Path:
    """Return the directory of `templates/` and `paperboy.toml`: a checkout, or the package."""
    return next(parent for parent in Path(__file__).parents if (parent / "templates").is_dir())


def default_file() -> Path:
    """Return the path of the file that is read unless `PAPERBOY_CONFIG` names another one."""
    return root() / FILE_NAME


def read(name: str) -> File:
    """Return what the file of this name says; without a name, the default file, if there is one.

    All problems are in the result.
    """
    path = Path(name) if name else default_file()
    label = one_line(str(path))
    try:
        body = files.read(path, MOST_BYTES)
    except FileNotFoundError as error:
        return File(label, problems=_cannot_be_read(label, error)) if name else File()
    except OSError as error:
        return File(label, problems=_cannot_be_read(label, error))
    return parse(body, label)


def parse(body: bytes, name: str) -> File:
    """Return what the bytes of a configuration file say; `name` is for messages."""
    try:
        document = tomllib.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return File(name, problems=[f"{name}, line {line}: is not UTF-8"])
    except tomllib.TOMLDecodeError as error:
        return File(name, problems=[_syntax_error(str(error), body, name)])
    except ValueError:
        # The one that is left: Python limits how long a number's text may be.
        return File(name, problems=[f"{name}: a number has too many digits"])
    except RecursionError:
        return File(name, problems=[f"{name}: is nested too deep"])
    values: dict[str, Value] = {}
    problems = [f"{name}: {problem}" for problem in _check(document, TREE, [], values)]
    return File(name, values, problems)


def _cannot_be_read(name: str, error: OSError) -> list[str]:
    return [f"{name}: cannot be read: {error.strerror}"]


def _syntax_error(message: str, body: bytes, name: str) -> str:
    """Return tomllib's message with the file and the line first."""
    found = POSITION.search(message)
    if not found:
        return f"{name}: {message}"
    what = message[: found.start()]
    if found[1]:
        return f"{name}, line {found[1]}: {what} (column {found[2]})"
    line = body.rstrip(b"\n").count(b"\n") + 1
    return f"{name}, line {line}: {what} (end of the file)"


def _check(
    table: Mapping[str, object],
    tree: Mapping[str, object],
    above: Sequence[Part],
    values: dict[str, Value],
) -> Iterator[str]:
    """Yield the problems of a table, and add its right values to `values`."""
    for name, value in table.items():
        here = [*above, name]
        match tree.get(name):
            case Key() | Topics() as key:
                found = list(key.problems(value, place(here)))
                yield from found
                if not found:
                    values[key.path] = value  # type: ignore[assignment]
            case dict() as below if isinstance(value, dict):
                yield from _check(value, below, here, values)
            case dict():
                yield f"{place(here)} must be a table{instead_of(value)}"
            case _:
                inside = f"a key of [{place(above)}]" if above else "a key"
                yield f"{place(here)} is not {inside}; use one of {', '.join(tree)}"


def _wrong_front_matter(table: Mapping[str, object], name: str) -> Iterator[str]:
    """Yield the problems of front matter, which may hold what JSON and TOML can both express."""
    for key in OUR_FRONT_MATTER:
        if key in table:
            yield f"{name}.{key} is a key that posts have already: remove it"
    problems = list(_wrong_content(table, [name]))
    yield from problems
    if not problems and looks_like_token(json.dumps(table)):
        yield f"{name} must not hold a token"


def _wrong_content(value: object, parts: Sequence[Part]) -> Iterator[str]:
    """Yield the problems of a value in the front matter; `parts` is the path to it."""
    if isinstance(value, dict | list) and len(parts) > MOST_LEVELS:
        yield f"{place(parts)} is nested too deep: use at most {MOST_LEVELS} levels"
    elif isinstance(value, dict):
        for name, one in value.items():
            if not is_unicode(name):
                yield f"{place(parts)} has a name that is not Unicode text"
            yield from _wrong_content(one, [*parts, name])
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _wrong_content(one, [*parts, number])
    elif form := _right_form(value):
        yield f"{place(parts)} must be {form}"


def _right_form(value: object) -> str:
    """Return what a single value in the front matter must be; empty if it is that."""
    match value:
        case bool():
            return ""
        case int():
            return "" if LEAST <= value <= MOST else "a number of at most 64 bits"
        case float():
            return "" if math.isfinite(value) else "a finite number"
        case str():
            return "" if is_unicode(value) else "Unicode text"
    return "a text, a number, true, false, an array or a table; put a date in quotes"


def _is_language(value: object) -> bool:
    return value in LANGUAGES


def _is_layout(value: object) -> bool:
    return value in LAYOUTS


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_COUNT


def _is_few(value: object) -> bool:
    return _is_count(value) and isinstance(value, int) and value <= MOST_ANNOUNCED


def _are_channels(value: object) -> bool:
    return _are_different(value) and all(one in list(ChannelName) for one in value)


def _are_topics(value: object) -> bool:
    is_topic = matches(TOPIC_ID)
    return (
        _are_different(value) and len(value) <= MOST_ANNOUNCED_TOPICS and all(map(is_topic, value))
    )


def _are_different(value: object) -> TypeGuard[list[str]]:
    """Return whether a value is an array of texts, each of them once."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return len(set(value)) == len(value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_time_zone(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(TIME_ZONE, value):
        return False
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        return False
    return True


_POSTS = PostStyle()
_SITE = SiteStyle()
_COUNT_FORM = f"a number from 1 to {MOST_COUNT}"
_LANGUAGE_FORM = f"one of {', '.join(LANGUAGES)}"
KEYS = (
    Key(
        "title",
        "TITLE",
        _SITE.title,
        "a line of 1 to 100 characters",
        matches(TITLE),
    ),
    Key("language", "LANGUAGE", _POSTS.language, _LANGUAGE_FORM, _is_language),
    Key("top", "TOP", _POSTS.top, _COUNT_FORM, _is_count),
    Key(
        "author",
        "AUTHOR",
        _POSTS.author,
        "a line of at most 200 characters",
        matches(AUTHOR),
    ),
    Key(
        "permalink",
        "PERMALINK",
        _POSTS.permalink,
        "a path that begins with / and holds {date}, such as /posts/papers-{date}/",
        matches(PERMALINK),
    ),
    Key("math", "MATH", _POSTS.math, "true or false", _is_flag),
    Key(
        "time_zone",
        "TIME_ZONE",
        _POSTS.time_zone,
        "a time zone such as Asia/Seoul",
        _is_time_zone,
    ),
    Key("front_matter", "FRONT_MATTER", {}, "a table (in a variable, a JSON object)", _is_table),
    # Without it, pages have the language of posts.
    Key("site.language", "SITE_LANGUAGE", None, _LANGUAGE_FORM, _is_language),
    Key("site.pictures", "SITE_PICTURES", _SITE.pictures, "true or false", _is_flag),
    Key(
        "site.publisher",
        "SITE_PUBLISHER",
        _SITE.publisher,
        "a line of at most 200 characters",
        matches(AUTHOR),
    ),
    Key(
        "site.contact",
        "SITE_CONTACT",
        _SITE.contact,
        "an address such as https://host/me or mailto:me@host",
        matches(CONTACT),
    ),
    Key("post.layout", "POST_LAYOUT", _POSTS.layout, f"one of {', '.join(LAYOUTS)}", _is_layout),
    Key("post.topics", "POST_TOPICS", _POSTS.topics, "true or false", _is_flag),
    Key("post.only_topics", "POST_ONLY_TOPICS", _POSTS.only_topics, "true or false", _is_flag),
    Key(
        "rising.votes", "RISING_VOTES", _SITE.rising, f"a number from 1 to {MOST_COUNT}", _is_count
    ),
    Key("blog.weekly", "BLOG_WEEKLY", False, "true or false", _is_flag),
    Key("blog.pull_requests", "BLOG_PULL_REQUESTS", False, "true or false", _is_flag),
    Key(
        "blog.api",
        "BLOG_API",
        DEFAULT_API,
        "https://api.github.com or https://host/api",
        matches(API_URL),
    ),
    Key(
        "announce.channels",
        "ANNOUNCE_CHANNELS",
        [],
        f"an array of {', '.join(ChannelName)}, each once (in a variable, with commas)",
        _are_channels,
    ),
    Key(
        "announce.at",
        "ANNOUNCE_AT",
        "first",
        "first, or a time such as 09:30",
        matches(AT),
    ),
    # Without it, announcements have the language of posts.
    Key("announce.language", "ANNOUNCE_LANGUAGE", None, _LANGUAGE_FORM, _is_language),
    Key("announce.top", "ANNOUNCE_TOP", 5, f"a number from 1 to {MOST_ANNOUNCED}", _is_few),
    Key(
        "announce.topics",
        "ANNOUNCE_TOPICS",
        [],
        "an array of the ids of topics, each once (in a variable, with commas)",
        _are_topics,
    ),
    Key("announce.weekly", "ANNOUNCE_WEEKLY", False, "true or false", _is_flag),
    Key(
        "announce.telegram_api",
        "ANNOUNCE_TELEGRAM_API",
        DEFAULT_TELEGRAM,
        "https://api.telegram.org or https://host",
        matches(API_URL),
    ),
    Key(
        "source.url",
        "SOURCE",
        DEFAULT_SOURCE,
        "https://host or file:///path",
        matches(SOURCE_URL),
    ),
)

TOPICS = Topics()


def _tree() -> dict[str, object]:
    """Return the keys in the tables that they are in."""
    tree: dict[str, object] = {}
    for key in KEYS:
        *tables, name = key.path.split(".")
        here = tree
        for table in tables:
            here = here.setdefault(table, {})  # type: ignore[assignment]
        here[name] = key
    return {**tree, TOPICS.path: TOPICS}


TREE = _tree()
