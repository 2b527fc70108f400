"""What outsiders may send: payloads that are valid, nearly valid and hostile, and events likewise.

`FUZZ=1` in the environment is the long profile: as many examples as take half an hour, others each
time. Without it the examples are few, and the same each time.
"""

import json
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from core.model.dates import FIRST_DAY
from tests.support.papers import DAY

LONG = os.environ.get("FUZZ") == "1"
TIMES_AS_MANY = 60

Entry = dict[str, Any]


def examples(short: int) -> Callable[[Any], Any]:
    """Return the settings of a property: so many examples, or in the long profile many more."""
    return settings(
        max_examples=short * TIMES_AS_MANY if LONG else short,
        derandomize=not LONG,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if LONG else [])],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


# Pieces that mean something to one of those who read what is published.
MARKDOWN = (
    *"\\*_`|<>&()[]{}~$#!:.'\"=+-^%/;@,",
    *("**", "__", "``", "~~", "$$", "{{", "{%", "{:", "%}", "}}", "](", "![", "\\\\", "--", "- "),
    *("1. ", "# ", "> ", "[^1]", "*[a]: ", "{:.a}", "{::nomarkdown}", "<|im_end|>", "<think>"),
)
HTML = (
    *("<script>alert(1)</script>", "</script>", "<!--", "-->", "--!>", "<![CDATA[", "]]>", "<b>"),
    *("<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '" onmouseover="alert(1)" x="'),
    *("' autofocus onfocus='alert(1)", "</title>", "</li></ol></main>", "<plaintext>", "<base "),
    *("&amp;", "&#38;", "&lt;b&gt;", "&copy_a;", "&nosuch;", "&", "<style>", "<iframe srcdoc='"),
    *("javascript:alert(1)", "data:text/html,<b>", "vbscript:x", "<a href=javascript:alert(1)>"),
)
CHARACTERS = (
    *("\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9f", "\ud800", "\udfff", "\ufffe", "\U0001ffff"),
    *("\u2028", "\u2029", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u0301"),
    *("\u202e", "\u202c", "\u2066", "\u2067", "\u2069", "\r\n", "\n", "\t", "\x0b", "\f", " "),
    *("가나", "é", "²", "ע", "🧑\u200d🔬", "\u3164", "\ufdd0", "ａ", "ı", "ß"),
)
PATHS = (
    *("../", "..\\", "/etc/passwd", "%2e%2e%2f", "\x00", "//evil.example/", "s3://b/k", "file:///"),
    *("~/", "C:\\", ".", "..", "/", "?x=1", "#f", "x" * 300, "daily/2025-12-24.json", "CON"),
)
OBJECTS = ("__proto__", "constructor", "toString", "null", "true", "1e999", "{}", "[]", "NaN")
PIECES = st.sampled_from((*MARKDOWN, *HTML, *CHARACTERS, *PATHS, *OBJECTS, "a", "b1", "word "))
JINJA = st.sampled_from(
    ("{{ 7 * 7 }}", "{% raw %}", "{# x #}", "${x}", "%s %(a)s", "{0.__class__}")
)

PLAIN_TEXTS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30)
TEXTS = (
    st.lists(PIECES | JINJA | st.text(max_size=3), min_size=1, max_size=12).map("".join)
    | st.text(max_size=40)
    | PLAIN_TEXTS
)
ADDRESSES = TEXTS | st.builds(
    "{}{}".format,
    st.sampled_from(
        ("https://a.example/", "http://b.example/", "HTTPS://", "https://u:p@c.example/")
    ),
    TEXTS,
)
COUNTS = st.integers(0, 10**9) | st.sampled_from((0.0, 12.0, 1e9, None))
DAYS = st.dates(FIRST_DAY, DAY)
TIMES = (
    st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.sampled_from(("2025-12-24", "2025-12-24T00:00:00.123456789Z", "20251224T00", None, ""))
)


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Entry]:
    """Return objects that have any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def _entries(text: st.SearchStrategy[str], address: st.SearchStrategy[str]) -> Any:
    """Return entries of the shapes that the source has had, with such texts and addresses.

    An id is a text too, but one that is taken for an id: not too long, and with a digit.
    """
    organization = _optional(_id=text, name=text, fullname=text, avatar=address)
    person = _optional(user=text, name=text, fullname=text, avatarUrl=address)
    paper = st.fixed_dictionaries(
        {"id": text.map(lambda found: f"{found[:100]}1"), "title": text},
        optional={
            "summary": text,
            "ai_summary": text,
            "ai_keywords": st.lists(text, max_size=3),
            "authors": st.lists(_optional(name=text, hidden=st.booleans()), max_size=13),
            "organization": organization,
            "upvotes": COUNTS,
            "githubRepo": address,
            "githubStars": COUNTS,
            "projectPage": address,
            "mediaUrls": st.lists(address, max_size=2),
            "publishedAt": TIMES,
            "submittedOnDailyAt": TIMES,
            "submittedOnDailyBy": person,
        },
    )
    return st.fixed_dictionaries(
        {"paper": paper},
        optional={
            "title": text,
            "summary": text,
            "thumbnail": address,
            "mediaUrl": address,
            "mediaUrls": st.lists(address, max_size=2),
            "numComments": COUNTS,
            "submittedBy": person,
            "organization": organization,
            "isAuthorParticipating": st.booleans(),
        },
    )


ARXIV_IDS = st.from_regex(r"[0-9]{4}\.[0-9]{5}", fullmatch=True)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from((10**400, -1, 2**53, 1e308, 1e22, 0.5))
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _arxiv(entry: Entry, paper_id: str) -> Entry:
    return {**entry, "paper": {**entry["paper"], "id": paper_id}}


VALID = st.builds(
    _arxiv, _entries(PLAIN_TEXTS, PLAIN_TEXTS.map("https://a.example/{}".format)), ARXIV_IDS
)
HOSTILE = _entries(TEXTS, ADDRESSES)


@st.composite
def nearly_valid(draw: st.DrawFn) -> Entry:
    """Return a valid entry, but for one field that holds anything, or is missing."""
    entry = draw(VALID)
    holder = draw(st.sampled_from([entry, entry["paper"]]))
    key = draw(st.sampled_from(sorted(holder)))
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(JSON_VALUES)
    return entry


ENTRIES = st.lists(VALID | HOSTILE, min_size=1, max_size=4)
ANYTHING = st.lists(VALID | nearly_valid() | HOSTILE | JSON_VALUES, max_size=4)


def body(entries: object) -> bytes:
    """Return the body of an answer, as JSON that any text survives."""
    return json.dumps(entries).encode()


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return bodies: whole, with a byte order mark, cut, changed in one byte, or nonsense."""
    whole = body(draw(ANYTHING))
    place = draw(st.integers(0, len(whole)))
    return draw(
        st.sampled_from(
            (
                whole,
                b"\xef\xbb\xbf" + whole,
                whole[:place],
                whole[:place] + draw(st.binary(min_size=1, max_size=2)) + whole[place + 1 :],
                whole + whole,
                whole[1:-1],
            )
        )
        | st.binary(max_size=40)
    )


