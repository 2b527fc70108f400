"""What pages tell of editions, papers and months, and where they lead to."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.model.paper import Edition, Organization, Origin
from core.model.period import Neighbours
from core.model.style import SiteStyle
from core.model.votes import VoteHistory
from core.render.site import SiteRenderer
from tests.support import html, sample, site
from tests.support.papers import DAY, NOW, edition, history, month, paper
from tests.support.site import AFTER, BEFORE, DECEMBER, LOCALES, URL

NOVEMBER, JANUARY = date(2025, 11, 1), date(2026, 1, 1)
MORNING = datetime(2025, 12, 24, 8, tzinfo=UTC)


def sample_votes(made: Edition) -> VoteHistory:
    """Return the sample's vote history; in the morning, the best papers had fewest votes."""
    morning = {one.id: min(rank, one.votes or 0) for rank, one in enumerate(made.papers, 1)}
    latest = {one.id: one.votes for one in made.papers}
    return VoteHistory(DAY, ((MORNING, morning), (NOW, latest)))


def test_the_sample_gives_the_golden_edition_page() -> None:
    made = sample.edition()
    page = site.renderer("ko").edition(made, sample_votes(made), Neighbours(BEFORE, AFTER))
    assert page.decode() == sample.golden("2025-12-24.html")


def test_the_sample_gives_the_golden_month_page() -> None:
    page = site.renderer("ko").period(month(sample.edition()), Neighbours(NOVEMBER), None)
    assert page.decode() == sample.golden("2025-12.html")


# What a page tells of the paper of the fakes, a line each.
PAPER: dict[str, str | None] = {
    "place": "1 👍 1",
    "title": "Paper 1",
    "organization": "The Lab",
    "authors": "Ada, Grace",
    "ai_summary": "A sentence.",
    "abstract": "Abstract What paper 1 says.",
    "picture": "Picture 1.png",
    "links": "arXiv PDF Code ★ 5 Project",
}


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, {}),
        ({"votes": None}, {"place": "1"}),
        ({"votes": 0}, {"place": "1 👍 0"}),
        ({"votes": 1234}, {"place": "1 👍 1,234"}),
        ({"organization": None}, {"organization": None}),
        ({"organization": Organization("lab", None)}, {"organization": "lab"}),
        ({"authors": ()}, {"authors": "2 authors"}),
        ({"authors": (), "author_count": 1}, {"authors": "1 author"}),
        ({"authors": (), "author_count": None}, {"authors": None}),
        ({"ai_summary": None}, {"ai_summary": None}),
        ({"abstract": None}, {"abstract": None}),
        ({"abstract": r"$x_1 < \alpha$"}, {"abstract": r"Abstract $x_1 < \alpha$"}),
        ({"thumbnail": None}, {"picture": None}),
        ({"thumbnail": "https://a.b/c/<d>?e"}, {"picture": "Picture <d>?e"}),
        ({"thumbnail": "https://a.b/"}, {"picture": "Picture https://a.b/"}),
        ({"github_stars": None}, {"links": "arXiv PDF Code Project"}),
        ({"github_stars": 0}, {"links": "arXiv PDF Code Project"}),
        ({"github_stars": 12345}, {"links": "arXiv PDF Code ★ 12,345 Project"}),
        ({"code": None}, {"links": "arXiv PDF Project"}),
        ({"project": None}, {"links": "arXiv PDF Code ★ 5"}),
    ],
)
def test_what_is_told_of_a_paper(changes: dict[str, Any], lines: dict[str, str | None]) -> None:
    expected = [line for line in (PAPER | lines).values() if line]
    assert site.told(site.edition_page(paper(**changes)), "ol/li/*") == expected


def test_where_a_paper_leads_to() -> None:
    page = site.edition_page(paper())
    assert site.attributes(page, "ol/li/h2/a", "href") == [
        "https://huggingface.co/papers/2512.00001"
    ]
    assert site.attributes(page, "ol/li/p/a", "href") == [
        "https://arxiv.org/abs/2512.00001",
        "https://arxiv.org/pdf/2512.00001",
        "https://github.com/lab/code",
        "https://lab.example/",
    ]


