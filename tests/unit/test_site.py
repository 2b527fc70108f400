"""What pages tell of editions, papers and months, and where they lead to."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from core.edition import payload
from core.model import keys
from core.model.paper import Edition, Organization, Origin
from core.model.period import Kind, Neighbours, Period
from core.model.report import Totals
from core.model.style import SiteStyle
from core.model.votes import Rise, Rising, VoteHistory
from core.render import bibtex, citation
from core.render.site import SiteRenderer
from tests.support import html, recorded, sample, site
from tests.support.papers import DAY, NOW, edition, history, month, paper, week
from tests.support.site import AFTER, BEFORE, DECEMBER, LOCALES, URL

NOVEMBER, JANUARY = date(2025, 11, 1), date(2026, 1, 1)
MORNING, NOON = datetime(2025, 12, 24, 8, tzinfo=UTC), datetime(2025, 12, 24, 11, tzinfo=UTC)


def sample_votes(made: Edition) -> VoteHistory:
    """Return the sample's vote history; in the morning, the best papers had fewest votes."""
    morning = {one.id: min(rank, one.votes or 0) for rank, one in enumerate(made.papers, 1)}
    noon = {one.id: (morning[one.id] + (one.votes or 0)) // 2 for one in made.papers}
    latest = {one.id: one.votes for one in made.papers}
    return VoteHistory(DAY, ((MORNING, morning), (NOON, noon), (NOW, latest)))


def test_the_sample_gives_the_golden_edition_page() -> None:
    made = sample.edition()
    page = site.renderer("ko").edition(made, sample_votes(made), Neighbours(BEFORE, AFTER))
    assert page.decode() == sample.golden("2025-12-24.html")


def test_the_sample_gives_the_golden_month_page() -> None:
    page = site.renderer("ko").period(month(sample.edition()), Neighbours(NOVEMBER), None)
    assert page.decode() == sample.golden("2025-12.html")


# What an edition's page tells of the paper of the fakes, a line each.
PAPER: dict[str, str | None] = {
    "place": "#1 1 vote",
    "title": "Paper 1",
    "people": "The Lab Ada, Grace",
    "summary": "A sentence.",
    "abstract": "What paper 1 says.",
    "keywords": "one two",
    "more": "alphaXiv Submitted by ada BibTeX",
    "links": "arXiv PDF Code ★ 5 Project 1 comment",
}
LINES = "ol/li/p", "ol/li/h2", "ol/li/div[@class='a']", "ol/li/div[@class='x']//p"


def lines_of_papers(page: bytes, locale: str = "en") -> list[str]:
    """Return the lines of text of a page's papers, in the order of the page."""
    nodes = html.parse(page).root
    found = {id(node) for path in LINES for node in nodes.iterfind(f".//{path}")}
    told = [site.said(node, locale) for node in nodes.iter() if id(node) in found]
    return [line for line in told if line]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, {}),
        ({"title": r"93.3\% of \textbf{it}"}, {"title": "93.3% of it"}),
        ({"votes": None}, {"place": "#1"}),
        ({"votes": 0}, {"place": "#1 0 votes"}),
        ({"votes": 1234}, {"place": "#1 1,234 votes"}),
        ({"organization": None}, {"people": "Ada, Grace"}),
        ({"organization": Organization("lab", None)}, {"people": "lab Ada, Grace"}),
        ({"authors": ()}, {"people": "The Lab 2 authors"}),
        ({"authors": (), "author_count": 1}, {"people": "The Lab 1 author"}),
        ({"authors": (), "author_count": None}, {"people": "The Lab"}),
        ({"authors": (), "author_count": None, "organization": None}, {"people": None}),
        ({"ai_summary": r"50\% less"}, {"summary": "50% less"}),
        ({"ai_summary": None}, {"summary": "What paper 1 says."}),
        (
            {"ai_summary": None, "abstract": "One. Two."},
            {"summary": "One.", "abstract": "One. Two."},
        ),
        ({"abstract": None}, {"abstract": None}),
        ({"abstract": None, "ai_summary": None}, {"abstract": None, "summary": None}),
        ({"abstract": r"$x_1 < \alpha$"}, {"abstract": r"$x_1 < \alpha$"}),
        ({"ai_keywords": ()}, {"keywords": None}),
        ({"submitter": None}, {"more": "alphaXiv BibTeX"}),
        ({"github_stars": None}, {"links": "arXiv PDF Code Project 1 comment"}),
        ({"github_stars": 0}, {"links": "arXiv PDF Code Project 1 comment"}),
        ({"github_stars": 12345}, {"links": "arXiv PDF Code ★ 12,345 Project 1 comment"}),
        ({"code": None}, {"links": "arXiv PDF Project 1 comment"}),
        ({"project": None}, {"links": "arXiv PDF Code ★ 5 1 comment"}),
        ({"comments": 1234}, {"links": "arXiv PDF Code ★ 5 Project 1,234 comments"}),
        ({"comments": 0}, {"links": "arXiv PDF Code ★ 5 Project Hugging Face"}),
        ({"comments": None}, {"links": "arXiv PDF Code ★ 5 Project Hugging Face"}),
    ],
)
def test_what_is_told_of_a_paper(changes: dict[str, Any], lines: dict[str, str | None]) -> None:
    expected = [line for line in (PAPER | lines).values() if line]
    assert lines_of_papers(site.edition_page(paper(**changes))) == expected


