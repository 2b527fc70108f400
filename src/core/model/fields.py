"""Typed reading of JSON objects from outside, with the path of whatever is wrong."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

from core.model.text import one_line, shown

Kind = TypeVar("Kind")

WEB_ADDRESS = re.compile(r"https?://[^/\s]", re.IGNORECASE)
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


class FieldError(ValueError):
    """A field is missing or of the wrong type; `path` is its place, like `[3].paper.title`."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class Fields:
    """The fields of one JSON object. A field that is null, blank or empty is absent.

    Every method raises `FieldError` when the field is there, but of another type.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise FieldError(path, f"is {shown(value)}, not an object")
        self._values: dict[str, object] = value
        self._path = path

    def __iter__(self) -> Iterator[str]:
        """Return the names of the fields, for an object whose keys are data."""
        return iter(self._values)

    def required(self, key: str) -> str:
        """Return the text of a field that has to be there."""
        text = self.text(key)
        return self._fail(key, "is missing") if text is None else text

    def text(self, key: str) -> str | None:
        """Return a text on one line."""
        text = self._typed(key, str)
        return one_line(text) or None if text else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, the blank ones left out."""
        items = self._typed(key, list) or ()
        if not all(isinstance(item, str) for item in items):
            self._fail(key, f"holds {shown(items)}, not only texts")
        return tuple(line for item in items if (line := one_line(item)))

    def texts_of(self, key: str, inner: str) -> tuple[str, ...]:
        """Return one text of each object of a list, where it has that, as authors have names."""
        texts = []
        for number, item in enumerate(self._typed(key, list) or ()):
            known = item.get(inner) if isinstance(item, dict) else None
            if isinstance(known, str):
                # Without fields of its own: a day has a thousand authors, at 1 µs each.
                text: str | None = one_line(known)
            else:
                text = Fields(item, f"{self._path}.{key}[{number}]").text(inner)
            texts += [text] if text else []
        return tuple(texts)

    def url(self, key: str) -> str | None:
        """Return a web address; what is none (no scheme, `javascript:`) is absent."""
        text = self.text(key)
        return text if text and WEB_ADDRESS.match(text) else None

    def urls(self, key: str) -> tuple[str, ...]:
        """Return the web addresses of a list."""
        return tuple(text for text in self.texts(key) if WEB_ADDRESS.match(text))

    def count(self, key: str) -> int | None:
        """Return a number that counts something; 0 is not absent."""
        value = self._values.get(key)
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            self._fail(key, f"is {shown(value)}, not a count")
        return number

    def time(self, key: str) -> str | None:
        """Return a time as ISO 8601 in UTC, as it was written if it was written so."""
        text = self.text(key)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            if UTC_TIME.fullmatch(text):
                return text
            utc = moment.astimezone(UTC) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            self._fail(key, f"is {shown(text)}, not a time")
        return utc.replace(tzinfo=None).isoformat() + "Z"

    def object(self, key: str) -> "Fields":
        """Return the fields of an object; an absent one has none."""
        value = self._values.get(key)
        return Fields({} if value in (None, "", []) else value, f"{self._path}.{key}")

    def objects(self, key: str) -> tuple["Fields", ...]:
        """Return the fields of each object of a list."""
        items = self._typed(key, list) or ()
        return tuple(Fields(item, f"{self._path}.{key}[{n}]") for n, item in enumerate(items))

    def _typed(self, key: str, kind: type[Kind]) -> Kind | None:
        value = self._values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self._fail(key, f"is {shown(value)}, not {kind.__name__}")

    def _fail(self, key: str, problem: str) -> NoReturn:
        raise FieldError(f"{self._path}.{key}", problem)