def test_pictures_are_links_only() -> None:
    page = site.edition_page(paper())
    assert site.attributes(page, "ol/li/details/a", "href") == ["https://cdn.example/1.png"]
    assert html.parse(page).elements("img") == []


ADDRESSES = ("code", "project", "thumbnail")


@pytest.mark.parametrize("field", ADDRESSES)
@pytest.mark.parametrize(
    "address",
    [
        "http://plain.example/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "//host.example/x",
        "https:host.example",
        "https:///x",
        "https://",
        "https://u:p@host.example/",
        "https://u@host.example",
        "https://u:p\\@host.example/",
        "https://host.example\\@other.example/",
        " https://host.example/",
    ],
)
def test_an_address_without_https_is_left_out(field: str, address: str) -> None:
    page, without = (site.edition_page(paper(1, **{field: value})) for value in (address, None))
    assert page == without


@pytest.mark.parametrize("field", ADDRESSES)
@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://host.example", "https://host.example"),
        ("HTTPS://Host.Example:8443/x", "HTTPS://Host.Example:8443/x"),
        ("https://host.example/a?b=c&d#e@f", "https://host.example/a?b=c&d#e@f"),
        ("https://host.example?@", "https://host.example?@"),
        ("https://host.example/\" x='<>", "https://host.example/%22%20x=%27%3C%3E"),
        ("https://host.example/한", "https://host.example/%ED%95%9C"),
    ],
)
def test_an_https_address_is_encoded(field: str, address: str, written: str) -> None:
    page = site.edition_page(paper(1, **{field: address}))
    assert written in site.attributes(page, "ol//a", "href")


@pytest.mark.parametrize(
    ("count", "shown", "folded"),
    [
        (1, "A0", None),
        (10, "A0, A1, A2, A3, A4, A5, A6, A7, A8, A9", None),
        (11, "A0, A1, A2, A3, A4, A5, A6, A7, A8, A9", "and 1 more A10"),
        (13, "A0, A1, A2, A3, A4, A5, A6, A7, A8, A9", "and 3 more A10, A11, A12"),
    ],
)
def test_authors_are_folded_after_ten(count: int, shown: str, folded: str | None) -> None:
    page = site.edition_page(paper(authors=tuple(f"A{n}" for n in range(count))))
    assert site.told(page, "div[@class='a']") == [f"{shown} {folded}" if folded else shown]
    assert site.told(page, "div[@class='a']/details") == ([folded] if folded else [])


ONE, TWO = "2512.00001", "2512.00002"


@pytest.mark.parametrize(
    ("votes", "lines", "courses"),
    [
        ([], [], []),
        ([{ONE: 1}], [], []),
        ([{ONE: 1}, {ONE: 9}], ["1,15 63,1"], ["👍 1 → 9"]),
        ([{ONE: 9}, {ONE: 0}], ["1,1 63,15"], ["👍 9 → 0"]),
        ([{ONE: 1}, {ONE: 5}, {ONE: 9}], ["1,15 32,8 63,1"], ["👍 1 → 9"]),
        ([{TWO: 1}, {ONE: 1, TWO: 2}], [], []),
        ([{TWO: 1}, {TWO: 2}], [], []),
    ],
)
def test_votes_are_drawn_from_two_records_on(
    votes: list[dict[str, int]], lines: list[str], courses: list[str]
) -> None:
    page = site.edition_page(paper(), votes=history(*votes))
    assert site.attributes(page, "{*}polyline", "points") == lines
    assert site.told(page, "{*}svg/{*}title") == courses
    assert site.attributes(page, "{*}svg", "role") == ["img"] * len(lines)


def test_each_page_has_its_own_list() -> None:
    made, renderer = edition(paper()), site.renderer()
    for votes in (history({ONE: 1}, {ONE: 2}), history({ONE: 1}, {ONE: 3})):
        for page in (
            renderer.edition(made, votes, Neighbours()),
            renderer.home(made, votes, [DAY], site.spans(DAY), []),
        ):
            assert site.told(page, "{*}svg/{*}title") == [f"👍 1 → {votes.records[-1][1][ONE]}"]
    other = renderer.edition(edition(paper(title="Another")), history(), Neighbours())
    assert b"Another" in other


