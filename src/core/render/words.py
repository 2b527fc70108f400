"""The texts of the site's pages: each in all languages, as HTML that shows one of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from markupsafe import Markup

from core.model.topic import Topic
from core.render import templates
from core.render.paper_texts import topic_title

SPAN = Markup('<span lang="{}">{}</span>')


class Words:
    """The `[site]` tables of the locale files, in the order of `locales`."""

    def __init__(self, directory: Path, locales: Sequence[str]) -> None:
        self._tables = {locale: templates.words(directory, locale)["site"] for locale in locales}
        # Pages have some texts hundreds of times.
        self._known: dict[str, Markup] = {}

    def text(self, key: str, count: int | None = None, **values: object) -> Markup:
        """Return a text in all languages, filled with the values; the count chooses its form.

        A key may name a table, like `paragraphs.what`. With `at`, a day or a time, the text is also
        filled with its `day`, `month`, `weekday` and `year`, by their names in each language.
        """
        if count is None and not values:
            if key not in self._known:
                self._known[key] = self._text(key, None, {})
            return self._known[key]
        return self._text(key, count, values)

    def each(self, key: str) -> Iterator[str]:
        """Return a text in each language, for places without HTML."""
        return (table[key] for table in self._tables.values())

    def titles(self, topic: Topic) -> list[str]:
        """Return a topic's title in each language, for places without HTML."""
        return [topic_title(topic, locale) for locale in self._tables]

    def title(self, topic: Topic) -> Markup:
        """Return a topic's title in all languages, as `text` does."""
        return self._spans(self.titles(topic))

    def weekdays(self) -> list[Markup]:
        """Return the names of the weekdays, Monday first."""
        tables = [table["weekdays"] for table in self._tables.values()]
        return [self._spans(names) for names in zip(*tables, strict=True)]

    def _text(self, key: str, count: int | None, values: Mapping[str, object]) -> Markup:
        return self._spans([self._filled(locale, key, count, values) for locale in self._tables])

    def _spans(self, texts: Sequence[str]) -> Markup:
        if len(set(texts)) == 1:
            return Markup.escape(texts[0])
        spans = zip(self._tables, texts, strict=True)
        return Markup("").join(SPAN.format(locale, text) for locale, text in spans)

    def _filled(
        self, locale: str, key: str, count: int | None, values: Mapping[str, object]
    ) -> str:
        text = self._tables[locale]
        for part in key.split("."):
            text = text[part]
        if isinstance(text, dict):
            text = text["one" if count == 1 else "other"]
        return str(text).format(count=count, **values, **self._named(locale, values.get("at")))

    def _named(self, locale: str, at: object) -> Mapping[str, object]:
        """Return the parts of a day or a time, by their names in a language."""
        if not isinstance(at, date):
            return {}
        table = self._tables[locale]
        return {
            "day": at.day,
            "month": table["month_names"][at.month - 1],
            "weekday": table["weekday_names"][at.weekday()],
            "year": at.year,
        }
