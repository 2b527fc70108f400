"""The rules of topics: which topics a paper has, and why.

Fields and terms are compared as `normalised` returns them. A term matches where its text stands in
a field, unless a letter or digit continues it on a side where the term has one at its edge. Where
that edge is a letter of Hangul, Han, Hiragana or Katakana, which are written without spaces between
words or with particles after them, the term matches inside of words, too. A `*` at the end of a
term lets anything follow. A list of texts matches where one of its items does.

Rules have no regular expressions, so that evaluating them always ends, and soon.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import name, normalize

from core.model.paper import Paper
from core.model.topic import Match, Reason, Topic

SEPARATORS = re.compile(r"[\s_‐‑–-]+")
ANY_END = "*"
# Neither a separator nor a letter or digit: no term has it, and it ends words.
BETWEEN = "\n"
# How Unicode's names of letters begin in the scripts whose letters need no boundary.
UNSPACED = ("HANGUL ", "CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "HENTAIGANA ")
ORGANIZATION = "organization"
AUTHORS = "authors"


def normalised(text: str) -> str:
    """Return a text as it is compared: NFKC, case-folded, each run of separators as one space.

    Separators are white space, `_`, and the hyphens and dashes `-`, `‐`, `‑` and `–`.
    """
    folded = text.lower() if text.isascii() else normalize("NFKC", text).casefold()
    return SEPARATORS.sub(" ", folded)


def is_empty(term: str) -> bool:
    """Return whether a term or a name has nothing but separators and `*`."""
    return not normalised(term).strip(f" {ANY_END}")


@dataclass(frozen=True, slots=True)
class Term:
    """A term, ready to be looked for.

    `term` is as configured, without white space around it; `text` is what has to stand in a field.
    With `is_bound_before`, no letter or digit may precede it; with `is_bound_after`, none may
    follow.
    """

    term: str
    text: str
    is_bound_before: bool
    is_bound_after: bool

    def stands_in(self, field: str) -> bool:
        """Return whether the term matches somewhere in a normalised field."""
        start = field.find(self.text)
        while start >= 0:
            if self._is_whole(field, start):
                return True
            start = field.find(self.text, start + 1)
        return False

    def _is_whole(self, field: str, start: int) -> bool:
        """Return whether no letter or digit continues the occurrence that begins at `start`."""
        end = start + len(self.text)
        if self.is_bound_before and start > 0 and field[start - 1].isalnum():
            return False
        return not (self.is_bound_after and field[end : end + 1].isalnum())


def compiled(term: str) -> Term:
    """Return a term, ready to be looked for. Raises `ValueError` if it is empty."""
    if is_empty(term):
        raise ValueError(f"the term {term!r} is empty")
    text = normalised(term).strip(" ")
    is_open = text.endswith(ANY_END)
    text = text.removesuffix(ANY_END)
    return Term(
        term.strip(),
        text,
        is_bound_before=_needs_boundary(text[0]),
        is_bound_after=not is_open and _needs_boundary(text[-1]),
    )


def _needs_boundary(edge: str) -> bool:
    return edge.isalnum() and not name(edge, "").startswith(UNSPACED)


class _Texts:
    """A paper's texts and names, normalised when they are needed, and once."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._fields: dict[str, str] = {}
        self._together: dict[tuple[str, ...], str] = {}
        self._authors: frozenset[str] | None = None
        self._organizations: frozenset[str] | None = None

    def field(self, name: str) -> str:
        """Return a field; the items of a list are separate."""
        if name not in self._fields:
            value: str | tuple[str, ...] | None = getattr(self.paper, name)
            items = (value,) if isinstance(value, str) else value or ()
            self._fields[name] = BETWEEN.join(map(normalised, items))
        return self._fields[name]

    def together(self, fields: tuple[str, ...]) -> str:
        """Return several fields in one text: a term stands in it if it stands in one of them."""
        if fields not in self._together:
            self._together[fields] = BETWEEN.join(map(self.field, fields))
        return self._together[fields]

    def authors(self) -> frozenset[str]:
        """Return the names of the authors."""
        if self._authors is None:
            self._authors = frozenset(map(_name, self.paper.authors))
        return self._authors

    def organizations(self) -> frozenset[str]:
        """Return both names of the paper's organisation."""
        if self._organizations is None:
            found = self.paper.organization
            names = (found.fullname, found.name) if found else ()
            self._organizations = frozenset(_name(one) for one in names if one)
        return self._organizations


def _name(text: str) -> str:
    return normalised(text).strip(" ")


class _Rule:
    """A topic whose terms and names are ready to be looked for."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._any = [compiled(term) for term in topic.any]
        self._all = [compiled(term) for term in topic.all]
        self._none = [compiled(term) for term in topic.none]
        self._organizations = [(one.strip(), _name(one)) for one in topic.organizations]
        self._authors = [(one.strip(), _name(one)) for one in topic.authors]

    def reasons(self, texts: _Texts) -> list[Reason]:
        """Return why a paper would have the topic without `none`; nothing if it would not."""
        if (texts.paper.votes or 0) < self.topic.min_votes:
            return []
        found = self._found(self._any, texts)
        if self._organizations:
            found += _named(self._organizations, texts.organizations(), ORGANIZATION)
        if self._authors:
            found += _named(self._authors, texts.authors(), AUTHORS)
        if not (found and self._all):
            return found
        needed = self._found(self._all, texts)
        return found + needed if len(needed) == len(self._all) else []

    def excluded_by(self, texts: _Texts) -> list[Reason]:
        """Return the terms of `none` that match a paper."""
        return self._found(self._none, texts)

    def _found(self, terms: Sequence[Term], texts: _Texts) -> list[Reason]:
        """Return the terms that match, each with the first field in which it does."""
        fields = self.topic.fields
        text = texts.together(fields)
        # `in` leaves few terms, and is faster than a call.
        found = [term for term in terms if term.text in text and term.stands_in(text)]
        return [
            Reason(term.term, next(one for one in fields if term.stands_in(texts.field(one))))
            for term in found
        ]


def _named(wanted: Sequence[tuple[str, str]], present: frozenset[str], field: str) -> list[Reason]:
    return [Reason(shown, field) for shown, normal in wanted if normal in present]


class Rules:
    """The rules of all topics; `topics` are in the order of the configuration.

    Raises `ValueError` if a term is empty, which the configuration refuses.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self.topics = tuple(topics)
        self._rules = [_Rule(topic) for topic in self.topics]

    def matches(self, paper: Paper) -> tuple[Match, ...]:
        """Return the topics that a paper has, in the order of the configuration.

        The reasons are the terms of `any`, then organisations, authors and the terms of `all`, each
        in the rule's order. Votes that are unknown count as none.
        """
        texts = _Texts(paper)
        return tuple(
            Match(rule.topic.id, tuple(reasons))
            for rule in self._rules
            if (reasons := rule.reasons(texts)) and not rule.excluded_by(texts)
        )

    def near_misses(self, paper: Paper) -> tuple[Match, ...]:
        """Return the topics that a paper would have without `none`.

        The reasons are the terms of `none` that match.
        """
        texts = _Texts(paper)
        return tuple(
            Match(rule.topic.id, tuple(excluded))
            for rule in self._rules
            if rule.reasons(texts) and (excluded := rule.excluded_by(texts))
        )