@pytest.mark.parametrize(
    ("climb", "en", "ko"),
    [
        (0, [], []),
        (2, [], []),
        (3, ["▲ up 3 places"], ["▲ 3계단 상승"]),
        (8, ["▲ up 8 places"], ["▲ 8계단 상승"]),
    ],
)
def test_who_climbed_three_places_is_marked(climb: int, en: list[str], ko: list[str]) -> None:
    first = {f"2512.{n:05}": 10 * n for n in range(1, 10)}
    votes = history(first, first | {ONE: 10 * climb + 15})
    page = site.edition_page(paper(1), paper(9), votes=votes)
    assert site.told(page, "span[@class='r']") == en
    assert site.told(page, "span[@class='r']", "ko") == ko


@pytest.mark.parametrize(
    ("papers", "line"),
    [
        ([paper(1)], "1 paper · 1 vote"),
        ([paper(3), paper(2), paper(1, votes=None)], "3 papers · 5 votes"),
        ([paper(1, votes=2000)], "1 paper · 2,000 votes"),
        ([paper(1, votes=None)], "1 paper"),
        ([paper(1, votes=0)], "1 paper"),
    ],
)
def test_an_edition_is_counted(papers: list[Any], line: str) -> None:
    assert site.told(site.edition_page(*papers), "div[@class='head']/p") == [line]


@pytest.mark.parametrize("previous", [None, BEFORE])
@pytest.mark.parametrize("following", [None, AFTER])
def test_an_edition_leads_to_its_neighbours(previous: date | None, following: date | None) -> None:
    page = site.edition_page(paper(), near=Neighbours(previous, following))
    before = [f"../daily/{previous}.html"] if previous else []
    after = [f"../daily/{following}.html"] if following else []
    for element in ("head/link", "nav/a"):
        assert site.attributes(page, f"{element}[@rel='prev']", "href") == before
        assert site.attributes(page, f"{element}[@rel='next']", "href") == after
    words = [f"← {previous}"] if previous else []
    words += [f"{following} →"] if following else []
    assert site.told(page, "nav[@class='around']/a") == words


def test_an_edition_leads_to_its_month_and_files() -> None:
    page = site.edition_page(paper())
    assert site.attributes(page, "p[@class='files']/a", "href") == [
        "../monthly/2025-12.html",
        "../daily/2025-12-24.json",
        "../daily/2025-12-24.md",
        "../votes/2025-12-24.json",
    ]


@pytest.mark.parametrize(
    ("days", "others", "previous"),
    [
        ([DAY], [], []),
        ([BEFORE, DAY], [], ["daily/2025-12-23.html"]),
        ([date(2025, 12, 1), BEFORE, DAY], [], ["daily/2025-12-23.html"]),
        ([BEFORE, DAY], [date(2025, 11, 28)], ["daily/2025-12-23.html"]),
        ([DAY], [date(2025, 11, 3), date(2025, 11, 28)], ["daily/2025-11-28.html"]),
        ([DAY], [date(2024, 2, 29), date(2025, 6, 30)], ["daily/2025-06-30.html"]),
    ],
)
def test_home_leads_to_the_edition_before_the_newest(
    days: list[date], others: list[date], previous: list[str]
) -> None:
    page = site.home_page(days, others)
    for element in ("head/link", "nav/a"):
        assert site.attributes(page, f"{element}[@rel='prev']", "href") == previous
        assert site.attributes(page, f"{element}[@rel='next']", "href") == []


def test_home_links_to_months_and_permanent_page() -> None:
    page = site.home_page([DAY], [date(2023, 5, 4), date(2025, 1, 2), date(2025, 2, 3)])
    assert site.told(page, "aside/details/p") == ["2025 2025-12 2025-02 2025-01", "2023 2023-05"]
    assert site.attributes(page, "aside/details//a", "href") == [
        "monthly/2025-12.html",
        "monthly/2025-02.html",
        "monthly/2025-01.html",
        "monthly/2023-05.html",
    ]
    leading_there = site.told(page, "a[@href='daily/2025-12-24.html']")
    assert leading_there == ["This edition's own page", "24"]