def test_where_a_paper_leads_to() -> None:
    page = site.edition_page(paper(ai_keywords=("a b", "c&d/é")))
    assert site.attributes(page, "ol/li//a", "href") == [
        "#2512.00001",
        "https://huggingface.co/papers/2512.00001",
        "../search.html?organization=The+Lab",
        "../search.html?keyword=a+b",
        "../search.html?keyword=c%26d%2F%C3%A9",
        "https://www.alphaxiv.org/abs/2512.00001",
        "https://arxiv.org/abs/2512.00001",
        "https://arxiv.org/pdf/2512.00001",
        "https://github.com/lab/code",
        "https://lab.example/",
        "https://huggingface.co/papers/2512.00001",
    ]


def test_papers_can_be_cited() -> None:
    one = paper()
    for page in (site.edition_page(one), site.home_page()):
        (button,) = site.attributes(page, "ol/li//button", "data-bibtex")
        assert button == bibtex.key(one)
        assert site.attributes(page, "ol/li//button", "hidden") == [""]
        assert site.attributes(page, "span[@class='Z3988']", "title") == [citation.coins(one)]
        (file,) = site.attributes(page, "link[@type='application/x-bibtex']", "href")
        assert file.removeprefix("../") == "daily/2025-12-24.bib"


THUMBNAIL = "https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2512.00001.png"


@pytest.mark.parametrize(
    ("pictures", "thumbnail", "shown"),
    [
        (True, THUMBNAIL, [THUMBNAIL]),
        (True, f"{THUMBNAIL}?\"'>", [f"{THUMBNAIL}?%22%27%3E"]),
        (True, None, []),
        (True, "https://elsewhere.example/1.png", []),
        (True, "https://cdn-thumbnails.huggingface.co.elsewhere.example/1.png", []),
        (True, "https://cdn-thumbnails.huggingface.co@elsewhere.example/1.png", []),
        (True, "http://cdn-thumbnails.huggingface.co/1.png", []),
        (False, THUMBNAIL, []),
    ],
)
def test_which_pictures_are_shown(pictures: bool, thumbnail: str | None, shown: list[str]) -> None:
    made = edition(paper(thumbnail=thumbnail))
    renderer = SiteRenderer(sample.TEMPLATES, SiteStyle(pictures=pictures), URL)
    for page in (
        renderer.edition(made, history(), Neighbours()),
        renderer.home(made, history(), [DAY], site.spans(DAY), []),
    ):
        assert site.attributes(page, "ol//img", "src") == shown
        assert site.attributes(page, "ol//img", "loading") == ["lazy"] * len(shown)
        assert site.attributes(page, "ol//img", "width") == ["1200"] * len(shown)
        assert site.attributes(page, "ol//img", "height") == ["630"] * len(shown)
        assert image_sources(page) == ["'self'", *IMAGE_HOSTS] if pictures else ["'self'"]
    for key, page in renderer.fixed().items():
        if key.endswith(".html"):
            assert image_sources(page) == ["'self'"]


