"""Topics: the rules of an owner's sections, and the papers that they choose."""

from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("title", "abstract", "ai_summary", "ai_keywords")
"""The fields of a paper in which terms are looked for."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A section with rules that choose its papers, as `paperboy.toml` has it.

    `title` is by language. A paper has the topic when a term of `any` matches, or when it is from
    one of `organizations` or by one of `authors`, and every term of `all` matches, none of `none`
    does, and it has `min_votes`. `fields` are where terms are looked for.
    """

    id: str
    title: Mapping[str, str]
    any: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    fields: tuple[str, ...] = FIELDS
    min_votes: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a paper has a topic: a term, and the field where it matched.

    `field` is one of `FIELDS`, or `organization` or `authors`, where `term` is the name as the rule
    has it.
    """

    term: str
    field: str


@dataclass(frozen=True, slots=True)
class Match:
    """A topic that a paper has, by its id, and the reasons."""

    topic: str
    reasons: tuple[Reason, ...]