def test_home_marks_the_newest_day_in_its_calendar() -> None:
    page = site.home_page([BEFORE, DAY])
    assert site.told(page, "a[@aria-current='date']") == ["24"]
    assert site.attributes(page, "table[@class='calendar']//a", "href") == [
        "daily/2025-12-23.html",
        "daily/2025-12-24.html",
    ]


def in_month(first: date, *days: int) -> bytes:
    return site.month_page(*(edition(paper(), day=first.replace(day=day)) for day in days))


@pytest.mark.parametrize(
    ("first", "days", "weeks"),
    [
        (
            DECEMBER,
            [1, 24, 31],
            ["1 2 3 4 5 6 7", "8 9 10 11 12 13 14", "15 16 17 18 19 20 21",
             "22 23 24 25 26 27 28", "29 30 31"],
        ),
        (
            date(2027, 2, 1),
            [26],
            ["1 2 3 4 5 6 7", "8 9 10 11 12 13 14", "15 16 17 18 19 20 21",
             "22 23 24 25 26 27 28"],
        ),
        (
            date(2026, 8, 1),
            [3, 31],
            ["1 2", "3 4 5 6 7 8 9", "10 11 12 13 14 15 16", "17 18 19 20 21 22 23",
             "24 25 26 27 28 29 30", "31"],
        ),
        (
            date(2024, 2, 1),
            [29],
            ["1 2 3 4", "5 6 7 8 9 10 11", "12 13 14 15 16 17 18", "19 20 21 22 23 24 25",
             "26 27 28 29"],
        ),
    ],
)  # fmt: skip
def test_the_calendar_of_a_month(first: date, days: list[int], weeks: list[str]) -> None:
    page = in_month(first, *days)
    assert site.told(page, "table[@class='calendar']/thead/tr") == ["Mo Tu We Th Fr Sa Su"]
    assert site.told(page, "table[@class='calendar']/tbody/tr") == weeks
    rows = html.parse(page).root.iterfind(".//table[@class='calendar']/tbody/tr")
    assert {len(row) for row in rows} == {7}
    assert site.told(page, "table[@class='calendar']//a") == [str(day) for day in days]
    assert site.attributes(page, "table[@class='calendar']//a", "href") == [
        f"../daily/{first.replace(day=day)}.html" for day in days
    ]


@pytest.mark.parametrize("previous", [None, NOVEMBER])
@pytest.mark.parametrize("following", [None, JANUARY])
def test_a_month_leads_to_its_neighbours(previous: date | None, following: date | None) -> None:
    page = site.month_page(edition(paper()), near=Neighbours(previous, following))
    for element in ("head/link", "nav/a"):
        assert site.attributes(page, f"{element}[@rel='prev']", "href") == (
            ["../monthly/2025-11.html"] if previous else []
        )
        assert site.attributes(page, f"{element}[@rel='next']", "href") == (
            ["../monthly/2026-01.html"] if following else []
        )
    words = (["← 2025-11"] if previous else []) + (["2026-01 →"] if following else [])
    assert site.told(page, "nav[@class='around']/a") == words


def test_a_month_links_papers_to_best_days() -> None:
    page = site.month_page(
        edition(paper(1, votes=7), paper(2, votes=4), day=BEFORE),
        edition(paper(3, votes=None, organization=None), paper(2, votes=5), day=DAY),
        edition(paper(1, votes=7), day=AFTER),
    )
    assert site.told(page, "ol/li") == [
        "Paper 1 7 votes The Lab",
        "Paper 2 5 votes The Lab",
        "Paper 3",
    ]
    assert site.attributes(page, "ol/li/a", "href") == [
        "../daily/2025-12-25.html#2512.00001",
        "../daily/2025-12-24.html#2512.00002",
        "../daily/2025-12-24.html#2512.00003",
    ]