IMAGE_HOSTS = ["https://cdn-thumbnails.huggingface.co"]


def image_sources(page: bytes) -> list[str]:
    """Return where the page's policy allows images from."""
    (policy,) = site.attributes(page, "meta[@http-equiv='Content-Security-Policy']", "content")
    (sources,) = [part for part in policy.split("; ") if part.startswith("img-src ")]
    return sources.split()[1:]


@recorded.needs_recorded
def test_the_host_of_pictures_is_the_source_s() -> None:
    found = set()
    for path in sorted(recorded.SHARED.glob("api*/????-??-??.json")):
        day = date.fromisoformat(path.stem)
        for one in payload.parse(payload.decode(path.read_bytes(), day)):
            found |= (
                {one.thumbnail.rpartition("/social-thumbnails/")[0]} if one.thumbnail else set()
            )
    assert found == set(IMAGE_HOSTS)


ADDRESSES = ("code", "project")


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
        (6, "A0, A1, A2, A3, A4, A5", None),
        (7, "A0, A1, A2, A3, A4, A5", "and 1 more A6"),
        (9, "A0, A1, A2, A3, A4, A5", "and 3 more A6, A7, A8"),
    ],
)
def test_authors_are_folded_after_six(count: int, shown: str, folded: str | None) -> None:
    authors = tuple(f"A{n}" for n in range(count))
    page = site.edition_page(paper(authors=authors, organization=None))
    assert site.told(page, "div[@class='a']") == [f"{shown} {folded}" if folded else shown]
    assert site.told(page, "div[@class='a']/details") == ([folded] if folded else [])


@pytest.mark.parametrize(
    ("changes", "people", "folded"),
    [
        ({}, "The Lab", ["Ada, Grace"]),
        ({"organization": None}, "Ada and 1 more", ["Ada, Grace"]),
        ({"organization": None, "authors": ("Ada",)}, "Ada", ["Ada"]),
        ({"organization": None, "authors": ()}, "", []),
    ],
)
def test_home_names_people_on_one_line(
    changes: dict[str, Any], people: str, folded: list[str]
) -> None:
    made = edition(paper(2), paper(1, **changes))
    page = site.renderer().home(made, history(), [DAY], site.spans(DAY), [])
    assert site.told(page, "ol[@class='papers second']/li/div[@class='a']") == [people]
    assert site.told(page, "ol[@class='papers second']//p[@class='a']") == folded


ONE, TWO = "2512.00001", "2512.00002"


@pytest.mark.parametrize(
    ("votes", "lines", "courses"),
    [
        ([], [], []),
        ([{ONE: 1}], [], []),
        ([{ONE: 1}, {ONE: 9}], [], []),
        ([{ONE: 1}, {ONE: 5}, {ONE: 9}], ["1,15 32,8 63,1"], ["1 → 9"]),
        ([{ONE: 9}, {ONE: 5}, {ONE: 0}], ["1,1 32,7 63,15"], ["9 → 0"]),
        ([{ONE: 1}, {ONE: None}, {ONE: 9}], [], []),
        ([{TWO: 1}, {ONE: 1, TWO: 2}, {ONE: 2, TWO: 2}], [], []),
    ],
)
def test_votes_are_drawn_from_three_records_on(
    votes: list[dict[str, int]], lines: list[str], courses: list[str]
) -> None:
    page = site.edition_page(paper(), votes=history(*votes))
    assert site.attributes(page, "{*}polyline", "points") == lines
    assert site.told(page, "{*}svg/{*}title") == courses
    assert site.attributes(page, "{*}svg", "role") == ["img"] * len(lines)


