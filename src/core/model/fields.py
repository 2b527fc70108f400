"""Typed reading of JSON objects from outside; errors name the path of the field."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

from core.model.text import clean_url, one_line, shown

Kind = TypeVar("Kind")

WEB_ADDRESS = re.compile(r"https?://[^/\s]", re.IGNORECASE)
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
# The highest count of votes, comments and the like. Sums of counts stay exact in JSON readers.
MOST_COUNTED = 10**9


class FieldError(ValueError):
    """A field is missing or of the wrong type; `path` is its place, like `[3].paper.title`."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def read_document(body: bytes, name: str, schema_version: int) -> "Fields":
    """Return the fields of a JSON document of one of our schemas; `name` is for errors.

    Raises `ValueError` when it is anything else.
    """
    try:
        document = Fields(json.loads(body), name)
    except RecursionError as error:
        raise ValueError(f"{name} is nested too deep") from error
    if document.count("schema_version") != schema_version:
        raise FieldError(f"{name}.schema_version", f"is not {schema_version}")
    return document


class Fields:
    """The fields of one JSON object. A field that is null, blank or empty is absent.

    Every method raises `FieldError` when the field has another type.
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
        """Return a text. Raises `FieldError` when it is absent."""
        text = self.text(key)
        return self._fail(key, "is missing") if text is None else text

    def text(self, key: str) -> str | None:
        """Return a text on one line."""
        text = self._typed(key, str)
        return one_line(text) or None if text else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, the blank ones left out."""
        return tuple(line for item in self._strings(key) if (line := one_line(item)))

    def texts_of(self, key: str, inner: str) -> tuple[str, ...]:
        """Return the text `inner` of each object of a list, such as the names of authors."""
        texts = []
        for number, item in enumerate(self._typed(key, list) or ()):
            place = f"{key}[{number}]"
            if not isinstance(item, dict):
                self._fail(place, f"is {shown(item)}, not an object")
            text = item.get(inner) or ""
            if not isinstance(text, str):
                self._fail(f"{place}.{inner}", f"is {shown(text)}, not str")
            if line := one_line(text):
                texts.append(line)
        return tuple(texts)

    def url(self, key: str) -> str | None:
        """Return a web address; any other (without a scheme, `javascript:`) is absent."""
        address = clean_url(self._typed(key, str) or "")
        return address if WEB_ADDRESS.match(address) else None

    def urls(self, key: str) -> tuple[str, ...]:
        """Return the web addresses of a list."""
        addresses = map(clean_url, self._strings(key))
        return tuple(address for address in addresses if WEB_ADDRESS.match(address))

    def count(self, key: str) -> int | None:
        """Return a whole number from 0 to `MOST_COUNTED`; 0 is not absent."""
        value = self._values.get(key)
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            self._fail(key, f"is {shown(value)}, not a count")
        if number > MOST_COUNTED:
            # Python cannot convert a number of thousands of digits to text, so it is not shown.
            remedy = "if the value is right, raise the limit in core/model/fields.py"
            self._fail(key, f"is more than {MOST_COUNTED:,}: {remedy}")
        return number

    def time(self, key: str) -> str | None:
        """Return a time as ISO 8601 in UTC, unchanged if it has that form."""
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

    def _strings(self, key: str) -> list[str]:
        items = self._typed(key, list) or []
        if not all(isinstance(item, str) for item in items):
            self._fail(key, f"holds {shown(items)}, not only texts")
        return items

    def _typed(self, key: str, kind: type[Kind]) -> Kind | None:
        value = self._values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self._fail(key, f"is {shown(value)}, not {kind.__name__}")

    def _fail(self, key: str, problem: str) -> NoReturn:
        raise FieldError(f"{self._path}.{key}", problem)