FOREIGN_KEYS = ("bucket", "store", "key", "path", "host", "url", "source", "repository", "branch")
SCHEDULED = st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()) | st.just(
    "2025-12-24T02:00:00Z"
)
DAY_TEXTS = DAYS.map(str) | st.dates().map(str) | TEXTS
GOOD_EVENTS = st.builds(
    lambda days, flags: days | flags,
    st.fixed_dictionaries({"date": DAYS.map(str)})
    | st.fixed_dictionaries({"dates": st.lists(DAYS.map(str), min_size=1, max_size=5)})
    | st.fixed_dictionaries({"offsets": st.lists(st.integers(-300, 0), min_size=1, max_size=5)}),
    _optional(force=st.booleans(), dry_run=st.booleans()),
)
NEAR_EVENTS = _optional(
    date=DAY_TEXTS | JSON_VALUES,
    dates=st.lists(DAY_TEXTS, max_size=4) | JSON_VALUES,
    offsets=st.lists(st.integers(-(10**9), 10**9), max_size=4) | JSON_VALUES,
    scheduled_time=SCHEDULED | JSON_VALUES,
    time=SCHEDULED,
    force=JSON_VALUES,
    dry_run=JSON_VALUES,
    **{"detail-type": st.sampled_from(("Scheduled Event", "x"))},
)
EVENTS = GOOD_EVENTS | NEAR_EVENTS | st.dictionaries(TEXTS, JSON_VALUES, max_size=4) | JSON_VALUES
FOREIGN = st.dictionaries(st.sampled_from(FOREIGN_KEYS), TEXTS, min_size=1, max_size=3)
ACTIONS = st.builds(
    lambda name, rest: {"action": name, **rest},
    st.sampled_from(("plan", "edition", "catalog", "commit", "rebuild", "check")) | JSON_VALUES,
    _optional(
        date=DAY_TEXTS | JSON_VALUES,
        to=DAY_TEXTS | JSON_VALUES,
        month=st.from_regex(r"20\d\d-(0[1-9]|1[0-2])", fullmatch=True) | DAY_TEXTS | JSON_VALUES,
        scheduled_time=SCHEDULED | JSON_VALUES,
        force=st.booleans() | JSON_VALUES,
        pace=st.integers(-1, 100) | JSON_VALUES,
        concurrency=st.integers(-1, 100) | JSON_VALUES,
        **{"from": DAY_TEXTS | JSON_VALUES, "continue": st.booleans() | JSON_VALUES},
    ),
)