FIRST = {f"2512.{n:05}": 10 * n for n in range(1, 10)}


@pytest.mark.parametrize(
    ("gain", "en", "ko"),
    [
        (0, [], []),
        (1, ["+1"], ["+1"]),
        (15, ["+15 ▲ 1 place"], ["+15 ▲ 1계단"]),
        (85, ["+85 ▲ 8 places"], ["+85 ▲ 8계단"]),
    ],
)
def test_who_rises_is_marked(gain: int, en: list[str], ko: list[str]) -> None:
    votes = history(FIRST, FIRST | {ONE: FIRST[ONE] + gain})
    made = [paper(1), *(paper(n) for n in range(9, 1, -1))]
    for page in (
        site.edition_page(*made, votes=votes),
        site.renderer().home(edition(*made), votes, [DAY], site.spans(DAY), []),
        # There, it is a line.
        site.renderer().home(edition(*made[::-1]), votes, [DAY], site.spans(DAY), []),
    ):
        assert site.told(page, "span[@class='r']") == en
        assert site.told(page, "span[@class='r']", "ko") == ko


@pytest.mark.parametrize(
    ("start", "en", "ko"),
    [
        (NOW, "+85 since 14:00 UTC · ▲ 8 places", "+85 (14:00 UTC 이후) · ▲ 8계단"),
        (
            NOW.astimezone(timezone(timedelta(hours=9))),
            "+85 since 14:00 UTC · ▲ 8 places",
            "+85 (14:00 UTC 이후) · ▲ 8계단",
        ),
        (
            NOW + timedelta(days=9),
            "+85 since 2 Jan, 14:00 UTC · ▲ 8 places",
            "+85 (1월 2일 14:00 UTC 이후) · ▲ 8계단",
        ),
    ],
)
def test_an_edition_names_who_rises(start: datetime, en: str, ko: str) -> None:
    votes = history(FIRST, FIRST | {ONE: 95, TWO: 21}, start=start)
    page = site.edition_page(*(paper(n) for n in range(1, 10)), votes=votes)
    assert site.told(page, "section[@class='rising']/h2") == ["Rising"]
    assert site.told(page, "section[@class='rising']//a") == ["Paper 1", "Paper 2"]
    assert site.attributes(page, "section[@class='rising']//a", "href") == [
        f"../daily/2025-12-24.html#{one}" for one in (ONE, TWO)
    ]
    assert site.told(page, "section[@class='rising']//p")[0] == en
    assert site.told(page, "section[@class='rising']//p", "ko")[0] == ko


def rise(number: int, votes: int, places: int = 0) -> Rise:
    return Rise(f"2512.{number:05}", votes, places)


def test_home_merges_who_rises() -> None:
    rises = [
        (edition(paper(1), paper(2), paper(3)), Rising(DAY, NOW, NOW, (rise(1, 9), rise(2, 2)))),
        (
            edition(*(paper(n) for n in range(3, 9)), day=BEFORE),
            Rising(BEFORE, NOW - timedelta(days=1), NOW, tuple(rise(n, n) for n in (8, 7, 3, 1))),
        ),
        # A paper that was in an edition before is named once.
        (edition(paper(2), day=NOVEMBER), Rising(NOVEMBER, NOW, NOW, (rise(2, 5, -1),))),
    ]
    page = site.renderer().home(edition(paper()), history(), [DAY], site.spans(DAY), rises)
    assert site.told(page, "section[@class='rising']/h2") == ["Rising now"]
    assert site.told(page, "section[@class='rising']/ol/li") == [
        "Paper 1 +9 since 14:00 UTC",
        "Paper 8 +8 since 23 Dec, 14:00 UTC",
        "Paper 7 +7 since 23 Dec, 14:00 UTC",
        "Paper 2 +5 since 14:00 UTC",
        "Paper 3 +3 since 23 Dec, 14:00 UTC",
    ]
    assert site.attributes(page, "section[@class='rising']//a", "href")[:2] == [
        "daily/2025-12-24.html#2512.00001",
        "daily/2025-12-23.html#2512.00008",
    ]


