"""Tokens in text: which are hidden, however they are escaped, and in which documents they are."""

import json
import threading
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest

from core.model.errors import SettingsError, SourceRejected
from core.model.redaction import (
    HIDDEN,
    LONGEST_SECRET,
    SHORTEST_SECRET,
    holds_known,
    is_known,
    looks_like_token,
    redact,
    remember,
)
from core.model.text import EXCERPT, MOST_EXAMINED, bounded, excerpt, listed, shown
from tests.support.papers import DAY

# Put together here, so that no scanner takes them for real ones.
GITHUB, HUGGING_FACE = ("_".join(pair) for pair in (("ghp", "a1B2" * 9), ("hf", "xYz0" * 8)))
FINE_GRAINED = "_".join(("github_pat", "11ABCDEFG0", "abcdefghijklmnopqrstuvwxyz"))
# Secrets whose form says nothing: an older token, and a key of AWS.
HEXADECIMAL, AWS_KEY = "0123456789abcdef" * 2, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KNOWN = (HEXADECIMAL, AWS_KEY, GITHUB)


def as_json(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def as_url(text: str) -> str:
    return "".join(f"%{ord(character):02X}" for character in text)


def as_html(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": as_json,
    "JSON, the first": lambda text: as_json(text[:1]) + text[1:],
    "JSON, in the middle": lambda text: text[:7] + as_json(text[7:9]).upper() + text[9:],
    "JSON in JSON": lambda text: json.dumps(as_json(text)),
    "a slash in JSON": lambda text: text.replace("/", "\\/"),
    "a URL": as_url,
    "a URL, in part": lambda text: text[:-2] + as_url(text[-2:]).lower(),
    "a URL in a URL": lambda text: quote(as_url(text)),
    "a query": lambda text: quote(text, safe=""),
    "HTML": as_html,
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(one):X};" for one in text),
    "HTML, in part": lambda text: escape(text).replace("+", "&#43;"),
    "a repr": lambda text: repr(as_json(text)).strip("'"),
}