def test_a_month_draws_votes_a_day() -> None:
    page = site.month_page(
        edition(paper(1, votes=3), paper(2, votes=1), day=BEFORE),
        edition(paper(3, votes=8), day=DAY),
        edition(paper(4, votes=None), day=AFTER),
    )
    assert site.attributes(page, "figure/{*}svg/{*}rect", "height") == ["40", "80", "0"]
    assert site.attributes(page, "figure/{*}svg/{*}rect", "y") == ["48", "8", "88"]
    assert site.told(page, "figure/{*}svg/{*}text") == ["23", "24", "25"]
    assert site.told(page, "figure//tr") == [
        "2025-12-23 2 papers 4 votes",
        "2025-12-24 1 paper 8 votes",
        "2025-12-25 1 paper 0 votes",
    ]


def test_a_month_draws_organizations_and_keywords() -> None:
    page = site.month_page(
        edition(
            paper(3, organization=Organization("b", None), ai_keywords=("x",)),
            paper(2, organization=Organization("a", "A"), ai_keywords=("x", "y")),
            paper(1, organization=Organization("a", "A"), ai_keywords=("x",)),
        )
    )
    assert site.told(page, "table[@class='bars']/caption") == [
        "Papers of each organisation",
        "Papers with each keyword",
    ]
    assert site.told(page, "table[@class='bars']//tr") == ["A 2", "b 1", "x 3", "y 1"]
    assert site.attributes(page, "table//{*}rect", "width") == ["100", "50", "100", "33"]


def test_a_month_draws_ten_names_of_a_kind() -> None:
    keywords = tuple(f"keyword {n}" for n in range(12))
    page = site.month_page(edition(paper(1, ai_keywords=keywords, organization=None)))
    assert len(site.told(page, "table[@class='bars']//tr")) == 10


@pytest.mark.parametrize(
    ("changes", "line", "headings"),
    [
        (
            {},
            "1 edition · 1 paper · 1 vote · 1.00 votes a paper",
            ["Archive", "Most upvoted: top 1", "Votes a day", "Organisations", "Keywords"],
        ),
        (
            {"votes": None, "organization": None, "ai_keywords": ()},
            "1 edition · 1 paper · 0 votes",
            ["Archive", "Most upvoted: top 1", "Votes a day"],
        ),
    ],
)
def test_a_month_in_numbers(changes: dict[str, Any], line: str, headings: list[str]) -> None:
    page = site.month_page(edition(paper(1, **changes)))
    assert site.told(page, "div[@class='head']/p") == [line]
    assert site.told(page, "h2") == headings


