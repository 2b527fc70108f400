"""A day whose every text wants to be more than text."""

import json
from datetime import UTC, date, datetime

from tests.browser.archive import Run

DAY = date(2026, 8, 24)
NOW = datetime(2026, 8, 24, 8, tzinfo=UTC)
# Whatever of these runs, leaves a mark on the window, opens a dialog, or asks somebody else.
TEXTS = {
    # These first, as a month shows its best papers alone.
    "bidi override": "left \u202eright\u202e left",
    "bidi isolate": "\u2066\u2067\u2068 open",
    "bidi closed too often": "\u2069\u2069\u202c\u202c closed",
    "right to left": "עברית עם (סוגריים) 123",
    "script": "<script>window.pwned=1;alert(1)</script>",
    "end of a script": "</script><script>window.pwned=1</script>",
    "end of a title": "</title></head><body onload=window.pwned=1>",
    "event handler": "<img src=x onerror=window.pwned=1>",
    "event handler in an attribute": '" onmouseover="window.pwned=1" x=\'',
    "event handler in a single-quoted attribute": "' autofocus onfocus='window.pwned=1",
    "svg": '"><svg/onload=window.pwned=1><animate onbegin=window.pwned=1 attributeName=x>',
    "frame": "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "style": "<style>*{display:none}</style><link rel=stylesheet href=https://evil.example/x>",
    "base": "<base href=https://evil.example/>",
    "refresh": '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "form": "<form action=https://evil.example/><input name=x><button>go",
    "plaintext": "<plaintext>",
    "comment": "<!-- --><script>window.pwned=1</script> --!><!--",
    "template": "<template><script>window.pwned=1</script></template>",
    "CDATA": "<![CDATA[x]]>]]><script>window.pwned=1</script>",
    "processing instruction": "<?xml version='1.0'?><?php echo 1 ?>",
    "doctype": "<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;&a;",
    "entities": "&lt;script&gt;window.pwned=1&lt;/script&gt; &#60;b&#x3e; &nosuch; &amp;amp; &amp",
    "javascript": "javascript:window.pwned=1",
    "javascript with white space": " java\tscript:window.pwned=1",
    "data": "data:text/html,<script>window.pwned=1</script>",
    "link in Markdown": "[x](javascript:window.pwned=1) ![x](https://evil.example/x.png)",
    "Jinja": "{{ 7 * 7 }} {% raw %} {# x #} {{ self.__init__.__globals__ }}",
    "template literal": "${window.pwned=1} `${alert(1)}`",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg",
    "combining": "Z" + "\u0351\u036b\u0343\u036a\u0302" * 2,
    "controls": "a\x00b\x01c\x08d\x1be\x7ff\x9fg",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "lone surrogates": "a\ud800b\udfffc",
    "not a character": "a\ufffeb\uffffc\U0001fffed",
    "prototype": "__proto__",
    "constructor": "constructor",
    "toString": "toString",
    "TeX bomb": r"$\def\x{\x\x}\x$ \href{javascript:window.pwned=1}{x} $$\unicode{60}script$$",
    "TeX": r"$\mathcal{O}(n^2)$ with 50\% & a_b^c",
    "words": "word " * 20_000,
    "one word": "w" * 100_000,
    "signs": "<" * 1_000,
    "address": "https://evil.example/" + "x" * 2_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 🇰🇷",
    "blank": "\u3164\u2800",
}
ADDRESSES = (
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    "data:text/html,<script>parent.pwned=1</script>",
    "vbscript:window.pwned=1",
    "//evil.example/x",
    'https://evil.example/"><script>window.pwned=1</script>',
    "https://evil.example/' onerror='window.pwned=1",
    "https://evil.example/ onerror=window.pwned=1",
    "https://evil.example/&quot;&#60;script&#62;",
    "https://user:pass@evil.example/",
    "https://evil.example/" + "x" * 5_000,
    "http://plain.example/",
    "file:///etc/passwd",
)


IDS = (
    '"><script>window.pwned=1</script>',
    "../../x?y#z&amp;'",
    "javascript:window.pwned=1",
    "ü %41",
)


def run(longest: int | None = None) -> Run:
    """Return the run of the hostile day: a paper for each text in all fields, and strange ids.

    Texts can be cut to a length, for who cannot do with as long ones.
    """
    entries = [
        _entry(number, f"2608.{24000 + number}", text[:longest])
        for number, text in enumerate(TEXTS.values(), 1)
    ]
    entries += [_entry(number, strange, "strange") for number, strange in enumerate(IDS, 100)]
    return Run(DAY, NOW, json.dumps(entries).encode())


def _entry(number: int, paper_id: str, text: str) -> dict[str, object]:
    address = ADDRESSES[number % len(ADDRESSES)]
    organization = {"_id": text, "name": text, "fullname": text, "avatar": address}
    paper = {
        "id": paper_id,
        "title": text,
        "summary": text,
        "ai_summary": text,
        "ai_keywords": [text, f"{text}, too"],
        "authors": [{"name": text, "hidden": False}, *({"name": f"Author {n}"} for n in range(11))],
        "organization": organization,
        "upvotes": 1000 - number,
        "githubRepo": address,
        "githubStars": number,
        "projectPage": address,
        "mediaUrls": [address],
        "publishedAt": "2026-08-23T00:00:00.000Z",
        "submittedOnDailyAt": "2026-08-24T00:00:00.000Z",
        "submittedOnDailyBy": {"user": text, "fullname": text},
    }
    return {
        "paper": paper,
        "title": text,
        "summary": text,
        "thumbnail": address,
        "mediaUrls": [address],
        "numComments": number,
        "submittedBy": {"name": text, "fullname": text},
        "organization": organization,
    }