@pytest.mark.parametrize("spell", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("secret", KNOWN, ids=["hexadecimal", "AWS", "GitHub"])
def test_known_secrets_are_hidden(secret: str, spell: Callable[[str], str]) -> None:
    remember(secret)
    text = f"é {spell(secret)}. %41 & \\u0041 {spell(secret)}"
    assert redact(text).replace('"', "") == f"é {HIDDEN}. %41 & \\u0041 {HIDDEN}"
    assert is_known(text)


@pytest.mark.parametrize("spell", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("token", [GITHUB, HUGGING_FACE, FINE_GRAINED])
def test_the_form_of_a_token_is_enough(token: str, spell: Callable[[str], str]) -> None:
    assert redact(f"a {spell(token)}.").replace('"', "") == f"a {HIDDEN}."
    assert looks_like_token(spell(token))
    assert not is_known(spell(token))


@pytest.mark.parametrize(
    "text",
    ["", "hf_token", "/paperboy/hf_token", "ghp_short", "self_attention", "a" * 40, "50%41 &#65;"],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text
    assert not looks_like_token(text)


def test_overlapping_secrets_are_hidden_together() -> None:
    for secret in ("abcdefgh", "efghijkl", "efghijklmnop"):
        remember(secret)
    assert redact("-abcdefghijkl-abcdefgh-efghijklmnop-") == f"-{HIDDEN}-{HIDDEN}-{HIDDEN}-"


def test_short_secrets_are_not_remembered() -> None:
    for secret in ("", "x" * (SHORTEST_SECRET - 1)):
        remember(secret)
        assert redact(f"a {secret} b") == f"a {secret} b"
    assert not holds_known(["x" * SHORTEST_SECRET])


def test_threads_may_remember() -> None:
    secrets = [f"secret-{number:04}" for number in range(200)]
    threads = [threading.Thread(target=remember, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [secret for secret in secrets if not is_known(secret)] == []


@pytest.mark.parametrize(
    "split", ["\t", "\n", "\r\n", "\x00", "\x1f", "\x7f", "\x85", "\u200b", "\ufeff", "\ud800", " "]
)
def test_what_cleaning_drops_hides_no_secret(split: str) -> None:
    remember(HEXADECIMAL)
    assert is_known(split.join(HEXADECIMAL))


@pytest.mark.parametrize(
    ("document", "is_there"),
    [
        ([{"paper": {"title": f"On {HEXADECIMAL}"}}], True),
        ([{"paper": {HEXADECIMAL: None}}], True),
        ([[[["a", as_json(HEXADECIMAL)]]]], True),
        ([{"paper": {"title": "On papers", "upvotes": 7, "more": [None, 1.5, True]}}], False),
        ([HEXADECIMAL[:16], HEXADECIMAL[16:]], False),
        ([], False),
    ],
)
def test_documents_with_secrets(document: object, is_there: bool) -> None:
    assert not holds_known(document)
    remember(HEXADECIMAL)
    assert holds_known(document) == is_there


def test_deep_documents_are_searched() -> None:
    remember(HEXADECIMAL)
    document: list[object] = [HEXADECIMAL]
    for _ in range(100_000):
        document = [document]
    assert holds_known(document)


# Before these, an excerpt ends within the token, or has folded or cut nearly all of its window.
BEFORE = {
    "nothing": "",
    "text": "x" * 100,
    "a full excerpt": "x" * 119,
    "spaces": " " * (MOST_EXAMINED - 10),
    "controls": "\x00" * (MOST_EXAMINED - 10),
    "tokens": f"{GITHUB} " * (1 + LONGEST_SECRET // len(GITHUB)),
    "many tokens": f"{GITHUB}," * (MOST_EXAMINED // (len(GITHUB) + 1)),
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_no_cut_leaves_a_part_of_a_token(before: str) -> None:
    remember(HEXADECIMAL)
    text = f"{before}{HEXADECIMAL}{'y' * 2 * MOST_EXAMINED}"
    for made in (excerpt(text), excerpt(text.encode()), shown(text), shown([text]), bounded(text)):
        assert HEXADECIMAL[:6] not in made
        assert GITHUB[:12] not in made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n b\x00", "a b"),
        (b"\xff" + b"z" * 500, "\ufffd" + "z" * 119),
        ("z" * 10**6, "z" * 120),
        (
            "<p>\n" + " " * 40_000 + "Busy: try later</p>" + "z " * 10**6,
            ("<p> Busy: try later</p>" + "z " * 60)[:EXCERPT],
        ),
        ("바쁨 " * 10_000, ("바쁨 " * 40)[:EXCERPT]),
        (("바쁨" * 10_000).encode(), ("바쁨" * 60)[:EXCERPT]),
        (" \n", "nothing"),
        (f"bad {GITHUB}", f"bad {HIDDEN}"),
        (json.dumps({"error": as_json(GITHUB)}).encode(), f'{{"error": "{HIDDEN}"}}'),
    ],
)
def test_excerpts(text: str | bytes, expected: str) -> None:
    assert excerpt(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("é", "'\\xe9'"),
        (None, "None"),
        ("z" * 10**6, "'" + "z" * 59),
        ({GITHUB: [HUGGING_FACE]}, f"{{'{HIDDEN}': ['{HIDDEN}']}}"),
    ],
)
def test_shown_values(value: object, expected: str) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ""),
        (1, "0"),
        (3, "0, 1, 2"),
        (4, "0, 1, 2 and 1 more"),
        (3103, "0, 1, 2 and 3,100 more"),
    ],
)
def test_lists_are_cut(count: int, expected: str) -> None:
    assert listed(range(count)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "short"),
        ("\ud800", "\\ud800"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1021 + "…"),
        ("한" * 1000, "한" * 340 + "…"),
        (GITHUB, HIDDEN),
    ],
)
def test_messages_are_bounded(text: str, expected: str) -> None:
    assert bounded(text) == expected


def test_errors_hold_no_token() -> None:
    remember(HEXADECIMAL)
    error = SourceRejected(f"bad {GITHUB}", DAY, f"https://host/?t={HEXADECIMAL}")
    assert str(error) == f"bad {HIDDEN} (2025-12-24, https://host/?t={HIDDEN})"
    assert HEXADECIMAL not in repr(error)
    assert str(SettingsError([GITHUB, "x"])) == f"{HIDDEN}; x"