def test_an_imported_repeat_is_not_counted() -> None:
    repeat = Edition(AFTER, (paper(),), Origin.IMPORT)
    page = site.month_page(edition(paper()), repeat)
    assert site.told(page, "div[@class='head']/p")[0].startswith("1 edition · 1 paper ·")
    assert site.told(page, "table[@class='calendar']//a") == ["24", "25"]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_configured_language_comes_first(locale: str) -> None:
    both = [locale, *(one for one in LOCALES if one != locale)]
    for key, body in site.all_pages(locale=locale).items():
        page = html.parse(body)
        chosen = [one.attrib["value"] for one in page.elements("input") if "checked" in one.attrib]
        assert chosen == [locale, "auto"], key
        assert page.elements("html")[0].get("lang") == locale, key
        for node in page.elements():
            languages = [child.attrib["lang"] for child in node.iterfind("span[@lang]")]
            assert languages == both * (len(languages) // 2), key
        korean, english = (site.said(page.elements("h1")[0], one) for one in LOCALES)
        assert "" != korean != english != "", key


@pytest.mark.parametrize(
    ("locale", "heading"), [("ko", "2025-12-24 논문"), ("en", "Papers of 2025-12-24")]
)
def test_a_reader_of_a_language_sees_it_alone(locale: str, heading: str) -> None:
    page = site.edition_page(paper())
    assert site.told(page, "h1", locale) == [heading]


def test_machines_find_every_paper_in_order() -> None:
    papers = [paper(3), paper(1, id="</script>"), paper(2)]
    page = site.edition_page(*papers)
    (script,) = html.parse(page).root.iterfind(".//script[@type='application/ld+json']")
    listed = json.loads(script.text or "")
    assert (listed["@context"], listed["@type"]) == ("https://schema.org", "ItemList")
    assert (listed["name"], listed["numberOfItems"]) == (
        "Hugging Face Daily Papers - 2025-12-24",
        3,
    )
    assert [(item["position"], item["url"]) for item in listed["itemListElement"]] == [
        (1, "https://huggingface.co/papers/2512.00003"),
        (2, "https://huggingface.co/papers/%3C/script%3E"),
        (3, "https://huggingface.co/papers/2512.00002"),
    ]


@pytest.mark.parametrize("title", ["Paperboy", "Papers & <b>more</b>"])
def test_every_page_has_the_newspapers_title(title: str) -> None:
    renderer = SiteRenderer(sample.TEMPLATES, SiteStyle(title, "en"), URL)
    made = [
        renderer.withdrawn(DAY, Neighbours()),
        *(page for key, page in renderer.fixed().items() if key.endswith(".html")),
    ]
    for page in made:
        assert site.told(page, "a[@class='brand']") == [title]
        assert site.told(page, "title")[0].endswith(f" - {title}")
        assert site.attributes(page, "meta[@property='og:site_name']", "content") in ([title], [])


@pytest.mark.parametrize(
    ("key", "title", "description"),
    [
        ("daily/2025-12-24.html", "Hugging Face Daily Papers - 2025-12-24", "Paper 2; Paper 1"),
        ("index.html", "Hugging Face Daily Papers", "Paper 2; Paper 1"),
        (
            "monthly/2025-12.html",
            "Hugging Face Daily Papers - 2025-12",
            "Hugging Face Daily Papers - 2025-12: 2 papers, 3 votes",
        ),
        ("search.html", "Search · 검색", "Search · 검색"),
        ("about.html", "About · 소개", "About · 소개"),
    ],
)
def test_previews_tell_what_the_page_is(key: str, title: str, description: str) -> None:
    page = site.all_pages(paper(2), paper(1))[key]
    tags = {
        node.attrib["property"]: node.attrib["content"]
        for node in html.parse(page).root.iterfind(".//meta[@property]")
    }
    assert tags == {
        "og:type": "website",
        "og:site_name": "Paperboy",
        "og:title": title,
        "og:description": description,
        "og:url": f"{URL}/{key}",
    }
    assert html.parse(page).text("title") == f"{title} - Paperboy"
    assert site.attributes(page, "meta[@name='description']", "content") == [description]
    assert site.attributes(page, "link[@rel='canonical']", "href") == [f"{URL}/{key}"]


def test_the_404_page_has_no_address() -> None:
    page = site.all_pages()["404.html"]
    assert site.attributes(page, "meta[@property]", "property") == []
    assert site.attributes(page, "link[@rel='canonical']", "href") == []


def test_a_description_is_short() -> None:
    page = site.edition_page(paper(title="word " * 20_000))
    (description,) = site.attributes(page, "meta[@name='description']", "content")
    assert len(description) == 300


def test_a_withdrawn_edition_is_not_in_its_month() -> None:
    page = site.month_page(edition(paper(), day=BEFORE), edition())
    assert site.told(page, "div[@class='head']/p")[0].startswith("1 edition · 1 paper ·")
    assert site.told(page, "table[@class='calendar']//a") == ["23"]


def test_votes_that_are_not_known_are_not_drawn() -> None:
    page = site.edition_page(paper(), votes=history({ONE: 1}, {ONE: None}, {ONE: 9}))
    assert site.attributes(page, "{*}polyline", "points") == ["1,15 63,1"]


def test_without_a_site_pages_have_no_address() -> None:
    for key, page in site.all_pages(url="").items():
        assert site.attributes(page, "link[@rel='canonical']", "href") == [], key
        assert site.attributes(page, "meta[@property='og:url']", "content") == [], key
        assert not [link for link in html.parse(page).links() if "sitemap" in link], key


def test_a_month_leads_to_its_files() -> None:
    assert site.attributes(site.month_page(edition(paper())), "p[@class='files']/a", "href") == [
        "../monthly/2025-12.json",
        "../monthly/2025-12.md",
        "../search/2025-12.json",
        "../sitemap/2025-12.xml",
    ]