def test_without_rises_there_is_no_block() -> None:
    for page in (site.edition_page(paper()), site.home_page()):
        assert site.told(page, "section[@class='rising']") == []


def test_home_has_a_lead_five_and_lines() -> None:
    papers = [paper(9 - n, id=f"2512.{n:05}", title=f"Paper {n}") for n in range(1, 10)]
    page = site.renderer().home(edition(*papers), history(), [DAY], site.spans(DAY), [])
    assert site.told(page, "ol[@class='papers lead']//h2") == ["Paper 1"]
    assert site.told(page, "ol[@class='papers second']//h2") == [f"Paper {n}" for n in range(2, 7)]
    assert site.told(page, "ol[@class='lines']/li") == [
        "7 2 Paper 7 The Lab Code ★ 5",
        "8 1 Paper 8 The Lab Code ★ 5",
        "9 0 Paper 9 The Lab Code ★ 5",
    ]
    assert site.attributes(page, "ol[@class='lines']//a", "href")[:2] == [
        "daily/2025-12-24.html#2512.00007",
        "https://github.com/lab/code",
    ]
    assert site.attributes(page, "ol", "start") == ["1", "2", "7"]
    # For Zotero, each paper is cited.
    cited = [citation.coins(one) for one in papers]
    assert site.attributes(page, "span[@class='Z3988']", "title") == cited
    assert site.attributes(page, "p[@class='n']/a", "href")[0] == "daily/2025-12-24.html#2512.00001"


@pytest.mark.parametrize("count", [1, 2, 6])
def test_home_of_few_papers_has_no_lines(count: int) -> None:
    papers = [paper(n) for n in range(count, 0, -1)]
    page = site.renderer().home(edition(*papers), history(), [DAY], site.spans(DAY), [])
    assert len(site.told(page, "ol/li/h2")) == count
    assert site.told(page, "ol[@class='lines']") == []


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
    page = site.edition_page(*papers)
    assert site.told(page, "div[@class='head']/p") == [line]
    assert site.told(page, "h1") == ["Wednesday, 24 December 2025"]
    assert site.told(page, "h1", "ko") == ["2025년 12월 24일 수요일"]


@pytest.mark.parametrize("previous", [None, BEFORE])
@pytest.mark.parametrize("following", [None, AFTER])
def test_an_edition_leads_to_its_neighbours(previous: date | None, following: date | None) -> None:
    page = site.edition_page(paper(), near=Neighbours(previous, following))
    before = [f"../daily/{previous}.html"] if previous else []
    after = [f"../daily/{following}.html"] if following else []
    for element in ("head/link", "nav/a"):
        assert site.attributes(page, f"{element}[@rel='prev']", "href") == before
        assert site.attributes(page, f"{element}[@rel='next']", "href") == after
    words = ["← 23 Dec"] if previous else []
    words += ["25 Dec →"] if following else []
    assert site.told(page, "nav[@class='around']/a") == words
    words = ["← 12월 23일"] if previous else []
    words += ["12월 25일 →"] if following else []
    assert site.told(page, "nav[@class='around']/a", "ko") == words


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        (DAY, "2025-W52", "2025-12"),
        (date(2025, 12, 31), "2026-W01", "2025-12"),
        (date(2027, 1, 1), "2026-W53", "2027-01"),
    ],
)
def test_tabs_lead_to_day_week_and_month(day: date, week: str, month: str) -> None:
    renderer, made = site.renderer(), edition(paper(), day=day)
    page = renderer.edition(made, history(), Neighbours())
    tabs = [f"daily/{day}.html", f"weekly/{week}.html", f"monthly/{month}.html"]
    assert site.attributes(page, "nav[@class='tabs']/a", "href") == [f"../{one}" for one in tabs]
    assert site.told(page, "nav[@class='tabs']/a[@aria-current='page']") == ["Day"]
    home = renderer.home(made, history(), [day], site.spans(day), [])
    assert site.attributes(home, "nav[@class='tabs']/a", "href") == tabs
    assert site.told(home, "nav[@class='tabs']/a[@aria-current='page']") == []


