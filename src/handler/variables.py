"""Read environment variables of one prefix, and collect what is wrong with them."""

import json
import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from core.model.errors import SettingsError
from core.model.redaction import looks_like_token
from core.model.text import excerpt, shown

# Keys that the post's front matter has already.
OUR_FRONT_MATTER = ("title", "permalink", "date", "categories", "tags", "author", "math")
# These name the place of a token. Users may set the token itself by mistake, so no value is shown.
REFERENCES = ("SOURCE_SECRET", "BLOG_SECRET")
# These are published as they are.
PUBLISHED = ("AUTHOR", "PERMALINK", "FRONT_MATTER")

UP_TO_1000 = re.compile(r"[1-9][0-9]{0,2}|1000")
# How tokens of GitHub and of Hugging Face begin, also those that are mistyped or cut.
# Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
BEGINS_LIKE_TOKEN = re.compile(r"(gh[a-z]|github_pat|hf)_[A-Za-z0-9]", re.IGNORECASE)


class Reader:
    """Reads variables, with a default where one is missing or blank, and collects problems.

    `names` are the allowed names. Names are without their prefix, here and in all methods.
    """

    def __init__(self, environment: Mapping[str, str], prefix: str, names: Sequence[str]) -> None:
        self._prefix = prefix
        self._values = {
            name.removeprefix(prefix): value.strip()
            for name, value in environment.items()
            if name.startswith(prefix)
        }
        self._problems = [
            f"{prefix}{excerpt(name)} is not a setting"
            for name in self._values
            if name not in names
        ]

    def check(self) -> None:
        """Raise a `SettingsError` that names every problem, if there is any.

        A token in a published value is a problem, too.
        """
        for name in PUBLISHED:
            if looks_like_token(self.text(name)):
                self._refuse(name, "must not hold a token")
        if self._problems:
            raise SettingsError(self._problems)

    def text(self, name: str) -> str:
        """Return any text."""
        return self._values.get(name, "")

    def matching(self, name: str, pattern: re.Pattern[str], default: str, form: str) -> str:
        """Return a value that the pattern matches whole; errors describe it with `form`.

        A value in the form of a token is refused: it is not the place of a token.
        """
        text = self.text(name) or default
        is_token = name in REFERENCES and looks_like_token(text)
        if is_token or not pattern.fullmatch(text):
            self._refuse(name, f"must be {form}")
        return text

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed values."""
        text = self.text(name) or default
        if text not in allowed:
            self._refuse(name, f"must be one of {', '.join(allowed)}")
        return text

    def yes(self, name: str) -> bool:
        """Return whether it is `true`; the default is `false`."""
        return self.choice(name, "false", ("false", "true")) == "true"

    def number(self, name: str, default: int) -> int:
        """Return a number from 1 to 1000."""
        text = self.text(name) or str(default)
        if not UP_TO_1000.fullmatch(text):
            self._refuse(name, "must be a number from 1 to 1000")
            return default
        return int(text)

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of a time zone that the system knows."""
        text = self.text(name) or default
        try:
            ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            self._refuse(name, "must be a time zone such as Asia/Seoul")
        return text

    def permalink(self, name: str, default: str) -> str:
        """Return a post's permalink with `{date}` in it, or nothing."""
        text = self.text(name) or default
        if text and not (text.startswith("/") and "{date}" in text):
            self._refuse(name, "must begin with / and hold {date}, such as /posts/papers-{date}/")
        return text

    def front_matter(self, name: str) -> str:
        """Return a JSON object as text; it must not have the keys in `OUR_FRONT_MATTER`."""
        text = self.text(name) or "{}"
        try:
            fields = json.loads(text)
            json.dumps(fields, allow_nan=False)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or not fields.keys().isdisjoint(OUR_FRONT_MATTER):
            self._refuse(name, f"must be a JSON object without {', '.join(OUR_FRONT_MATTER)}")
        return text

    def together(self, *names: str) -> bool:
        """Return whether all of these are set; if only some are, each missing one is a problem."""
        given = [name for name in names if self.text(name)]
        for name in names:
            if given and name not in given:
                self._refuse(name, f"must be given with {self._prefix}{given[0]}")
        return given == list(names)

    def _refuse(self, name: str, rule: str) -> None:
        """Add a problem, with the value unless that may be a secret."""
        value = self.text(name)
        if not value:
            rule += ", and is missing"
        elif name in REFERENCES:
            rule += "; set the place of the token, not the token"
        elif "@" not in value and not BEGINS_LIKE_TOKEN.search(value):
            rule += f", not {shown(value)}"
        self._problems.append(f"{self._prefix}{name} {rule}")
