"""The words of the site's pages: each in all languages, as HTML of which a reader sees one."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from core.render import templates

# As `html.escape` does, whose module brings a table of 2,231 names: 2 ms of a cold start.
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})

# Papers have the same numbers of authors, and days of papers: so many of these texts are kept.
COUNTS = 256


class Html(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return itself: what a template asks for before it escapes."""
        return self


class Words:
    """The `[site]` tables of the locale files, in the order of `locales`."""

    def __init__(self, directory: Path, locales: Sequence[str]) -> None:
        self._tables = {locale: templates.words(directory, locale)["site"] for locale in locales}
        self._plain = cache(self._together)
        self._counted = lru_cache(COUNTS)(self._together)

    def text(self, key: str, count: int | None = None, **values: object) -> Html:
        """Return a text of all languages, filled with the values; the count chooses its form.

        A key may name a table, like `files.index`.
        """
        if values:
            return self._together(key, count, **values)
        return self._plain(key) if count is None else self._counted(key, count)

    def each(self, key: str) -> Iterator[str]:
        """Return a text in each language, for where there is no HTML."""
        return (table[key] for table in self._tables.values())

    def weekdays(self) -> list[Html]:
        """Return the names of the weekdays, Monday first."""
        names = (
            (table["weekdays"][number] for table in self._tables.values()) for number in range(7)
        )
        return [self._spans(list(name)) for name in names]

    def _together(self, key: str, count: int | None = None, **values: object) -> Html:
        return self._spans([self._filled(locale, key, count, values) for locale in self._tables])

    def _spans(self, texts: Sequence[str]) -> Html:
        escaped = [text.translate(ESCAPED) for text in texts]
        if len(set(escaped)) == 1:
            return Html(escaped[0])
        spans = zip(self._tables, escaped, strict=True)
        return Html("".join(f'<span lang="{locale}">{text}</span>' for locale, text in spans))

    def _filled(self, locale: str, key: str, count: int | None, values: dict[str, object]) -> str:
        text = self._tables[locale]
        for part in key.split("."):
            text = text[part]
        if isinstance(text, dict):
            text = text["one" if count == 1 else "other"]
        return str(text).format(count=count, **values)
