"""Pages stay what they are, whatever their texts and ids hold; and they obey their own policy."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from core.model.paper import Organization, Paper
from core.model.text import one_line
from core.model.votes import Rise, Rising
from core.render import tex
from tests.support import html, site
from tests.support.papers import DAY, NOW, edition, history, paper
from tests.support.site import URL

PLAIN = "plain"
TEXTS = {
    "script": "<script>alert(1)</script>",
    "end of a script": "</script><script>alert(1)</script>",
    "end of a title": "</title></head><body onload=alert(1)>",
    "event handler": "<img src=x onerror=alert(1)>",
    "end of an attribute": '" onmouseover="alert(1)" x=\'',
    "end of a single-quoted attribute": "' autofocus onfocus='alert(1)",
    "svg": '"><svg/onload=alert(1)></polyline>',
    "style": "<style>*{display:none}</style><link rel=stylesheet href=//host.example/x>",
    "base": "<base href=https://host.example/>",
    "end of a list": "</li></ol></main><form action=https://host.example/>",
    "plaintext": "<plaintext>",
    "comment": "<!-- --> --!> <!--",
    "CDATA": "<![CDATA[x]]> ]]>",
    "processing instruction": "<?xml version='1.0'?>",
    "references": "&lt;b&gt; &amp;amp; &#60;i&#x3e; &nosuch; &amp &copy",
    "address": "javascript:alert(1)",
    "Jinja": "{{ 7 * 7 }} {% raw %} {# x #} {count} {0} %s",
    "bidirectional controls": "a \u202eb\u202c \u2067c\u2069 d",
    "open bidirectional controls": "a \u202eb \u2067c",
    "joiners and spaces without width": "a\u200bb\u200cc\u200dd\u2060e\u00adf",
    "combining": "Z" + "\u0351\u036b" * 100,
    "TeX": r"$\frac{\def\x{\x\x}\x}{y} \href{javascript:alert(1)}{x}$ 50\% & a_b^c",
    "other scripts": "한국어 עברית 🧑\u200d🔬",
    "long": "word " * 20_000,
    "one long word": "w" * 100_000,
}
ADDRESSES = [
    'https://a.example/"><script>alert(1)</script>',
    "https://a.example/' onerror='alert(1)",
    "https://a.example/&quot;&#60;script&#62;",
    "https://a.example/ x\u2028y\u202e",
    "https://a.example/" + "x" * 5_000,
]
ENCODED = re.compile(r"https://[!#-&+-;=?-Z_a-z~]*")
# Where a paper's links lead, but those to its code and project.
STARTS = (
    "https://huggingface.co/papers/",
    "https://www.alphaxiv.org/abs/",
    "https://arxiv.org/abs/",
    "https://arxiv.org/pdf/",
    "https://huggingface.co/papers/",
)
IDS = [
    "2512.20619v1",
    "hep-th/9901001",
    "a b",
    "a\u3000b",
    "\"'<>&",
    "100%",
    "%20",
    "&lt;",
    "a#b?c=d&e",
    "한글",
    "../../etc/passwd",
    "javascript:alert(1)",
    "🧑\u200d🔬",
    "x" * 1_000,
]


def table(texts: dict[str, str]) -> Iterable[object]:
    return [pytest.param(one_line(text), id=name) for name, text in texts.items()]


def everywhere(text: str, **changes: object) -> Paper:
    """Return a paper that has the text in each of its texts."""
    texts: dict[str, object] = {
        "title": text,
        "abstract": text,
        "ai_summary": text,
        "ai_keywords": (text,),
        "authors": (text,) * 7,
        "organization": Organization(text, text),
        "submitter": text,
    }
    return paper(1, **texts | changes)


def structure(body: bytes) -> list[tuple[object, list[str]]]:
    """Return the elements of a page, with the names of their attributes; but what isolates text."""
    elements = html.parse(body).elements()
    return [
        (node.tag, sorted(node.attrib)) for node in elements if node.tag != "bdi" or node.attrib
    ]


@pytest.mark.parametrize("text", table(TEXTS))
def test_text_brings_no_element_and_no_attribute(text: str) -> None:
    hostile, plain = site.all_pages(everywhere(text)), site.all_pages(everywhere(PLAIN))
    for key, body in hostile.items():
        assert structure(body) == structure(plain[key]), key
        assert html.parse(body).errors == (), key


Shown = Callable[[str], str]
# Titles, summaries and abstracts are shown without simple TeX, names as they are.
OF_EDITION: Mapping[str, Shown] = {
    "ol/li/h2/a": tex.shown,
    "ol/li//a[@class='o']": str,
    "ol/li/p[@class='s']": tex.shown,
    "details/p[1]": tex.shown,
    "p[@class='k']/a": str,
    "bdi": str,
}
OF_LINES: Mapping[str, Shown] = {
    "ol[@class='lines']//p/a[1]": tex.shown,
    "ol[@class='lines']//span[@class='o']": str,
    "section[@class='rising']//a": tex.shown,
}
OF_MONTH: Mapping[str, Shown] = {
    "ol/li/p/a[1]": tex.shown,
    "ol/li/p/span[@class='o']": str,
    "table[@class='bars']//th": str,
}


def check_shown(body: bytes, paths: Mapping[str, Shown], text: str) -> None:
    """Check that what is under each path is only the text, as it is shown there."""
    root = html.parse(body).root
    for path, shown in paths.items():
        assert {"".join(node.itertext()) for node in root.iterfind(f".//{path}")} == {
            shown(text)
        }, path


@pytest.mark.parametrize("text", table(TEXTS))
def test_text_is_shown_as_it_is(text: str) -> None:
    # The authors' names are in ASCII, so that each `bdi` is the submitter.
    made = everywhere(text, authors=("Ada",))
    home = site.renderer().home(edition(made), history(), [DAY], site.spans(DAY), [])
    for body in (site.edition_page(made), home):
        check_shown(body, OF_EDITION, text)


@pytest.mark.parametrize("text", table(TEXTS))
def test_a_line_is_shown_as_it_is(text: str) -> None:
    made = edition(*(everywhere(text) for _ in range(7)))
    rises = Rising(DAY, NOW, NOW, (Rise(made.papers[0].id, 1, 0),))
    body = site.renderer().home(made, history(), [DAY], site.spans(DAY), [(made, rises)])
    check_shown(body, OF_LINES, text)


@pytest.mark.parametrize("text", table(TEXTS))
def test_a_month_shows_text_as_it_is(text: str) -> None:
    body = site.month_page(edition(everywhere(text)))
    check_shown(body, OF_MONTH, text)


@pytest.mark.parametrize("text", table(TEXTS))
def test_folded_text_is_shown_as_it_is(text: str) -> None:
    page = html.parse(site.edition_page(everywhere(text)))
    (authors,) = page.root.iterfind(".//div[@class='a']")
    (others,) = authors.iterfind("details")
    summary = "".join(others[0].itertext())
    shown = tex.shown(text)
    names = ", ".join([shown] * 6) + summary + shown
    assert "".join(authors.itertext()) == f"{text} {names}"
    for keyword in page.root.iterfind(".//p[@class='k']/a"):
        assert "".join(keyword.itertext()) == text
        assert parse_qs(urlsplit(keyword.get("href") or "").query)["keyword"] == [text]
    (coins,) = page.root.iterfind(".//span[@class='Z3988']")
    assert parse_qs(coins.get("title") or "")["rft.title"] == [shown]
    (description,) = page.root.iterfind(".//meta[@name='description']")
    assert description.get("content") == shown[:300]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_stays_in_its_attribute(address: str) -> None:
    hostile = site.edition_page(paper(code=address, project=address, thumbnail=address))
    assert structure(hostile) == structure(site.edition_page(paper()))
    links = site.attributes(hostile, "ol//a", "href")
    assert all(ENCODED.fullmatch(link) for link in links if ":" in link)


def test_each_paper_has_an_anchor() -> None:
    papers = [paper(number, id=one) for number, one in enumerate(reversed(IDS), 1)]
    places = site.attributes(site.edition_page(*reversed(papers)), "ol/li", "id")
    assert len(set(places)) == len(IDS)
    assert not any(re.search(r"\s", place) for place in places)
    links = site.attributes(site.month_page(edition(*papers)), "ol/li/p/a[1]", "href")
    assert [urlsplit(link).fragment for link in links] == places


@pytest.mark.parametrize("paper_id", IDS)
def test_an_id_stays_below_its_host(paper_id: str) -> None:
    page = site.edition_page(paper(id=paper_id))
    assert structure(page) == structure(site.edition_page(paper()))
    found = site.attributes(page, "ol/li//a", "href")
    links = [link for link in found if link.startswith(tuple(STARTS))]
    for link, start in zip(links, STARTS, strict=True):
        assert ENCODED.fullmatch(link)
        assert link.startswith(start)


# What the policy of the pages refuses: it would be there without effect.
REFUSED_ELEMENTS = ("base", "embed", "frame", "iframe", "object", "style")


@pytest.mark.parametrize("locale", site.LOCALES)
def test_pages_are_valid_and_obey_their_policy(locale: str) -> None:
    for key, body in site.all_pages(locale=locale).items():
        page = html.parse(body)
        assert (page.errors, len(page.ids())) == ((), len(set(page.ids()))), key
        (policy,) = page.root.iterfind(".//meta[@http-equiv='Content-Security-Policy']")
        assert (policy.get("content") or "").startswith("default-src 'none'; style-src 'self'; ")
        assert page.elements(*REFUSED_ELEMENTS) == [], key
        names = {name for node in page.elements() for name in node.attrib}
        assert not [name for name in names if name == "style" or name.startswith("on")], key
        for script in page.elements("script"):
            assert ("src" in script.attrib) != (script.get("type") == "application/ld+json"), key
        actions = [form.get("action") for form in page.elements("form") if "action" in form.attrib]
        assert actions == (["/archive/search.html"] if key == "404.html" else []), key


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8000"])
def test_only_previews_hold_the_sites_own_address(url: str) -> None:
    for key, body in site.all_pages(url=url).items():
        page = html.parse(body)
        absolute = [link for link in page.links() if link.startswith(url)]
        assert absolute == ([f"{url}/{key}"] if key != "404.html" else []), key
        others = [urlsplit(link) for link in page.links() if link not in absolute]
        assert {(link.scheme, bool(link.netloc)) for link in others} <= {
            ("", False),
            ("https", True),
        }
        rooted = [link for link in page.links() if link.startswith("/")]
        assert bool(rooted) == (key == "404.html"), key
