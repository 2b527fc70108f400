"""The deployment's settings: environment variables that begin with `PAPERBOY_`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from core.errors import SettingsError
from core.models import PostStyle
from core.text import shown

PREFIX = "PAPERBOY_"
NAMES = (
    "SOURCE",
    "SOURCE_TOKEN",
    "STORE",
    "TOP",
    "LOCALE",
    "TIME_ZONE",
    "AUTHOR",
    "PERMALINK",
    "MATH",
    "FRONT_MATTER",
)
DEFAULT_SOURCE = "https://huggingface.co"
LOCALES = ("en", "ko")
# What the post's front matter holds already.
OUR_FRONT_MATTER = ("title", "permalink", "date", "categories", "tags", "author", "math")

UP_TO_1000 = re.compile(r"[1-9][0-9]{0,2}|1000")
# A directory or file: file:relative, file:/absolute or file:///absolute, percent-encoded.
FILE_URL = r"file:(//(localhost)?(?=/))?(?!//[^/])(?!.*%00)[^\s?#]+"
SOURCE_URL = re.compile(rf"https?://[^/\s?#@]+/?|{FILE_URL}", re.ASCII)
STORE_URL = re.compile(
    rf"s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/(?!.*\.\.)[\w.!*'()/-]*)?|{FILE_URL}", re.ASCII
)
TOKEN = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where payloads come from and artifacts go to, both as URLs, and how posts look."""

    store: str
    source: str = DEFAULT_SOURCE
    source_token: str = field(default="", repr=False)
    style: PostStyle = field(default_factory=PostStyle)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings; a variable that is missing or blank has its default.

    Raises `SettingsError` that names every bad variable at once.
    """
    reader = _Reader(environment)
    default = PostStyle()
    settings = Settings(
        store=reader.url("STORE", STORE_URL, "", "s3://bucket/prefix or file:///directory"),
        source=reader.url("SOURCE", SOURCE_URL, DEFAULT_SOURCE, "https://host or file:///path"),
        source_token=reader.token("SOURCE_TOKEN"),
        style=PostStyle(
            top=reader.number("TOP", default.top),
            locale=reader.choice("LOCALE", default.locale, LOCALES),
            time_zone=reader.time_zone("TIME_ZONE", default.time_zone),
            author=reader.text("AUTHOR"),
            permalink=reader.permalink("PERMALINK"),
            math=reader.choice("MATH", "false", ("false", "true")) == "true",
            front_matter=reader.front_matter("FRONT_MATTER"),
        ),
    )
    reader.check()
    return settings


class _Reader:
    """Reads variables one by one and remembers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {
            name.removeprefix(PREFIX): value.strip()
            for name, value in environment.items()
            if name.startswith(PREFIX)
        }
        self._problems = [
            f"{PREFIX}{name} is not a setting" for name in self._values if name not in NAMES
        ]

    def check(self) -> None:
        if self._problems:
            raise SettingsError(self._problems)

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def token(self, name: str) -> str:
        text = self.text(name)
        if not TOKEN.fullmatch(text):
            self._refuse(name, "must be letters, digits and signs without spaces")
        return text

    def url(self, name: str, pattern: re.Pattern[str], default: str, form: str) -> str:
        text = self.text(name) or default
        if not pattern.fullmatch(text):
            self._refuse(name, f"must be {form}")
        return text

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        text = self.text(name) or default
        if text not in allowed:
            self._refuse(name, f"must be one of {', '.join(allowed)}")
        return text

    def number(self, name: str, default: int) -> int:
        text = self.text(name) or str(default)
        if not UP_TO_1000.fullmatch(text):
            self._refuse(name, "must be a number from 1 to 1000")
            return default
        return int(text)

    def time_zone(self, name: str, default: str) -> str:
        text = self.text(name) or default
        try:
            ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            self._refuse(name, "must be a time zone such as Asia/Seoul")
        return text

    def permalink(self, name: str) -> str:
        text = self.text(name)
        if text and not (text.startswith("/") and "{date}" in text):
            self._refuse(name, "must begin with / and hold {date}, such as /posts/papers-{date}/")
        return text

    def front_matter(self, name: str) -> str:
        text = self.text(name) or "{}"
        try:
            fields = json.loads(text)
            json.dumps(fields, allow_nan=False)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or not fields.keys().isdisjoint(OUR_FRONT_MATTER):
            self._refuse(name, f"must be a JSON object without {', '.join(OUR_FRONT_MATTER)}")
        return text

    def _refuse(self, name: str, rule: str) -> None:
        """Note a problem, with the value unless that may hold a secret."""
        value = self.text(name)
        secret = name == "SOURCE_TOKEN" or "@" in value
        shown_value = "" if secret else f", not {shown(value)}" if value else ", and is missing"
        self._problems.append(f"{PREFIX}{name} {rule}{shown_value}")