def test_an_edition_leads_to_its_files() -> None:
    page = site.edition_page(paper())
    assert site.attributes(page, "p[@class='files']/a", "href") == [
        "../daily/2025-12-24.json",
        "../daily/2025-12-24.md",
        "../daily/2025-12-24.bib",
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
    assert site.attributes(page, "section", "id") == ["months"]
    assert site.told(page, "dl/dt") == ["2025", "2023"]
    assert site.told(page, "dl/dd") == ["Jan Feb Dec", "May"]
    assert site.told(page, "dl/dd", "ko") == ["1월 2월 12월", "5월"]
    assert site.attributes(page, "dl//a", "href") == [
        "monthly/2025-01.html",
        "monthly/2025-02.html",
        "monthly/2025-12.html",
        "monthly/2023-05.html",
    ]
    leading_there = site.told(page, "a[@href='daily/2025-12-24.html']")
    assert leading_there == ["Day", "The whole edition, with abstracts →", "24"]


def test_home_marks_the_newest_day_in_its_calendar() -> None:
    page = site.home_page([BEFORE, DAY])
    assert site.told(page, "a[@aria-current='date']") == ["24"]
    assert site.told(page, "table[@class='calendar']/caption") == ["Editions of December 2025"]
    assert site.attributes(page, "table[@class='calendar']//a", "href") == [
        "weekly/2025-W52.html",
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
            ["49 1 2 3 4 5 6 7", "50 8 9 10 11 12 13 14", "51 15 16 17 18 19 20 21",
             "52 22 23 24 25 26 27 28", "1 29 30 31"],
        ),
        (
            date(2027, 2, 1),
            [26],
            ["5 1 2 3 4 5 6 7", "6 8 9 10 11 12 13 14", "7 15 16 17 18 19 20 21",
             "8 22 23 24 25 26 27 28"],
        ),
        (
            date(2026, 8, 1),
            [3, 31],
            ["31 1 2", "32 3 4 5 6 7 8 9", "33 10 11 12 13 14 15 16", "34 17 18 19 20 21 22 23",
             "35 24 25 26 27 28 29 30", "36 31"],
        ),
        (
            date(2024, 2, 1),
            [29],
            ["5 1 2 3 4", "6 5 6 7 8 9 10 11", "7 12 13 14 15 16 17 18", "8 19 20 21 22 23 24 25",
             "9 26 27 28 29"],
        ),
    ],
)  # fmt: skip
def test_the_calendar_of_a_month(first: date, days: list[int], weeks: list[str]) -> None:
    page = in_month(first, *days)
    assert site.told(page, "table[@class='calendar']/thead/tr") == ["Week Mo Tu We Th Fr Sa Su"]
    assert site.told(page, "table[@class='calendar']/tbody/tr") == weeks
    rows = html.parse(page).root.iterfind(".//table[@class='calendar']/tbody/tr")
    assert {len(row) for row in rows} == {8}
    assert site.told(page, "table[@class='calendar']//td/a") == [str(day) for day in days]
    assert site.attributes(page, "table[@class='calendar']//td/a", "href") == [
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
    words = ["← November 2025"] if previous else []
    words += ["January 2026 →"] if following else []
    assert site.told(page, "nav[@class='around']/a") == words


def test_a_month_links_papers_to_best_days() -> None:
    page = site.month_page(
        edition(paper(1, votes=7), paper(2, votes=4), day=BEFORE),
        edition(paper(3, votes=None, organization=None), paper(2, votes=5), day=DAY),
        edition(paper(1, votes=7), day=AFTER),
    )
    assert site.told(page, "ol/li") == [
        "1 7 Paper 1 The Lab",
        "2 5 Paper 2 The Lab",
        "3 Paper 3",
    ]
    assert site.attributes(page, "ol/li/p/a[1]", "href") == [
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
            ["Most upvoted: top 1", "Votes a day", "Organisations", "Keywords"],
        ),
        (
            {"votes": None, "organization": None, "ai_keywords": ()},
            "1 edition · 1 paper · 0 votes",
            ["Most upvoted: top 1", "Votes a day"],
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
    assert site.told(page, "table[@class='calendar']//td/a") == ["24", "25"]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (None, None),
        (Totals(4, 20), "Against the month before: −2 papers (−50 %) · +10 votes (+50 %)"),
        (Totals(2, 30), "Against the month before: +0 papers (+0 %) · +0 votes (+0 %)"),
        (Totals(0, None), "Against the month before: +2 papers · +30 votes"),
    ],
)
def test_a_month_is_compared_with_the_last(before: Totals | None, line: str | None) -> None:
    made = month(edition(paper(1, votes=10), paper(2, votes=20)))
    page = site.renderer().period(made, Neighbours(NOVEMBER), before)
    assert site.told(page, "div[@class='head']/p")[1:] == ([line] if line else [])


