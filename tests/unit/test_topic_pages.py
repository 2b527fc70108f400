"""Topics on pages: their marks on papers, their own pages, and what hostile words do there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.model import keys
from core.model.paper import Organization
from core.model.period import Neighbours, Period
from core.model.style import SiteStyle
from core.model.text import one_line
from core.model.topic import Match, Reason, Topic, TopicCount, TopicPaper
from core.render.site import SiteRenderer
from tests.support import html, sample, site, topics
from tests.support.papers import DAY, NOW, edition, history, month, paper, week
from tests.support.site import AFTER, BEFORE, DECEMBER, LOCALES, URL
from tests.unit.test_site_hostile import PLAIN, TEXTS, structure

AGENTS = Topic("agents", {"ko": "에이전트", "en": "Agents"})
RAG = Topic("rag", {"en": "Retrieval"})
REASONS = (Reason("agent*", "title"),)
NOVEMBER, JANUARY = date(2025, 11, 1), date(2026, 1, 1)
# Of papers 1 and 2; a topic that is not configured is ignored.
MATCHES = {
    "2512.00001": [Match("gone", REASONS), Match("rag", REASONS), Match("agents", REASONS)],
    "2512.00002": [Match("gone", REASONS)],
}
CHIPS = "span[@class='chips']/a"
ROW = "nav[@class='topics']/a"


def renderer(*known: Topic, locale: str = "en", url: str = URL) -> SiteRenderer:
    return SiteRenderer(sample.TEMPLATES, SiteStyle(language=locale), url, known or (AGENTS, RAG))


def of_month(*matches: Mapping[str, Sequence[Match]]) -> Period:
    """Return the month of papers 1 to 3 on consecutive days, whose topics these are."""
    editions = (
        edition(*(paper(n) for n in (3, 2, 1)), day=BEFORE + timedelta(days))
        for days in range(len(matches))
    )
    made = month(*editions)
    entries = [
        replace(entry, topics={one: tuple(found) for one, found in of_day.items()})
        for entry, of_day in zip(made.editions, matches, strict=True)
    ]
    return replace(made, editions=tuple(entries))


def papers_with_marks() -> dict[str, bytes]:
    """Return each kind of page that shows papers 3, 2 and 1, by its key."""
    made, site_of = edition(paper(3), paper(2), paper(1)), renderer()
    many = edition(*(paper(n) for n in range(9, 0, -1)))
    of_week = week(made)
    entry = replace(of_week.editions[0], topics={one: tuple(m) for one, m in MATCHES.items()})
    return {
        "daily/2025-12-24.html": site_of.edition(made, history(), Neighbours(), MATCHES),
        "index.html": site_of.home(made, history(), [DAY], site.spans(DAY), [], MATCHES),
        # There, the paper is a line.
        "index.html#": site_of.home(many, history(), [DAY], site.spans(DAY), [], MATCHES),
        "monthly/2025-12.html": site_of.period(of_month(MATCHES), Neighbours(), None),
        "weekly/2025-W52.html": site_of.period(
            replace(of_week, editions=(entry,)), Neighbours(), None
        ),
    }


def count(topic: Topic = AGENTS, months: dict[date, int] | None = None) -> TopicCount:
    known = {NOVEMBER: 2, DECEMBER: 1234} if months is None else months
    return TopicCount(topic, 1, 1234, known)


def of_topic(
    number: int = 1, *reasons: Reason, day: date = DAY, rank: int = 1, **changes: object
) -> TopicPaper:
    return TopicPaper(day, rank, paper(number, **changes), reasons or REASONS, NOW)


@pytest.mark.parametrize("key", papers_with_marks())
def test_papers_are_marked(key: str) -> None:
    page = papers_with_marks()[key]
    root = "" if key.startswith("index") else "../"
    assert site.told(page, CHIPS) == ["Agents", "Retrieval"]
    assert site.told(page, CHIPS, "ko") == ["에이전트", "Retrieval"]
    assert site.attributes(page, CHIPS, "href") == [
        f"{root}topics/agents.html",
        f"{root}topics/rag.html",
    ]
    assert html.parse(page).errors == ()


def test_a_month_has_the_topics_of_the_day_it_links_to() -> None:
    rag, agents = ({"2512.00001": [Match(topic, REASONS)]} for topic in ("rag", "agents"))
    # With as many votes on both days, it links to the later one.
    page = renderer().period(of_month(agents, rag), Neighbours(), None)
    assert site.told(page, CHIPS) == ["Retrieval"]


@pytest.mark.parametrize("locale", LOCALES)
def test_without_topics_pages_are_as_before(locale: str) -> None:
    plain = SiteRenderer(sample.TEMPLATES, SiteStyle(language=locale), URL)
    made, votes = sample.edition(), history()
    of_papers = topics.of_edition(made)
    assert plain.edition(made, votes, Neighbours(), of_papers) == plain.edition(
        made, votes, Neighbours()
    )
    home = plain.home(made, votes, [DAY], site.spans(DAY), [], of_papers)
    assert home == plain.home(made, votes, [DAY], site.spans(DAY), [])
    for key, body in plain.fixed().items():
        assert b"topics/" not in body, key
        assert "topics" not in key


def test_the_menu_and_about_lead_to_topics() -> None:
    fixed = renderer().fixed()
    assert site.told(fixed["about.html"], "nav[@class='menu']/a") == [
        "Newest", "Months", "Topics", "Search", "About",
    ]  # fmt: skip
    assert site.told(fixed["search.html"], "nav[@class='menu']/a", "ko")[2] == "주제"
    links = html.parse(fixed["about.html"]).links()
    assert {f"topics/{one}.{kind}" for one in ("agents", "rag") for kind in ("xml", "json")} <= set(
        links
    )
    assert "Atom , JSON Feed : Agents" in site.told(fixed["about.html"], "li")
    here = renderer().topic_index([], DAY)
    assert site.told(here, "nav[@class='menu']/a[@aria-current='page']") == ["Topics"]


def test_style_and_script_are_there_with_topics() -> None:
    fixed = renderer().fixed()
    names = {key.partition("/")[2].split(".")[0]: key for key in fixed if "static/topics" in key}
    assert len(names) == 1
    pages = papers_with_marks()
    for key, page in pages.items():
        scripts = [one for one in site.attributes(page, "script", "src") if "topics." in one]
        styles = [one for one in site.attributes(page, "link", "href") if "static/topics." in one]
        assert len(styles) == 1
        assert len(scripts) == key.startswith("index.html")
        for address in (*scripts, *styles):
            assert address.removeprefix("../") in fixed


def test_home_has_a_row_of_topics() -> None:
    page = papers_with_marks()["index.html"]
    assert site.told(page, ROW) == ["All", "Agents 1", "Retrieval 1"]
    assert site.told(page, ROW, "ko") == ["전체", "에이전트 1", "Retrieval 1"]
    assert site.attributes(page, ROW, "href") == ["#all", "topics/agents.html", "topics/rag.html"]
    assert site.attributes(page, ROW, "hidden") == [""]
    assert site.attributes(page, ROW, "data-topic") == ["agents", "rag"]
    assert site.told(page, "div[@class='chosen']/p") == [
        "Agents : 1 paper All papers of this topic →",
        "Retrieval : 1 paper All papers of this topic →",
    ]
    empty = renderer().home(edition(paper()), history(), [DAY], site.spans(DAY), [])
    assert site.told(empty, ROW) == ["All", "Agents 0", "Retrieval 0"]


def test_a_topic_page_has_its_papers_by_day() -> None:
    papers = [
        of_topic(1, day=AFTER, rank=2),
        of_topic(2, day=DAY, rank=1, organization=None, votes=None),
        of_topic(3, day=DAY, rank=17, ai_summary=None, votes=1234),
    ]
    page = renderer().topic(count(), papers)
    assert site.told(page, "h1") == ["Agents"]
    assert site.told(page, "h1", "ko") == ["에이전트"]
    assert site.told(page, "div[@class='head']/p") == ["1,236 papers", "Months ↓"]
    assert site.told(page, "section/h2") == [
        "Thursday, 25 December 2025",
        "Wednesday, 24 December 2025",
    ]
    assert site.attributes(page, "section/h2/a", "href") == [
        "../daily/2025-12-25.html",
        "../daily/2025-12-24.html",
    ]
    assert site.told(page, "ol[@class='lines']/li") == [
        "2 1 Paper 1 The Lab A sentence. Matches: agent* in the title",
        "1 Paper 2 A sentence. Matches: agent* in the title",
        "17 1,234 Paper 3 The Lab Matches: agent* in the title",
    ]
    assert site.attributes(page, "ol[@class='lines']//a", "href") == [
        "../daily/2025-12-25.html#2512.00001",
        "../daily/2025-12-24.html#2512.00002",
        "../daily/2025-12-24.html#2512.00003",
    ]
    assert html.parse(page).errors == ()


@pytest.mark.parametrize(
    ("reasons", "en", "ko"),
    [
        ([Reason("agent*", "title")], "agent* in the title", "agent* 제목"),
        (
            [Reason("a", "title"), Reason("b", "abstract"), Reason("a", "ai_summary")],
            "a in the title , in the AI summary · b in the abstract",
            "a 제목 , AI 요약 · b 초록",
        ),
        ([Reason("RAG", "ai_keywords")], "RAG in the keywords", "RAG 키워드"),
        (
            [Reason("The Lab", "organization"), Reason("Ada", "authors")],
            "The Lab as organisation · Ada as author",
            "The Lab 기관 · Ada 저자",
        ),
        (
            [Reason(term, "title") for term in "abcdef"],
            "a in the title · b in the title · c in the title · d in the title and 2 more",
            "a 제목 · b 제목 · c 제목 · d 제목 외 2개",
        ),
    ],
)
def test_why_a_paper_has_a_topic(reasons: Sequence[Reason], en: str, ko: str) -> None:
    page = renderer().topic(count(), [of_topic(1, *reasons)])
    assert site.told(page, "p[@class='why']") == [f"Matches: {en}"]
    assert site.told(page, "p[@class='why']", "ko") == [f"일치: {ko}"]


def test_a_topic_page_leads_to_months_and_feeds() -> None:
    months = {date(2023, 5, 1): 1, NOVEMBER: 2, DECEMBER: 4}
    page = renderer().topic(count(months=months), [of_topic()])
    assert site.told(page, "dl/dt") == ["2025", "2023"]
    assert site.told(page, "dl/dd") == ["Nov Dec", "May"]
    assert site.attributes(page, "dl//a", "href") == [
        "../topics/agents/2025-11.html",
        "../topics/agents/2025-12.html",
        "../topics/agents/2023-05.html",
    ]
    files = ["../topics/agents.xml", "../topics/agents.json", "../topics/agents.bib"]
    assert site.attributes(page, "p[@class='files']/a", "href") == files
    alternates = site.attributes(page, "head/link[@rel='alternate']", "href")
    assert alternates[0] == "../topics/index.json"
    assert alternates[-3:] == files
    assert site.attributes(page, "link[@type='text/markdown']", "href") == []
    assert site.attributes(page, "link[@rel='canonical']", "href") == [f"{URL}/topics/agents.html"]


def test_a_month_of_a_topic() -> None:
    papers = [of_topic(2, day=BEFORE), of_topic(1, day=DAY)]
    page = renderer().topic_month(AGENTS, DECEMBER, papers)
    assert site.told(page, "h1") == ["Agents December 2025"]
    assert site.told(page, "div[@class='head']/p") == ["2 papers"]
    # The newest day comes first, in whatever order the papers are.
    assert site.told(page, "ol[@class='lines']/li/p/a") == ["Paper 1", "Paper 2"]
    assert site.attributes(page, "link[@type='application/json']", "href") == [
        "../../topics/agents/2025-12.json"
    ]
    assert site.attributes(page, "aside//a", "href") == [
        "../../topics/agents.html",
        "../../topics/agents/2025-12.json",
    ]
    assert html.parse(page).text("title") == "Agents · 에이전트 - 2025-12 - Paperboy"
    local = [link for link in html.parse(page).links() if not link.startswith(("https:", "#"))]
    assert all(link.startswith("../../") for link in local)


def test_all_topics_in_numbers() -> None:
    page = renderer().topic_index([count(), TopicCount(RAG, 0, 0, {})], date(2026, 1, 5))
    assert site.told(page, "h1") == ["Topics"]
    assert site.told(page, "section/h2") == ["Agents", "Retrieval"]
    assert site.attributes(page, "section/h2/a", "href") == [
        "../topics/agents.html",
        "../topics/rag.html",
    ]
    assert site.told(page, "section/p[@class='a']") == [
        "1 paper in 7 days · 1,234 papers in 30 days",
        "This topic has no papers yet.",
    ]
    assert site.attributes(page, "section/p[@class='files']/a", "href") == [
        f"../topics/{topic}.{kind}"
        for topic in ("agents", "rag")
        for kind in ("xml", "json", "bib")
    ]
    # Twelve months up to the newest edition's.
    names = [str(number) for number in (*range(2, 13), 1)]
    texts = site.told(page, "figure/{*}svg/{*}text")
    assert texts == [*names[:9], "2", "11", "1234", "12", "1"]
    heights = site.attributes(page, "figure/{*}svg/{*}rect", "height")
    assert heights == ["0"] * 9 + ["1", "80", "0"]
    assert site.told(page, "figure//tr") == ["November 2025 2 papers", "December 2025 1,234 papers"]
    assert site.attributes(page, "figure//tr//a", "href")[0] == "../topics/agents/2025-11.html"
    assert site.attributes(page, "link[@type='application/json']", "href") == [
        "../topics/index.json"
    ]
    assert html.parse(page).errors == ()


def test_an_archive_without_papers_has_pages_of_topics() -> None:
    bare = count(months={})
    for page in (renderer().topic_index([bare], DAY), renderer().topic(bare, [])):
        assert "This topic has no papers yet." in site.told(page, "p")
        assert html.parse(page).errors == ()
    assert site.told(renderer().topic_index([], DAY), "section") == []


@pytest.mark.parametrize(
    ("title", "en", "ko"),
    [
        ({"ko": "에이전트", "en": "Agents"}, "Agents", "에이전트"),
        ({"ko": "에이전트"}, "에이전트", "에이전트"),
        ({"en": "Agents", "ko": ""}, "Agents", "Agents"),
        ({"ko": "\u202e"}, "agents", "agents"),
        ({"ko": "같다", "en": "같다"}, "같다", "같다"),
    ],
)
def test_titles_are_in_both_languages(title: dict[str, str], en: str, ko: str) -> None:
    topic = Topic("agents", title)
    for page in (
        renderer(topic).topic(count(topic), []),
        renderer(topic).topic_month(topic, DECEMBER, []),
    ):
        assert site.told(page, "h1")[0].removesuffix(" December 2025") == en
        assert site.told(page, "h1", "ko")[0].removesuffix(" 2025년 12월") == ko


def test_sitemaps_have_the_pages_of_topics() -> None:
    fixed = renderer().fixed()[keys.FIXED_SITEMAP].decode()
    for key in ("topics/index.html", "topics/agents.html", "topics/rag.html"):
        assert f"<loc>{URL}/{key}</loc>" in fixed
    found = renderer().month_sitemap(of_month(MATCHES)).decode()
    for topic in ("agents", "rag"):
        expected = f"<loc>{URL}/topics/{topic}/2025-12.html</loc><lastmod>2025-12-24</lastmod>"
        assert expected in found
    assert "gone" not in found
    assert renderer().month_sitemap(of_month({})) == site.renderer().month_sitemap(of_month({}))


def hostile_pages(text: str) -> dict[str, bytes]:
    """Return each kind of page with a text as a topic's title, a term, and in papers."""
    topic = Topic("agents", {"ko": f"{text}.", "en": text})
    site_of, shown = renderer(topic), {"2512.00001": [Match("agents", (Reason(text, "title"),))]}
    papers = [
        of_topic(
            1,
            Reason(text, "title"),
            Reason(f"{text}.", "organization"),
            title=text,
            ai_summary=text,
            organization=Organization(text, text),
        )
    ]
    made, bare = edition(paper()), history()
    return {
        "index": site_of.topic_index([count(topic)], DAY),
        "topic": site_of.topic(count(topic), papers),
        "month": site_of.topic_month(topic, DECEMBER, papers),
        "edition": site_of.edition(made, bare, Neighbours(), shown),
        "home": site_of.home(made, bare, [DAY], site.spans(DAY), [], shown),
        "about": site_of.fixed()["about.html"],
    }


