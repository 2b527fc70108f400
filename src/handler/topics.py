"""The configuration's array `[[topic]]`: what is wrong with it, and the topics that it makes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.model.redaction import looks_like_token
from core.model.style import LANGUAGES
from core.model.topic import FIELDS, Topic
from core.topics.rules import is_empty, normalised
from handler.values import CONTROLS, MOST, Part, instead_of, matches, place

MOST_TOPICS = 50
# Names that pages of topics have already.
RESERVED = ("index",)
POSITIVE = ("any", "organizations", "authors")
LISTS = (*POSITIVE, "all", "none")
NAMES = ("id", "title", *LISTS, "fields", "min_votes")

# White space around titles, terms and names is dropped. The patterns are in the schema, too.
ID = rf"(?!({'|'.join(RESERVED)})$)[a-z0-9]([a-z0-9-]{{0,38}}[a-z0-9])?"
TITLE = rf"\s*[^{CONTROLS}\s]([^{CONTROLS}]{{0,58}}[^{CONTROLS}\s])?\s*"
NOT_EMPTY = rf"(?=[^{CONTROLS}]*[^{CONTROLS}\s*_‐‑–-])"
TERM = rf"\s*{NOT_EMPTY}[^{CONTROLS}\s]([^{CONTROLS}]{{0,98}}[^{CONTROLS}\s])?\s*"

ID_FORM = (
    "1 to 40 of a-z, 0-9 and hyphens, with no hyphen first or last,"
    f" and other than {', '.join(RESERVED)}"
)
TITLE_FORM = "a line of 1 to 60 characters"
TITLES_FORM = f"a table with {' or '.join(LANGUAGES)} or both"
TERM_FORM = "a line of 1 to 100 characters that are not only spaces, hyphens and *"
FIELDS_FORM = f"an array of one or more of {', '.join(FIELDS)}"
VOTES_FORM = "a number of at least 0"

_is_id = matches(ID)
_is_title = matches(TITLE)
_has_form_of_term = matches(TERM)

Table = Mapping[str, object]


def problems(value: object, name: str) -> Iterator[str]:
    """Yield what is wrong with the array of topics; `name` names it in messages."""
    if not isinstance(value, list):
        yield f"{name} must be an array of tables, each below [[{name}]]{instead_of(value)}"
        return
    if len(value) > MOST_TOPICS:
        yield f"{name} must have at most {MOST_TOPICS} topics, not {len(value)}"
    ids: list[object] = []
    for number, table in enumerate(value):
        if isinstance(table, dict):
            yield from _of_topic(table, [name, number])
            ids.append(table.get("id"))
        else:
            yield f"{place([name, number])} must be a table{instead_of(table)}"
            ids.append(None)
    yield from _repeated(ids, lambda number: [name, number, "id"])


def made(tables: Sequence[Mapping[str, Any]]) -> tuple[Topic, ...]:
    """Return the topics of an array that has no problems."""
    return tuple(map(_made, tables))


def _made(table: Mapping[str, Any]) -> Topic:
    titles = {language: text.strip() for language, text in table["title"].items()}
    other = next(iter(titles.values()))
    lists = {name: tuple(one.strip() for one in table.get(name, ())) for name in LISTS}
    return Topic(
        id=table["id"],
        title={language: titles.get(language, other) for language in LANGUAGES},
        **lists,
        fields=tuple(table.get("fields", FIELDS)),
        min_votes=table.get("min_votes", 0),
    )


def _of_topic(table: Table, here: Sequence[Part]) -> Iterator[str]:
    """Yield the problems of a topic; `here` is the path to it."""
    for name, form in (("id", ID_FORM), ("title", TITLES_FORM)):
        if name not in table:
            yield f"{place([*here, name])} must be {form}, and is missing"
    for name, value in table.items():
        at = [*here, name]
        match name:
            case "id":
                yield from _of_value(value, at, _is_id, ID_FORM)
            case "title":
                yield from _of_titles(value, at)
            case "fields":
                yield from _of_fields(value, at)
            case "min_votes":
                yield from _of_value(value, at, _is_number, VOTES_FORM)
            case _ if name in LISTS:
                yield from _of_terms(value, at)
            case _:
                yield f"{place(at)} is not a key of [[topic]]; use one of {', '.join(NAMES)}"
    if all(table.get(name, []) == [] for name in POSITIVE):
        yield f"{place(here)} must have a term in any, or a name in organizations or authors"


def _of_value(
    value: object, at: Sequence[Part], accepts: Callable[[object], bool], form: str
) -> Iterator[str]:
    """Yield the problem of a single value, which must have a form and hold no token."""
    if not accepts(value):
        yield f"{place(at)} must be {form}{instead_of(value)}"
    elif isinstance(value, str) and looks_like_token(value):
        yield f"{place(at)} must not hold a token"


def _of_titles(value: object, at: Sequence[Part]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place(at)} must be {TITLES_FORM}{instead_of(value)}"
        return
    if not value:
        yield f"{place(at)} must be {TITLES_FORM}, and is empty"
    for language, text in value.items():
        if language in LANGUAGES:
            yield from _of_value(text, [*at, language], _is_title, TITLE_FORM)
        else:
            inside = f"a key of {place(at)}"
            yield f"{place([*at, language])} is not {inside}; use one of {', '.join(LANGUAGES)}"


def _of_fields(value: object, at: Sequence[Part]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place(at)} must be {FIELDS_FORM}{instead_of(value)}"
        return
    if not value:
        yield f"{place(at)} must be {FIELDS_FORM}, and is empty"
    for number, one in enumerate(value):
        yield from _of_value(one, [*at, number], _is_field, f"one of {', '.join(FIELDS)}")
    yield from _repeated(value, lambda number: [*at, number])


def _of_terms(value: object, at: Sequence[Part]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place(at)} must be an array of texts{instead_of(value)}"
        return
    for number, one in enumerate(value):
        yield from _of_value(one, [*at, number], _is_term, TERM_FORM)
    terms = [normalised(one.strip()) if isinstance(one, str) else None for one in value]
    yield from _repeated(terms, lambda number: [*at, number])


def _repeated(values: Sequence[object], at: Callable[[int], Sequence[Part]]) -> Iterator[str]:
    """Yield each text that repeats an earlier one; `at` returns the path to a text."""
    first: dict[str, int] = {}
    for number, value in enumerate(values):
        if isinstance(value, str) and first.setdefault(value, number) != number:
            yield f"{place(at(number))} must differ from {place(at(first[value]))}"


def _is_term(value: object) -> bool:
    return _has_form_of_term(value) and isinstance(value, str) and not is_empty(value)


def _is_field(value: object) -> bool:
    return isinstance(value, str) and value in FIELDS


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