def test_a_week_has_its_days_and_files() -> None:
    made = week(edition(paper(1, votes=3)), edition(paper(2, votes=4), day=AFTER))
    near = Neighbours(date(2025, 12, 15), date(2025, 12, 29))
    page = site.renderer().period(made, near, None)
    assert site.told(page, "h1") == ["Week 52, 2025"]
    assert site.told(page, "div[@class='head']/p") == [
        "22 Dec – 28 Dec · 2 editions · 2 papers · 7 votes · 3.50 votes a paper"
    ]
    assert site.told(page, "nav[@class='around']/a") == ["← Week 51, 2025", "Week 1, 2026 →"]
    assert site.attributes(page, "nav[@class='around']/a", "href") == [
        "../weekly/2025-W51.html",
        "../weekly/2026-W01.html",
    ]
    assert site.told(page, "aside//tr") == ["24 Dec 1 paper 3 votes", "25 Dec 1 paper 4 votes"]
    assert site.attributes(page, "p[@class='files']/a", "href") == [
        "../weekly/2025-W52.json",
        "../weekly/2025-W52.md",
        "../weekly/2025-W52.bib",
    ]


def test_days_weeks_and_months_lead_to_each_other() -> None:
    made = edition(paper())
    renderer = site.renderer()
    pages = {
        "Day": renderer.edition(made, history(), Neighbours()),
        "Week": renderer.period(week(made), Neighbours(), None),
        "Month": renderer.period(month(made), Neighbours(), None),
    }
    for name, page in pages.items():
        assert site.attributes(page, "nav[@class='tabs']/a", "href") == [
            "../daily/2025-12-24.html",
            "../weekly/2025-W52.html",
            "../monthly/2025-12.html",
        ]
        assert site.told(page, "nav[@class='tabs']/a[@aria-current]") == [name]