HOSTILE = {name: one_line(text)[:100] for name, text in TEXTS.items()}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_words_bring_no_element(text: str) -> None:
    plain = hostile_pages(PLAIN)
    for key, body in hostile_pages(text).items():
        assert structure(body) == structure(plain[key]), key
        assert html.parse(body).errors == (), key


@pytest.mark.parametrize("text", ["<b>&amp;</b>", r"$x_1$ 50\%", "w" * 100, "{count} {0} %s"])
def test_words_are_shown_as_they_are(text: str) -> None:
    pages = hostile_pages(text)
    assert site.told(pages["topic"], "h1") == [text]
    assert site.told(pages["index"], "section/h2") == [text]
    assert site.told(pages["edition"], CHIPS) == [text]
    assert site.told(pages["home"], ROW)[1:] == [f"{text} 1"]
    assert site.told(pages["topic"], "bdi") == [text, f"{text}."]


def test_controls_of_direction_are_left_out() -> None:
    for key, body in hostile_pages("a\u202eb\u2067c").items():
        title = "ol/li/p/a" if key in ("topic", "month") else "h1"
        told = " ".join((*site.told(body, CHIPS), *site.told(body, "bdi"), *site.told(body, "h2")))
        assert "\u202e" not in told, key
        assert "\u2067" not in told, key
        assert site.told(body, title)


@pytest.mark.parametrize(("kind", "golden"), [("topic", "agents.html"), ("index", "topics.html")])
def test_the_sample_gives_the_golden_pages(kind: str, golden: str) -> None:
    made = topics.pages(renderer(*topics.TOPICS, locale="ko"), [sample.edition()])
    key = keys.TOPICS_PAGE if kind == "index" else keys.topic_page("agents")
    assert made[key].decode() == sample.golden(golden)
