"""A paper's texts for readers, each plain and on one line: for feeds, and Markdown for programs.

No text has bidirectional controls, which could change the direction of the text after it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core.model import links
from core.model.paper import Paper
from core.model.text import one_line
from core.model.topic import Topic
from core.render import escape, tex
from core.render.sentences import first_sentence

# How many authors are named.
AUTHORS = 10


class PaperTexts:
    """Returns the texts of papers, with the words of a locale."""

    def __init__(self, text: Mapping[str, Any]) -> None:
        self._text = text
        self._words = text["feed"]

    def people(self, paper: Paper) -> str:
        """Return the names of the first authors, and how many more there are."""
        named = authors(paper)
        others = max(paper.author_count or 0, len(paper.authors)) - len(named)
        more = [plural(self._words["more"], others)] if named and others > 0 else []
        return " ".join([", ".join(named), *more])

    def author_count(self, paper: Paper) -> str:
        """Return how many authors there are, if no names are known."""
        if paper.authors or not paper.author_count:
            return ""
        return plural(self._text["authors"], paper.author_count).removeprefix("·")

    def links(self, paper: Paper) -> list[tuple[str, str]]:
        """Return the names and addresses of a paper's pages elsewhere."""
        addresses = {
            "page": links.paper_page(paper.id),
            "abstract": links.abstract(paper.id),
            "pdf": links.pdf(paper.id),
            "code": escape.https(paper.code),
            "project": escape.https(paper.project),
        }
        names = self._words["links"]
        return [(names[name], address) for name, address in addresses.items() if address]


def title(paper: Paper) -> str:
    """Return a paper's title, or its id if nothing of the title can be shown."""
    return _shown(paper.title) or escape.anchor(paper.id)


def organization(paper: Paper) -> str:
    """Return the name of a paper's organisation."""
    found = paper.organization
    return plain(found.fullname or found.name) if found else ""


def authors(paper: Paper) -> tuple[str, ...]:
    """Return the names of the first authors."""
    return _all_plain(paper.authors[:AUTHORS])


def keywords(paper: Paper) -> tuple[str, ...]:
    """Return a paper's keywords, each once."""
    return tuple(dict.fromkeys(_all_plain(paper.ai_keywords)))


def summary(paper: Paper) -> str:
    """Return the AI summary."""
    return _shown(paper.ai_summary)


def abstract(paper: Paper) -> str:
    """Return the abstract."""
    return _shown(paper.abstract)


def brief(paper: Paper) -> str:
    """Return the AI summary, or else the abstract's first sentence."""
    return summary(paper) or first_sentence(abstract(paper))


def topic_title(topic: Topic, language: str) -> str:
    """Return a topic's title in a language, or else in the other one, or else its id."""
    titles = [topic.title.get(language), *topic.title.values()]
    return next(filter(None, map(plain, titles)), topic.id)


def plural(forms: Mapping[str, str], count: int, **values: object) -> str:
    """Return the form of a text for a number, filled with the number and the values."""
    return forms["one" if count == 1 else "other"].format(count=count, **values)


def minute(moment: datetime) -> str:
    """Return a time in UTC, like 2025-12-24 02:00 UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def plain(text: str | None) -> str:
    """Return a text on one line, without bidirectional controls."""
    if not text or text.isprintable():
        return text or ""
    return one_line(escape.BIDI.sub("", text))


def _shown(text: str | None) -> str:
    """Return a text with simple TeX as text."""
    return tex.shown(plain(text))


def _all_plain(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty."""
    return tuple(filter(None, map(plain, texts)))