def test_a_withdrawn_week_has_no_links() -> None:
    page = site.renderer().period(Period(Kind.WEEK, date(2025, 12, 22)), Neighbours(), None)
    assert site.told(page, "div[@class='head']/p") == [
        "22 Dec – 28 Dec · 0 editions · 0 papers · 0 votes"
    ]
    assert site.attributes(page, "nav[@class='tabs']/a", "href") == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_configured_language_comes_first(locale: str) -> None:
    both = [locale, *(one for one in LOCALES if one != locale)]
    for key, body in site.all_pages(locale=locale).items():
        page = html.parse(body)
        inputs = page.root.iterfind(".//form[@class='choices']//input")
        chosen = [one.attrib["value"] for one in inputs if "checked" in one.attrib]
        assert chosen == [locale, "auto"], key
        assert page.elements("html")[0].get("lang") == locale, key
        for node in page.elements():
            languages = [child.attrib["lang"] for child in node.iterfind("span[@lang]")]
            assert languages == both * (len(languages) // 2), key
        korean, english = (site.said(page.elements("h1")[0], one) for one in LOCALES)
        assert "" != korean != english != "", key


@pytest.mark.parametrize(
    ("locale", "heading"),
    [("ko", "2025년 12월 24일 수요일"), ("en", "Wednesday, 24 December 2025")],
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
    assert site.told(page, "table[@class='calendar']//td/a") == ["23"]


@pytest.mark.parametrize("previous", [None, BEFORE])
@pytest.mark.parametrize("following", [None, AFTER])
def test_a_withdrawn_page_leads_on(previous: date | None, following: date | None) -> None:
    page = site.renderer().withdrawn(DAY, Neighbours(previous, following))
    assert site.told(page, "h1") == ["Wednesday, 24 December 2025"]
    assert "withdrawn" in site.told(page, "div[@class='head']/p")[0]
    near = [f"../daily/{one}.html" for one in (previous, following) if one]
    assert site.attributes(page, "nav[@class='around']/a", "href") == near
    assert site.attributes(page, "form[@role='search']", "action") == ["../search.html"]
    assert site.attributes(page, "nav[@class='tabs']/a", "href") == [
        "../weekly/2025-W52.html",
        "../monthly/2025-12.html",
    ]


def test_a_missing_page_leads_on() -> None:
    page = site.all_pages()["404.html"]
    assert site.attributes(page, "form[@role='search']", "action") == ["/archive/search.html"]
    assert site.attributes(page, "p[@class='files']/a", "href") == [
        "/archive/index.html",
        "/archive/index.html#months",
    ]


@pytest.mark.parametrize(
    ("publisher", "contact", "line"),
    [
        ("", "", []),
        ("Ada & Co", "", ["Published by Ada & Co."]),
        ("Ada", "mailto:ada@example.com", ["Published by Ada. Contact"]),
        ("", "https://ada.example/", ["Contact"]),
    ],
)
def test_about_says_who_publishes(publisher: str, contact: str, line: list[str]) -> None:
    style = SiteStyle(language="en", publisher=publisher, contact=contact)
    page = SiteRenderer(sample.TEMPLATES, style, URL).fixed()["about.html"]
    assert site.told(page, "p[@class='publisher']") == line
    links = site.attributes(page, "p[@class='publisher']/a", "href")
    assert links == ([contact] if contact else [])


def test_about_leads_to_feeds_data_and_code() -> None:
    links = html.parse(site.renderer().fixed()["about.html"]).links()
    feeds = [f"{name}.{kind}" for name in ("feed", "papers", "rising") for kind in ("xml", "json")]
    files = ["feeds.opml", "llms.txt", "index.json", "latest.json", "latest.md", *keys.SCHEMAS]
    assert {*feeds, *files, "https://github.com/lim4349/paperboy"} <= set(links)


def test_every_page_has_markdown_beside_it() -> None:
    for key, page in site.all_pages().items():
        found = site.attributes(page, "link[@type='text/markdown']", "href")
        prefix = "../" if "/" in key else ""
        assert found == ([] if key == "404.html" else [f"{prefix}{key}.md"]), key


def test_without_a_site_pages_have_no_address() -> None:
    for key, page in site.all_pages(url="").items():
        assert site.attributes(page, "link[@rel='canonical']", "href") == [], key
        assert site.attributes(page, "meta[@property='og:url']", "content") == [], key
        assert not [link for link in html.parse(page).links() if "sitemap" in link], key


def test_a_month_leads_to_its_files() -> None:
    assert site.attributes(site.month_page(edition(paper())), "p[@class='files']/a", "href") == [
        "../monthly/2025-12.json",
        "../monthly/2025-12.md",
        "../monthly/2025-12.bib",
        "../search/2025-12.json",
        "../sitemap/2025-12.xml",
    ]
