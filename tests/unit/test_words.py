"""The words of pages and feeds: the same in all locale files, and each in both languages."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from markupsafe import Markup

from core.render.words import Words
from tests.support import sample

LOCALES = sample.TEMPLATES / "locales"
KO = """\
[site]
both = "PDF"
own = "우리 <b> & \\"말\\""
filled = "{month} 논문"
date = "{year}년 {month} {day}일 {weekday} {at:%H:%M}"
month_names = [
  "1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월",
]
weekday_names = ["월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"]
weekdays = ["월", "화", "수", "목", "금", "토", "일"]
[site.votes]
one = "좋아요 {count:,}개"
other = "좋아요 {count:,}개"
[site.files]
index = "전체"
"""
EN = """\
[site]
both = "PDF"
own = "our 'words'"
filled = "Papers of {month}"
date = "{weekday}, {day} {month:.3} {year} {at:%H:%M}"
month_names = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
]
weekday_names = [
  "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
]
weekdays = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
[site.votes]
one = "{count:,} vote"
other = "{count:,} votes"
[site.files]
index = "All"
"""


@pytest.fixture(name="directory")
def made_directory(tmp_path: Path) -> Path:
    """Return a directory of templates, with locale files."""
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales" / "ko.toml").write_text(KO, "utf-8")
    (tmp_path / "locales" / "en.toml").write_text(EN, "utf-8")
    return tmp_path


def spans(ko: str, en: str) -> str:
    return f'<span lang="ko">{ko}</span><span lang="en">{en}</span>'


@pytest.mark.parametrize(
    ("key", "count", "values", "expected"),
    [
        ("both", None, {}, "PDF"),
        ("own", None, {}, spans("우리 &lt;b&gt; &amp; &#34;말&#34;", "our &#39;words&#39;")),
        ("filled", None, {"month": "2025-12"}, spans("2025-12 논문", "Papers of 2025-12")),
        ("filled", None, {"month": "<"}, spans("&lt; 논문", "Papers of &lt;")),
        ("filled", None, {"month": "{0}{x}"}, spans("{0}{x} 논문", "Papers of {0}{x}")),
        ("votes", 0, {}, spans("좋아요 0개", "0 votes")),
        ("votes", 1, {}, spans("좋아요 1개", "1 vote")),
        ("votes", 1234, {}, spans("좋아요 1,234개", "1,234 votes")),
        ("files.index", None, {}, spans("전체", "All")),
    ],
)
def test_a_text_is_in_all_languages(
    directory: Path, key: str, count: int | None, values: dict[str, Any], expected: str
) -> None:
    words = Words(directory, ["ko", "en"])
    text = words.text(key, count, **values)
    assert isinstance(text, Markup)
    assert text == expected


@pytest.mark.parametrize(
    ("at", "ko", "en"),
    [
        (
            datetime(2026, 8, 13, 9, 5, tzinfo=UTC),
            "2026년 8월 13일 목요일 09:05",
            "Thursday, 13 Aug 2026 09:05",
        ),
        (date(2025, 1, 5), "2025년 1월 5일 일요일 00:00", "Sunday, 5 Jan 2025 00:00"),
        (date(2025, 12, 1), "2025년 12월 1일 월요일 00:00", "Monday, 1 Dec 2025 00:00"),
    ],
)
def test_dates_are_for_people(directory: Path, at: date, ko: str, en: str) -> None:
    assert Words(directory, ["ko", "en"]).text("date", at=at) == spans(ko, en)


@pytest.mark.parametrize(("locales", "plain"), [(["ko", "en"], ["전체", "All"]),
                                                (["en", "ko"], ["All", "전체"]),
                                                (["en"], ["All"])])  # fmt: skip
def test_languages_come_in_their_order(
    directory: Path, locales: Sequence[str], plain: list[str]
) -> None:
    words = Words(directory, locales)
    both = "".join(
        f'<span lang="{locale}">{text}</span>' for locale, text in zip(locales, plain, strict=True)
    )
    assert words.text("files.index") == (both if len(plain) > 1 else plain[0])


def test_each_language_as_plain_text(directory: Path) -> None:
    words = Words(directory, ["en", "ko"])
    assert list(words.each("own")) == ["our 'words'", '우리 <b> & "말"']


def test_weeks_begin_on_monday(directory: Path) -> None:
    weekdays = Words(directory, ["ko", "en"]).weekdays()
    assert len(weekdays) == 7
    assert (weekdays[0], weekdays[-1]) == (spans("월", "Mo"), spans("일", "Su"))


@pytest.mark.parametrize("key", ["nothing", "files.nothing", "filled"])
def test_a_missing_text_or_value_is_an_error(directory: Path, key: str) -> None:
    with pytest.raises(KeyError):
        Words(directory, ["ko"]).text(key, another="value")


def locale(name: str) -> dict[str, Any]:
    return tomllib.loads((LOCALES / f"{name}.toml").read_text("utf-8"))


def texts(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each text in a table, and what it is filled with."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}.{key}")
        else:
            for number, text in enumerate([value] if isinstance(value, str) else value):
                yield f"{path}.{key}[{number}]", fields(text)


def fields(text: str) -> str:
    """Return the names of a text's placeholders."""
    return " ".join(sorted(name for _, name, _, _ in Formatter().parse(text) if name))


@pytest.mark.parametrize("table", ["announce", "site", "feed"])
def test_locales_have_the_same_texts_and_placeholders(table: str) -> None:
    korean, english = (dict(texts(locale(name)[table])) for name in ("ko", "en"))
    assert korean == english


@pytest.mark.parametrize("name", ["ko", "en"])
@pytest.mark.parametrize("table", ["announce", "site", "feed"])
def test_no_text_is_blank(name: str, table: str) -> None:
    def plain(value: Any) -> Iterator[str]:
        parts = value.values() if isinstance(value, dict) else value
        for part in parts:
            yield from [part] if isinstance(part, str) else plain(part)

    assert all(text == text.strip() != "" for text in plain(locale(name)[table]))
