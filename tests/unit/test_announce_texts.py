"""Texts in channels: within every limit, and inert, whatever the papers are."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters import (
    announce_discord,
    announce_email,
    announce_event,
    announce_slack,
    announce_telegram,
)
from adapters.announce_texts import WORD_JOINER, cut, size, unlinked
from core.edition import payload, ranking
from core.model.announcement import Message
from core.model.paper import Edition
from core.render.escape import BIDI
from tests.fuzz.strategies import TEXTS, examples
from tests.support import announcing, recorded, sample
from tests.support.announcing import STYLE
from tests.support.channels import (
    CHAT,
    check_discord,
    check_slack,
    check_telegram,
    telegram_html,
)
from tests.support.papers import DAY, answer, entry

SCHEMA = json.loads((sample.ROOT / "schema" / "edition-published.v1.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("short", 5, "short"),
        ("two words", 8, "two wor…"),
        ("some words more", 12, "some words…"),
        ("averylongword", 5, "aver…"),
        ("a b", 1, "…"),
        ("🧑🧑🧑", 5, "🧑🧑…"),
        ("x", 0, ""),
    ],
)
def test_what_is_too_long_is_cut(text: str, most: int, expected: str) -> None:
    assert cut(text, most) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("https://evil.example/x", "see evil.com.", "www.evil.com", "@everyone", "#tag"),
        *("/start", "mail ada@example.com", "$BTC", "x@y.z.org", "//evil"),
        *("at 127.0.0.1 now", "www.🤙.tk", "see ➡️.ws/x"),
    ],
)
def test_nothing_is_a_link(text: str) -> None:
    inert = unlinked(text)
    assert inert.replace(WORD_JOINER, "") == text
    assert not re.search(r"://\w|@\w|#\w|/\w|\$\w|[^\s.]\.[A-Za-z]{2}", inert)
    assert not re.search(r"\d+\.\d+\.\d+\.\d", inert)


@pytest.mark.parametrize("text", ["3.5 B", "A, B. C", "1/2", "C# and", "R&D", "e.g. this"])
def test_plain_text_is_nearly_as_it_was(text: str) -> None:
    assert unlinked(text).replace(WORD_JOINER, "") == text


def hold(message: Message) -> None:
    """Assert that a message is within the limits of every channel, and inert in it."""
    slack = announce_slack.payload(message)
    check_slack(json.loads(json.dumps(slack)))
    urls = {item.url for item in message.items} | {message.url}
    assert set(_links(slack)) <= urls

    discord = announce_discord.payload(message)
    check_discord(json.loads(json.dumps(discord)))
    for embed in discord["embeds"]:
        for text in (embed["title"], embed.get("description", "")):
            assert not _active(text), text

    telegram = announce_telegram.payload(message)
    check_telegram({"chat_id": CHAT, **telegram})
    parsed = telegram_html(telegram["text"])
    assert {href for href, _ in parsed.links} <= urls
    assert not re.search(r"://\w|@\w|#\w", parsed.text)

    email = announce_email.payload(message)
    assert size(email["Subject"]) < 100
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", email["Subject"])
    assert len(email["Message"].encode()) <= announce_email.MOST_BYTES
    texts = json.loads(email["Message"])
    assert texts.keys() == {"default", "email"}
    assert set(re.findall(r"https?://[!-~]+", texts["email"])) <= urls

    event = announce_event.payload(message)
    assert announce_event.size(event) <= announce_event.MOST_BYTES
    detail = json.loads(event["Detail"])
    assert texts["default"] == event["Detail"]
    for sent in (slack, discord, telegram, email, event):
        assert not BIDI.search(json.dumps(sent, ensure_ascii=False))
    if message.day:
        VALIDATOR.validate(detail)


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "link":
            yield value["url"]
        for one in value.values():
            yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)


def _active(text: str) -> str:
    """Return the first mark of Discord's Markdown that no backslash stands before."""
    without = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    found = re.search(r"[\\*_~`|>#\[\]()<:@]|https?:", without)
    return found[0] if found else ""


@examples(150)
@given(st.lists(TEXTS, min_size=1, max_size=10), TEXTS, TEXTS)
def test_no_title_breaks_a_channel(titles: list[str], summary: str, organization: str) -> None:
    entries = [
        entry(
            number,
            title=f"{title}a",
            ai_summary=(summary * (1 + number * 40))[:5000],
            organization={"name": organization, "fullname": title},
        )
        for number, title in enumerate(titles, 1)
    ]
    papers = payload.parse(payload.decode(answer(*entries), DAY))
    style = replace(STYLE, top=10)
    hold(announcing.of_edition(Edition(DAY, ranking.rank(papers)), style))


WORST = [
    *("@everyone @here", "<!channel> <!here> <@U123>", "<https://evil.example|click>"),
    *("[click](https://evil.example)", "**bold** __under__ ~~gone~~ ||spoiler||", "`code`"),
    *("<b>x</b><a href='https://evil.example'>", "&lt;b&gt;&amp;&#60;", "\\", "\\\\*", ":smile:"),
    *("<t:1:R> <#1> <:a:1> <a:b:1>", "# Heading", "> quote", "- list", "-# small", "\u202etxt.exe"),
    *("&" * 5000, "<" * 5000, "*" * 5000, "🧑\u200d🔬" * 2000, "a.bc" * 3000, "\\" * 4000),
    *("https://evil.example", "tg://resolve?domain=x", "/start@bot", "$x$ % {} {0}"),
]


@pytest.mark.parametrize("title", WORST, ids=range(len(WORST)))
def test_the_worst_titles(title: str) -> None:
    entries = [entry(number, title=title, ai_summary=title) for number in range(1, 11)]
    papers = payload.parse(payload.decode(answer(*entries), DAY))
    style = replace(STYLE, top=10)
    hold(announcing.of_edition(Edition(DAY, ranking.rank(papers)), style))


def test_a_greeting_is_right_everywhere() -> None:
    hold(announcing.writer().greeting())


@recorded.needs_recorded
@pytest.mark.parametrize("top", [5, 10])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_all_recorded_days(top: int, language: str) -> None:
    style = replace(STYLE, top=top, language=language)
    for edition in recorded.editions():
        if edition.papers:
            hold(announcing.of_edition(edition, style))


CHANNELS = {
    "slack.json": announce_slack.payload,
    "discord.json": announce_discord.payload,
    "telegram.json": announce_telegram.payload,
    "event.json": announce_event.detail,
}
GOLDEN = Path(sample.GOLDEN) / "announce"


@pytest.mark.parametrize("name", CHANNELS)
def test_the_sample_in_each_channel(name: str) -> None:
    made = CHANNELS[name](announcing.message())
    assert made == json.loads((GOLDEN / name).read_text("utf-8"))


def test_the_sample_in_a_mail() -> None:
    made = announce_email.text(announcing.message())
    assert made == (GOLDEN / "email.txt").read_text("utf-8")
