"""Read environment variables of one prefix, and collect what is wrong with them."""

import re
from collections.abc import Mapping, Sequence

from core.model.redaction import looks_like_token
from core.model.text import excerpt
from handler.configuration import Key, Value
from handler.values import instead_of

# These name the place of a token. Users may set the token itself by mistake, so no value is shown.
REFERENCES = ("SOURCE_SECRET", "BLOG_SECRET", "ANNOUNCE_SECRETS")


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
        self.problems = [
            f"{prefix}{excerpt(name)} is not a setting"
            for name in self._values
            if name not in names
        ]

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

    def override(self, key: Key) -> Value:
        """Return the value of the variable that overrides a key; None where it is not set."""
        text = self.text(key.variable)
        if not text:
            return None
        value = key.parsed(text)
        found = list(key.problems(value, self._prefix + key.variable))
        self.problems += found
        return None if found else value  # type: ignore[return-value]

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
        else:
            rule += instead_of(value)
        self.problems.append(f"{self._prefix}{name} {rule}")
